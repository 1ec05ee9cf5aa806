"""What sets one Worker's traffic apart from another's, as arrays with one place for each Worker.

Everything is drawn from the seed and the ids, so that it comes out the same whenever it is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wfp_ops.sandbox.analytics.lives import Life
from wfp_ops.sandbox.analytics.noise import Bits, Bools, Floats, Ints, draw, key_of, normal, uniform
from wfp_ops.sandbox.traffic import Traffic, seconds

STATUSES = ("success", "clientDisconnected", "scriptThrewException", "exceededResources", "internalError")
ERRORS = (2, 3, 4)
METRICS = ("cpuTime", "wallTime", "requestDuration", "responseBodySize", "duration")
# How much slower or quicker than usual a Worker may be in an hour; the last one is that of an incident.
PACES = (0.85, 0.93, 1.0, 1.08, 1.18, 2.4)
USUAL, INCIDENT = 2, 5
SLOTS = 4
COLOS = (
    *("AMS", "FRA", "LHR", "CDG", "MAD", "WAW", "ARN", "MXP", "VIE", "IAD", "EWR", "ORD"),
    *("ATL", "DFW", "LAX", "SJC", "SEA", "YYZ", "GRU", "EZE", "NRT", "SIN", "HKG", "SYD"),
)
_GB = 0.125  # what a Worker may use of memory: GB-seconds are counted by it

(
    _SIZE,
    _HOME_SIZE,
    _SHARE,
    _RHYTHM,
    _ERRORS,
    _DISCONNECTS,
    _SUBREQUESTS,
    _CPU,
    _CPU_SPREAD,
    _WALL,
    _WALL_SPREAD,
    _BODY,
    _BODY_SPREAD,
    _COLO,
) = range(1, 15)


@dataclass(frozen=True)
class Profiles:
    """One place for each life. Hours count from 1970; ``home`` is the key of the namespace.

    ``mu`` and ``sigma`` (metric by life) are those of log-normal distributions, in microseconds, bytes and
    GB-seconds; ``means`` (metric by life by pace) what one request takes on the average.
    """

    lives: tuple[Life, ...]
    everywhere: Bits
    key: Bits
    home: Bits
    hourly: Floats
    steady: Bools
    begins: Ints
    ends: Floats
    fades: Floats
    left_over: Floats
    rhythm: Ints
    errors: Floats
    disconnects: Floats
    failing_from: Floats
    failing_until: Floats
    failing_share: Floats
    subrequests: Floats
    mu: Floats
    sigma: Floats
    means: Floats

    @cached_property
    def colos(self) -> Ints:
        """Life by slot: which of ``COLOS`` it runs in, the busiest first."""
        first = (draw(self.key, _COLO) % np.uint64(len(COLOS))).astype(np.int64)
        return np.asarray((first[:, None] + np.array([0, 1, 5, 11])) % len(COLOS))

    @cached_property
    def carried(self) -> dict[int, Ints]:
        """For each dispatcher the lives whose requests pass it, by what it binds."""
        inside: dict[str, list[int]] = {}
        for place, life in enumerate(self.lives):
            if life.namespace_id:
                inside.setdefault(life.names[-1][0], []).append(place)
        return {
            place: np.array(sorted(n for name in set(life.binds) for n in inside.get(name, ())), np.int64)
            for place, life in enumerate(self.lives)
            if life.is_dispatcher and life.traffic.hourly is None
        }


def build_profiles(lives: Sequence[Life], seed: int) -> Profiles:
    """The profiles of these lives, in their order."""
    key = _keys((seed, "worker", life.namespace_id, life.worker_id) for life in lives)
    home = _keys((seed, "home", life.namespace_id or life.worker_id) for life in lives)
    stories = [life.traffic for life in lives]
    steady = np.array([story.steady for story in stories], np.bool_)
    mu, sigma = _distributions(key, stories)
    return Profiles(
        lives=tuple(lives),
        everywhere=_keys([(seed, "everywhere")]),
        key=key,
        home=home,
        hourly=_sizes(key, home, stories),
        steady=steady,
        begins=np.array([math.ceil(life.created / 3600) for life in lives], np.int64),
        ends=_hours([story.ends_on for story in stories], math.inf),
        fades=np.array([story.fades_days * 24 for story in stories], np.float64),
        left_over=np.array([story.left_over for story in stories], np.float64),
        rhythm=(draw(home, _RHYTHM) % np.uint64(16)).astype(np.int64),
        errors=_given([s.error_share for s in stories], np.where(steady, 0.0, _shares(key, _ERRORS, 0.0015))),
        disconnects=np.where(steady, 0.0, _shares(key, _DISCONNECTS, 0.004)),
        failing_from=_hours([story.failing_from for story in stories], math.inf),
        failing_until=_hours([story.failing_until for story in stories], math.inf),
        failing_share=np.array([story.failing_share for story in stories], np.float64),
        subrequests=uniform(draw(key, _SUBREQUESTS)) ** 2 * 4,
        mu=mu,
        sigma=sigma,
        means=_means(mu, sigma),
    )


def _keys(parts: object) -> Bits:
    return np.array([key_of(*each) for each in parts], np.uint64)  # type: ignore[attr-defined]


def _hours(times: Sequence[str | None], otherwise: float) -> Floats:
    moments = (seconds(text) for text in times)
    return np.array([otherwise if m is None else math.floor(m / 3600) for m in moments], np.float64)


def _given(said: Sequence[float | None], otherwise: Floats) -> Floats:
    """What was said, and where nothing was, the other."""
    told = np.array([math.nan if value is None else value for value in said], np.float64)
    return np.where(np.isnan(told), otherwise, told)


def _sizes(key: Bits, home: Bits, stories: Sequence[Traffic]) -> Floats:
    """Requests in a usual hour: a heavy tail over namespaces, and over the Workers in each."""
    made_up = 40 * np.exp(1.2 * normal(draw(home, _HOME_SIZE)))
    hourly = _given([story.hourly for story in stories], made_up)
    share = np.exp(0.7 * normal(draw(key, _SHARE)) - 0.25)
    return np.where([story.steady for story in stories], hourly, hourly * share)


def _shares(key: Bits, purpose: int, middle: float) -> Floats:
    return np.minimum(middle * np.exp(1.1 * normal(draw(key, purpose))), 0.05)


def _distributions(key: Bits, stories: Sequence[Traffic]) -> tuple[Floats, Floats]:
    cpu_sigma = 0.5 + 0.4 * uniform(draw(key, _CPU_SPREAD))
    cpu = math.log(3_000) + 0.7 * normal(draw(key, _CPU))
    said = np.array([math.nan if s.cpu_ms is None else max(s.cpu_ms, 1e-3) for s in stories], np.float64)
    cpu = np.where(np.isnan(said), cpu, np.log(said * 1000) - cpu_sigma**2 / 2)
    wall_sigma = 0.6 + 0.4 * uniform(draw(key, _WALL_SPREAD))
    # waiting for others takes longer than computing
    wall = np.logaddexp(cpu, math.log(40_000) + 0.8 * normal(draw(key, _WALL)))
    body_sigma = 0.8 + 0.6 * uniform(draw(key, _BODY_SPREAD))
    body = math.log(12_000) + 1.2 * normal(draw(key, _BODY))
    mu = np.stack([cpu, wall, wall + 0.12, body, wall + math.log(_GB / 1e6)])
    return mu, np.stack([cpu_sigma, wall_sigma, wall_sigma, body_sigma, wall_sigma])


def paced(metric: int) -> Floats:
    """By how much each pace slows the metric: time is longer in bad hours, answers are not larger."""
    return np.ones(len(PACES)) if METRICS[metric] == "responseBodySize" else np.array(PACES)


def _means(mu: Floats, sigma: Floats) -> Floats:
    """Whole microseconds and bytes, so that sums of parts are exactly the sum of the whole."""
    paces = np.stack([paced(metric) for metric in range(len(METRICS))])[:, None, :]
    means = np.exp(mu + sigma**2 / 2)[:, :, None] * paces
    return np.concatenate([np.maximum(np.rint(means[:-1]), 1), means[-1:]])
