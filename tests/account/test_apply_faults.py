"""Applies against a server that fails in every way that one can: the right outcome, and no effect twice."""

from __future__ import annotations

import pytest
from support.between import Between, done_but, first, instead
from support.company import (
    DELETED,
    NOW,
    check_archived,
    check_everything_done,
    check_journal,
    count_changes,
    open_company,
    outcomes,
    plan_everything,
    sent,
)
from support.sandbox_server import clean_sandbox, running_sandbox
from support.stub_server import ok, refused

from wfp_ops.change.journal.reader import read
from wfp_ops.clock import parse_time
from wfp_ops.errors import APIError

METHODS = {"customer-50": "DELETE", "customer-61": "POST", "Customer_60": "PUT"}
SENT = {"DELETE": 3, "POST": 2, "PUT": 1}


@pytest.fixture(scope="module")
def server():
    """One sandbox for the tests of this module."""
    with running_sandbox(now=parse_time(NOW)) as running:
        yield running


@pytest.fixture(scope="module")
def between(server):
    """A proxy in front of it, for what no fault of the sandbox can do."""
    with Between(server) as proxy:
        yield proxy


@pytest.fixture
def company(server, between, tmp_path):
    """The company, reached through the proxy."""
    between.forget()
    return open_company(clean_sandbox(server), tmp_path, base_url=between.base_url)


@pytest.fixture
def account(company):
    """Its account, and what the server held before anything was done."""
    with company.account() as opened:
        yield opened


def _apply(account, plan, **options):
    applied = account.apply(plan, confirm=plan.confirmation, **options)
    check_journal(applied)
    check_archived(account, applied)
    return applied


def _all_done(company, account, *faults):
    """Everything is done in spite of the faults; how many changes of each kind were sent comes back."""
    before = company.sandbox.state(code=True)
    plan = plan_everything(account)
    count_changes(company)
    for kind, fields in faults:
        company.sandbox.fault(kind, **fields)
    applied = _apply(account, plan)
    assert set(outcomes(applied).values()) == {"done"}, applied
    assert applied.stopped is None
    check_everything_done(company, before)
    struck = company.sandbox.control("GET", "faults")["faults"][3:]
    assert all(each["struck"] for each in struck)
    return sent(company)


def _kinds(applied, step):
    """What the journal says of one step, outcomes with their result and how it is known."""
    return [
        (record.facts["result"], record.facts["how"]) if record.kind == "outcome" else record.kind
        for record in read(applied.journal)
        if record.facts.get("step") == step
    ]


# --- faults that pass ---------------------------------------------------------------------------

READS = [
    ("status", {"status": 429, "count": 3}),
    ("status", {"status": 429, "retry_after": 7, "count": 2}),
    ("status", {"status": 429, "retry_after": "date:20", "count": 2}),
    ("status", {"status": 500, "count": 3}),
    ("status", {"status": 503, "retry_after": 2, "count": 2}),
    ("reset", {"count": 3}),
    ("cut", {"count": 3}),
    ("slow", {"delay_s": 0.05, "count": 5}),
    ("timeout", {"delay_s": 0.05, "count": 2}),
]


@pytest.mark.parametrize(("kind", "fields"), READS, ids=str)
def test_reads_that_fail_for_a_while(company, account, kind, fields):
    """Whatever is read before, between and after the changes is read again; nothing is sent twice."""
    faults = [(kind, {"method": "GET", "skip": skip, **fields}) for skip in (0, 15, 30)]
    assert _all_done(company, account, *faults) == SENT


# Faults that pass, and whether the request had to be sent once more because it was not carried out
CHANGES = [
    ("status", {"status": 429}, 1),
    ("status", {"status": 429, "retry_after": 30}, 1),
    ("status", {"status": 429, "retry_after": "date:30"}, 1),
    ("status", {"status": 500}, 1),
    ("status", {"status": 502}, 1),
    ("status", {"status": 503, "retry_after": 3}, 1),
    ("not_json", {}, 1),
    ("reset", {}, 1),
    ("timeout", {"delay_s": 0.05}, 1),
    ("lost_answer", {}, 0),
    ("cut", {}, 0),
    ("slow", {"delay_s": 0.1}, 0),
]


@pytest.mark.parametrize(("kind", "fields", "more"), CHANGES, ids=str)
def test_changes_that_fail_once(company, account, kind, fields, more):
    """Each kind of change: settled by reads, sent again only where it is certain that it was not done."""
    faults = [(kind, {"method": method, "count": 1, **fields}) for method in SENT]
    assert _all_done(company, account, *faults) == {method: n + more for method, n in SENT.items()}


@pytest.mark.parametrize("kind", ["null_result", "wrong_result", "empty_result"])
def test_answers_that_are_not_what_was_promised(company, account, kind):
    """A creation or a rename that was done, and whose answer says nothing: a read tells."""
    faults = [(kind, {"method": method, "count": 1}) for method in ("POST", "PUT")]
    assert _all_done(company, account, *faults) == SENT


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_refusals_of_what_was_carried_out(company, account, between, status):
    """The server fails after the effect: that is found out, and nothing is sent again."""
    for method in SENT:
        between.when(method, "/namespaces*", done_but(refused(status)))
    assert _all_done(company, account) == SENT


@pytest.mark.parametrize("kind", ["status", "lost_answer", "reset"])
def test_every_change_fails_at_first(company, account, kind):
    """Two in a row whose outcome could be told are no failures."""
    fields = {"status": 429} if kind == "status" else {}
    faults = [(kind, {"method": method, "count": 2, **fields}) for method in SENT]
    again = 0 if kind == "lost_answer" else 2
    assert _all_done(company, account, *faults)["DELETE"] == SENT["DELETE"] + again


@pytest.mark.parametrize("status", [404, 403])
def test_what_is_created_shows_late(company, account, status):
    """For a moment a new namespace is not found, or forbidden: that is waited out."""
    company.sandbox.switch(consistency_delay_s=0.05, consistency_status=status)
    assert _all_done(company, account) == SENT


@pytest.mark.parametrize("status", [404, 403])
def test_what_is_created_shows_late_and_its_answer_was_lost(company, status):
    """Neither the answer nor the first reads say that it is there: it is not created twice."""
    company.sandbox.switch(consistency_delay_s=0.2, consistency_status=status)
    with company.account(share=0.05) as account:
        fault = ("lost_answer", {"method": "POST", "count": 2})
        assert _all_done(company, account, fault) == SENT


# --- a throttled change -------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"retry_after": "5"}])
@pytest.mark.parametrize("name", ["customer-50", "Customer_60"])
def test_a_throttled_change_is_judged_again(company, account, between, name, headers):
    """A Worker is put in while the change waits: it drops out as moved, and is not sent again."""
    plan = plan_everything(account)
    count_changes(company)
    busy = refused(429, 971, **headers)
    between.when(METHODS[name], f"/namespaces/{name}", first(lambda: company.deploy(name), busy))
    applied = _apply(account, plan)
    came = {each.step.name: each for each in applied.steps}
    assert (came[name].outcome, came[name].guard) == ("dropped", "moved")
    assert "the number of its Workers was" in came[name].detail
    assert applied.done == 5
    assert "new" in {worker["name"] for worker in company.sandbox.state()[name]["workers"]}
    assert between.count(METHODS[name], between.received[0].path.partition("?")[0]) >= 0
    place = next(n for n, step in enumerate(plan.steps) if step.name == name)
    assert _kinds(applied, place)[-3:] == ["intent", ("not_done", "answered"), "dropped"]


def test_a_throttled_creation_is_judged_again(company, account, between):
    """Somebody else creates it while ours waits: ours drops out."""
    plan = plan_everything(account)
    between.when("POST", "/namespaces", first(lambda: company.create("customer-61"), refused(429, 971)))
    applied = _apply(account, plan)
    came = {each.step.name: each for each in applied.steps}
    assert (came["customer-61"].outcome, came["customer-61"].guard) == ("dropped", "moved")
    assert applied.done == 5


def test_a_change_that_is_throttled_for_ever(company, account):
    """It is given up after a while as failed, and nothing of it was done."""
    before = company.ids()
    plan = plan_everything(account).without([1, 2, 3, 4, 5])
    company.sandbox.fault("status", method="DELETE", status=429, retry_after=1)
    applied = _apply(account, plan)
    assert outcomes(applied) == {"customer-50": "failed"}
    assert "throttled" in applied.steps[0].detail
    assert company.ids() == before


# --- failures, and when it stops ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields"), [("success_false", {}), ("status", {"status": 400, "code": 10021})]
)
def test_one_refused_change_is_its_own_trouble(company, account, kind, fields):
    """It has failed, the others are done."""
    plan = plan_everything(account)
    company.sandbox.fault(kind, method="DELETE", count=1, **fields)
    applied = _apply(account, plan)
    assert outcomes(applied) == {
        **{step.name: "done" for step in plan.steps},
        "customer-50": "failed",
    }
    assert "customer-50" in company.names
    assert applied.stopped is None


def test_three_failures_in_a_row_stop_it(company, account):
    """What was not begun is left; once the trouble is over a resume does it."""
    plan = plan_everything(account)
    company.sandbox.fault("success_false", method="DELETE", count=3)
    applied = _apply(account, plan)
    assert outcomes(applied) == {
        step.name: "failed" if step.name in DELETED else "left" for step in plan.steps
    }
    assert "3 steps failed in a row" in applied.stopped
    assert set(DELETED) <= company.names
    resumed = account.resume(applied.journal)
    check_journal(resumed)
    assert (resumed.failed, resumed.done, resumed.left) == (3, 3, 0)


def test_failures_that_are_not_in_a_row_do_not_stop_it(company, account):
    """A success in between starts the count anew."""
    plan = plan_everything(account)
    company.sandbox.fault("success_false", method="DELETE", count=2)
    company.sandbox.fault("success_false", method="POST", count=2)
    applied = _apply(account, plan)
    assert (applied.failed, applied.done, applied.stopped) == (4, 2, None)


def test_a_token_without_the_permission_stops_it_at_once(company, account):
    """What it lacks for one change it lacks for all."""
    before = company.ids()
    plan = plan_everything(account)
    count_changes(company)
    company.sandbox.fault("status", method="DELETE", status=403, code=10000, message="no permission")
    applied = _apply(account, plan)
    assert "token may not" in applied.stopped
    assert outcomes(applied)["customer-50"] == "failed"
    assert applied.left == 5
    assert sent(company) == {"DELETE": 1, "POST": 0, "PUT": 0}
    assert company.ids() == before


@pytest.mark.parametrize("kind", ["html", "wrong_result", "null_result", "empty_result", "not_json"])
def test_reads_that_can_not_be_believed_stop_it(company, account, kind):
    """Once the first deletion was made nothing can be looked at any more: no other one is made."""
    plan = plan_everything(account)

    def spoil(progress):
        if progress.over == 1 and progress.current:
            company.sandbox.fault(kind, method="GET", route="*/namespaces/*")

    applied = _apply(account, plan, progress=spoil)
    assert applied.stopped
    assert applied.done == 1
    assert company.names & set(DELETED) == {"customer-51", "customer-52"}
    company.sandbox.control("DELETE", "faults")
    resumed = account.resume(applied.journal)
    assert resumed.complete
    assert "customer-51" not in company.names or resumed.dropped


@pytest.mark.parametrize("kind", ["html", "wrong_result", "null_result", "not_json", "short_result"])
def test_an_account_that_can_not_be_read_is_not_changed(company, account, kind):
    """The listing fails before the first change: the plan is not used up by that."""
    before = company.ids()
    plan = plan_everything(account)
    company.sandbox.switch(listing="paged")
    company.sandbox.fault(kind, method="GET", route="*/namespaces")
    with pytest.raises(APIError):
        account.apply(plan, confirm=plan.confirmation)
    assert company.ids() == before
    assert company.journals() == []
    company.sandbox.control("DELETE", "faults")
    assert _apply(account, plan).complete


# --- surprises ----------------------------------------------------------------------------------


def test_what_is_gone_before_its_step_stops_it(company, account):
    """Somebody else deletes what the plan would: who does that, and by which list?"""
    plan = plan_everything(account)

    def go(progress):
        if progress.over == 1 and progress.current == "customer-51":
            company.delete("customer-52")

    applied = _apply(account, plan, progress=go)
    came = {each.step.name: each for each in applied.steps}
    assert came["customer-50"].outcome == "done"
    assert applied.stopped
    assert "customer-61" not in company.names
    assert came["customer-61"].outcome == "left"
    assert came["customer-52"].outcome in ("dropped", "left")


def test_what_is_gone_between_the_look_and_the_call_stops_it(company, account, between):
    """A deletion that is answered with 404 right after a look found the thing."""
    plan = plan_everything(account)
    between.when("DELETE", "/customer-51", first(lambda: company.delete("customer-51")))
    applied = _apply(account, plan)
    assert "was there a moment ago" in applied.stopped
    assert outcomes(applied)["customer-51"] == "failed"
    assert applied.left == 4


@pytest.mark.parametrize("name", ["customer-50", "customer-61", "Customer_60"])
def test_success_that_is_none(company, account, between, name):
    """A change is answered with success, and a read contradicts it: the first of its kind stops it all."""
    plan = plan_everything(account)
    before = company.ids()
    created = {"namespace_id": "0" * 32, "namespace_name": "customer-61"}
    renamed = {"namespace_id": before["Customer_60"], "namespace_name": "customer-60"}
    answers = {"DELETE": ok(None), "POST": ok(created), "PUT": ok(renamed)}
    method = METHODS[name]
    between.when(method, "/namespaces*", instead(answers[method]), times=None)
    applied = _apply(account, plan)
    assert name in applied.stopped
    after = {"customer-50": 5, "customer-61": 2, "Customer_60": 0}
    assert applied.left == after[name]
    assert name in company.names or method == "POST"
    assert not {step.name: step for step in plan.steps}[name].is_deletion or name in company.names


def test_what_is_made_again_after_its_deletion_stops_it(company, account, between):
    """The answer was lost, and under its name stands another one by now: nobody can tell who did what."""
    plan = plan_everything(account)
    before = company.ids()

    def replaced(_got, pass_on):
        pass_on()
        company.create("customer-50")
        return refused(502)

    between.when("DELETE", "/customer-50", replaced)
    applied = _apply(account, plan)
    assert "made it again" in applied.stopped
    assert applied.left == 6
    assert outcomes(applied)["customer-50"] == "unknown"
    resumed_first = company.ids()["customer-50"]
    assert resumed_first != before["customer-50"]
    again = account.resume(applied.journal)
    assert again.left == 6
    assert company.ids()["customer-50"] == resumed_first


def test_a_name_that_somebody_else_took_is_not_ours(company, account, between):
    """A creation whose answer was lost and that was not done; somebody's rename gave it the name."""
    plan = plan_everything(account).without([0, 1, 2, 4, 5])
    before = company.ids()

    def taken(_got, _pass_on):
        url = f"{company.sandbox.namespaces_url}/customer-17"
        assert company.sandbox.http.put(url, json={"name": "customer-61"}).status_code == 200
        return refused(502)

    between.when("POST", "/namespaces", taken)
    applied = _apply(account, plan)
    assert outcomes(applied) == {"customer-61": "unknown"}
    assert "may have been there before" in applied.stopped
    assert company.ids()["customer-61"] == before["customer-17"]
