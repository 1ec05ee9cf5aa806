"""Traffic as evidence for guards: all names of a namespace, the ids of its Workers, gaps in what is known."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from support.fake_analytics import FakeAnalytics, request
from support.fake_clock import START, FakeClock
from support.judging import created, gathered, item, one_worker, renamed, seen, worker
from support.names import ACCOUNT, TOKEN

from wfp_ops.api.analytics.client import Analytics
from wfp_ops.api.transport import Transport
from wfp_ops.change.traffic import TrafficLook, gap, ids_of, is_asked
from wfp_ops.memory.names import Called, Former

OTHER = request("2026-11-10T10:00:00Z", "customer-5", requests=70)
LATELY = "2026-11-20T10:00:00Z"
SINCE = START - timedelta(days=30)
SILENT = {"customer-9": (0, "asked")}


@pytest.fixture
def look(stub_server):
    """A look at these records; ``former`` is by id, ``asked`` are the aliases of each question."""

    @contextmanager
    def open_look(*records, former=None, fake=None):
        endpoint = fake or FakeAnalytics([OTHER, *records])
        stub_server.on("POST", "/graphql", endpoint)
        with ExitStack() as stack:
            transport = stack.enter_context(
                Transport(base_url=stub_server.base_url, token=SecretStr(TOKEN), clock=FakeClock())
            )
            analytics = Analytics(transport, ACCOUNT, token=SecretStr(TOKEN), deadline_s=None)
            stack.callback(analytics.close)

            def known(ids, since):
                assert since == SINCE
                return Former({each: former[each] for each in ids if each in (former or {})})

            yield TrafficLook(analytics=analytics, days=30, now=START, former=known)

    return open_look


def called(name, *, modified=START - timedelta(days=90), at=START - timedelta(days=40)):
    """A name as an audit saw it."""
    return Called(name, at, modified)


def test_who_is_asked_about():
    """Deletions and renames; a creation has no traffic yet."""
    assert [is_asked(each) for each in (item(), one_worker(), renamed(), created())] == [
        True,
        True,
        True,
        False,
    ]


def test_by_name(look):
    """Seen, proven absent, a Worker alone; what is only created is not asked about."""
    busy = request(LATELY, "customer_9", requests=3)
    with look(busy, request(LATELY, "customer-9", "api", requests=2)) as one:
        found = one.by_name(
            [item(), one_worker(), one_worker(worker="api"), renamed(), created(namespace="x")]
        )
        assert {name: requests for name, (requests, _) in found.items()} == {
            "customer-9": 2,
            "customer_9": 3,
            "customer-9/site": 0,
            "customer-9/api": 2,
        }
        assert one.by_name([created()]) == {}


def test_names_from_before_count(look):
    """Of the namespace itself and of its Workers, by its id."""
    former = {"id of customer-9": [called("nine"), called("nine"), called("customer-9")]}
    records = (request(LATELY, "nine", requests=3), request(LATELY, "nine", "site", requests=4))
    with look(*records, former=former) as one:
        found = one.by_name([item(), one_worker()])
        assert found["customer-9"][0] == 7
        assert found["customer-9/site"][0] == 4
        assert one.by_name([item(namespace_id="another")])["customer-9"][0] == 0
        assert one.by_name([item(namespace_id=None)])["customer-9"][0] == 0


def test_a_part_of_a_request_is_one(look):
    """What is estimated may be a fraction: it is not rounded away."""
    with look(request(LATELY, "customer-9", requests=0.2)) as one:
        assert one.by_name([item()])["customer-9"][0] == 1


@pytest.mark.parametrize("made", [item, one_worker])
def test_what_is_too_new_or_without_a_date_is_unknown(look, made):
    """It may have had requests that do not show yet."""
    with look() as one:
        for moment, requests in ((None, None), (START, None), (START - timedelta(days=1), 0)):
            assert [each for each, _ in one.by_name([made(created_on=moment)]).values()] == [requests]


def test_ids_of():
    """Of every Worker that goes with it, or none: half of them prove nothing."""
    inside = seen(workers=[worker("site"), worker("api")])
    assert ids_of(item(), gathered(inside)) == ["tag of api", "tag of site"] or ids_of(
        item(), gathered(inside)
    ) == ["tag of site", "tag of api"]
    assert ids_of(one_worker(), gathered(inside)) == ["tag of site"]
    for other in (
        seen(workers=[]),
        seen(workers=[worker("site"), worker("api", tag=None)]),
        seen(workers=[worker("site", tag="")]),
        seen(complete=False),
    ):
        assert ids_of(item(), gathered(other)) is None
    assert ids_of(one_worker(worker="gone"), gathered(inside)) is None


def test_by_id(look):
    """A rename that no audit has seen hides nothing: the Worker's id is the same."""
    hidden = request(LATELY, "nobody knows", tag="tag of site", requests=3)
    with look(hidden) as one:
        requests, how = one.by_id([item()], SILENT, gathered())["customer-9"]
        assert requests == 3
        assert how.endswith("by the id of 1 Worker")
    with look() as one:
        assert one.by_id([item()], SILENT, gathered()) == {
            "customer-9": (0, "asked; nor by the id of 1 Worker")
        }
        two = gathered(seen(workers=["site", "api"]))
        assert one.by_id([item()], SILENT, two)["customer-9"][1] == "asked; nor by the ids of 2 Workers"


def test_one_request_is_enough(look):
    """By the id alone, the names having shown none; what else was known stays."""
    with look(request(LATELY, "nobody knows", tag="tag of site")) as one:
        found = one.by_id([item()], {**SILENT, "other": (0, "asked")}, gathered())
        assert found["customer-9"][0] == 1
        assert found["other"] == (0, "asked")
        assert one.again([item()], {"customer-9": ["tag of site"]})["customer-9"][0] == 1


@pytest.mark.parametrize("before", [(3, "seen"), (None, "no permission")])
def test_what_is_settled_is_not_asked_again(look, before):
    """Neither what has requests nor what nobody could tell; nor what was never asked, or is gone."""
    fake = FakeAnalytics([OTHER])
    with look(fake=fake) as one:
        assert one.by_id([item()], {"customer-9": before}, gathered()) == {"customer-9": before}
        assert one.by_id([item()], {}, gathered()) == {}
        assert one.by_id([item()], SILENT, gathered(seen("other"))) == SILENT
    assert fake.asked == []


def test_by_id_it_may_be_unknown(look):
    """Without a control nothing is proven, whatever the names said."""
    with look(fake=FakeAnalytics([])) as one:
        assert one.by_id([item()], SILENT, gathered())["customer-9"][0] is None


@pytest.mark.parametrize(
    ("modified", "created_on", "audits", "known"),
    [
        (SINCE, None, [], True),
        (SINCE + timedelta(seconds=1), None, [], False),
        (START, START, [], True),
        (START, START - timedelta(seconds=1), [], False),
        (START, None, [called("nine", modified=SINCE)], True),
        (START, None, [called("nine", modified=SINCE + timedelta(seconds=1))], False),
        (START, None, [called("nine", modified=None)], False),
        (START, START - timedelta(days=5), [called("nine", modified=START - timedelta(days=5))], True),
        (None, None, [], False),
        ("never", None, [], False),
    ],
)
def test_gaps(modified, created_on, audits, known):
    """A name has held since the last change; of the time before that an audit must tell."""

    def text(moment):
        return moment.isoformat() if isinstance(moment, datetime) else moment

    there = gathered(seen(workers=[], modified_on=text(modified), created_on=text(created_on)))
    why = gap(item(), there, Former({"id of customer-9": audits}), SINCE)
    assert (why is None) == known
    assert known or why.startswith(
        ("it was changed 2026-1", "nobody knows when it was changed, and so whether")
    )


@pytest.mark.parametrize(
    ("days_ago", "known"),
    [(35, True), (20, False)],
)
def test_an_audit_that_cannot_be_read(days_ago, known):
    """It may have seen another name, if the namespace was changed around it."""
    there = gathered(seen(workers=[], modified_on=(START - timedelta(days=days_ago)).isoformat()))
    sighting = called("customer-9", at=START - timedelta(days=32))
    audits = Former({"id of customer-9": [sighting]}, {START - timedelta(days=25): "0007-broken"})
    why = gap(item(), there, audits, SINCE)
    assert (why is None) == known
    assert known or "around the audit 0007-broken, which can't be read" in why


@pytest.mark.parametrize(
    ("workers", "former", "requests"),
    [
        ([], {}, None),
        ([worker(tag=None)], {}, None),
        ([worker()], {}, 0),
        ([], {"id of customer-9": [called("nine")]}, 0),
    ],
)
def test_a_namespace_that_was_changed_lately(look, workers, former, requests):
    """Its Workers' ids tell, or an audit from before; else nobody knows what it was called."""
    changed = gathered(seen(workers=workers, modified_on="2026-11-22T00:00:00Z"))
    with look(former=former) as one:
        found = one.by_id([item()], SILENT, changed)["customer-9"]
    assert found[0] == requests
    assert (requests == 0) or "no audit is kept" in found[1]


def test_both_looks_again(look):
    """Of things whose Workers' ids are in the plan: the worse of the two counts."""
    with look(request(LATELY, "hidden", tag="t1", requests=3)) as one:
        found = one.again([item(), renamed()], {"customer-9": ["t1"], "customer_9": [], "other": ["t1"]})
        assert {name: requests for name, (requests, _) in found.items()} == {"customer-9": 3, "customer_9": 0}
    with look(request(LATELY, "customer-9", requests=3)) as one:
        assert one.again([item()], {"customer-9": ["t1"]})["customer-9"][0] == 3


def test_a_thousand_in_few_questions(look):
    """With two names and three Workers each: the account's limits, 4 questions by name, 6 by id."""
    items = [item(namespace=f"customer-{n}", namespace_id=f"id {n}") for n in range(1, 1001)]
    former = {f"id {n}": [called(f"old-{n}")] for n in range(1, 1001)}
    inside = {
        each.namespace: seen(each.namespace, [worker(f"w{n}", tag=f"{each.namespace} {n}") for n in range(3)])
        for each in items
    }
    fake = FakeAnalytics([replace_namespace(OTHER, "elsewhere")])
    with look(former=former, fake=fake) as one:
        found = one.by_name(items)
        found = one.by_id(items, found, replace(gathered(), seen=inside))
        assert {requests for requests, _ in found.values()} == {0}
        assert one.analytics.queries == 1 + 4 + 6


def replace_namespace(record, namespace):
    """The same requests in another namespace."""
    return {**record, "dispatchNamespaceName": namespace}


def test_the_present_is_what_the_clock_says():
    """From when on requests count."""
    look = TrafficLook(analytics=None, days=7, now=datetime(2026, 11, 23, tzinfo=UTC), former=None)
    assert look.since == datetime(2026, 11, 16, tzinfo=UTC)
