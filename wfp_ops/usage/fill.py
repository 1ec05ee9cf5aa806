"""Zeros where there was nothing, and only where that is proven: analytics leave quiet buckets out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from wfp_ops.clock import parse_time
from wfp_ops.errors import FrameError
from wfp_ops.frames.columns import TIME
from wfp_ops.frames.provenance import ATTRS_KEY, Provenance, keys_digest
from wfp_ops.frames.usage import USAGE
from wfp_ops.frames.usage_bounds import USAGE_BOUNDS
from wfp_ops.usage.buckets import bucket_of
from wfp_ops.usage.record import usage_record
from wfp_ops.usage.sums import MEASURES


def with_zeros(frame: pd.DataFrame, also: Iterable[str] = ()) -> pd.DataFrame:
    """The frame with a row of zeros for each bucket in which one of its things had no request.

    A bucket counts as quiet only if it is settled and lies in a window whose rows add up to its total;
    outside of that nothing is filled in, because nobody knows.

    Args:
        frame: a usage frame as it came; fill before filtering.
        also: things that are not in the frame, because they had no request at all: namespaces' names, or
            customer ids where the frame is by customer.

    Returns:
        A usage frame, sorted by time and names. In the new rows measures are 0, quantiles and
        ``sample_interval`` null, and ``complete`` holds.

    Raises:
        FrameError: it is no usage frame, or lost or gained rows since it was made.
    """
    record = _record_of(frame)
    thing = ["customer_id"] if "customer" in record["by"] else ["namespace", "worker", "customer_id"]
    spec = USAGE_BOUNDS if set(USAGE_BOUNDS.names) <= set(frame.columns) else USAGE
    things = _things(frame, thing, also)
    quiet = things.merge(pd.DataFrame({"time": _proven(record)}), how="cross")
    key = [*thing, "time"]
    there = pd.MultiIndex.from_frame(frame[key])
    quiet = quiet[~pd.MultiIndex.from_frame(quiet[key]).isin(there)]
    zeros = dict.fromkeys(MEASURES, np.zeros(len(quiet)))
    columns = {name: quiet[name].reset_index(drop=True) for name in key}
    new = spec.build({**columns, **zeros, "complete": np.ones(len(quiet), dtype=bool)}, length=len(quiet))
    # columns that are null throughout keep their dtype: both frames have the declared ones
    both = pd.concat([frame[spec.names], new], ignore_index=True)
    filled = both.sort_values(["time", *thing], na_position="last", kind="stable", ignore_index=True)
    filled.attrs[ATTRS_KEY] = Provenance(
        {**record, "digest": keys_digest(filled[record["key"]]), "filled": True}
    )
    return filled


def _record_of(frame: pd.DataFrame) -> Mapping[str, Any]:
    record = usage_record(frame)
    if record is None:
        raise FrameError("this is no frame of account.usage(): it says not what it covers", frame="usage")
    if keys_digest(frame[record["key"]]) != record["digest"]:
        raise FrameError(
            "rows were added or taken out since the usage was read, so nobody knows which are missing: "
            "fill first, then filter",
            frame="usage",
        )
    return record


def _things(frame: pd.DataFrame, thing: list[str], also: Iterable[str]) -> pd.DataFrame:
    there = frame[thing].drop_duplicates()
    known = set(there[thing[0]].dropna())
    names = [name for name in dict.fromkeys(also) if name not in known]
    more = pd.DataFrame({name: pd.Series([None] * len(names), dtype="str") for name in thing})
    more[thing[0]] = pd.Series(names, dtype="str")
    return pd.concat([there, more], ignore_index=True)


def _proven(record: Mapping[str, Any]) -> pd.Series[Any]:
    """The beginnings of all buckets in which absence means zero."""
    bucket = bucket_of(record["every"])
    windows = [each for each in record["windows"] if each["whole"]]
    begins: list[datetime] = []
    if bucket.length is None:
        settled = record["end"] <= record["watermark"] and len(windows) == len(record["windows"])
        begins = [parse_time(record["start"])] if settled and windows else []
    else:
        for window in windows:
            begin, end = parse_time(window["start"]), parse_time(window["checked_to"])
            while begin + bucket.length <= end:
                begins.append(begin)
                begin += bucket.length
    return pd.Series(begins, dtype=TIME)
