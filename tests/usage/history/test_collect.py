"""Collecting: each hour once, the more complete reading, and nothing silently."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.fake_analytics import FakeAnalytics, refusal, request
from support.fake_clock import START
from support.history_site import reaching, traffic

from wfp_ops.clock import iso
from wfp_ops.errors import AnalyticsRangeError, APIError, SettingsError
from wfp_ops.frames.usage import USAGE
from wfp_ops.usage.history.layout import CUSTOMERS, DISPATCHERS, HOUR, SCHEMA
from wfp_ops.usage.history.level import frame_of

# the time of START is 2026-11-23T12:00Z; ten minutes before it numbers are settled
TWO_DAYS = "2026-11-21T12:00:00Z"


@pytest.fixture
def fake():
    """Two days of four Workers, on an account whose analytics reach back three days."""
    return FakeAnalytics(traffic(TWO_DAYS, 48), limits=reaching(3))


def kept(site, kind=CUSTOMERS):
    """All rows of the history, and the hours that they are of."""
    days = [site.data.read(kind, day) for day in site.data.days(kind)]
    frame = frame_of(pa.concat_tables([SCHEMA.empty_table(), *(day.table for day in days)]))
    return frame, {hour: facts for day in days for hour, facts in day.hours.items()}


def test_what_is_collected_is_the_usage_frame(site, fake):
    """Same rows, columns and dtypes, quantiles and customers among them."""
    collected = site.collect(fake)
    frame, hours = kept(site)
    USAGE.check(frame)
    live = site.usage(fake, "2d", history=False)
    pd.testing.assert_frame_equal(frame, live, check_flags=False)
    assert frame["cpu_ms_p99"].notna().all()
    assert set(frame["customer_id"]) == {"1", "2"}
    assert collected.rows == len(frame) + 48
    # the reach's own first hour may be half gone, and the hour up to now is not settled
    assert len(hours) == 71
    assert [hour for hour, facts in hours.items() if not facts.complete] == [START - HOUR]
    assert collected.hours == 71
    assert collected.complete == 70


def test_one_file_a_day_in_order(site, fake):
    """By the day in UTC, rows by time and names; the file says its day by its folder alone."""
    site.collect(fake)
    assert site.data.days(CUSTOMERS) == [date(2026, 11, day) for day in (20, 21, 22, 23)]
    assert site.data.days(DISPATCHERS) == site.data.days(CUSTOMERS)
    path = site.root / "hours" / "day=2026-11-22" / "usage.parquet"
    table = pq.read_table(path, partitioning=None)
    assert table.schema.names == USAGE.names
    key = list(zip(*(table[name].to_pylist() for name in ("time", "namespace", "worker")), strict=True))
    assert key == sorted(set(key))
    assert len(key) == 24 * 4


def test_dispatchers_stand_apart(site, fake):
    """Their rows have no namespace and no customer."""
    site.collect(fake)
    frame, _ = kept(site, DISPATCHERS)
    assert len(frame) == 48
    assert set(frame["worker"]) == {"dispatcher"}
    assert frame[["namespace", "customer_id"]].isna().all(axis=None)


def test_twice_is_once(site, fake):
    """The same hours again: the same rows, and nothing asked that is complete."""
    first = site.collect(fake)
    before, _ = kept(site)
    asked = len(fake.documents)
    second = site.collect(fake)
    after, _ = kept(site)
    pd.testing.assert_frame_equal(before, after)
    assert (first.hours, second.hours) == (71, 1)
    assert len(fake.documents) - asked == 3  # limits, customers, dispatchers: of the hour up to now
    third = site.collect(fake, "2d")
    assert third.hours == 48
    pd.testing.assert_frame_equal(before, kept(site)[0])


def test_an_incomplete_hour_is_collected_again_later(site):
    """While it runs, what it has is kept and marked; later all of it takes its place, as one row."""
    fake = FakeAnalytics([request("2026-11-23T11:05:00Z", "customer-1", requests=3)], limits=reaching(1))
    site.collect(fake)
    frame, hours = kept(site)
    assert list(zip(frame["requests"], frame["complete"], strict=True)) == [(3, False)]
    assert not hours[START - HOUR].complete
    fake.records.append(request("2026-11-23T11:50:00Z", "customer-1", requests=4))
    site.clock.advance(1800)
    site.collect(fake)
    frame, hours = kept(site)
    assert list(zip(frame["requests"], frame["complete"], strict=True)) == [(7, True)]
    assert hours[START - HOUR].complete
    assert hours[START - HOUR].requests == 7


def test_a_complete_hour_is_not_replaced_by_less(site, fake):
    """An answer that suddenly has nothing of it, or half, changes nothing, and is noted."""
    site.collect(fake)
    before, hours = kept(site)
    fake.records = fake.records[::3]
    collected = site.collect(fake, "2d")
    assert collected.stayed > 40
    assert "kept as before" in collected.notes[0]
    pd.testing.assert_frame_equal(before, kept(site)[0])
    fake.records = []
    site.collect(fake, "2d")
    pd.testing.assert_frame_equal(before, kept(site)[0])
    assert {hour: facts.requests for hour, facts in kept(site)[1].items()} == {
        hour: facts.requests for hour, facts in hours.items()
    }


def test_a_later_reading_with_more_takes_the_place(site, fake):
    """Rows that came in late, of a Worker that was not there at all."""
    site.collect(fake)
    fake.records.append(request("2026-11-22T03:30:00Z", "customer-9", requests=2))
    site.collect(fake, "2d")
    frame, _ = kept(site)
    late = frame[frame["namespace"] == "customer-9"]
    assert list(late["time"]) == [pd.Timestamp("2026-11-22T03:00:00Z")]
    assert len(frame) == 48 * 4 + 1


def test_zero_traffic(site):
    """Hours without a request are collected as well: complete, without a row."""
    collected = site.collect(FakeAnalytics([], limits=reaching(2)))
    frame, hours = kept(site)
    assert frame.empty
    USAGE.check(frame)
    assert collected.complete == len(hours) == 46
    assert {facts.requests for facts in hours.values()} == {0}
    assert site.collect(FakeAnalytics([], limits=reaching(2))).hours == 0


def test_silence_of_everybody_is_not_kept(site, fake):
    """It may be an answer that is lost: nothing is put down, it is said, and the next run asks again."""
    lost = FakeAnalytics([], limits=reaching(3), busy=False)
    collected = site.collect(lost)
    assert (collected.hours, collected.complete, collected.rows) == (0, 0, 0)
    assert collected.silent == collected.to_dict()["silent"] == 70
    assert "no Worker of the account had a request, which is not believed" in collected.notes[0]
    assert "nothing was kept: 70 hours" in collected.headline()
    assert site.data.days(CUSTOMERS) == []
    again = site.collect(fake)
    assert (again.complete, again.silent) == (70, 0)
    assert len(kept(site)[0]) == 48 * 4


def test_a_silent_hour_of_a_small_account_is_kept(site):
    """The day up to it shows somebody: it is complete, and not asked for for ever."""
    fake = FakeAnalytics([request("2026-11-23T03:00:00Z", "customer-1")], limits=reaching(1), busy=False)
    first = site.collect(fake)
    assert (first.silent, first.complete) == (0, first.hours)
    site.clock.advance(3600)
    again = site.collect(fake)
    assert (again.hours, again.silent, again.complete) == (1, 0, 1)


def test_days_before_the_first_request(site):
    """A young account's quiet weeks are read together with the first day that is not, and are complete."""
    fake = FakeAnalytics([request("2026-11-23T03:00:00Z", "customer-1")], limits=reaching(30), busy=False)
    collected = site.collect(fake)
    assert (collected.silent, collected.complete) == (0, collected.hours)
    assert collected.hours == 30 * 24 - 2
    assert collected.queries < 12
    assert len(kept(site)[0]) == 1


def test_a_silence_longer_than_a_query_is_left_out(site):
    """Nobody can say that nothing is lost there; what follows is read all the same."""
    fake = FakeAnalytics([request("2026-11-20T03:00:00Z", "customer-1")], limits=reaching(30), busy=False)
    fake.limits["maxDuration"] = 7 * 86400
    collected = site.collect(fake)
    assert collected.silent > 14 * 24
    assert collected.complete == collected.hours >= 3 * 24
    assert len(kept(site)[0]) == 1


def test_it_says_how_long_it_takes(site, fake):
    """Once, after the first stretch, by what that took; nothing where one is enough."""
    said = []
    collected = site.collect(fake, forecast=lambda queries, seconds: said.append((queries, seconds)))
    ((queries, seconds),) = said
    assert 0 < queries <= 2 * collected.queries
    assert seconds >= 0
    site.clock.advance(3600)
    site.collect(fake, forecast=lambda *more: said.append(more))
    assert len(said) == 1


def test_rows_that_do_not_add_up_are_not_complete(site, fake):
    """A cut answer is kept as what it is, and asked for again by the next run."""
    fake.lost = 4
    collected = site.collect(fake)
    frame, hours = kept(site)
    with_rows = {hour for hour in hours if hour >= datetime(2026, 11, 22, tzinfo=UTC)}
    assert not any(hours[hour].complete for hour in with_rows)
    assert not frame["complete"].any()
    fake.lost = None
    again = site.collect(fake)
    assert again.hours >= len(with_rows)
    assert collected.complete < again.complete
    assert len(kept(site)[0]) == 48 * 4


def test_a_run_that_fails_keeps_what_it_has(site, fake):
    """Days that were read before an error are there, and the next run reads the others alone."""
    fails_at = 4
    asked = []

    def failing(got):
        asked.append(got)
        return refusal("query contains error: no") if len(asked) == fails_at else fake(got)

    seen = []
    with pytest.raises(APIError, match="no"):
        site.collect(_Passing(failing), progress=lambda done, total: seen.append((done, total)))
    assert site.data.days(CUSTOMERS) == [date(2026, 11, 20)]
    assert seen == [(11, 71)]
    collected = site.collect(fake)
    assert collected.start == datetime(2026, 11, 21, tzinfo=UTC)
    assert len(kept(site)[0]) == 48 * 4


class _Passing:
    """An endpoint that does as a function says."""

    def __init__(self, answer):
        self.answer = answer
        self.now = None

    def __call__(self, got):
        return self.answer(got)


def test_what_was_not_collected_in_time_is_said(site, fake):
    """A gap that analytics do not reach any more is a note, with its ends."""
    site.collect(fake)
    site.clock.advance(6 * 86400)
    fake.records += traffic("2026-11-28T00:00:00Z", 24)
    collected = site.collect(fake)
    (note,) = collected.notes
    assert note.startswith(
        "nothing is known of 2026-11-23T12:00:00Z to 2026-11-26T13:00:00Z, which analytics"
    )


def test_a_renamed_namespace_and_a_deleted_worker(site):
    """Both names are kept as they were, the old one with the new one's customer; what is gone stays."""
    records = [
        request("2026-11-22T01:00:00Z", "beta", "web", tag="t1"),
        request("2026-11-22T02:00:00Z", "customer-7", "web", tag="t1"),
        request("2026-11-22T01:00:00Z", "customer-7", "gone", tag="t2"),
    ]
    fake = FakeAnalytics(records, limits=reaching(3))
    site.collect(fake)
    fake.records = records[1:2]  # the deleted Worker is forgotten, say
    site.collect(fake)
    frame, _ = kept(site)
    told = frame.set_index(["namespace", "worker"])["customer_id"].to_dict()
    assert told == {("beta", "web"): "7", ("customer-7", "web"): "7", ("customer-7", "gone"): "7"}


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=2)])
def test_a_clock_that_is_ahead(site, fake, ahead):
    """What it takes for settled is still to come: hours that are not over are not complete."""
    really = START
    site.clock.advance(ahead.total_seconds())
    dated = _Dated(fake, really)
    site.collect(dated)
    _, hours = kept(site)
    assert all(
        not facts.complete for hour, facts in hours.items() if hour + HOUR > really - timedelta(minutes=10)
    )
    assert any(facts.complete for facts in hours.values())


class _Dated:
    """The endpoint as Cloudflare's clock has it, whatever ours says."""

    def __init__(self, fake, at):
        self.fake = fake
        self.at = at
        fake.now = at

    def __setattr__(self, name, value):
        if name != "now":
            super().__setattr__(name, value)

    def __call__(self, got):
        return self.fake(got).with_headers(Date=f"{self.at:%a, %d %b %Y %H:%M:%S} GMT")


def test_a_clock_that_is_behind(site, fake):
    """It collects less, and spoils nothing that another machine has collected."""
    site.collect(fake)
    before, hours = kept(site)
    site.clock.advance(-5 * 3600)
    site.collect(fake, "2d")
    assert kept(site)[1].keys() == hours.keys()
    pd.testing.assert_frame_equal(before, kept(site)[0])


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
def test_daylight_saving(site, monkeypatch, zone):
    """Days have 24 hours in UTC, also where clocks were set back or forward that night."""
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    site.clock.advance((datetime(2026, 10, 27, tzinfo=UTC) - START).total_seconds())
    fake = FakeAnalytics(traffic("2026-10-24T00:00:00Z", 48, names=("customer-1",)), limits=reaching(4))
    site.collect(fake)
    _, hours = kept(site)
    day = datetime(2026, 10, 25, tzinfo=UTC)
    assert sorted(hour for hour in hours if hour.date() == day.date()) == [day + n * HOUR for n in range(24)]
    frame = site.usage(fake, start="2026-10-25", end="2026-10-26", every="1d")
    assert set(frame["time"]) == {pd.Timestamp(day)}
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("last", ["year", "0d", timedelta(0)])
def test_bad_spans(site, fake, last):
    """Refused, and nothing is written."""
    with pytest.raises(SettingsError):
        site.collect(fake, last)
    assert site.data.days(CUSTOMERS) == []


def test_longer_than_the_reach(site, fake):
    """An error that says how far analytics reach."""
    with pytest.raises(AnalyticsRangeError, match="2026-11-20T12:00:00Z"):
        site.collect(fake, "30d")


def test_the_document(site, fake):
    """What a program reads."""
    document = site.collect(fake).to_dict()
    assert document["schema"] == "wfp-ops/collect/1"
    assert document["start"] == "2026-11-20T13:00:00Z"
    assert document["end"] == iso(START)
    assert document["days"] == [f"2026-11-{day}" for day in (20, 21, 22, 23)]
    assert document["history"] == str(site.root)
    fake.records = []
    site.clock.advance(900)
    site.collect(fake)
    again = site.collect(fake)
    assert again.hours == 0
    assert again.headline().startswith("nothing new")
