"""The exact truth about usage, for tests to compare with: nothing sampled, nothing late, nothing cut.

It adds up the same closed functions as the endpoint, hour by hour and Worker by Worker, and shares none of
its filters, groups, orders and pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from wfp_ops.sandbox.analytics.cells import HOUR, Cells, in_part, make_cells
from wfp_ops.sandbox.analytics.lives import FOREVER, Life
from wfp_ops.sandbox.analytics.noise import Ints
from wfp_ops.sandbox.analytics.profiles import ERRORS, METRICS, SLOTS, STATUSES, Profiles

BY = ("namespace", "namespace_id", "worker", "tag", "dispatcher", "status", "hour", "day")
_METRICS = {"cpu_us": "cpuTime", "wall_us": "wallTime", "response_bytes": "responseBodySize"}
_MEASURES = ("requests", "errors", "subrequests", *_METRICS)
_AT_ONCE = 64


def exact_usage(
    profiles: Profiles, start: datetime, end: datetime, now: datetime, *, by: Sequence[str] = ("namespace",)
) -> list[dict[str, Any]]:
    """What really happened from ``start`` to ``end`` (aware, the end excluded), nothing after ``now``.

    One row for each combination of ``by`` (any of ``BY``) that had requests, with ``requests``, ``errors``,
    ``subrequests``, ``cpu_us``, ``wall_us`` (microseconds) and ``response_bytes``, all whole numbers.

    Raises:
        ValueError: ``by`` names something else.
    """
    if unknown := set(by) - set(BY):
        raise ValueError(f"by: {', '.join(BY)}, not {', '.join(sorted(unknown))}")
    first, last = int(start.timestamp()), int(min(end, now).timestamp())
    hours = np.arange(first // HOUR, -(-last // HOUR))
    rows: dict[tuple[Any, ...], list[int]] = {}
    for several in range(0, len(profiles.lives), _AT_ONCE):
        places = np.arange(several, min(several + _AT_ONCE, len(profiles.lives)))
        cells = make_cells(profiles, places[:, None], hours[None, :], sampling=False)
        for key, amounts in _of_lives(_Seen(profiles, cells, first, last), by):
            total = rows.setdefault(key, [0] * len(_MEASURES))
            total[:] = [old + new for old, new in zip(total, amounts, strict=True)]
    return [
        {**dict(zip(by, key, strict=True)), **dict(zip(_MEASURES, amounts, strict=True))}
        for key, amounts in rows.items()
    ]


@dataclass(frozen=True)
class _Seen:
    """Some lives over all hours of a span of seconds."""

    profiles: Profiles
    cells: Cells
    first: int
    last: int

    def counts(self, spans: Sequence[tuple[str, int, int] | None]) -> Ints:
        """Status by life by hour: the requests between two seconds, which each life has of its own."""
        since, until = (np.array([0 if s is None else s[n] for s in spans])[:, None] for n in (1, 2))
        begin = np.clip(since - self.cells.hour * HOUR, 0, HOUR)
        end = np.clip(until - self.cells.hour * HOUR, 0, HOUR)
        counts = self.cells.counts * (end > begin)
        if ((end > begin) & (end - begin < HOUR)).any():
            parts = [in_part(self.profiles, self.cells, slot, begin, end) for slot in range(SLOTS)]
            counts = np.asarray(sum(parts))
        return counts

    def amounts(self, counts: Ints) -> list[Ints]:
        """The measures in their order, each status by life by hour."""
        errors = counts.copy()
        errors[[place for place in range(len(STATUSES)) if place not in ERRORS]] = 0
        each = [self.profiles.means[METRICS.index(metric)] for metric in _METRICS.values()]
        means = [mean[self.cells.life, self.cells.pace].astype(np.int64) for mean in each]
        return [counts, errors, counts * self.cells.subrequests, *(counts * mean for mean in means)]


def _of_lives(seen: _Seen, by: Sequence[str]) -> Iterator[tuple[tuple[Any, ...], list[int]]]:
    """What there is to add up: the facts asked ``by``, and whole numbers in the order of the measures."""
    lives = [seen.profiles.lives[place] for place in seen.cells.life[:, 0].tolist()]
    spans = [list(_names(life, seen.first, seen.last)) for life in lives]
    times = [_when(hour) for hour in seen.cells.hour[0].tolist()]
    spread = tuple(axis for axis, asked in ((0, "status" in by), (2, {"hour", "day"} & {*by})) if not asked)
    for nth in range(max(map(len, spans), default=0)):
        own = [each[nth] if nth < len(each) else None for each in spans]
        amounts = [m.sum(axis=spread, keepdims=True) for m in seen.amounts(seen.counts(own))]
        who = [{} if span is None else _who(life, span[0]) for life, span in zip(lives, own, strict=True)]
        found = np.nonzero(amounts[0])
        values = zip(*(measure[found].tolist() for measure in amounts), strict=True)
        for status, life, at, each in zip(*(axis.tolist() for axis in found), values, strict=True):
            facts = {**who[life], "status": STATUSES[status], **times[at]}
            yield tuple(facts[name] for name in by), [*each]


def _names(life: Life, first: int, last: int) -> Iterator[tuple[str, int, int]]:
    """Under which name the Worker was counted, from when to when."""
    end = last if life.deleted == FOREVER else min(last, int(life.deleted))
    since = first
    for name, until in life.names:
        stop = end if until == FOREVER else min(end, int(until))
        if stop > since:
            yield name, since, stop
            since = stop


def _who(life: Life, name: str) -> dict[str, Any]:
    return {
        "namespace": name,
        "namespace_id": life.namespace_id,
        "worker": life.name,
        "tag": life.worker_id,
        "dispatcher": life.is_dispatcher,
    }


def _when(hour: int) -> dict[str, str]:
    moment = datetime.fromtimestamp(hour * HOUR, UTC)
    return {"hour": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "day": moment.strftime("%Y-%m-%d")}
