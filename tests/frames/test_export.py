"""CSV that no spreadsheet runs, JSON that every program reads."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wfp_ops.errors import visible
from wfp_ops.frames.columns import NAMESPACES, WORKERS
from wfp_ops.frames.export import defuse, to_csv, to_json, to_rows, undefuse

# csv itself can't read a NUL back; a surrogate alone is no text in any file
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.tuples(*[TEXT | st.just("=1+1")] * width), min_size=1, max_size=5)
)


def _frame(rows: list[tuple[str, ...]]) -> pd.DataFrame:
    columns = {f"c{at}": pd.Series(cells, dtype="str") for at, cells in enumerate(zip(*rows, strict=True))}
    return pd.DataFrame(columns)


def _read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@given(TABLES)
@example([("a\rb", "c\nd"), ("e\r\nf", '"')])
@example([("",), ("NA",), (" ",)])
def test_raw_csv_gives_back_the_text(rows: list[tuple[str, ...]]) -> None:
    """What is written raw is read back by pandas, whatever stands in it."""
    frame = _frame(rows)
    text = io.StringIO(to_csv(frame, raw=True), newline="")
    back = pd.read_csv(text, dtype=str, keep_default_na=False, skip_blank_lines=False)
    assert back.to_numpy().tolist() == frame.to_numpy().tolist()


@given(TABLES)
@example([("a\r=1+1", "'=1"), ("\u3000=1", "''@x")])
def test_no_cell_of_safe_csv_is_a_formula(rows: list[tuple[str, ...]]) -> None:
    """No cell that a spreadsheet sees begins as a formula, and undefusing gives back each text."""
    found = _read(to_csv(_frame(rows)))[1:]
    assert [[undefuse(cell) for cell in row] for row in found] == [list(row) for row in rows]
    for cell in (cell for row in found for cell in row):
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "|calc", "%0", "\uff1d1", "\u00a0=1", "'=1"],
)
def test_formulas_are_defused_and_come_back(text: str) -> None:
    """Whatever a spreadsheet may run gets one quote in front, which undefusing takes away."""
    assert defuse(text) == f"'{text}"
    assert undefuse(defuse(text)) == text


@pytest.mark.parametrize("value", ["customer-1", "a=b", "'quoted'", "", 7, -7, None, 1.5, True])
def test_all_else_is_left_alone(value: Any) -> None:
    """Plain text and everything that is no text stays as it was."""
    assert defuse(value) is value


def test_headers_are_defused_too() -> None:
    """A column's name comes from the customer's file and may be a formula as well; raw leaves it."""
    frame = pd.DataFrame({"=cmd()": ["x"], 7: ["y"]})
    assert to_csv(frame) == "'=cmd(),7\nx,y\n"
    assert to_csv(frame, raw=True) == "=cmd(),7\nx,y\n"


def test_lists_are_joined_and_defused() -> None:
    """A list of tags is one cell, and no formula either."""
    frame = pd.DataFrame({"tags": [["=a", "b"], [], None, ["a", None]]})
    assert to_csv(frame) == '"tags"\n'.replace('"', "") + '"\'=a,b"\n""\n""\n"a,"\n'


def test_csv_of_a_full_and_an_empty_frame() -> None:
    """Times are ISO 8601 in UTC, integers beside nulls stay integers, and a header is always there."""
    frame = NAMESPACES.build(
        {
            "namespace": ["customer-1", "x"],
            "conforms": [True, False],
            "workers": [3, None],
            "created_on": ["2026-01-12T08:30:00.5+02:00", None],
        }
    )
    header = ",".join(NAMESPACES.names)
    assert to_csv(frame) == (f"{header}\ncustomer-1,,,True,3,,2026-01-12T06:30:00Z,,,\nx,,,False,,,,,,\n")
    assert to_csv(NAMESPACES.empty()) == f"{header}\n"


def test_rows_are_json_with_null_for_every_missing() -> None:
    """Every kind of missing value is null, and what JSON has no form for is text."""
    frame = pd.DataFrame(
        {
            "text": pd.Series(["a", None], dtype="str"),
            "count": pd.array([2**60, None], dtype="Int64"),
            "amount": pd.array([1.5, None], dtype="Float64"),
            "flag": pd.array([True, None], dtype="boolean"),
            "time": pd.to_datetime(["2026-01-12T08:30:00+02:00", None], utc=True),
            "float": [1.0, float("nan")],
            "list": [["a", np.int64(1), None, float("nan")], None],
            "array": [np.array([1, 2]), np.array([])],
        }
    )
    rows = to_rows(frame)
    assert rows == [
        {
            "text": "a", "count": 2**60, "amount": 1.5, "flag": True, "time": "2026-01-12T06:30:00Z",
            "float": 1.0, "list": ["a", 1, None, None], "array": [1, 2],
        },
        {
            "text": None, "count": None, "amount": None, "flag": None, "time": None,
            "float": None, "list": None, "array": [],
        },
    ]  # fmt: skip
    assert json.loads(to_json(rows)) == rows


def test_what_a_customer_list_carries_along_is_written_too() -> None:
    """Further columns may hold whatever pandas holds: dates, decimals, infinities, other zones, objects."""
    berlin = pd.Timestamp("2026-07-01T12:00", tz="Europe/Berlin")
    frame = pd.DataFrame(
        {
            "naive": [pd.Timestamp("2026-07-01")],
            "zoned": [berlin],
            "mixed": pd.Series([datetime(2026, 7, 1, tzinfo=UTC)], dtype=object),
            "day": [date(2026, 7, 1)],
            "price": [Decimal("1.10")],
            "none": [Decimal("NaN")],
            "infinite": [float("inf")],
            "nested": [{"a": [np.float64(1), None]}],
            "kind": pd.Categorical(["b"]),
            3: ["x"],
        }
    )
    row = to_rows(frame)[0]
    assert row == {
        "naive": "2026-07-01T00:00:00",
        "zoned": "2026-07-01T10:00:00Z",
        "mixed": "2026-07-01T00:00:00+00:00",
        "day": "2026-07-01",
        "price": "1.10",
        "none": None,
        "infinite": "inf",
        "nested": {"a": [1.0, None]},
        "kind": "b",
        "3": "x",
    }
    assert json.loads(to_json(row)) == row
    assert _read(to_csv(frame))[1][5:8] == ["", "inf", '{"a": [1.0, null]}']


def test_empty_frames_have_no_rows() -> None:
    """A frame without rows is an empty array, also where it has columns of lists and times."""
    assert to_rows(WORKERS.empty()) == []
    assert to_rows(pd.DataFrame()) == []


def test_json_refuses_what_is_no_json() -> None:
    """NaN has no form in JSON: a document that holds one is a mistake, and not written."""
    with pytest.raises(ValueError, match="JSON"):
        to_json({"share": float("nan")})


def test_what_cannot_be_seen_is_made_visible() -> None:
    """Control characters and bidi overrides are shown as escapes; blanks and letters stay."""
    assert visible("a b\x1b[31m\u202ec\n\u00e9") == "a b\\x1b[31m\\u202ec\\n\u00e9"
