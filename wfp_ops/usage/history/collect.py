"""Collects usage by the hour: what analytics still know and the history lacks, some days at a time.

Each stretch is put down before the next one is read, so that a run that is cut off keeps what it has; the
next one goes on from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa

from wfp_ops.api.analytics.client import Analytics
from wfp_ops.api.analytics.query import Node, Selection
from wfp_ops.clock import Clock, iso
from wfp_ops.usage.buckets import bucket_of
from wfp_ops.usage.fetch import Fetched, Forecast, Wish, fetch
from wfp_ops.usage.frames import usage_frame
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.dayfile import Day
from wfp_ops.usage.history.layout import (
    CUSTOMERS,
    DAY,
    DISPATCHERS,
    HOUR,
    SCHEMA,
    Hour,
    Kind,
    days_between,
    hours_between,
    midnight,
    runs,
)
from wfp_ops.usage.history.lock import collecting
from wfp_ops.usage.history.merge import merge
from wfp_ops.usage.history.names import Seen, add_names
from wfp_ops.usage.owners import Owners
from wfp_ops.usage.planner import USUAL_PAGE, Level
from wfp_ops.usage.span import Span, span_of, watermark, within_reach

_HOURLY = bucket_of("1h")
_BY = ("namespace", "worker")
_LEVEL = Level(_HOURLY, ("dispatchNamespaceName", "scriptName"))
_USUAL_REACH = timedelta(days=90)
# so much is held at once, about: more days of a small account, one of a large one
_ROWS_AT_ONCE = 200_000
_MOST_DAYS = 7
# what one query may ask for at once on an account that does not say
_USUAL_WIDTH = timedelta(days=31)

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class Collected:
    """What one run of the collector did.

    Attributes:
        url: where the history is.
        start, end: the time that was read; None where nothing was left to read.
        hours: how many hours were collected.
        complete: how many of them are complete.
        rows: how many rows they have, dispatchers' among them.
        days: the days whose files were written.
        stayed: how many hours stayed as they were, because the new reading was worse.
        silent: how many hours were left out, because no Worker of the account had a request about then, which
            proves nothing; the next run asks for them again.
        queries: how many requests it took.
        notes: what a person should know.
    """

    url: str
    start: datetime | None = None
    end: datetime | None = None
    hours: int = 0
    complete: int = 0
    rows: int = 0
    days: tuple[str, ...] = ()
    stayed: int = 0
    silent: int = 0
    queries: int = 0
    notes: tuple[str, ...] = ()

    def headline(self) -> str:
        """What happened, in one line."""
        if self.start is None or self.end is None or not self.hours:
            if self.silent:
                return f"nothing was kept: {_hours(self.silent)} without a request of anybody prove nothing"
            return "nothing new: what analytics have complete was collected before"
        within = f"between {iso(self.start)} and {iso(self.end)}"
        return f"{_hours(self.hours)} {within}: {self.rows:,} rows, {_hours(self.complete)} complete"

    def to_dict(self) -> dict[str, Any]:
        """As a JSON document."""
        return {
            "schema": "wfp-ops/collect/1",
            "history": self.url,
            "start": None if self.start is None else iso(self.start),
            "end": None if self.end is None else iso(self.end),
            "hours": self.hours,
            "complete": self.complete,
            "rows": self.rows,
            "days": list(self.days),
            "stayed": self.stayed,
            "silent": self.silent,
            "queries": self.queries,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Order:
    """What a collector is to do.

    ``last`` is how far back to read again; None for what lacks. ``progress`` is called with (hours collected,
    hours in all), whenever some are put down. ``forecast`` is called once, where it takes more than one
    stretch, with (queries that are left, seconds that these must take by the rate budget alone).
    """

    owners: Owners
    last: str | timedelta | None = None
    progress: Advance | None = None
    forecast: Forecast | None = None


def collect(analytics: Analytics, data: HistoryData, clock: Clock, order: Order) -> Collected:
    """Collect, and put down; see ``Account.collect_usage``."""
    with collecting(data.store, clock) as renew:
        return _Collector(analytics, data, clock, order, renew).run()


@dataclass
class _Collector:
    analytics: Analytics
    data: HistoryData
    clock: Clock
    order: Order
    renew: Callable[[], None]
    hours: set[datetime] = field(default_factory=set)
    complete: set[datetime] = field(default_factory=set)
    stayed: set[datetime] = field(default_factory=set)
    silent: set[datetime] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    rows: int = 0
    _done: int = 0
    _foretold: bool = False

    def run(self) -> Collected:
        before = self.analytics.queries
        start, end = self._reach()
        todo = self._todo(start, end)
        for begin, finish in runs(todo):
            self._run(begin, finish, len(todo))
        return Collected(
            url=self.data.store.url,
            start=min(todo, default=None),
            end=max(todo) + HOUR if todo else None,
            hours=len(self.hours),
            complete=len(self.complete),
            rows=self.rows,
            days=tuple(day.isoformat() for day in sorted(self.days)),
            stayed=len(self.stayed),
            silent=len(self.silent),
            queries=self.analytics.queries - before,
            notes=tuple(self._notes(start)),
        )

    def _foretell(self, every: int, days: int, rows_per_day: float) -> None:
        """Say, once, about how many queries the rest takes: by what the first stretch had."""
        left = (every - self._done) / 24
        if self.order.forecast is not None and left > 0 and not self._foretold:
            limits = self.analytics.limits()
            pages = rows_per_day * left / (limits.max_page_size or USUAL_PAGE)
            queries = math.ceil(pages + len((CUSTOMERS, DISPATCHERS)) * left / days)
            self.order.forecast(queries, self.analytics.forecast_s(queries))
        self._foretold = True

    def _reach(self) -> tuple[datetime, datetime]:
        """The time to look at: what was asked for, or all that analytics know."""
        now = self.clock.now()
        limits = self.analytics.limits()
        known = None if limits.not_older_than is None else timedelta(seconds=limits.not_older_than)
        # a second less, because it is a whole span that may begin right at the edge
        last = (
            self.order.last if self.order.last is not None else (known or _USUAL_REACH) - timedelta(seconds=1)
        )
        span = within_reach(span_of(last, None, None, bucket=_HOURLY, now=now), reach=known, now=now)
        return span.start, span.end

    def _todo(self, start: datetime, end: datetime) -> list[datetime]:
        """The hours to be read: those that are not complete in both parts, or all that were asked for."""
        every = hours_between(start, end)
        if self.order.last is not None:
            return every
        parts = [self.data.coverage(kind, start, end).complete for kind in (CUSTOMERS, DISPATCHERS)]
        there = parts[0] & parts[1]
        return [hour for hour in every if hour not in there]

    def _run(self, begin: datetime, end: datetime, every: int) -> None:
        """Hours that follow each other, cut at midnight: as many days at once as rows allow."""
        at, days = begin, 1
        while at < end:
            finish = min(end, midnight(at.date()) + days * DAY)
            before = self.rows
            if not self._stretch(at, finish, doubt=finish < end):
                # beside a day on which somebody called, quiet ones are believed
                finish = self._until_somebody(at, end)
                self._stretch(at, finish, doubt=False)
            per_day = (self.rows - before) / max((finish - at) / DAY, 1 / 24)
            days = max(1, min(_MOST_DAYS, int(_ROWS_AT_ONCE // max(per_day, 1))))
            self._done += math.ceil((finish - at) / HOUR)
            self._foretell(every, days, per_day)
            if self.order.progress is not None:
                self.order.progress(self._done, every)
            at = finish

    def _until_somebody(self, start: datetime, end: datetime) -> datetime:
        """The end of the first day on which any Worker of the account had a request, if one query sees it."""
        limits = self.analytics.limits()
        widest = _USUAL_WIDTH if limits.max_duration is None else timedelta(seconds=limits.max_duration)
        until = min(end, start + max(widest // HOUR, 1) * HOUR)
        time = {"datetime_geq": iso(start), "datetime_lt": iso(until)}
        asked = Node("first", time, Selection(("date",), sample_interval=False), 1, ("date_ASC",))
        found = self.analytics.ask([asked], paced=True).rows["first"]
        if not found:
            return until
        return min(end, midnight(date.fromisoformat(found[0].dimensions.date)) + DAY)

    def _stretch(self, start: datetime, end: datetime, *, doubt: bool) -> bool:
        """Read these hours and put them down; with ``doubt`` not if nobody had a request: False."""
        now = self.clock.now()
        asked_to = min(end, now.replace(microsecond=0) + timedelta(seconds=1))
        span = Span(start, end, start, asked_to, watermark(now), _HOURLY)
        read = [self._fetched(kind, span, now) for kind in (CUSTOMERS, DISPATCHERS)]
        silent = {hour for part in read for hour in hours_between(start, end) if part.is_silent(hour)}
        if silent and doubt:
            return False
        self.silent |= silent
        self.renew()
        tags = read[0].fetched.tags
        if tags:
            add_names(self.data, tags, Seen(start.date(), (end - HOUR).date()))
        for day in days_between(start, end):
            for part in reversed(read):
                self._put_down(part, day)
            self.renew()
        return True

    def _fetched(self, kind: Kind, span: Span, now: datetime) -> _Read:
        fetched = fetch(self.analytics, Wish(span, _LEVEL, dispatchers=kind == DISPATCHERS))
        frame = usage_frame(fetched, self.order.owners, by=_BY, taken_at=now)
        return _Read(kind, fetched, frame, iso(now))

    def _put_down(self, part: _Read, day: date) -> None:
        new = part.of(day)
        if not new.hours:
            return
        merged = merge(self.data.read_if_there(part.kind, day), new)
        self.data.write(part.kind, merged.day)
        self.days.add(day)
        self.rows += new.table.num_rows
        if part.kind == CUSTOMERS:
            self.hours |= set(new.hours)
            self.stayed |= set(merged.stayed)
            self.complete |= {hour for hour in new.hours if merged.day.hours[hour].complete}

    def _notes(self, start: datetime) -> Iterator[str]:
        if self.stayed:
            yield (
                f"{_hours(len(self.stayed))} kept as before: this time analytics had less of them, by more "
                "than sampling explains"
            )
        if self.silent:
            first, until = min(self.silent), max(self.silent) + HOUR
            yield (
                f"{_hours(len(self.silent))} between {iso(first)} and {iso(until)} left out: no Worker of "
                "the account had a request, which is not believed; the next run asks again"
            )
        last = self._last_before(start)
        if last is not None and last + HOUR < start and self.order.last is None:
            yield (
                f"nothing is known of {iso(last + HOUR)} to {iso(start)}, which analytics reach no more: "
                "collect more often"
            )

    def _last_before(self, start: datetime) -> datetime | None:
        """The last hour before a moment that was ever collected."""
        for day in reversed(self.data.days(CUSTOMERS)):
            hours = [hour for hour in self.data.hours_of(CUSTOMERS, day) if hour < start]
            if hours:
                return max(hours)
        return None


@dataclass(frozen=True)
class _Read:
    """What came of one stretch, of customers' Workers or of dispatchers."""

    kind: Kind
    fetched: Fetched
    frame: pd.DataFrame
    collected_at: str

    def of(self, day: date) -> Day:
        """One day of it: its rows, and its hours that are complete or have rows."""
        begin, end = midnight(day), midnight(day) + DAY
        times = self.frame["time"]
        table = pa.Table.from_pandas(
            self.frame[(times >= begin) & (times < end)], schema=SCHEMA, preserve_index=False
        ).replace_schema_metadata(None)
        hours = {}
        by_hour = dict(iter(self.frame[(times >= begin) & (times < end)].groupby("time")))
        span = self.fetched.span
        for hour in hours_between(max(begin, span.start), min(end, span.end)):
            rows = by_hour.get(pd.Timestamp(hour))
            complete = span.settled(hour) and any(
                each.start <= hour < each.end and each.whole for each in self.fetched.verdicts
            )
            if complete or rows is not None:
                hours[hour] = self._hour(rows, complete=complete)
        return Day(day, table, hours)

    def is_silent(self, hour: datetime) -> bool:
        """Whether this hour is left out, because the silence of the whole account proves nothing."""
        of_it = [each for each in self.fetched.verdicts if each.start <= hour < each.end]
        return self.fetched.span.settled(hour) and any(each.silent for each in of_it)

    def _hour(self, rows: pd.DataFrame | None, *, complete: bool) -> Hour:
        if rows is None:
            return Hour(complete, 0, 0.0, 1.0, self.collected_at)
        requests = float(rows["requests"].sum())
        recorded = float((rows["requests"] / rows["sample_interval"].fillna(1.0).clip(lower=1.0)).sum())
        return Hour(
            complete, len(rows), requests, requests / recorded if recorded else 1.0, self.collected_at
        )


def _hours(count: int) -> str:
    return f"{count:,} hour{'' if count == 1 else 's'}"
