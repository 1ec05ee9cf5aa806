"""Usage added up and shared out, written once over Narwhals: pandas, DuckDB and Spark run the same lines.

What goes in is a frame of any of them with the history's columns and ``day`` (a date or its text): the
Parquet files as they lie, or a part of them. What comes out is a frame of the same kind, lazy where that one
is. Groups hold simple sums alone, which each engine makes in its own way, without moving rows to Python.

Months are read from ``day``, which has no time zone, so the session's own does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from wfp_ops.usage.sums import MEASURES

MONTH = "month"
_COUNTED = [f"{name}_count" for name in MEASURES]


def totals(rows: Any, by: Sequence[str]) -> Any:
    """One row for each key: measures added up, ``sample_interval`` of all together, ``complete``, ``rows``.

    ``by`` names columns; ``"month"`` is read from ``day``. A measure that no row has is null. Quantiles are
    left out: they don't add up.
    """
    frame = nw.from_native(rows)
    if MONTH in by:
        frame = frame.with_columns(nw.col("day").cast(nw.String).str.slice(0, 7).alias(MONTH))
    interval = nw.max_horizontal(nw.col("sample_interval"), nw.lit(1.0))
    prepared = frame.with_columns(
        (nw.col("requests") / interval).alias("recorded"),
        nw.col("complete").cast(nw.Int64).alias("complete"),
        nw.lit(1).alias("rows"),
        *((~nw.col(name).is_null()).cast(nw.Int64).alias(f"{name}_count") for name in MEASURES),
    )
    grouped = prepared.group_by(*by) if by else prepared.with_columns(nw.lit(1).alias("all")).group_by("all")
    summed = grouped.agg(
        *(nw.col(name).sum() for name in (*MEASURES, *_COUNTED, "recorded", "rows")), nw.col("complete").min()
    )
    known = summed.with_columns(
        *(nw.when(nw.col(f"{name}_count") > 0).then(nw.col(name)).alias(name) for name in MEASURES),
        nw.when(nw.col("recorded") > 0)
        .then(nw.col("requests") / nw.col("recorded"))
        .alias("sample_interval"),
        (nw.col("complete") == 1).alias("complete"),
    )
    return known.select(*by, *MEASURES, "sample_interval", "complete", "rows").to_native()


def by_customer(rows: Any) -> Any:
    """Usage of each customer; a null one is what is nobody's."""
    return totals(rows, ["customer_id"])


def by_month(rows: Any) -> Any:
    """Usage of each customer in each month."""
    return totals(rows, ["customer_id", MONTH])


def by_name(rows: Any, *, monthly: bool = False) -> Any:
    """Usage of each Worker, with or without months told apart: small enough to ask whose each is."""
    return totals(rows, ["namespace", "worker", *([MONTH] if monthly else [])])


def with_shares(sums: Any, *, within: Sequence[str] = ()) -> Any:
    """Each row's part of all requests and of all CPU time, from 0 to 1; null where there was none at all.

    ``within`` names what is a whole by itself, such as ``["month"]``: the parts of each add up to 1.
    """
    frame = nw.from_native(sums)
    shares = [
        _share(name, within).alias(f"{name.removesuffix('_ms')}_share") for name in ("requests", "cpu_ms")
    ]
    return frame.with_columns(*shares).to_native()


def allocated(sums: Any, amount: float, *, on: str = "requests", within: Sequence[str] = ()) -> Any:
    """An amount, such as a bill, shared out in proportion to a measure, as a column ``allocated``.

    The parts add up to the amount up to floating point; ``account.cost()`` shares to the cent.
    """
    return nw.from_native(sums).with_columns((_share(on, within) * amount).alias("allocated")).to_native()


def _share(name: str, within: Sequence[str]) -> nw.Expr:
    whole = nw.col(name).sum()
    whole = whole.over(*within) if within else whole
    return nw.when(whole > 0).then(nw.col(name).fill_null(0.0) / whole)
