"""Which queries to send: windows, pages, filters. Pure: it asks nobody.

Cloudflare has no cursors. A long answer is read page by page: rows come ordered by everything that
tells them apart, and the next page asks for what comes after the last row's key. That costs one query
for each full page, whatever the rows are spread over; windows are cut only where one query may not be
wider. An answer that is exactly as long as its limit is never the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from wfp_ops.api.analytics.limits import NodeLimits
from wfp_ops.api.analytics.query import Filter, Node, Selection
from wfp_ops.clock import iso
from wfp_ops.errors import AnalyticsQueryError, AnalyticsRangeError
from wfp_ops.usage.buckets import Bucket

SUMS = ("requests", "errors", "subrequests", "cpuTimeUs", "wallTime")
QUANTILES = ("cpuTimeP50", "cpuTimeP99", "wallTimeP50", "wallTimeP99")
_NEEDED = ("sum_requests",)
# what an account whose settings don't say is asked for: Cloudflare's usual page, and its shortest window
USUAL_PAGE = 10_000
SHORTEST_WINDOW = timedelta(days=1)
_SHORTEST_PART = timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """One stretch of time that one query may ask for, from ``start`` to before ``end``."""

    start: datetime
    end: datetime


def windows_of(start: datetime, end: datetime, *, bucket: Bucket, widest: timedelta | None) -> list[Window]:
    """The fewest windows that cover the time once, none wider than allowed, cut between buckets.

    Raises:
        AnalyticsRangeError: one bucket is wider than a query may be.
    """
    if widest is None or end - start <= widest:
        return [Window(start, end)] if start < end else []
    step = bucket.length or timedelta(seconds=1)
    width = widest // step * step
    if width <= timedelta(0):
        raise AnalyticsRangeError(
            f"one query may be {widest} wide on this account, and a bucket of {bucket.name} is wider",
            hint="ask for shorter buckets",
        )
    cuts = [start]
    while cuts[-1] + width < end:
        cuts.append(cuts[-1] + width)
    return [Window(*pair) for pair in zip(cuts, [*cuts[1:], end], strict=True)]


def halves_of(window: Window, bucket: Bucket) -> list[Window]:
    """The window in two, cut between buckets; empty where it can't be cut.

    What is one bucket in all is cut anywhere, down to an hour: its parts are added up again.
    """
    step = bucket.length or _SHORTEST_PART
    if window.end - window.start <= step:
        return []
    steps = max(1, (window.end - window.start) // step // 2)
    middle = window.start + steps * step
    return [Window(window.start, middle), Window(middle, window.end)]


def base_filter(window: Window, *, dispatchers: bool) -> Filter:
    """What every node of a window asks for: customers' Workers alone, or the dispatchers alone.

    A request that passes a dispatcher and a user Worker shows in the rows of both, so they are never mixed.
    """
    whose = {"isDispatcher_neq": 0} if dispatchers else {"isDispatcher": 0, "dispatchNamespaceName_neq": ""}
    return {"datetime_geq": iso(window.start), "datetime_lt": iso(window.end), **whose}


def after(key: Sequence[str], last: Sequence[Any]) -> Filter:
    """What comes after a row, in the order of its key: as GraphQL's filters can say it."""
    steps = []
    for place, name in enumerate(key):
        same = dict(zip(key[:place], last[:place], strict=True))
        steps.append({**same, f"{name}_gt": last[place]})
    return {"OR": steps}


@dataclass(frozen=True)
class Level:
    """What rows are told apart by: a bucket of time, and the dimensions of names."""

    bucket: Bucket
    names: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Every dimension, in the order of rows."""
        time = () if self.bucket.dimension is None else (self.bucket.dimension,)
        return (*time, *self.names)

    @property
    def order(self) -> tuple[str, ...]:
        """The key as Cloudflare's ``orderBy`` has it."""
        return tuple(f"{name}_ASC" for name in self.key)


@dataclass(frozen=True)
class Reach:
    """How far one query may go: from when on, and how wide it may be."""

    earliest: datetime
    widest: timedelta


@dataclass(frozen=True)
class Queries:
    """Makes the nodes of one fetch."""

    level: Level
    selection: Selection
    dispatchers: bool
    only: Filter = field(default_factory=dict)

    def _base(self, window: Window) -> Filter:
        return {**base_filter(window, dispatchers=self.dispatchers), **self.only}

    def page(self, window: Window, limit: int, last: Sequence[Any] | None) -> Node:
        """One page: the first one, or what comes after the last row's key."""
        asked = self._base(window)
        if last is not None:
            asked = {"AND": [asked, after(self.level.key, last)]}
        return Node("page", asked, self.selection, limit, self.level.order)

    def total(self, window: Window, settled_to: datetime, limit: int) -> Iterator[Node]:
        """The ungrouped total of what is settled in a window: one row, or none without traffic.

        The parts must add up to it. Of what is not settled yet the parts may be newer than the total.
        """
        end = min(window.end, settled_to)
        if end > window.start:
            asked = self._base(Window(window.start, end))
            selection = Selection(sample_interval=self.selection.sample_interval)
            yield Node("total", asked, selection, min(2, limit))

    def control(self, window: Window, settled_to: datetime, limit: int, reach: Reach) -> Iterator[Node]:
        """Any request of any Worker of the account in what is settled of that time, or in the day up to then.

        Without one, silence of those asked about proves nothing: analytics that lost something, or a token
        that sees nothing, answer the same. A few hours of silence are usual on a small account, a day is not.
        """
        end = min(window.end, settled_to)
        if end > window.start:
            a_day = max(end - reach.widest, reach.earliest)
            time = {"datetime_geq": iso(min(window.start, a_day)), "datetime_lt": iso(end)}
            yield Node("control", time, Selection(sample_interval=False), min(2, limit))

    def tags(self, window: Window, limit: int) -> Iterator[Node]:
        """Under which namespaces' names each Worker (by its tag) was seen: shows a rename in the window."""
        if not self.dispatchers and "dispatchNamespaceName" in self.level.names:
            asked = self._base(window)
            names = ("dispatchNamespaceName", "scriptTag")
            selection = Selection(names, sample_interval=False)
            yield Node("tags", asked, selection, limit, tuple(f"{name}_ASC" for name in names))


def selection_of(level: Level, limits: NodeLimits | None, *, bounds: bool) -> Selection:
    """The fields to ask for: all of them, or as many as the account allows, the dearest left out first.

    Raises:
        AnalyticsQueryError: the account's analytics lack what nothing can be told without.
    """
    wanted = Selection(level.key, SUMS, QUANTILES, ("requests",) if bounds else (), sample_interval=True)
    if limits is None:
        return wanted
    lacking = [
        name for name in (*_NEEDED, *(f"dimensions_{key}" for key in level.key)) if not limits.has(name)
    ]
    if lacking:
        raise AnalyticsQueryError(
            f"this account's analytics have no field {lacking[0]}",
            hint="ask Cloudflare's support which plan has it, or ask for other buckets",
        )
    chosen = Selection(
        level.key,
        tuple(name for name in wanted.sums if limits.has(f"sum_{name}")),
        tuple(name for name in wanted.quantiles if limits.has(f"quantiles_{name}")),
        tuple(name for name in wanted.bounds if limits.has(f"confidence_sum_{name}_lower")),
        sample_interval=limits.has("avg_sampleInterval"),
    )
    return _within(chosen, limits.max_number_of_fields)


def _within(selection: Selection, most: int | None) -> Selection:
    """At most so many fields: bounds go first, then quantiles, then sums; requests stay."""
    fewer = selection
    while most is not None and len(fewer.fields) > most:
        if fewer.bounds:
            fewer = replace(fewer, bounds=())
        elif fewer.quantiles:
            fewer = replace(fewer, quantiles=fewer.quantiles[:-1])
        elif len(fewer.sums) > 1:
            fewer = replace(fewer, sums=fewer.sums[:-1])
        else:
            raise AnalyticsQueryError(
                f"a query may ask for {most} fields on this account, and {len(fewer.fields)} are needed",
                hint="ask for fewer things to tell apart, such as namespaces without their Workers",
            )
    return fewer
