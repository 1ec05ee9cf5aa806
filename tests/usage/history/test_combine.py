"""Usage of both sources as one: the same numbers as of analytics alone, and more of them."""

from __future__ import annotations

import pandas as pd
import pytest
from support.fake_analytics import FakeAnalytics, request
from support.history_site import reaching, traffic

from wfp_ops.errors import AnalyticsRangeError, HistoryError
from wfp_ops.frames.provenance import completeness
from wfp_ops.frames.usage import USAGE
from wfp_ops.naming.convention import Convention
from wfp_ops.usage.fill import with_zeros
from wfp_ops.usage.history.layout import CUSTOMERS
from wfp_ops.usage.owners import Owners
from wfp_ops.usage.record import usage_record
from wfp_ops.usage.sums import QUANTILE_COLUMNS

BY = ("namespace", "worker")
LEVELS = [
    ("1h", BY),
    ("1h", ("namespace",)),
    ("1h", ("customer",)),
    ("1h", ()),
    ("6h", BY),
    ("1d", ("namespace",)),
    ("1d", ("customer",)),
    ("1d", ()),
    (None, BY),
    (None, ("namespace",)),
    (None, ("customer",)),
    (None, ()),
]


@pytest.fixture
def fake():
    """Two days, and a reach of three."""
    return FakeAnalytics(traffic("2026-11-21T12:00:00Z", 48), limits=reaching(3))


@pytest.mark.parametrize(("every", "by"), LEVELS)
@pytest.mark.parametrize("collected_at", [-20 * 3600, 0])
def test_as_analytics_alone_say(site, fake, every, by, collected_at):
    """However it is cut, and whether half of it is collected or all: the same rows."""
    site.clock.advance(collected_at)
    site.collect(fake)
    site.clock.advance(-collected_at)
    span = {"start": "2026-11-21T12:00:00Z", "end": "2026-11-23T10:00:00Z"}
    both = site.usage(fake, every=every, by=by, **span)
    live = site.usage(fake, every=every, by=by, history=False, **span)
    USAGE.check(both)
    quantiles = [] if every == "1h" and by == BY else list(QUANTILE_COLUMNS)
    pd.testing.assert_frame_equal(
        both.drop(columns=quantiles), live.drop(columns=quantiles), check_flags=False
    )
    assert completeness(both).verdict == completeness(live).verdict
    sources = {each["source"] for each in usage_record(both)["sources"]}
    assert "history" in sources
    assert usage_record(both)["ratio"] == usage_record(live)["ratio"] == 1


@pytest.mark.parametrize(
    ("every", "by", "dispatchers"),
    [
        *((*level, False) for level in LEVELS),
        ("1h", BY, True),
        ("1d", ("namespace",), True),
        (None, (), True),
    ],
)
def test_beyond_the_reach(site, fake, every, by, dispatchers):
    """What analytics forgot is as it was, and they are not even asked."""
    span = {"start": "2026-11-22T00:00:00Z", "end": "2026-11-23T00:00:00Z", "dispatchers": dispatchers}
    live = site.usage(fake, every=every, by=by, history=False, **span)
    site.collect(fake)
    site.clock.advance(40 * 86400)
    fake.records = []
    fake.asked.clear()
    both = site.usage(fake, every=every, by=by, **span)
    assert fake.asked == []
    quantiles = [] if every == "1h" and (by == BY or (dispatchers and by)) else list(QUANTILE_COLUMNS)
    left = both.drop(columns=[*quantiles, "complete"])
    pd.testing.assert_frame_equal(left, live.drop(columns=[*quantiles, "complete"]), check_flags=False)
    assert completeness(both).proven
    assert usage_record(both)["queries"] == 0
    with pytest.raises(AnalyticsRangeError):
        site.usage(fake, every=every, by=by, history=False, **span)


def test_quantiles_are_never_averaged(site):
    """A bucket of one row has its quantiles; of several rows none."""
    records = [
        request("2026-11-22T01:05:00Z", "customer-1", "web", cpuTimeUs=9000),
        request("2026-11-22T02:05:00Z", "customer-1", "web", cpuTimeUs=1000),
        request("2026-11-22T03:05:00Z", "customer-2", "web", cpuTimeUs=4000),
    ]
    fake = FakeAnalytics(records, limits=reaching(3))
    site.collect(fake)
    day = site.usage(fake, every="1d", by=("namespace",), start="2026-11-22", end="2026-11-23")
    quantiles = day.set_index("namespace")["cpu_ms_p99"]
    assert pd.isna(quantiles["customer-1"])
    assert quantiles["customer-2"] == 4
    hours = site.usage(fake, every="1h", by=("namespace",), start="2026-11-22", end="2026-11-23")
    assert list(hours["cpu_ms_p99"]) == [9, 1, 4]
    assert "quantiles" in usage_record(day)["notes"][0]
    assert usage_record(hours)["notes"] == []


def test_what_came_from_where(site, fake):
    """In order, without a gap, and no hour in both."""
    site.clock.advance(-20 * 3600)
    site.collect(fake)
    site.clock.advance(20 * 3600)
    frame = site.usage(fake, start="2026-11-21T12:00:00Z", end="2026-11-23T10:00:00Z")
    record = usage_record(frame)
    assert record["sources"] == [
        {"source": "history", "start": "2026-11-21T12:00:00Z", "end": "2026-11-22T15:00:00Z"},
        {"source": "analytics", "start": "2026-11-22T15:00:00Z", "end": "2026-11-23T10:00:00Z"},
    ]
    assert record["gaps"] == []
    assert not frame.duplicated(["namespace", "worker", "time"]).any()


def test_without_anything_collected(site, fake):
    """It is what it was before there was a history."""
    record = usage_record(site.usage(fake))
    assert [each["source"] for each in record["sources"]] == ["analytics"]


def test_hours_that_nobody_knows(site, fake):
    """A gap is no zero: the frame is not proven, says where, and is complete on neither side of it in a day."""
    site.collect(fake)
    path = site.root / "hours" / "day=2026-11-22" / "usage.parquet"
    kept = site.data.read(CUSTOMERS, pd.Timestamp("2026-11-22").date())
    hours = {hour: facts for hour, facts in kept.hours.items() if hour.hour != 5}
    table = kept.table.filter([time.hour != 5 for time in kept.table["time"].to_pylist()])
    site.data.write(CUSTOMERS, type(kept)(kept.day, table, hours))
    assert path.exists()
    site.clock.advance(40 * 86400)
    span = {"start": "2026-11-21T12:00:00Z", "end": "2026-11-23T00:00:00Z"}
    frame = site.usage(fake, **span)
    assert completeness(frame).how.startswith(
        "nothing is known of 2026-11-22T05:00:00Z to 2026-11-22T06:00:00Z"
    )
    assert usage_record(frame)["gaps"] == [{"start": "2026-11-22T05:00:00Z", "end": "2026-11-22T06:00:00Z"}]
    day = site.usage(fake, every="1d", start="2026-11-21", end="2026-11-23")
    assert set(zip(day["time"].dt.day, day["complete"], strict=True)) == {(21, True), (22, False)}
    month = site.usage(fake, every=None, by=("customer",), **span)
    assert not month["complete"].any()
    assert not completeness(month).proven
    filled = with_zeros(site.usage(fake, by=("namespace",), **span), also=["customer-9"])
    quiet = filled[filled["namespace"] == "customer-9"]["time"]
    assert len(quiet) == 35
    assert pd.Timestamp("2026-11-22T05:00:00Z") not in set(quiet)


def test_before_the_history_begins(site, fake):
    """An error that says from when on there is something; no short frame."""
    site.collect(fake)
    site.clock.advance(40 * 86400)
    with pytest.raises(AnalyticsRangeError, match="begins at 2026-11-20T13:00:00Z") as caught:
        site.usage(fake, start="2026-11-01", end="2026-11-23T00:00:00Z")
    assert caught.value.hint == "ask from 2026-11-20T13:00:00Z on"


def test_collected_while_incomplete_and_never_again(site):
    """Beyond the reach it is all there is: there, and marked."""
    fake = FakeAnalytics(traffic("2026-11-23T09:00:00Z", 3), limits=reaching(1))
    site.collect(fake)
    site.clock.advance(40 * 86400)
    frame = site.usage(fake, start="2026-11-23T09:00:00Z", end="2026-11-23T12:00:00Z")
    assert set(frame[~frame["complete"]]["time"]) == {pd.Timestamp("2026-11-23T11:00:00Z")}
    assert completeness(frame).how.startswith(
        "2026-11-23T11:00:00Z to 2026-11-23T12:00:00Z was collected while"
    )


def test_zero_traffic(site):
    """Nothing happened, and that is known: an empty frame that is proven, zeros where they are asked for."""
    fake = FakeAnalytics([], limits=reaching(3))
    site.collect(fake)
    site.clock.advance(40 * 86400)
    frame = site.usage(fake, every="1d", by=("namespace",), start="2026-11-22", end="2026-11-23")
    USAGE.check(frame)
    assert frame.empty
    assert completeness(frame).proven
    assert list(with_zeros(frame, also=["customer-1"])["requests"]) == [0]


def test_renamed_between_collecting_and_now(site):
    """Rows under the old name have the new one's customer, whichever source knows of which."""
    old = [request("2026-11-22T01:00:00Z", "beta", "web", tag="t1", requests=4)]
    fake = FakeAnalytics(old, limits=reaching(3))
    site.clock.advance(-6 * 3600)
    site.collect(fake)
    site.clock.advance(6 * 3600)
    fake.records.append(request("2026-11-23T08:00:00Z", "customer-7", "web", tag="t1", requests=5))
    span = {"start": "2026-11-22T00:00:00Z", "end": "2026-11-23T10:00:00Z"}
    frame = site.usage(fake, **span)
    assert dict(zip(frame["namespace"], frame["customer_id"], strict=True)) == {
        "beta": "7",
        "customer-7": "7",
    }
    assert usage_record(frame)["renamed"] == [["beta", "customer-7"]]
    by_customer = site.usage(fake, every=None, by=("customer",), **span)
    assert dict(zip(by_customer["customer_id"], by_customer["requests"], strict=True)) == {"7": 9}
    site.collect(fake)
    site.clock.advance(40 * 86400)
    again = site.usage(fake, every=None, by=("customer",), **span)
    assert dict(zip(again["customer_id"], again["requests"], strict=True)) == {"7": 9}


@pytest.mark.parametrize("by", [BY, ("customer",)])
def test_whose_it_is_by_the_list_of_today(site, fake, by):
    """As everywhere: one frame knows one list, whatever was known when it was collected."""
    site.collect(fake)
    site.clock.advance(40 * 86400)
    owners = Owners(Convention("customer-{id}"), mapped={"customer-1": "moved", "customer-2": None})
    frame = site.usage(fake, by=by, owners=owners, start="2026-11-22", end="2026-11-23")
    assert set(frame["customer_id"].dropna()) == {"moved"}
    assert frame["customer_id"].isna().any()


def test_a_broken_file_is_never_left_out(site, fake):
    """An error that names it, for every question that touches its day, and for the collector."""
    site.collect(fake)
    path = site.root / "hours" / "day=2026-11-22" / "usage.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    for every in ("1h", "1d", None):
        with pytest.raises(HistoryError) as caught:
            site.usage(fake, every=every, start="2026-11-21T12:00:00Z", end="2026-11-23T00:00:00Z")
        assert caught.value.path == str(path)
    with pytest.raises(HistoryError):
        site.collect(fake)
    assert len(site.usage(fake, start="2026-11-21T12:00:00Z", end="2026-11-22T00:00:00Z")) == 48
    path.unlink()
    assert site.collect(fake).complete == 24
    assert len(site.usage(fake, start="2026-11-22T00:00:00Z", end="2026-11-23T00:00:00Z")) == 96


def test_progress(site, fake):
    """Goes up to all of it, and no further."""
    site.clock.advance(-20 * 3600)
    site.collect(fake)
    site.clock.advance(20 * 3600)
    seen = []
    site.usage(
        fake,
        start="2026-11-21T12:00:00Z",
        end="2026-11-23T10:00:00Z",
        progress=lambda *each: seen.append(each),
    )
    assert seen == sorted(seen)
    assert seen[-1] == (46, 46)
