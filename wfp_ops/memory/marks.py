"""Since when something has been a candidate for deletion, and until when its grace lasts. Pure.

Unmarking is always the safe side: what bears no mark is deleted by nothing, and whatever is marked anew
gets its whole grace again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

from wfp_ops.clock import iso, parse_time

State: TypeAlias = Literal["churned", "orphaned"]
Key: TypeAlias = tuple[str, str | None]

STATES: tuple[State, ...] = ("churned", "orphaned")
_LAST_MOMENT = datetime.max.replace(microsecond=0, tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """A namespace or, in worker tenancy, a Worker that an audit found to be nobody's any more.

    ``worker_tag`` is Cloudflare's own id of the Worker, where it is known. Without a ``namespace_id`` it
    can't be told from another one of its name, so it can't be marked.
    """

    namespace_id: str | None
    namespace: str
    worker: str | None
    worker_tag: str | None
    state: State
    customer_id: str | None
    churned_on: datetime | None
    started_on: datetime | None
    created_on: datetime | None


@dataclass(frozen=True)
class Mark:
    """A candidate with the moment since which it has been one, and the end of its grace; both to the second.

    ``worker`` is None in namespace tenancy. Names are those of the latest audit that marked.
    """

    namespace_id: str
    namespace: str
    worker: str | None
    worker_tag: str | None
    state: State
    customer_id: str | None
    first_seen: datetime
    deadline: datetime

    @property
    def key(self) -> Key:
        """What makes it this one and no other: the namespace's id, and the Worker's name."""
        return self.namespace_id, self.worker

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the ledger."""
        return {**vars(self), "first_seen": iso(self.first_seen), "deadline": iso(self.deadline)}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Mark:
        """The mark of a ledger.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        if said["state"] not in STATES or not isinstance(said["namespace_id"], str):
            raise ValueError(said["state"])
        times = {name: parse_time(said[name]) for name in ("first_seen", "deadline")}
        return cls(**{**said, **times})


@dataclass(frozen=True)
class Remarked:
    """The marks after an audit, and what became of those before it; each sorted by name.

    ``new`` and ``kept`` make up ``marks``; ``removed`` are those that were there and are not any more.
    """

    marks: tuple[Mark, ...]
    new: tuple[Mark, ...]
    kept: tuple[Mark, ...]
    removed: tuple[Mark, ...]


def remark(
    marks: Iterable[Mark],
    candidates: Iterable[Candidate],
    *,
    now: datetime,
    grace_days: int,
    gone_known: bool,
) -> Remarked:
    """The marks that stand after an audit found these candidates.

    A known one keeps its first sighting, and its deadline never moves earlier, whatever happens to dates
    and settings. One that comes back after it was unmarked starts anew, and so does a Worker that is
    another one under the same name.

    Args:
        marks: those of before.
        candidates: what the audit found; those without a ``namespace_id`` are passed over.
        now: the present moment.
        grace_days: days from the latest of leaving, creation and first sighting.
        gone_known: whether the inventory was proven complete, so that what is no candidate in it is none.
            Else nothing is unmarked.
    """
    known = {mark.key: mark for mark in marks}
    made: dict[Key, Mark] = {}
    new: set[Key] = set()
    for candidate in candidates:
        if candidate.namespace_id is None:
            continue
        key = (candidate.namespace_id, candidate.worker)
        before = made.get(key) or _same(known.get(key), candidate)
        if before is None:
            new.add(key)
        made[key] = _mark(candidate, candidate.namespace_id, before, now, grace_days)
    after = made if gone_known else {**known, **made}
    return Remarked(
        marks=_sorted(after.values()),
        new=_sorted(after[key] for key in new),
        kept=_sorted(mark for key, mark in after.items() if key not in new),
        removed=_sorted(mark for key, mark in known.items() if key not in after or key in new),
    )


def _same(mark: Mark | None, candidate: Candidate) -> Mark | None:
    """The mark, unless it is known to be another Worker's of that name."""
    if mark is not None and None not in (tags := {mark.worker_tag, candidate.worker_tag}) and len(tags) > 1:
        return None
    return mark


def _mark(
    candidate: Candidate, namespace_id: str, before: Mark | None, now: datetime, grace_days: int
) -> Mark:
    first_seen = now.astimezone(UTC).replace(microsecond=0) if before is None else before.first_seen
    deadline = _deadline(candidate, first_seen, now, grace_days)
    return Mark(
        namespace_id=namespace_id,
        namespace=candidate.namespace,
        worker=candidate.worker,
        worker_tag=candidate.worker_tag or (None if before is None else before.worker_tag),
        state=candidate.state,
        customer_id=candidate.customer_id,
        first_seen=first_seen,
        deadline=deadline if before is None else max(before.deadline, deadline),
    )


def _deadline(candidate: Candidate, first_seen: datetime, now: datetime, grace_days: int) -> datetime:
    left = _dates(candidate.churned_on, now, not_before=candidate.started_on)
    latest = max([first_seen, *left, *_dates(candidate.created_on, now)])
    try:
        return _whole(latest) + timedelta(days=grace_days)
    except OverflowError:
        return _LAST_MOMENT


def _dates(moment: datetime | None, now: datetime, *, not_before: datetime | None = None) -> list[datetime]:
    """The moment, if it is a date at all: not missing, not in the future, not before the start."""
    if moment is None or moment > now or (not_before is not None and moment < not_before):
        return []
    return [moment]


def _whole(moment: datetime) -> datetime:
    """The moment in whole seconds, as it is written down; never an earlier one."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=0) + timedelta(seconds=1 if moment.microsecond else 0)


def _sorted(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    return tuple(sorted(marks, key=lambda mark: (mark.namespace, mark.worker or "", mark.namespace_id)))
