"""What became of a change whose answer was lost, and whether one that succeeded shows: told by reads alone.

A change is never repeated to find out. Within the window of consistency Cloudflare may still show what
was (reference: read after write), so absence counts when it is seen twice with a pause in between.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

from wfp_ops.api.models import Namespace
from wfp_ops.api.reads import Reads
from wfp_ops.change.archive.parts import parts_of
from wfp_ops.change.steps import Step
from wfp_ops.clock import Clock
from wfp_ops.errors import (
    APIError,
    FirewallError,
    NamespaceNotFoundError,
    NotFoundError,
    NotPurchasedError,
    PermissionDeniedError,
    WfpOpsError,
    WorkerNotFoundError,
)

WINDOW_S = 30.0
_PAUSE_S = 1.0

Look: TypeAlias = "Callable[[], Seen]"


@dataclass(frozen=True)
class Seen:
    """What one read shows: ``yes`` the change shows, ``no`` it does not (yet), or ``odd`` something else."""

    verdict: Literal["yes", "no", "odd"]
    detail: str
    namespace_id: str | None = None


@dataclass(frozen=True)
class Settled:
    """What became of a change. ``surprise`` says that what shows is nobody's doing here."""

    result: Literal["done", "not_done", "unknown"]
    detail: str
    namespace_id: str | None = None
    surprise: bool = False


def settle(
    step: Step,
    reads: Reads,
    clock: Clock,
    *,
    namespace_id: str | None,
    known_ids: Collection[str] | None,
    window_s: float = WINDOW_S,
) -> Settled:
    """Whether a change happened whose answer was lost.

    Args:
        step: the change.
        reads: the account.
        clock: waits between reads.
        namespace_id: the id that the namespace had before (a deletion, a rename), or that a create
            answered with.
        known_ids: ids that were there before a create: what bears one of them was not made by it. None:
            not known, so that what is there can't be told from what was.
        window_s: seconds for which Cloudflare may still show what was.
    """
    return _watch(_look_for(step, reads, namespace_id, known_ids), step, clock, window_s)


def verify(
    step: Step, reads: Reads, clock: Clock, *, namespace_id: str | None, window_s: float = WINDOW_S
) -> Settled:
    """Whether a change that was answered with success shows; ``not_done``: a read contradicts it."""
    known_ids: Collection[str] = ()
    return _watch(_look_for(step, reads, namespace_id, known_ids), step, clock, window_s, once=True)


def _watch(look: Look, step: Step, clock: Clock, window_s: float, *, once: bool = False) -> Settled:
    """Look until it shows, or the window has passed. Absence must be seen twice, unless ``once``."""
    ends = clock.monotonic() + window_s
    wanted = 2 if step.is_deletion and not once else 1
    in_a_row = 0
    while True:
        try:
            seen = look()
        except APIError as error:
            return Settled("unknown", f"no read can tell: {error.message}")
        if seen.verdict == "odd":
            return Settled("unknown", seen.detail, seen.namespace_id, surprise=True)
        in_a_row = in_a_row + 1 if seen.verdict == "yes" else 0
        if in_a_row >= wanted:
            return Settled("done", seen.detail, seen.namespace_id)
        # What showed for the first time at the very end is looked at once more: it may well be done
        if in_a_row == 0 and clock.monotonic() + _PAUSE_S > ends:
            return Settled("not_done", seen.detail, seen.namespace_id)
        clock.sleep(_PAUSE_S)


def _look_for(step: Step, reads: Reads, namespace_id: str | None, known_ids: Collection[str] | None) -> Look:
    """What a read must show for this step."""
    if step.action == "create_namespace":
        return lambda: _created(step, reads, namespace_id, known_ids)
    if step.action == "delete_namespace":
        return lambda: _deleted(step, reads, namespace_id)
    if step.action == "rename_namespace":
        return lambda: _renamed(step, reads, namespace_id)
    if step.action == "put_worker":
        return lambda: _uploaded(step, reads)
    if step.action == "delete_worker":
        return lambda: _worker_deleted(step, reads)
    return lambda: _tagged(step, reads)


def _found(reads: Reads, name: str) -> Namespace | None:
    """The namespace of a name. A new one may be forbidden for some seconds instead of not found."""
    try:
        return reads.get_namespace(name)
    except (FirewallError, NotPurchasedError):
        raise
    except (NotFoundError, PermissionDeniedError):
        return None


def _created(step: Step, reads: Reads, namespace_id: str | None, known_ids: Collection[str] | None) -> Seen:
    found = _found(reads, step.namespace)
    if found is None:
        return Seen("no", f"no namespace {step.namespace!r} shows")
    if found.namespace_id is None:
        return Seen("odd", f"the namespace {step.namespace!r} shows without an id")
    if namespace_id is not None and found.namespace_id != namespace_id:
        return Seen(
            "odd", f"it was created as {namespace_id}, and {found.namespace_id} shows", found.namespace_id
        )
    if known_ids is None or found.namespace_id in known_ids:
        return Seen("odd", f"{step.namespace!r} is {found.namespace_id}, which may have been there before")
    return Seen("yes", f"it shows as {found.namespace_id}", found.namespace_id)


def _deleted(step: Step, reads: Reads, namespace_id: str | None) -> Seen:
    try:
        found = reads.get_namespace(step.namespace)
    except NamespaceNotFoundError:  # no other 404: one of a proxy's would not mean that it is gone
        return Seen("yes", "it is not found any more", namespace_id)
    if found.namespace_id == namespace_id:
        return Seen("no", "it is still there", namespace_id)
    return Seen(
        "odd", f"{step.namespace!r} is {found.namespace_id} now: somebody made it again", namespace_id
    )


def _renamed(step: Step, reads: Reads, namespace_id: str | None) -> Seen:
    found = _found(reads, str(step.new_name))
    if found is None:
        return Seen("no", f"no namespace {step.new_name!r} shows", namespace_id)
    if found.namespace_id != namespace_id:
        return Seen("odd", f"{step.new_name!r} is {found.namespace_id}: somebody else's", namespace_id)
    return Seen("yes", f"it shows as {step.new_name!r}", namespace_id)


def _uploaded(step: Step, reads: Reads) -> Seen:
    worker = str(step.worker)
    try:
        download = reads.get_content(step.namespace, worker)
    except (FirewallError, NotPurchasedError):
        raise
    except (NotFoundError, PermissionDeniedError):
        return Seen("no", f"no Worker {step.name!r} shows")
    try:
        found = {part.name: part.sha256 for part in parts_of(download)}
    except WfpOpsError as error:
        return Seen("odd", f"the code of {step.name!r} can't be read: {error.message}")
    wanted = {module["name"]: module["sha256"] for module in (step.upload or {}).get("modules", ())}
    # A single script has no name of its own on the wire
    same = found == wanted or (len(wanted) == len(found) == 1 and set(found.values()) == set(wanted.values()))
    if not same:
        return Seen("odd", f"{step.name!r} holds other code than was uploaded")
    return Seen("yes", "it holds the code that was uploaded")


def _worker_deleted(step: Step, reads: Reads) -> Seen:
    try:
        found = reads.get_worker(step.namespace, str(step.worker)).script
    except (WorkerNotFoundError, NamespaceNotFoundError):
        return Seen("yes", "it is not found any more")
    tag = step.preconditions.get("worker_tag")
    if found is not None and tag is not None and found.tag not in (None, tag):
        return Seen("odd", f"{step.name!r} is another Worker now: somebody made it again")
    return Seen("no", "it is still there")


def _tagged(step: Step, reads: Reads) -> Seen:
    found = reads.list_tags(step.namespace, str(step.worker))
    wanted = list(step.tags or ())
    if sorted(found) == sorted(wanted):
        return Seen("yes", "it has these tags")
    return Seen("no", f"it has the tags {', '.join(found) or 'none'}")
