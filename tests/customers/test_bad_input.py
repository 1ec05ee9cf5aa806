"""Files that are no customer list: one clear error each, naming the file and what to do."""

from __future__ import annotations

import gzip
import io
import os
import zipfile

import openpyxl
import pandas as pd
import pytest

from wfp_ops.customers.read import read_customers
from wfp_ops.errors import CustomerListError


def refused(source, **options) -> str:
    with pytest.raises(CustomerListError) as caught:
        read_customers(source, **options)
    assert caught.value.file
    assert caught.value.hint
    return str(caught.value)


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("customers.csv", "customer_id\n1\n")
    return buffer.getvalue()


NO_LISTS = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "mark only": (b"\xef\xbb\xbf", "is empty"),
    "header only": (b"customer_id,name\n", "no customers"),
    "blank rows only": (b"customer_id,name\n,\n\n , \n", "no customers"),
    "nul bytes": (b"customer_id\x00,name\n1\x00,2\n", "no CSV: it holds bytes"),
    "binary": (bytes(range(256)) * 20, "no CSV"),
    "binary without nul": (bytes(range(1, 32)) * 20, "no CSV"),
    "html": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
    "html table": (b"  <table><tr><td>customer_id</td></tr></table>", "a web page"),
    "zip": (zipped(), "a zip archive"),
    "cut zip": (zipped()[:40], "no CSV"),
    "gzip": (gzip.compress(b"customer_id\n1\n"), "gzip"),
    "pdf": (b"%PDF-1.7 ...", "a PDF"),
    "ole": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "spreadsheet can't be read"),
    "cut parquet": (b"PAR1" + b"\x00" * 30, "cut or damaged"),
    "prose": (b"Dear all,\nplease find the list attached.\n", "no column looks like the customer's id"),
    "utf-16 cut": (b"\xff\xfec\x00u\x00\x00\xd8", "says that it is utf-16"),
}


@pytest.mark.parametrize("case", NO_LISTS)
def test_what_is_no_list_is_refused(tmp_path, case):
    """Content decides, not the file's name; nothing ends in a foreign exception."""
    data, said = NO_LISTS[case]
    path = tmp_path / "customers.csv"
    path.write_bytes(data)
    message = refused(path)
    assert said in message
    assert str(path) in message


def test_no_such_file(tmp_path):
    """The whole path is named."""
    assert "no such customer list" in refused(tmp_path / "nowhere.csv")
    assert "no such customer list" in refused("nowhere.csv")


def test_a_folder(tmp_path):
    """A folder is no list."""
    assert "a folder" in refused(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path):
    """A file that may not be read says so."""
    path = tmp_path / "list.csv"
    path.write_text("customer_id\n1\n")
    path.chmod(0)
    assert "may not be read" in refused(path)


@pytest.mark.parametrize("path", ["x\0y.csv", "a" * 5000 + ".csv", "~nobody-of-that-name/x.csv"])
def test_paths_that_no_system_takes(path):
    """Odd paths are refused like any other."""
    refused(path)


def test_a_database_url_shows_no_credentials():
    """A database URL is refused without its user, password and parameters."""
    message = refused("postgresql://joe:hunter2@db.example.com/crm?password=hunter3")
    assert "db.example.com/crm" in message
    assert "hunter" not in message
    assert "joe" not in message


def test_nothing_usable(tmp_path):
    """A list whose every record is unusable is an error with the first reasons."""
    path = tmp_path / "list.csv"
    path.write_text("customer_id,name\n,A\nNULL,B\n7,C\n7,D\n")
    message = refused(path)
    assert "none of the 4 records can be used" in message
    assert "row 2: it has no id" in message


def test_an_empty_frame():
    """A DataFrame without rows, without columns, or without an id."""
    assert "no customers" in refused(pd.DataFrame({"customer_id": []}))
    assert "no customers" in refused(pd.DataFrame())
    assert "no column looks" in refused(pd.DataFrame({"foo": [1]}))


def test_an_empty_workbook(tmp_path):
    """A workbook without a cell."""
    path = tmp_path / "list.xlsx"
    openpyxl.Workbook().save(path)
    assert "spreadsheet is empty" in refused(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "no customers"),
        ("{}", "no column looks"),
        ('"text"', "no list of customers"),
        ("[1, 2]", "no list of objects"),
        ('[["customer_id"], ["1"]]', "no list of objects"),
        ('[{"customer_id": "1"}', "broken in line 1"),
        ('{"customer_id": "1"}\n{"customer_id": "2', "line 2 is no JSON"),
        ('{"error": "token expired"}', "no column looks"),
        ('{"a": [{"id": 1}], "b": [{"id": 2}]}', "several lists ('a', 'b')"),
        ('{"data": [{"id": "1"}], "has_more": true}', "more customers than it holds"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_json_that_is_no_list(tmp_path, text, said):
    """Broken, cut or foreign JSON is refused, never read in part."""
    path = tmp_path / "list.json"
    path.write_text(text)
    assert said in refused(path)


def test_a_sheet_of_a_csv(tmp_path):
    """A sheet asked of a file that has none."""
    path = tmp_path / "list.csv"
    path.write_text("customer_id\n1\n")
    assert "no sheets" in refused(path, sheet="Customers")


def test_the_home_of_nobody():
    """A path in the home of a user who does not exist is a file that does not exist."""
    with pytest.raises(CustomerListError, match="no such"):
        read_customers("~nobody-of-this-name/customers.csv")
