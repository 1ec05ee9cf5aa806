"""The change itself: one request for one step, sent at most once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wfp_ops.api.writes import Module, Writes
from wfp_ops.change.archive.metadata import metadata_in
from wfp_ops.change.steps import Step
from wfp_ops.errors import PlanError


@dataclass(frozen=True)
class Acted:
    """Cloudflare said yes; ``namespace_id`` where it said which."""

    namespace_id: str | None = None


def act(step: Step, writes: Writes, blobs: Mapping[str, bytes]) -> Acted:
    """Send the step's request.

    Raises:
        AmbiguousOutcomeError: the answer was lost.
        RateLimitError: throttled: it was not carried out.
        APIError: Cloudflare refused, or no connection could be made.
    """
    if step.action == "create_namespace":
        return Acted(writes.create_namespace(step.namespace).namespace_id)
    if step.action == "delete_namespace":
        writes.delete_namespace(step.namespace)
    elif step.action == "rename_namespace":
        # Cloudflare replaces both, so trusted mode is sent as it was
        trusted = bool(step.preconditions["trusted"])
        renamed = writes.update_namespace(
            step.namespace, new_name=str(step.new_name), trusted_workers=trusted
        )
        return Acted(renamed.namespace_id)
    elif step.action == "put_worker":
        _upload(step, writes, blobs)
    elif step.action == "delete_worker":
        writes.delete_worker(step.namespace, str(step.worker))
    else:
        writes.put_tags(step.namespace, str(step.worker), list(step.tags or ()))
    return Acted()


def _upload(step: Step, writes: Writes, blobs: Mapping[str, bytes]) -> None:
    upload = step.upload or {}
    modules = []
    for module in upload.get("modules", ()):
        content = blobs.get(module["sha256"])
        if content is None:
            raise PlanError(
                f"the module {module['name']!r} of {step.name!r} is not beside the plan",
                path=module["sha256"],
                hint="copy the folder beside the plan along with it",
            )
        modules.append(Module(module["name"], content, module["content_type"]))
    writes.put_worker(step.namespace, str(step.worker), metadata=metadata_in(upload), modules=modules)
