"""Rows of analytics as columns, page by page, in Arrow: names as text, measures as numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

from wfp_ops.api.analytics.query import Selection
from wfp_ops.errors import APIResponseValidationError

_ENDPOINT = "POST /graphql"


def table_of(rows: Sequence[Any], selection: Selection) -> pa.Table:
    """A page's rows as a table; its columns bear Cloudflare's names."""
    columns: dict[str, Any] = {}
    dimensions = list(map(attrgetter("dimensions"), rows)) if selection.dimensions else []
    for name in selection.dimensions:
        columns[name] = pa.array(list(map(attrgetter(name), dimensions)), type=pa.large_string())
    sums = list(map(attrgetter("sum"), rows))
    for name in selection.sums:
        columns[name] = np.fromiter(map(attrgetter(name), sums), dtype=np.float64, count=len(rows))
    if selection.sample_interval:
        columns["sampleInterval"] = _numbers(map(attrgetter("avg.sampleInterval"), rows))
    quantiles = list(map(attrgetter("quantiles"), rows)) if selection.quantiles else []
    for name in selection.quantiles:
        columns[name] = _numbers(map(attrgetter(name), quantiles))
    for name in selection.bounds:
        found = list(map(attrgetter(f"confidence.sum.{name}"), rows))
        columns[f"{name}_low"] = _numbers(each.lower if each.is_valid else None for each in found)
        columns[f"{name}_high"] = _numbers(each.upper if each.is_valid else None for each in found)
    return pa.table(columns)


def key_of(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads a row's key."""
    if len(names) == 1:
        read = attrgetter(f"dimensions.{names[0]}")
        return lambda row: (read(row),)
    return attrgetter(*(f"dimensions.{name}" for name in names))


def last_key(rows: Sequence[Any], names: Sequence[str], before: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """The key of a page's last row, from which the next page begins.

    Raises:
        APIResponseValidationError: the rows are not in the order that was asked for: the next page would
            skip some, or bring some again.
    """
    key = key_of(names)
    last = key(rows[-1])
    if max(map(key, rows)) != last or (before is not None and key(rows[0]) <= before):
        raise APIResponseValidationError(
            "the rows are not in the order that was asked for, so pages of them can't be told apart",
            endpoint=_ENDPOINT,
            hint="ask for a shorter time, so that one answer holds all of it; report this",
        )
    return last


def _numbers(values: Iterable[float | None]) -> pa.Array:
    return pa.array(list(values), type=pa.float64(), from_pandas=True)
