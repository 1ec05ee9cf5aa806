"""Who had requests lately: few questions, and silence only where it is proven."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from support.fake_analytics import FakeAnalytics, refusal, request
from support.fake_clock import START

from wfp_ops.errors import AnalyticsPermissionError, AnalyticsUnavailableError, APIError, FrameError
from wfp_ops.usage.active import MOST_QUERIES, active_in, active_since, days_of

SINCE = datetime(2026, 10, 24, 12, tzinfo=UTC)
UNTIL = datetime(2026, 11, 23, 11, 50, tzinfo=UTC)


@pytest.fixture
def client(world):
    """A client of an endpoint with these records."""

    @contextmanager
    def open_client(fake):
        with ExitStack() as stack:
            yield world.client(fake, stack)

    return open_client


def some(*names, **more):
    """Some requests of each of these."""
    return [request("2026-11-10T10:00:00Z", name, requests=7, **more) for name in names]


def test_one_question_about_everybody(client):
    """Beside the account's limits; names with their requests, up to where numbers are settled."""
    fake = FakeAnalytics([*some("a", "b"), request("2026-11-23T11:55:00Z", "late"), *some("")])
    with client(fake) as analytics:
        found = active_since(analytics, days=30, now=START)
        assert found.requests == {("a",): 7, ("b",): 7}
        assert (found.since, found.until, found.silence) == (SINCE, UNTIL, None)
        assert fake.asked == [["settings"], ["page", "total"]]
        active_since(analytics, days=30, now=START)
        assert len(fake.asked) == 3


def test_workers_of_some_namespaces(client):
    """Told apart by namespace and name, of the listed ones alone."""
    fake = FakeAnalytics([*some("production", "eu"), request("2026-11-10T10:00:00Z", "eu", "api")])
    with client(fake) as analytics:
        found = active_since(analytics, days=30, now=START, namespaces=["eu"])
    assert found.requests == {("eu", "web"): 7, ("eu", "api"): 1}


def test_page_after_page(client):
    """As many as there are names, and not one is lost."""
    fake = FakeAnalytics(some(*(f"n{number:02}" for number in range(25))))
    fake.limits["maxPageSize"] = 10
    with client(fake) as analytics:
        found = active_since(analytics, days=30, now=START)
    assert len(found.requests) == 25
    assert fake.pages == 3
    assert found.silence is None


def test_too_many_pages_or_windows(client):
    """An audit does not spend the account's budget: it does without."""
    fake = FakeAnalytics(some(*(f"n{number:03}" for number in range(101))))
    fake.limits["maxPageSize"] = 10
    with client(fake) as analytics, pytest.raises(APIError, match="more than 10 questions"):
        active_since(analytics, days=30, now=START)
    assert len(fake.asked) == 1 + MOST_QUERIES
    short = FakeAnalytics(some("a"))
    short.limits["maxDuration"] = 2 * 86400
    with client(short) as analytics, pytest.raises(APIError, match="15 questions"):
        active_since(analytics, days=30, now=START)
    assert len(short.asked) == 1


def test_windows_are_added_up(client):
    """Each proves itself; one without any request of anybody proves nothing."""
    fake = FakeAnalytics([*some("a"), request("2026-10-28T10:00:00Z", "a", requests=2)])
    fake.limits["maxDuration"] = 15 * 86400
    with client(fake) as analytics:
        found = active_since(analytics, days=30, now=START)
        assert found.requests == {("a",): 9}
        assert found.silence is None
        assert len(fake.asked) == 3
    fake.limits["maxDuration"] = 7 * 86400
    with client(fake) as analytics:
        assert "nobody believes" in active_since(analytics, days=30, now=START).silence


@pytest.mark.parametrize(
    ("records", "lost", "words"),
    [
        ([], None, "nobody believes"),
        (some(""), None, "nobody believes"),
        (some("a", "b", "c"), 3, "do not add up"),
        (some("a", "b", interval=4), None, "one request in 4"),
        (some("a", interval=4) + some("b"), None, None),
    ],
)
def test_silence_that_is_not_proven(client, records, lost, words):
    """What was seen was seen all the same."""
    with client(FakeAnalytics(records, lost=lost)) as analytics:
        found = active_since(analytics, days=30, now=START)
    assert (found.silence is None) == (words is None)
    assert words is None or words in found.silence


def test_a_reach_that_is_too_short(client):
    """It asks for as much as there is, and says so."""
    fake = FakeAnalytics(some("a"))
    fake.limits["notOlderThan"] = 20 * 86400
    with client(fake) as analytics:
        found = active_since(analytics, days=30, now=START)
    assert found.requests == {("a",): 7}
    assert "reach back to 2026-11-03" in found.silence


def test_what_fails_is_an_error(client):
    """Refused, or down: within the patience that there is."""

    class Failing(FakeAnalytics):
        def __call__(self, got):
            self.asked.append([])
            return refusal("not authorized for that account")

    with client(Failing([])) as analytics, pytest.raises(AnalyticsPermissionError):
        active_since(analytics, days=30, now=START)

    class Down(FakeAnalytics):
        def __call__(self, got):
            self.asked.append([])
            return refusal("unable to execute query")

    down = Down([])
    with client(down) as analytics:
        begun = analytics.clock.monotonic()
        with pytest.raises(AnalyticsUnavailableError):
            active_since(analytics, days=30, now=START, patience_s=20)
        assert analytics.clock.monotonic() - begun <= 20


def test_by_day(client):
    """Of those asked about alone, each day by itself."""
    fake = FakeAnalytics(
        [
            *some("a", "b"),
            request("2026-11-11T10:00:00Z", "a", requests=2),
            request("2026-11-11T11:00:00Z", "a", "api", requests=3),
        ]
    )
    with client(fake) as analytics:
        active = active_since(analytics, days=30, now=START)
        found, more = days_of(analytics, [("a",), ("nobody",)], active)
        assert found == {("a",): {date(2026, 11, 10): 7, date(2026, 11, 11): 5}}
        assert more == 0
        workers, _ = days_of(analytics, [("a", "api")], active)
        assert workers == {("a", "api"): {date(2026, 11, 11): 3}}
        assert len(fake.asked) == 4


def test_by_day_of_very_many(client):
    """The first of them, in order, and how many are left."""
    names = [f"n{number:03}" for number in range(33)]
    fake = FakeAnalytics(some(*names))
    fake.limits["maxPageSize"] = 100
    with client(fake) as analytics:
        active = active_since(analytics, days=30, now=START)
        found, more = days_of(analytics, [(name,) for name in names], active)
    assert sorted(found) == [(name,) for name in names[:30]]
    assert more == 3


def test_out_of_a_frame(world):
    """The same from a usage frame that is at hand."""
    records = [*some("a", "b"), request("2026-11-11T10:00:00Z", "a", requests=2)]
    frame = world.frame(FakeAnalytics(records), "30d", "1d", by=("namespace",))
    found = active_in(frame, workers=False)
    assert found.requests == {("a",): 9, ("b",): 7}
    assert found.by_day[("a",)] == {date(2026, 11, 10): 7, date(2026, 11, 11): 2}
    assert found.silence is None
    assert found.since == datetime(2026, 10, 24, tzinfo=UTC)
    assert found.until == datetime(2026, 11, 23, 11, 50, tzinfo=UTC)
    workers = active_in(world.frame(FakeAnalytics(records), "30d", "1d"), workers=True)
    assert workers.requests == {("a", "web"): 9, ("b", "web"): 7}
    by_worker = active_in(world.frame(FakeAnalytics(records), "30d", "1h"), workers=False)
    assert by_worker.requests == found.requests


@pytest.mark.parametrize(
    ("records", "more", "words"),
    [
        ([], {}, "holds no request"),
        (some("a", interval=4), {}, "one request in 4"),
        (some(*"abcde"), {"lost": 2}, "not proven whole"),
    ],
)
def test_a_frame_that_proves_no_silence(world, records, more, words):
    """It is as good as its evidence."""
    frame = world.frame(FakeAnalytics(records, **more), "30d", "1d", by=("namespace",))
    assert words in active_in(frame, workers=False).silence


@pytest.mark.parametrize(
    ("every", "by", "change", "workers"),
    [
        (None, ("namespace",), None, False),
        ("1d", ("customer",), None, False),
        ("1d", ("namespace",), None, True),
        ("1d", ("namespace",), "rows", False),
        ("1d", ("namespace",), "record", False),
    ],
)
def test_a_frame_that_can_not_tell(world, every, by, change, workers):
    """All of the time in one, nobody told apart, rows taken out: an error, and no guess."""
    frame = world.frame(FakeAnalytics(some("a", "b")), "30d", every, by=by)
    if change == "rows":
        frame = frame.iloc[1:]
    if change == "record":
        frame.attrs = {}
    with pytest.raises(FrameError):
        active_in(frame, workers=workers)


def test_a_clock_that_is_behind(client):
    """By Cloudflare's time, as everywhere."""

    class OnTime(FakeAnalytics):
        def __call__(self, got):
            return super().__call__(got).with_headers(Date="Tue, 24 Nov 2026 12:00:00 GMT")

    with client(OnTime(some("a"), now=START + timedelta(days=1))) as analytics:
        assert active_since(analytics, days=30, now=START).until == UNTIL + timedelta(days=1)
