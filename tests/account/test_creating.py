"""A namespace that somebody names: a plan of one, with no customer list behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.company import LOOKED, apply_checked, open_company, outcomes
from support.sandbox_server import clean_sandbox

from wfp_ops.change.plan_file import read_plan, write_plan
from wfp_ops.errors import NamespaceNameError, RefusedError


@pytest.fixture
def company(server, tmp_path):
    """A company of one's own."""
    return open_company(clean_sandbox(server), tmp_path)


def test_a_namespace_by_its_name(company, account, tmp_path):
    """It is created with its own words, through a file as well, and stands in a journal."""
    plan = account.plan_create_namespace("staging")
    assert plan.confirmation == f"create 1 namespace in {plan.account}"
    company.csv.unlink()  # no list is read
    applied = apply_checked(account, read_plan(write_plan(plan, tmp_path / "plan.json")))
    assert outcomes(applied) == {"staging": "done"}
    assert "staging" in company.names


def test_one_that_is_there(company, account):
    """It drops out, and stays what it was."""
    before = company.ids()
    applied = apply_checked(account, account.plan_create_namespace("customer-17"))
    assert [(each.outcome, each.guard) for each in applied.steps] == [("dropped", "moved")]
    assert company.ids() == before


def test_two_plans_of_one_name(account):
    """Made within the same second, they are two, and each confirmation is good for one."""
    first, second = (account.plan_create_namespace("staging") for _ in range(2))
    second = replace(second, created_at=first.created_at, expires_at=first.expires_at)
    assert first.digest != second.digest


@pytest.mark.parametrize("name", ["", "bad name", "a" * 64, "ä"])
def test_names_that_can_not_be(account, name):
    """Refused before there is a plan."""
    with pytest.raises(NamespaceNameError, match="can't be the name"):
        account.plan_create_namespace(name)


def test_nothing_else_goes_without_a_list(company, account):
    """Whoever takes the customer list out of a plan of deletions gets none of them past the guards."""
    honest = account.plan_delete(account.audit(), ["customer-50"], overrides=LOOKED)
    assert honest.can_be_applied
    bare = replace(honest, customers=account.plan_create_namespace("staging").customers)
    before = company.ids()
    with pytest.raises(RefusedError) as caught:
        account.apply(bare, confirm=bare.confirmation)
    assert any(
        "without a customer list holds no step delete_namespace" in each for each in caught.value.reasons
    )
    assert company.ids() == before
