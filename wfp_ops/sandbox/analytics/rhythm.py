"""How many requests a Worker gets in an hour, and how many of them fail: closed functions of the hour."""

from __future__ import annotations

import numpy as np

from wfp_ops.sandbox.analytics.noise import Bits, Bools, Floats, Ints, draw, normal, uniform
from wfp_ops.sandbox.analytics.profiles import INCIDENT, PACES, USUAL, Profiles

WEEK = 168
_THURSDAY = 72  # hours from Monday to the weekday on which 1970 began

_NOISE, _WAVE, _ROUND, _INCIDENT, _EVERYWHERE, _PACE = range(20, 26)


def _weeks() -> Floats:
    """Rhythm by hour of the week: 8 places on earth, each with a working week and a shop's; the mean is 1."""
    hour = np.arange(24)
    tables = []
    for peak in (9, 11, 13, 14, 15, 17, 20, 2):
        day = 0.3 + 1.4 * ((1 + np.cos((hour - peak) * 2 * np.pi / 24)) / 2) ** 1.6
        for days in ((1.1, 1.15, 1.15, 1.1, 1.05, 0.6, 0.55), (0.9, 0.9, 0.95, 1.0, 1.1, 1.25, 1.1)):
            table = np.outer(days, day).ravel()
            tables.append(table / table.mean())
    return np.stack(tables)


_WEEKS = _weeks()


def requests(profiles: Profiles, life: Ints, hour: Ints) -> Ints:
    """Requests of lives in hours (since 1970); the two are broadcast.

    A dispatcher of which nothing else is said has all requests of the namespaces that it binds.
    """
    counts = _own(profiles, life, hour)
    dispatchers = [place for place in profiles.carried if np.any(life == place)]
    if dispatchers:
        lives, hours = np.broadcast_arrays(life, hour)
        for place in dispatchers:
            here = lives == place
            each, back = np.unique(hours[here], return_inverse=True)
            passing = _own(profiles, profiles.carried[place][:, None], each[None, :]).sum(axis=0)
            counts[here] = np.where(each >= profiles.begins[place], passing, 0)[back]
    return counts


def _own(profiles: Profiles, life: Ints, hour: Ints) -> Ints:
    steady = profiles.steady[life]
    expected = np.where(steady, profiles.hourly[life], _expected(profiles, life, hour))
    expected = expected * _span(profiles, life, hour)
    # For steady traffic the fractions add up from hour to hour; for the rest chance rounds them.
    start = np.where(steady, expected * hour, 0.0)
    chance = np.where(steady, start - np.floor(start), uniform(draw(profiles.key[life], _ROUND, hour)))
    return np.asarray(np.floor(expected + chance).astype(np.int64))


def _expected(profiles: Profiles, life: Ints, hour: Ints) -> Floats:
    """With launch, growth, the week's rhythm, a slow wave and the hour's own chance."""
    age = np.maximum(hour - profiles.begins[life], 0).astype(np.float64)
    grown = (1 - 0.8 * np.exp(-age / (24 * 5))) * (1.4 - 0.4 * np.exp(-age / (24 * 300)))
    rhythm = _WEEKS[profiles.rhythm[life], (hour + _THURSDAY) % WEEK]
    wave = 0.12 * normal(draw(profiles.home[life], _WAVE, hour // WEEK))
    noise = 0.15 * normal(draw(profiles.key[life], _NOISE, hour))
    return np.asarray(profiles.hourly[life] * grown * rhythm * np.exp(wave + noise))


def _span(profiles: Profiles, life: Ints, hour: Ints) -> Floats:
    """0 before the launch, 1 from then on, and less towards the end and behind it."""
    left = profiles.ends[life] - hour
    fades = profiles.fades[life]
    share = np.where(fades > 0, np.clip(left / np.maximum(fades, 1e-9), 0, 1) ** 2, left > 0)
    return np.asarray(
        np.where(hour >= profiles.begins[life], np.maximum(share, profiles.left_over[life]), 0.0)
    )


def _spell(bits: Bits, hour: Ints, chance: float, longest: int) -> tuple[Bools, Floats]:
    """Whether the hour lies in a bad spell of its week, if the week has one, and how bad it is (0 to 1)."""
    occurs = (bits >> np.uint64(44)).astype(np.float64) < chance * 2**20
    start = ((bits & np.uint64(0xFF)) % np.uint64(WEEK - longest)).astype(np.int64)
    lasts = 2 + ((bits >> np.uint64(8)) % np.uint64(longest - 1)).astype(np.int64)
    inside = hour % WEEK - start
    return occurs & (inside >= 0) & (inside < lasts), ((bits >> np.uint64(16)) & np.uint64(0xFF)) / 255.0


def troubles(profiles: Profiles, life: Ints, hour: Ints) -> tuple[Floats, Floats, Ints]:
    """Share of requests that end in an error of the Worker's, share that fail inside the platform, and pace.

    The pace is a place in ``PACES``. Incidents strike a namespace, or (rarely) everybody at once.
    """
    steady = profiles.steady[life]
    own, how_bad = _spell(draw(profiles.home[life], _INCIDENT, hour // WEEK), hour, 0.04, 9)
    all_, how_bad_all = _spell(draw(profiles.everywhere, _EVERYWHERE, hour // WEEK), hour, 0.25, 4)
    own, all_ = own & ~steady, all_ & ~steady
    failing = (hour >= profiles.failing_from[life]) & (hour < profiles.failing_until[life])
    share = profiles.errors[life] + np.where(own, 0.05 + 0.5 * how_bad, 0.0)
    share = np.where(failing, np.maximum(share, profiles.failing_share[life]), share)
    inside = np.where(all_, 0.01 + 0.07 * how_bad_all, 0.0)
    return np.minimum(share, 1.0), inside, _pace(profiles, life, hour, own | failing & ~steady)


def _pace(profiles: Profiles, life: Ints, hour: Ints, bad: Bools) -> Ints:
    """Busy hours are slower ones."""
    week = _WEEKS[profiles.rhythm[life], (hour + _THURSDAY) % WEEK]
    busy = 3 * (week - _WEEKS.min()) / (_WEEKS.max() - _WEEKS.min())
    pace = (busy + 2 * uniform(draw(profiles.key[life], _PACE, hour))).astype(np.int64)
    pace = np.where(bad, INCIDENT, np.minimum(pace, len(PACES) - 2))
    return np.where(profiles.steady[life], USUAL, pace)
