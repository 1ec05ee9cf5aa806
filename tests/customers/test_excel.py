"""Spreadsheets: numbers that are ids, sheets, and what Excel does to both."""

from __future__ import annotations

import datetime as dt
import zipfile

import openpyxl
import pandas as pd
import pytest

from wfp_ops.customers.read import read_customers
from wfp_ops.customers.set_aside import notes, set_aside
from wfp_ops.errors import CustomerListError


@pytest.fixture
def save(tmp_path):
    def build(*rows, formats=None, sheets=None):
        workbook = openpyxl.Workbook()
        for row in rows:
            workbook.active.append(row)
        for place, number_format in (formats or {}).items():
            workbook.active[place].number_format = number_format
        for title, more in (sheets or {}).items():
            sheet = workbook.create_sheet(title)
            for row in more:
                sheet.append(row)
        path = tmp_path / "list.xlsx"
        workbook.save(path)
        return path

    return build


def test_numbers_are_ids_without_decimals(save):
    """42.0 is 42, text stays text."""
    path = save(["customer_id"], [42], [42.0 + 1], ["007"], [123456789012345])
    assert read_customers(path)["customer_id"].tolist() == ["42", "43", "007", "123456789012345"]


def test_numbers_that_lost_digits_are_set_aside(save):
    """More digits than Excel keeps: the id can't be known."""
    path = save(["customer_id"], [1], [1234567890123456789], [4111111111111110], [0.5])
    customers = read_customers(path)
    assert customers["customer_id"].tolist() == ["1"]
    assert set_aside(customers)["row"].tolist() == [3, 4, 5]
    assert set_aside(customers)["reason"].str.contains("digits").tolist() == [True, True, False]


def test_a_number_that_may_be_its_neighbour(save):
    """2**53 may be 2**53 + 1 that was rounded, also where the file spells it out."""
    path = save(["customer_id"], [1], [2**53 - 1], [2**53], [2**53 + 1])
    assert read_customers(path)["customer_id"].tolist() == ["1", str(2**53 - 1)]


def test_zeros_that_a_format_shows_are_part_of_the_id(save):
    """A cell formatted 00000 shows 00042, and that is the id that people know."""
    path = save(
        ["x", "customer_id"], [1, 41], [None, None], [2, 42], [3, 43], formats={"B2": "0", "B4": "00000"}
    )
    assert read_customers(path)["customer_id"].tolist() == ["41", "00042", "43"]


def test_dates_and_truth_values_are_no_ids(save):
    """Excel made 3-4 a date: set aside, with what stands there."""
    path = save(
        ["customer_id"], [1], [pd.Timestamp("2026-04-03").to_pydatetime()], [True], ["#N/A"], ["=1+1"]
    )
    customers = read_customers(path)
    assert customers["customer_id"].tolist() == ["1"]
    assert set_aside(customers)["customer_ids"].tolist()[:2] == [["2026-04-03"], ["True"]]


def test_dates_and_amounts(save):
    """Excel's dates are dates; numbers are amounts; unused rows are no records."""
    rows = (
        ["customer_id", "started on", "mrr", "seats"],
        [1, pd.Timestamp("2026-03-04 05:06").to_pydatetime(), 12.5, 3],
        [None] * 4,
    )
    customers = read_customers(save(*rows, [2, dt.date(2026, 3, 4), "n/a", 4], [3, 45000, 1, None]))
    assert customers["started_on"].astype("str").tolist()[:2] == [
        "2026-03-04 05:06:00+00:00",
        "2026-03-04 00:00:00+00:00",
    ]
    assert customers["started_on"].isna().tolist() == [False, False, True]
    assert customers["mrr"].isna().tolist() == [False, True, False]
    assert customers["seats"].isna().tolist() == [False, False, True]
    assert any("row 5: '45000'" in note for note in notes(customers))
    assert "1 rows without any content were left out" in notes(customers)


def test_rows_above_the_header_keep_the_count(save):
    """Unused rows above the header count for a spreadsheet, so they count here."""
    path = save([None], [None], ["name", "customer_id"], ["a", 1], ["b", None])
    assert set_aside(read_customers(path))["row"].tolist() == [5]


def test_the_one_sheet_with_ids_is_read(save):
    """Of several sheets the one with an id column, and a note says so."""
    path = save(["Read me"], sheets={"Customers": [["customer_id"], ["7"]], "Empty": []})
    customers = read_customers(path)
    assert customers["customer_id"].tolist() == ["7"]
    assert any("'Customers'" in note for note in notes(customers))


def test_two_sheets_with_ids_are_not_guessed_between(save):
    """Reading one of two would lose the other's customers."""
    path = save(["customer_id"], ["1"], sheets={"Churned": [["customer_id"], ["2"]]})
    with pytest.raises(CustomerListError, match="several sheets"):
        read_customers(path)
    assert read_customers(path, sheet="Churned")["customer_id"].tolist() == ["2"]
    assert read_customers(path, sheet=0)["customer_id"].tolist() == ["1"]
    with pytest.raises(CustomerListError, match="no sheet 'Gone'"):
        read_customers(path, sheet="Gone")


def test_a_damaged_workbook(save):
    """A workbook whose insides are cut is an error with a hint."""
    path = save(["customer_id"], ["1"])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)
    with pytest.raises(CustomerListError, match="can't be read"):
        read_customers(path)
