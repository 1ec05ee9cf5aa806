"""Time in charts: spans on a regular grid in UTC, written in the zone that the reader lives in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from matplotlib import dates

from wfp_ops.charts.numbers import DASH, NARROW, counted
from wfp_ops.charts.tally import Flags, Floats, Ints
from wfp_ops.clock import is_span, parse_span, parse_time
from wfp_ops.errors import SettingsError
from wfp_ops.frames.provenance import ATTRS_KEY

MINUTE = 60_000_000  # microseconds, as all spans here
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_NICE = tuple(
    MINUTE * each for each in (1, 5, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 10080, 20160, 43200)
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name, to write times in.

    Raises:
        SettingsError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        raise SettingsError(
            f"there is no time zone {str(name)!r}",
            key="zone",
            hint='take a name of the tz database, such as "UTC" or "Europe/Berlin"',
        ) from None


@dataclass(frozen=True)
class Period:
    """From when to when a frame goes, in microseconds, and how long each of its spans is."""

    start: int
    end: int
    step: int

    @classmethod
    def of(cls, frame: pd.DataFrame, times: Ints) -> Period | None:
        """Of a frame's rows; of an empty one, what was asked for; None where nobody knows.

        The length of a span is what the frame's record says, else the least distance between two rows,
        else an hour.
        """
        record = frame.attrs.get(ATTRS_KEY)
        record = record if isinstance(record, Mapping) and {"start", "end", "every"} <= set(record) else None
        asked = None if record is None else (_micros(record["start"]), _micros(record["end"]))
        if not len(times):
            return None if asked is None else cls(*asked, asked[1] - asked[0])
        first, last = int(times.min()), int(times.max())
        if record is not None and asked is not None and not is_span(str(record["every"])):
            return cls(first, max(asked[1], last + HOUR), max(asked[1] - first, HOUR))
        step = _step(times) if record is None else parse_span(record["every"]) // timedelta(microseconds=1)
        return cls(first, last + step, step)

    def written(self, zone: ZoneInfo) -> str:
        """In words: ``1-30 Nov 2026 (UTC)``; with hours where it does not begin and end at midnight."""
        first, last = local(self.start, zone), local(self.end, zone)
        if any((each.hour, each.minute, each.second) != (0, 0, 0) for each in (first, last)):
            begin, end = day_of(first, year=True), day_of(last, year=True)
            end = "" if begin == end else f"{end}, "
            return f"{begin}, {first:%H:%M} {DASH} {end}{last:%H:%M} ({zone.key})"
        last = local(self.end - 1, zone)
        end = day_of(last, year=True)
        if first.date() == last.date():
            return f"{end} ({zone.key})"
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day}{DASH}{end} ({zone.key})"
        return f"{day_of(first, year=first.year != last.year)} {DASH} {end} ({zone.key})"


@dataclass(frozen=True)
class Grid:
    """``count`` cells of ``step`` microseconds from ``start`` on, over a period."""

    start: int
    step: int
    count: int
    period: Period

    @classmethod
    def of(cls, period: Period, most: int, zone: ZoneInfo) -> Grid:
        """The finest grid with at most about ``most`` cells: the period's own spans, or round multiples.

        Multiples begin at round hours of the zone.
        """
        own = cls(period.start, period.step, max(1, -(-(period.end - period.start) // period.step)), period)
        if own.count <= most:
            return own
        wide = next(
            (each for each in _NICE if each % own.step == 0 and own.count * own.step <= each * most),
            own.step * -(-own.count // most),
        )
        offset = local(period.start, zone).utcoffset() or timedelta()
        into = (period.start + offset // timedelta(microseconds=1)) % min(wide, DAY)
        start = period.start - into // own.step * own.step
        return cls(start, wide, -(-(period.end - start) // wide), period)

    def cells(self, times: Ints) -> Ints:
        """The cell that each moment lies in."""
        return (times - self.start) // self.step

    @property
    def edges(self) -> Floats:
        """Where cells begin, and where the last one ends, in matplotlib's days."""
        return days(self.start + self.step * np.arange(self.count + 1, dtype=np.int64))

    def total(self, cells: Ints, values: Floats) -> Floats:
        """The sum in each cell; NaN where nothing is known of it."""
        known = ~np.isnan(values)
        sums = np.bincount(cells[known], weights=values[known], minlength=self.count)
        return np.where(np.bincount(cells[known], minlength=self.count) > 0, sums, np.nan)

    def range(self, cells: Ints, values: Floats) -> tuple[Floats, Floats]:
        """The lowest and the highest in each cell; NaN where there is none."""
        low, high = np.full(self.count, np.inf), np.full(self.count, -np.inf)
        known = ~np.isnan(values)
        np.minimum.at(low, cells[known], values[known])
        np.maximum.at(high, cells[known], values[known])
        return np.where(np.isinf(low), np.nan, low), np.where(np.isinf(high), np.nan, high)

    def incomplete(self, cells: Ints, complete: Flags) -> Flags:
        """The cells with a row that is not complete, or that reach beyond the period."""
        found = np.bincount(cells[~complete], minlength=self.count) > 0
        found[0] |= self.start < self.period.start
        found[-1] |= self.start + self.step * self.count > self.period.end
        return found

    @property
    def length(self) -> str:
        """How long a cell is: ``1 hour``, ``15 minutes``."""
        for length, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
            if self.step % length == 0:
                return counted(self.step // length, name)
        return f"{self.step / 1_000_000:g}{NARROW}seconds"

    @property
    def each(self) -> str:
        """The same behind the word "each": ``hour``, ``15 minutes``."""
        return self.length.removeprefix(f"1{NARROW}")


def days(micros: Ints) -> Floats:
    """Moments as matplotlib counts them."""
    moments = np.asarray(micros, dtype=np.int64).astype("datetime64[us]")
    found: Floats = dates.date2num(moments)  # type: ignore[no-untyped-call]
    return found


def day_of(moment: datetime, *, year: bool = False) -> str:
    """A day in words: ``9 Nov``, on request with its year."""
    text = f"{moment.day}{NARROW}{MONTHS[moment.month - 1]}"
    return f"{text} {moment.year}" if year else text


def _month(moment: datetime, *, year: bool) -> str:
    return f"{MONTHS[moment.month - 1]}{f' {moment.year}' if year else ''}"


def local(micros: int, zone: ZoneInfo) -> datetime:
    """A moment in the zone."""
    return (_EPOCH + timedelta(microseconds=micros)).astimezone(zone)


def _micros(text: str) -> int:
    return (parse_time(text) - _EPOCH) // timedelta(microseconds=1)


def _step(times: Ints) -> int:
    distances = np.diff(np.sort(pd.unique(times)))
    return int(distances.min()) if len(distances) else HOUR
