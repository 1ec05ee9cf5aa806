"""From what somebody typed to the time that is asked for: aligned to buckets, in UTC, up to now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from wfp_ops.clock import iso, length_in_words, parse_span, parse_time
from wfp_ops.errors import AnalyticsRangeError, SettingsError
from wfp_ops.usage.buckets import Bucket

Moment: TypeAlias = "str | date | datetime"

# Cloudflare's newest minutes are incomplete (docs tutorial "querying-workers-metrics")
SETTLES_AFTER = timedelta(minutes=10)
_SETTLES_IN_STEPS_OF = timedelta(minutes=5)
# how long a query may be under way before its start, right at the reach's edge, has fallen out of it
EDGE = timedelta(minutes=10)


@dataclass(frozen=True)
class Span:
    """The time asked for, from the first bucket's begin to the last one's end.

    ``asked_from`` is the start as it was meant, before it was widened to a whole bucket. ``asked_to`` is the
    end of what is there to be asked: never after ``now``. Up to ``watermark`` numbers are settled; what comes
    after is incomplete.
    """

    start: datetime
    end: datetime
    asked_from: datetime
    asked_to: datetime
    watermark: datetime
    bucket: Bucket

    def settled(self, begins: datetime) -> bool:
        """Whether the bucket that begins then was over, and its numbers settled."""
        length = self.bucket.length or (self.end - self.start)
        return begins + length <= self.watermark


def watermark(now: datetime) -> datetime:
    """Up to when numbers are settled: ten minutes ago, rounded down to five minutes."""
    step = _SETTLES_IN_STEPS_OF.total_seconds()
    settled = (now - SETTLES_AFTER).timestamp() // step * step
    return datetime.fromtimestamp(settled, UTC)


def span_of(
    last: str | timedelta, start: Moment | None, end: Moment | None, *, bucket: Bucket, now: datetime
) -> Span:
    """The time that is meant: from ``start``, or ``last`` before its end; to ``end``, or now.

    It is widened to whole buckets. What lies in the future is left out.

    Raises:
        SettingsError: a span or a moment is none, the start is not before the end, or in the future.
    """
    until = now if end is None else min(_moment(end, "end"), now)
    since = _before(until, last) if start is None else _moment(start, "start")
    if since >= now:
        raise SettingsError(
            f"the time asked for begins in the future: {iso(since)}",
            key="end" if start is None else "start",
            hint=f"it is {iso(now)}; usage is known up to some minutes ago",
        )
    if since >= until:
        raise SettingsError(
            f"the time asked for ends ({iso(until)}) {'when' if since == until else 'before'} it begins "
            f"({iso(since)})",
            key="start",
            hint="give a start that is before the end; times without a zone are in UTC",
        )
    begin, finish = bucket.floor(since), bucket.ceil(until)
    whole_second = now.replace(microsecond=0) + timedelta(seconds=1)
    return Span(begin, finish, since, min(finish, whole_second), watermark(now), bucket)


def within_reach(span: Span, *, reach: timedelta | None, now: datetime) -> Span:
    """The span, if the account's analytics reach so far back.

    Its first bucket may begin a little before the reach, because it was widened or because the reach itself
    was asked for, and that moves on with the clock: then it is left out.

    Raises:
        AnalyticsRangeError: they do not; the hint says how far they reach.
    """
    if reach is None:
        return span
    earliest = now - reach
    if span.start >= earliest + EDGE:
        return span
    if span.asked_from < earliest - EDGE:
        raise AnalyticsRangeError(
            f"the time asked for begins at {iso(span.asked_from)}, and this account's analytics reach back "
            f"to {iso(earliest)}",
            hint=f"ask for {length_in_words(reach)} at most; what was collected before is kept longer",
        )
    begin = span.bucket.ceil(earliest + EDGE)
    if begin >= span.end:
        raise AnalyticsRangeError(
            "no bucket of that length lies within the reach of this account's analytics",
            hint=f"they reach back to {iso(earliest)}: ask for shorter buckets",
        )
    return replace(span, start=begin)


def _before(until: datetime, last: str | timedelta) -> datetime:
    try:
        length = parse_span(last) if isinstance(last, str) else last
        since = until - length
    except (ValueError, OverflowError):
        since = until
    if since >= until:
        raise SettingsError(
            f"{last!r} is no span of time", key="last", hint='write it as "24h", "7d" or "2w"'
        )
    return since


def _moment(given: Moment, key: str) -> datetime:
    """A moment in UTC; one without a zone is in UTC, a day is its beginning."""
    if isinstance(given, datetime):
        return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
    try:
        return parse_time(given if isinstance(given, str) else given.isoformat())
    except (ValueError, OverflowError):
        raise SettingsError(
            f"{given!r} is no time",
            key=key,
            hint="write it as 2026-11-01 or 2026-11-01T12:00:00Z",
        ) from None
