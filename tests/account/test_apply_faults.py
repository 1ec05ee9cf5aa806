"""Applies against a server that fails in every way that one can: the right outcome, and no effect twice."""

from __future__ import annotations

import shutil

import pytest
from support.between import Between, done_but, first, instead
from support.company import (
    DELETED,
    LOOKED,
    Prepared,
    apply_checked,
    check_everything_done,
    check_journal,
    count_changes,
    open_company,
    outcomes,
    prepare,
    sent,
)
from support.sandbox_server import clean_sandbox
from support.stub_server import ok, refused

from wfp_ops.change.journal.reader import read
from wfp_ops.errors import APIError

METHODS = {"customer-50": "DELETE", "customer-61": "POST", "Customer_60": "PUT"}
NS = "workers/dispatch/namespaces"
SENT_TO = ("customer-61", "customer-62", "customer-60")
SENT = {"DELETE": 3, "POST": 2, "PUT": 1}
# a question to the analytics is a POST, too
CHANGING = "/accounts/*"


@pytest.fixture(scope="module")
def between(server):
    """A proxy in front of it, for what no fault of the sandbox can do."""
    with Between(server) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def prepared(server, between, tmp_path_factory):
    """The company, reached through the proxy, with a plan of everything."""
    return prepare(server, tmp_path_factory.mktemp("company"), base_url=between.base_url)


@pytest.fixture
def company(prepared, between):
    """It, as it was when the plan was made."""
    between.forget()
    return prepared.again()


def _all_done(company, account, plan, *faults):
    """Everything is done in spite of the faults; how many changes of each kind were sent comes back."""
    before = company.sandbox.state(code=True)
    count_changes(company)
    for kind, fields in faults:
        company.sandbox.fault(kind, **fields)
    applied = apply_checked(account, plan)
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
def test_reads_that_fail_for_a_while(company, account, plan, kind, fields):
    """Whatever is read before, between and after the changes is read again; nothing is sent twice."""
    faults = [(kind, {"method": "GET", "skip": skip, **fields}) for skip in (0, 15, 30)]
    assert _all_done(company, account, plan, *faults) == SENT


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
def test_changes_that_fail_once(company, account, plan, *, kind, fields, more):
    """Each kind of change: settled by reads, sent again only where it is certain that it was not done."""
    faults = [(kind, {"method": method, "route": CHANGING, "count": 1, **fields}) for method in SENT]
    assert _all_done(company, account, plan, *faults) == {method: n + more for method, n in SENT.items()}


@pytest.mark.parametrize("kind", ["null_result", "wrong_result", "empty_result"])
def test_answers_that_are_not_what_was_promised(company, account, plan, kind):
    """A creation or a rename that was done, and whose answer says nothing: a read tells."""
    faults = [(kind, {"method": method, "route": CHANGING, "count": 1}) for method in ("POST", "PUT")]
    assert _all_done(company, account, plan, *faults) == SENT


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_refusals_of_what_was_carried_out(company, account, plan, between, status):
    """The server fails after the effect: that is found out, and nothing is sent again."""
    for method in SENT:
        between.when(method, "/namespaces*", done_but(refused(status)))
    assert _all_done(company, account, plan) == SENT


@pytest.mark.parametrize("kind", ["status", "lost_answer", "reset"])
def test_every_change_fails_at_first(company, account, plan, kind):
    """Two in a row whose outcome could be told are no failures."""
    fields = {"status": 429} if kind == "status" else {}
    faults = [(kind, {"method": method, "count": 2, **fields}) for method in SENT]
    again = 0 if kind == "lost_answer" else 2
    assert _all_done(company, account, plan, *faults)["DELETE"] == SENT["DELETE"] + again


@pytest.mark.parametrize("status", [404, 403])
def test_what_is_created_shows_late(company, account, plan, status):
    """For a moment a new namespace is not found, or forbidden: that is waited out."""
    company.sandbox.switch(consistency_delay_s=0.05, consistency_status=status)
    assert _all_done(company, account, plan) == SENT


@pytest.mark.parametrize("status", [404, 403])
def test_what_is_created_shows_late_and_its_answer_was_lost(company, plan, status):
    """Neither the answer nor the first reads say that it is there: it is not created twice."""
    company.sandbox.switch(consistency_delay_s=0.2, consistency_status=status)
    with company.account(share=0.05) as account:
        fault = ("lost_answer", {"method": "POST", "route": CHANGING, "count": 2})
        assert _all_done(company, account, plan, fault) == SENT


# --- a throttled change -------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"retry_after": "5"}])
@pytest.mark.parametrize("name", ["customer-50", "Customer_60"])
def test_a_throttled_change_is_judged_again(company, account, plan, between, *, name, headers):
    """A Worker is put in while the change waits: it drops out as moved, and is not sent again."""
    count_changes(company)
    busy = refused(429, 971, **headers)
    between.when(METHODS[name], f"/namespaces/{name}", first(lambda: company.deploy(name), busy))
    applied = apply_checked(account, plan)
    came = {each.step.name: each for each in applied.steps}
    assert (came[name].outcome, came[name].guard) == ("dropped", "moved")
    assert "the number of its Workers was" in came[name].detail
    assert applied.done == 5
    assert "new" in {worker["name"] for worker in company.sandbox.state()[name]["workers"]}
    assert between.count(METHODS[name], f"/accounts/{account.account_id}/{NS}/{name}") == 1
    place = next(n for n, step in enumerate(plan.steps) if step.name == name)
    assert _kinds(applied, place)[-3:] == ["intent", ("not_done", "answered"), "dropped"]


def test_a_throttled_creation_is_judged_again(company, account, plan, between):
    """Somebody else creates it while ours waits: ours drops out."""
    between.when("POST", "/namespaces", first(lambda: company.create("customer-61"), refused(429, 971)))
    applied = apply_checked(account, plan)
    came = {each.step.name: each for each in applied.steps}
    assert (came["customer-61"].outcome, came["customer-61"].guard) == ("dropped", "moved")
    assert applied.done == 5


def test_a_change_that_is_throttled_for_ever(company, account, plan):
    """It is given up after a while as failed, and nothing of it was done."""
    before = company.ids()
    plan = plan.without([1, 2, 3, 4, 5])
    company.sandbox.fault("status", method="DELETE", status=429, retry_after=1)
    applied = apply_checked(account, plan)
    assert outcomes(applied) == {"customer-50": "failed"}
    assert "throttled" in applied.steps[0].detail
    assert company.ids() == before


# --- failures, and when it stops ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields"), [("success_false", {}), ("status", {"status": 400, "code": 10021})]
)
def test_one_refused_change_is_its_own_trouble(company, account, plan, kind, fields):
    """It has failed, the others are done."""
    company.sandbox.fault(kind, method="DELETE", count=1, **fields)
    applied = apply_checked(account, plan)
    assert outcomes(applied) == {
        **{step.name: "done" for step in plan.steps},
        "customer-50": "failed",
    }
    assert "customer-50" in company.names
    assert applied.stopped is None


def test_three_failures_in_a_row_stop_it(company, account, plan):
    """What was not begun is left; once the trouble is over a resume does it."""
    company.sandbox.fault("success_false", method="DELETE", count=3)
    applied = apply_checked(account, plan)
    assert outcomes(applied) == {
        step.name: "failed" if step.name in DELETED else "left" for step in plan.steps
    }
    assert "3 steps failed in a row" in applied.stopped
    assert set(DELETED) <= company.names
    resumed = account.resume(applied.journal)
    check_journal(resumed)
    assert (resumed.failed, resumed.done, resumed.left) == (3, 3, 0)


def test_failures_that_are_not_in_a_row_do_not_stop_it(company, account, plan):
    """A success in between starts the count anew."""
    company.sandbox.fault("success_false", method="DELETE", count=2)
    company.sandbox.fault("success_false", method="POST", route=CHANGING, count=2)
    applied = apply_checked(account, plan)
    assert (applied.failed, applied.done, applied.stopped) == (4, 2, None)


def test_a_token_without_the_permission_stops_it_at_once(company, account, plan):
    """What it lacks for one change it lacks for all."""
    before = company.ids()
    count_changes(company)
    company.sandbox.fault("status", method="DELETE", status=403, code=10000, message="no permission")
    applied = apply_checked(account, plan)
    assert "token may not" in applied.stopped
    assert outcomes(applied)["customer-50"] == "failed"
    assert applied.left == 5
    assert sent(company) == {"DELETE": 1, "POST": 0, "PUT": 0}
    assert company.ids() == before


@pytest.mark.parametrize("kind", ["html", "wrong_result", "null_result", "empty_result", "not_json"])
def test_reads_that_can_not_be_believed_stop_it(company, account, plan, kind):
    """Once the first deletion was made nothing can be looked at any more: no other one is made."""

    def spoil(progress):
        if progress.over == 1 and progress.current:
            company.sandbox.fault(kind, method="GET", route="*/namespaces/*")

    applied = apply_checked(account, plan, progress=spoil)
    assert applied.stopped
    assert applied.done == 1
    assert company.names & set(DELETED) == {"customer-51", "customer-52"}
    company.sandbox.control("DELETE", "faults")
    resumed = account.resume(applied.journal)
    check_journal(resumed)
    assert resumed.complete
    assert set(outcomes(resumed).values()) <= {"done", "dropped"}
    assert resumed.failed == 0


@pytest.mark.parametrize("kind", ["html", "wrong_result", "null_result", "not_json", "short_result"])
def test_an_account_that_can_not_be_read_is_not_changed(company, account, plan, kind):
    """The listing fails before the first change: the plan is not used up by that."""
    before = company.ids()
    company.sandbox.switch(listing="paged")
    company.sandbox.fault(kind, method="GET", route="*/namespaces")
    with pytest.raises(APIError):
        account.apply(plan, confirm=plan.confirmation)
    assert company.ids() == before
    assert company.journals() == []
    company.sandbox.control("DELETE", "faults")
    assert apply_checked(account, plan).complete


# --- surprises ----------------------------------------------------------------------------------


def test_what_is_gone_before_its_step_stops_it(company, account, plan):
    """Somebody else deletes what the plan would: who does that, and by which list?"""

    def go(progress):
        if progress.over == 1 and progress.current == "customer-51":
            company.delete("customer-51")

    applied = apply_checked(account, plan, progress=go)
    assert "nobody here deleted it" in applied.stopped or "can't be archived" in applied.stopped
    assert outcomes(applied) == {
        **{step.name: "left" for step in plan.steps},
        "customer-50": "done",
        "customer-51": "dropped",
    }
    assert not set(SENT_TO) & company.names


def test_what_is_gone_between_the_look_and_the_call_stops_it(company, account, plan, between):
    """A deletion that is answered with 404 right after a look found the thing."""
    between.when("DELETE", "/customer-51", first(lambda: company.delete("customer-51")))
    applied = apply_checked(account, plan)
    assert "was there a moment ago" in applied.stopped
    assert outcomes(applied)["customer-51"] == "failed"
    assert applied.left == 4


@pytest.mark.parametrize("name", ["customer-50", "customer-61", "Customer_60"])
def test_success_that_is_none(company, account, plan, between, name):
    """A change is answered with success, and a read contradicts it: the first of its kind stops it all."""
    before = company.ids()
    created = {"namespace_id": "0" * 32, "namespace_name": "customer-61"}
    renamed = {"namespace_id": before["Customer_60"], "namespace_name": "customer-60"}
    answers = {"DELETE": ok(None), "POST": ok(created), "PUT": ok(renamed)}
    method = METHODS[name]
    between.when(method, "/namespaces*", instead(answers[method]), times=None)
    applied = apply_checked(account, plan)
    assert name in applied.stopped
    assert applied.left == {"customer-50": 5, "customer-61": 2, "Customer_60": 0}[name]
    there = set(before) - set(DELETED) if method != "DELETE" else set(before)
    assert company.names >= there
    assert not set(SENT_TO) & company.names - ({"customer-61", "customer-62"} if method == "PUT" else set())


def test_what_is_made_again_after_its_deletion_stops_it(company, account, plan, between):
    """The answer was lost, and under its name stands another one by now: nobody can tell who did what."""
    before = company.ids()

    def replaced(_got, pass_on):
        pass_on()
        company.create("customer-50")
        return refused(502)

    between.when("DELETE", "/customer-50", replaced)
    applied = apply_checked(account, plan)
    assert "made it again" in applied.stopped
    assert applied.left == 6
    assert outcomes(applied)["customer-50"] == "unknown"
    new = company.ids()["customer-50"]
    assert new != before["customer-50"]
    again = account.resume(applied.journal)
    check_journal(again)
    assert again.left == 6
    assert company.ids()["customer-50"] == new


def test_a_name_that_somebody_else_took_is_not_ours(company, account, plan, between):
    """A creation whose answer was lost and that was not done; somebody's rename gave it the name."""
    plan = plan.without([0, 1, 2, 4, 5])
    before = company.ids()

    def taken(_got, _pass_on):
        url = f"{company.sandbox.namespaces_url}/customer-17"
        assert company.sandbox.http.put(url, json={"name": "customer-61"}).status_code == 200
        return refused(502)

    between.when("POST", "/namespaces", taken)
    applied = apply_checked(account, plan)
    assert outcomes(applied) == {"customer-61": "unknown"}
    assert "may have been there before" in applied.stopped
    assert company.ids()["customer-61"] == before["customer-17"]


# --- restores -----------------------------------------------------------------------------------

UPLOADS = [
    ("lost_answer", {}, 0),
    ("cut", {}, 0),
    ("null_result", {}, 0),
    ("wrong_result", {}, 0),
    ("slow", {"delay_s": 0.1}, 0),
    ("reset", {}, 1),
    ("status", {"status": 500}, 1),
    ("status", {"status": 429, "retry_after": 5}, 1),
]


@pytest.fixture(scope="module")
def deleted(server, tmp_path_factory):
    """A company whose customer-50 was deleted with its two Workers, and the plan that brings it back."""
    folder = tmp_path_factory.mktemp("deleted")
    company = open_company(clean_sandbox(server), folder)
    with company.account() as account:
        plan = account.plan_delete(account.audit(), only=["customer-50"], overrides=LOOKED)
        apply_checked(account, plan)
        restore = account.plan_restore("customer-50")
    shutil.copytree(folder / "state", folder / "kept")
    return Prepared(company, restore, folder / "kept")


def _code(company):
    workers = company.sandbox.state(code=True)["customer-50"]["workers"]
    return {worker["name"]: worker["modules"] for worker in workers}


@pytest.mark.parametrize(("kind", "fields", "more"), UPLOADS, ids=str)
def test_uploads_that_fail_once(deleted, kind, fields, more):
    """A restore: each Worker is there with the code that it had, and is not uploaded twice."""
    company = deleted.again()
    code = _code(company)
    company.delete("customer-50")
    count_changes(company)
    company.sandbox.fault(kind, method="PUT", route="*/scripts/*", count=1, **fields)
    with company.account() as account:
        applied = account.apply(deleted.plan, confirm=deleted.plan.confirmation)
    check_journal(applied)
    assert set(outcomes(applied).values()) == {"done"}, applied
    assert sent(company) == {"DELETE": 0, "POST": 1, "PUT": 2 + more}
    assert _code(company) == code
    assert set(applied.comparison["verdict"]) == {"equal"}


def test_what_is_there_is_not_uploaded_over(deleted):
    """Somebody was quicker: their Worker stays as it is."""
    company = deleted.again()
    company.delete("customer-50")
    company.create("customer-50")
    company.deploy("customer-50", "api")
    before = _code(company)["api"]
    with company.account() as account:
        applied = account.apply(deleted.plan, confirm=deleted.plan.confirmation)
    check_journal(applied)
    assert outcomes(applied)["customer-50/api"] == "dropped"
    assert _code(company)["api"] == before
