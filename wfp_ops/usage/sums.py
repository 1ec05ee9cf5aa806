"""Rows of usage added up: for each customer, or over windows that no single query may span.

Sums add up. Quantiles do not: the median of two medians is no median, so they are null here, and only
what Cloudflare has grouped itself has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from wfp_ops.frames.columns import FrameSpec

MEASURES = ("requests", "errors", "subrequests", "cpu_ms", "wall_ms")
QUANTILE_COLUMNS = ("cpu_ms_p50", "cpu_ms_p99", "wall_ms_p50", "wall_ms_p99")


def summed(frame: pd.DataFrame, key: Sequence[str], spec: FrameSpec) -> pd.DataFrame:
    """One row for each key, its measures added up; a null in the key is a key like any other.

    ``sample_interval`` is what it is for all of the requests together. ``complete`` holds where it does for
    every part. A measure that no part has is null, as are quantiles and bounds.
    """
    parts = frame[[*key, *MEASURES, "complete"]].copy()
    parts["recorded"] = frame["requests"] / frame["sample_interval"].clip(lower=1.0)
    grouped = parts.groupby(list(key), dropna=False, sort=False)
    found = grouped[[*MEASURES, "recorded"]].sum(min_count=1)
    found["complete"] = grouped["complete"].all()
    found["sample_interval"] = (found["requests"] / found["recorded"]).where(found["recorded"] > 0)
    found = found.reset_index().sort_values(_order(key), na_position="last", kind="stable")
    return spec.build({str(name): _column(found[name]) for name in found}, length=len(found))


def _order(key: Sequence[str]) -> list[str]:
    """Time first, then names, as everywhere."""
    return ["time", *(name for name in key if name != "time")]


def _column(values: pd.Series[Any]) -> pd.Series[Any]:
    return values.reset_index(drop=True)
