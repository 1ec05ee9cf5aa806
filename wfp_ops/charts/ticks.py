"""Ticks of a time axis: round moments in the reader's zone, at equal distances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from matplotlib import dates
from matplotlib.axes import Axes

from wfp_ops.charts.spans import MONTHS, day_of

# How far ticks may be apart
_MINUTES = (1, 5, 10, 15, 30, 60, 120, 180, 360, 720)
_DAYS = (1, 2, 3, 4, 7, 14)
_MONTHS_APART = (1, 2, 3, 6, 12)


def time_axis(axes: Axes, zone: ZoneInfo, most: int, *, free: float = 0.0) -> None:
    """Make the horizontal axis one of time, as far as it goes now: at most ``most`` ticks, in the zone.

    Days begin at the zone's midnight. In the last part of the axis, ``free`` of all, no tick has a label:
    there stands that of a neighbour.
    """
    first, last = (dates.num2date(each, tz=zone) for each in axes.get_xlim())  # type: ignore[no-untyped-call]
    ticks = moments_between(first, last, max(most, 2))
    until = last - (last - first) * free
    labels = [_label(each, place, ticks) if each <= until else "" for place, each in enumerate(ticks)]
    axes.set_xticks(dates.date2num(ticks), labels, parse_math=False)  # type: ignore[no-untyped-call]


def moments_between(first: datetime, last: datetime, most: int) -> list[datetime]:
    """Round moments at equal distances, as many as there may be, in the zone of ``first``."""
    span = last - first
    for minutes in _MINUTES:
        if span / timedelta(minutes=minutes) <= most:
            return _by_clock(first, last, timedelta(minutes=minutes))
    for length in _DAYS:
        if span / timedelta(days=length) <= most:
            return _by_days(first, last, length)
    months = 12 * (last.year - first.year) + last.month - first.month
    step = next((each for each in _MONTHS_APART if months / each <= most), 12 * -(-months // (12 * most)))
    return _by_months(first, last, step)


def _by_clock(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    """Steps of real time from midnight on: a day with a change of clocks has one hour more or less."""
    moment = first.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    found = []
    while moment <= last:
        if moment >= first:
            found.append(moment.astimezone(first.tzinfo))
        moment += step
    return found


def _by_days(first: datetime, last: datetime, step: int) -> list[datetime]:
    """Midnights."""
    day = first.replace(hour=0, minute=0, second=0, microsecond=0)
    if day < first:
        day += timedelta(days=1)
    found = []
    while day <= last:
        found.append(day)
        day += timedelta(days=step)
    return found


def _by_months(first: datetime, last: datetime, step: int) -> list[datetime]:
    """First days of months."""
    found: list[datetime] = []
    month = first.year * 12 + first.month - 1
    while True:
        day = datetime(month // 12, month % 12 + 1, 1, tzinfo=first.tzinfo)
        if day > last:
            return found
        if day >= first:
            found.append(day)
        month += step if found else 1


def _label(moment: datetime, place: int, ticks: Sequence[datetime]) -> str:
    """Midnight is a day, the first of a month among months is a month, all else is a time of day."""
    if len(ticks) > 1 and ticks[1] - ticks[0] > timedelta(days=27):
        year = f" {moment.year}" if not place or moment.year != ticks[place - 1].year else ""
        return f"{MONTHS[moment.month - 1]}{year}"
    return day_of(moment) if (moment.hour, moment.minute) == (0, 0) else f"{moment:%H:%M}"
