"""Situations in which the wrong thing was deleted elsewhere, each from the audit to the refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.company import (
    COLUMNS,
    EARLIER,
    LEFT,
    LOOKED,
    NAMESPACES,
    NOW,
    ROWS,
    STAYING,
    customer,
    namespace,
    open_company,
    outcomes,
    plan_everything,
)
from support.sandbox_server import clean_sandbox, running_sandbox
from support.worker_code import module_form

from wfp_ops.clock import parse_time
from wfp_ops.errors import RefusedError

MANY = tuple(str(number) for number in range(200, 330))


@pytest.fixture(scope="module")
def server():
    """One sandbox for the tests of this module."""
    with running_sandbox(now=parse_time(NOW)) as running:
        yield running


@pytest.fixture
def company(server, tmp_path):
    """Customers 1 to 17 stay; 50, 51 and 52 left."""
    return open_company(clean_sandbox(server), tmp_path)


def _excluded(plan):
    return {each.step.name: each.guard for each in plan.excluded}


def _apply(account, plan):
    return account.apply(plan, confirm=plan.confirmation)


def test_an_id_that_stands_twice(company):
    """Left, then came back under the old id: both records are set aside, and nothing of it is deletable."""
    company.write_list([*ROWS, customer("50", "active")])
    with company.account() as account:
        plan = account.plan_delete(
            account.audit(), overrides={**LOOKED, "quarantine": "read it line by line"}
        )
        assert {step.namespace for step in plan.steps} == {"customer-51", "customer-52"}
        by_name = account.plan_delete(account.audit(), ["customer-50"], overrides=LOOKED)
        assert _excluded(by_name) == {"customer-50": "state"}


def test_a_suspect_whose_customer_was_given_an_empty_twin(server, tmp_path):
    """The near customer gets a namespace of its own; the suspect stays one, and no twin is planned."""
    company = open_company(
        clean_sandbox(server),
        tmp_path,
        rows=[*ROWS, customer("70")],
        namespaces=[*NAMESPACES, namespace("customer-070", "site")],
    )
    with company.account() as account:
        audit = account.audit()
        assert _excluded(account.plan_create(audit))["customer-70"] == "state"
        company.create("customer-70")
        plan = account.plan_delete(account.audit(), ["customer-070"], overrides=LOOKED)
        assert _excluded(plan) == {"customer-070": "state"}
        assert "suspect" in plan.excluded[0].reason


def test_a_cut_list_does_not_become_its_own_baseline(company):
    """Audited twice it is quarantined twice, and it can't be accepted without words."""
    company.write_list(ROWS[:8])
    with company.account() as account:
        for _ in range(2):
            audit = account.audit()
            plan = account.plan_delete(audit, overrides={**LOOKED, "grace": "long gone"})
            assert [row.guard for row in plan.refusals] == ["quarantine"]
            with pytest.raises(RefusedError):
                _apply(account, plan)
            with pytest.raises(RefusedError, match="not accepted"):
                account.accept(audit)
    assert set(company.sandbox.state()) == {each["name"] for each in NAMESPACES}


def test_a_list_that_is_cut_between_plan_and_apply(company):
    """What looked churned looks orphaned now, and the list has lost too much: nothing is done."""
    with company.account() as account:
        plan = account.plan_delete(account.audit(), overrides=LOOKED)
        company.write_list(ROWS[:8])
        with pytest.raises(RefusedError):
            _apply(account, plan)
    assert {f"customer-{number}" for number in LEFT} <= company.names


@pytest.mark.parametrize("where", ["state", "elsewhere", "gone"])
def test_four_plans_of_25_in_a_row(server, tmp_path, where):
    """Only the first fits into a day, by the journals: also where they lie elsewhere, or are gone."""
    company = open_company(
        clean_sandbox(server),
        tmp_path,
        rows=[customer(number) for number in STAYING] + [customer(number, "churned") for number in MANY],
        namespaces=[namespace(f"customer-{number}") for number in (*STAYING, *MANY)],
    )
    with company.account() as account:
        plans = [
            account.plan_delete(account.audit(), overrides=LOOKED, only=[f"customer-{n}" for n in group])
            for group in (MANY[:25], MANY[25:50], MANY[50:75], MANY[75:100])
        ]
        journal = None if where == "state" else tmp_path / "journal.jsonl"
        done = account.apply(plans[0], confirm=plans[0].confirmation, journal=journal)
        assert done.done == 25
        if where == "gone":
            done.journal.unlink()
        for plan in plans[1:]:
            with pytest.raises(RefusedError) as caught:
                _apply(account, plan)
            assert "count: " in " ".join(caught.value.reasons)
        assert [
            row.guard for row in account.plan_delete(account.audit(), overrides=LOOKED, limit=1).refusals
        ] == ["count"]
    with company.account("2026-11-24T12:30:00Z") as account:
        plan = account.plan_delete(account.audit(), overrides=LOOKED, limit=25)
        # of a journal that is gone nobody knows when its deletions were made
        assert plan.can_be_applied == (where != "gone")


def test_a_plan_of_another_account(company):
    """An exported token points somewhere else: the plan says where it belongs."""
    with company.account() as account:
        plan = account.plan_delete(account.audit(), overrides=LOOKED)
        for other in (
            replace(plan, account_id="f" * 32),
            replace(plan, base_url="https://api.cloudflare.com"),
        ):
            with pytest.raises(RefusedError):
                _apply(account, other)
    assert {f"customer-{number}" for number in LEFT} <= company.names


def test_a_name_that_was_made_again(company):
    """Under the old name stands another namespace: it drops out, and its grace starts anew."""
    with company.account() as account:
        plan = account.plan_delete(account.audit(), overrides=LOOKED)
        company.delete("customer-50")
        company.create("customer-50")
        applied = _apply(account, plan)
        came = {each.step.name: each for each in applied.steps}
        assert (came["customer-50"].outcome, applied.done) == ("dropped", 2)
        assert _excluded(account.plan_delete(account.audit(), overrides=LOOKED)) == {"customer-50": "grace"}
    assert "customer-50" in company.names


def test_a_mapping_to_what_is_gone(company):
    """The customer is in conflict, and the namespace of their own id is no orphan for it."""
    company.write_list([*ROWS[1:], customer("1", namespace="shop-of-one")])
    with company.account() as account:
        audit = account.audit()
        plan = account.plan_delete(audit, ["customer-1"], overrides={**LOOKED, "grace": "long gone"})
        assert _excluded(plan) == {"customer-1": "state"}
        assert _excluded(account.plan_create(audit, ["1"])) == {"shop-of-one": "state"}


def test_a_rename_of_what_a_dispatcher_binds(company):
    """It would break for everybody behind it; the Worker and its binding are named."""
    form = module_form(bindings=[{"type": "dispatch_namespace", "name": "SIXTY", "namespace": "Customer_60"}])
    url = f"{company.sandbox.account_url}/workers/scripts/dispatcher"
    assert company.sandbox.http.put(url, files=form).status_code == 200
    with company.account() as account:
        plan = account.plan_rename(account.audit(), overrides=LOOKED)
        assert _excluded(plan) == {"Customer_60": "bound"}
        assert "'dispatcher'" in plan.excluded[0].reason
        assert "'SIXTY'" in plan.excluded[0].reason


def test_a_listing_that_is_not_whole(company):
    """No deletion is planned on it, whatever is overridden."""
    company.sandbox.switch(listing="paged_silent", page_size=10)
    company.sandbox.fault("status", method="GET", route="*/namespaces", status=400, skip=1)
    with company.account() as account:
        audit = account.audit(save=False)
        assert not audit.evidence.proven
        company.sandbox.control("DELETE", "faults")
        everything = {**LOOKED, "unproven": "it is fine", "quarantine": "it is fine", "grace": "long gone"}
        plan = account.plan_delete(audit, overrides=everything)
        assert "unproven" in [row.guard for row in plan.refusals]
        with pytest.raises(RefusedError):
            _apply(account, plan)


def test_wednesdays_plan_on_friday(company):
    """One customer came back, one namespace got a Worker: they drop out, and the rest is done."""
    with company.account("2026-11-18T12:00:00Z") as account:
        plan = account.plan_delete(account.audit(), overrides=LOOKED, expires="72h")
        assert len(plan.steps) == 3
    company.deploy("customer-51")
    company.write_list([*(row for row in ROWS if row["customer_id"] != "50"), customer("50")])
    with company.account("2026-11-20T12:00:00Z") as account:
        applied = _apply(account, plan)
    assert outcomes(applied) == {"customer-50": "dropped", "customer-51": "dropped", "customer-52": "done"}
    assert {each.guard for each in applied.steps if each.outcome == "dropped"} <= {"state", "moved"}
    with company.account("2026-11-22T12:00:00Z") as account, pytest.raises(RefusedError):
        _apply(account, plan)


def test_a_customer_who_comes_back_while_it_runs(company):
    """From then on their step drops out: the list is looked at right before each change."""
    back = [*(row for row in ROWS if row["customer_id"] != "52"), customer("52")]
    with company.account() as account:
        plan = account.plan_delete(account.audit(), overrides=LOOKED)

        def watch(progress):
            if progress.over == 1:
                company.write_list(back)

        applied = account.apply(plan, confirm=plan.confirmation, progress=watch)
    assert outcomes(applied) == {"customer-50": "done", "customer-51": "done", "customer-52": "dropped"}
    assert "customer-52" in company.names


def test_the_same_confirmation_twice(company):
    """It is good once, also after everything was put back."""
    with company.account() as account:
        plan = plan_everything(account)
        assert _apply(account, plan).done == 6
        with pytest.raises(RefusedError, match="already"):
            _apply(account, plan)
        with pytest.raises(RefusedError, match="words"):
            account.apply(plan, confirm=plan.confirmation.replace("3", "4"))


def test_a_list_that_can_not_be_read_again(company):
    """Nothing is done then."""
    with company.account() as account:
        plan = account.plan_delete(account.audit(), overrides=LOOKED)
        for content in (None, "", ",".join(COLUMNS) + "\n"):
            company.csv.unlink(missing_ok=True)
            if content is not None:
                company.csv.write_text(content)
            with pytest.raises(Exception, match="customer list"):
                _apply(account, plan)
    assert {f"customer-{number}" for number in LEFT} <= company.names
    assert EARLIER < NOW
