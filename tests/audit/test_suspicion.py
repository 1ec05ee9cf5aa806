"""Whom a suspect may belong to: for them nothing is created before somebody has decided."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.audit_frames import audit_of, inventory, states, worker_inventory

from wfp_ops.audit.rules import Rules
from wfp_ops.audit.suspicion import suspected_owners


def test_nothing_is_suspected():
    """All is clear, or there is nothing at all."""
    assert suspected_owners(audit_of(["customer-1", "customer-77"], ["1", "2"])) == {}
    assert suspected_owners(audit_of([], ["1"])) == {}


@pytest.mark.parametrize(
    ("namespace", "customer"),
    [
        ("customer-07", "7"),
        ("customer-7", "007"),
        ("customer-ACME", "acme"),
        ("customer-ac-me", "acme"),
        ("customer-acne", "acme"),
        ("customer-acmee", "acme"),
        ("customer-amce", "acme"),
    ],
)
def test_whose_it_may_be(namespace, customer):
    """Zeros, case, separators, one edit."""
    audit = audit_of([namespace, "customer-zebra"], [customer, "zebra"])
    assert states(audit)[namespace] == "suspect"
    assert suspected_owners(audit) == {customer: namespace}


def test_the_next_number_is_the_next_customer():
    """No edit counts between digits."""
    assert suspected_owners(audit_of(["customer-1001"], ["1002", "1"])) == {}


def test_one_suspect_and_two_customers():
    """Neither gets a namespace."""
    audit = audit_of(["customer-acme1"], ["acme2", "acme3"])
    assert suspected_owners(audit) == {"acme2": "customer-acme1", "acme3": "customer-acme1"}


def test_what_is_no_suspect_concerns_nobody():
    """A matched or ignored one is near somebody, too."""
    audit = audit_of(["customer-acme", "customer-acne"], ["acme", "acne"])
    assert suspected_owners(audit) == {}
    ignoring = audit_of(["customer-acne"], ["acme"], Rules(ignore=("customer-acne",)))
    assert suspected_owners(ignoring) == {}


def test_a_suspect_worker():
    """By its own name, or by its tag; the place where it is is named."""
    rules = Rules(tenancy="worker")
    audit = audit_of(
        inventory(["production"], rules),
        ["7"],
        rules,
        worker_inventory([("production", "customer-07", None)]),
    )
    assert suspected_owners(audit) == {"7": "production"}
    tagged = Rules(tenancy="worker", select="tag")
    workers = worker_inventory([("production", "site", ["customer-07"])])
    audit = audit_of(inventory(["production"], tagged), ["7"], tagged, workers)
    assert suspected_owners(audit) == {"7": "production"}


@given(ids=st.sets(st.integers(1, 60).map(str), min_size=1, max_size=6), data=st.data())
def test_only_customers_and_only_suspects(ids, data):
    """Whoever is named is on the list, and what is named is a suspect of the audit."""
    names = data.draw(
        st.sets(st.sampled_from([f"customer-{'0' * zeros}{n}" for n in range(1, 61) for zeros in (0, 1)]))
    )
    audit = audit_of(sorted(names), sorted(ids))
    found = suspected_owners(audit)
    assert set(found) <= ids
    assert {states(audit)[name] for name in found.values()} <= {"suspect"}
    for customer, name in found.items():
        assert name.removeprefix("customer-").lstrip("0") == customer
