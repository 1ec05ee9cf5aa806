"""Days of the history made by hand: a few rows, and the facts of their hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from wfp_ops.usage.history.dayfile import Day
from wfp_ops.usage.history.layout import SCHEMA, Hour

DAY = date(2026, 10, 1)


def row(
    hour: int, namespace: str = "customer-1", worker: str = "web", *, day: date = DAY, **more: Any
) -> dict[str, Any]:
    """One row; measures as keywords."""
    given = {
        "namespace": namespace,
        "worker": worker,
        "customer_id": namespace.removeprefix("customer-") if namespace.startswith("customer-") else None,
        "time": datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour),
        **dict.fromkeys(("requests", "errors", "subrequests", "cpu_ms", "wall_ms"), 1.0),
        **dict.fromkeys(("cpu_ms_p50", "cpu_ms_p99", "wall_ms_p50", "wall_ms_p99"), 0.5),
        "sample_interval": 1.0,
        "complete": True,
    }
    return {**given, **more}


def day_of(rows: Iterable[dict[str, Any]], *, day: date = DAY, quiet: Iterable[int] = ()) -> Day:
    """A day of these rows, by time and names; ``quiet`` hours are complete and have none."""
    ordered = sorted(rows, key=lambda each: (each["time"], each["namespace"], each["worker"]))
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    hours = {begin + timedelta(hours=hour): Hour(True, 0, 0.0, 1.0, "2026-10-09T00:00:00Z") for hour in quiet}
    for each in ordered:
        known = hours.get(each["time"], Hour(each["complete"], 0, 0.0, 1.0, "2026-10-09T00:00:00Z"))
        hours[each["time"]] = Hour(
            known.complete, known.rows + 1, known.requests + each["requests"], 1.0, known.collected_at
        )
    table = pa.Table.from_pylist(list(ordered), schema=SCHEMA)
    return Day(day, table, hours)
