"""The ledger of one account: since when what has been a candidate for deletion, and what is protected.

One file, written whole under the folder's lock. It holds decisions and first sightings, which no other
file can give back: a ledger that can't be read is an error, and never an empty one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from wfp_ops.clock import iso, parse_time
from wfp_ops.errors import SettingsError
from wfp_ops.memory.folder import StateFolder
from wfp_ops.memory.marks import Candidate, Key, Mark, Remarked, remark
from wfp_ops.memory.sealed import read_sealed, seal

__all__ = ["Candidate", "Ledger", "LedgerContent", "Mark", "Protection", "Remarked", "remark"]

SCHEMA = "wfp-ops/ledger/1"
FILE = "ledger.json"
SHORTEST_REASON = 3


@dataclass(frozen=True)
class Protection:
    """A namespace or Worker of exactly this name that nothing may delete or rename before a day.

    ``until`` is the day on which it ends, at 00:00 UTC; ``since`` when somebody wrote it down.
    """

    name: str
    until: date
    reason: str
    since: datetime

    def holds(self, today: date) -> bool:
        """Whether it protects on this day (in UTC)."""
        return today < self.until

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the ledger."""
        return {**vars(self), "until": self.until.isoformat(), "since": iso(self.since)}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Protection:
        """The protection of a ledger.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        return cls(**{**said, "until": date.fromisoformat(said["until"]), "since": parse_time(said["since"])})


@dataclass(frozen=True)
class LedgerContent:
    """What stands in the ledger.

    Protections that are over are among ``protections``: only a person takes one out. ``marked_at`` is the
    latest moment at which candidates were marked, None where they never were.
    """

    marks: tuple[Mark, ...] = ()
    protections: tuple[Protection, ...] = ()
    marked_at: datetime | None = None

    @property
    def by_key(self) -> dict[Key, Mark]:
        """The marks by namespace id and Worker (None in namespace tenancy)."""
        return {mark.key: mark for mark in self.marks}

    @property
    def dated(self) -> dict[str, tuple[date, str]]:
        """The protections by name: the day on which each ends, and why it is there."""
        return {each.name: (each.until, each.reason) for each in self.protections}

    def protection_of(self, *names: str | None, today: date) -> Protection | None:
        """The one that protects what goes by these names on this day; of several the longest."""
        found = [each for each in self.protections if each.name in names and each.holds(today)]
        return max(found, key=lambda each: each.until, default=None)

    def no_earlier(self, now: datetime) -> datetime:
        """The present moment, or the latest one in here where the clock was set back since then.

        So a clock that goes wrong can make a grace period longer, and never shorter.
        """
        return now if self.marked_at is None else max(now, self.marked_at)


class Ledger:
    """The ledger in an account's state folder; no file is made before something is written."""

    def __init__(self, folder: StateFolder) -> None:
        self._folder = folder

    def load(self) -> LedgerContent:
        """What stands in it.

        Raises:
            StateError: it can't be read, is cut, was changed, or is of another version.
        """
        found = read_sealed(
            self._folder,
            FILE,
            schema=SCHEMA,
            parse=_content,
            what="the ledger of deletion candidates and protections",
            hint="restore it from a backup; or remove it: then every grace period starts anew, and what was "
            "protected must be protected again",
        )
        return LedgerContent() if found is None else found

    def mark(
        self, candidates: Iterable[Candidate], now: datetime, grace_days: int, gone_known: bool
    ) -> Remarked:
        """Bring the marks up to date with what an audit found; ``remark`` says how.

        Raises:
            StateBusyError: another run is writing and does not end.
            StateError: the ledger can't be read or written; then it stays as it is.
        """
        with self._folder.held("marking deletion candidates"):
            before = self.load()
            moment = before.no_earlier(now)
            done = remark(before.marks, candidates, now=moment, grace_days=grace_days, gone_known=gone_known)
            self._write(replace(before, marks=done.marks, marked_at=moment))
        return done

    def protect(self, name: str, until: date, reason: str, now: datetime) -> LedgerContent:
        """Protect what bears exactly this name until a day; an earlier protection of the name is replaced.

        Raises:
            SettingsError: the day is not in the future, the reason is too short, or there is no name.
            StateError: the ledger can't be read or written; then it stays as it is.
        """
        _refuse_blank(name, reason)
        with self._folder.held("protecting a name"):
            before = self.load()
            if until <= now.date():
                raise SettingsError(
                    f"a protection until {until.isoformat()} would be over already: it ends at 00:00 UTC of "
                    "that day",
                    key="until",
                    hint="give a later day, such as 2027-01-31",
                )
            made = Protection(name, until, reason.strip(), now.replace(microsecond=0))
            rest = (each for each in before.protections if each.name != name)
            return self._write(replace(before, protections=(*rest, made)))

    def unprotect(self, name: str) -> LedgerContent:
        """Take a protection out, whether or not it still holds.

        Raises:
            SettingsError: there is none of this name.
            StateError: the ledger can't be read or written; then it stays as it is.
        """
        with self._folder.held("ending a protection"):
            before = self.load()
            rest = tuple(each for each in before.protections if each.name != name)
            if len(rest) == len(before.protections):
                raise SettingsError(
                    f"there is no dated protection of {name!r}",
                    key="name",
                    hint="what the settings protect ([change] protect) is taken out there",
                )
            return self._write(replace(before, protections=rest))

    def _write(self, content: LedgerContent) -> LedgerContent:
        """Put it in its place; the lock must be held."""
        protections = tuple(sorted(content.protections, key=lambda each: each.name))
        facts = {
            "marked_at": None if content.marked_at is None else iso(content.marked_at),
            "marks": [mark.to_dict() for mark in content.marks],
            "protections": [each.to_dict() for each in protections],
        }
        self._folder.write(FILE, seal(SCHEMA, facts))
        return replace(content, protections=protections)


def _content(said: Mapping[str, Any]) -> LedgerContent:
    marked_at = said["marked_at"]
    return LedgerContent(
        marks=tuple(map(Mark.from_dict, said["marks"])),
        protections=tuple(map(Protection.from_dict, said["protections"])),
        marked_at=None if marked_at is None else parse_time(marked_at),
    )


def _refuse_blank(name: str, reason: str) -> None:
    if not name or name != name.strip():
        raise SettingsError(
            f"{name!r} is no name",
            key="name",
            hint="give the exact name of a namespace or Worker; patterns go into [change] protect",
        )
    if len(reason.strip()) < SHORTEST_REASON:
        raise SettingsError(
            "a protection needs a reason",
            key="reason",
            hint=f"say in {SHORTEST_REASON} characters or more why it must stay",
        )
