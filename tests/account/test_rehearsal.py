"""A rehearsal shows what would come of a plan, and the account stays as it is."""

from __future__ import annotations

import pandas as pd
import pytest

import wfp_ops
from wfp_ops.errors import PlanError, RefusedError, SettingsError, SnapshotError

NOW = "2026-11-23T12:00:00Z"
WHY = {"grace": "contracts ended before the summer", "traffic": "looked by hand"}


@pytest.fixture(scope="module")
def audited():
    """The demo's account with an accepted list, and its audit."""
    with wfp_ops.connect("sandbox", now=NOW) as account:
        audit = account.audit()
        account.accept(audit)
        yield account, audit


def test_a_deletion_rehearsed(audited):
    """Findings that would be gone and left, faults met, a crash half way; nothing of it happens."""
    account, audit = audited
    plan = account.plan_delete(audit, "churned", overrides=WHY)
    shown = account.rehearse(plan, faults=0.2, seed=3)
    assert (shown.applied.done, shown.applied.left) == (len(plan.steps), 0)
    assert set(shown.gone["namespace"].dropna()) == {step.namespace for step in plan.steps}
    assert len(shown.left) == len(shown.before.findings) - len(shown.gone)
    assert shown.crashed_after == len(plan.steps) // 2
    assert shown.resumed >= 1
    assert sum(shown.faults.values()) > 0
    assert shown.before.counts["states"]["namespaces"] == audit.counts["states"]["namespaces"]
    assert shown.after.counts["namespaces"] == audit.counts["namespaces"] - len(plan.steps)
    document = shown.to_dict()
    assert document["schema"] == "wfp-ops/rehearsal/1"
    assert document["digest"] == plan.digest
    assert len(document["gone"]) == len(shown.gone)
    assert "would be gone" in repr(shown)
    assert "would be gone" in shown._repr_html_()
    pd.testing.assert_series_equal(account.namespaces()["namespace"], audit.namespaces["namespace"])
    assert account.journals().empty


def test_creations_rehearsed(audited):
    """Also where the account is a sandbox, whose new ids are made as the rehearsal's are."""
    account, audit = audited
    plan = account.plan_create(audit)
    shown = account.rehearse(plan, faults=0)
    assert (shown.applied.done, shown.applied.failed) == (len(plan.steps), 0)
    assert shown.gone["kind"].tolist() == ["missing"] * len(plan.steps)
    assert shown.faults == {}


def test_what_can_not_be_rehearsed(audited):
    """Nothing to do, no inventory, one that is gone, a share of faults that is none."""
    account, audit = audited
    plan = account.plan_delete(audit, "churned", overrides=WHY)
    empty = account.plan_delete(audit, "churned")
    with pytest.raises(RefusedError, match="nothing to rehearse"):
        account.rehearse(empty)
    for faults in (-0.1, 0.6):
        with pytest.raises(SettingsError):
            account.rehearse(plan, faults=faults)
    inventory = plan.inventory
    for snapshot, error in ((None, PlanError), ("9999-20200101T000000Z", SnapshotError)):
        changed = type(inventory)(**{**vars(inventory), "snapshot": snapshot})
        with pytest.raises(error):
            account.rehearse(type(plan)(**{**vars(plan), "inventory": changed}))
