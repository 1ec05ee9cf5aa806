"""The requests of one Worker in one hour, split: by status, by data centre, by time, and by what is recorded.

All splits are of whole numbers and lose none: the parts of an hour always add up to the hour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wfp_ops.sandbox.analytics.noise import Bits, Floats, Ints, draw, normal, uniform
from wfp_ops.sandbox.analytics.profiles import STATUSES, Profiles
from wfp_ops.sandbox.analytics.rhythm import requests, troubles

HOUR = 3600
# An hour of a Worker with more requests than this is sampled, so that about half as many are recorded.
SAMPLED_ABOVE = 1000

_CUT, _SAMPLE, _SAMPLE_ROUND, _SUB, _SLOT, _WHEN = range(30, 36)
# How the errors of a Worker's own split, and of the rest in an incident of the platform's.
_THREW = 0.8
_SLOT_CUTS = np.array([0.0, 0.55, 0.8, 0.93, 1.0])


@dataclass(frozen=True)
class Cells:
    """Lives by hours (any two arrays that can be broadcast). ``life`` and ``hour`` are those two.

    ``counts`` (status by cell) are recorded requests, each of which stands for ``interval`` of them;
    ``pace`` is the place of the hour's in ``PACES``, ``subrequests`` what one request makes of them.
    """

    life: Ints
    hour: Ints
    counts: Ints
    interval: Ints
    pace: Ints
    subrequests: Ints


def make_cells(profiles: Profiles, life: Ints, hour: Ints, *, sampling: bool) -> Cells:
    """The cells; without ``sampling`` every request is recorded, and the counts are the truth."""
    total = requests(profiles, life, hour)
    failing, inside, pace = troubles(profiles, life, hour)
    chance = uniform(draw(profiles.key[life], _CUT, hour))
    threw = failing * _THREW
    counts = _by_status(total, chance, (profiles.disconnects[life], threw, failing - threw, inside))
    interval = np.ones_like(total)
    if sampling:
        interval = _intervals(total)
        if (interval > 1).any():
            counts = _recorded(profiles, life, hour, counts, interval)
    subrequests = profiles.subrequests[life] + uniform(draw(profiles.key[life], _SUB, hour))
    return Cells(life, hour, counts, interval, pace, np.floor(subrequests).astype(np.int64))


def _by_status(total: Ints, chance: Floats, shares: Sequence[Floats]) -> Ints:
    """Status by cell. One draw places all cuts, so that a single request has exactly one status."""
    parts = np.zeros((len(STATUSES), *total.shape), np.int64)
    share, before = np.zeros(total.shape), np.floor(chance).astype(np.int64)
    for place, more in enumerate(shares, start=1):
        share = np.minimum(share + more, 1.0)
        cut = np.floor(total * share + chance).astype(np.int64)
        parts[place] = cut - before
        before = cut
    parts[0] = total - before
    return parts


def _intervals(total: Ints) -> Ints:
    """Powers of two: every cell that is sampled keeps between half of ``SAMPLED_ABOVE`` and all of it."""
    times = np.ceil(np.log2(np.maximum(total, 1) / SAMPLED_ABOVE))
    return np.left_shift(np.int64(1), np.maximum(times, 0).astype(np.int64))


def _recorded(profiles: Profiles, life: Ints, hour: Ints, counts: Ints, interval: Ints) -> Ints:
    """What a sample of one in ``interval`` catches: right on the average, and off by as much as chance is."""
    sampled = interval > 1
    lives, hours = (each[sampled] for each in np.broadcast_arrays(life, hour))
    every = interval[sampled]
    recorded = counts.copy()
    for status in range(len(STATUSES)):
        true = counts[status][sampled]
        number = hours * len(STATUSES) + status
        luck = normal(draw(profiles.key[lives], _SAMPLE, number))
        spread = np.sqrt(true * (1 / every) * (1 - 1 / every))
        caught = true / every + luck * spread + uniform(draw(profiles.key[lives], _SAMPLE_ROUND, number))
        recorded[status][sampled] = np.clip(np.floor(caught), 0, true).astype(np.int64)
    return recorded


def in_slot(profiles: Profiles, cells: Cells, slot: Ints | int) -> Ints:
    """Status by cell: the counts in one data centre, named by its place in the life's own list."""
    chance = _chances(profiles, cells, _SLOT, uniform)
    low, high = _SLOT_CUTS[slot], _SLOT_CUTS[np.asarray(slot) + 1]
    before = np.floor(cells.counts * low + chance).astype(np.int64)
    return np.asarray(np.floor(cells.counts * high + chance).astype(np.int64) - before)


def in_part(profiles: Profiles, cells: Cells, slot: Ints | int, start: Ints, end: Ints) -> Ints:
    """Status by cell: those of a data centre that fall between two seconds of the hour.

    The requests of an hour are spread evenly over it, from a phase of each status and data centre on.
    """
    counts = in_slot(profiles, cells, slot)
    phase = _chances(profiles, cells, _WHEN, lambda bits: (bits % np.uint64(HOUR)).astype(np.int64))
    phase = (phase + np.asarray(slot) * 977) % HOUR
    return np.asarray((counts * end + phase) // HOUR - (counts * start + phase) // HOUR)


def _chances(
    profiles: Profiles, cells: Cells, purpose: int, of: Callable[[Bits], npt.NDArray[Any]]
) -> npt.NDArray[Any]:
    """Status by cell: one draw for each, read in the way asked for."""
    numbers = [cells.hour * len(STATUSES) + status for status in range(len(STATUSES))]
    return np.stack([of(draw(profiles.key[cells.life], purpose, number)) for number in numbers])
