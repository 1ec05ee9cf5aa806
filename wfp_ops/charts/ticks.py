"""Ticks of a time axis: round moments by the clocks of the reader's zone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from matplotlib import dates
from matplotlib.axes import Axes

from wfp_ops.charts.lettering import width
from wfp_ops.charts.spans import MONTHS, day_of

# How far ticks may be apart
_MINUTES = (1, 5, 10, 15, 30, 60, 120, 180, 360, 720)
_DAYS = (1, 2, 3, 4, 7, 14)
_MONTHS_APART = (1, 2, 3, 6, 12)
_DAY = timedelta(days=1)
_MARGIN = timedelta(hours=4)  # more than clocks are changed by
_CLOSE = 0.6  # of a step: labels that are closer would touch


def time_axis(axes: Axes, zone: ZoneInfo, most: int, *, free: float = 0.0) -> None:
    """Make the horizontal axis one of time, as far as it goes now: at most ``most`` ticks, in the zone.

    Days begin at the zone's midnight. In the last part of the axis, ``free`` of all, no tick has a label:
    there stands that of a neighbour.
    """
    first, last = (dates.num2date(each, tz=zone) for each in axes.get_xlim())  # type: ignore[no-untyped-call]
    ticks = moments_between(first, last, max(most, 2))
    until = _utc(last) - (_utc(last) - _utc(first)) * free
    labels = [text if _utc(each) <= until else "" for each, text in zip(ticks, labels_of(ticks), strict=True)]
    axes.set_xticks(dates.date2num(ticks), labels, parse_math=False)  # type: ignore[no-untyped-call]


def keep_inside(axes: Axes, size: float) -> None:
    """Let no label of the time axis stand out far over its ends; one that then has no room goes.

    ``size`` is that of the labels' type, in points. Panes side by side would else read as one axis.
    """
    left, right = axes.bbox.x0 - size, axes.bbox.x1 + size
    ticks, texts = axes.get_xticks(), [label.get_text() for label in axes.get_xticklabels()]
    sides: list[Literal["left", "center", "right"]] = []
    until = -math.inf
    for place, (tick, text) in enumerate(zip(ticks, texts, strict=True)):
        at, half = axes.transData.transform((tick, 0))[0], width(text, size) / 2
        side = 1 if at - half < left else -1 if at + half > right else 0
        begin = at + half * (side - 1)
        sides.append("left" if side > 0 else "right" if side else "center")
        texts[place] = text if begin >= until + size else ""
        until = begin + 2 * half if texts[place] else until
    for label, where in zip(axes.set_xticks(ticks, texts, parse_math=False), sides, strict=True):
        label.label1.set_horizontalalignment(where)


def moments_between(first: datetime, last: datetime, most: int) -> list[datetime]:
    """Round moments at equal distances, as many as there may be, in the zone of ``first``.

    Distances are those of the clock on the wall: where clocks change, one is longer or shorter.
    """
    span = _utc(last) - _utc(first)
    for minutes in _MINUTES:
        if span / timedelta(minutes=minutes) <= most:
            return _by_clock(first, last, timedelta(minutes=minutes))
    for length in _DAYS:
        if span / timedelta(days=length) <= most:
            return _by_days(first, last, length)
    months = 12 * (last.year - first.year) + last.month - first.month
    step = next((each for each in _MONTHS_APART if months / each <= most), 12 * -(-months // (12 * most)))
    return _by_months(first, last, step)


def labels_of(ticks: Sequence[datetime]) -> list[str]:
    """What stands at each: where a day begins the day, among months the month, else the time of day."""
    return [_label(each, place, ticks) for place, each in enumerate(ticks)]


def _by_clock(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    """Steps of the clock on the wall: each day begins with one, also after a change of clocks.

    A time that clocks leave out is left out. One that comes twice is there twice if a step lies between.
    """
    found: list[datetime] = []
    for moment in _on_the_wall(first, last, step):
        apart = _utc(moment) - _utc(found[-1]) if found else _DAY
        if apart >= step or (apart >= _CLOSE * step and not moment.fold) or _begins(moment):
            found.append(moment)
    return [each for each in found if _utc(first) <= _utc(each) <= _utc(last)]


def _on_the_wall(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    """The beginning of each day and each moment at which a clock shows a multiple of ``step``, in order."""
    found: dict[datetime, datetime] = {}
    early, late = first.replace(tzinfo=None) - _MARGIN, last.replace(tzinfo=None) + _MARGIN
    for day in _days(first, last):
        walls = [datetime.combine(day, time()) + step * place for place in range(_DAY // step)]
        near = [wall for wall in walls if early <= wall <= late]
        twice = [wall.replace(tzinfo=first.tzinfo, fold=fold) for wall in near for fold in (0, 1)]
        # a time that clocks leave out is another one when it comes back from UTC
        there = [each for each in twice if _real(each).replace(tzinfo=None) == each.replace(tzinfo=None)]
        for each in (_beginning(day, first.tzinfo), *there):
            found.setdefault(_utc(each), _real(each))
    return [found[moment] for moment in sorted(found)]


def _by_days(first: datetime, last: datetime, step: int) -> list[datetime]:
    """Midnights."""
    every = [_beginning(day, first.tzinfo) for day in _days(first, last)]
    there = dict.fromkeys(_utc(each) for each in every if _utc(first) <= _utc(each) <= _utc(last))
    return [each.astimezone(first.tzinfo) for each in there][::step]


def _days(first: datetime, last: datetime) -> Iterator[date]:
    day = first.date()
    while day <= last.date():
        yield day
        day += _DAY


def _beginning(day: date, zone: tzinfo | None) -> datetime:
    """Midnight, or the first moment after it where clocks leave midnight out."""
    return _real(datetime.combine(day, time(), tzinfo=zone))


def _begins(moment: datetime) -> bool:
    return _utc(moment) == _utc(_beginning(moment.date(), moment.tzinfo))


def _utc(moment: datetime) -> datetime:
    """Two moments of one zone would be compared by what their clocks show."""
    return moment.astimezone(UTC)


def _real(moment: datetime) -> datetime:
    """As the zone's clocks show it."""
    return _utc(moment).astimezone(moment.tzinfo)


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
    if len(ticks) > 1 and ticks[1] - ticks[0] > 27 * _DAY:
        year = f" {moment.year}" if not place or moment.year != ticks[place - 1].year else ""
        return f"{MONTHS[moment.month - 1]}{year}"
    return day_of(moment) if _begins(moment) else f"{moment:%H:%M}"
