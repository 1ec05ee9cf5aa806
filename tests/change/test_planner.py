"""From items to a plan: what all guards let pass is a step, what one refuses is left out with its reason."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.archives import bench
from support.judging import (
    NOW,
    created,
    gathered,
    item,
    known,
    list_facts,
    mark,
    one_worker,
    renamed,
    seen,
)
from support.sandbox_server import clean_sandbox, running_sandbox

from wfp_ops.change.canonical import canonical
from wfp_ops.change.forecast import requests_for
from wfp_ops.change.gather import Gathered
from wfp_ops.change.judge import NOT_LOOKED, Limits
from wfp_ops.change.overrides import Overrides, overrides_of
from wfp_ops.change.plan import CustomerList, InventorySeen
from wfp_ops.change.planner import Asked, Frame, make_plan, preconditions_of
from wfp_ops.errors import APIError, SettingsError

FRAME = Frame(
    account="acme-prod",
    account_id="0" * 32,
    base_url="http://127.0.0.1/client/v4",
    created_at=NOW,
    life=timedelta(hours=24),
    convention="customer-{id}",
    tenancy="namespace",
    customers=CustomerList(source="customers.csv", sha256="1" * 64, customers=100, set_aside=0),
    inventory=InventorySeen(
        snapshot="s", verdict="proven", how="h", taken_at="2026-11-23T12:00:00Z", namespaces=100
    ),
)


@pytest.fixture(scope="module")
def sandbox():
    """A running sandbox of this module's own."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def one(sandbox, tmp_path):
    """Its account: namespaces of customers who left, with a Worker in each, and a misnamed one."""
    with bench(clean_sandbox(sandbox), tmp_path) as made:
        inside = [{"name": "site", "has_assets": False}]
        sandbox.load(
            *({"name": f"customer-{n}", "workers": inside} for n in (7, 8, 9)),
            {"name": "customer_6", "workers": inside},
        )
        yield made


def left(one, name="customer-9", **changes):
    """Somebody's who left, as an audit of this account saw it."""
    namespace_id = one.sandbox.state().get(name, {}).get("namespace_id", "an id")
    facts = {"namespace": name, "customer_id": name[-1], "namespace_id": namespace_id}
    return item(**{**facts, **changes})


def misnamed(one, **changes):
    """Likewise, to be called by the convention."""
    namespace_id = one.sandbox.state()["customer_6"]["namespace_id"]
    facts = {"namespace": "customer_6", "customer_id": "6", "new_name": "customer-6"}
    return renamed(**{**facts, "namespace_id": namespace_id, **changes})


def facts_for(items, **changes):
    """What the guards know of these: marks of long ago, and no traffic."""
    marks = [
        mark(each.namespace, each.worker, namespace_id=each.namespace_id, worker_tag=None) for each in items
    ]
    facts = {
        "marks": {each.key: each for each in marks},
        "requests": {each.name: (0, "by the analytics") for each in items},
        "gathered": Gathered(),
        "totals": {each.namespace: 100 for each in items},
        **changes,
    }
    return known(**facts)


def planned(one, *items, beyond=(), overrides=None, reasons=None, facts=None, **changes):
    """A plan of these."""
    action = next((each.action for each in (*items, *beyond)), "delete_namespace")
    asked = Asked(
        action=action, items=items, beyond=beyond, overrides=overrides_of(overrides), reasons=reasons or {}
    )
    about = facts or facts_for([*items, *beyond], **changes)
    return make_plan(asked, FRAME, about, lambda _: one.reads, forecast_s=lambda requests: requests * 0.25)


def test_what_all_guards_let_pass(one):
    """One step, with why, what that rests on, and what must still hold right before it."""
    plan = planned(one, left(one))
    step = plan.steps[0]
    assert (step.action, step.name, step.customer_id) == ("delete_namespace", "customer-9", "9")
    assert step.reason == "customer '9' left on 2026-09-24"
    there = one.reads.get_namespace("customer-9")
    assert step.preconditions["namespace_id"] == there.namespace_id
    assert step.preconditions["modified_on"] == there.modified_on
    assert step.preconditions["workers"] == 1
    assert len(step.preconditions["workers_digest"]) == 64
    inside = one.reads.get_worker("customer-9", "site").script
    assert step.evidence == {
        "state": "churned",
        "customer_id": "9",
        "customer_status": "churned",
        "inventory": "proven",
        "churned_on": "2026-09-24T12:00:00Z",
        "created_on": "2025-08-21T12:00:00Z",
        "first_seen": "2026-09-24T12:00:00Z",
        "deadline": "2026-10-24T12:00:00Z",
        "requests": 0,
        "trusted": False,
        "workers": [
            {
                "worker": "site",
                "tag": inside.tag,
                "etag": inside.etag,
                "created_on": inside.created_on,
                "modified_on": inside.modified_on,
            }
        ],
        "cannot_return": [],
    }
    assert plan.excluded == ()
    assert plan.can_be_applied


def test_what_the_plan_is_bound_to(one):
    """The frame, and a span of time; the forecast is of its steps."""
    plan = planned(one, left(one))
    for name, value in vars(FRAME).items():
        assert name == "life" or getattr(plan, name) == value
    assert plan.expires_at == NOW + timedelta(hours=24)
    assert plan.forecast.requests == requests_for(plan.steps)
    assert plan.forecast.seconds == round(plan.forecast.requests * 0.25)


def test_every_guard_has_its_row(one):
    """The plan's first, then each item's in the order of the items, moved at its end."""
    plan = planned(one, left(one, "customer-8"), left(one))
    rows = [(row.guard, row.namespace) for row in plan.guards]
    whole = ["count", "share", "quarantine", "unproven"]
    each = ["state", "protected", "grace", "traffic", "workers", "trusted", "bound", "irreversible", "moved"]
    assert rows == [
        *((guard, None) for guard in whole),
        *((guard, "customer-8") for guard in each),
        *((guard, "customer-9") for guard in each),
    ]
    assert {row.verdict for row in plan.guards} == {"pass"}


@pytest.mark.parametrize(
    ("changes", "facts", "guards"),
    [
        ({"state": "ignored"}, {}, ["state"]),
        ({}, {"limits": Limits(protect=("customer-9",))}, ["protected"]),
        ({"churned_on": None}, {"requests": {}}, ["grace", "traffic"]),
        ({"created_on": None, "state": "misnamed"}, {}, ["state", "grace"]),
    ],
)
def test_what_a_guard_refuses_is_left_out(one, changes, facts, guards):
    """With the first one's words, and the names of all that refused; the rest is the plan."""
    other = left(one, "customer-8")
    refused = left(one, **changes)
    about = facts_for([other, refused])
    if "requests" in facts:
        facts = {"requests": {"customer-8": (0, "by the analytics")}}
    plan = planned(one, other, refused, facts=replace(about, **facts))
    assert [step.name for step in plan.steps] == ["customer-8"]
    out = plan.excluded[0]
    assert (out.step.name, out.guard, list(out.guards)) == ("customer-9", guards[0], guards)
    row = next(row for row in plan.guards if (row.guard, row.namespace) == (out.guard, "customer-9"))
    assert out.reason == row.detail


def test_nothing_is_read_of_what_is_refused_anyway(one):
    """Not even the listing; that nobody looked is no guard's own no."""
    one.sandbox.fault("status", method="GET", status=500)
    plan = planned(one, left(one, state="matched"))
    assert plan.excluded[0].guards == ("state",)
    looked = {row.guard: row.detail for row in plan.guards if row.namespace}
    assert {looked[name] for name in ("workers", "trusted", "bound", "irreversible", "moved")} == {NOT_LOOKED}


def test_half_a_look_makes_no_plan(one):
    """An answer that can't be trusted is an error."""
    one.sandbox.fault("null_result", method="GET")
    with pytest.raises(APIError):
        planned(one, left(one))


@pytest.mark.parametrize("make", [left, misnamed, "worker"], ids=["deletion", "rename", "worker"])
def test_what_is_gone_is_said_to_be_gone(one, make):
    """Not that nobody has looked: somebody has, and it is not there."""
    gone = (
        one_worker(namespace="customer-9", namespace_id=left(one).namespace_id)
        if make == "worker"
        else make(one)
    )
    one.sandbox.load("other")
    out = planned(one, gone).excluded[0]
    assert (out.guard, out.reason, out.guards) == ("moved", "it is not there any more", ("moved",))


def test_a_worker_that_is_gone(one):
    """Its namespace is there; there is nothing to compare later."""
    gone = one_worker(namespace="customer-9", worker="shop", namespace_id=left(one).namespace_id)
    out = planned(one, gone).excluded[0]
    assert out.guard == "moved"
    assert out.reason == "not known, so it can't be compared later: worker_tag, etag, modified_on"


def test_another_one_under_its_name(one):
    """The audit saw another id: no reason overrides that."""
    item_ = left(one, namespace_id="what the audit saw")
    plan = planned(one, item_, overrides={"grace": "because", "traffic": "because"})
    out = plan.excluded[0]
    assert "moved" in out.guards
    nameless = planned(one, left(one, namespace_id=None), overrides={"grace": "because"})
    assert "moved" in nameless.excluded[0].guards


def test_overrides_stand_in_the_plan(one):
    """With their words, and the item is a step; one that nobody asked for is a slip."""
    early = left(one, churned_on=NOW - timedelta(days=1))
    plan = planned(one, early, overrides={"grace:customer-9": "contract ended in May"})
    assert [step.name for step in plan.steps] == ["customer-9"]
    row = next(row for row in plan.guards if row.guard == "grace")
    assert row.verdict == "overridden"
    assert row.detail.endswith("; overridden: contract ended in May")
    assert "contract ended in May" in plan.confirmation
    with pytest.raises(SettingsError, match="custmer-9"):
        planned(one, early, overrides={"grace:custmer-9": "because"})
    with pytest.raises(SettingsError, match="customer-8"):
        planned(one, early, beyond=[left(one, "customer-8")], overrides={"grace:customer-8": "because"})


def test_a_workers_override_by_either_name(one):
    """Its own, or with its namespace's."""
    early = one_worker(namespace_id=left(one).namespace_id, churned_on=NOW)
    for name in ("site", "customer-9/site"):
        plan = planned(one, early, overrides={f"grace:{name}": "because"})
        assert [step.name for step in plan.steps] == ["customer-9/site"]


def test_what_is_beyond_the_number(one):
    """It is left out as such, and nothing was read of it."""
    plan = planned(one, left(one, "customer-7"), beyond=[left(one, "customer-8"), left(one)])
    assert [step.name for step in plan.steps] == ["customer-7"]
    assert [(out.step.name, out.guard, out.guards) for out in plan.excluded] == [
        ("customer-8", "max", ("max",)),
        ("customer-9", "max", ("max",)),
    ]
    assert plan.excluded[0].reason == "not among the first 1 that were asked for"
    nothing = planned(one, beyond=[left(one)])
    assert [row.guard for row in nothing.guards] == ["count", "share", "quarantine", "unproven"]
    assert not nothing.can_be_applied


def test_a_plan_level_guard_refuses_the_whole(one):
    """The steps stand there, and may not be applied."""
    plan = planned(one, left(one), customers=list_facts(age=None))
    assert len(plan.steps) == 1
    assert [row.guard for row in plan.refusals] == ["quarantine"]
    assert not plan.can_be_applied
    lone = planned(one, left(one), namespaces=9)
    assert {row.guard for row in lone.refusals} == {"share", "unproven"}


def test_a_creation(one):
    """For a customer without a namespace, where there is none of the name; it must be absent later, too."""
    plan = planned(one, created(namespace="customer-5", customer_id="5"))
    step = plan.steps[0]
    assert step.reason == "customer '5' is active and has no namespace"
    assert step.preconditions == {"absent": True}
    assert step.evidence == {
        "state": "missing",
        "customer_id": "5",
        "customer_status": "active",
        "inventory": "proven",
    }
    out = planned(one, created(namespace="customer-7", customer_id="7")).excluded[0]
    assert (out.guard, out.reason) == ("moved", "a namespace 'customer-7' is there already")


def test_a_rename(one):
    """To the convention's name, where that is free."""
    plan = planned(one, misnamed(one))
    step = plan.steps[0]
    assert (step.new_name, step.reason) == ("customer-6", "it is customer '6' in another spelling")
    assert step.preconditions["trusted"] is False
    taken = planned(one, misnamed(one, new_name="customer-7")).excluded[0]
    assert (taken.guard, taken.reason) == ("moved", "a namespace 'customer-7' is there already")
    nameless = planned(one, misnamed(one, new_name=None)).excluded[0]
    assert (nameless.guard, nameless.reason) == ("moved", "its customer's id makes no valid name")


def test_a_workers_deletion(one):
    """Its own facts are compared; what it is is evidence, and nothing of the others inside."""
    one.sandbox.load({"name": "customer-9", "workers": [{"name": "site"}, {"name": "shop"}]})
    plan = planned(one, one_worker(namespace_id=left(one).namespace_id))
    step = plan.steps[0]
    assert sorted(step.preconditions) == ["etag", "modified_on", "namespace_id", "worker_tag"]
    assert [each["worker"] for each in step.evidence["workers"]] == ["site"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"churned_on": None}, "customer '9' left on an unknown day"),
        ({"state": "orphaned"}, "no customer has the id '9'"),
        ({"state": "matched"}, "somebody asked for it"),
        ({"state": None}, "somebody asked for it"),
    ],
)
def test_why(one, changes, words):
    """As far as anybody knows."""
    plan = planned(one, left(one, **changes))
    assert [step.reason for step in (*plan.steps, *(out.step for out in plan.excluded))] == [words]


def test_a_reason_that_was_given(one):
    """It stands instead."""
    assert planned(one, left(one), reasons={"customer-9": "they asked"}).steps[0].reason == "they asked"
    assert planned(one, left(one), reasons={"customer-9": ""}).steps[0].reason.startswith("customer '9'")


def test_what_is_not_known_is_null_in_the_evidence(one):
    """Dates, marks, requests."""
    bare = left(one, churned_on=None, created_on=None)
    evidence = planned(one, bare, marks=None, requests={}).excluded[0].step.evidence
    assert {
        evidence[name] for name in ("churned_on", "created_on", "first_seen", "deadline", "requests")
    } == {None}


def test_what_cannot_return_is_said(one):
    """Of all that is inside, in sentences; of a Worker alone its own."""
    inside = [{"name": "site", "has_assets": False}, {"name": "shop", "has_assets": True}]
    one.sandbox.load({"name": "customer-9", "workers": inside})
    out = planned(one, left(one)).excluded[0]
    assert out.guard == "irreversible"
    assert out.step.evidence["cannot_return"] == [out.reason]
    assert out.reason.startswith("Worker 'shop': ")
    alone = planned(one, one_worker(namespace_id=left(one).namespace_id))
    assert alone.steps[0].evidence["cannot_return"] == []


def test_preconditions():
    """Of what is not there nothing can be compared."""
    assert preconditions_of(created(), Gathered()) == {"absent": True}
    assert preconditions_of(item(), Gathered()) == {}
    assert preconditions_of(item(), gathered()) == seen().preconditions("delete_namespace")
    assert preconditions_of(one_worker(), gathered()) == seen().worker_preconditions("site")
    assert preconditions_of(renamed(namespace="customer-9"), gathered())["trusted"] is False


class _Unused:
    """An account that must not be asked."""


@given(
    states=st.lists(st.sampled_from(["matched", None, "ignored", "suspect"]), max_size=4),
    beyond=st.integers(0, 2),
)
def test_whatever_is_refused_is_left_out(states, beyond):
    """Exactly once, in order, without a read; and what the plan holds is JSON of one canonical text."""
    items = [
        item(namespace=f"customer-{n}", namespace_id=f"id of customer-{n}", state=state)
        for n, state in enumerate(states)
    ]
    rest = [item(namespace=f"later-{n}", namespace_id=None) for n in range(beyond)]
    asked = Asked(action="delete_namespace", items=items, beyond=rest, overrides=Overrides())
    plan = make_plan(
        asked, FRAME, facts_for([*items, *rest]), lambda _: _Unused(), forecast_s=lambda requests: 0.0
    )
    names = [each.name for each in (*items, *rest)]
    assert plan.steps == ()
    assert [out.step.name for out in plan.excluded] == names
    assert canonical(json.loads(plan.to_json()))
