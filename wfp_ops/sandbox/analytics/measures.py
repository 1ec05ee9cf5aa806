"""The sums of a row: what is added up over cells, and how far a sample may be off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np

from wfp_ops.sandbox.analytics.cells import Cells
from wfp_ops.sandbox.analytics.noise import Bools, Floats, Ints
from wfp_ops.sandbox.analytics.profiles import ERRORS, METRICS, STATUSES, Profiles

# The sums that are times or sizes, by the metric that they add up; the others count requests.
METRIC_OF: Mapping[str, str] = {
    "cpuTimeUs": "cpuTime",
    "wallTime": "wallTime",
    "requestDuration": "requestDuration",
    "responseBodySize": "responseBodySize",
    "duration": "duration",
}
_STATUSES_OF: Mapping[str, tuple[int, ...]] = {"errors": ERRORS, "clientDisconnects": (1,)}
FRACTIONS = frozenset({"duration", "requestDuration"})
# Fewer recorded requests than this say little.
_ENOUGH = 30


class Need(NamedTuple):
    """Something to add up: a field's ``sum``, the ``size`` of its sample, or its ``variance``."""

    kind: Literal["sum", "size", "variance"]
    field: str


REQUESTS, RECORDED = Need("sum", "requests"), Need("size", "requests")


def needs_of(columns: Iterable[str]) -> list[Need]:
    """What must be added up for these columns of a row, ``sum_errors`` and the like; always the requests."""
    needs = [REQUESTS]
    for column in columns:
        group, _, field = column.partition("_")
        if group == "sum":
            needs.append(Need("sum", field))
        elif group == "avg":
            needs.append(RECORDED)
        elif group == "confidence":
            needs += [Need("sum", field), Need("size", field), Need("variance", field)]
    return list(dict.fromkeys(needs))


@dataclass(frozen=True)
class Counted:
    """Cells with what is left of their counts (status by cell) after filters and cuts."""

    profiles: Profiles
    cells: Cells
    counts: Ints
    by_status: bool

    def amounts(self, need: Need) -> Floats:
        """What each cell adds: status by cell, or 1 by cell where statuses are not told apart."""
        counts = self.counts
        if need.field in _STATUSES_OF:
            kept = np.zeros(len(STATUSES), np.int64)
            kept[list(_STATUSES_OF[need.field])] = 1
            counts = counts * kept.reshape(-1, *[1] * (counts.ndim - 1))
        if not self.by_status:
            counts = counts.sum(axis=0, keepdims=True)
        if need.kind == "size":
            return counts.astype(np.float64)
        weight = self.cells.interval.astype(np.float64)
        if need.kind == "sum":
            return np.asarray(counts * weight * self._each(need.field))
        return np.asarray(
            counts * weight * (weight - 1) * self._each(need.field) ** 2 * self._spread(need.field)
        )

    def _each(self, field: str) -> Floats:
        """What one request adds to a sum."""
        cells = self.cells
        if field in METRIC_OF:
            place = METRICS.index(METRIC_OF[field])
            return np.asarray(self.profiles.means[place][cells.life, cells.pace])
        return cells.subrequests.astype(np.float64) if field == "subrequests" else np.ones(1)

    def _spread(self, field: str) -> Floats:
        """The mean of the squares over the square of the mean."""
        if field not in METRIC_OF:
            return np.ones(1)
        sigma = self.profiles.sigma[METRICS.index(METRIC_OF[field])][self.cells.life]
        return np.asarray(np.exp(sigma**2))


@dataclass(frozen=True)
class Interval:
    """A confidence interval, row by row."""

    estimate: Floats
    lower: Floats
    upper: Floats
    size: Ints
    is_valid: Bools


def confidence(level: float, total: Floats, size: Floats, variance: Floats) -> Interval:
    """Between what and what the true sum lies with so much confidence (0 to 1, both excluded)."""
    reach = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(variance)
    return Interval(
        total,
        np.maximum(total - reach, 0.0),
        total + reach,
        np.rint(size).astype(np.int64),
        (size >= _ENOUGH) | (variance == 0),
    )
