"""Pages and windows on a server that obeys filter, order and limit; and one that cuts without a word."""

from __future__ import annotations

import math
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_analytics import FakeAnalytics, refusal, request
from support.fake_clock import START

from wfp_ops.clock import iso
from wfp_ops.errors import (
    AnalyticsQueryError,
    AnalyticsRangeError,
    AnalyticsTooLargeError,
    APIResponseValidationError,
)
from wfp_ops.usage.buckets import BUCKETS, WHOLE
from wfp_ops.usage.fetch import Wish, fetch
from wfp_ops.usage.planner import Level
from wfp_ops.usage.span import span_of

WEEK = 7 * 24 * 3600
KEYS = ("datetimeHour", "dispatchNamespaceName", "scriptName")


@st.composite
def worlds(draw):
    """Random traffic of some Workers in the last week, and limits of an account."""
    names = draw(st.lists(st.text("ab-7É", min_size=1, max_size=3), min_size=1, max_size=5, unique=True))
    moments = st.integers(0, WEEK - 1).map(lambda second: iso(START - timedelta(seconds=WEEK - second)))
    records = draw(
        st.lists(
            st.builds(
                request,
                moments,
                st.sampled_from(names),
                st.sampled_from(["web", "api"]),
                requests=st.integers(1, 1000),
                dispatcher=st.booleans(),
            ),
            max_size=60,
        )
    )
    fake = FakeAnalytics(records)
    fake.limits["maxPageSize"] = draw(st.sampled_from([1, 2, 3, 7, 10_000]))
    fake.limits["maxDuration"] = draw(st.sampled_from([21600, 100_000, 3 * 86400, 31 * 86400]))
    return fake


def truth(fake, step, *, dispatchers=False):
    """Requests by bucket, namespace and Worker, counted one by one."""
    found = {}
    for each in fake.records:
        if bool(each["isDispatcher"]) == dispatchers:
            begin = None if step is None else each["datetime"].timestamp() // step * step
            key = (begin, each["dispatchNamespaceName"], each["scriptName"])
            found[key] = found.get(key, 0) + each["requests"]
    return found


def keys(fetched, dimension):
    """The rows' keys, in their order."""
    names = [name for name in (dimension, *KEYS[1:]) if name]
    return list(zip(*(fetched.table[name].to_pylist() for name in names), strict=True))


@given(fake=worlds(), bucket=st.sampled_from(BUCKETS[2:4]), dispatchers=st.booleans())
def test_every_row_comes_once(world, fake, bucket, dispatchers):
    """Whatever the page's size and the widest window: each row once, in order, with its own number."""
    fetched = world.fetch(fake, "7d", bucket.length, dispatchers=dispatchers)
    expected = truth(fake, bucket.length.total_seconds(), dispatchers=dispatchers)
    found = keys(fetched, bucket.dimension)
    assert len(set(found)) == len(found) == len(expected)
    assert found == sorted(found)
    assert sorted(fetched.table["requests"].to_pylist()) == sorted(expected.values())
    assert all(each.whole for each in fetched.verdicts if each.total is not None)
    assert [each.start for each in fetched.verdicts[1:]] == [each.end for each in fetched.verdicts[:-1]]
    assert fetched.queries == len(fake.asked)


@given(fake=worlds())
def test_no_more_queries_than_needed(world, fake):
    """One for each page that a window fills, one for the rest of it, and what settings and a wrong guess cost."""
    fetched = world.fetch(fake, "7d", "1h")
    limit = fake.limits["maxPageSize"]
    rows = [
        sum(each.start <= _moment(key) < each.end for key in keys(fetched, "datetimeHour"))
        for each in fetched.verdicts
    ]
    assert fetched.queries <= sum(count // limit + 1 for count in rows) + 2


def _moment(key):
    from wfp_ops.clock import parse_time

    return parse_time(key[0])


@given(fake=worlds(), lost=st.integers(1, 4))
def test_a_server_that_loses_rows_is_found_out(world, fake, lost):
    """Rows that are left out without a word are missing from the total: no such window is called whole."""
    fake.lost = lost
    fetched = world.fetch(fake, "7d", "1h")
    expected = truth(fake, 3600)
    for each in fetched.verdicts:
        inside = {
            k: v for k, v in expected.items() if each.start.timestamp() <= k[0] < each.checked_to.timestamp()
        }
        assert each.requests <= sum(inside.values())
        assert each.whole == (each.total is not None and each.requests == sum(inside.values()))


@given(fake=worlds(), cut=st.integers(1, 5))
def test_a_server_that_cuts_pages_is_read_on(world, fake, cut):
    """Pages shorter than their limit are no last ones while the total is not reached: nothing is missing."""
    fake.cut = cut
    fetched = world.fetch(fake, "7d", "1h")
    expected = truth(fake, 3600)
    settled = {k: v for k, v in expected.items() if k[0] < (START - timedelta(hours=1)).timestamp()}
    assert sum(each.requests for each in fetched.verdicts) == sum(settled.values())
    assert all(each.whole for each in fetched.verdicts if each.total is not None)


# --- what is sent -------------------------------------------------------------------------------


def hourly(days, namespaces, first="2026-11-01"):
    """One row for each hour and namespace."""
    from datetime import datetime

    begin = datetime.fromisoformat(f"{first}T00:30:00+00:00")
    return [
        request(iso(begin + timedelta(hours=hour)), f"customer-{number:03}")
        for hour in range(24 * days)
        for number in range(namespaces)
    ]


def test_one_request_where_one_is_enough(world):
    """Limits, rows, total, control and tags together."""
    fake = FakeAnalytics(hourly(1, 3))
    fetched = world.fetch(fake, start="2026-11-01", end="2026-11-02")
    assert fake.asked == [["settings", "page", "total", "control", "tags"]]
    assert (fetched.queries, fetched.table.num_rows) == (1, 72)


def test_the_account_s_limits_are_obeyed(world):
    """No page is longer, no window wider than the settings allow; the refused guess is asked for again."""
    fake = FakeAnalytics(hourly(20, 5))
    fake.limits |= {"maxPageSize": 100, "maxDuration": 5 * 86400 + 1800}
    fetched = world.fetch(fake, start="2026-11-01", end="2026-11-21")
    assert fetched.table.num_rows == 2400
    assert [each.end - each.start for each in fetched.verdicts] == 4 * [timedelta(days=5)]
    assert fake.asked[:2] == [["settings", "page"], ["settings"]]
    limits = [
        value for _, values in fake.documents[2:] for name, value in values.items() if name.endswith("Limit")
    ]
    assert max(limits) == 100
    assert fetched.queries == 2 + 4 * 7


def test_a_page_as_long_as_its_limit_is_not_the_last(world):
    """72 rows in pages of 24: the fourth is empty, and only that proves it."""
    fake = FakeAnalytics(hourly(1, 3))
    fake.limits["maxPageSize"] = 24
    world.fetch(fake, start="2026-11-01", end="2026-11-02")
    assert fake.asked[2:] == [["page", "total", "control", "tags"], ["page"], ["page"], ["page"]]


def test_a_thousand_namespaces_hourly(world):
    """At small: the queries are at most 1.25 times the least that the page's limit allows, all included."""
    fake = FakeAnalytics(hourly(2, 31))
    fake.limits["maxPageSize"] = 60
    fetched = world.fetch(fake, start="2026-11-01", end="2026-11-03")
    least = math.ceil(fetched.table.num_rows / 60)
    assert fetched.table.num_rows == 1488
    assert fetched.queries <= 1.25 * least


@pytest.mark.parametrize("widest", [86400, 2 * 86400, 7 * 86400])
def test_narrow_windows_cost_no_more(world, widest):
    """Also where a query may be a day wide only."""
    fake = FakeAnalytics(hourly(14, 20))
    fake.limits |= {"maxPageSize": 10_000, "maxDuration": widest}
    fetched = world.fetch(fake, start="2026-11-01", end="2026-11-15")
    assert fetched.queries <= 1 + math.ceil(14 * 86400 / widest)


@pytest.mark.parametrize(
    ("records", "busy", "believed"),
    [
        ([], False, False),
        ([], True, True),  # an ordinary Worker's requests
        ([request("2026-11-01T10:00:00Z", "", "dispatcher", dispatcher=True)], False, True),
    ],
)
def test_silence_needs_a_control(world, records, busy, believed):
    """No row and no total is what lost analytics answer, too: some Worker of the account must have requests."""
    fetched = world.fetch(FakeAnalytics(records, busy=busy), start="2026-11-01", end="2026-11-02")
    assert fetched.queries == (1 if believed else 2)
    assert [(each.whole, each.silent) for each in fetched.verdicts] == [(believed, not believed)]
    assert [each.ratio for each in fetched.verdicts] == [1.0 if believed else None]


def test_a_silent_first_day(world):
    """It is asked for before the account's limits are known; then again, beside the days that follow."""
    fake = FakeAnalytics([request("2026-11-02T10:00:00Z", "customer-1")], busy=False)
    fetched = world.fetch(fake, start="2026-11-01", end="2026-11-04")
    assert [each.whole for each in fetched.verdicts] == [True]
    assert fetched.queries == 2


def test_one_silent_window_among_others(world):
    """What the others show proves nothing for it, and its neighbours are not doubted."""
    fake = FakeAnalytics([each for each in hourly(3, 2) if each["datetime"].day != 2], busy=False)
    fake.limits["maxDuration"] = 86400
    fetched = world.fetch(fake, start="2026-11-01", end="2026-11-04")
    silent = [(each.start.day, each.whole, each.silent) for each in fetched.verdicts]
    assert silent == [(1, True, False), (2, False, True), (3, True, False)]


@pytest.mark.parametrize(("before", "believed"), [(23, True), (26, False)])
@pytest.mark.parametrize("limits", [{}, {"maxDuration": 6 * 3600}])
def test_an_hour_of_silence(world, before, believed, limits):
    """It is usual on a small account: believed where the day up to its end shows a request."""
    at = (datetime(2026, 11, 10, 5, tzinfo=UTC) - timedelta(hours=before - 1)).isoformat()
    fake = FakeAnalytics([request(at, "customer-1")], busy=False)
    fake.limits |= limits
    fetched = world.fetch(fake, start="2026-11-10T04:00:00Z", end="2026-11-10T05:00:00Z")
    assert fetched.verdicts[0].whole == (believed and not limits)


def test_the_control_keeps_within_reach(world):
    """What is asked for right at the edge of the account's reach is not refused for its control's sake."""
    fake = FakeAnalytics([], busy=True)
    fake.limits["notOlderThan"] = 7 * 86400
    start = fake.now - timedelta(days=7) + timedelta(hours=1)
    fetched = world.fetch(fake, start=start, end=start + timedelta(hours=1))
    assert [each.whole for each in fetched.verdicts] == [True]


def test_too_much_at_once_is_halved(world):
    """A window that Cloudflare finds too dear is asked for in two, and those again."""
    fake = FakeAnalytics(hourly(8, 2))

    def dear(got):
        asked = got.json()["variables"]["pageFilter"]
        asked = asked["AND"][0] if "AND" in asked else asked
        width = _moment([asked["datetime_lt"]]) - _moment([asked["datetime_geq"]])
        return refusal("query consumed excessive resources") if width > timedelta(days=3) else fake(got)

    fake_of_all = FakeAnalytics([])
    with ExitStack() as stack:
        client = world.client(fake_of_all, stack)
        world.server.on("POST", "/graphql", dear)
        span = span_of("1d", "2026-11-01", "2026-11-09", bucket=BUCKETS[2], now=START)
        fetched = fetch(client, Wish(span, Level(BUCKETS[2], KEYS[1:])))
    assert fetched.table.num_rows == 8 * 24 * 2
    assert all(each.whole for each in fetched.verdicts)
    assert all(one.end == other.start for one, other in pairwise(fetched.verdicts))


def test_one_bucket_that_is_too_much_at_once(world):
    """A month in one bucket, as a bill needs it, comes in parts whose sums are added up."""
    fake = FakeAnalytics(hourly(8, 2))

    def dear(got):
        asked = got.json()["variables"].get("pageFilter")
        if asked is None:
            return fake(got)
        width = _moment([asked["datetime_lt"]]) - _moment([asked["datetime_geq"]])
        return refusal("query consumed excessive resources") if width > timedelta(days=3) else fake(got)

    with ExitStack() as stack:
        client = world.client(FakeAnalytics([]), stack)
        world.server.on("POST", "/graphql", dear)
        span = span_of("1d", "2026-11-01", "2026-11-09", bucket=WHOLE, now=START)
        fetched = fetch(client, Wish(span, Level(WHOLE, KEYS[1:])))
    assert sum(fetched.table["requests"].to_pylist()) == sum(each["requests"] for each in fake.records)
    assert len(fetched.verdicts) == 4
    assert all(each.whole for each in fetched.verdicts)


def test_what_can_not_be_halved_is_an_error(world):
    """One bucket that is too dear."""
    with ExitStack() as stack:
        client = world.client(FakeAnalytics([]), stack)
        client.limits()
        world.server.on(
            "POST", "/graphql", refusal("your request queries too many nodes, zones and accounts")
        )
        span = span_of("1h", None, None, bucket=WHOLE, now=START)
        with pytest.raises(AnalyticsTooLargeError):
            fetch(client, Wish(span, Level(WHOLE, ())))


def test_rows_out_of_order_are_refused(world):
    """Where a page is full and its order another one, the next page can't be told."""
    fake = FakeAnalytics([*reversed(hourly(1, 3)), *hourly(1, 3, "2026-11-02")], unsorted=True)
    fake.limits["maxPageSize"] = 24
    with pytest.raises(APIResponseValidationError, match="order"):
        world.fetch(fake, start="2026-11-01", end="2026-11-03")


# --- the reach and the fields -------------------------------------------------------------------


def test_older_than_the_reach(world):
    """The error says how far back the account's analytics go, though the first query was refused."""
    fake = FakeAnalytics(hourly(1, 1))
    fake.limits["notOlderThan"] = 7 * 86400
    with pytest.raises(AnalyticsRangeError, match="reach back to 2026-11-16"):
        world.fetch(fake, "30d")
    assert len(fake.asked) == 2


def test_as_far_back_as_it_goes(world):
    """Exactly the reach: the first, partial bucket is left out, and everything else is there."""
    fake = FakeAnalytics(hourly(22, 1))
    fake.limits["notOlderThan"] = 7 * 86400 + 60
    fetched = world.fetch(fake, "7d", "6h")
    assert iso(fetched.span.start) == "2026-11-16T18:00:00Z"
    assert all(each.whole for each in fetched.verdicts)


def test_a_bucket_wider_than_a_query_may_be(world):
    """Says to take shorter ones."""
    fake = FakeAnalytics(hourly(1, 1))
    fake.limits["maxDuration"] = 3600
    with pytest.raises(AnalyticsRangeError, match="bucket of 6h is wider"):
        world.fetch(fake, "7d", "6h")


def test_fewer_fields_than_wanted(world):
    """The dearest are left out; the guess with all of them is asked for again."""
    fake = FakeAnalytics(hourly(1, 1))
    fake.limits["maxNumberOfFields"] = 8
    fetched = world.fetch(fake, start="2026-11-01", end="2026-11-02")
    assert fetched.selection.sums == ("requests", "errors", "subrequests", "cpuTimeUs")
    assert not fetched.selection.quantiles


def test_fields_that_are_not_there(world):
    """Without requests nothing can be told."""
    fake = FakeAnalytics(hourly(1, 1))
    fake.limits["availableFields"] = ["sum_errors", "dimensions_datetimeHour"]
    with pytest.raises(AnalyticsQueryError, match="sum_requests"):
        world.fetch(fake, start="2026-11-01", end="2026-11-02")


# --- the newest minutes -------------------------------------------------------------------------


def test_the_newest_minutes_are_not_compared(world):
    """The total ends where numbers are settled; what comes after is there, and not vouched for."""
    fake = FakeAnalytics(
        [request("2026-11-23T10:30:00Z", "a"), request("2026-11-23T11:30:00Z", "a", requests=5)]
    )
    fetched = world.fetch(fake, "24h")
    (verdict,) = fetched.verdicts
    assert fetched.table["requests"].to_pylist() == [1, 5]
    assert iso(verdict.checked_to) == "2026-11-23T11:00:00Z"
    assert (verdict.requests, verdict.total, verdict.whole) == (1, 1, True)


def test_nothing_is_settled_yet(world):
    """Then nothing is compared, and nothing is called whole."""
    fake = FakeAnalytics([request("2026-11-23T11:55:00Z", "a")])
    (verdict,) = world.fetch(fake, start="2026-11-23T11:00:00Z").verdicts
    assert (verdict.total, verdict.ratio, verdict.whole) == (None, None, False)
    assert fake.asked == [["settings", "page", "tags"]]


# --- while it goes on ---------------------------------------------------------------------------


def test_progress_and_forecast(world):
    """Buckets read of all; and, once, how many queries it will take."""
    fake = FakeAnalytics(hourly(4, 10))
    fake.limits |= {"maxPageSize": 40, "maxDuration": 86400}
    seen, told = [], []
    world.fetch(
        fake,
        start="2026-11-01",
        end="2026-11-05",
        progress=lambda *step: seen.append(step),
        forecast=lambda *what: told.append(what),
    )
    assert seen == [(0, 96), (24, 96), (48, 96), (72, 96), (96, 96)]
    ((queries, wait),) = told
    assert 20 <= queries <= 30
    assert wait == 0


def test_no_forecast_for_one_answer(world):
    """Nobody is told of one query."""
    told = []
    world.fetch(
        FakeAnalytics(hourly(1, 1)),
        start="2026-11-01",
        end="2026-11-02",
        forecast=lambda *what: told.append(what),
    )
    assert told == []
