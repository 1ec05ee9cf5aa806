"""How values are written in a table."""

from __future__ import annotations

import pandas as pd
import pytest

from wfp_ops.widgets.columns import Column


def written(values, kind="text", dtype=None):
    """The texts of a column."""
    return Column("x", kind=kind).texts(pd.Series(values, dtype=dtype))


@pytest.mark.parametrize(
    ("values", "dtype", "texts"),
    [
        (["a", None], "str", ["a", ""]),
        ([1234567, None], "Int64", ["1,234,567", ""]),
        ([1.0, 2.345, None], "float64", ["1", "2.35", ""]),
        ([float("inf")], "float64", ["inf"]),
        ([True, False], "bool", ["yes", "no"]),
        ([True, None], "boolean", ["yes", ""]),
        ([["a", 1], []], "object", ["a, 1", ""]),
        ([{"a": 1}, None], "object", ["a: 1", ""]),
    ],
)
def test_values_are_written_for_people(values, dtype, texts):
    """Null is nothing, numbers are parted, flags are yes and no, lists are joined."""
    assert written(values, dtype=dtype) == texts


def test_times_are_in_utc_to_the_minute_and_dates_to_the_day():
    """Whatever zone a moment came in."""
    moments = pd.to_datetime(["2026-11-23T01:30:00+02:00", None], utc=False)
    assert written(moments, "time") == ["2026-11-22 23:30", ""]
    assert written(moments, "date") == ["2026-11-22", ""]
    assert written([None, None], "time", "datetime64[us, UTC]") == ["", ""]


def test_what_cannot_be_seen_is_shown():
    """A name can neither turn the text around it nor hide a line."""
    assert written(["a\u202eb", "new\nline"], "name", "str") == ["a\\u202eb", "new\\nline"]


def test_severities_sort_by_how_bad_they_are():
    """The browser is told the order, worst first."""
    told = Column("severity", kind="severity").told()
    assert told["ranks"] == {"critical": 0, "warning": 1, "info": 2}
    assert Column("customer_id").told()["title"] == "customer id"


def test_a_column_is_as_wide_as_its_values_unless_it_is_said():
    """Names and marks are whole; sentences are cut where there is no room."""
    measured = Column("namespace", kind="name").told(["customer-1", "customer-1234567"])
    assert measured["share"] > Column("namespace", kind="name").told(["a"])["share"]
    sentence = Column("detail").told(["x" * 500])
    assert sentence["least"] < sentence["share"] < 500
    assert Column("detail", width=2).told(["x" * 500])["share"] == 168
    assert Column("state", kind="state").told([])["least"] > 0
