"""Quantiles of what one request takes: each Worker's is log-normal, and any mix of them is solved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wfp_ops.sandbox.analytics.noise import Floats, Ints
from wfp_ops.sandbox.analytics.profiles import METRICS, Profiles, paced

RANKS = {"P25": 0.25, "P50": 0.5, "P75": 0.75, "P90": 0.9, "P95": 0.95, "P99": 0.99, "P999": 0.999}
# Beyond this many deviations no request lies: the search for a quantile begins there.
_FAR = 9.0
_HALVINGS = 30


@dataclass(frozen=True)
class Mix:
    """What rows are made of, in the order of the rows: a life at a pace, and how many requests of it.

    ``first`` is where each row's parts begin. Every row has at least one.
    """

    life: Ints
    pace: Ints
    weight: Floats
    first: Ints

    def rows(self) -> Ints:
        """Part by part the row that it belongs to."""
        ends = np.append(self.first[1:], len(self.life))
        return np.repeat(np.arange(len(self.first)), ends - self.first)


def quantile(profiles: Profiles, mix: Mix, metric: str, rank: Floats) -> Floats:
    """Row by row the value that a share ``rank`` (one for each row) of the requests do not exceed.

    Rising with ``rank``; microseconds, bytes or GB-seconds as the metric is counted.
    """
    place = METRICS.index(metric)
    mu = profiles.mu[place, mix.life] + np.log(paced(place))[mix.pace]
    sigma = profiles.sigma[place, mix.life]
    row, total = mix.rows(), np.add.reduceat(mix.weight, mix.first)
    low = np.minimum.reduceat(mu - _FAR * sigma, mix.first)
    high = np.maximum.reduceat(mu + _FAR * sigma, mix.first)
    wanted = rank * total
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = np.add.reduceat(mix.weight * _normal((middle[row] - mu) / sigma), mix.first) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.exp(high)


def _normal(z: Floats) -> Floats:
    """The normal distribution's share below ``z`` (Abramowitz and Stegun 26.2.17; off by at most 1e-7)."""
    t = 1 / (1 + 0.2316419 * np.abs(z))
    tail = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    tail *= np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return np.where(z > 0, 1 - tail, tail)


def extreme_rank(requests: Floats, *, largest: bool) -> Floats:
    """The rank at which the smallest or the largest of so many requests is to be expected.

    Always beyond the ranks of ``RANKS``, also where there are few.
    """
    return 1 - 0.0009 / (requests + 1) if largest else 0.2 / (requests + 1)
