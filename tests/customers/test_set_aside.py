"""What travels with a customers frame, however often it is read, copied, filtered and stored."""

from __future__ import annotations

import hashlib
import json

import pandas as pd
import pytest

from wfp_ops.customers import set_aside as about
from wfp_ops.customers.read import read_customers
from wfp_ops.frames.columns import CUSTOMERS, SET_ASIDE
from wfp_ops.frames.export import to_csv

TEXT = "customer_id,Name,status,seats,seats\n007,A,active,1,2\n8,B,gone,,\n8,C,active,,\n,D,active,,\n9,E,churned,3,4\n10\n"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(TEXT)
    return path


def same(one, other):
    pd.testing.assert_frame_equal(one, other)
    assert one.attrs == other.attrs


def test_the_record(path):
    """Source, hash of the bytes, counts; JSON-able as it stands."""
    customers = read_customers(str(path))
    record = customers.attrs["wfp_ops"]
    assert record["source"] == str(path)
    assert record["sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()
    assert record["records_read"] == about.records_read(customers) == 6
    assert json.loads(json.dumps(record)) == record
    aside = about.set_aside(customers)
    SET_ASIDE.check(aside)
    assert aside["row"].tolist() == [3, 4, 5, 7]
    assert about.ids_unknown(customers) == 1


def test_reading_again_changes_nothing(path):
    """A validated frame comes back equal, record included, whatever settings are passed along."""
    customers = read_customers(path)
    same(read_customers(customers), customers)
    same(
        read_customers(customers, columns={"customer_id": "CRM Id"}, status={"active": "churned"}), customers
    )
    assert about.is_validated(customers)


def test_a_frame_that_was_filtered(path):
    """It never forgets what was set aside, and says that customers are missing from it."""
    customers = read_customers(path)
    fewer = read_customers(customers[customers["status"] == "churned"])
    assert about.is_validated(fewer)
    assert len(about.set_aside(fewer)) == 4
    assert about.rows_taken_out(fewer) == 1
    assert about.records_read(fewer) == 5
    assert any("were taken out" in note for note in about.notes(fewer))
    assert about.rows_taken_out(customers) == 0


def test_a_frame_that_was_changed(path):
    """Rows added since are judged, what was set aside before stays, and our own words keep their meaning."""
    customers = read_customers(path)
    changed = pd.concat([customers, customers.iloc[:1].assign(status="ACTIVE ")], ignore_index=True)
    changed.attrs = dict(customers.attrs)
    assert not about.is_validated(changed)
    again = read_customers(changed, status={"churned": "active"}, columns={"customer_id": "CRM Id"})
    assert again["customer_id"].tolist() == ["9"]
    assert again["status"].tolist() == ["churned"]
    assert len(about.set_aside(again)) == 6
    assert about.records_read(again) == 7
    same(read_customers(again), again)


def test_parquet_keeps_the_record(path, tmp_path):
    """Stored by pandas and read again, the set-aside records are still there."""
    customers = read_customers(path)
    customers.to_parquet(tmp_path / "again.parquet")
    again = read_customers(tmp_path / "again.parquet")
    pd.testing.assert_frame_equal(again, customers)
    assert again.attrs["wfp_ops"]["set_aside"] == customers.attrs["wfp_ops"]["set_aside"]


def test_our_own_csv_comes_back(path, tmp_path):
    """Exported and read, the frame has the same rows, extras included."""
    customers = read_customers(path)
    (tmp_path / "again.csv").write_text(to_csv(customers))
    pd.testing.assert_frame_equal(read_customers(tmp_path / "again.csv"), customers)


def test_foreign_frames_have_nothing_to_say():
    """The accessors answer for any frame, and a frame of another kind is not taken for ours."""
    frame = pd.DataFrame({"customer_id": ["1"]})
    assert about.set_aside(frame).empty
    assert about.notes(frame) == []
    assert about.records_read(frame) == 1
    assert about.rows_taken_out(frame) == about.ids_unknown(frame) == 0
    assert not about.is_validated(frame)
    assert not about.is_validated(CUSTOMERS.empty())


@pytest.mark.parametrize(
    "change",
    [
        {"customer_id": "1"},
        {"customer_id": " 1"},
        {"status": "gone"},
        {"mrr": 5},
    ],
)
def test_what_is_no_longer_validated(path, change):
    """Repeated or untrimmed ids, strange statuses, other dtypes."""
    customers = read_customers(path).assign(**change)
    assert not about.is_validated(customers)


def test_copies_share_the_record(path):
    """Pandas copies attrs on every step; the record itself is never cloned."""
    customers = read_customers(path)
    assert customers.copy().attrs["wfp_ops"] is customers.attrs["wfp_ops"]


def test_the_hash_of_a_frame_follows_its_content():
    """Equal frames have equal hashes; another order, value or header has another."""

    def sha(frame):
        return read_customers(frame).attrs["wfp_ops"]["sha256"]

    frame = pd.DataFrame({"customer_id": ["1", "2"], "x": [[1], {"a": "\ud800"}]})
    assert sha(frame) == sha(frame.copy())
    assert (
        len(
            {
                sha(frame),
                sha(frame.iloc[::-1]),
                sha(frame.rename(columns={"x": "y"})),
                sha(frame[["customer_id"]]),
            }
        )
        == 4
    )
