"""Asked right before each change: what the ledger says at that moment, however often it is asked."""

from __future__ import annotations

import pytest
from support.plans import deletion, plan_of
from support.sandbox_server import running_sandbox

import wfp_ops
from wfp_ops.account.again import CustomerListAgain, Watch
from wfp_ops.clock import parse_time
from wfp_ops.errors import StateError

NOW = "2026-11-23T12:00:00Z"
LIST = "customer_id,status,churned_on\n8,churned,2026-01-31\n9,churned,2026-01-31\n"


@pytest.fixture(scope="module")
def server():
    """One sandbox for the tests of this module."""
    with running_sandbox(now=parse_time(NOW)) as running:
        running.load("customer-8", "customer-9")
        yield running


@pytest.fixture
def account(server, tmp_path, monkeypatch):
    """Its account, with a customer list of two who left."""
    monkeypatch.chdir(tmp_path)
    for variable, value in server.environment().items():
        monkeypatch.setenv(variable, value)
    (tmp_path / "wfp-ops.toml").write_text("state_dir = 'state'\n", encoding="utf-8")
    (tmp_path / "customers.csv").write_text(LIST, encoding="utf-8")
    with wfp_ops.connect(now=NOW) as opened:
        yield opened


@pytest.fixture
def watch(account):
    """Watches a plan that deletes both namespaces."""
    plan = plan_of(deletion("customer-8"), deletion("customer-9"))
    lists = CustomerListAgain(account, plan, "customers.csv", None)
    records, stamp = lists.read_stamped(0.0)
    return Watch(account, plan, lists, account.audit(records), stamp)


def test_a_protection_counts_from_the_moment_it_is_written(account, watch):
    """Who protects a name while an apply goes on stops its step, and only that; until it is taken back."""
    eight, nine = deletion("customer-8"), deletion("customer-9")
    assert (watch(eight), watch(nine)) == (None, None)
    account.protect("customer-9", until="2027-01-31", reason="they pay again")
    assert watch(eight) is None
    guard, detail = watch(nine)
    assert guard == "protected"
    assert "they pay again" in detail
    account.unprotect("customer-9")
    assert watch(nine) is None


def test_the_ledger_is_taken_apart_only_when_it_is_another(account, watch):
    """It is read before each change; with thousands of marks, parsing it each time would take longer than that."""
    assert watch._protections_now() is watch._protections_now()
    before = watch._protections_now()
    account.protect("customer-8", until="2027-01-31", reason="a court's order")
    after = watch._protections_now()
    assert (list(before), list(after)) == ([], ["customer-8"])
    assert watch._protections_now() is after


def test_a_ledger_that_breaks_meanwhile_is_no_empty_one(account, watch):
    """What can't be read any more stops the apply, whatever was read before."""
    account.protect("customer-8", until="2027-01-31", reason="a court's order")
    assert watch(deletion("customer-8")) is not None
    (account.state_folder().path / "ledger.json").write_text("{", encoding="utf-8")
    with pytest.raises(StateError, match="ledger"):
        watch(deletion("customer-8"))
