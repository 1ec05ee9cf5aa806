"""From an archive to the steps that bring it back. Pure but for the modules, which are read when asked for.

Nothing that is there is overwritten, so a restore may be planned again after one that ended half way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wfp_ops.api.models import Listing, Namespace, Worker
from wfp_ops.change.archive.losses import TRUSTED
from wfp_ops.change.archive.metadata import left_out, upload_of
from wfp_ops.change.archive.model import Archive, ArchivedWorker
from wfp_ops.change.canonical import canonical
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
        # Where the namespace is there, nothing else says that it was in trusted mode
        step = _upload(archive, worker, untrusted=there is not None and not there.trusted_workers)
        objection = _objection(worker, there, inside)
        if objection is None:
            steps.append(step)
        else:
            guard, reason = objection
            excluded.append(Excluded(step=step, guard=guard, reason=reason, guards=(guard,)))
    return steps, excluded


def not_of(archive: Archive, steps: Sequence[Step], excluded: Sequence[Excluded] = ()) -> list[str]:
    """Sentences: what of a plan is not what ``restore_steps`` gives of an archive; none where all is.

    What was there when it was planned is not asked again (a look right before each change does that): each
    step must be one that the archive gives, each of its Workers be planned or left out.
    """
    given = _given(archive)
    odd = [fault for step in steps for fault in _faults(step, given, archive)]
    order = [_key(step) for step in steps]
    if order != [key for key in given if key in order]:
        odd.append("its steps stand in another order, or one of them stands in it twice")
    spoken_of = {step.name for step in (*steps, *(each.step for each in excluded))}
    names = [f"{archive.namespace.name}/{worker.name}" for worker in archive.workers]
    silent = [name for name in names if name not in spoken_of]
    return [*odd, *(f"{name} is in the archive, and neither planned nor left out" for name in silent)]


def _given(archive: Archive) -> dict[tuple[str, str], list[Step]]:
    """Every step that an archive can give, in order, in each of its spellings."""
    uploads = [
        [_upload(archive, worker, untrusted=untrusted) for untrusted in (False, True)]
        for worker in archive.workers
        if worker.modules
    ]
    return {_key(spelt[0]): spelt for spelt in ([_creation(archive)], *uploads)}


def _key(step: Step) -> tuple[str, str]:
    return step.action, step.name


def _faults(step: Step, given: Mapping[tuple[str, str], Sequence[Step]], archive: Archive) -> Iterator[str]:
    meant = given.get(_key(step))
    if meant is None:
        yield f"the archive gives no step {step.action} ({step.name})"
    elif step.evidence.get("manifest_sha256") != archive.manifest_sha256:
        yield f"{step.name}: it was made of another manifest than the archive's, {archive.manifest_sha256}"
    elif canonical(step.to_dict()) not in [canonical(each.to_dict()) for each in meant]:
        yield f"{step.name}: its {', '.join(_different(step, meant[0]))} is not what the archive gives"


def _different(step: Step, meant: Step) -> list[str]:
    one, other = step.to_dict(), meant.to_dict()
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


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


def _upload(archive: Archive, worker: ArchivedWorker, *, untrusted: bool) -> Step:
    """One Worker's step; ``untrusted``: into a namespace that is there, and not in trusted mode."""
    own = [TRUSTED] if untrusted and archive.namespace.trusted_workers else []
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
