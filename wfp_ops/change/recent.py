"""How much was deleted in the last 24 hours, by the register of applies and the journals of every apply.

A journal is believed where something vouches that it is all there. Where nothing does, everything that its
apply was to delete counts; and where register and journals contradict each other, nobody knows.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from wfp_ops.change.journal.deletions import Deletion, deletions
from wfp_ops.change.journal.head import head_path
from wfp_ops.change.journal.reader import Reading
from wfp_ops.change.journal.record import Record
from wfp_ops.change.judge import Recent
from wfp_ops.change.plan import LONGEST_LIFE
from wfp_ops.change.running.hold import is_held
from wfp_ops.change.running.place import RunPlace
from wfp_ops.clock import parse_time
from wfp_ops.errors import JournalError, StateError, visible
from wfp_ops.memory.applied import JOURNALS, Applied, AppliedPlans
from wfp_ops.memory.folder import StateFolder

WINDOW = timedelta(hours=24)
_ENDING = ".jsonl"
_SAID = 2


def recent_deletions(folder: StateFolder, now: datetime) -> Recent:
    """The deletions that happened, or may have, within 24 hours before ``now``.

    Of an apply whose journal can't be read, or may have been cut, everything that it was to delete counts as
    deleted just now; ``doubt`` says of which, and what to do.

    Raises:
        StateError: the register of applies can't be read, a journal is that of another plan than the register
            says, or the register does not know one that lies in the folder: so nobody knows.
    """
    # A plan is applied within its life; a clock that was set back since then makes none of them too old
    begun = now - WINDOW - LONGEST_LIFE - timedelta(days=1)
    register = AppliedPlans(folder).all()
    _refuse_unknown(folder, register, begun)
    counted = [_of(each, now) for each in register if each.deletions and each.at >= begun]
    made = [deletion for each in counted for deletion in each.deletions if deletion.at > now - WINDOW]
    inside = Counter(each.namespace for each in made if each.worker is not None)
    return Recent(
        namespaces=sum(each.worker is None for each in made),
        workers=dict(inside),
        doubt=_in_one([each.doubt for each in counted if each.doubt]),
    )


@dataclass(frozen=True)
class _Counted:
    """The deletions of one apply, and why all of them were counted, where they were."""

    deletions: Sequence[Deletion]
    doubt: str = ""


def _of(applied: Applied, now: datetime) -> _Counted:
    """What an apply deleted, by its journal.

    Raises:
        StateError: the journal is that of another plan.
    """
    path = Path(applied.journal)
    shown = visible(applied.journal)
    try:
        goes_on = is_held(path)  # asked first: what a run does that ends by now is read
        reading = Reading(path)
        watched = _Watched(applied)
        made = deletions(watched.through(reading))
        if reading.problem is not None:
            raise reading.error()
    except (JournalError, ValueError, KeyError) as error:
        why = error.message if isinstance(error, JournalError) else "it contradicts itself"
        return _whole(applied, now, f"{why}: wfp-ops journal verify {shown}")
    if watched.in_doubt:
        return _whole(applied, now, f"its head was missing when it was resumed: {shown}")
    if goes_on or reading.end_is_vouched:
        return _Counted(made)
    why = f"nothing says that it came to its end: wfp-ops journal resume {shown} settles that"
    return _whole(applied, now, why)


class _Watched:
    """The records of a journal as they pass, with an eye on whether they are those of the apply."""

    def __init__(self, applied: Applied) -> None:
        self._applied = applied
        self.in_doubt = False

    def through(self, reading: Reading) -> Iterator[Record]:
        """The records.

        Raises:
            StateError: they are those of another plan's apply.
        """
        for record in reading:
            if record.kind == "begin" and record.facts["digest"] != self._applied.digest:
                raise StateError(
                    "the journal is that of another plan than the register of applies says",
                    path=self._applied.journal,
                    hint="bring the right one back from a backup, or move it elsewhere: then everything that"
                    " its apply was to delete counts",
                )
            # Gone on with when lines may have been missing: they are missing still, under a new head
            self.in_doubt |= record.kind == "resumed" and record.facts.get("end_in_doubt") is True
            yield record


def _whole(applied: Applied, now: datetime, why: str) -> _Counted:
    """Everything that an apply was to delete: nobody can tell what of it was done."""
    every = [
        Deletion(now, kind, namespace, worker, namespace_id)  # type: ignore[arg-type]
        for action, namespace, worker, namespace_id in applied.deletions
        for kind in ["delete_namespace" if worker is None else "delete_worker"]
        if action == kind
    ]
    return _Counted(every, f"all {len(every):,} of an apply are counted, for of its journal {why}")


def _in_one(doubts: Sequence[str]) -> str:
    more = len(doubts) - _SAID
    return "; ".join([*doubts[:_SAID], *([f"and {more:,} applies more"] if more > 0 else [])])


def _refuse_unknown(folder: StateFolder, register: Sequence[Applied], begun: datetime) -> None:
    """Without its part of the register a journal is counted by nobody.

    Raises:
        StateError: the register does not know a journal in the folder by which something may have been
            deleted since ``begun``.
    """
    names = set(folder.folders(JOURNALS))
    journals = {name.removesuffix(".head") for name in names if name.endswith((_ENDING, f"{_ENDING}.head"))}
    known = {applied.journal for applied in register}
    digests = {applied.digest for applied in register}
    for name in sorted(journals):
        path = folder.path / JOURNALS / name
        if os.path.abspath(path) not in known and _may_count(path, digests, begun):  # noqa: PTH100 (as the register knows it)
            raise StateError(
                "the register of applies does not know a journal, so what its apply deleted is not counted",
                path=str(path if name in names else head_path(path)),
                hint="bring the folder applied/ back from a backup; or look at it (wfp-ops journal show), and"
                " once you know that nothing was deleted by it in the last 24 hours, move it elsewhere",
            )


def _may_count(path: Path, digests: Collection[str], begun: datetime) -> bool:
    """Whether something may have been deleted by a journal that the register does not know by its path."""
    reading = Reading(path)
    try:
        with closing(iter(reading)) as records:
            begin = next(records, None)
            if begin is not None and (begin.facts["digest"] in digests or parse_time(begin.at) < begun):
                return False  # a copy of one that is known, or too old
            for _ in records:
                pass
    except JournalError:
        return True
    return reading.problem is not None or reading.records > 1 or not _died_as_it_began(reading)


def _died_as_it_began(reading: Reading) -> bool:
    """Whether a journal of at most one record was cut off before the register knew of it: nothing was done.

    Its head says so; or it has none yet, and the folder beside it, which is made next, is not there either.
    """
    return reading.is_all_there or (reading.has_no_head and not RunPlace(reading.path).folder.exists())
