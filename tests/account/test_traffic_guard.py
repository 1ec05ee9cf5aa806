"""The guard ``traffic`` from the audit to the change, over the real sandbox and its analytics."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.company import (
    LONG_AGO,
    LOOKED,
    NAMESPACES,
    NOW,
    ROWS,
    customer,
    namespace,
    open_company,
    outcomes,
    plan_everything,
)
from support.law_world import customer as law_customer
from support.law_world import namespace as law_namespace
from support.law_world import world
from support.sandbox_server import clean_sandbox, running_sandbox

from wfp_ops.clock import parse_time
from wfp_ops.errors import RefusedError

NONE = {"traffic": {"hourly": 0}}
SOME = {"traffic": {"hourly": 20}}
GRACE = {"grace": "left long ago"}
GONE = ("customer-50", "customer-51", "customer-52")


@pytest.fixture(scope="module")
def server():
    """One sandbox for the tests of this module."""
    with running_sandbox(now=parse_time(NOW)) as running:
        yield running


def quiet(*more, without=()):
    """The company's namespaces, those of who left without any request; others instead or beside."""
    named = {each["name"]: each for each in more}
    usual = {each["name"]: {**each, **(NONE if each["name"] in GONE else SOME)} for each in NAMESPACES}
    return [each for name, each in {**usual, **named}.items() if name not in without]


@pytest.fixture
def company(server, tmp_path):
    """Customers 50, 51 and 52 left, and nobody has asked for them since."""
    return open_company(clean_sandbox(server), tmp_path, namespaces=quiet())


def reopened(company, *spaces):
    """The company with other namespaces; the list is accepted anew."""
    company.sandbox.load(*spaces)
    company.accept()
    return company


def planned(company, **wish):
    """The plan of a deletion without a word about traffic: names, and who is left out by which guard."""
    with company.account() as account:
        plan = account.plan_delete(account.audit(), **wish)
    return {step.name for step in plan.steps}, {each.step.name: each for each in plan.excluded}


def test_silence_is_proven(company):
    """Nothing needs to be overridden: it is asked at planning and again at the apply."""
    with company.account() as account:
        plan = account.plan_delete(account.audit(usage=False))
        assert {step.namespace for step in plan.steps} == set(GONE)
        assert plan.overrides.reasons == {}
        assert {step.evidence["requests"] for step in plan.steps} == {0}
        row = next(each for each in plan.guards if each.guard == "traffic" and each.namespace == GONE[0])
        assert row.verdict == "pass"
        assert "each of them recorded; nor by the ids of 2 Workers" in row.detail
        before = account.analytics().queries
        assert before <= 3
        applied = account.apply(plan, confirm=plan.confirmation)
        assert account.analytics().queries - before <= 3
    assert outcomes(applied) == dict.fromkeys(GONE, "done")


def test_who_is_called_stays(company):
    """One is asked for still: it is left out, with how much, and no person had to look."""
    reopened(company, *quiet(namespace("customer-51", "shop", **SOME)))
    steps, excluded = planned(company)
    assert steps == {"customer-50", "customer-52"}
    assert excluded["customer-51"].guards == ("traffic",)
    assert "requests in the last 30 days (between 2026-10-24T12:05:00Z and " in excluded["customer-51"].reason


def test_grace_and_traffic_are_both_told(company):
    """Who waits is asked about as well, so that a reader sees all that speaks against it."""
    company.settings({"grace_days": 3650})
    reopened(company, *quiet(namespace("customer-51", "shop", **SOME)))
    steps, excluded = planned(company)
    assert steps == set()
    assert excluded["customer-50"].guards == ("grace",)
    assert excluded["customer-51"].guards == ("grace", "traffic")


def test_what_another_guard_holds_back_is_not_asked_about(company):
    """A running customer's namespace costs no question."""
    with company.account() as account:
        plan = account.plan_delete(account.audit(usage=False), ["customer-1"])
        assert plan.excluded[0].guards == ("state", "grace")
        assert account.analytics().queries == 0


def test_traffic_that_begins_after_the_plan(company):
    """At the apply everything is asked again: what is called by then drops out."""
    with company.account() as account:
        plan = account.plan_delete(account.audit())
        now = {each["namespace_name"]: each for each in company.sandbox.control("GET", "state")["namespaces"]}
        company.sandbox.load({**now["customer-51"], **SOME}, mode="merge")
        applied = account.apply(plan, confirm=plan.confirmation)
    assert outcomes(applied) == {"customer-50": "done", "customer-51": "dropped", "customer-52": "done"}
    assert next(each for each in applied.steps if each.outcome == "dropped").guard == "traffic"
    assert "customer-51" in company.names


def test_analytics_that_fail_after_the_plan(company):
    """Nobody can tell any more, so nothing is done."""
    with company.account() as account:
        plan = account.plan_delete(account.audit())
        company.sandbox.switch(analytics_permitted=False)
        with pytest.raises(RefusedError) as caught:
            account.apply(plan, confirm=plan.confirmation)
    assert "traffic: analytics did not answer" in caught.value.reasons[0]
    assert set(GONE) <= company.names


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ({"analytics_permitted": False}, "did not answer"),
        ({"analytics_enabled": False}, "did not answer"),
        ({"analytics_not_older_than": 29 * 86400}, "do not reach back"),
        ({"analytics_missing_fields": ["avg_sampleInterval"]}, "did not answer"),
    ],
)
def test_what_can_not_be_read_is_unknown(company, switch, words):
    """And unknown is left out, unless somebody says in writing why not."""
    company.sandbox.switch(**switch)
    steps, excluded = planned(company)
    assert steps == set()
    assert {each.guards for each in excluded.values()} == {("traffic",)}
    assert all(words in each.reason for each in excluded.values())
    assert planned(company, overrides=LOOKED)[0] == set(GONE)


def test_analytics_that_answer_nothing_at_all(company):
    """No request of anybody: that is an account that is not seen, not one that is silent."""
    company.sandbox.fault("graphql_partial", route="/graphql")
    assert planned(company)[0] == set()
    company.sandbox.control("DELETE", "faults")
    reopened(company, *({**each, **NONE} for each in quiet()))
    steps, excluded = planned(company)
    assert steps == set()
    assert all("which nobody believes" in each.reason for each in excluded.values())


def test_days_that_are_asked_in_parts(company):
    """Where a query may be a day wide, each day has its own control."""
    company.sandbox.switch(analytics_max_duration=86400, analytics_rate_limit=None)
    assert planned(company)[0] == set(GONE)


def test_a_rename_that_no_audit_has_seen(company):
    """All requests stand under a name that nobody knows; the Worker's id tells."""
    lately = {"past_names": [{"name": "fifty", "until": "2026-11-20T00:00:00Z"}]}
    ended = {"traffic": {"hourly": 20, "ends_on": "2026-11-19T00:00:00Z"}}
    steps, excluded = planned(reopened(company, *quiet(namespace("customer-50", "shop", **lately, **ended))))
    assert steps == {"customer-51", "customer-52"}
    assert excluded["customer-50"].guards == ("traffic",)
    assert "by the id of 1 Worker" in excluded["customer-50"].reason


def test_a_rename_that_an_audit_has_seen(server, tmp_path):
    """The Worker is gone; what it was asked under the old name counts by the audit that knows that name."""
    old = namespace("Customer_50", namespace_id="0" * 32, modified_on="2025-06-01T00:00:00Z")
    company = open_company(clean_sandbox(server), tmp_path, namespaces=quiet(old, without=("customer-50",)))
    deleted = {
        "namespace": "customer-50",
        "namespace_id": "0" * 32,
        "name": "shop",
        "created_on": LONG_AGO,
        "deleted_on": "2026-11-18T00:00:00Z",
        **SOME,
    }
    new = namespace("customer-50", namespace_id="0" * 32, modified_on="2026-11-20T00:00:00Z")
    new |= {"past_names": [{"name": "Customer_50", "until": "2026-11-20T00:00:00Z"}]}
    inventory = {"namespaces": quiet(new), "deleted": [deleted]}
    company.sandbox.control("POST", "load", {"mode": "replace", **inventory})
    steps, excluded = planned(company, overrides=GRACE)
    assert steps == {"customer-51", "customer-52"}
    assert excluded["customer-50"].guards == ("traffic",)
    assert "under the name" in excluded["customer-50"].reason


def test_an_empty_namespace_that_was_changed_lately(server, tmp_path):
    """Nobody knows what it was called before, unless an audit from before says so."""
    changed = namespace("customer-52", namespace_id="2" * 32, modified_on="2026-11-20T00:00:00Z")
    company = open_company(clean_sandbox(server), tmp_path, namespaces=quiet(changed))
    steps, excluded = planned(company)
    assert steps == {"customer-50", "customer-51"}
    assert "no audit is kept that says what it was called before" in excluded["customer-52"].reason
    other = (
        open_company(
            clean_sandbox(server),
            tmp_path / "other",
            namespaces=quiet(namespace("customer-52", namespace_id="2" * 32)),
        )
        if (tmp_path / "other").mkdir() is None
        else None
    )
    other.sandbox.load(*quiet(changed))
    assert planned(other)[0] == set(GONE)


def test_a_namespace_made_anew_a_minute_ago(company):
    """Its requests can't show yet, and its predecessor's silence proves nothing for it."""
    fresh = namespace("customer-52", "site", created_on="2026-11-23T11:58:00Z", **NONE)
    steps, excluded = planned(reopened(company, *quiet(fresh)), overrides=GRACE)
    assert steps == {"customer-50", "customer-51"}
    assert "it was created 2026-11-23T11:58:00Z" in excluded["customer-52"].reason


def test_a_few_requests_beside_busy_workers(company):
    """Where each other Worker is sampled, silence proves nothing; one that is not is enough."""
    busy = [
        {**each, "traffic": {"hourly": 5000, "steady": True}}
        for each in quiet()
        if each["name"] not in GONE and each["workers"]
    ]
    steps, excluded = planned(reopened(company, *quiet(*busy)))
    assert steps == set()
    assert "was recorded, so that a few need not show" in excluded["customer-50"].reason
    assert planned(reopened(company, *quiet(*busy[1:])))[0] == set(GONE)


@pytest.mark.parametrize(("requests", "left_out"), [(NONE, ()), (SOME, ("traffic",))])
def test_renames(server, tmp_path, requests, left_out):
    """Whoever calls a namespace by its name would call in vain."""
    company = open_company(
        clean_sandbox(server), tmp_path, namespaces=quiet(namespace("Customer_60", "site", **requests))
    )
    with company.account() as account:
        plan = account.plan_rename(account.audit())
        assert [each.guards for each in plan.excluded] == ([left_out] if left_out else [])
        assert len(plan.steps) == 1 - len(left_out)
        if plan.steps:
            assert account.apply(plan, confirm=plan.confirmation).done == 1


@pytest.mark.parametrize("select", ["name", "tag"])
def test_workers_in_one_namespace(server, tmp_path, select):
    """In worker tenancy each Worker is asked about by itself, however busy the namespace is."""

    def worker(number, traffic):
        name = f"customer-{number}" if select == "name" else f"site-{number}"
        return {"name": name, "created_on": LONG_AGO, "tags": [f"customer-{number}"], **traffic}

    rows = [*ROWS[:20], customer("50", "churned"), customer("51", "churned")]
    inside = [worker(number, SOME) for number in (*range(1, 18), 51)]
    production = {**namespace("production"), "workers": [*inside, worker(50, NONE)], "created_on": LONG_AGO}
    sandbox = clean_sandbox(server)
    sandbox.load(production)
    company = open_company(sandbox, tmp_path, rows=rows, namespaces=[production])
    company.settings(more=f'[audit]\ntenancy = "worker"\nnamespaces = ["production"]\nselect = "{select}"\n')
    company.accept()
    with company.account() as account:
        plan = account.plan_delete(account.audit())
        deleted, kept = ("customer-50", "customer-51") if select == "name" else ("site-50", "site-51")
        assert [step.name for step in plan.steps] == [f"production/{deleted}"], plan.excluded
        assert {each.step.name: each.guards for each in plan.excluded} == {f"production/{kept}": ("traffic",)}
        applied = account.apply(plan, confirm=plan.confirmation)
    assert outcomes(applied) == {f"production/{deleted}": "done"}


def test_everything_by_override_where_nothing_can_be_known(company):
    """An account without analytics is no reason not to clean it up: somebody looks, and signs for it."""
    company.sandbox.switch(analytics_permitted=False)
    with company.account() as account:
        plan = plan_everything(account)
        assert account.apply(plan, confirm=plan.confirmation).done == 6


def test_a_rehearsal_finds_the_same(company):
    """In the sandbox of a rehearsal the same things are silent."""
    with company.account() as account:
        plan = account.plan_delete(account.audit())
        shown = account.rehearse(plan, faults=0)
    assert {each.step.name: each.outcome for each in shown.applied.steps} == dict.fromkeys(GONE, "done")


@pytest.mark.parametrize(("pause", "dropped"), [(timedelta(minutes=29), 0), (timedelta(minutes=31), 1)])
def test_a_long_pause(pause, dropped):
    """After half an hour all that is left is asked about again, in one go."""
    stays = [law_namespace(f"customer-{n}", {"name": "site"}, **SOME) for n in range(1, 6)]
    left = [law_namespace(f"customer-{n}", {"name": "site"}, **NONE) for n in (7, 8, 9)]
    rows = [law_customer(str(n)) for n in range(1, 6)]
    rows += [law_customer(str(n), "churned", churned_on="2021-01-01") for n in (7, 8, 9)]
    with world() as small:
        small.change = {"max_share": 1.0, "grace_days": 0}
        small.server.load({"namespaces": [*stays, *left]})
        small.write_list(rows)

        def interfere(progress):
            if progress.over == 1 and not asked:
                asked.append(account.analytics().queries)
                now = small.server.document(code=True)["namespaces"]
                eight = next(each for each in now if each["namespace_name"] == "customer-8")
                small.server.load({"namespaces": [{**eight, **SOME}]}, mode="merge")
                small.clock.advance(pause)

        asked = []
        with small.account() as account:
            audit = account.audit()
            account.accept(audit)
            plan = account.plan_delete(audit)
            assert len(plan.steps) == 3
            applied = account.apply(plan, confirm=plan.confirmation, progress=interfere)
            assert account.analytics().queries - asked[0] == 2 * dropped
    assert [each.outcome for each in applied.steps].count("dropped") == dropped
    assert applied.done == 3 - dropped
