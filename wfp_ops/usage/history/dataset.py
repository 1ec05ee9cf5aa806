"""The history of one account as days and hours: what is there, and each day read and written as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO

from wfp_ops.errors import HistoryError
from wfp_ops.usage.history.dayfile import Day, Place, broken, encode, read_day, read_hours
from wfp_ops.usage.history.layout import Hour, Kind, day_file, day_of, days_between
from wfp_ops.usage.history.store import LocalStore, RemoteStore


@dataclass(frozen=True)
class Coverage:
    """What is known of a stretch of time: facts of every hour that was collected, by its beginning."""

    hours: dict[datetime, Hour]

    @property
    def complete(self) -> set[datetime]:
        """The hours that are complete."""
        return {hour for hour, facts in self.hours.items() if facts.complete}


class HistoryData:
    """The files of one account's history.

    Attributes:
        store: where they are.
        account_id: whose they are; a file of another account is an error.
    """

    def __init__(self, store: LocalStore | RemoteStore, account_id: str) -> None:
        self.store = store
        self.account_id = account_id

    def days(self, kind: Kind) -> list[date]:
        """The days that have a file, in order.

        Raises:
            HistoryError: among them is a Parquet file that is no day's: queries of one's own would count it.
        """
        found = []
        for path in self.store.names(kind):
            day = day_of(path)
            if day is not None:
                found.append(day)
            elif path.endswith(".parquet"):
                raise broken(
                    self.store.shown(path), None, "it is no day's file, and wfp-ops did not put it there"
                )
        return sorted(found)

    def coverage(self, kind: Kind, start: datetime, end: datetime) -> Coverage:
        """What is known of each hour that begins in this time.

        Raises:
            HistoryError: a file of these days can't be used.
        """
        there = set(self.days(kind))
        hours: dict[datetime, Hour] = {}
        for day in days_between(start, end):
            if day in there:
                known = read_hours(self._place(kind, day), self.account_id)
                hours |= {hour: facts for hour, facts in known.items() if start <= hour < end}
        return Coverage(hours)

    def hours_of(self, kind: Kind, day: date) -> dict[datetime, Hour]:
        """What is known of each hour of a day.

        Raises:
            HistoryError: its file can't be used.
        """
        return read_hours(self._place(kind, day), self.account_id)

    def read(self, kind: Kind, day: date, columns: Sequence[str] | None = None) -> Day:
        """A day that has a file, as a whole or some columns of it.

        Raises:
            HistoryError: its file can't be used.
        """
        return read_day(self._place(kind, day), self.account_id, columns)

    def read_if_there(self, kind: Kind, day: date) -> Day | None:
        """A day as a whole; None where it has no file.

        Raises:
            HistoryError: its file can't be used.
        """
        try:
            with self.store.open(day_file(kind, day)) as file:
                place = Place(day, self.store.shown(day_file(kind, day)), nullcontext(file))
                return read_day(place, self.account_id)
        except FileNotFoundError:
            return None

    def write(self, kind: Kind, day: Day) -> None:
        """Put a day in its place; the lock must be held.

        Raises:
            StateError: it can't be written; what was there stays.
        """
        self.store.write(day_file(kind, day.day), encode(day, self.account_id))

    def shown(self, kind: Kind, day: date) -> str:
        """A day's file, as messages and frames call it."""
        return self.store.shown(day_file(kind, day))

    def _place(self, kind: Kind, day: date) -> Place:
        return Place(day, self.shown(kind, day), _Opened(self.store, day_file(kind, day)))


class _Opened:
    """A file that is opened when it is read; one that has gone since it was listed is an error."""

    def __init__(self, store: LocalStore | RemoteStore, path: str) -> None:
        self._store = store
        self._path = path
        self._context = store.open(path)

    def __enter__(self) -> IO[bytes]:
        try:
            return self._context.__enter__()
        except FileNotFoundError:
            raise HistoryError(
                "a file of the usage history went away while it was read",
                path=self._store.shown(self._path),
                hint="try again",
            ) from None

    def __exit__(self, *failure: object) -> bool | None:
        return self._context.__exit__(*failure)  # type: ignore[arg-type]
