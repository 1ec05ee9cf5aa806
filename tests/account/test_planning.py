"""A plan of one namespace is of that one, whatever it is called."""

from __future__ import annotations

import pytest
from support.company import LOOKED, open_company
from support.sandbox_server import running_sandbox

from wfp_ops.clock import parse_time
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


def test_more_than_the_rate_budget_holds(tmp_path):
    """It is waited for, and said beforehand for how long: by coming back nobody would get further."""
    with running_sandbox(now=parse_time("2026-11-23T12:00:00Z")) as server:
        company = open_company(server, tmp_path)
        company.settings(more="[api]\nrate_limit = 10\n")
        said = []
        with company.account() as account:
            audit = account.audit(usage=False)
            for _ in range(6):
                account.namespaces()  # what is left of the budget is spent
            began = account.clock.monotonic()
            plan = account.plan_delete(
                audit, overrides=LOOKED, forecast=lambda requests, seconds: said.append((requests, seconds))
            )
            waited = account.clock.monotonic() - began
    assert len(plan.steps) == 3
    ((requests, seconds),) = said
    assert requests == 4 + 3 + 3
    assert 0 < seconds < waited
