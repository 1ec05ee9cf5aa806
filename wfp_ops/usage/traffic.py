"""Whether namespaces had any request: evidence for guards, where silence must be proven.

A namespace is asked for under every name that it had. Silence is believed only of an answer that proves
itself: in the same request the account's namespaces together had requests in the same time (so analytics
work and the token sees them), and what was asked for by names adds up to the same names' ungrouped total.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wfp_ops.api.analytics.client import Analytics
from wfp_ops.api.analytics.limits import NodeLimits
from wfp_ops.api.analytics.query import Filter, Node, Selection
from wfp_ops.clock import iso
from wfp_ops.errors import APIError
from wfp_ops.usage.buckets import BUCKETS
from wfp_ops.usage.planner import USUAL_PAGE, Window, windows_of
from wfp_ops.usage.span import watermark
from wfp_ops.usage.wholeness import adds_up

Seen = tuple[float | None, str]

_NAMES_AT_ONCE = 500
_FIVE_MINUTES = BUCKETS[0]
_NAMESPACE = "dispatchNamespaceName"


@dataclass
class _Evidence:
    """What the answers said: requests by name, the reasons for doubt, and the least positive control."""

    start: datetime
    end: datetime
    requests: dict[str, float] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    control: float | None = None
    interval: float = 1.0


def traffic(
    analytics: Analytics,
    names_by_namespace: Mapping[str, Sequence[str]],
    *,
    days: int,
    now: datetime,
) -> dict[str, Seen]:
    """How many requests each namespace had in so many days, under any of its names.

    Args:
        analytics: the account's.
        names_by_namespace: what each namespace is called, and was called in that time; its own name counts
            even where it is not listed.
        days: how far back.
        now: the present moment; the newest minutes, which are incomplete, are left out.

    Returns:
        For each namespace (requests, how that is known), in their order: above 0 where any was seen; 0 where
        it is proven that there was none; None where it can't be told. Nothing is raised for what Cloudflare
        refuses: then it can't be told, and why is said.
    """
    namespaces = {
        each: list(dict.fromkeys(name for name in (each, *names) if name))
        for each, names in names_by_namespace.items()
    }
    every = list(dict.fromkeys(name for names in namespaces.values() for name in names))
    evidence = _gather(analytics, every, days, now) if every else _Evidence(now, now)
    return {each: _verdict(names, evidence) for each, names in namespaces.items()}


def _gather(analytics: Analytics, names: Sequence[str], days: int, now: datetime) -> _Evidence:
    evidence = _Evidence(_FIVE_MINUTES.ceil(now - timedelta(days=days)), watermark(now))
    try:
        limits = analytics.limits()
        # a clock that is ahead takes minutes for settled that are still to come
        evidence.end = watermark(now - analytics.ahead)
        windows = _windows(limits, evidence, now)
    except APIError as error:
        _doubt(evidence, names, f"analytics did not answer: {error.message}")
        return evidence
    if not windows:
        _doubt(evidence, names, f"analytics do not reach back to {iso(evidence.start)}")
    size = min(_NAMES_AT_ONCE, (limits.max_page_size or USUAL_PAGE) - 1)
    for window in windows:
        for part in _parts(names, max(1, size)):
            _look(analytics, part, window, evidence)
    return evidence


def _windows(limits: NodeLimits, evidence: _Evidence, now: datetime) -> list[Window]:
    """The windows that cover the time; none where the account's analytics do not reach back so far."""
    if limits.not_older_than is not None and evidence.start < now - timedelta(seconds=limits.not_older_than):
        return []
    widest = None if limits.max_duration is None else timedelta(seconds=limits.max_duration)
    return windows_of(evidence.start, evidence.end, bucket=_FIVE_MINUTES, widest=widest)


def nodes_of(names: Sequence[str], window: Window) -> list[Node]:
    """One request about some names in one window: each alone, all of them together, and the control."""
    time = {"datetime_geq": iso(window.start), "datetime_lt": iso(window.end)}
    named: Filter = {**time, f"{_NAMESPACE}_in": list(names)}
    return [
        Node("each", named, Selection((_NAMESPACE,)), len(names) + 1, (f"{_NAMESPACE}_ASC",)),
        Node("together", named, Selection(), 2),
        Node("control", {**time, f"{_NAMESPACE}_neq": ""}, Selection(), 2),
    ]


def _look(analytics: Analytics, names: Sequence[str], window: Window, evidence: _Evidence) -> None:
    """Ask about some names in one window, and note what the answer shows or why it shows nothing."""
    try:
        rows = analytics.ask(nodes_of(names, window), paced=True).rows
    except APIError as error:
        _doubt(evidence, names, f"analytics did not answer: {error.message}")
        return
    found = {row.dimensions.dispatchNamespaceName: row.sum.requests for row in rows["each"]}
    for name, requests in found.items():
        evidence.requests[name] = evidence.requests.get(name, 0.0) + requests
    together, control = (sum(row.sum.requests for row in rows[alias]) for alias in ("together", "control"))
    interval = max([1.0, *(row.avg.sampleInterval or 1.0 for alias in rows for row in rows[alias])])
    evidence.interval = max(evidence.interval, interval)
    if control <= 0:
        _doubt(evidence, names, f"no namespace had a request {_between(window)}, which nobody believes")
    elif not adds_up(sum(found.values()), together, interval) or not set(found) <= set(names):
        _doubt(evidence, names, f"the answer contradicts itself {_between(window)}")
    else:
        known = evidence.control
        evidence.control = control if known is None else min(known, control)


def _verdict(names: Sequence[str], evidence: _Evidence) -> Seen:
    between = _between(Window(evidence.start, evidence.end))
    seen = {name: evidence.requests[name] for name in names if evidence.requests.get(name, 0.0) > 0}
    if seen:
        under = "" if list(seen) == [names[0]] else f" under the name{'s'[: len(seen) - 1]} {', '.join(seen)}"
        return sum(seen.values()), f"{sum(seen.values()):,.0f} requests {between}{under}"
    doubt = next((evidence.doubts[name] for name in names if name in evidence.doubts), None)
    if doubt is not None or evidence.control is None:
        return None, doubt or "nothing was asked"
    under = "" if len(names) == 1 else f" under {len(names)} names ({', '.join(names)})"
    control = f"all namespaces together had {evidence.control:,.0f} or more in the same request"
    sampled = "" if evidence.interval <= 1 else f", one in {evidence.interval:,.0f} recorded"
    return 0.0, f"no request {between}{under}; {control}{sampled}"


def _between(window: Window) -> str:
    return f"between {iso(window.start)} and {iso(window.end)}"


def _doubt(evidence: _Evidence, names: Sequence[str], why: str) -> None:
    for name in names:
        evidence.doubts.setdefault(name, why)


def _parts(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for at in range(0, len(names), size):
        yield names[at : at + size]
