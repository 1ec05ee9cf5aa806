"""How old a customer list is; a date in the future is none."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_clock import FakeClock

from wfp_ops.clock import SystemClock
from wfp_ops.customers.age import age, age_of
from wfp_ops.customers.read import read_customers

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("ago", "machine", "expected"),
    [
        (DAY, NOW, DAY),
        (timedelta(0), NOW, timedelta(0)),
        (-5 * MINUTE, NOW, timedelta(0)),
        (-5 * MINUTE - timedelta(seconds=1), NOW, None),
        (-DAY, NOW, None),
        (DAY, NOW + 9 * DAY, 10 * DAY),
        (DAY, NOW - 9 * DAY, DAY),
        (-5 * MINUTE, NOW - 9 * DAY, timedelta(0)),
        (-6 * MINUTE, NOW - 9 * DAY, None),
        (-DAY, NOW + 2 * DAY, DAY),
    ],
)
def test_by_which_clock(ago, machine, expected):
    """The machine's, unless the date lies beyond it: then the account's; a few minutes of skew are none."""
    assert age(NOW - ago, machine_now=machine, now=NOW) == expected


@given(as_of=st.integers(-100, 100), machine=st.integers(-100, 100), now=st.integers(-100, 100))
def test_no_age_is_negative(as_of, machine, now):
    """And a date beyond both clocks has none."""
    found = age(NOW + as_of * DAY, machine_now=NOW + machine * DAY, now=NOW + now * DAY)
    assert (found is None) == (as_of > max(machine, now))
    assert found is None or found >= timedelta(0)


def test_a_file_is_as_old_as_its_date(tmp_path):
    """Whatever the account's clock says."""
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,status\n1,active\n")
    written = SystemClock().now() - 3 * DAY
    os.utime(path, (written.timestamp(), written.timestamp()))
    found = age_of(read_customers(path), FakeClock())
    assert 3 * DAY <= found < 3 * DAY + timedelta(hours=1)


def test_a_list_without_a_date():
    """Nobody knows how old it is."""
    assert age_of(pd.DataFrame({"customer_id": ["1"]}), FakeClock()) is None
    frame = read_customers(pd.DataFrame({"customer_id": ["1"], "status": ["active"]}))
    undated = frame.copy()
    undated.attrs = {key: {**record, "as_of": None} for key, record in frame.attrs.items()}
    assert age_of(undated, FakeClock()) is None


def test_a_list_that_was_no_file():
    """It is as old as its reading."""
    frame = read_customers(pd.DataFrame({"customer_id": ["1"], "status": ["active"]}))
    assert timedelta(0) <= age_of(frame, FakeClock()) < DAY
