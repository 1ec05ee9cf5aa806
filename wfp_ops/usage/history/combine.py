"""Usage from the history and from analytics as one frame, no hour of it counted twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from wfp_ops.api.analytics.client import Analytics
from wfp_ops.clock import iso
from wfp_ops.frames.provenance import ATTRS_KEY, Completeness, Provenance, mark_complete
from wfp_ops.frames.usage import USAGE
from wfp_ops.usage.buckets import bucket_of
from wfp_ops.usage.fetch import Fetched, Wish, fetch
from wfp_ops.usage.frames import usage_frame
from wfp_ops.usage.history.dataset import Coverage, HistoryData
from wfp_ops.usage.history.layout import CUSTOMERS, DISPATCHERS, HOUR, Kind, runs
from wfp_ops.usage.history.level import KEY, at_level
from wfp_ops.usage.history.names import Pair, read_names
from wfp_ops.usage.history.parts import Parts, Stretch, parts_of
from wfp_ops.usage.owners import Owners, families, whose
from wfp_ops.usage.record import KIND, proof_of
from wfp_ops.usage.span import Span, watermark
from wfp_ops.usage.sums import QUANTILE_COLUMNS, summed
from wfp_ops.usage.wholeness import Verdict, share_of

_HOURLY = bucket_of("1h")
_LIVE = "analytics"
_KEPT = "history"


def combined(
    analytics: Callable[[], Analytics],
    data: HistoryData,
    wish: Wish,
    owners: Owners,
    *,
    by: Sequence[str],
    now: datetime,
) -> pd.DataFrame | None:
    """The usage frame; None where the history has nothing to give, so that analytics alone can be asked.

    Its record says under ``sources`` what came from where. Analytics are not asked at all if the history
    has everything.

    Raises:
        HistoryError: a file of the time asked for can't be used.
        AnalyticsRangeError: it begins before all that is known.
        APIError: a query failed; then there is no frame.
    """
    kind: Kind = DISPATCHERS if wish.dispatchers else CUSTOMERS
    span = wish.span
    coverage = data.coverage(kind, _HOURLY.floor(span.start), _HOURLY.ceil(span.end))
    if not coverage.hours:
        return None
    parts = parts_of(span, coverage, lambda: _earliest(analytics(), now))
    if not parts.kept:
        return None
    return _Combined(analytics, data, kind, wish, owners, by, now, parts, coverage).frame()


def _earliest(analytics: Analytics, now: datetime) -> datetime:
    reach = analytics.limits().not_older_than
    return now - (timedelta(days=36_500) if reach is None else timedelta(seconds=reach))


@dataclass
class _Combined:
    analytics: Callable[[], Analytics]
    data: HistoryData
    kind: Kind
    wish: Wish
    owners: Owners
    by: Sequence[str]
    now: datetime
    parts: Parts
    coverage: Coverage

    def frame(self) -> pd.DataFrame:
        live = [self._fetched(start, end) for start, end in self.parts.live]
        seen = self._seen(live)
        kin = families(seen) if self.wish.level.names else []
        by_customer = "customer" in self.by
        pieces = [self._kept(kin, by_customer=by_customer)]
        for each in live:
            joined = replace(each, tags=each.tags if each.tags is None else frozenset(seen))
            pieces.append(usage_frame(joined, self.owners, by=self.by, taken_at=self.now)[USAGE.names])
        key = ["customer_id", "time"] if by_customer else KEY
        frame = pd.concat(pieces, ignore_index=True)
        verdicts = [*self._kept_verdicts(), *(each for one in live for each in one.verdicts)]
        verdicts.sort(key=lambda each: each.start)
        if self.wish.level.bucket.length is None:
            frame["time"] = pd.Series(self.parts.span.start, index=frame.index, dtype=frame["time"].dtype)
            if len(pieces) > 1:
                frame = summed(frame, key if by_customer else [*KEY[:2], "customer_id", "time"], USAGE)
            whole = self.parts.span.end <= self._settled_to(live) and not self.parts.gaps
            frame["complete"] &= np.full(len(frame), whole and all(each.whole for each in verdicts))
        order = ["time", *(name for name in key if name != "time")]
        frame = frame.sort_values(order, na_position="last", kind="stable", ignore_index=True)
        self._attach(frame, key, live, verdicts, _renamed(frame, kin))
        return frame

    def _fetched(self, start: datetime, end: datetime) -> Fetched:
        span, bucket = self.parts.span, self.wish.span.bucket
        finish = end if bucket.length is None else bucket.ceil(end)
        piece = Span(start, finish, start, min(end, span.asked_to), watermark(self.now), bucket)
        return fetch(self.analytics(), replace(self.wish, span=piece, progress=self._progress(start)))

    def _progress(self, start: datetime) -> Callable[[int, int], None] | None:
        report, span = self.wish.progress, self.parts.span
        if report is None:
            return None
        step = span.bucket.length or (span.end - span.start)
        before, total = int((start - span.start) / step), max(1, int((span.end - span.start) / step))
        return lambda done, _: report(min(before + done, total), total)

    def _seen(self, live: Iterable[Fetched]) -> set[Pair]:
        """Which Workers ran under which names in this time, by either source."""
        if self.kind == DISPATCHERS:
            return set()
        first, last = self.parts.span.start.date(), self.parts.span.end.date()
        kept = {pair for pair, at in read_names(self.data).items() if at.first <= last and at.last >= first}
        return kept.union(*(each.tags or () for each in live))

    def _kept(self, kin: list[set[str]], *, by_customer: bool) -> pd.DataFrame:
        hours = set(self.parts.kept)
        days = (self.data.read(self.kind, day) for day in sorted({hour.date() for hour in hours}))
        frame = at_level(days, hours, self.wish.level, self.parts.span.start)
        if self.kind == CUSTOMERS:
            frame["customer_id"] = _customers(frame, self.owners, kin)
        if by_customer:
            frame = summed(frame, ["customer_id", "time"], USAGE)
        length = self.wish.level.bucket.length
        if length is not None:
            good = [begin for begin in frame["time"].unique() if self._is_complete(begin, length)]
            frame["complete"] &= frame["time"].isin(good).to_numpy()
        return frame

    def _is_complete(self, begin: pd.Timestamp, length: timedelta) -> bool:
        """Whether every hour of a bucket is complete in the history."""
        start = begin.to_pydatetime()
        return all(
            (facts := self.coverage.hours.get(start + n * HOUR)) is not None and facts.complete
            for n in range(length // HOUR)
        )

    def _kept_verdicts(self) -> Iterator[Verdict]:
        """Stretches of the history, complete ones apart from the others."""
        for complete in (True, False):
            hours = [hour for hour in self.parts.kept if self.coverage.hours[hour].complete is complete]
            for start, end in runs(hours):
                inside = (self.coverage.hours[start + n * HOUR] for n in range((end - start) // HOUR))
                requests = sum(each.requests for each in inside)
                total = requests if complete else None
                yield Verdict(
                    start,
                    end,
                    end if complete else start,
                    requests,
                    total,
                    1.0 if complete else None,
                    complete,
                )

    def _attach(
        self,
        frame: pd.DataFrame,
        key: list[str],
        live: list[Fetched],
        verdicts: list[Verdict],
        renamed: list[list[str]],
    ) -> None:
        """The record of any usage frame, with ``sources`` and ``gaps``."""
        span = self.parts.span
        mark_complete(frame, self._proof(verdicts, self._settled_to(live)), key=key, taken_at=iso(self.now))
        frame.attrs[ATTRS_KEY] = Provenance(
            {
                **frame.attrs[ATTRS_KEY],
                "kind": KIND,
                "start": iso(span.start),
                "end": iso(span.end),
                "watermark": iso(self._settled_to(live)),
                "every": span.bucket.name,
                "by": list(self.by),
                "dispatchers": self.wish.dispatchers,
                "queries": sum(each.queries for each in live),
                "ratio": share_of(verdicts),
                "windows": [each.as_record() for each in verdicts],
                "sources": self._sources(),
                "gaps": [{"start": iso(start), "end": iso(end)} for start, end in self.parts.gaps],
                "renamed": renamed,
                "notes": list(self._notes(frame, live)),
            }
        )

    def _settled_to(self, live: list[Fetched]) -> datetime:
        return min([watermark(self.now), *(each.span.watermark for each in live)])

    def _sources(self) -> list[dict[str, str]]:
        kept: list[tuple[Stretch, str]] = [(each, _KEPT) for each in runs(self.parts.kept)]
        both = sorted([*kept, *((each, _LIVE) for each in self.parts.live)])
        return [{"source": source, "start": iso(start), "end": iso(end)} for (start, end), source in both]

    def _proof(self, verdicts: list[Verdict], settled_to: datetime) -> Completeness:
        if self.parts.gaps:
            start, end = self.parts.gaps[0]
            said = f"nothing is known of {iso(start)} to {iso(end)}: it was not collected in time"
            return Completeness("unproven", said)
        partly = [each for each in self._kept_verdicts() if not each.whole]
        if partly:
            said = f"{iso(partly[0].start)} to {iso(partly[0].end)} was collected while it was incomplete"
            return Completeness("unproven", said)
        return proof_of(verdicts, settled_to)

    def _notes(self, frame: pd.DataFrame, live: list[Fetched]) -> Iterator[str]:
        if self.parts.widened:
            yield "analytics do not reach back so far, and the history knows whole hours: it is widened"
        if bool(frame[list(QUANTILE_COLUMNS)].isna().any(axis=None)) and "customer" not in self.by:
            yield (
                "what was collected by the hour has no quantiles for longer spans, nor for several Workers "
                "together; analytics alone have them, as far as they reach (history=False)"
            )
        if any(each.tags is None for each in live) and self.kind == CUSTOMERS and self.wish.level.names:
            yield "there are too many Workers to look for namespaces that were renamed in that time"


def _customers(frame: pd.DataFrame, owners: Owners, kin: list[set[str]]) -> pd.Series[Any]:
    """Whose each row is, looked up once for each name."""
    pairs = frame[["namespace", "worker"]].drop_duplicates().reset_index(drop=True)
    # the name that a namespace has now may have no row here
    more = sorted({name for names in kin for name in names} - set(pairs["namespace"].dropna()))
    every = pd.DataFrame(
        {
            "namespace": pd.concat([pairs["namespace"], pd.Series(more, dtype="str")], ignore_index=True),
            "worker": pairs["worker"].reindex(range(len(pairs) + len(more))).astype("str"),
        }
    )
    every["customer_id"] = whose(owners, kin, every["namespace"], every["worker"])
    place = pd.MultiIndex.from_frame(every[["namespace", "worker"]])
    at = place.get_indexer(pd.MultiIndex.from_frame(frame[["namespace", "worker"]]))
    return every["customer_id"].take(at).reset_index(drop=True)


def _renamed(frame: pd.DataFrame, kin: list[set[str]]) -> list[list[str]]:
    """The names that one namespace had, in the order of their first request."""
    first = {str(name): str(time) for name, time in frame.groupby("namespace")["time"].min().items()}
    return sorted(sorted(names, key=lambda name: (first.get(name, ""), name)) for names in kin)
