"""In which order rows come, and in which portions they can be found without looking at all of them.

Source: Cloudflare docs, analytics/graphql-api/features/sorting: behind the fields that are named, the
grouping orders. Where none is named the order is arbitrary here (and the same each time), though the same
page promises the grouping's: nothing should rest on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from wfp_ops.sandbox.analytics import failures
from wfp_ops.sandbox.analytics.filters import TIMES
from wfp_ops.sandbox.analytics.measures import RECORDED, REQUESTS, Need
from wfp_ops.sandbox.analytics.noise import Floats, Ints, key_of
from wfp_ops.sandbox.analytics.profiles import STATUSES
from wfp_ops.sandbox.analytics.table import Found

# Values of orderBy that no row can show: here they are the same for all rows.
_HIDDEN = ("actorNamespaceId", "constantScriptId", "stableId")


@dataclass(frozen=True)
class Key:
    """One thing to order by: the ranks of an axis, or (axis ``value``) a column of the rows themselves."""

    axis: Literal["group", "bucket", "status", "value"]
    ranks: Ints
    column: str = ""
    descending: bool = False

    def of(self, found: Found) -> Floats | Ints:
        """A number for each row: less comes first."""
        if self.axis != "value":
            return np.asarray(self.ranks[getattr(found, self.axis)])
        kind, _, field = self.column.partition("_")
        if kind == "sum":
            values = found.totals[Need("sum", field)]
        elif kind == "avg":
            values = found.totals[REQUESTS] / found.totals[RECORDED]
        else:
            values = found.quantiles[self.column]
        return -values if self.descending else values


@dataclass(frozen=True)
class Ordering:
    """All keys, the most important first."""

    keys: tuple[Key, ...]

    def sorted(self, found: Found) -> Found:
        """The rows in order."""
        if not self.keys:
            return found
        return found.chosen(np.lexsort([key.of(found) for key in reversed(self.keys)]))

    def leading(self) -> Key | None:
        """The key by which portions can be looked at one after the other; None where all must be seen."""
        first = self.keys[0] if self.keys else None
        return first if first is not None and first.axis in ("group", "bucket") else None


def portions(ranks: Ints, size: int) -> Iterator[Ints]:
    """The places of an axis by rank, about ``size`` at once; equal ranks stay together."""
    order = np.argsort(ranks, kind="stable")
    edges = np.flatnonzero(np.diff(ranks[order], prepend=-1))
    start = 0
    while start < len(order):
        later = int(np.searchsorted(edges, start + size))
        end = int(edges[later]) if later < len(edges) else len(order)
        yield order[start:end]
        start = end


def make_ordering(
    wanted: Sequence[str],
    dimensions: Sequence[str],
    labels: Mapping[str, Sequence[Any]],
    buckets: Ints,
    step: int,
) -> Ordering:
    """What ``orderBy`` asks for.

    ``labels`` are the static dimensions' values by group; ``buckets`` number spans of ``step`` seconds.

    Raises:
        AnalyticsError: it names a dimension by which rows are not grouped.
    """
    maker = _Maker(labels, buckets, step)
    keys = [maker.key(name.rpartition("_")[0], name.endswith("_DESC"), dimensions) for name in wanted]
    if not keys:
        return Ordering(tuple(maker.arbitrary()))
    named = {name.rpartition("_")[0] for name in wanted}
    keys += [maker.key(name, False, dimensions) for name in sorted(set(dimensions) - named)]
    return Ordering(tuple(key for key in keys if key is not None))


class _Maker:
    def __init__(self, labels: Mapping[str, Sequence[Any]], buckets: Ints, step: int) -> None:
        self._labels = labels
        self._buckets = buckets
        self._step = step

    def key(self, name: str, descending: bool, dimensions: Sequence[str]) -> Key | None:
        if name in _HIDDEN:
            return None
        if "_" in name:
            return Key("value", np.zeros(0, np.int64), name, descending)
        if name not in dimensions:
            raise failures.bad_arguments(f"orderBy {name}: rows are not grouped by it")
        if name == "status":
            return Key("status", _ranks(STATUSES, descending))
        if name in TIMES:
            spans = self._buckets * self._step // TIMES[name]
            return Key("bucket", _ranks(spans.tolist(), descending))
        return Key("group", _ranks(self._labels[name], descending))

    def arbitrary(self) -> Iterator[Key]:
        """By chance, but always the same; the same rows of another window need not come in the same order."""
        if len(self._buckets) > 1:
            yield Key("bucket", _ranks([key_of("bucket", b) for b in self._buckets.tolist()], False))
        if self._labels:
            groups = zip(*self._labels.values(), strict=True)
            yield Key("group", _ranks([key_of("group", *group) for group in groups], False))
        yield Key("status", np.array([3, 0, 4, 1, 2], np.int64))


def _ranks(values: Sequence[Any], descending: bool) -> Ints:
    """The places of values among the different ones, in order."""
    places = {value: place for place, value in enumerate(sorted(set(values), reverse=descending))}
    return np.array([places[value] for value in values], np.int64)
