"""JSON, Parquet and DataFrames: types that could cost an id a digit."""

from __future__ import annotations

import decimal
import uuid

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wfp_ops.customers.read import read_customers
from wfp_ops.customers.set_aside import records_read, set_aside


@pytest.fixture
def read_json(tmp_path):
    def write_and_read(text, name="list.json"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_customers(path)

    return write_and_read


def test_json_numbers_keep_every_digit(read_json):
    """Whole numbers of any length are exact; 42.0 is 42; anything else is set aside."""
    customers = read_json(
        '[{"id": 7}, {"id": 1234567890123456789}, {"id": 42.0}, {"id": 98765432109876543210.0}, {"id": "1e5"},'
        ' {"id": 1.5}, {"id": true}, {"id": null}, {"id": ["9"]}, {"id": NaN}, {"name": "x"}, {}]'
    )
    assert customers["customer_id"].tolist() == [
        "7",
        "1234567890123456789",
        "42",
        "98765432109876543210",
        "1e5",
    ]
    assert set_aside(customers)["row"].tolist() == [7, 8, 9, 10, 11, 12, 13]
    assert records_read(customers) == 12


def test_a_key_that_stands_twice(read_json):
    """Which of the two counts can't be told: set aside, with both ids seen."""
    customers = read_json('[{"id": "1"}, {"id": "2", "id": "3"}, "4"]')
    assert customers["customer_id"].tolist() == ["1"]
    assert set_aside(customers)["customer_ids"].tolist() == [["2", "3"], ["4"]]


def test_half_a_character(read_json):
    """A lone surrogate fits no file and no frame: the record is set aside, others keep a mark of it."""
    customers = read_json(
        '[{"id": "1\\ud800"}, {"id": "2", "name": "a\\ud800", "x": "b\\udfff"}, {"id": "\\ud83e\\udd8a"}]'
    )
    assert customers["customer_id"].tolist() == ["2", "🦊"]
    assert customers["name"].tolist()[0] == "a\\ud800"
    assert set_aside(customers)["customer_ids"].tolist() == [["1\\ud800"]]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"customers": [{"id": "1"}], "total": 1, "tags": ["a"]}', "list.json"),
        ('{"id": "1", "tags": ["a"]}', "list.json"),
        ('{"id": "1", "contacts": [{"id": "9"}]}\n', "list.jsonl"),
        ('\ufeff[{"id": "1"}]', "list.json"),
        ('{"id": "1"}\r\n\r\n', "list.ndjson"),
        ('[{"id": "1"}]', "list.jsonl"),
    ],
)
def test_forms_of_json(read_json, text, name):
    """An array, an object that holds one, one object, lines of objects."""
    assert read_json(text, name)["customer_id"].tolist() == ["1"]


def test_nested_values_are_carried_as_text(read_json):
    """What is only carried along need not be plain."""
    customers = read_json('[{"id": "1", "address": {"city": "Ulm"}, "seats": 3, "score": 1.5}]')
    assert "Ulm" in customers["address"][0]
    assert customers["seats"][0] == 3


def test_parquet_keeps_long_numbers_beside_nulls(tmp_path):
    """Whole numbers with a gap don't turn into floats."""
    path = tmp_path / "list.parquet"
    table = pa.table(
        {"customer_id": pa.array([1234567890123456789, None, 7], pa.int64()), "mrr": [1.5, None, 2.0]}
    )
    pq.write_table(table, path)
    customers = read_customers(path)
    assert customers["customer_id"].tolist() == ["1234567890123456789", "7"]
    assert set_aside(customers)["reason"].tolist() == ["it has no id"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([7, 2**63 - 1]), ["7", "9223372036854775807"]),
        (np.array([7, 2**64 - 1], dtype="uint64"), ["7", "18446744073709551615"]),
        ([42.0, np.nan, 43.0], ["42", "43"]),
        (pd.array([1234567890123456789, None], dtype="Int64"), ["1234567890123456789"]),
        (pd.array([1234567890123456789, None], dtype="int64[pyarrow]"), ["1234567890123456789"]),
        (pd.Categorical(["007", "7", None]), ["007", "7"]),
        (pd.Categorical([7, 8]), ["7", "8"]),
        ([7, "007", 8.0, decimal.Decimal("9.0"), np.int64(10), None, pd.NA], ["7", "007", "8", "9", "10"]),
        ([uuid.UUID(int=5)], ["00000000-0000-0000-0000-000000000005"]),
        ([2**70, "x"], [str(2**70), "x"]),
        (
            ["7", 2.0**60, True, np.True_, pd.Timestamp("2026-01-01"), b"8", ["9"], {"a": 1}, float("inf")],
            ["7"],
        ),
        (pd.array(["a", None], dtype="string"), ["a"]),
    ],
)
def test_frames_of_any_type(values, expected):
    """Whatever the column's dtype, ids are exact or set aside; every row is one or the other."""
    customers = read_customers(pd.DataFrame({"customer_id": values}))
    assert customers["customer_id"].tolist() == expected
    assert records_read(customers) == len(values)


def test_an_index_with_a_name_is_a_column():
    """customer_id as the index is found; a frame's own numbering is not."""
    frame = pd.DataFrame({"name": ["a", "b"]}, index=pd.Index(["7", "8"], name="customer_id"))
    assert read_customers(frame)["customer_id"].tolist() == ["7", "8"]
    assert read_customers(frame.reset_index().set_axis([5, 9]))["name"].tolist() == ["a", "b"]


def test_the_source_is_left_alone():
    """Reading a frame changes nothing in it."""
    frame = pd.DataFrame({"customer_id": [" 1 "], "status": ["Active"], "x": [[1, 2]]})
    before = frame.copy(deep=True)
    read_customers(frame)
    pd.testing.assert_frame_equal(frame, before)
