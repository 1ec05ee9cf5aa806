"""Reads usage: window by window and page by page, each window held against a total of its own."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from wfp_ops.api.analytics.answers import Answer
from wfp_ops.api.analytics.client import Analytics
from wfp_ops.api.analytics.limits import NodeLimits
from wfp_ops.api.analytics.query import Filter, Node, Selection
from wfp_ops.clock import parse_time
from wfp_ops.errors import AnalyticsQueryError, AnalyticsRangeError, AnalyticsTooLargeError
from wfp_ops.usage.check import Check
from wfp_ops.usage.pages import last_key, table_of
from wfp_ops.usage.planner import (
    SHORTEST_WINDOW,
    USUAL_PAGE,
    Level,
    Queries,
    Reach,
    Window,
    halves_of,
    selection_of,
    windows_of,
)
from wfp_ops.usage.span import EDGE, Span, within_reach
from wfp_ops.usage.wholeness import Verdict

Progress = Callable[[int, int], None]
Forecast = Callable[[int, float], None]


@dataclass(frozen=True)
class Wish:
    """What is wanted: the time, what rows are told apart by, and whose rows.

    ``progress`` is called with (buckets read, buckets in all). ``forecast`` is called once with (queries
    that it will take, seconds that these must take by the rate budget alone), if one answer is not enough.
    ``only`` is what else must hold of each row: whose Workers, for one.
    """

    span: Span
    level: Level
    dispatchers: bool = False
    bounds: bool = False
    progress: Progress | None = None
    forecast: Forecast | None = None
    only: Filter = field(default_factory=dict)


@dataclass(frozen=True)
class Fetched:
    """What came: ``table`` with Cloudflare's names and units, by the order of time and names.

    ``tags`` are pairs of a namespace's name and the tag of a Worker that ran under it; None where they
    are not known. ``queries`` is how many requests it took.
    """

    span: Span
    level: Level
    dispatchers: bool
    table: pa.Table = field(repr=False)
    selection: Selection
    verdicts: tuple[Verdict, ...]
    tags: frozenset[tuple[str, str]] | None = field(repr=False)
    queries: int


def fetch(analytics: Analytics, wish: Wish) -> Fetched:
    """Everything that was asked for, whole or marked as not whole.

    Raises:
        AnalyticsRangeError: it begins before the account's reach, or a bucket is wider than a query may be.
        AnalyticsQueryError: the account's analytics lack a field without which nothing can be told.
        APIError: a query failed; then there is nothing at all.
    """
    before = analytics.queries
    span, selection, read = _Fetch(analytics, wish).run()
    return Fetched(
        span=span,
        level=wish.level,
        dispatchers=wish.dispatchers,
        table=pa.concat_tables([table_of([], selection), *(page for each in read for page in each.pages)]),
        selection=selection,
        verdicts=tuple(each.verdict for each in read),
        tags=_together(each.tags for each in read),
        queries=analytics.queries - before,
    )


@dataclass
class _Read:
    """One window, read to its end."""

    window: Window
    pages: list[pa.Table]
    tags: frozenset[tuple[str, str]] | None
    verdict: Verdict


class _Fetch:
    def __init__(self, analytics: Analytics, wish: Wish) -> None:
        self._analytics = analytics
        self._wish = wish
        self._bucket = wish.level.bucket
        self._span = wish.span
        self._asked = False
        self._foretold = wish.forecast is None

    def run(self) -> tuple[Span, Selection, list[_Read]]:
        guessed = self._guess() if self._analytics.known_limits is None else None
        limits = self._analytics.limits()
        self._span = self._reachable(limits)
        selection = selection_of(self._wish.level, limits, bounds=self._wish.bounds)
        if guessed is not None and (self._span != self._wish.span or selection != self._selection(None)):
            guessed = None  # the account wants it asked for otherwise
        if guessed is not None and guessed.verdict.silent:
            guessed = None  # beside the days that follow, a quiet one may be believed
        read = [] if guessed is None else [guessed]
        begin = self._span.start if guessed is None else guessed.window.end
        todo = deque(
            windows_of(begin, self._span.asked_to, bucket=self._bucket, widest=_seconds(limits.max_duration))
        )
        while todo:
            self._advance(todo[0].start)
            window = todo.popleft()
            try:
                read.append(self._window(window, selection))
            except AnalyticsTooLargeError:
                halves = halves_of(window, self._bucket)
                if not halves:
                    raise
                todo.extendleft(reversed(halves))
        self._advance(self._span.end)
        # a clock that is ahead takes minutes for settled that are still to come
        settled_to = self._span.watermark - self._analytics.ahead
        return replace(self._span, watermark=settled_to), selection, read

    def _guess(self) -> _Read | None:
        """The first day, asked for together with the account's limits before they are known.

        It asks for no more than any account allows. Where it is refused all the same, nothing is lost but
        one query: it is asked for again as the limits say.
        """
        start, end = self._span.start, self._span.asked_to
        if self._bucket.length is None and end - start > SHORTEST_WINDOW:
            return None  # one bucket is not to be cut
        window = Window(start, min(end, start + SHORTEST_WINDOW))
        try:
            return self._window(window, self._selection(None))
        except (AnalyticsRangeError, AnalyticsQueryError, AnalyticsTooLargeError):
            return None

    def _window(self, window: Window, selection: Selection) -> _Read:
        queries = Queries(self._wish.level, selection, self._wish.dispatchers, self._wish.only)
        check = Check(window, self._span, self._bucket.dimension)
        limit = self._limit()
        first = [
            queries.page(window, limit, None),
            *queries.total(window, check.to, limit),
            *queries.control(window, check.to, limit, self._reach()),
            *queries.tags(window, limit),
        ]
        answer = self._ask(first)
        limit = min(limit, self._limit())  # known by now, if it was not
        check.against(answer.rows.get("total", []))
        check.control(answer.rows.get("control", []))
        pages: list[pa.Table] = []
        for rows in self._pages(queries, check, window, answer.rows["page"], limit):
            pages.append(table_of(rows, selection))
            check.add(pages[-1])
        return _Read(window, pages, _pairs(answer.rows.get("tags"), limit), check.verdict())

    def _pages(
        self, queries: Queries, check: Check, window: Window, rows: list[Any], limit: int
    ) -> Iterator[list[Any]]:
        """The first page and what follows: as long as one is full, or parts are short of the total."""
        last = None
        while rows:
            yield rows
            if not queries.level.key or (len(rows) < limit and not check.lacks):
                return
            last = last_key(rows, queries.level.key, last)
            self._foretell(last)
            limit = self._limit()
            rows = self._ask([queries.page(window, limit, last)]).rows["page"]

    def _ask(self, nodes: list[Node]) -> Answer:
        unknown = self._analytics.known_limits is None
        answer = self._analytics.ask(nodes, limits=unknown, paced=self._asked)
        self._asked = True
        return answer

    def _selection(self, limits: NodeLimits | None) -> Selection:
        return selection_of(self._wish.level, limits, bounds=self._wish.bounds)

    def _limit(self) -> int:
        known = self._analytics.known_limits
        return (known.max_page_size if known is not None else None) or USUAL_PAGE

    def _reach(self) -> Reach:
        known, now = self._analytics.known_limits, self._analytics.clock.now()
        back = None if known is None else _seconds(known.not_older_than)
        widest = None if known is None else _seconds(known.max_duration)
        return Reach(
            self._span.start - SHORTEST_WINDOW if back is None else now - back + EDGE,
            SHORTEST_WINDOW if widest is None else min(widest, SHORTEST_WINDOW),
        )

    def _reachable(self, limits: NodeLimits) -> Span:
        reach = _seconds(limits.not_older_than)
        return within_reach(self._wish.span, reach=reach, now=self._analytics.clock.now())

    def _advance(self, to: datetime) -> None:
        if self._wish.progress is not None:
            step = self._bucket.length or (self._span.end - self._span.start)
            done = (to - self._span.start) // step
            self._wish.progress(done, math.ceil((self._span.end - self._span.start) / step))

    def _foretell(self, last: tuple[Any, ...]) -> None:
        """Say, once, about how many queries it will take: by how far one answer has reached."""
        if self._foretold or self._wish.forecast is None or self._bucket.length is None:
            return
        self._foretold = True
        whole = (self._span.end - self._span.start) / self._bucket.length
        reached = (parse_time(str(last[0])) - self._span.start) / self._bucket.length + 1
        queries = math.ceil(whole / max(reached, 1.0))
        self._wish.forecast(queries, self._analytics.forecast_s(queries))


def _pairs(rows: list[Any] | None, limit: int) -> frozenset[tuple[str, str]] | None:
    """Names with tags; None where they were not asked for, or where there may be more than came."""
    if rows is None or len(rows) >= limit:
        return None
    found = (row.dimensions for row in rows)
    return frozenset((each.dispatchNamespaceName, each.scriptTag) for each in found if each.scriptTag)


def _together(parts: Iterable[frozenset[tuple[str, str]] | None]) -> frozenset[tuple[str, str]] | None:
    every = list(parts)
    return None if None in every else frozenset().union(*(each for each in every if each is not None))


def _seconds(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(seconds=count)
