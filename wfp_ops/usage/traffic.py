"""Whether namespaces and Workers had any request: evidence for guards, where silence must be proven.

A thing is asked for under every name that it had, or by the ids of its Workers, which no rename changes.
Silence is believed only of an answer that proves itself: in the same request some Worker of the account had
requests in the same time, every one of which was recorded (so analytics work, the token sees them, and few
requests are not lost in a sample), and what was asked for adds up to the same things' ungrouped total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from wfp_ops.api.analytics.client import Analytics
from wfp_ops.api.analytics.limits import NodeLimits
from wfp_ops.api.analytics.query import Filter, Node, Selection
from wfp_ops.clock import iso
from wfp_ops.errors import AnalyticsTooLargeError, APIError
from wfp_ops.usage.buckets import BUCKETS
from wfp_ops.usage.planner import SHORTEST_WINDOW, USUAL_PAGE, Window, halves_of, windows_of
from wfp_ops.usage.span import watermark
from wfp_ops.usage.wholeness import adds_up

Seen = tuple[float | None, str]
Dimension = Literal["dispatchNamespaceName", "scriptName", "scriptTag"]

AT_ONCE = 500
"""How many names or ids one request asks about."""

_FIVE_MINUTES = BUCKETS[0]
_NAMESPACE: Dimension = "dispatchNamespaceName"
_WORKER: Dimension = "scriptName"
_WORDS: Mapping[Dimension, str] = {_NAMESPACE: "name", _WORKER: "name", "scriptTag": "id"}
# every recorded row stands for as many requests as the interval says: at 1 none is left out
_ALL_RECORDED = 1.0


@dataclass(frozen=True)
class Subject:
    """What is asked about together: a dimension whose values tell things apart, and what else must hold."""

    dimension: Dimension = _NAMESPACE
    also: Filter = field(default_factory=dict)


@dataclass
class _Evidence:
    """What the answers said: requests by value, the reasons for doubt, and the least positive control."""

    start: datetime
    end: datetime
    requests: dict[str, float] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    control: tuple[float, str] | None = None


def traffic(
    analytics: Analytics,
    names_by_namespace: Mapping[str, Sequence[str]],
    *,
    days: int,
    now: datetime,
    created: Mapping[str, datetime | None] | None = None,
) -> dict[str, Seen]:
    """How many requests each namespace had in so many days, under any of its names.

    Args:
        analytics: the account's.
        names_by_namespace: what each namespace is called, and was called in that time; its own name counts
            even where it is not listed.
        days: how far back.
        now: the present moment; the newest minutes, which are incomplete, are left out.
        created: when each came to be. Of one that is newer than what can be looked at nothing is proven,
            nor of one of which nobody knows.

    Returns:
        For each namespace (requests, how that is known), in their order: above 0 where any was seen; 0 where
        it is proven that there was none (both: between when and when, under which names); None where it can't
        be told. Nothing is raised for what Cloudflare
        refuses: then it can't be told, and why is said.
    """
    things = {each: spellings((each, *names)) for each, names in names_by_namespace.items()}
    evidence = _gather(analytics, things, Subject(), days, now)
    return _verdicts(things, evidence, Subject(), created)


def traffic_of_workers(
    analytics: Analytics,
    namespace: str,
    former_names: Sequence[str],
    workers: Iterable[str],
    *,
    days: int,
    now: datetime,
    created: Mapping[str, datetime | None] | None = None,
) -> dict[str, Seen]:
    """The same of Workers inside one namespace, under any name that the namespace had."""
    subject = Subject(_WORKER, {f"{_NAMESPACE}_in": spellings((namespace, *former_names))})
    things = {each: spellings((each,)) for each in workers}
    evidence = _gather(analytics, things, subject, days, now)
    return _verdicts(things, evidence, subject, created)


def traffic_by_id(
    analytics: Analytics, ids_by_thing: Mapping[str, Sequence[str]], *, days: int, now: datetime
) -> dict[str, Seen]:
    """The same by Cloudflare's ids of the Workers that belong to each thing, whatever they were called."""
    subject = Subject("scriptTag")
    things = {each: list(dict.fromkeys(ids)) for each, ids in ids_by_thing.items()}
    evidence = _gather(analytics, things, subject, days, now)
    return _verdicts(things, evidence, subject, None)


def spellings(names: Iterable[str]) -> list[str]:
    """Each name once, and in lower case: analytics may have kept it so, and would answer with silence."""
    given = list(dict.fromkeys(name for name in names if name))
    return list(dict.fromkeys([*given, *(name.lower() for name in given)]))


def _gather(
    analytics: Analytics, things: Mapping[str, Sequence[str]], subject: Subject, days: int, now: datetime
) -> _Evidence:
    values = list(dict.fromkeys(value for each in things.values() for value in each))
    evidence = _Evidence(now, now)
    if values:
        _Look(analytics, subject, evidence).over(values, days, now)
    return evidence


@dataclass(frozen=True)
class _Look:
    """Asks about one subject, and notes what the answers show or why they show nothing."""

    analytics: Analytics
    subject: Subject
    evidence: _Evidence

    def over(self, values: Sequence[str], days: int, now: datetime) -> None:
        """Ask about these values, in as many windows and parts as it takes."""
        evidence = self.evidence
        try:
            limits = self.analytics.limits()
            true_now = now - self.analytics.skew  # by Cloudflare's clock: ours may be ahead or behind
            evidence.start = _FIVE_MINUTES.ceil(true_now - timedelta(days=days))
            evidence.end = watermark(true_now)
            windows = _windows(limits, evidence, true_now)
        except APIError as error:
            self._doubt(values, f"analytics did not answer: {error.message}")
            return
        if not windows:
            self._doubt(values, f"analytics do not reach back to {iso(evidence.start)}")
        size = max(1, min(AT_ONCE, (limits.max_page_size or USUAL_PAGE) - 1))
        for window in windows:
            for at in range(0, len(values), size):
                self._at(values[at : at + size], window)

    def _at(self, values: Sequence[str], window: Window) -> None:
        """About some values in one window."""
        try:
            rows = self.analytics.ask(nodes_of(values, window, self.subject), paced=True).rows
        except AnalyticsTooLargeError as error:
            self._by_halves(values, window, error)
            return
        except APIError as error:
            self._doubt(values, f"analytics did not answer: {error.message}")
            return
        found = {getattr(row.dimensions, self.subject.dimension): row.sum.requests for row in rows["each"]}
        for value, requests in found.items():
            self.evidence.requests[value] = self.evidence.requests.get(value, 0.0) + requests
        why = _no_control(rows["control"]) or _contradiction(values, found, rows)
        if why is not None:
            self._doubt(values, f"{why} {_between(window)}")
            return
        row, known = rows["control"][0], self.evidence.control
        control = row.sum.requests, f"{row.dimensions.dispatchNamespaceName}/{row.dimensions.scriptName}"
        self.evidence.control = control if known is None else min(known, control)

    def _by_halves(self, values: Sequence[str], window: Window, refusal: AnalyticsTooLargeError) -> None:
        """The same in shorter windows, down to less than a day; the first doubt ends it."""
        halves = halves_of(window, _FIVE_MINUTES) if window.end - window.start > SHORTEST_WINDOW else []
        if not halves:
            self._doubt(values, f"analytics did not answer: {refusal.message}")
        for half in halves:
            if values[0] not in self.evidence.doubts:
                self._at(values, half)

    def _doubt(self, values: Sequence[str], why: str) -> None:
        for value in values:
            self.evidence.doubts.setdefault(value, why)


def _windows(limits: NodeLimits, evidence: _Evidence, now: datetime) -> list[Window]:
    """The windows that cover the time; none where the account's analytics do not reach back so far."""
    if limits.not_older_than is not None and evidence.start < now - timedelta(seconds=limits.not_older_than):
        return []
    widest = None if limits.max_duration is None else timedelta(seconds=limits.max_duration)
    return windows_of(evidence.start, evidence.end, bucket=_FIVE_MINUTES, widest=widest)


def nodes_of(values: Sequence[str], window: Window, subject: Subject) -> list[Node]:
    """One request about some values in one window: each alone, all of them together, and the control.

    The control is the account's Worker of which most was recorded: where even that one was sampled, few
    requests of another need not show.
    """
    time = {"datetime_geq": iso(window.start), "datetime_lt": iso(window.end)}
    named: Filter = {**time, **subject.also, f"{subject.dimension}_in": list(values)}
    finest = ("avg_sampleInterval_ASC", f"{_NAMESPACE}_ASC", f"{_WORKER}_ASC")
    return [
        Node("each", named, Selection((subject.dimension,)), len(values) + 1, (f"{subject.dimension}_ASC",)),
        Node("together", named, Selection(), 2),
        Node("control", {**time, f"{_NAMESPACE}_neq": ""}, Selection((_NAMESPACE, _WORKER)), 1, finest),
    ]


def _contradiction(
    values: Sequence[str], found: Mapping[str, float], rows: Mapping[str, Sequence[Any]]
) -> str | None:
    """Why an answer can't be true: something that nobody asked for, or parts that are not their total."""
    together = sum(row.sum.requests for row in rows["together"])
    intervals = [row.avg.sampleInterval or 1.0 for alias in ("each", "together") for row in rows[alias]]
    whole = adds_up(sum(found.values()), together, max([1.0, *intervals]))
    return None if whole and set(found) <= set(values) else "the answer contradicts itself"


def _no_control(rows: Sequence[Any]) -> str | None:
    """Why the control proves nothing; None where it does."""
    if not rows or rows[0].sum.requests <= 0:
        return "no namespace had a request, which nobody believes,"
    interval = rows[0].avg.sampleInterval
    if interval is None:
        return "analytics do not say how many of the requests they recorded"
    if interval > _ALL_RECORDED:
        return f"only one request in {interval:,.0f} was recorded, so that a few need not show,"
    return None


def _verdicts(
    things: Mapping[str, Sequence[str]],
    evidence: _Evidence,
    subject: Subject,
    created: Mapping[str, datetime | None] | None,
) -> dict[str, Seen]:
    found = {each: _verdict(values, evidence, subject) for each, values in things.items()}
    for each, moment in (created or {}).items():
        if each in found and found[each][0] == 0 and (moment is None or moment >= evidence.end):
            when = "nobody knows when it was created" if moment is None else f"it was created {iso(moment)}"
            found[each] = None, f"{when}, and analytics can be relied on up to {iso(evidence.end)}"
    return found


def _verdict(values: Sequence[str], evidence: _Evidence, subject: Subject) -> Seen:
    between = _between(Window(evidence.start, evidence.end))
    seen = {each: evidence.requests[each] for each in values if evidence.requests.get(each, 0.0) > 0}
    word = _WORDS[subject.dimension]
    if seen:
        under = "" if list(seen) == [values[0]] and word == "name" else _under(list(seen), word)
        return sum(seen.values()), f"{between}{under}"
    doubt = next((evidence.doubts[each] for each in values if each in evidence.doubts), None)
    if doubt is not None or evidence.control is None or not values:
        return None, doubt or "nothing was asked"
    under = "" if len(values) == 1 and word == "name" else _under(values, word)
    requests, who = evidence.control
    control = f"the same answer shows {requests:,.0f} of {who}, each of them recorded"
    return 0.0, f"{between}{under}; {control}"


def _under(values: Sequence[str], word: str) -> str:
    """Under which names; ids are no words for a reader, so they are only counted."""
    plural = "" if len(values) == 1 else "s"
    if word == "id":
        return f" by the id{plural} of {len(values)} Worker{plural}"
    return f" under the name{plural} {', '.join(values)}"


def _between(window: Window) -> str:
    return f"between {iso(window.start)} and {iso(window.end)}"
