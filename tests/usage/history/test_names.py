"""Which Workers ran under which names: added to, never lost, and never believed when it is broken."""

from __future__ import annotations

from datetime import date

import pytest
from support.names import ACCOUNT

from wfp_ops.errors import HistoryError
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.names import Seen, add_names, read_names
from wfp_ops.usage.history.store import LocalStore

OCTOBER = Seen(date(2026, 10, 1), date(2026, 10, 31))
NOVEMBER = Seen(date(2026, 11, 1), date(2026, 11, 23))


@pytest.fixture
def data(tmp_path):
    """A history without names."""
    return HistoryData(LocalStore(tmp_path), ACCOUNT)


def test_added_to(data):
    """Each pair once, from the first day to the last one, in whatever order they come."""
    assert read_names(data) == {}
    add_names(data, [("new", "t1"), ("other", "t2")], NOVEMBER)
    add_names(data, [("old", "t1"), ("other", "t2")], OCTOBER)
    assert read_names(data) == {
        ("new", "t1"): NOVEMBER,
        ("old", "t1"): OCTOBER,
        ("other", "t2"): Seen(OCTOBER.first, NOVEMBER.last),
    }


def test_nothing_new_writes_nothing(data, tmp_path):
    """The file is not touched."""
    add_names(data, [("a", "t")], OCTOBER)
    before = (tmp_path / "names.parquet").stat().st_mtime_ns
    add_names(data, [("a", "t")], OCTOBER)
    assert (tmp_path / "names.parquet").stat().st_mtime_ns == before


def test_a_broken_file(data, tmp_path):
    """An error that names it; so is one of another account."""
    add_names(data, [("a", "t")], OCTOBER)
    path = tmp_path / "names.parquet"
    with pytest.raises(HistoryError, match="none of this account"):
        read_names(HistoryData(LocalStore(tmp_path), "0" * 32))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(HistoryError) as caught:
        add_names(data, [("b", "t")], OCTOBER)
    assert caught.value.path == str(path)
