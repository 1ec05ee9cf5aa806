"""Saves a namespace, or single Workers of it, before they are deleted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from wfp_ops.api.models import Namespace, Worker
from wfp_ops.api.reads import Reads
from wfp_ops.change.archive.losses import TRUSTED
from wfp_ops.change.archive.manifest import Manifest
from wfp_ops.change.archive.model import (
    MANIFEST,
    MOMENT,
    PART,
    Archive,
    ArchivedNamespace,
    ArchivedWorker,
)
from wfp_ops.change.archive.one_worker import as_text, read_worker, script_of
from wfp_ops.change.archive.read import verify
from wfp_ops.change.archive.spool import Spool
from wfp_ops.clock import iso
from wfp_ops.errors import ArchiveError, StateError
from wfp_ops.memory.folder import StateFolder

__all__ = ["Archive", "take"]

_NO_NAME = re.compile(r"[^0-9A-Za-z-]")


def take(
    reads: Reads,
    folder: StateFolder,
    namespace: Namespace,
    workers: Sequence[str] | None,
    *,
    plan_digest: str,
    now: datetime,
) -> Archive:
    """Save a namespace's facts and Workers; it comes back once everything was read back from the disk.

    Args:
        reads: the account.
        folder: where the archive goes.
        namespace: the namespace as a read shows it.
        workers: the names of the Workers to save; None: every one.
        plan_digest: the plan that will delete them.
        now: the moment, for the archive's name.

    Raises:
        ArchiveError: it can't be had in full: its Workers are not proven to be all, one changed while it was
            archived, an answer lacks something. Nothing of it stays.
        StateError: it can't be written. Nothing of it stays.
        APIError: it can't be read.
    """
    names = _every_worker(reads, namespace) if workers is None else list(workers)
    with Spool() as spool:
        records = [_saved(reads, namespace.name, name, spool) for name in sorted(set(names))]
        cannot = [sentence for record in records for sentence in record.cannot]
        manifest = Manifest(
            account_id=reads.account_id,
            taken_at=iso(now),
            plan=plan_digest,
            namespace=_namespace(namespace),
            whole=workers is None,
            workers=tuple(records),
            cannot=(*([TRUSTED] if namespace.trusted_workers else ()), *cannot),
            irreversible=tuple(sentence for record in records for sentence in record.irreversible),
        )
        spool.add(MANIFEST, manifest.to_bytes())
        with folder.held(f"archiving {namespace.name}"):
            name = _free_name(folder, manifest, now)
            folder.write_folder(PART, name, spool)
            return _read_back(folder, name)


def _every_worker(reads: Reads, namespace: Namespace) -> list[str]:
    listing = reads.list_workers(namespace.name)
    if not listing.proof.proven:
        raise _not_all(namespace, f"they are not proven to be all: {listing.proof.how}")
    if len(listing) < (namespace.script_count or 0):
        raise _not_all(namespace, f"{len(listing)} came, and Cloudflare counts {namespace.script_count}")
    return [worker.name for worker in listing]


def _not_all(namespace: Namespace, why: str) -> ArchiveError:
    return ArchiveError(
        f"the Workers of {namespace.name!r} can't be archived: {why}",
        path=namespace.name,
        hint="try again in a minute",
    )


def _saved(reads: Reads, namespace: str, worker: str, spool: Spool) -> ArchivedWorker:
    """One Worker, its modules put into the spool; it must be the same before and after."""
    copy = read_worker(reads, namespace, worker)
    _refuse_changed(copy.record, script_of(reads, namespace, worker), namespace)
    for part in copy.parts:
        spool.add(part.sha256, part.content)
    return copy.record


def _refuse_changed(before: ArchivedWorker, after: Worker, namespace: str) -> None:
    facts = [(name, getattr(before, name), getattr(after, name)) for name in ("tag", "etag", "modified_on")]
    changed = [name for name, one, other in facts if one != other]
    if changed:
        why = f"changed while it was archived: another {', '.join(changed)}"
    elif before.etag is None or before.modified_on is None:
        why = "can't be told to be one and the same all along: it has no etag or no date"
    else:
        return
    raise ArchiveError(
        f"the Worker {before.name!r} {why}",
        path=f"{namespace}/{before.name}",
        hint="somebody deploys it: find out who, before it is deleted",
    )


def _namespace(namespace: Namespace) -> ArchivedNamespace:
    if not namespace.namespace_id:
        raise ArchiveError(
            f"the namespace {namespace.name!r} has no id", path=namespace.name, hint="try again in a minute"
        )
    return ArchivedNamespace(
        name=namespace.name,
        namespace_id=namespace.namespace_id,
        script_count=namespace.script_count,
        trusted_workers=namespace.trusted_workers,
        created_on=namespace.created_on,
        created_by=namespace.created_by,
        modified_on=namespace.modified_on,
        modified_by=namespace.modified_by,
        more=as_text(namespace.extra),
    )


def _free_name(folder: StateFolder, manifest: Manifest, now: datetime) -> str:
    """When, for which plan, of which namespace; with a number where that is taken. The lock must be held."""
    marks = [_NO_NAME.sub("_", text[:8]) for text in (manifest.plan, manifest.namespace.namespace_id)]
    name = "-".join([now.astimezone(UTC).strftime(MOMENT), *marks])
    number = 1
    while folder.has(PART, found := name if number == 1 else f"{name}-{number}"):
        number += 1
    return found


def _read_back(folder: StateFolder, name: str) -> Archive:
    """The archive as it lies on the disk; one that does not hold is removed. The lock must be held."""
    try:
        return verify(folder, name)
    except StateError as error:
        folder.remove_folder(PART, name)
        raise ArchiveError(
            f"what was written is not what lies on the disk: {error.message}",
            path=error.path,
            hint="check the disk of the state folder, or set state_dir to another one",
        ) from None
