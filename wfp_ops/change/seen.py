"""What is seen of a namespace at one moment: read right before a plan is made, and again before a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wfp_ops.api.models import Listing, Namespace, Worker
from wfp_ops.change.canonical import sha256_of
from wfp_ops.change.steps import Action


@dataclass(frozen=True, kw_only=True)
class WorkerSeen:
    """One Worker as its namespace's listing shows it."""

    name: str
    tag: str | None
    etag: str | None
    created_on: str | None
    modified_on: str | None
    has_assets: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """As evidence in a plan."""
        return {
            "worker": self.name,
            "tag": self.tag,
            "etag": self.etag,
            "created_on": self.created_on,
            "modified_on": self.modified_on,
        }


def worker_seen(worker: Worker) -> WorkerSeen:
    """What is compared of a Worker."""
    return WorkerSeen(
        name=worker.name,
        tag=worker.tag,
        etag=worker.etag,
        created_on=worker.created_on,
        modified_on=worker.modified_on,
        has_assets=worker.has_assets,
    )


@dataclass(frozen=True, kw_only=True)
class NamespaceSeen:
    """A namespace and the Workers inside; ``complete`` says that the listing of those was whole."""

    namespace: Namespace
    workers: tuple[WorkerSeen, ...]
    complete: bool

    def preconditions(self, action: Action) -> dict[str, Any]:
        """What must be the same right before the namespace is changed; a null could not be compared.

        A rename sends trusted mode along, so that has to be known as well.
        """
        trust = {"trusted": self.namespace.trusted_workers} if action == "rename_namespace" else {}
        return {
            **trust,
            "namespace_id": self.namespace.namespace_id,
            "modified_on": self.namespace.modified_on,
            "workers": len(self.workers) if self.complete else None,
            "workers_digest": workers_digest(self.workers) if self.complete else None,
        }

    def worker_preconditions(self, worker: str) -> dict[str, Any]:
        """What must be the same right before one Worker is changed; all null where there is none."""
        found = next((each for each in self.workers if each.name == worker), None)
        facts = (None,) * 3 if found is None else (found.tag, found.etag, found.modified_on)
        return {
            "namespace_id": self.namespace.namespace_id,
            **dict(zip(("worker_tag", "etag", "modified_on"), facts, strict=True)),
        }


def namespace_seen(namespace: Namespace, workers: Listing[Worker]) -> NamespaceSeen:
    """Both together; a listing shorter than Cloudflare's own count was not whole, whatever it says."""
    short = len(workers) < (namespace.script_count or 0)
    return NamespaceSeen(
        namespace=namespace,
        workers=tuple(sorted(map(worker_seen, workers), key=lambda each: each.name)),
        complete=workers.proof.proven and not short,
    )


def workers_digest(workers: Iterable[WorkerSeen]) -> str | None:
    """A digest over names, ids, code hashes and dates; None where one of the hashes or dates is not known."""
    rows = [[each.name, each.tag or "", each.etag, each.modified_on] for each in workers]
    if any(value is None for row in rows for value in row):
        return None
    return sha256_of(sorted(rows))


Binders = Mapping[str, Sequence[tuple[str, str]]]
