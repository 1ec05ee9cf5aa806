"""Rate-limit headers: read what is there, never break on what is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.api.ratelimit_headers import Limit, read_limits, read_retry_after

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
counts = st.integers(0, 10**6)


def test_the_documented_example():
    """Cloudflare's own pair: one item each, under two names, means each other."""
    assert read_limits('"default";r=50;t=30', '"burst";q=100;w=60') == [Limit("default", 50, 30.0, 100)]


@given(st.dictionaries(names, st.tuples(counts, counts, st.integers(1, 10**6)), min_size=2, max_size=5))
def test_what_is_written_is_read(limits):
    """Several items, each with its quota by name, in the header's order."""
    state = ", ".join(f'"{name}";r={r};t={t}' for name, (r, t, _) in limits.items())
    policy = ", ".join(f'"{name}";q={q};w=60' for name, (_, _, q) in limits.items())
    assert read_limits(state, policy) == [Limit(name, r, float(t), q) for name, (r, t, q) in limits.items()]


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_header_breaks_a_read(state, policy):
    """Any text at all is read leniently."""
    for limit in read_limits(state, policy):
        assert limit.remaining >= 0
        assert limit.reset_s >= 0


@pytest.mark.parametrize(
    "header", [None, "", "x", '"a"', '"a";r=1', '"a";t=1', '"a";r=x;t=1', ";;;,,,", '"a;r=1;t=2']
)
def test_half_a_header_says_nothing(header):
    """Without both r and t there is no limit to learn."""
    assert read_limits(header, None) == []


def test_a_hostile_header_takes_no_time():
    """A header made to be tried in many ways is read once."""
    assert read_limits("a" + "; " * 20_000 + '"', "b" + ' ;x="" ' * 10_000 + '"') == []


def test_other_spellings():
    """Blanks, bare names, commas inside quotes, other parameters, text values."""
    assert read_limits('default ; r=5 ; t=6 ; pk="a,b" , "x,y";t="7";r=8', None) == [
        Limit("default", 5, 6.0),
        Limit("x,y", 8, 7.0),
    ]


@given(st.integers(0, 10**8))
def test_retry_after_in_seconds_and_as_a_date(seconds):
    """Both forms mean the same moment."""
    moment = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert read_retry_after(str(seconds), NOW) == seconds
    assert read_retry_after(moment, NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_breaks(text):
    """What is neither says nothing; nothing is negative."""
    wait = read_retry_after(text, NOW)
    assert wait is None or wait >= 0


@pytest.mark.parametrize("text", [None, "", "soon", "-5", "1e9", "nan", "inf", "٣", "9" * 30])
def test_odd_retry_after(text):
    """Odd values are no value."""
    assert read_retry_after(text, NOW) is None


def test_a_date_in_the_past_is_now():
    """A date that has passed means no wait."""
    assert read_retry_after("Mon, 23 Nov 2020 12:00:00 GMT", NOW) == 0.0
    assert read_retry_after("Mon, 23 Nov 2026 12:00:10 -0000", NOW) == 10.0


def test_a_date_counts_from_the_answers_own():
    """A clock that is set otherwise, or wrong, waits as long as was meant."""
    until = "Mon, 23 Nov 2026 12:00:30 GMT"
    assert read_retry_after(until, NOW, date="Mon, 23 Nov 2026 12:00:10 GMT") == 20.0
    assert read_retry_after(until, NOW.replace(year=2020), date="Mon, 23 Nov 2026 12:00:10 GMT") == 20.0
    assert read_retry_after(until, NOW, date="yesterday") == read_retry_after(until, NOW)
    assert read_retry_after("7", NOW, date="Mon, 23 Nov 2026 12:00:10 GMT") == 7.0
