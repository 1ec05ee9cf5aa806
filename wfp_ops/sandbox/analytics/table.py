"""Rows as columns: what a query found, with each field's values on demand, in their JSON form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from wfp_ops.sandbox.analytics.filters import TIMES
from wfp_ops.sandbox.analytics.measures import FRACTIONS, RECORDED, REQUESTS, Need, confidence
from wfp_ops.sandbox.analytics.noise import Floats, Ints
from wfp_ops.sandbox.analytics.profiles import STATUSES


@dataclass(frozen=True)
class Found:
    """Some rows: the numbers of group, bucket and status, the sums, and the quantiles by column name."""

    group: Ints
    bucket: Ints
    status: Ints
    totals: Mapping[Need, Floats]
    quantiles: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.group)

    def chosen(self, order: Ints) -> Found:
        """The rows at these places, in this order."""
        return Found(
            self.group[order],
            self.bucket[order],
            self.status[order],
            {need: values[order] for need, values in self.totals.items()},
            {name: values[order] for name, values in self.quantiles.items()},
        )


def joined(parts: Sequence[Found]) -> Found:
    """The rows of all parts, one after the other; there must be one."""
    if len(parts) == 1:
        return parts[0]
    return Found(
        np.concatenate([part.group for part in parts]),
        np.concatenate([part.bucket for part in parts]),
        np.concatenate([part.status for part in parts]),
        {need: np.concatenate([part.totals[need] for part in parts]) for need in parts[0].totals},
        {name: np.concatenate([part.quantiles[name] for part in parts]) for name in parts[0].quantiles},
    )


@dataclass(frozen=True)
class Table:
    """The rows of an answer. ``labels`` are the static dimensions' values by group.

    ``buckets`` number spans of ``step`` seconds since 1970.
    """

    found: Found
    labels: Mapping[str, Sequence[Any]]
    buckets: Ints
    step: int

    def __len__(self) -> int:
        return len(self.found)

    def column(self, name: str) -> list[Any]:
        """A field's values: ``dimensions_date``, ``sum_requests``, ``quantiles_cpuTimeP50`` and so on."""
        group, _, field = name.partition("_")
        if group == "dimensions":
            return self._dimension(field)
        if group == "sum":
            return _numbers(self.found.totals[Need("sum", field)], field)
        if group == "avg":
            interval = self.found.totals[REQUESTS] / self.found.totals[RECORDED]
            return [*interval.tolist()]
        values = self.found.quantiles[name]
        return [*(values.astype(np.float32) if group == "quantiles" else values).tolist()]

    def _dimension(self, name: str) -> list[Any]:
        if name == "status":
            return [STATUSES[place] for place in self.found.status.tolist()]
        if name not in TIMES:
            labels = self.labels[name]
            return [labels[place] for place in self.found.group.tolist()]
        step = TIMES[name]
        spans, back = np.unique(self.buckets[self.found.bucket] * self.step // step, return_inverse=True)
        texts = [_time_text(span * step, is_day=name == "date") for span in spans.tolist()]
        return [texts[place] for place in back.tolist()]

    def confidence(self, level: float, field: str) -> Mapping[str, list[Any]]:
        """The columns of the schema's type ``Confidence`` for a sum."""
        totals = self.found.totals
        interval = confidence(
            level, totals[Need("sum", field)], totals[Need("size", field)], totals[Need("variance", field)]
        )
        return {
            "estimate": interval.estimate.tolist(),
            "lower": interval.lower.tolist(),
            "upper": interval.upper.tolist(),
            "sampleSize": interval.size.tolist(),
            "isValid": interval.is_valid.tolist(),
        }


def _numbers(values: Floats, field: str) -> list[Any]:
    return [*(values if field in FRACTIONS else np.rint(values).astype(np.int64)).tolist()]


def _time_text(second: int, *, is_day: bool) -> str:
    moment = datetime.fromtimestamp(second, UTC)
    return moment.strftime("%Y-%m-%d") if is_day else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
