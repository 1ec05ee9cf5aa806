"""Which of the time asked for comes from the history, and which from analytics. Pure: it asks nobody.

An hour that is complete in the history comes from there, and so does one that analytics reach no more; all
else comes from analytics. A bucket of several hours comes as a whole from one of the two, as far as that is
possible: Cloudflare alone can tell its quantiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from wfp_ops.clock import iso
from wfp_ops.errors import AnalyticsRangeError
from wfp_ops.usage.history.dataset import Coverage
from wfp_ops.usage.history.layout import HOUR, hours_between
from wfp_ops.usage.span import Span

Stretch = tuple[datetime, datetime]

# how long a query may be under way before its start, right at the reach's edge, has fallen out of it
_EDGE = timedelta(minutes=11)


@dataclass(frozen=True)
class Parts:
    """What comes from where.

    Attributes:
        span: the time, as it is answered.
        kept: the hours that come from the history.
        live: stretches that analytics are asked for.
        gaps: stretches of which nothing is known.
        widened: whether a part of an hour was asked for and the whole hour is answered.
    """

    span: Span
    kept: tuple[datetime, ...]
    live: tuple[Stretch, ...]
    gaps: tuple[Stretch, ...]
    widened: bool = False


@dataclass
class _Found:
    """What was found so far, in the order of time."""

    kept: list[datetime] = field(default_factory=list)
    live: list[Stretch] = field(default_factory=list)
    gaps: list[Stretch] = field(default_factory=list)


def parts_of(span: Span, coverage: Coverage, earliest: Callable[[], datetime]) -> Parts:
    """What comes from where.

    Args:
        span: the time asked for, in buckets of an hour or more, or one for all of it.
        coverage: what the history knows of every hour that the span touches.
        earliest: says how far back analytics reach; only asked if something is to come from them.

    Raises:
        AnalyticsRangeError: the time begins before all that is known.
    """
    complete = coverage.complete
    found = _Found()
    for start, end in _cells(span):
        hours = hours_between(start, end)
        if hours and hours[0] == start and hours[-1] + HOUR == end and complete.issuperset(hours):
            found.kept += hours
        elif start >= earliest() + _EDGE:
            found.live.append((start, min(end, span.asked_to)))
        else:
            _beyond_reach(start, end, coverage, found)
    return _begun(span, found, earliest)


def _cells(span: Span) -> Iterator[Stretch]:
    """The buckets; of one bucket for all of the time its hours, the first and last of which may be cut."""
    if span.bucket.length is not None:
        begin = span.start
        while begin < span.end:
            yield begin, begin + span.bucket.length
            begin += span.bucket.length
        return
    begin = span.start
    while begin < span.asked_to:
        end = min(_floor(begin) + HOUR, span.asked_to)
        yield begin, end
        begin = end


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _beyond_reach(start: datetime, end: datetime, coverage: Coverage, found: _Found) -> None:
    """What is known of it, be it incomplete, and what is not known at all."""
    hour = _floor(start)
    while hour < end:
        if hour in coverage.hours:
            found.kept.append(hour)
        else:
            found.gaps.append((max(hour, start), min(hour + HOUR, end)))
        hour += HOUR


def _merged(stretches: list[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for start, end in stretches:
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _begun(span: Span, found: _Found, earliest: Callable[[], datetime]) -> Parts:
    """The parts, begun where something is known if they were meant to begin there."""
    gaps = _merged(found.gaps)
    first = min([*found.kept, *(start for start, _ in found.live)], default=None)
    if gaps and (first is None or gaps[0][0] < first):
        reach = earliest()
        if first is None or span.asked_from < reach:
            raise _too_old(span, first, reach)
        # it lies before the reach only because it was widened to whole buckets
        gaps = gaps[1:]
        span = replace(span, start=first)
    answered = span
    if span.bucket.length is None and found.kept:
        start = min(span.start, found.kept[0])
        end = max(span.asked_to, found.kept[-1] + HOUR)
        answered = replace(span, start=start, asked_to=end, end=max(span.end, end))
    return Parts(answered, tuple(found.kept), tuple(_merged(found.live)), tuple(gaps), answered != span)


def _too_old(span: Span, first: datetime | None, reach: datetime) -> AnalyticsRangeError:
    begins = (
        "the usage history has nothing of it"
        if first is None
        else f"what is known of it begins at {iso(first)}"
    )
    return AnalyticsRangeError(
        f"the time asked for begins at {iso(span.asked_from)}; {begins}, and this account's analytics reach "
        f"back to {iso(reach)}",
        hint="ask for a later start" if first is None else f"ask from {iso(first)} on",
    )
