"""From a frame to what is drawn: whose each row is, sums for each, the first few and all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from wfp_ops.charts.numbers import counted
from wfp_ops.errors import FrameError, SettingsError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
UNALLOCATED = "unallocated"  # what belongs to no customer of the list, as in the cost table


def needed(frame: pd.DataFrame, name: str, columns: Sequence[str]) -> None:
    """Refuse what is no frame, and a frame without what is drawn.

    Raises:
        FrameError: naming the first column that it lacks.
    """
    if not isinstance(frame, pd.DataFrame):
        raise FrameError(f"{name} is {type(frame).__name__}, and no frame", frame=name)
    for column in columns:
        if column not in frame.columns:
            raise FrameError(f"the {name} frame lacks the column {column!r}", frame=name, column=column)


def amounts(frame: pd.DataFrame, name: str, column: str) -> Floats:
    """A column as numbers; null is NaN.

    Raises:
        FrameError: it holds something else, or a number that is none (infinite).
    """
    try:
        values = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError):
        raise FrameError(
            f"column {column!r} of the {name} frame holds no numbers", frame=name, column=column
        ) from None
    if np.isinf(values).any():
        raise FrameError(
            f"column {column!r} of the {name} frame holds an infinite number", frame=name, column=column
        )
    return values


def flags(frame: pd.DataFrame, name: str, column: str) -> Flags:
    """A column of yes and no.

    Raises:
        FrameError: it holds something else, or null.
    """
    values = frame[column]
    if len(values) and not (pd.api.types.is_bool_dtype(values.dtype) and not values.isna().any()):
        raise FrameError(
            f"column {column!r} of the {name} frame holds not only true and false", frame=name, column=column
        )
    found: Flags = values.to_numpy(dtype=np.bool_)
    return found


def moments(frame: pd.DataFrame, name: str, column: str) -> Ints:
    """A column of moments as microseconds since 1970, in UTC; null is the least number there is.

    Raises:
        FrameError: they are no moments, or have no time zone, so that nobody knows when they are.
    """
    values = frame[column]
    if not len(values):
        return np.empty(0, dtype=np.int64)
    if not isinstance(values.dtype, pd.DatetimeTZDtype):
        raise FrameError(
            f"column {column!r} of the {name} frame is {values.dtype}, and no times with a time zone",
            frame=name,
            column=column,
        )
    found: Ints = values.dt.as_unit("us").astype("int64").to_numpy()
    return found


@dataclass(frozen=True)
class Owners:
    """Whose each row is: ``codes`` are places in ``ids``, -1 where nobody is known."""

    codes: Ints
    ids: tuple[str, ...]

    @classmethod
    def of(cls, column: pd.Series[Any]) -> Owners:
        """From a column of customer ids."""
        codes, ids = pd.factorize(column, use_na_sentinel=True)
        return cls(np.asarray(codes, dtype=np.int64), tuple(str(each) for each in ids))

    def sums(self, values: Floats) -> Floats:
        """The sum for each id, and last that of the rows that are nobody's; what is null adds nothing."""
        places = np.where(self.codes < 0, len(self.ids), self.codes)
        return summed(places, values, len(self.ids) + 1)

    @cached_property
    def has_unknown(self) -> bool:
        """Whether a row is nobody's."""
        return bool((self.codes < 0).any())


@dataclass(frozen=True)
class Row:
    """One row or pane of a chart: a customer, all others together, or what is nobody's.

    ``codes`` are the places of its customers in ``Owners.ids``; that of nobody is their number.
    """

    kind: Literal["customer", "others", "unknown"]
    codes: Ints
    customer_id: str | None = None

    @property
    def label(self) -> str:
        """What stands beside it, where it is no customer."""
        if self.kind == "others":
            return f"others ({counted(len(self.codes), 'customer')})"
        return UNALLOCATED if self.kind == "unknown" else self.customer_id or ""

    def total(self, sums: Floats) -> float:
        """Its part of what ``Owners.sums`` made."""
        return float(sums[self.codes].sum())


def first_few(owners: Owners, weight: Floats, top: int) -> list[Row]:
    """The customers with the most of ``weight`` (from ``Owners.sums``), then the others, then nobody's.

    Ids decide between equals, so that the same frame gives the same chart in any order of its rows.

    Raises:
        SettingsError: ``top`` is no number of customers.
    """
    if not isinstance(top, int | np.integer) or isinstance(top, bool) or top < 1:
        raise SettingsError(f"{top!r} is no number of customers", key="top", hint="take 1 or more")
    known = len(owners.ids)
    order = np.array(sorted(range(known), key=lambda code: (-weight[code], owners.ids[code])), dtype=np.int64)
    rows = [
        Row("customer", order[place : place + 1], owners.ids[order[place]])
        for place in range(min(top, known))
    ]
    if known > top:
        rows.append(Row("others", order[top:]))
    if owners.has_unknown:
        rows.append(Row("unknown", np.array([known])))
    return rows


def unknown_numbers(values: Floats, column: str) -> list[str]:
    """A note where numbers are missing: null is not zero."""
    missing = int(np.isnan(values).sum())
    if not missing:
        return []
    return [f"{column} are not known for {counted(missing, 'row')} of the frame, which add nothing here"]


def line_of(owners: Owners, rows: Sequence[Row]) -> Ints:
    """For each row of the frame, which of these rows of a chart it belongs to."""
    places = np.empty(len(owners.ids) + 1, dtype=np.int64)
    for place, row in enumerate(rows):
        places[row.codes] = place
    found: Ints = places[np.where(owners.codes < 0, len(owners.ids), owners.codes)]
    return found


def table_of(lines: Ints, cells: Ints, values: Floats, shape: tuple[int, int]) -> Floats:
    """Sums by row and cell; what is null adds nothing."""
    return summed(lines * shape[1] + cells, values, shape[0] * shape[1]).reshape(shape)


def without_nulls(values: Floats) -> Floats:
    """The numbers, with zero for null: a null adds nothing."""
    unknown = np.isnan(values)
    return np.where(unknown, 0.0, values) if unknown.any() else values


def summed(places: Ints, values: Floats, count: int) -> Floats:
    """The sum at each of so many places; what is null adds nothing."""
    found: Floats = np.bincount(places, weights=without_nulls(values), minlength=count).astype(np.float64)
    return found
