"""Who had requests lately: one cheap question about everybody, and one by day about a few of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from wfp_ops.api.analytics.client import Analytics
from wfp_ops.api.analytics.limits import NodeLimits
from wfp_ops.api.analytics.query import Filter, Node, Selection
from wfp_ops.clock import iso, parse_time
from wfp_ops.errors import APIError, FrameError
from wfp_ops.frames.provenance import completeness, keys_digest
from wfp_ops.usage.buckets import BUCKETS, bucket_of
from wfp_ops.usage.pages import key_of, last_key
from wfp_ops.usage.planner import USUAL_PAGE, Window, after, windows_of
from wfp_ops.usage.record import usage_record
from wfp_ops.usage.span import watermark
from wfp_ops.usage.wholeness import adds_up

if TYPE_CHECKING:
    import pandas as pd

Key = tuple[str, ...]
"""A namespace's name; where Workers are told apart, the Worker's behind it."""

MOST_QUERIES = 10
"""An audit asks no more than so many questions of either kind."""

_NAMESPACE, _WORKER = "dispatchNamespaceName", "scriptName"
_FIVE_MINUTES = BUCKETS[0]


@dataclass(frozen=True)
class Active:
    """Who had how many requests from ``since`` to ``until``.

    ``silence`` is None where whoever is missing is proven to have had none; else why that is not so.
    ``by_day`` holds the requests of those that were asked about by day.
    """

    since: datetime
    until: datetime
    requests: Mapping[Key, float]
    silence: str | None = None
    by_day: Mapping[Key, Mapping[date, float]] = field(default_factory=dict)


def active_since(
    analytics: Analytics,
    *,
    days: int,
    now: datetime,
    namespaces: Collection[str] | None = None,
    patience_s: float | None = None,
) -> Active:
    """Who had requests in the last so many days, up to the newest incomplete minutes.

    Args:
        analytics: the account's.
        days: how far back.
        now: the present moment.
        namespaces: those whose Workers are told apart; None: namespaces are, all of them.
        patience_s: seconds that each question may take, its retries included.

    Raises:
        APIError: Cloudflare refused, or an answer was not whole; also where it would take too many questions.
    """
    if analytics.known_limits is None:
        analytics.ask((), limits=True, patience_s=patience_s)
    limits = analytics.limits()
    true_now = now - analytics.skew
    reach = timedelta(
        days=days if limits.not_older_than is None else min(days, limits.not_older_than / 86400)
    )
    start, end = _FIVE_MINUTES.ceil(true_now - reach), watermark(true_now)
    widest = None if limits.max_duration is None else timedelta(seconds=limits.max_duration)
    windows = windows_of(start, end, bucket=_FIVE_MINUTES, widest=widest)
    if len(windows) > MOST_QUERIES:
        raise APIError(f"it would take {len(windows)} questions or more")
    names = (_NAMESPACE,) if namespaces is None else (_NAMESPACE, _WORKER)
    where: Filter = {f"{_NAMESPACE}_neq": ""} if namespaces is None else {f"{_NAMESPACE}_in": [*namespaces]}
    reading = _Reading(analytics, names, where, limits, patience_s)
    for window in windows:
        reading.read(window)
    short = f"analytics reach back to {iso(start)} alone" if reach < timedelta(days=days) else None
    return Active(start, end, dict(reading.requests), reading.doubt or short)


class _Reading:
    """Adds windows up, and notes why silence in them would prove nothing."""

    def __init__(
        self,
        analytics: Analytics,
        names: Sequence[str],
        where: Filter,
        limits: NodeLimits,
        patience_s: float | None,
    ) -> None:
        self.requests: defaultdict[Key, float] = defaultdict(float)
        self.doubt: str | None = None
        self._analytics = analytics
        self._names = tuple(names)
        self._where = where
        self._limit = limits.max_page_size or USUAL_PAGE
        self._patience_s = patience_s
        self._asked = 0

    def read(self, window: Window) -> None:
        """Page after page of one window, held against its total."""
        time = {"datetime_geq": iso(window.start), "datetime_lt": iso(window.end)}
        where = {**time, **self._where}
        rows, total = self._ask(where, with_total=True)
        parts, finest, last = 0.0, float("inf"), None
        while rows:
            read = key_of(self._names)
            for row in rows:
                self.requests[read(row)] += row.sum.requests
                parts += row.sum.requests
                finest = min(finest, row.avg.sampleInterval or float("inf"))
            if len(rows) < self._limit:
                break
            last = last_key(rows, self._names, last)
            rows, _ = self._ask({"AND": [where, after(self._names, last)]}, with_total=False)
        self._judge(window, parts, total, finest)

    def _ask(self, where: Filter, *, with_total: bool) -> tuple[list[Any], float]:
        if self._asked >= MOST_QUERIES:
            raise APIError(f"it would take more than {MOST_QUERIES} questions")
        self._asked += 1
        order = tuple(f"{name}_ASC" for name in self._names)
        nodes = [Node("page", where, Selection(self._names), self._limit, order)]
        if with_total:
            nodes.append(Node("total", where, Selection(), min(2, self._limit)))
        rows = self._analytics.ask(nodes, patience_s=self._patience_s).rows
        return rows["page"], sum(row.sum.requests for row in rows.get("total", []))

    def _judge(self, window: Window, parts: float, total: float, finest: float) -> None:
        between = f"between {iso(window.start)} and {iso(window.end)}"
        if parts <= 0:
            why = f"nobody had a request {between}, which nobody believes"
        elif not adds_up(parts, total, max(1.0, finest)):
            why = f"the requests do not add up to their total {between}"
        elif finest > 1:
            why = f"only one request in {finest:,.0f} was recorded {between}, so that a few need not show"
        else:
            return
        self.doubt = self.doubt or why


def days_of(
    analytics: Analytics, keys: Collection[Key], active: Active, *, patience_s: float | None = None
) -> tuple[dict[Key, dict[date, float]], int]:
    """The requests of some of them by day (in UTC), and of how many it was not asked: they are too many.

    Raises:
        APIError: Cloudflare refused, or an answer was not whole.
    """
    limit = analytics.limits().max_page_size or USUAL_PAGE
    days = (active.until - active.since).days + 2
    ordered = sorted(keys)
    size = max(1, min(500, limit // days))
    parts = [ordered[at : at + size] for at in range(0, len(ordered), size)]
    found: dict[Key, dict[date, float]] = {}
    for part in parts[:MOST_QUERIES]:
        for key, day, requests in _by_day(analytics, part, active, limit, patience_s):
            found.setdefault(key, {})[day] = found.get(key, {}).get(day, 0.0) + requests
    return found, sum(map(len, parts[MOST_QUERIES:]))


def _by_day(
    analytics: Analytics, keys: Sequence[Key], active: Active, limit: int, patience_s: float | None
) -> Iterator[tuple[Key, date, float]]:
    names = (_NAMESPACE, _WORKER)[: len(keys[0])]
    where: dict[str, Any] = {
        f"{name}_in": sorted({key[place] for key in keys}) for place, name in enumerate(names)
    }
    widest = analytics.limits().max_duration
    span = None if widest is None else timedelta(seconds=widest)
    wanted = set(keys)
    for window in windows_of(active.since, active.until, bucket=_FIVE_MINUTES, widest=span):
        time = {"datetime_geq": iso(window.start), "datetime_lt": iso(window.end)}
        # the newest days first: should there be more than the limit, those that count have come
        order = ("date_DESC", *(f"{name}_ASC" for name in names))
        node = Node("page", {**time, **where}, Selection(("date", *names)), limit, order)
        for row in analytics.ask([node], patience_s=patience_s).rows["page"]:
            key = key_of(names)(row)
            if key in wanted:
                yield key, date.fromisoformat(row.dimensions.date), row.sum.requests


def active_in(frame: pd.DataFrame, *, workers: bool) -> Active:
    """The same out of a frame of ``account.usage()``; everything in it is known by day.

    Raises:
        FrameError: it says not what it covers, lost rows, or does not tell things and days apart.
    """
    record = usage_record(frame)
    if record is None or keys_digest(frame[record["key"]]) != record["digest"]:
        raise FrameError("this is no whole frame of account.usage()", frame="usage")
    bucket = bucket_of(record["every"])
    by = ("namespace", "worker") if workers else ("namespace",)
    told = "worker" in record["by"] or (not workers and "namespace" in record["by"])
    if not told or bucket.length is None or bucket.length > timedelta(days=1) or record["dispatchers"]:
        raise FrameError(
            f"an audit needs usage by {' and '.join(by)}, for each day or shorter", frame="usage"
        )
    known = frame.dropna(subset=list(by))
    keys = list(zip(*(known[name] for name in by), strict=True))
    requests: defaultdict[Key, float] = defaultdict(float)
    days: defaultdict[Key, defaultdict[date, float]] = defaultdict(lambda: defaultdict(float))
    for key, time, amount in zip(keys, known["time"], known["requests"], strict=True):
        requests[key] += float(amount)
        days[key][time.date()] += float(amount)
    until = min(parse_time(record["watermark"]), parse_time(record["end"]))
    return Active(
        parse_time(record["start"]),
        until,
        dict(requests),
        _frame_doubt(frame),
        {key: dict(each) for key, each in days.items()},
    )


def _frame_doubt(frame: pd.DataFrame) -> str | None:
    proof = completeness(frame)
    finest = frame["sample_interval"].min()
    if not proof.proven:
        return f"the usage is not proven whole: {proof.how}"
    if frame.empty or not frame["requests"].sum() > 0:
        return "the usage holds no request of anybody, which nobody believes"
    return (
        None
        if finest <= 1
        else f"only one request in {finest:,.0f} was recorded, so that a few need not show"
    )
