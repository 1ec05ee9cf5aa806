"""Time in charts: the grid, the words for a period, the ticks; in UTC and in the reader's zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.charts.spans import DAY, HOUR, MINUTE, Grid, Period
from wfp_ops.charts.ticks import labels_of, moments_between

ZONES = [
    ZoneInfo(name)
    for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
]
UTC, BERLIN = ZONES[0], ZONES[1]
ZONE = st.sampled_from(ZONES)


def micros(text):
    return round(pd.Timestamp(text, tz="UTC").timestamp() * 1e6)


@pytest.mark.parametrize(
    ("start", "end", "zone", "written"),
    [
        ("2026-11-09", "2026-11-10", UTC, "9 Nov 2026 (UTC)"),
        ("2026-11-01", "2026-12-01", UTC, "1\u201330 Nov 2026 (UTC)"),
        ("2026-10-28", "2026-11-03", UTC, "28 Oct \u2013 2 Nov 2026 (UTC)"),
        ("2025-12-30", "2026-01-02", UTC, "30 Dec 2025 \u2013 1 Jan 2026 (UTC)"),
        ("2026-11-09T10:00", "2026-11-09T12:00", UTC, "9 Nov 2026, 10:00 \u2013 12:00 (UTC)"),
        ("2026-11-08T23:00", "2026-11-09T23:00", BERLIN, "9 Nov 2026 (Europe/Berlin)"),
        ("2026-11-09", "2026-11-10", BERLIN, "9 Nov 2026, 01:00 \u2013 10 Nov 2026, 01:00 (Europe/Berlin)"),
        ("2026-10-24T22:00", "2026-10-25T23:00", BERLIN, "25 Oct 2026 (Europe/Berlin)"),
    ],
)
def test_a_period_in_words(start, end, zone, written):
    """Days where it is made of days in that zone (one of 25 hours is one), else with hours."""
    period = Period(micros(start), micros(end), HOUR)
    assert period.written(zone).replace("\u00a0", " ") == written


def test_a_period_is_that_of_the_rows_else_of_the_record():
    """An empty frame still says what was asked for."""
    frame = pd.DataFrame()
    frame.attrs["wfp_ops"] = {"start": "2026-11-09T00:00:00Z", "end": "2026-11-12T00:00:00Z", "every": "1h"}
    asked = Period.of(frame, np.array([], dtype=np.int64))
    assert (asked.start, asked.end) == (micros("2026-11-09"), micros("2026-11-12"))
    times = np.array([micros("2026-11-10"), micros("2026-11-10T05:00")])
    assert Period.of(frame, times) == Period(int(times[0]), int(times[1]) + HOUR, HOUR)
    assert Period.of(pd.DataFrame(), times).step == 5 * HOUR
    assert Period.of(pd.DataFrame(), times[:1]).step == HOUR
    assert Period.of(pd.DataFrame(), times[:0]) is None


SPANS = st.tuples(
    st.integers(0, 10**6).map(lambda minutes: micros("2026-01-01") + minutes * 5 * MINUTE),
    st.sampled_from([5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * MINUTE]),
    st.integers(1, 4000),
)


@given(SPANS, st.integers(8, 1500), ZONE)
def test_a_grid_holds_every_span_once_and_is_no_finer_than_asked(spans, most, zone):
    """Each span lies in one cell, no cell cuts one, and there are not many more cells than asked for."""
    start, step, count = spans
    period = Period(start, start + step * count, step)
    grid = Grid.of(period, most, zone)
    times = start + step * np.arange(count)
    cells = grid.cells(times)
    assert cells.min() >= 0
    assert cells.max() == grid.count - 1
    assert grid.count <= most + 1
    assert (grid.cells(times + step - 1) == cells).all()
    assert grid.step % step == 0
    assert np.nansum(grid.total(cells, np.ones(count))) == count


@given(st.integers(1, 60), ZONE)
def test_cells_of_days_begin_at_the_zones_midnight(days, zone):
    """As far as whole spans allow it."""
    start = micros("2026-06-10T07:00")
    grid = Grid.of(Period(start, start + days * DAY, HOUR // 2), max(8, days), zone)
    if grid.step == DAY:
        first = pd.Timestamp(grid.start, unit="us", tz="UTC").tz_convert(zone)
        assert (first.hour, first.minute) == (0, 0)


def test_cells_at_the_edges_that_are_not_full_are_incomplete():
    """A day of which the frame has but the evening is no quiet day."""
    start = micros("2026-06-10T18:00")
    grid = Grid.of(Period(start, start + 30 * DAY, HOUR), 40, UTC)
    cells = grid.cells(start + HOUR * np.arange(720))
    flags = grid.incomplete(cells, np.ones(720, dtype=bool))
    assert grid.step == DAY
    assert flags.tolist() == [True, *[False] * 29, True]


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=ZONE),  # noqa: DTZ001 (hypothesis adds it)
    st.integers(5, 60 * 24 * 800),
    st.integers(2, 16),
)
def test_ticks_are_round_within_the_axis_and_few(first, minutes, most):
    """Whatever the zone and its changes of clocks; in the order of time, none twice."""
    first = first.replace(microsecond=0)
    last = (first.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(first.tzinfo)
    found = [each.timestamp() for each in moments_between(first, last, most)]
    assert len(found) <= most + 2
    assert all(first.timestamp() <= each <= last.timestamp() for each in found)
    assert all(late > early for early, late in pairwise(found))


def test_ticks_of_days_are_midnights_across_a_change_of_clocks():
    """Berlin gained an hour on 25 October 2026."""
    first = datetime(2026, 10, 23, 12, tzinfo=BERLIN)
    found = moments_between(first, first + timedelta(days=5), 6)
    assert [(each.day, each.hour) for each in found] == [(day, 0) for day in (24, 25, 26, 27, 28)]


# By a whole and by half an hour, at midnight (forward: there is none; back: two), two hours, a day left out
CHANGING = [
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "America/Santiago",
        "America/Havana",
        "Antarctica/Troll",
        "Pacific/Apia",
        "Asia/Kathmandu",
    )
]


def readable(ticks):
    """What stands below an axis, with plain spaces."""
    return [text.replace("\u00a0", " ") for text in labels_of(ticks)]


@given(
    st.datetimes(datetime(2011, 1, 1), datetime(2027, 1, 1), timezones=st.sampled_from(CHANGING)),  # noqa: DTZ001
    st.integers(12, 24 * 8),
    st.integers(2, 16),
)
def test_each_day_has_its_name_and_the_clock_its_round_times(first, hours, most):
    """Whatever clocks do: no beginning of a day is missed, no other moment is called by a day."""
    first = first.replace(second=0, microsecond=0)
    last = first.astimezone(UTC) + timedelta(hours=hours)
    found = moments_between(first, last.astimezone(first.tzinfo), most)
    apart = [late.astimezone(UTC) - early.astimezone(UTC) for early, late in pairwise(found)]
    if len(found) < 3 or max(apart) > timedelta(hours=16):
        return
    minutes = pd.date_range(first.astimezone(UTC), last, freq="1min").tz_convert(first.tzinfo)
    begun = [each for day, each in pairwise(minutes) if day.date() != each.date()]
    words = dict(zip((each.timestamp() for each in found), readable(found), strict=True))
    later = [text for moment, text in words.items() if ":" not in text and moment > first.timestamp()]
    assert later == [f"{each.day} {each:%b}" for each in begun]
    assert {each.timestamp() for each in begun} <= set(words)
    assert all(
        text in {f"{each:%H:%M}", f"{each.day} {each:%b}"}
        for each, text in zip(found, words.values(), strict=True)
    )
    assert max(apart) <= 2 * min(apart) + timedelta(hours=2)


@pytest.mark.parametrize(
    ("zone", "first", "hours", "most", "seen"),
    [
        (
            "Europe/Berlin",
            "2026-10-24T12:00",
            48,
            8,
            "12:00 18:00 25 Oct 06:00 12:00 18:00 26 Oct 06:00",
        ),
        ("Europe/Berlin", "2026-10-25T00:00", 5, 5, "25 Oct 01:00 02:00 02:00 03:00 04:00"),
        ("Europe/Berlin", "2026-03-29T00:00", 5, 5, "29 Mar 01:00 03:00 04:00 05:00 06:00"),
        ("Australia/Lord_Howe", "2026-04-05T00:00", 4, 4, "5 Apr 01:00 02:00 03:00"),
        ("Australia/Lord_Howe", "2026-10-04T00:00", 4, 4, "4 Oct 01:00 03:00 04:00"),
        ("Africa/Cairo", "2026-04-23T20:00", 8, 8, "20:00 21:00 22:00 23:00 24 Apr 02:00 03:00 04:00 05:00"),
        ("Pacific/Apia", "2011-12-29T12:00", 36, 6, "12:00 18:00 31 Dec 06:00 12:00 18:00 1 Jan"),
    ],
)
def test_ticks_step_the_clock_on_the_wall(zone, first, hours, most, seen):
    """Through each kind of change: back, forward, by half an hour, at midnight, over a whole day."""
    first = datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone))
    last = first.astimezone(UTC) + timedelta(hours=hours)
    assert " ".join(readable(moments_between(first, last.astimezone(first.tzinfo), most))) == seen
