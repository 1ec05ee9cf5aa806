"""What to do after an audit."""

from __future__ import annotations

import pytest
from support.audit_frames import audit_of, customer_list, inventory
from support.hostile import hostile_audit

from wfp_ops.audit.kinds import SEVERITIES, finding_kinds
from wfp_ops.audit.next_steps import _SAID, next_steps
from wfp_ops.audit.rules import Rules
from wfp_ops.frames.provenance import Completeness


def steps_of(names, rows, proof=None):
    """By their kind."""
    more = {} if proof is None else {"proof": proof}
    audit = audit_of(inventory(names, Rules(), **more), customer_list(rows), Rules())
    return {step.kind: step for step in next_steps(audit)}


def active(*ids):
    """Customers who are there."""
    return [{"customer_id": each, "status": "active"} for each in ids]


def test_every_kind_of_finding_has_its_sentence():
    """One for one, one for several."""
    assert set(_SAID) == set(finding_kinds())


@pytest.mark.parametrize(
    ("ids", "said"),
    [(["1", "2"], "1 customer lacks a namespace"), (["1", "2", "3"], "2 customers lack a namespace")],
)
def test_who_lacks_one_is_created(ids, said):
    """Counted, and led to where it is done."""
    step = steps_of(["customer-1"], active(*ids))["missing"]
    assert (step.said, step.where, step.count) == (said, "create", len(ids) - 1)
    assert step.advice


def test_what_is_nobodys_and_misnamed_have_their_places():
    """A suspect has none: a person decides."""
    steps = steps_of(
        ["customer-1", "customer-1000", "customer_2", "Acme_Inc", "customer-007", "internal"],
        [*active("1", "7"), {"customer_id": "9", "status": "active", "name": "Acme Inc"}, *active("2")],
    )
    places = {kind: step.where for kind, step in steps.items()}
    assert places["orphaned"] == "delete"
    assert places["misnamed"] == "rename"
    assert places["suspect"] == places["unrecognised"] == "audit"


def test_the_worst_comes_first_and_what_can_be_done_before_what_must_be_looked_at():
    """Over everything that there is."""
    steps = next_steps(hostile_audit())
    order = [(SEVERITIES.index(step.severity), step.where == "audit") for step in steps]
    assert order == sorted(order)
    assert len(steps) > 3


def test_an_unproven_inventory_is_the_first_thing_to_mend():
    """Nothing can be deleted before."""
    steps = steps_of(["customer-1"], active("1"), Completeness("unproven", "page 2 is missing"))
    first = next(iter(steps.values()))
    assert first.kind == "unproven"
    assert "page 2 is missing" in first.advice


def test_nothing_found_is_nothing_to_do():
    """An account in order."""
    steps = steps_of([f"customer-{each}" for each in (1, 2)], active("1", "2"))
    assert not [step for step in steps.values() if step.severity != "info"]


def test_advice_of_many_is_what_holds_for_all_of_them():
    """Not the first one's own."""
    step = steps_of([], active("1", "2"))["missing"]
    assert "customer-1" not in step.advice
    assert "customer-1" in steps_of([], active("1"))["missing"].advice
