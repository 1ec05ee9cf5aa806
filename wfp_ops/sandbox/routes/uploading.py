"""``PUT …/scripts/{worker}``: the upload of a whole Worker, into a namespace or into the account itself.

Source: the API reference's "Upload Worker Module", for dispatch namespaces and for the account.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from wfp_ops.sandbox.envelope import success
from wfp_ops.sandbox.inventory import content_etag
from wfp_ops.sandbox.routes.assets import take_assets
from wfp_ops.sandbox.routes.changing import write_worker
from wfp_ops.sandbox.routes.reading import named_home, path_part, sought_worker
from wfp_ops.sandbox.state import Sandbox, sandbox_of
from wfp_ops.sandbox.store.workers import StoredWorker
from wfp_ops.sandbox.upload.bindings import check_targets, join_bindings, read_bindings
from wfp_ops.sandbox.upload.code import check_size, entry_module, registered_handlers
from wfp_ops.sandbox.upload.form import Form, read_form
from wfp_ops.sandbox.upload.metadata import fresh_settings, read_kept_types, read_settings, read_tags


async def upload(request: Request) -> Response:
    """``PUT /{worker}``: create it or put a whole new version in its place.

    What the metadata leaves out is gone afterwards (secrets not named in ``keep_bindings``, in a namespace
    the tags, too; an ordinary Worker's tags are not the upload's, and stay).
    """
    named_home(request)
    form = await read_form(request, "metadata")
    # Named again: another request may have deleted the namespace while the body was on its way.
    home = named_home(request)
    worker = uploaded_worker(request, form, sought_worker(request, home))
    saved = write_worker(sandbox_of(request), home, worker, form.modules)
    return success(
        {
            **saved.to_wire(),
            "deployment_id": saved.deployment_id,
            "startup_time_ms": startup_time_ms(saved),
        }
    )


def uploaded_worker(request: Request, form: Form, before: StoredWorker | None) -> StoredWorker:
    """The Worker that the form makes of the one before it, not stored yet.

    Raises:
        Refusal: the form does not pass validation (400, with the code of what is wrong with it).
    """
    sandbox = sandbox_of(request)
    metadata = form.document
    entry, is_module = entry_module(metadata, form.modules)
    check_size(form.modules)
    handlers = [] if entry is None else registered_handlers(entry, is_module=is_module)
    bindings = join_bindings(
        read_bindings(metadata.get("bindings")),
        () if before is None else before.bindings,
        kept_types=read_kept_types(metadata),
        strict=request.query_params.get("bindings_inherit") == "strict",
    )
    check_targets(sandbox.db, bindings)
    settings = {
        **fresh_settings(),
        **({} if before is None else before.workers_dev()),
        **read_settings(metadata, today=sandbox.clock.now().date()),
        "handlers": handlers,
        "has_assets": take_assets(sandbox, metadata, before),
        "last_deployed_from": _deployed_from(request),
    }
    return replace(
        before or _new_worker(sandbox, path_part(request, "worker")),
        etag=content_etag(form.modules),
        entry_part="" if entry is None else entry.name,
        has_modules=is_module,
        tags=_tags(metadata, before),
        bindings=tuple(bindings),
        settings=settings,
    )


def _tags(metadata: dict[str, Any], before: StoredWorker | None) -> tuple[str, ...]:
    """Those of an ordinary Worker stay: wrangler uploads without them and finds them there afterwards."""
    tags = metadata.get("tags")
    if tags is None and before is not None and before.namespace_key is None:
        return before.tags
    return read_tags(tags)


def _new_worker(sandbox: Sandbox, name: str) -> StoredWorker:
    with sandbox.db.transaction():
        worker_id = sandbox.new_hex("worker")
    return StoredWorker(
        name=name,
        worker_id=worker_id,
        created_on=sandbox.now(),
        modified_on="",
        etag="",
        deployment_id="",
        entry_part="",
    )


def _deployed_from(request: Request) -> str:
    return "wrangler" if request.headers.get("user-agent", "").startswith("wrangler/") else "api"


def startup_time_ms(worker: StoredWorker) -> int:
    """The same code takes the same time to start; the number itself means nothing."""
    return int(worker.etag[:4], 16) % 20 + 1
