"""Traffic as evidence: seen, proven absent, or unknown with why."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

import pytest
from support.fake_analytics import FakeAnalytics, refusal, request
from support.fake_clock import START
from support.stub_server import as_json, refused

from wfp_ops.clock import iso
from wfp_ops.usage.planner import Window
from wfp_ops.usage.traffic import Subject, nodes_of, traffic, traffic_by_id, traffic_of_workers

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
    assert found["customer-5"][1] == "between 2026-10-24T12:00:00Z and 2026-11-23T11:50:00Z"


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
        "between 2026-10-24T12:00:00Z and 2026-11-23T11:50:00Z under the names customer-9, old; "
        "the same answer shows 70 of customer-5/web, each of them recorded"
    )
    assert fake.asked == [["settings"], ["each", "together", "control"]]


@pytest.mark.parametrize(("interval", "known"), [(1, True), (1.5, False), (10, False), (None, False)])
def test_a_few_requests_that_sampling_may_have_lost(look, interval, known):
    """Silence means something only where of some Worker each request was recorded."""
    record = request("2026-11-10T10:00:00Z", "customer-5", requests=70, interval=interval or 1)
    handler = None if interval else _answer({}, [], [5], interval=None)
    requests, how = look(FakeAnalytics([record]), ASKED, handler=handler)["customer-9"]
    assert requests == (0 if known else None)
    assert known or "recorded" in how


def test_busy_workers_that_are_sampled_prove_nothing_against_the_others(look):
    """The control is the Worker of which most was recorded, not the busiest one."""
    busy = [request("2026-11-10T10:00:00Z", f"customer-{n}", requests=7000, interval=100) for n in range(3)]
    requests, how = look(FakeAnalytics([*busy, *OTHERS]), ASKED)["customer-9"]
    assert requests == 0
    assert "70 of customer-5/web" in how


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
        "between 2026-10-24T11:00:00Z and 2026-11-23T10:50:00Z"
    )


def test_a_clock_that_is_behind_does_not_hide_the_last_day(look):
    """Requests of the hours that ours knows nothing of yet count as well."""

    class OnTime(FakeAnalytics):
        def __call__(self, got):
            return super().__call__(got).with_headers(Date="Tue, 24 Nov 2026 12:00:00 GMT")

    late = request("2026-11-24T10:00:00Z", "customer-9")
    fake = OnTime([*OTHERS, late], now=START + timedelta(days=1))
    assert look(fake, ASKED)["customer-9"][0] == 1


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


def test_limits_that_can_not_be_read(look):
    """The first question of all fails: nothing is known of anything, and why is said."""
    found = look(lambda _: refusal("not authorized for that account"), {"customer-9": [], "customer-5": []})
    assert [requests for requests, _ in found.values()] == [None, None]
    for _, how in found.values():
        assert how.startswith("analytics did not answer: ")
        assert "not authorized for that account" in how


def _answer(each, together, control, interval=1, recorded=1):
    def rows(*found):
        return [{"sum": {"requests": count}, "avg": {"sampleInterval": recorded}} for count in found]

    def controls(*found):
        named = {"dimensions": {"dispatchNamespaceName": "customer-5", "scriptName": "web"}}
        return [{**named, "sum": {"requests": n}, "avg": {"sampleInterval": interval}} for n in found]

    named = [
        {
            "dimensions": {"dispatchNamespaceName": name},
            "sum": {"requests": count},
            "avg": {"sampleInterval": recorded},
        }
        for name, count in each.items()
    ]
    account = {"each": named, "together": rows(*together), "control": controls(*control)}
    return as_json({"data": {"viewer": {"accounts": [account]}}, "errors": None})


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (_answer({}, [], [5]), True),
        (_answer({}, [0], [5]), True),
        (_answer({"customer-9": 0}, [0], [5]), True),
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
    assert known or how.startswith(
        (
            "the answer contradicts itself between 2026-10-24",
            "no namespace had a request, which nobody believes, between 2026-10-24",
        )
    )


@pytest.mark.parametrize(
    ("counted", "recorded", "known"),
    [
        (1000, 1, True),
        (999, 1, False),
        (990, 1, False),
        (990, 10, True),
        (1000, None, True),
        (990, None, False),
    ],
)
def test_others_that_are_asked_about_must_add_up_too(look, counted, recorded, known):
    """Exactly, where all was recorded: a row that is missing may be the silent one's."""
    answer = _answer({"customer-5": counted}, [1000], [5], recorded=recorded)
    found = look(FakeAnalytics(OTHERS), {"customer-9": [], "customer-5": []}, handler=answer)
    assert found["customer-5"][0] == counted
    assert found["customer-9"][0] == (0 if known else None)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            _answer({}, [], [5], interval=None),
            "analytics do not say how many of the requests they recorded betw",
        ),
        (
            _answer({}, [], [5], interval=10),
            "only one request in 10 was recorded, so that a few need not show, b",
        ),
        (
            _answer({}, [], [5]),
            "between 2026-10-24T12:00:00Z and 2026-11-23T11:50:00Z; the same answer shows 5 of",
        ),
    ],
)
def test_how_it_is_known_in_words(look, answer, words):
    """One reason, and the time that it is about."""
    assert look(FakeAnalytics(OTHERS), ASKED, handler=answer)["customer-9"][1].startswith(words)


def test_requests_of_several_windows_are_added_up(look):
    """And of the controls the least counts."""
    daily = [
        request(iso(START - timedelta(days=n, hours=1)), "customer-5", requests=70 - n) for n in range(3)
    ]
    twice = [request(iso(START - timedelta(days=n, hours=1)), "customer-9", requests=3 + n) for n in (0, 2)]
    fake = FakeAnalytics([*daily, *twice])
    fake.limits["maxDuration"] = 86400
    found = look(fake, {"customer-9": [], "customer-8": []}, days=3)
    assert found["customer-9"][0] == 3 + 5
    assert "the same answer shows 68 of customer-5/web" in found["customer-8"][1]


@pytest.mark.parametrize(("page", "questions"), [(2, 4), (3, 2), (5, 1)])
def test_no_more_at_once_than_a_page_holds(look, page, questions):
    """With room for one row that nobody asked for."""
    fake = FakeAnalytics(OTHERS)
    fake.limits["maxPageSize"] = page
    found = look(fake, {f"customer-{n}": [] for n in (6, 7, 8, 9)})
    assert [requests for requests, _ in found.values()] == [0] * 4
    assert len(fake.asked) == 1 + questions


def test_an_account_without_a_widest_range(look):
    """All of the time is one window."""

    class Wide(FakeAnalytics):
        def _refused(self, asked, limit, fields):
            return None

    fake = Wide(OTHERS)
    fake.limits["maxDuration"] = None
    assert look(fake, ASKED)["customer-9"][0] == 0
    assert len(fake.asked) == 2


def test_what_is_asked(look):
    """Each value and one stranger; two totals would be one too many; one control, by what is recorded best."""
    window = Window(START - timedelta(days=1), START)
    each, together, control = nodes_of(["a", "b"], window, Subject("scriptTag", {"scriptName": "web"}))
    assert (each.limit, each.order) == (3, ("scriptTag_ASC",))
    assert each.filter == together.filter
    assert each.filter["scriptTag_in"] == ["a", "b"]
    assert each.filter["scriptName"] == "web"
    assert (together.limit, control.limit) == (2, 1)
    assert control.order[0] == "avg_sampleInterval_ASC"
    assert "scriptName" not in control.filter


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


def test_a_name_that_analytics_keep_in_lower_case(look):
    """Cloudflare tells names apart by case; whether analytics do, nobody says."""
    fake = FakeAnalytics([*OTHERS, request("2026-11-20T10:00:00Z", "customer_60", requests=3)])
    requests, how = look(fake, {"Customer_60": []})["Customer_60"]
    assert requests == 3
    assert how.endswith("under the name customer_60")


@pytest.mark.parametrize(
    ("created", "known"),
    [
        (START - timedelta(days=400), True),
        (START - timedelta(minutes=11), True),
        (START - timedelta(minutes=10), False),
        (START + timedelta(days=1), False),
        (None, False),
    ],
)
def test_what_is_newer_than_what_can_be_looked_at(world, created, known):
    """Its requests could not show yet; nor is anything believed of a thing without a date."""
    with ExitStack() as stack:
        client = world.client(FakeAnalytics(OTHERS), stack)
        found = traffic(client, ASKED, days=30, now=START, created={"customer-9": created})
    requests, how = found["customer-9"]
    assert requests == (0 if known else None)
    if not known:
        said = f"it was created {iso(created)}" if created else "nobody knows when it was created"
        assert how == f"{said}, and analytics can be relied on up to 2026-11-23T11:50:00Z"


def test_workers_inside_one_namespace(world):
    """Each by its name, under every name of the namespace; the same name elsewhere is another Worker."""
    fake = FakeAnalytics(
        [
            *OTHERS,
            request("2026-11-20T10:00:00Z", "production", "site", requests=3),
            request("2026-11-20T10:00:00Z", "prod", "site", requests=2),
            request("2026-11-20T10:00:00Z", "prod", "Old", requests=9),
            request("2026-11-20T10:00:00Z", "elsewhere", "gone", requests=9),
        ]
    )
    with ExitStack() as stack:
        client = world.client(fake, stack)
        found = traffic_of_workers(
            client,
            "production",
            ["prod"],
            ["site", "gone", "Old", "new"],
            days=30,
            now=START,
            created={"site": None, "gone": START - timedelta(days=99), "new": START},
        )
    assert {name: requests for name, (requests, _) in found.items()} == {
        "site": 5,
        "gone": 0,
        "Old": 9,
        "new": None,
    }


def test_by_the_ids_of_workers(world):
    """Whatever the namespace was called: a Worker keeps its id."""
    fake = FakeAnalytics([*OTHERS, request("2026-11-20T10:00:00Z", "before", tag="t1", requests=3)])
    with ExitStack() as stack:
        client = world.client(fake, stack)
        found = traffic_by_id(client, {"a": ["t1", "t2"], "b": ["t3"], "c": []}, days=30, now=START)
        unasked = traffic_by_id(client, {"c": []}, days=30, now=START)
    assert found["a"] == (
        3,
        "between 2026-10-24T12:00:00Z and 2026-11-23T11:50:00Z by the id of 1 Worker",
    )
    assert found["c"] == (None, "nothing was asked") == unasked["c"]
    assert found["b"][0] == 0
    assert "by the id of 1 Worker; the same answer" in found["b"][1]


def test_an_answer_that_would_take_too_much_is_asked_for_in_parts(look):
    """By halves, and each half proves itself."""

    class Small(FakeAnalytics):
        def __call__(self, got):
            asked = got.json()["variables"].get("eachFilter")
            if asked is not None and asked["datetime_geq"] < "2026-11-08" < asked["datetime_lt"]:
                self.asked.append(["too much"])
                return refusal("query consumed excessive resources")
            return super().__call__(got)

    recent = request("2026-11-20T10:00:00Z", "customer-5")
    fake = Small([*OTHERS, recent, request("2026-11-01T10:00:00Z", "customer-5")])
    assert look(fake, ASKED)["customer-9"][0] is None
    assert ["each", "together", "control"] in fake.asked
    assert len(fake.asked) < 12

    class Halves(FakeAnalytics):
        def __call__(self, got):
            asked = got.json()["variables"].get("eachFilter")
            if (
                asked is not None
                and asked["datetime_geq"] < "2026-11-01"
                and asked["datetime_lt"] > "2026-11-20"
            ):
                return refusal("query consumed excessive resources")
            return super().__call__(got)

    assert (
        look(Halves([*OTHERS, recent, request("2026-11-01T10:00:00Z", "customer-5")]), ASKED)["customer-9"][0]
        == 0
    )


@pytest.mark.parametrize("days", [1, 3])
def test_a_day_that_takes_too_much_is_given_up(look, days):
    """It is not cut any further, and nothing of it is known."""

    class Full(FakeAnalytics):
        def __call__(self, got):
            if "eachFilter" in got.json()["variables"]:
                self.asked.append(["too much"])
                return refusal("query consumed excessive resources")
            return super().__call__(got)

    fake = Full(OTHERS)
    fake.limits["maxDuration"] = 86400
    requests, how = look(fake, ASKED, days=days)["customer-9"]
    assert requests is None
    assert how.startswith("analytics did not answer: ")
    assert len(fake.asked) == 1 + days
