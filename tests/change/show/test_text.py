"""A plan's repr: what it says, that it is a screenful, and that no name does anything in it."""

from __future__ import annotations

import pytest
from support.hostile import HOSTILE
from support.shown_plans import (
    creation,
    deletion,
    empty_plan,
    hostile_plan,
    huge_plan,
    plan_of,
    refused_plan,
    usual_plan,
)

from wfp_ops.change.steps import Step

LINES = 60


def test_what_it_says():
    """Account, end, digest, counts, steps, losses, what is left out, guards, overrides, forecast, words."""
    plan = usual_plan()
    text = repr(plan)
    first, *lines = text.split("\n")
    assert first == f"Plan for acme-prod, expires 24 Nov 2026, 12:00 UTC, digest {plan.digest[:12]}"
    assert lines[0] == "planned: delete 7 namespaces"
    assert lines[1].split() == ["what", "customer", "Workers", "why"]
    assert "  delete customer-100  100            12  customer '100' left on 2026-08-01" in lines
    assert "  customer-100: the value of the secret DB of 'shop'" in lines
    assert "left out: 4" in lines
    assert "  grace      2  such as customer-42: its grace ends on 2026-12-01 12:00 UTC (30 days)" in lines
    assert "  traffic    1  customer-77: 3120 requests in the last 30 days" in lines
    assert "  quarantine  pass  402 customers, 3 fewer than accepted" in lines
    assert "  grace:customer-9: contract ended in May" in lines
    assert "forecast: about 140 requests, 12 s at the account's rate budget" in lines
    assert lines[-1] == f"to apply it, its words: {plan.confirmation}"
    assert "REFUSED" not in text


def test_columns_stand_below_each_other():
    """Whatever is as long as it is, the reasons begin in one column."""
    lines = repr(usual_plan()).split("\n")
    rows = [line for line in lines if line.startswith("  delete ")]
    assert len({line.index("customer '") for line in rows}) == 1


def test_a_refused_plan_says_so_first():
    """The line after the title, with each reason; no words that would be typed in vain."""
    lines = repr(refused_plan()).split("\n")
    assert lines[1:4] == [
        "REFUSED: this plan can't be applied",
        "  count: 40 deletions here and 0 in the last 24 hours",
        "  share: the journals can't say how many were deleted",
    ]
    assert "  ... 25 more in plan.steps" in lines
    assert not any("its words" in line for line in lines)
    assert sum(line.startswith("  count") for line in lines) == 1


def test_an_empty_plan_says_so_first():
    """Nothing is left, and by whose word."""
    lines = repr(empty_plan()).split("\n")
    assert lines[1] == "NOTHING TO DO: no step is left in this plan"
    assert "  grace  3  such as customer-0: its grace ends on 2026-12-01" in lines
    assert not any("forecast" in line for line in lines)


def test_without_anything_at_all():
    """No steps, nothing left out, no guards: still a title and the verdict."""
    assert len(repr(plan_of(guards=())).split("\n")) == 2


def test_no_column_for_what_nobody_counts():
    """Creations have no Workers inside; renames show both names."""
    step = Step(action="rename_namespace", namespace="Customer_7", new_name="customer-7", reason="a reason")
    text = repr(plan_of(creation("customer-1"), step))
    assert "Workers" not in text
    assert "planned: create 1 namespace, rename 1 namespace" in text
    assert "rename Customer_7 -> customer-7" in text


@pytest.mark.parametrize("make", [huge_plan, hostile_plan, refused_plan])
def test_it_is_a_screenful(make):
    """Ten thousand steps, or a file full of somebody's texts: no more than a person can look through."""
    lines = repr(make()).split("\n")
    assert len(lines) < 2 * LINES
    assert max(map(len, lines)) < 400


def test_ten_thousand_are_counted():
    """What is not shown is counted, in steps and in what is left out."""
    text = repr(huge_plan())
    assert "planned: create 10,000 namespaces" in text
    assert "... 9,985 more in plan.steps" in text
    assert "left out: 10,000" in text


def test_hostile_names_are_only_seen():
    """No control character gets out, and nothing begins a line of its own."""
    text = repr(hostile_plan())
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "\\u202e" in text
    plain = plan_of(*(deletion(f"customer-{number}") for number, _ in enumerate(HOSTILE)))
    named = plan_of(*(deletion(name, why=name, cannot=()) for name in HOSTILE))
    assert repr(named).count("\n") == repr(plain).count("\n")
