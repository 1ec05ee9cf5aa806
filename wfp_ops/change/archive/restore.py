"""From an archive to the steps that bring it back. Pure but for the modules, which are read when asked for.

Nothing that is there is overwritten, so a restore may be planned again after one that ended half way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wfp_ops.api.models import Listing, Namespace, Worker
from wfp_ops.change.archive.losses import TRUSTED
from wfp_ops.change.archive.metadata import left_out, upload_of
from wfp_ops.change.archive.model import Archive, ArchivedWorker
from wfp_ops.change.steps import Excluded, Step


def restore_steps(
    archive: Archive, present: Listing[Namespace], workers: Listing[Worker] | None = None
) -> tuple[list[Step], list[Excluded]]:
    """The steps that bring an archive back, and what is left out because it is there.

    Args:
        archive: what to bring back.
        present: the account's namespaces now.
        workers: the Workers in the namespace of that name now; None where there is no such namespace. Where
            there is one after all, nobody knows what is in it, and everything is left out.

    Returns:
        At most one ``create_namespace`` and a ``put_worker`` for each Worker. ``evidence.cannot`` says in
        sentences what does not come back with it.
    """
    there = next((each for each in present if each.name == archive.namespace.name), None)
    steps: list[Step] = [] if there is not None else [_creation(archive)]
    excluded: list[Excluded] = []
    inside = None if workers is None else {each.name: each for each in workers}
    for worker in archive.workers:
        step = _upload(archive, worker, there)
        objection = _objection(worker, there, inside)
        if objection is None:
            steps.append(step)
        else:
            guard, reason = objection
            excluded.append(Excluded(step=step, guard=guard, reason=reason, guards=(guard,)))
    return steps, excluded


class _Blobs(Mapping[str, bytes]):
    """An archive's modules by hash; each is read and checked when it is asked for."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def __getitem__(self, sha256: str) -> bytes:
        return self._archive.file(sha256)

    def __iter__(self) -> Iterator[str]:
        return iter(self._archive.files)

    def __len__(self) -> int:
        return len(self._archive.files)


def blobs(archive: Archive) -> Mapping[str, bytes]:
    """The modules that the steps carry: SHA-256 to bytes, none of them in memory before it is asked for.

    Asking for one raises ``ArchiveError`` where its file is missing, cut, or was changed.
    """
    return _Blobs(archive)


def _creation(archive: Archive) -> Step:
    namespace = archive.namespace
    return Step(
        action="create_namespace",
        namespace=namespace.name,
        reason=_reason(archive),
        evidence={
            **_source(archive),
            "was": namespace.namespace_id,
            "cannot": [TRUSTED] if namespace.trusted_workers else [],
        },
        preconditions={"absent": True},
    )


def _upload(archive: Archive, worker: ArchivedWorker, there: Namespace | None) -> Step:
    """One Worker's step. Where the namespace is there, nothing else says that it was in trusted mode."""
    trusted = archive.namespace.trusted_workers and there is not None and not there.trusted_workers
    own = [TRUSTED] if trusted else []
    return Step(
        action="put_worker",
        namespace=archive.namespace.name,
        worker=worker.name,
        reason=_reason(archive),
        evidence={
            **_source(archive),
            "was": worker.tag,
            "cannot": [*own, *worker.cannot, *left_out(worker)],
        },
        preconditions={"absent": True},
        upload=upload_of(worker),
    )


def _objection(
    worker: ArchivedWorker, there: Namespace | None, inside: Mapping[str, Worker] | None
) -> tuple[str, str] | None:
    """The guard that keeps a Worker out of the plan, and its words."""
    if not worker.modules:
        return "irreversible", "it has no code but static assets, and those could not be archived"
    if there is None:
        return None
    if inside is None:
        return "moved", f"the namespace {there.name!r} is there, and what is in it is not known"
    if worker.name in inside:
        return "moved", "a Worker of that name is there already; a restore overwrites nothing"
    return None


def _reason(archive: Archive) -> str:
    return f"restore from archive {archive.name}"


def _source(archive: Archive) -> dict[str, Any]:
    return {"archive": archive.name, "manifest_sha256": archive.manifest_sha256}
