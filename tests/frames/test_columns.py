"""Frames as they are declared: dtypes also when empty, and errors that name the column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from wfp_ops.errors import FrameError
from wfp_ops.frames.columns import (
    ALL_FRAMES,
    AMOUNT,
    COUNT,
    CUSTOMERS,
    FLAG,
    LIST,
    MAYBE_FLAG,
    NAMESPACES,
    TEXT,
    TIME,
    WORKERS,
    Column,
    FrameSpec,
)


def _spec(dtype: str, *, nullable: bool = True) -> FrameSpec:
    return FrameSpec("sample", "one row", (Column("value", dtype, "a value", nullable),))


def _build(dtype: str, values: Any, *, nullable: bool = True) -> pd.Series[Any]:
    return _spec(dtype, nullable=nullable).build({"value": values})["value"]


def _refusal(dtype: str, values: Any, *, nullable: bool = True) -> FrameError:
    with pytest.raises(FrameError) as caught:
        _build(dtype, values, nullable=nullable)
    assert (caught.value.frame, caught.value.column) == ("sample", "value")
    return caught.value


@pytest.mark.parametrize("spec", ALL_FRAMES, ids=lambda spec: spec.name)
def test_every_frame_has_its_dtypes_also_when_empty(spec: FrameSpec) -> None:
    """An empty frame has the columns and dtypes that it is declared with, and passes its own check."""
    empty = spec.empty()
    assert empty.empty
    assert {name: str(dtype) for name, dtype in empty.dtypes.items()} == {
        c.name: c.dtype for c in spec.columns
    }
    spec.check(empty)


@pytest.mark.parametrize("spec", ALL_FRAMES, ids=lambda spec: spec.name)
def test_every_column_is_described_once(spec: FrameSpec) -> None:
    """Names are unique in a frame, and each column says what it holds."""
    assert len(set(spec.names)) == len(spec.names)
    assert all(column.meaning for column in spec.columns)


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (TEXT, ["a", None, float("nan"), pd.NA, "NaN", ""], ["a", None, None, None, "NaN", ""]),
        (TEXT, pd.Series(["007", None], dtype=object), ["007", None]),
        (TEXT, pd.Series(["007", None], index=[5, 6], dtype="str"), ["007", None]),
        (TEXT, np.array([np.nan, np.nan]), [None, None]),
        (COUNT, [2**53 + 1, None], [2**53 + 1, None]),
        (AMOUNT, [1.5, None, float("nan")], [1.5, None, None]),
        (FLAG, [True, False], [True, False]),
        (MAYBE_FLAG, [True, None], [True, None]),
    ],
)
def test_values_come_back_as_they_were(dtype: str, values: Any, expected: list[Any]) -> None:
    """Text stays text, integers stay exact, and every kind of missing is null."""
    series = _build(dtype, values)
    assert str(series.dtype) == dtype
    assert [None if pd.isna(value) else value for value in series] == expected


@pytest.mark.parametrize(
    "values",
    [[["a", "b"], ["c", "d"]], [["a"], ["b"]], [[], None], [["a"], ["b", "c"]], [np.array(["a"]), ["b"]]],
)
def test_lists_stay_lists(values: list[Any]) -> None:
    """Lists of equal length are no table, and null is no list."""
    series = _build(LIST, values)
    assert str(series.dtype) == LIST
    for found, given in zip(series, values, strict=True):
        assert found is given


_DAYS = ["2026-03-01", "0001-01-01", "9999-12-31", "2025-02-29", "20260301", "2026-03", "1969-12-31", "now"]
_HOURS = [
    "T09:00:00",
    "T24:00:00",
    "T23:59:60",
    " 09:00",
    "T09",
    "T090000",
    "T09:00:00.123456",
    "T09:00:00.1234567",
]
_ZONES = ["", "Z", "z", "+00:00", "+0530", "-08", "+24:00", "+05:60", " Z", "UTC"]


@pytest.mark.parametrize("day", _DAYS)
def test_a_time_is_what_pandas_reads_in_it(day: str) -> None:
    """However a moment is written, the quick way reads it as pandas does, or leaves it to pandas."""
    for text in [day, *(day + hour + zone for hour in _HOURS for zone in _ZONES)]:
        try:
            wanted = pd.to_datetime(pd.Series([text], dtype=object), utc=True, format="ISO8601").dt.as_unit(
                "us"
            )
        except (ValueError, OverflowError):
            _refusal(TIME, [text])
            continue
        if text != "now":
            pd.testing.assert_series_equal(_build(TIME, [text]), wanted.rename("value"))
            beside = _build(TIME, ["2026-01-12T08:30:00Z", None, text])
            assert beside.iloc[2] == wanted.iloc[0]
            assert pd.isna(beside.iloc[1])


def test_times_of_all_precisions_stand_in_one_column() -> None:
    """Fraction digits, offsets and bare dates may vary from row to row; all become UTC."""
    times = _build(
        TIME,
        [
            "2026-01-12T08:30:00.123456Z",
            "2026-01-12T08:30:00Z",
            "2026-01-12T08:30:00.1+02:00",
            "2026-01-12",
            None,
        ],
    )
    assert str(times.dtype) == TIME
    assert times.iloc[0].microsecond == 123456
    assert times.iloc[2].hour == 6
    assert times.iloc[3].hour == 0
    assert pd.isna(times.iloc[4])


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (TEXT, ["a", 7]),
        (TEXT, [7, None]),
        (TEXT, pd.Series([7.0])),
        (TEXT, ["\ud800"]),
        (COUNT, [1.5]),
        (COUNT, ["many"]),
        (AMOUNT, ["much"]),
        (FLAG, ["yes"]),
        (MAYBE_FLAG, ["no"]),
        (TIME, ["soon"]),
        (TIME, ["now"]),
        (TIME, ["2026-01-12T08:30:00Z", "today"]),
        (TIME, [20260112]),
    ],
)
def test_a_value_that_does_not_fit_names_its_column(dtype: str, values: Any) -> None:
    """No value is bent until it fits: a number is no text, and 'now' is no date."""
    assert dtype in _refusal(dtype, values).message


@pytest.mark.parametrize(
    ("dtype", "values"),
    [(TEXT, ["a", None]), (FLAG, [True, None]), (COUNT, [1, None]), (TIME, ["2026-01-01", None])],
)
def test_a_null_where_none_may_be_names_column_and_row(dtype: str, values: Any) -> None:
    """A null in a column that has none is an error, and never False or an empty text."""
    assert "row 1" in _refusal(dtype, values, nullable=False).message


def test_a_column_that_is_left_out_is_null_or_refused() -> None:
    """Null where it may be null, else an error."""
    frame = NAMESPACES.build({"namespace": ["a"], "conforms": [False]})
    assert frame["workers"].isna().all()
    with pytest.raises(FrameError) as caught:
        NAMESPACES.build({"namespace": ["a"]})
    assert caught.value.column == "conforms"


def test_columns_of_different_lengths_are_refused() -> None:
    """A column that is shorter than another is not filled up with nulls."""
    with pytest.raises(FrameError) as caught:
        NAMESPACES.build({"namespace": ["a", "b"], "conforms": [True]})
    assert caught.value.column == "conforms"


def test_check_names_what_is_missing_or_of_another_dtype() -> None:
    """A foreign frame is refused with the column's name; further columns are allowed."""
    frame = CUSTOMERS.build({"customer_id": ["1"], "status": ["active"]})
    CUSTOMERS.check(frame.assign(crm_owner="x"))
    with pytest.raises(FrameError) as lacking:
        CUSTOMERS.check(frame.drop(columns="mrr"))
    assert lacking.value.column == "mrr"
    with pytest.raises(FrameError) as wrong:
        CUSTOMERS.check(frame.assign(customer_id=[1]))
    assert wrong.value.column == "customer_id"


def test_a_hundred_thousand_rows_are_built_column_by_column() -> None:
    """A large frame has its dtypes and its values, mixed precisions included."""
    count = 100_000
    times = [f"2026-01-12T08:30:00{fraction}Z" for fraction in ("", ".1", ".123456")]
    frame = WORKERS.build(
        {
            "namespace": ["production"] * count,
            "worker": [f"customer-{number}" for number in range(count)],
            "tags": [["pro"]] * count,
            "created_on": [times[number % 3] for number in range(count)],
        }
    )
    WORKERS.check(frame)
    assert len(frame) == count
    assert frame["created_on"].notna().all()
    assert frame["worker"].iloc[-1] == f"customer-{count - 1}"
