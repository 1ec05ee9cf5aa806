"""A plan of one namespace is of that one, whatever it is called."""

from __future__ import annotations

import pytest

from wfp_ops.errors import SettingsError


@pytest.mark.parametrize("word", ["churned", "orphaned", "matched", "no-such-namespace"])
def test_a_plan_of_one_never_means_a_state(acme, word):
    """A word that is a state and no namespace's name is a slip, not all that are in that state."""
    with pytest.raises(SettingsError, match=f"the audit knows no '{word}'"):
        acme.plan_delete_namespace(acme.audit(save=False), word)


def test_a_plan_of_one(acme):
    """It holds that namespace, as a step or left out, and no other."""
    audit = acme.audit(save=False)
    name = audit.namespaces["namespace"].iloc[0]
    plan = acme.plan_delete_namespace(audit, name)
    assert [each.namespace for each in (*plan.steps, *(out.step for out in plan.excluded))] == [name]
