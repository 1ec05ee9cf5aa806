"""The flags that stand beside the states."""

from __future__ import annotations

import pytest
from support.audit_frames import audit_of, customer_list, inventory, kinds, worker_inventory

from wfp_ops.audit.rules import Rules


def _detail(audit, kind):
    return audit.findings.set_index("kind").loc[kind, "detail"]


def test_duplicate():
    """A customer with a mapped namespace and one that bears its id has two."""
    audit = audit_of(["customer-1", "old"], [{"customer_id": "1", "namespace": "old"}])
    assert kinds(audit) == ["duplicate"]
    assert _detail(audit, "duplicate") == "2 namespaces: customer-1, old"
    assert audit.findings["customer_id"].tolist() == ["1"]


def test_an_ignored_namespace_makes_no_duplicate():
    """What is ignored is left out of the flags."""
    rules = Rules(ignore=("old",))
    assert kinds(audit_of(["customer-1", "old"], [{"customer_id": "1", "namespace": "old"}], rules)) == []


def test_trusted_and_empty():
    """Trusted mode and the lack of a Worker are said, except of what is ignored."""
    names = ["customer-1", "customer-2", "ours"]
    frame = inventory(names, workers={"customer-2": 0, "ours": 0}, trusted=["customer-1", "ours"])
    audit = audit_of(frame, ["1", "2"], Rules(ignore=("ours",)))
    assert kinds(audit) == ["trusted", "empty"]
    assert audit.findings["namespace"].tolist() == ["customer-1", "customer-2"]


def test_an_unknown_number_of_workers_is_not_none():
    """A script_count that Cloudflare did not send is unknown, not zero."""
    audit = audit_of(inventory(["customer-9"], workers={"customer-9": None}), ["1"])
    assert "empty" not in kinds(audit)
    assert "an unknown number of Workers inside" in _detail(audit, "orphaned")


@pytest.mark.parametrize(("total", "near"), [(899, False), (900, True), (1000, True), (1001, False)])
def test_near_the_included_workers(total, near):
    """From 900 to 1,000 Workers the plan's allotment is near; beyond it each is paid for already."""
    audit = audit_of(inventory(["customer-1"], workers={"customer-1": total}), ["1"])
    assert ("near_limit" in kinds(audit)) is near


def test_a_worker_with_eight_tags_has_no_room_for_another():
    """Cloudflare allows eight tags on a script."""
    full = [f"tag-{number}" for number in range(7)] + ["customer-1"]
    workers = worker_inventory([("production", "api", full), ("production", "site", full[1:])])
    rules = Rules(tenancy="worker", select="tag")
    audit = audit_of(inventory(["production"]), ["1"], rules, workers)
    limits = audit.findings[audit.findings["kind"] == "near_limit"]
    assert limits["worker"].tolist() == ["api"]


@pytest.mark.parametrize(("count", "said"), [(9, 0), (10, 1), (60, 1)])
def test_the_layout_is_said_once(count, said):
    """One note from ten customers' namespaces on, however many there are."""
    ids = [str(number) for number in range(count)]
    audit = audit_of([f"customer-{each}" for each in ids], ids)
    assert kinds(audit).count("layout") == said


def test_worker_tenancy_has_no_layout_note():
    """All customers in one namespace is what Cloudflare recommends."""
    ids = [str(number) for number in range(20)]
    workers = worker_inventory([("production", f"customer-{each}", None) for each in ids])
    audit = audit_of(
        inventory(["production"]),
        customer_list([{"customer_id": each} for each in ids]),
        Rules(tenancy="worker"),
        workers,
    )
    assert kinds(audit) == []
