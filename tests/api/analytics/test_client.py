"""The client's own budget, its patience, and what it remembers."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from support.fake_analytics import LIMITS, FakeAnalytics, refusal
from support.names import NS, TOKEN, namespaces
from support.stub_server import as_json, ok

from wfp_ops.api.analytics.query import Node, Selection
from wfp_ops.api.retries import RetryPolicy
from wfp_ops.errors import AnalyticsError, AnalyticsQuotaError, RateLimitError

TIME = {"datetime_geq": "2026-11-01T00:00:00Z", "datetime_lt": "2026-11-02T00:00:00Z"}


def nodes(count=1):
    return [Node(f"n{at}", TIME, Selection(), 2) for at in range(count)]


@pytest.fixture
def fake(stub_server):
    """An account without traffic."""
    endpoint = FakeAnalytics([])
    stub_server.on("POST", "/graphql", endpoint)
    return endpoint


def test_limits_are_asked_for_once(fake, analytics):
    """And remembered; they ride with the first question that wants them."""
    analytics.ask(nodes(), limits=True)
    assert analytics.limits().max_page_size == LIMITS["maxPageSize"]
    assert analytics.limits().not_older_than == LIMITS["notOlderThan"]
    assert fake.asked == [["settings", "n0"]]


def test_limits_alone(fake, analytics):
    """Where nobody has asked anything else yet."""
    assert analytics.known_limits is None
    assert analytics.limits().enabled
    assert fake.asked == [["settings"]]


def test_analytics_that_are_switched_off(fake, analytics):
    """Nothing of an account without analytics is believed."""
    fake.limits["enabled"] = False
    with pytest.raises(AnalyticsError, match="switched off") as caught:
        analytics.ask(nodes(), limits=True)
    assert caught.value.hint
    assert analytics.known_limits is None


def test_every_node_is_counted(fake, analytics, fake_clock):
    """240 of the 300 in five minutes are ours; a request of three nodes is three of them."""
    for _ in range(80):
        analytics.ask(nodes(3))
    with pytest.raises(AnalyticsQuotaError) as caught:
        analytics.ask(nodes())
    assert caught.value.status_code == 0
    assert "240 requests in five minutes" in caught.value.message
    assert "come back at 2026-11-23T12:0" in caught.value.hint
    assert analytics.queries == 80
    fake_clock.advance(301)
    analytics.ask(nodes())


def test_long_work_waits_for_its_turn(fake, analytics, fake_clock):
    """Paced questions are late, not refused, also where that takes longer than one question may."""
    for _ in range(500):
        analytics.ask(nodes(), paced=True)
    assert analytics.queries == 500
    assert 600 <= fake_clock.monotonic() < 700


def test_long_work_is_patient_with_others(fake, make_analytics, tmp_path, fake_clock):
    """Also where another process has just spent everything."""
    first, second = (make_analytics(state_dir=tmp_path, deadline_s=10) for _ in range(2))
    for _ in range(240):
        first.ask(nodes())
    second.ask(nodes(3), paced=True)
    assert 299 <= fake_clock.monotonic() < 305


def test_the_budget_is_not_the_apis_own(fake, analytics, reads, stub_server):
    """A listing goes out while analytics are spent, and the other way round."""
    stub_server.on("GET", NS, ok(namespaces(3)))
    for _ in range(240):
        analytics.ask(nodes())
    with pytest.raises(RateLimitError):
        analytics.ask(nodes())
    assert len(reads.list_namespaces()) == 3


def test_processes_share_it(fake, make_analytics, tmp_path):
    """By a file in the state folder, whose name tells neither token nor base URL."""
    first, second = (make_analytics(state_dir=tmp_path) for _ in range(2))
    for _ in range(120):
        first.ask(nodes())
        second.ask(nodes())
    with pytest.raises(AnalyticsQuotaError):
        second.ask(nodes())
    assert first.forecast_s(1) > 0
    make_analytics(state_dir=tmp_path, token=SecretStr("another-token")).ask(nodes())
    files = [path.name for path in (tmp_path / "rate").glob("*.sqlite")]
    assert len(files) == 2
    assert not any(TOKEN in name for name in files)


def test_a_spent_quota_holds_everybody_back(stub_server, make_analytics, tmp_path, fake_clock):
    """Cloudflare says five minutes: an error that says when to come back, and nobody asks before."""
    depleted = refusal("rate limiter budget depleted, try again after 5 minutes", status=429)
    stub_server.on("POST", "/graphql", depleted, FakeAnalytics([]))
    first, second = (make_analytics(state_dir=tmp_path) for _ in range(2))
    with pytest.raises(AnalyticsQuotaError) as caught:
        first.ask(nodes())
    assert caught.value.retry_after_s == 300
    assert "12:05" in caught.value.hint
    with pytest.raises(AnalyticsQuotaError, match="blocked this token"):
        second.ask(nodes())
    assert len(stub_server.received) == 1
    fake_clock.advance(300)
    second.ask(nodes())


def test_who_has_time_waits_out_a_spent_quota(stub_server, make_analytics, fake_clock):
    """Without a deadline it goes on by itself."""
    depleted = refusal("rate limiter budget depleted, try again after 5 minutes")
    stub_server.on("POST", "/graphql", depleted, FakeAnalytics([]))
    make_analytics(deadline_s=None).ask(nodes())
    assert fake_clock.monotonic() >= 300


def test_retry_after_is_believed(stub_server, make_analytics, fake_clock):
    """Where an answer says for how long, that counts."""
    depleted = refusal("rate limiter budget depleted", status=429).with_headers(retry_after="20")
    stub_server.on("POST", "/graphql", depleted, FakeAnalytics([]))
    make_analytics().ask(nodes())
    assert 20 <= fake_clock.monotonic() < 25


def test_a_try_is_a_try(stub_server, make_analytics):
    """The transport below does not try again by itself: every try is paid for from the budget."""
    stub_server.on("POST", "/graphql", refusal("unable to execute query"))
    analytics = make_analytics(retries=RetryPolicy(attempts=2))
    with pytest.raises(AnalyticsError):
        analytics.ask(nodes(2))
    assert len(stub_server.received) == 2
    assert analytics.forecast_s(237) > 0
    assert analytics.forecast_s(236) == 0


def test_no_token_in_sight(stub_server, analytics):
    """Neither in the repr nor in an error, also where the server echoes it."""
    stub_server.on("POST", "/graphql", as_json({"errors": [{"message": f"no {TOKEN}"}]}))
    with pytest.raises(AnalyticsError) as caught:
        analytics.ask(nodes())
    for text in (repr(analytics), str(caught.value), repr(caught.value.__dict__)):
        assert TOKEN not in text


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Mon, 23 Nov 2026 11:00:00 GMT", 3600),
        ("Mon, 23 Nov 2026 11:59:30 GMT", 0),
        ("Mon, 23 Nov 2026 14:00:00 GMT", 0),
        ("yesterday", 0),
    ],
)
def test_a_clock_that_is_ahead(stub_server, make_analytics, date, ahead):
    """Seen by the answers' Date; half a minute is none, and one that is behind takes nothing for settled."""
    fake = FakeAnalytics([])
    stub_server.on("POST", "/graphql", lambda got: fake(got).with_headers(Date=date))
    analytics = make_analytics()
    assert analytics.ahead.total_seconds() == 0
    analytics.limits()
    assert analytics.ahead.total_seconds() == ahead


def test_the_least_difference_counts(stub_server, make_analytics):
    """A slow answer makes no clock go ahead."""
    fake = FakeAnalytics([])
    dates = iter(["Mon, 23 Nov 2026 11:00:00 GMT", "Mon, 23 Nov 2026 11:59:59 GMT"])
    stub_server.on("POST", "/graphql", lambda got: fake(got).with_headers(Date=next(dates)))
    analytics = make_analytics()
    analytics.ask(nodes())
    analytics.ask(nodes())
    assert analytics.ahead.total_seconds() == 0
