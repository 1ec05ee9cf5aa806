"""Two readings of a day become one: each hour from one of them, the more complete or later."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st
from support.history_rows import day_of, row

from wfp_ops.usage.history.merge import merge


def at(hour):
    """A moment of the day."""
    return datetime(2026, 10, 1, hour, tzinfo=UTC)


def requests(day):
    """Requests by hour and Worker."""
    rows = day.table.to_pylist()
    return {(each["time"].hour, each["worker"]): each["requests"] for each in rows}


def test_into_nothing():
    """It is as it came."""
    merged = merge(None, day_of([row(2), row(1)]))
    assert [each["time"].hour for each in merged.day.table.to_pylist()] == [1, 2]
    assert merged.stayed == ()


def test_hours_come_as_a_whole():
    """A Worker that is not in the later reading is not left over from the earlier one."""
    earlier = day_of([row(1, worker="a"), row(1, worker="b"), row(2, worker="a")])
    later = day_of([row(1, worker="c", requests=5.0)])
    merged = merge(earlier, later).day
    assert requests(merged) == {(1, "c"): 5, (2, "a"): 1}
    assert merged.hours[at(1)].rows == 1


def test_complete_beats_incomplete():
    """In either order, and whatever has more requests."""
    whole = day_of([row(1, requests=2.0)])
    part = day_of([row(1, requests=9.0, complete=False)])
    for merged in (merge(whole, part), merge(part, whole)):
        assert requests(merged.day) == {(1, "web"): 2}
    assert merge(whole, part).stayed == (at(1),)


def test_a_later_reading_wins_unless_it_has_less():
    """More: replaced; fewer: it stays, unless sampling explains it."""
    few, many = (day_of([row(1, requests=count)]) for count in (90.0, 100.0))
    assert requests(merge(few, many).day) == {(1, "web"): 100}
    assert requests(merge(many, few).day) == {(1, "web"): 100}
    assert merge(many, few).stayed == (at(1),)


def test_a_quiet_hour_does_not_replace_a_busy_one():
    """Nothing at all is less than something."""
    merged = merge(day_of([row(1)]), day_of([], quiet=[1, 2]))
    assert requests(merged.day) == {(1, "web"): 1}
    assert merged.day.hours[at(2)].rows == 0


READINGS = st.lists(
    st.dictionaries(
        st.integers(0, 23),
        st.tuples(
            st.booleans(),
            st.lists(
                st.tuples(st.sampled_from("abc"), st.integers(0, 50)),
                max_size=3,
                unique_by=lambda pair: pair[0],
            ),
        ),
        max_size=6,
    ),
    min_size=1,
    max_size=4,
)


def reading(hours):
    """A day of a reading: its rows; a complete hour without one is quiet."""
    rows = [
        row(hour, worker=worker, requests=float(count), complete=complete)
        for hour, (complete, pairs) in hours.items()
        for worker, count in pairs
    ]
    return day_of(rows, quiet=[hour for hour, (complete, pairs) in hours.items() if complete and not pairs])


@given(READINGS)
def test_laws(readings):
    """No row twice, footer and rows agree, no hour is lost or becomes less complete; twice is once."""
    kept = None
    for hours in readings:
        new = reading(hours)
        before = kept
        kept = merge(kept, new).day
        keys = [(each["time"], each["namespace"], each["worker"]) for each in kept.table.to_pylist()]
        assert keys == sorted(set(keys))
        assert len(keys) == sum(hour.rows for hour in kept.hours.values())
        assert (pc.sum(kept.table["requests"]).as_py() or 0) == sum(
            hour.requests for hour in kept.hours.values()
        )
        assert kept.hours.keys() == new.hours.keys() | (before.hours.keys() if before else set())
        for hour, facts in (before.hours if before else {}).items():
            assert kept.hours[hour].complete or not facts.complete
        assert merge(kept, new).day.table.equals(kept.table)
