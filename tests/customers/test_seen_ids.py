"""An id seen anywhere in a record that was set aside counts as seen, whatever form it has there."""

from __future__ import annotations

import json
import uuid

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wfp_ops.customers.read import read_customers
from wfp_ops.customers.set_aside import ids_unknown, notes, records_read, set_aside, shortened
from wfp_ops.errors import CustomerListError


@pytest.fixture
def read(tmp_path):
    def write_and_read(text, name="list.csv", **options):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return read_customers(path, **options)

    return write_and_read


def seen(customers):
    return {id_ for ids in set_aside(customers)["customer_ids"] for id_ in ids}


@pytest.mark.parametrize(
    ("value", "inside"),
    [
        (["42", "7"], {"42", "7"}),
        (("42", [7, {"x": 8}]), {"42", "7", "8"}),
        ({"value": 42.0}, {"42"}),
        ({"a": [None, " 9 "]}, {"9"}),
        (b"42", {"42"}),
        (bytearray(b"\xff4"), {"ff34"}),
        (uuid.UUID(int=5).bytes, {str(uuid.UUID(int=5))}),
        (np.array(["42", "43"]), {"42", "43"}),
        (["1.5E+05"], {"150000"}),
    ],
)
def test_ids_inside_of_odd_values(value, inside):
    """Lists, objects and bytes are no ids, but each value in them may be one."""
    customers = read_customers(pd.DataFrame({"customer_id": pd.Series([value, "5"], dtype=object)}))
    assert customers["customer_id"].tolist() == ["5"]
    assert inside <= seen(customers)


def test_ids_inside_of_json_and_parquet(read, tmp_path):
    """The same holds in files, also for records that are no objects."""
    customers = read('[{"id": {"value": 42}}, {"id": "5"}, ["8", ["9"]], {"id": "1", "id": [3]}]', "x.json")
    assert {"42", "8", "9", "1", "3"} <= seen(customers)
    ids = pa.array([b"42", b"43"], pa.binary())
    pq.write_table(pa.table({"customer_id": ids, "n": [1, 2]}), tmp_path / "x.parquet")
    with pytest.raises(CustomerListError, match="none of the 2"):
        read_customers(tmp_path / "x.parquet")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[{"id": 42, "status": "active"}, {"customer_id": 5}]', "x.json"),
        ("customer_id,customer_number,status\n,42,active\n5,6,active\n", "x.csv"),
        ("customer_id,Client-ID\nNULL, 42 \n5,6\n", "x.csv"),
    ],
)
def test_an_id_in_another_column(read, text, name):
    """A record without an id may have it where other exports keep it, and the note says what was taken."""
    customers = read(text, name)
    assert customers["customer_id"].tolist() == ["5"]
    assert "42" in seen(customers)
    assert "6" not in seen(customers)
    assert ids_unknown(customers) == 0
    assert any(
        "customer_id is read from 'customer_id'; carried along only: " in note for note in notes(customers)
    )


def test_a_record_that_lost_to_a_live_one_puts_nothing_in_doubt(read):
    """Its customer is in the frame; the number in its other id column may be anybody's."""
    text = "customer_id,id,status\n5,1,churned\n5,2,active\n1,3,active\n"
    assert seen(read(text, duplicates="active_wins")) == set()
    assert seen(read(text)) == {"5", "1", "2"}


@pytest.mark.parametrize(
    ("text", "whole", "prefixes"),
    [
        ("1E+05", "100000", [("1", 6), ("9", 5)]),
        ("1.23457E+18", "1234570000000000000", [("123457", 19), ("123456", 19)]),
        ('"1,23E+11"', "123000000000", [("123", 12), ("122", 12)]),
        ("1.2e+17", "120000000000000000", [("12", 18), ("11", 18)]),
        ("1.00E+17", "100000000000000000", [("100", 18), ("999", 17)]),
        ("1.23457E+03", "1234", [("1234", 4), ("1233", 4)]),
        ("0E+05", "0", []),
        ("1E+999", "1E+999", []),
    ],
)
def test_ids_that_a_spreadsheet_shortened(read, text, whole, prefixes):
    """What is left of the id is kept: as a number, and as what the id began with, rounding included."""
    customers = read(f"customer_id,name\n{text},a\n5,b\n")
    assert whole in seen(customers)
    assert shortened(customers) == prefixes
    assert json.loads(json.dumps(customers.attrs["wfp_ops"])) == customers.attrs["wfp_ops"]


def test_shortened_ids_survive(read, tmp_path):
    """Read again, changed or stored, the list still knows of them, once each."""
    customers = read("customer_id,name\n1E+05,a\n5,b\n")
    kept = [("1", 6), ("9", 5)]
    assert shortened(read_customers(customers)) == kept
    changed = pd.concat([customers, pd.DataFrame({"customer_id": ["1E+05"]})], ignore_index=True)
    changed.attrs = dict(customers.attrs)
    assert shortened(read_customers(changed)) == kept
    customers.to_parquet(tmp_path / "x.parquet")
    assert shortened(read_customers(tmp_path / "x.parquet")) == kept
    assert shortened(pd.DataFrame({"customer_id": ["1"]})) == []


@pytest.mark.parametrize(
    ("dtype", "number", "begins", "exact"),
    [
        ("float64", 1234567890123456789, "123456789012345", 2**53 - 1),
        ("float32", 16777217, "167772", 2**24 - 1),
        ("Float32", 16777217, "167772", 2**24 - 1),
        ("float[pyarrow]", 16777217, "167772", 2**24 - 1),
        ("float16", 2049, "204", 2**11 - 1),
    ],
)
def test_floats_are_trusted_as_far_as_they_are_exact(dtype, number, begins, exact):
    """A short float loses digits far earlier than a double."""
    customers = read_customers(pd.DataFrame({"customer_id": pd.array([float(number), exact], dtype=dtype)}))
    assert customers["customer_id"].tolist() == [str(exact)]
    assert (begins, len(str(number))) in shortened(customers)


def test_single_numbers_have_a_precision_of_their_own():
    """A mixed column of floats of different length, each judged by its own."""
    cells = pd.Series([np.float32(2**24), 2.0**24 + 1, "x"], dtype=object)
    customers = read_customers(pd.DataFrame({"customer_id": cells}))
    assert customers["customer_id"].tolist() == ["16777217", "x"]


def test_a_float_next_to_a_round_number():
    """The id may lie on the other side of where the leading digits change."""
    customers = read_customers(pd.DataFrame({"customer_id": [1e18, 7.0]}))
    assert shortened(customers) == [("100000000000000", 19), ("999999999999999", 18)]


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("customer_id,name,status\n5,b,active\n4", [("4", 0)]),
        ("name,customer_id,status\nb,5,active\nc, 4", [("4", 0)]),
        ("customer_id,name,status\n5,b,active\n42,c", []),
        ("name,customer_id,status\nb,5,active\nc", []),
        ("customer_id,name,status\n5,b,active\n4\n", []),
        ("customer_id,name,status\n5,b,active\n4,c,active", []),
        ("customer_id,name,status\n5,b,active\n4,c,active,x", []),
        ("customer_id,name,status\n4\n5,b,active", []),
        (",name,customer_id,status\n1,b,5,active\n2,c,4", [("4", 0)]),
        ('customer_id,name,status\n5,b,active\n"4', [("4", 0)]),
    ],
)
def test_a_file_that_ends_within_an_id(read, text, prefixes):
    """Any id may be meant that begins with what is left of it; an id followed by a delimiter is whole."""
    assert shortened(read(text)) == prefixes


def test_a_header_that_stands_again(read):
    """Two exports in one file: the second header is no customer."""
    customers = read("customer_id,name,status\n5,b,active\n Customer_ID ,NAME,status\n42,x,active\n")
    assert customers["customer_id"].tolist() == ["5", "42"]
    aside = set_aside(customers)
    assert aside["row"].tolist() == [3]
    assert aside["reason"].tolist() == ["the header again"]
    assert aside["customer_ids"].tolist() == [[]]
    assert records_read(customers) == 3
    assert not any("unknown statuses" in note for note in notes(customers))
    assert ids_unknown(customers) == 0


def test_a_second_header_in_another_order(read):
    """All rows after it would be misread: refused, with the row's number."""
    with pytest.raises(CustomerListError, match="second header") as caught:
        read("customer_id,name,status\n5,b,active\nname,customer_id,status\nx,42,active\n")
    assert caught.value.row == 3
    assert "split the file before row 3" in str(caught.value)


def test_what_is_no_second_header(read):
    """One column alone, or a row that shares but some words with the header."""
    assert len(read("customer_id\nx\ncustomer_id\n")) == 2
    assert len(read("customer_id,name\nname,name\ncustomer_id,x\n")) == 2


def test_a_header_again_in_a_frame():
    """Rows of any source are looked at, and typed columns are left alone."""
    frame = pd.DataFrame({"customer_id": ["5", "customer_id"], "name": [None, "Name"]}, dtype=object)
    assert read_customers(frame)["customer_id"].tolist() == ["5"]
    assert len(read_customers(pd.DataFrame({"customer_id": [5, 6], "name": ["a", "b"]}))) == 2


def test_a_mapped_column_that_the_file_lacks(read):
    """The file is at fault, not the settings: another export may have the column."""
    with pytest.raises(CustomerListError, match="customer_id is the column 'nope'"):
        read("customer_id,name\n5,b\n", columns={"customer_id": "nope"})
