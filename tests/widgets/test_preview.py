"""A plan and its result as a person reads them; names that somebody chose to do harm are text."""

from __future__ import annotations

import re
from dataclasses import replace

from support.hostile import HOSTILE
from support.shown_plans import (
    empty_plan,
    hostile_applied,
    hostile_plan,
    huge_plan,
    refused_plan,
    usual_applied,
    usual_plan,
)

from wfp_ops.errors import visible
from wfp_ops.naming.convention import Convention
from wfp_ops.widgets.preview import Preview, items_of
from wfp_ops.widgets.result import Result, counts_in_words

_OURS = {"b", "bdi", "details", "div", "p", "span", "strong", "summary", "table", "td", "tr"}


def tags(html):
    """The elements of it."""
    return set(re.findall(r"<(\w+)", re.sub(r'"[^"]*"', '""', html)))


def test_every_step_and_everything_left_out_is_an_item():
    """What the plan does first."""
    plan = usual_plan()
    frame = items_of(plan)
    assert len(frame) == len(plan.steps) + len(plan.excluded)
    assert list(frame["change"][: len(plan.steps)]) == ["delete"] * len(plan.steps)
    assert set(frame["change"][len(plan.steps) :]) == {"skip"}
    assert list(frame["guard"][len(plan.steps) :]) == [each.guard for each in plan.excluded]


def test_the_balance_is_shown():
    """How many there are, and would be."""
    preview = Preview()
    plan = usual_plan()
    preview.show(plan)
    assert f"412 namespaces now, <b>{412 - len(plan.steps)} afterwards</b>" in preview._head.value
    assert preview.plan is plan


def test_a_refused_plan_says_why():
    """Where a person can't miss it."""
    preview = Preview()
    preview.show(refused_plan())
    assert 'role="alert"' in preview._head.value
    assert "REFUSED" in preview._head.value
    preview.show(empty_plan())
    assert "NOTHING TO DO" in preview._head.value


def test_a_plan_of_thousands_is_shown_whole():
    """The table has them all; what can't be brought back is cut with a count."""
    preview = Preview()
    preview.show(huge_plan())
    assert len(preview.items.rows.ids) >= 10_000


def test_cleared_there_is_nothing():
    """And it is off the page."""
    preview = Preview()
    preview.show(usual_plan())
    preview.clear()
    assert preview.plan is None
    assert preview.view.layout.display == "none"


def test_hostile_texts_of_a_plan_are_text():
    """In every part."""
    preview = Preview()
    preview.show(hostile_plan())
    assert tags(preview._head.value) <= _OURS
    assert tags(preview._rest.value) <= _OURS
    shown = {text for column in preview.items.rows.cells for text in column}
    assert visible(HOSTILE[0]) in shown or any(HOSTILE[0] in text for text in shown)


def test_hostile_texts_of_a_result_are_text():
    """In every part."""
    result = Result()
    result.show(hostile_applied())
    assert tags(result._head.value) <= _OURS
    assert tags(result._rest.value) <= _OURS


def test_what_went_otherwise_stands_first():
    """Failed before done; the cursor still means the step."""
    result = Result()
    applied = usual_applied()
    result.show(applied)
    outcomes = result.steps.rows.cells[0]
    order = ["failed", "unknown", "left", "dropped", "done"]
    assert outcomes == sorted(outcomes, key=order.index)
    key = result.steps.rows.ids[0]
    result.steps._cursor = {"of": result.steps._version, "id": key}
    assert result.active is applied.steps[int(key)]
    assert result.active.outcome == outcomes[0]


def test_the_head_of_a_result_tells_the_unknown_from_what_is_left():
    """Both can be gone on with; only one of them may have happened."""
    applied = usual_applied()
    unknown = replace(applied.steps[0], outcome="unknown")
    left = [replace(each, outcome="left") for each in applied.steps[1:]]
    assert counts_in_words(replace(applied, steps=(unknown, *left))) == f"0 done, 1 unknown, {len(left)} left"


def test_the_customer_of_a_step_is_told_by_its_name():
    """A restore's plan knows no customer list."""
    plan = usual_plan()
    step = replace(plan.steps[0], customer_id=None, namespace="customer-42")
    one = replace(plan, steps=(step,), excluded=())
    assert items_of(one, Convention("customer-{id}"))["customer_id"].tolist() == ["42"]
    assert items_of(one)["customer_id"].tolist() == [None]
