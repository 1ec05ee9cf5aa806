"""The time that a query asks about, cut into pieces of hours that each lie in one bucket."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from wfp_ops.sandbox.analytics import failures
from wfp_ops.sandbox.analytics.filters import TIMES, Junction, bounds, finest
from wfp_ops.sandbox.analytics.noise import Ints
from wfp_ops.sandbox.analytics.settings import NodeSettings

HOUR = 3600
WHOLE = 1000
# The newest minutes are still coming in: how many of a thousand requests are there, by the minute's age.
ARRIVED = (150, 400, 620, 800, 930)
_MOST_PIECES = 3_000_000


@dataclass(frozen=True)
class Window:
    """Seconds since 1970, from the first to the one behind the last."""

    start: int
    end: int


@dataclass(frozen=True)
class Pieces:
    """Pieces of time in order: the hour (since 1970), the piece's seconds in it, and what has arrived of it.

    ``bucket`` numbers the spans that rows are made for, of ``step`` seconds each (0: there is one for all).
    """

    hour: Ints
    start: Ints
    end: Ints
    arrived: Ints
    bucket: Ints
    step: int

    def begins(self) -> Ints:
        """When each piece begins, in seconds since 1970."""
        return self.hour * HOUR + self.start

    def chosen(self, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] | Ints) -> Pieces:
        """Some of the pieces."""
        arrays = (self.hour, self.start, self.end, self.arrived, self.bucket)
        hour, start, end, arrived, bucket = (array[mask] for array in arrays)
        return Pieces(hour, start, end, arrived, bucket, self.step)


def asked_window(tree: Junction, now: float, settings: NodeSettings) -> Window:
    """What a filter asks about, up to now.

    Raises:
        AnalyticsError: it begins too early or not at all, or is too wide.
    """
    low, high = bounds(tree)
    if low >= high:
        return Window(0, 0)
    if low < now - settings.not_older_than:
        raise failures.too_old(settings.not_older_than)
    asked = (now if math.isinf(high) else high) - low
    if asked > settings.max_duration:
        raise failures.too_wide(settings.max_duration, math.ceil(asked))
    return Window(int(low), max(int(low), int(min(high, now))))


def cut(window: Window, tree: Junction, dimensions: tuple[str, ...], now: float) -> Pieces:
    """The window in pieces, fine enough for the dimensions and the filter.

    Raises:
        AnalyticsError: there would be too many.
    """
    steps = [TIMES[name] for name in dimensions if name in TIMES]
    step = min(steps, default=0)
    fine = min([HOUR, finest(tree), *steps])
    if (window.end - window.start) / fine > _MOST_PIECES:
        raise failures.too_costly()
    edges = np.arange(window.start // fine * fine + fine, window.end, fine)
    newest = np.array([int(now) - 60 * age for age in range(len(ARRIVED) + 1)])
    points = np.unique(np.concatenate([[window.start, window.end], edges, newest]))
    points = points[(points >= window.start) & (points <= window.end)].astype(np.int64)
    return _pieces(points[:-1], points[1:], step, int(now))


def _pieces(start: Ints, end: Ints, step: int, now: int) -> Pieces:
    hour = start // HOUR
    age = np.clip((now - end) // 60, 0, len(ARRIVED))
    return Pieces(
        hour=hour,
        start=start - hour * HOUR,
        end=end - hour * HOUR,
        arrived=np.array([*ARRIVED, WHOLE], np.int64)[age],
        bucket=start // step if step else np.zeros_like(start),
        step=step,
    )
