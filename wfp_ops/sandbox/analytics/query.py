"""Answers a query of the dataset: what is asked, the limits, and the search for the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wfp_ops.sandbox.analytics import failures
from wfp_ops.sandbox.analytics.filters import TIMES, Junction, leaves
from wfp_ops.sandbox.analytics.items import Items, make_items
from wfp_ops.sandbox.analytics.masks import Mask, work_out
from wfp_ops.sandbox.analytics.measures import REQUESTS, needs_of
from wfp_ops.sandbox.analytics.noise import Bools, Ints
from wfp_ops.sandbox.analytics.ordering import Key, make_ordering, portions
from wfp_ops.sandbox.analytics.profiles import METRICS, Profiles
from wfp_ops.sandbox.analytics.quantiles import RANKS, extreme_rank, quantile
from wfp_ops.sandbox.analytics.scan import Sums, Task
from wfp_ops.sandbox.analytics.settings import NodeSettings
from wfp_ops.sandbox.analytics.table import Found, Table, joined
from wfp_ops.sandbox.analytics.windows import Pieces, asked_window, cut

# Cells (a Worker in a piece of time) that one query may look at.
_MOST_CELLS = 40_000_000
# Rows that are held at once while they are added up.
_DENSE = 400_000


@dataclass(frozen=True)
class Asked:
    """A query: ``dimensions`` to group by, other ``columns`` such as ``sum_requests``, and the rest."""

    dimensions: tuple[str, ...]
    columns: frozenset[str]
    filter: Junction
    order: tuple[str, ...]
    limit: int

    def ordered_by(self) -> Iterator[str]:
        """The columns that the order needs."""
        for name in self.order:
            column = name.rpartition("_")[0]
            if "_" in column:
                yield column


def answer(asked: Asked, profiles: Profiles, now: float, settings: NodeSettings, *, sampling: bool) -> Table:
    """The first rows in order, at most ``asked.limit``.

    Raises:
        AnalyticsError: the query is beyond what the settings allow, or takes too much.
    """
    if not 0 < asked.limit <= settings.max_page_size:
        raise failures.bad_limit(settings.max_page_size, asked.limit)
    window = asked_window(asked.filter, now, settings)
    by_colo = "coloCode" in {*asked.dimensions, *(leaf.dimension for leaf in leaves(asked.filter))}
    items = make_items(profiles.lives, (window.start, window.end), by_colo=by_colo)
    pieces = cut(window, asked.filter, asked.dimensions, now)
    which, when, mask = work_out(asked.filter, profiles, items, pieces)
    search = _Search(asked, profiles, items.chosen(which), pieces.chosen(when), mask, sampling=sampling)
    return search.table()


class _Search:
    """Looks for rows portion by portion, and no further than the limit."""

    def __init__(
        self, asked: Asked, profiles: Profiles, items: Items, pieces: Pieces, mask: Mask, *, sampling: bool
    ) -> None:
        self._asked = asked
        self._profiles = profiles
        self._items = items
        self._pieces = pieces
        self._mask = mask
        self._sampling = sampling
        self._group, self._labels = _groups(asked, profiles, items)
        self._groups = int(self._group.max(initial=-1)) + 1
        self._buckets, self._bucket = np.unique(pieces.bucket, return_inverse=True)
        self._columns = asked.columns | set(asked.ordered_by())
        self._needs = needs_of(sorted(self._columns))
        self._ordering = make_ordering(
            asked.order, asked.dimensions, self._labels, self._buckets, pieces.step
        )

    def table(self) -> Table:
        """The answer."""
        found = self._first_rows()
        return Table(found, self._labels, self._buckets, self._pieces.step)

    def _first_rows(self) -> Found:
        leading = self._ordering.leading()
        if leading is None and len(self._items) * len(self._pieces.hour) > _MOST_CELLS:
            raise failures.too_costly()
        parts: list[Found] = [self._nothing()]
        held = looked_at = 0
        for items, pieces in self._portions(leading):
            looked_at += int(items.sum()) * int(pieces.sum())
            if looked_at > _MOST_CELLS:
                raise failures.too_costly()
            part = self._rows_of(items, pieces)
            held += len(part)
            parts.append(part if leading is None else self._ordering.sorted(part))
            if leading is not None and held >= self._asked.limit:
                break
            if leading is None and held > _DENSE:
                parts = [self._cut(self._ordering.sorted(joined(parts)))]
                held = len(parts[0])
        found = joined(parts)
        return self._cut(found if leading is not None else self._ordering.sorted(found))

    def _cut(self, found: Found) -> Found:
        return found.chosen(np.arange(min(len(found), self._asked.limit)))

    def _nothing(self) -> Found:
        none = np.zeros(0, np.int64)
        floats = np.zeros(0)
        return Found(
            none, none, none, dict.fromkeys(self._needs, floats), dict.fromkeys(self._quantiles(), floats)
        )

    def _portions(self, leading: Key | None) -> Iterator[tuple[Bools, Bools]]:
        """Masks of items and pieces; every row lies in one of the portions, whole."""
        if not self._groups or not len(self._buckets):
            return
        by_time = leading.axis == "bucket" if leading is not None else len(self._buckets) > 1
        count, across = len(self._buckets), self._groups
        if not by_time:
            count, across = across, count
        # so many that the first portion has the limit's rows where most are not empty
        size = _DENSE if leading is None else min(_DENSE, max(self._asked.limit * 5 // 4, 4000))
        ranks = leading.ranks if leading is not None else np.arange(count)
        every_item = np.ones(len(self._items), np.bool_)
        every_piece = np.ones(len(self._bucket), np.bool_)
        for places in portions(ranks, max(1, size // across)):
            chosen = np.zeros(count, np.bool_)
            chosen[places] = True
            yield (every_item, chosen[self._bucket]) if by_time else (chosen[self._group], every_piece)

    def _rows_of(self, items: Bools, pieces: Bools) -> Found:
        groups, group = np.unique(self._group[items], return_inverse=True)
        buckets, bucket = np.unique(self._bucket[pieces], return_inverse=True)
        task = Task(
            profiles=self._profiles,
            items=self._items.chosen(items),
            group=group,
            groups=len(groups),
            pieces=self._pieces.chosen(pieces),
            bucket=bucket,
            buckets=len(buckets),
            mask=self._mask.narrowed(items, pieces),
            needs=self._needs,
            by_status="status" in self._asked.dimensions,
            with_mix=bool(self._quantiles()),
            sampling=self._sampling,
        )
        sums = Sums(task)
        rows = np.flatnonzero(sums.totals[REQUESTS])
        place, status = np.divmod(rows, task.statuses)
        return Found(
            groups[place // len(buckets)],
            buckets[place % len(buckets)],
            status,
            {need: totals[rows] for need, totals in sums.totals.items()},
            self._solved(sums, rows),
        )

    def _quantiles(self) -> list[str]:
        return sorted(c for c in self._columns if c.partition("_")[0] in ("quantiles", "min", "max"))

    def _solved(self, sums: Sums, rows: Ints) -> Mapping[str, Any]:
        columns = self._quantiles()
        if not columns or not len(rows):
            return dict.fromkeys(columns, np.zeros(0))
        mix, requests = sums.mix(rows), sums.totals[REQUESTS][rows]
        solved = {}
        for column in columns:
            group, _, field = column.partition("_")
            if group == "quantiles":
                metric = next(m for m in METRICS if field.removeprefix(m) in RANKS)
                rank = np.full(len(rows), RANKS[field.removeprefix(metric)])
            else:
                metric, rank = field, extreme_rank(requests, largest=group == "max")
            solved[column] = quantile(self._profiles, mix, metric, rank)
        return solved


def _groups(asked: Asked, profiles: Profiles, items: Items) -> tuple[Ints, Mapping[str, Sequence[Any]]]:
    """The number of each item's group, and the static dimensions' values by group."""
    static = [name for name in asked.dimensions if name not in TIMES and name != "status"]
    if not static:
        return np.zeros(len(items), np.int64), {}
    numbers: dict[tuple[Any, ...], int] = {}
    labels = zip(*(items.labels(profiles, name) for name in static), strict=True)
    group = np.array([numbers.setdefault(label, len(numbers)) for label in labels], np.int64)
    return group, {name: [label[n] for label in numbers] for n, name in enumerate(static)}
