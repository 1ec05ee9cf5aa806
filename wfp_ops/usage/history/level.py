"""Hourly rows of Workers, added up to what was asked for: day by day, so that a year needs no more memory.

Sums add up. Quantiles don't: a bucket has them only where it has one single row, whose quantiles are its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from wfp_ops.frames.columns import TIME
from wfp_ops.frames.usage import USAGE
from wfp_ops.usage.buckets import Bucket
from wfp_ops.usage.history.dayfile import Day
from wfp_ops.usage.history.layout import SCHEMA
from wfp_ops.usage.planner import Level
from wfp_ops.usage.sums import QUANTILE_COLUMNS, summed

_NAMES = {"dispatchNamespaceName": "namespace", "scriptName": "worker"}
KEY = ["namespace", "worker", "time"]


def at_level(days: Iterable[Day], hours: Collection[datetime], level: Level, start: datetime) -> pd.DataFrame:
    """What happened in these hours, as ``USAGE`` without customers; one bucket for all begins at ``start``.

    ``complete`` holds where every row that was added up is complete.
    """
    names = [_NAMES[name] for name in level.names]
    parts = [_reduced(_frame(day, hours, level.bucket, start), names) for day in days]
    if not parts:
        return USAGE.empty()
    every = pd.concat(parts, ignore_index=True)
    return summed(every, KEY, USAGE) if level.bucket.length is None and len(parts) > 1 else every


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Rows of the history as the usage frame."""
    numbers = {pa.float64(): pd.Float64Dtype()}
    frame = table.to_pandas(types_mapper=numbers.get)
    return USAGE.build({name: frame[name] for name in USAGE.names}, length=len(frame))


def _frame(day: Day, hours: Collection[datetime], bucket: Bucket, start: datetime) -> pd.DataFrame:
    """The rows of these hours, each with its bucket's time."""
    table = day.table
    if not set(day.hours) <= set(hours):
        chosen = pa.array(sorted(hours), type=SCHEMA.field("time").type)
        table = table.filter(pc.is_in(table["time"], value_set=chosen))
    frame = frame_of(table)
    frame["customer_id"] = pd.Series([None] * len(frame), dtype="str")
    if bucket.length is None:
        frame["time"] = pd.Series(start, index=frame.index, dtype=TIME)
    else:
        # buckets are aligned to midnight in UTC, as days since 1970 are
        frame["time"] = frame["time"].dt.floor(pd.Timedelta(bucket.length)).astype(TIME)
    return frame


def _reduced(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """One row for each key, in the order of time and names."""
    key = [*names, "time"]
    for name in {"namespace", "worker"} - set(names):
        frame[name] = pd.Series([None] * len(frame), dtype="str")
    alone = ~frame.duplicated(key, keep=False)
    if bool(alone.all()):
        order = ["time", *names]
        return frame.sort_values(order, na_position="last", kind="stable", ignore_index=True)
    found = summed(frame, KEY, USAGE)
    return _with_quantiles(found, frame[alone])


def _with_quantiles(found: pd.DataFrame, alone: pd.DataFrame) -> pd.DataFrame:
    """The same, with the quantiles of those that are one row of the frame."""
    place = pd.MultiIndex.from_frame(alone[KEY])
    here = pd.MultiIndex.from_frame(found[KEY])
    at = place.get_indexer(here)
    for name in QUANTILE_COLUMNS:
        values: pd.Series[Any] = alone[name].reset_index(drop=True)
        found[name] = values.reindex(pd.Series(at).where(at >= 0)).reset_index(drop=True).astype("Float64")
    return found
