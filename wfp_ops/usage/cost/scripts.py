"""How many Workers each customer had in a month, by what was seen of the account in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from wfp_ops.usage.cost.month import Month


@dataclass(frozen=True, eq=False)
class Sight:
    """What was there at a moment: how many Workers, by customer id (a null one: nobody's)."""

    at: datetime
    scripts: pd.Series[Any]


def scripts_in(month: Month, sights: Sequence[Sight], now: datetime) -> tuple[pd.Series[Any], str]:
    """How many Workers each customer had on the average of the month, and how that is known, in words.

    What was seen is taken to hold until the next look; before the first look of the month holds what the
    last one before it showed (where there was none: what the first one shows). Where nobody looked in the
    month, the look that is nearest to it stands in for all of it. The average is up to now where the month
    is not over.
    """
    ordered = sorted(sights, key=lambda sight: sight.at)
    inside = [sight for sight in ordered if month.start <= sight.at < month.end]
    before = [sight for sight in ordered if sight.at < month.start][-1:]
    held = [*before, *inside] if inside else _nearest(month, ordered)
    if not held:
        return pd.Series(dtype="Float64"), "nobody saw how many Workers there were"
    starts = [month.start, *(sight.at for sight in held[1:])]
    ends = [*starts[1:], max(starts[-1], min(now, month.end))]
    seconds = [(end - start).total_seconds() for start, end in zip(starts, ends, strict=True)]
    if not any(seconds):
        seconds[-1] = 1.0
    weighted = [sight.scripts.astype("Float64") * each for sight, each in zip(held, seconds, strict=True)]
    average = pd.concat(weighted).groupby(level=0, dropna=False).sum() / sum(seconds)
    return average, _how(month, held, len(inside))


def _nearest(month: Month, sights: Sequence[Sight]) -> list[Sight]:
    """The one that is least far from the month, which all of them lie outside of."""
    away = [(month.start - each.at if each.at < month.start else each.at - month.end) for each in sights]
    return [sights[away.index(min(away))]] if sights else []


def _how(month: Month, held: Sequence[Sight], looks: int) -> str:
    if not looks:
        there = f"Workers are those that were there on {held[0].at:%Y-%m-%d %H:%M} UTC"
        return f"{there}: no audit of {month} is kept"
    if len(held) == 1:
        there = f"Workers are those that were there on {held[0].at:%Y-%m-%d %H:%M} UTC"
        return f"{there}: {month} was looked at once"
    times = "once" if looks == 1 else f"{looks} times"
    return f"Workers are the average of what was there in {month}, which was looked at {times}"
