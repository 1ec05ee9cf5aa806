"""Which time is meant: buckets in UTC, up to now, never in the future, within the account's reach."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.clock import iso
from wfp_ops.errors import AnalyticsRangeError, SettingsError
from wfp_ops.usage.buckets import BUCKETS, WHOLE, bucket_of
from wfp_ops.usage.span import span_of, watermark, within_reach

NOW = datetime(2026, 11, 23, 12, 34, 56, 789000, tzinfo=UTC)
HOUR, DAY = bucket_of("1h"), bucket_of("1d")


def span(last="7d", start=None, end=None, bucket=HOUR, now=NOW):
    return span_of(last, start, end, bucket=bucket, now=now)


@pytest.mark.parametrize(
    ("every", "name"),
    [("5m", "5m"), (timedelta(hours=6), "6h"), ("1d", "1d"), (None, "none"), ("none", "none")],
)
def test_buckets_that_analytics_know(every, name):
    """By name or length."""
    assert bucket_of(every).name == name


@pytest.mark.parametrize("every", ["10m", "1H", "", "7d", timedelta(minutes=7)])
def test_other_buckets_are_refused(every):
    """With those that there are."""
    with pytest.raises(SettingsError, match="no buckets of") as caught:
        bucket_of(every)
    assert "5m, 15m, 1h, 6h, 1d" in caught.value.hint


@given(
    moment=st.integers(1_577_836_800, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    bucket=st.sampled_from(BUCKETS),
)
def test_buckets_are_aligned_in_utc(moment, bucket):
    """Each moment lies in one bucket, and midnight in UTC begins one of each kind."""
    begin = bucket.floor(moment)
    assert begin <= moment < begin + bucket.length
    assert bucket.floor(begin) == begin == bucket.ceil(begin)
    assert bucket.ceil(moment) in (begin, begin + bucket.length)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    assert bucket.floor(midnight) == midnight


def test_the_last_days():
    """Whole buckets: from the one in which it begins to the one that it is now."""
    found = span("7d")
    assert iso(found.start) == "2026-11-16T12:00:00Z"
    assert iso(found.end) == "2026-11-23T13:00:00Z"
    assert iso(found.asked_to) == "2026-11-23T12:34:57Z"


def test_newest_minutes_are_not_settled():
    """Ten minutes ago, rounded down to five; what ends later is incomplete."""
    assert iso(watermark(NOW)) == "2026-11-23T12:20:00Z"
    found = span("2h", bucket=bucket_of("5m"))
    settled = [found.settled(found.watermark - timedelta(minutes=minutes)) for minutes in (5, 0)]
    assert settled == [True, False]
    assert not span("7d", bucket=WHOLE).settled(NOW - timedelta(days=7))
    assert span("7d", end="2026-11-23", bucket=WHOLE).settled(NOW - timedelta(days=8))


@pytest.mark.parametrize(
    "start",
    [
        "2026-11-01",
        "2026-11-01T00:00:00Z",
        "2026-11-01T01:00:00+01:00",
        date(2026, 11, 1),
        datetime(2026, 11, 1),  # noqa: DTZ001 (that is what is tried)
        datetime(2026, 11, 1, 2, tzinfo=timezone(timedelta(hours=2))),
        pd.Timestamp("2026-11-01"),
        pd.Timestamp("2026-11-01", tz="UTC"),
    ],
)
def test_moments_are_in_utc(start):
    """As text, day or moment, with a zone or without."""
    found = span(start=start, end="2026-11-02")
    assert (iso(found.start), iso(found.end)) == ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")


def test_daylight_saving_moves_nothing():
    """The day on which Europe's clocks go back has 24 hours, as every day."""
    found = span(start="2026-10-25", end="2026-10-26", bucket=DAY)
    assert found.end - found.start == timedelta(days=1)
    assert span(start="2026-10-25T00:00:00+02:00", end="2026-10-26T00:00:00+01:00").end - span(
        start="2026-10-25T00:00:00+02:00", end="2026-10-26T00:00:00+01:00"
    ).start == timedelta(hours=25)


def test_an_end_without_a_start():
    """Then it is so much before the end."""
    found = span("24h", end="2026-11-10T05:30:00Z")
    assert (iso(found.start), iso(found.end)) == ("2026-11-09T05:00:00Z", "2026-11-10T06:00:00Z")


def test_what_is_still_to_come_is_left_out():
    """This month, asked for as a whole, ends now."""
    found = span(start="2026-11-01", end="2026-12-01", bucket=DAY)
    assert iso(found.end) == "2026-11-24T00:00:00Z"
    assert found.asked_to <= NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("given_", "said", "key"),
    [
        ({"start": "2026-12-01", "end": "2027-01-01"}, "in the future", "start"),
        ({"start": NOW}, "in the future", "start"),
        ({"start": "2026-11-20", "end": "2026-11-19"}, "before it begins", "start"),
        ({"start": "2026-11-20", "end": "2026-11-20"}, "when it begins", "start"),
        ({"last": "a week"}, "no span of time", "last"),
        ({"last": "0d"}, "no span of time", "last"),
        ({"last": timedelta(-1)}, "no span of time", "last"),
        ({"last": "999999w"}, "no span of time", "last"),
        ({"start": "yesterday"}, "no time", "start"),
        ({"end": "2026-13-01"}, "no time", "end"),
    ],
)
def test_bad_input(given_, said, key):
    """Each with what is wrong, which word it is, and what to write instead."""
    with pytest.raises(SettingsError, match=said) as caught:
        span(**given_)
    assert caught.value.key == key
    assert caught.value.hint


# --- the reach ----------------------------------------------------------------------------------


def test_within_the_reach_nothing_changes():
    """The span as it was."""
    found = span("7d")
    assert within_reach(found, reach=timedelta(days=30), now=NOW) == found
    assert within_reach(found, reach=None, now=NOW) == found


def test_older_than_the_reach_is_an_error():
    """With how far it goes back; nothing is left out silently."""
    with pytest.raises(AnalyticsRangeError, match="reach back") as caught:
        within_reach(span("31d"), reach=timedelta(days=30), now=NOW)
    assert "2026-10-24T12:34:56Z" in caught.value.message
    assert "30 days" in caught.value.hint


@pytest.mark.parametrize("bucket", BUCKETS, ids=lambda bucket: bucket.name)
def test_exactly_the_reach_is_none(bucket):
    """The first bucket, which begins before the reach, is left out; a query under way has ten minutes."""
    found = within_reach(span("30d", bucket=bucket), reach=timedelta(days=30), now=NOW)
    assert found.start == bucket.floor(found.start)
    assert (
        timedelta(minutes=10)
        <= found.start - (NOW - timedelta(days=30))
        <= timedelta(minutes=10) + bucket.length
    )


def test_a_bucket_longer_than_the_reach():
    """Says to take shorter ones."""
    with pytest.raises(AnalyticsRangeError, match="no bucket") as caught:
        within_reach(
            span("1h", end="2026-11-23T01:00:00Z", bucket=DAY), reach=timedelta(hours=12, minutes=35), now=NOW
        )
    assert "shorter buckets" in caught.value.hint
