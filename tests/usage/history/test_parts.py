"""Which hour comes from where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.errors import AnalyticsRangeError
from wfp_ops.usage.buckets import bucket_of
from wfp_ops.usage.history.dataset import Coverage
from wfp_ops.usage.history.layout import HOUR, Hour
from wfp_ops.usage.history.parts import parts_of
from wfp_ops.usage.span import span_of

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def at(text):
    """A moment of November 2026."""
    return datetime.fromisoformat(f"2026-11-{text}:00Z")


def known(*stretches, complete=True):
    """Hours of the history."""
    hours = {}
    for start, end in stretches:
        begin = at(start)
        while begin < at(end):
            hours[begin] = Hour(complete, 1, 1.0, 1.0, "2026-11-23T00:00:00Z")
            begin += HOUR
    return hours


def parts(start, end, hours, every="1h", reach="01T00:00"):
    """What comes from where."""
    span = span_of("1d", at(start), at(end), bucket=bucket_of(every), now=NOW)
    return parts_of(span, Coverage(hours), lambda: at(reach))


def stretch(start, end):
    """Both ends."""
    return (at(start), at(end))


def test_all_from_the_history():
    """Then nobody is asked how far analytics reach."""
    span = span_of("1d", at("10T00:00"), at("12T00:00"), bucket=bucket_of("1h"), now=NOW)
    found = parts_of(span, Coverage(known(("09T00:00", "13T00:00"))), lambda: pytest.fail("it asked"))
    assert len(found.kept) == 48
    assert found.live == found.gaps == ()


def test_the_rest_is_live():
    """Hours before, between and after."""
    found = parts("10T00:00", "11T00:00", known(("10T02:00", "10T05:00"), ("10T06:00", "10T20:00")))
    assert found.live == (
        stretch("10T00:00", "10T02:00"),
        stretch("10T05:00", "10T06:00"),
        stretch("10T20:00", "11T00:00"),
    )
    assert len(found.kept) == 17


def test_incomplete_hours_are_live_within_reach():
    """And come from the history where nobody knows better."""
    hours = known(("10T00:00", "11T00:00")) | known(("10T03:00", "10T05:00"), complete=False)
    assert parts("10T00:00", "11T00:00", hours).live == (stretch("10T03:00", "10T05:00"),)
    old = parts("10T00:00", "11T00:00", hours, reach="20T00:00")
    assert old.live == ()
    assert len(old.kept) == 24


def test_a_bucket_comes_as_a_whole():
    """A day of which an hour is missing is asked for; what is beyond reach is what it is."""
    hours = known(("10T00:00", "10T23:00"), ("11T00:00", "12T00:00"))
    assert parts("10T00:00", "12T00:00", hours, "1d").live == (stretch("10T00:00", "11T00:00"),)
    old = parts("10T00:00", "12T00:00", hours, "1d", reach="20T00:00")
    assert old.gaps == (stretch("10T23:00", "11T00:00"),)
    assert len(old.kept) == 47


def test_one_bucket_for_all_of_the_time():
    """Is put together from hours, and from the parts of hours at its ends."""
    hours = known(("10T00:00", "12T00:00"))
    found = parts("10T00:20", "11T20:40", hours, None)
    assert found.live == (stretch("10T00:20", "10T01:00"), stretch("11T20:00", "11T20:40"))
    assert len(found.kept) == 43
    assert not found.widened


def test_parts_of_hours_beyond_reach_become_whole():
    """The history knows no minutes: the time is widened, and that is said."""
    found = parts("10T00:20", "11T20:40", known(("10T00:00", "12T00:00")), None, reach="20T00:00")
    assert found.widened
    assert (found.span.start, found.span.asked_to) == stretch("10T00:00", "11T21:00")
    assert found.live == ()
    assert len(found.kept) == 45


def test_before_all_that_is_known():
    """An error that says from when on there is something."""
    with pytest.raises(AnalyticsRangeError, match="2026-11-10T05:00:00Z") as caught:
        parts("10T00:00", "12T00:00", known(("10T05:00", "12T00:00")), reach="20T00:00")
    assert "2026-11-10T05:00:00Z" in caught.value.hint
    with pytest.raises(AnalyticsRangeError, match="nothing of it"):
        parts("10T00:00", "12T00:00", {}, reach="20T00:00")


def test_a_bucket_that_begins_before_the_reach_only_because_it_was_widened():
    """Is left out, as it is without a history."""
    found = parts("20T00:30", "21T00:00", known(("20T05:00", "20T06:00")), reach="20T00:15")
    assert found.span.start == at("20T01:00")
    assert found.gaps == ()


def test_up_to_now():
    """The hour that is under way comes from analytics, up to now."""
    found = parts("23T00:00", "23T13:00", known(("23T00:00", "23T12:00")))
    assert found.live == ((at("23T12:00"), NOW + timedelta(seconds=1)),)


@given(
    st.sampled_from(["1h", "6h", "1d", None]),
    st.integers(0, 60 * 24 * 4),
    st.integers(1, 60 * 24 * 4),
    st.dictionaries(st.integers(0, 24 * 8), st.booleans(), max_size=200),
    st.integers(0, 24 * 12),
)
def test_nothing_twice_nothing_lost(every, begin, length, facts, reach):
    """Every moment of the time is in exactly one of the three, and complete hours are where they should be."""
    first = at("12T00:00")
    start = first + timedelta(minutes=begin)
    hours = {first + n * HOUR: Hour(complete, 1, 1.0, 1.0, "") for n, complete in facts.items()}
    span = span_of("1d", start, start + timedelta(minutes=length), bucket=bucket_of(every), now=NOW)
    try:
        found = parts_of(span, Coverage(hours), lambda: first + reach * HOUR)
    except AnalyticsRangeError:
        assert (
            min([hour for hour in hours if hour >= span.start], default=NOW) > span.start or every is not None
        )
        return
    pieces = [*((hour, hour + HOUR) for hour in found.kept), *found.live, *found.gaps]
    pieces = sorted((begins, min(ends, max(found.span.asked_to, found.span.end))) for begins, ends in pieces)
    assert pieces[0][0] == found.span.start
    assert all(one[1] == other[0] for one, other in pairwise(pieces))
    assert pieces[-1][1] >= found.span.asked_to
    assert set(found.kept) <= set(hours)
    for begins, _ in found.live:
        assert begins >= first + reach * HOUR
    if every in ("1h", None):
        inside = {
            hour
            for hour in hours
            if hours[hour].complete and found.span.start <= hour and hour + HOUR <= found.span.asked_to
        }
        assert inside <= set(found.kept)
