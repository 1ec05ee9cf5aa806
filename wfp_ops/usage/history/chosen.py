"""The days that somebody asks the history for, and what their files say of each hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from wfp_ops.errors import HistoryError, SettingsError
from wfp_ops.frames.provenance import Completeness
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.layout import CUSTOMERS, DAY, HOUR, Hour, midnight

Day = date | str
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Chosen:
    """Whole days: from ``start`` to before ``end``; ``days`` are those that have a file."""

    start: datetime
    end: datetime
    days: list[date]
    hours: dict[datetime, Hour]

    @property
    def proof(self) -> Completeness:
        """Whether every hour of the time is complete."""
        wanted = (self.end - self.start) // HOUR
        complete = sum(hour.complete for hour in self.hours.values())
        said = f"{complete:,} of {wanted:,} hours are complete in the history"
        return Completeness("proven" if complete == wanted else "unproven", said)

    @property
    def rows(self) -> int:
        """How many rows the files hold."""
        return sum(hour.rows for hour in self.hours.values())

    @property
    def requests(self) -> float:
        """What they add up to."""
        return sum(hour.requests for hour in self.hours.values())


def choose(data: HistoryData, month: str | None, start: Day | None, end: Day | None) -> Chosen:
    """The days asked for: a month, or from a day to before another one.

    Raises:
        SettingsError: the month or a day is none.
        HistoryError: nothing was collected of it, or a file can't be used.
    """
    there = data.days(CUSTOMERS)
    first, last = _bounds(month, start, end, there)
    days = [day for day in there if first <= day < last]
    if not days:
        known = f"it holds {there[0]} to {there[-1]}" if there else "it is empty"
        raise HistoryError(
            f"the usage history has nothing of the time asked for: {known}",
            path=data.store.url,
            hint="wfp-ops usage collect collects what analytics still know",
        )
    hours = {at: hour for day in days for at, hour in data.hours_of(CUSTOMERS, day).items()}
    return Chosen(midnight(first), midnight(last), days, hours)


def _bounds(
    month: str | None, start: Day | None, end: Day | None, there: Sequence[date]
) -> tuple[date, date]:
    """The first day, and the day after the last."""
    if month is not None:
        if start is not None or end is not None:
            raise SettingsError("give a month, or days", key="month", hint='by_customer(month="2026-10")')
        first = _day(f"{month}-01", "month")
        return first, (first + 31 * DAY).replace(day=1)
    begin = there[0] if there else _EPOCH
    first = begin if start is None else _day(start, "start")
    last = (there[-1] if there else begin) + DAY if end is None else _day(end, "end")
    if first >= last:
        raise SettingsError(f"{first} is not before {last}", key="start", hint="give a start before the end")
    return first, last


def _day(given: Day, key: str) -> date:
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except ValueError:
        said = f"{given.removesuffix('-01')!r} is no month" if key == "month" else f"{given!r} is no day"
        raise SettingsError(
            said,
            key=key,
            hint="write a month as 2026-10, a day as 2026-10-01; both are in UTC",
        ) from None
