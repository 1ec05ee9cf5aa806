"""What usage says of the things that an audit judges; and the flags that rest on it.

What is not known is no flag: neither silence that is not proven, nor requests of a time in which the
customer may have been there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from wfp_ops.audit.flags import Finding
from wfp_ops.audit.rules import Rules
from wfp_ops.audit.states import Verdicts
from wfp_ops.audit.things import Records, Things

Thing: TypeAlias = tuple[str, str | None]
"""A namespace with None, or in worker tenancy with a Worker's name."""

GONE = ("churned", "orphaned")


@dataclass(frozen=True)
class Activity:
    """What is known of requests, from ``since`` to ``until``.

    Attributes:
        requests: of each thing that had any.
        by_day: of each thing that was asked about more closely: the day (UTC) and its requests.
        silence: None where a thing that is not in ``requests`` is proven to have had none; else why not.
        notes: what else a reader should know.
        unsure: things that may have had another name in that time, so that their silence proves nothing.
    """

    since: datetime
    until: datetime
    requests: Mapping[Thing, float]
    by_day: Mapping[Thing, Mapping[date, float]] = field(default_factory=dict)
    silence: str | None = None
    unsure: frozenset[Thing] = frozenset()
    notes: tuple[str, ...] = ()


def gone_things(things: Things, verdicts: Verdicts) -> list[Thing]:
    """Those whose customer has left, or that nobody has."""
    return [thing for thing, state in zip(_named(things), verdicts.things, strict=True) if str(state) in GONE]


def activity_flags(
    things: Things, records: Records, verdicts: Verdicts, activity: Activity, rules: Rules
) -> Iterator[Finding]:
    """``idle`` and ``live_after_churn``, as far as it is known."""
    customers = records.usable["customer_id"].to_numpy(dtype=object)
    left = records.usable["churned_on"]
    parsed = things.frame["customer_id"].to_numpy(dtype=object)
    named = _named(things)
    idle = _idle(things, named, activity, rules) & (verdicts.things != "ignored")
    for number in np.flatnonzero(idle | np.isin(verdicts.things, GONE)).tolist():
        thing, owner, state = named[number], int(verdicts.owner[number]), str(verdicts.things[number])
        customer = customers[owner] if owner >= 0 else parsed[number]
        about = {
            "namespace": thing[0],
            "worker": thing[1],
            "customer_id": None if pd.isna(customer) else str(customer),
        }
        if idle[number]:
            days = f"{rules.idle_days} day{'' if rules.idle_days == 1 else 's'}"
            yield Finding(
                kind="idle",
                detail=f"no request in {days}, up to {activity.until:%Y-%m-%d %H:%M} UTC",
                **about,
            )
        if state in GONE:
            churned_on = left.iloc[owner] if state == "churned" else None
            detail = _live(state, activity, thing, churned_on)
            if detail is not None:
                yield Finding(kind="live_after_churn", detail=detail, **about)


def _named(things: Things) -> list[Thing]:
    names = things.frame["namespace"].tolist()
    workers: Sequence[str | None] = (
        things.frame["worker"].tolist() if "worker" in things.frame else [None] * len(names)
    )
    return list(zip(names, workers, strict=True))


def _idle(
    things: Things, named: Sequence[Thing], activity: Activity, rules: Rules
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which things had no request in all of the days; one that is newer, or without a Worker, is not idle."""
    begin = activity.until - timedelta(days=rules.idle_days)
    # a window begins up to some minutes later than meant, because it begins with a bucket
    if activity.silence is not None or activity.since > begin + timedelta(hours=1):
        return np.zeros(len(things), dtype=bool)
    seen = {thing for thing, requests in activity.requests.items() if requests > 0} | activity.unsure
    silent = np.array([thing not in seen for thing in named], dtype=bool)
    there = (things.frame["created_on"] <= activity.since).fillna(False).to_numpy(dtype=bool)
    if "workers" not in things.frame:
        return np.asarray(silent & there)
    filled = things.frame["workers"].gt(0).fillna(False).to_numpy(dtype=bool)
    return np.asarray(silent & there & filled)


def _live(state: str, activity: Activity, thing: Thing, churned_on: Any) -> str | None:
    """How much it was called since nobody should; None where that is not known, or was not at all."""
    last_whole_day = activity.until.date() - timedelta(days=1)
    days = activity.by_day.get(thing, {})
    if state == "churned":
        # of who left on an unknown day only what was yesterday and today is surely later
        left = last_whole_day if pd.isna(churned_on) else churned_on.date()
        days = {day: requests for day, requests in days.items() if day > left}
    total = sum(days.values())
    if total <= 0:
        return None
    last = max(day for day, requests in days.items() if requests > 0)
    plural = "" if total == 1 else "s"
    said = f"{total:,.0f} request{plural} since {min(days):%Y-%m-%d}, the last on {last:%Y-%m-%d}"
    if state == "orphaned":
        return f"{said}; no customer has its id"
    when = "on an unknown day" if pd.isna(churned_on) else f"on {churned_on:%Y-%m-%d}"
    return f"{said}; its customer left {when}"
