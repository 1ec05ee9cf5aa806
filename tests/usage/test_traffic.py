"""Traffic as evidence: seen, proven absent, or unknown with why."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

import pytest
from support.fake_analytics import FakeAnalytics, refusal, request
from support.fake_clock import START
from support.stub_server import as_json, refused

from wfp_ops.clock import iso
from wfp_ops.usage.traffic import traffic

OTHERS = [request("2026-11-10T10:00:00Z", "customer-5", requests=70)]
ASKED = {"customer-9": []}


@pytest.fixture
def look(world):
    """Ask an endpoint about names; what it sent is in ``fake.asked``."""

    def ask(fake, names, *, days=30, handler=None):
        with ExitStack() as stack:
            client = world.client(fake, stack)
            if handler is not None:
                client.limits()
                world.server.on("POST", "/graphql", handler)
            return traffic(client, names, days=days, now=START)

    return ask


def test_requests_are_seen(look):
    """Under any name that it had, and how that is known."""
    fake = FakeAnalytics(
        [
            *OTHERS,
            request("2026-11-20T10:00:00Z", "old", requests=3),
            request("2026-11-20T10:00:00Z", "customer-9", requests=4),
        ]
    )
    found = look(fake, {"customer-9": ["old", "older"], "customer-5": ["customer-5"]})
    assert {name: requests for name, (requests, _) in found.items()} == {"customer-9": 7, "customer-5": 70}
    assert found["customer-9"][1].endswith("under the names customer-9, old")
    assert found["customer-5"][1] == "70 requests between 2026-10-24T12:00:00Z and 2026-11-23T11:50:00Z"


def test_a_request_under_an_old_name_alone_is_traffic(look):
    """A rename hides nothing."""
    fake = FakeAnalytics([*OTHERS, request("2026-11-20T10:00:00Z", "old")])
    requests, how = look(fake, {"customer-9": ["old"]})["customer-9"]
    assert requests == 1
    assert "under the name old" in how


def test_a_dispatchers_request_is_traffic_too(look):
    """Whoever ran under that namespace's name."""
    fake = FakeAnalytics([*OTHERS, request("2026-11-20T10:00:00Z", "customer-9", dispatcher=True)])
    assert look(fake, ASKED)["customer-9"][0] == 1


def test_absence_is_proven(look):
    """Asked for, nothing found, and the control in the same request is positive."""
    fake = FakeAnalytics(OTHERS)
    requests, how = look(fake, {"customer-9": ["customer-9", "old"]})["customer-9"]
    assert requests == 0
    assert how == (
        "no request between 2026-10-24T12:00:00Z and 2026-11-23T11:50:00Z under 2 names (customer-9, old); "
        "all namespaces together had 70 or more in the same request"
    )
    assert fake.asked == [["settings"], ["each", "together", "control"]]


def test_sampling_is_said(look):
    """Where not every request was recorded a reader should know."""
    fake = FakeAnalytics([request("2026-11-10T10:00:00Z", "customer-5", requests=70, interval=10)])
    requests, how = look(fake, ASKED)["customer-9"]
    assert requests == 0
    assert how.endswith("one in 10 recorded")


def test_without_a_positive_control_nothing_is_proven(look):
    """An account in which nobody had a request, or of which the token sees nothing, is not believed."""
    for records in ([], [request("2026-11-20T10:00:00Z", "", "ordinary")]):
        requests, how = look(FakeAnalytics(records), ASKED)["customer-9"]
        assert requests is None
        assert "no namespace had a request" in how


def test_every_window_has_its_control(look):
    """One day without any request of anybody is one day of which nothing is known."""
    fake = FakeAnalytics(
        [request(iso(START - timedelta(days=day, hours=1)), "customer-5") for day in range(3)]
    )
    fake.limits["maxDuration"] = 86400
    assert look(fake, ASKED, days=3)["customer-9"][0] == 0
    assert look(fake, ASKED, days=4)["customer-9"][0] is None


def test_seen_in_one_window_is_seen(look):
    """Presence needs no further proof."""
    fake = FakeAnalytics([request("2026-11-20T10:00:00Z", "customer-9")])
    fake.limits["maxDuration"] = 86400
    assert look(fake, ASKED)["customer-9"][0] == 1


def test_beyond_the_reach(look):
    """Days that analytics do not go back to are days of which nothing is known; nothing is asked."""
    fake = FakeAnalytics(OTHERS)
    fake.limits["notOlderThan"] = 20 * 86400
    requests, how = look(fake, ASKED, days=30)["customer-9"]
    assert requests is None
    assert "do not reach back to 2026-10-24" in how
    assert fake.asked == [["settings"]]
    assert look(fake, ASKED, days=20)["customer-9"][0] == 0


def test_the_newest_minutes_do_not_count(look):
    """The window ends where numbers are settled."""
    fake = FakeAnalytics([*OTHERS, request("2026-11-23T11:55:00Z", "customer-9")])
    look(fake, ASKED)
    filters = fake.documents[-1][1]
    assert {filters[f"{alias}Filter"]["datetime_lt"] for alias in ("each", "together", "control")} == {
        "2026-11-23T11:50:00Z"
    }


def test_a_clock_that_is_ahead_proves_nothing_newer(look):
    """The window ends where Cloudflare's own time has settled."""

    class OnTime(FakeAnalytics):
        def __call__(self, got):
            return super().__call__(got).with_headers(Date="Mon, 23 Nov 2026 11:00:00 GMT")

    fake = OnTime(OTHERS)
    assert look(fake, ASKED)["customer-9"][1].startswith(
        "no request between 2026-10-24T12:00:00Z and 2026-11-23T10:50:00Z"
    )


@pytest.mark.parametrize(
    "answer",
    [
        refusal("not authorized for that account"),
        refusal("cannot request data older than 7d"),
        refused(404, 7003),
        as_json({"data": {"viewer": {"accounts": []}}}),
        as_json({"data": None}),
        as_json({"data": {"viewer": {"accounts": [{"each": [], "together": []}]}}}),
        as_json({"data": {"viewer": {"accounts": [{"each": [], "together": [], "control": None}]}}}),
    ],
)
def test_what_fails_is_unknown(look, answer):
    """Nothing is raised, and nothing believed."""
    requests, how = look(FakeAnalytics(OTHERS), ASKED, handler=answer)["customer-9"]
    assert requests is None
    assert "did not answer" in how


def _answer(each, together, control):
    def rows(*found):
        return [{"sum": {"requests": count}, "avg": {"sampleInterval": 1}} for count in found]

    named = [
        {
            "dimensions": {"dispatchNamespaceName": name},
            "sum": {"requests": count},
            "avg": {"sampleInterval": 1},
        }
        for name, count in each.items()
    ]
    account = {"each": named, "together": rows(*together), "control": rows(*control)}
    return as_json({"data": {"viewer": {"accounts": [account]}}, "errors": None})


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (_answer({}, [], [5]), True),
        (_answer({}, [0], [5]), True),
        (_answer({}, [3], [5]), False),
        (_answer({"stranger": 3}, [3], [5]), False),
        (_answer({}, [], []), False),
        (_answer({}, [], [0]), False),
    ],
)
def test_an_answer_that_contradicts_itself(look, answer, known):
    """Names that add up to something else than their total, or names that nobody asked for."""
    requests, how = look(FakeAnalytics(OTHERS), ASKED, handler=answer)["customer-9"]
    assert requests == (0 if known else None)
    assert known or "contradicts itself" in how or "nobody believes" in how


def test_many_names_in_few_requests(look):
    """A thousand namespaces with two names each: as many requests as it takes to hold the names."""
    fake = FakeAnalytics(OTHERS)
    found = look(fake, {f"customer-{number}": [f"old-{number}"] for number in range(1000)})
    assert [requests for requests, _ in found.values()].count(0.0) == 999
    assert found["customer-5"][0] == 70
    assert len(fake.asked) == 1 + 4


def test_nothing_to_ask(look):
    """Asks nothing."""
    fake = FakeAnalytics(OTHERS)
    assert look(fake, {}) == {}
    assert fake.asked == []
