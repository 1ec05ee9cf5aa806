"""Months: written and read, in order, one after the other."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.errors import SettingsError
from wfp_ops.usage.cost.month import Month

months = st.builds(Month, st.integers(1, 9000), st.integers(1, 12))


@given(months)
def test_written_and_read(month):
    """Parse and write are inverses."""
    assert Month.parse(str(month)) == month


@given(months, months)
def test_order(one, other):
    """As the moments at which they begin."""
    assert (one < other) == (one.start < other.start)


@given(months)
def test_one_after_the_other(month):
    """It ends where the next begins; the previous one's next is itself."""
    assert month.end == month.next.start
    assert month.next.previous == month
    assert Month.at(month.start) == month
    assert Month.at(month.end - timedelta(microseconds=1)) == month


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-1", "2026-13", "2026-00", "26-10", "2026-10-01", "0000-01", "now"]
)
def test_what_is_none(text):
    """Refused, with how to write one."""
    with pytest.raises(SettingsError, match="no month"):
        Month.parse(text)


def test_months_are_in_utc():
    """Half an hour before midnight in Lisbon's summer is another month there."""
    lisbon = timezone(timedelta(hours=1))
    assert Month.at(datetime(2026, 7, 1, 0, 30, tzinfo=lisbon)) == Month.at(
        datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    )
