"""Frames as a workbook: nothing in it runs, nothing is lost, no number is another."""

from __future__ import annotations

import csv
import io
import math
import zipfile

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from support.hostile import HOSTILE, hostile_audit

from wfp_ops.frames import excel
from wfp_ops.frames.excel import _UNREADABLE, to_excel


def _sheets(frames):
    return load_workbook(io.BytesIO(to_excel(frames)))


def _cells(values, name="column"):
    [[_], *rows] = _sheets({"sheet": pd.DataFrame({name: pd.Series(values, dtype=object)})})[
        "sheet"
    ].iter_rows()
    return [row[0] for row in rows]


def test_no_cell_of_a_hostile_audit_is_a_formula(tmp_path):
    """Every cell of the workbook that an audit writes is text, a number, a truth, a moment or empty."""
    path = hostile_audit().write(tmp_path)["audit.xlsx"]
    book = load_workbook(path)
    assert book.sheetnames == ["findings", "joined", "customers"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b", "d"}
    texts = {cell.value for cell in cells}
    assert {name for name in HOSTILE if name[0] in "=+-@#<"} <= texts
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            assert b"<f>" not in parts.read(name), name
            assert "externalLink" not in name


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(1)", " =1", "\t=1", "'=1", "\uff1d1", "#REF!", "|x", "%y"]
)
def test_what_looks_like_a_formula_is_marked_as_text(text):
    """It stands there as it was, and stays text when somebody edits the cell."""
    [cell] = _cells([text])
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_no_cell_of_a_hostile_audits_csv_becomes_a_formula(tmp_path):
    """Taken over cell by cell, as a spreadsheet does that guesses, no text of the CSV files is a formula."""
    paths = hostile_audit().write(tmp_path)
    sheet = Workbook().active
    for name in ("findings.csv", "joined.csv", "customers.csv"):
        with paths[name].open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                sheet.append([_UNREADABLE.sub("", text) for text in row])
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}


def test_headings_are_text_as_well():
    """A column of the customer list may be called anything."""
    [[cell]] = _sheets({"sheet": pd.DataFrame({"=1+1": pd.Series([], dtype="str")})})["sheet"].iter_rows()
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


@given(st.lists(st.text(), min_size=1, max_size=20))
def test_any_text_makes_a_workbook_that_opens(texts):
    """Whatever a text is made of, the file is one that can be read, and the cell is text (or empty)."""
    for text, cell in zip(texts, _cells(texts), strict=False):
        assert cell.data_type == "s" or not text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a\\x00b"),
        ("a\x1b[31m", "a\\x1b[31m"),
        ("a\rb", "a\\rb"),
        ("a\u202eb", "a\\u202eb"),
        ("a\ud800b", "a\\ud800b"),
        ("a\nb", "a\nb"),
        ("_x0041_", "_x005F_x0041_"),  # Excel shows _x0041_
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
    ],
)
def test_what_xml_forbids_is_shown_as_an_escape(text, shown):
    """As are characters that turn the text around them."""
    assert _cells([text])[0].value == shown


def test_a_text_longer_than_excel_takes_is_cut_visibly():
    """With a mark at its end."""
    [cell] = _cells(["x" * 40_000])
    assert (len(cell.value), cell.value[-1]) == (32_767, "…")


def test_values_keep_their_type():
    """Ids stay text; numbers that Excel would round, and what it does not know, are text."""
    values = ["007", 7, 2.5, True, None, float("nan"), math.inf, 10**15, ["a", "=b"], ["=b"]]
    found = [(cell.value, cell.data_type) for cell in _cells([*values])]
    assert found == [
        ("007", "s"),
        (7, "n"),
        (2.5, "n"),
        (True, "b"),
        (None, "n"),
        (None, "n"),
        ("inf", "s"),
        ("1000000000000000", "s"),
        ("a,=b", "s"),
        ("=b", "s"),
    ]


def test_times_are_utc_without_a_zone():
    """Excel knows no zones, and no day before 1900."""
    times = pd.to_datetime(["2026-11-23T14:00:00+02:00", "1800-01-01T00:00:00Z", None], utc=True)
    sheet = _sheets({"times": pd.DataFrame({"time": times, "place": [1, 2, 3]})})["times"]
    first, second, third = (row[0] for row in sheet.iter_rows(min_row=2))
    assert (first.value.isoformat(), first.number_format) == ("2026-11-23T12:00:00", "yyyy-mm-dd hh:mm:ss")
    assert (second.value, third.value) == ("1800-01-01T00:00:00", None)


def test_more_rows_than_a_sheet_holds_go_on_in_a_second_one(monkeypatch):
    """Each part with its head."""
    monkeypatch.setattr(excel, "_MOST_ROWS", 4)
    book = _sheets({"joined": pd.DataFrame({"n": range(7)}), "empty": pd.DataFrame({"n": []})})
    assert book.sheetnames == ["joined", "joined 2", "joined 3", "empty"]
    rows = [[cell.value for cell in row] for name in book.sheetnames for row in book[name].iter_rows()]
    assert rows == [["n"], [0], [1], [2], ["n"], [3], [4], [5], ["n"], [6], ["n"]]
    assert (book["joined"].freeze_panes, book["joined"].auto_filter.ref) == ("A2", "A1:A4")
