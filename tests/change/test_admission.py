"""A plan judged again before it is applied: it can only shrink, and says why."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.archives import bench
from support.audit_frames import audit_of, inventory
from support.judging import known, list_facts, mark
from support.plans import plan_of
from support.sandbox_server import clean_sandbox, running_sandbox

from wfp_ops.change.admission import admit, changed_owner, items_now
from wfp_ops.change.gather import Gathered, see
from wfp_ops.change.judge import Limits, Recent
from wfp_ops.change.overrides import overrides_of
from wfp_ops.change.selection import Item
from wfp_ops.change.steps import Step
from wfp_ops.errors import APIError, RefusedError

LEFT = [{"customer_id": n, "status": "churned", "churned_on": "2026-08-01"} for n in ("7", "8", "9")]
HERE = [{"customer_id": n} for n in ("1", "5", "6")]
NAMES = ["customer-1", "customer-7", "customer-8", "customer-9", "customer_6"]


@pytest.fixture(scope="module")
def sandbox():
    """A running sandbox of this module's own."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def one(sandbox, tmp_path):
    """Its account: what :func:`audited` sees."""
    with bench(clean_sandbox(sandbox), tmp_path) as made:
        _load(sandbox)
        yield made


def _load(sandbox, names=NAMES):
    dates = {"created_on": "2026-01-01T00:00:00.000000Z", "modified_on": "2026-08-01T00:00:00.000000Z"}
    inside = [{"name": "site", "has_assets": False, **dates}]
    sandbox.load(*({"name": name, "namespace_id": _id(name), "workers": inside, **dates} for name in names))


def _id(name):
    return f"00000000-0000-4000-8000-{sum(name.encode()):012}"


def audited(customers=(*LEFT, *HERE), names=NAMES):
    """The account against this list."""
    frame = inventory(names).assign(namespace_id=[_id(name) for name in names])
    return audit_of(frame, list(customers))


@cache
def usual():
    """The same for all who ask."""
    return audited()


def facts(**changes):
    """What is known: marks of long ago, no traffic."""
    marks = [mark(name, namespace_id=_id(name)) for name in NAMES]
    return known(
        **{
            "gathered": Gathered(),
            "marks": {each.key: each for each in marks},
            "requests": dict.fromkeys(NAMES, (0, "by the analytics")),
            **changes,
        }
    )


def deleting(one, name="customer-9", **changes):
    """A step as it was planned."""
    step = Step(
        action="delete_namespace",
        namespace=name,
        customer_id=name[-1],
        reason="r",
        evidence={"state": "churned", "customer_id": name[-1]},
        preconditions=see(one.reads, name).preconditions("delete_namespace"),
    )
    return replace(step, **changes)


def renaming(one, **changes):
    """Likewise."""
    step = Step(
        action="rename_namespace",
        namespace="customer_6",
        new_name="customer-6",
        customer_id="6",
        reason="r",
        evidence={"state": "misnamed", "customer_id": "6"},
        preconditions=see(one.reads, "customer_6").preconditions("rename_namespace"),
    )
    return replace(step, **changes)


def creating(customer="5", **changes):
    """Likewise."""
    step = Step(
        action="create_namespace",
        namespace=f"customer-{customer}",
        customer_id=customer,
        reason="r",
        evidence={"state": "missing", "customer_id": customer},
        preconditions={"absent": True},
    )
    return replace(step, **changes)


def admitted(one, *steps, audit=None, places=None, overrides=None, **changes):
    """What of these may still be done."""
    plan = plan_of(*steps, overrides=overrides_of(overrides))
    where = range(len(steps)) if places is None else places
    return admit(plan, where, audit or usual(), facts(**changes), one.reads)


def test_nothing_moved(one):
    """All of it may be done, and every guard has said so."""
    found = admitted(one, deleting(one), renaming(one), creating())
    assert dict(found.dropped) == {}
    assert {row.verdict for row in found.guards} == {"pass"}
    assert [row.guard for row in found.guards if row.namespace is None] == [
        "count",
        "share",
        "quarantine",
        "unproven",
    ]
    moved = [row.namespace for row in found.guards if row.guard == "moved"]
    assert moved == ["customer-9", "customer_6", "customer-5"]


def test_a_customer_who_came_back(one):
    """Their namespace drops out; the others stay."""
    back = audited([{"customer_id": "9"}, *LEFT[:2], *HERE])
    found = admitted(one, deleting(one, "customer-8"), deleting(one), audit=back)
    assert list(found.dropped) == [1]
    guard, why = found.dropped[1]
    assert (guard, why) == ("state", "its state is matched; only churned and orphaned may be")


def test_a_namespace_that_was_deleted_and_made_again(one):
    """It is another one: that is said, and not that nobody knows of its traffic."""
    step = deleting(one)
    one.sandbox.load(
        *({"name": name, "namespace_id": _id(name)} for name in NAMES if name != "customer-9"), "customer-9"
    )
    found = admitted(one, step, requests={})
    guard, why = found.dropped[0]
    assert guard == "moved"
    assert why.startswith(f"its id was {_id('customer-9')} and is ")
    refusing = [row.guard for row in found.guards if row.holds_back]
    assert refusing[0] != "moved"


def test_another_state_that_deletes_as_well_is_another(one):
    """An override of the guard changes nothing: the plan was approved for what it said."""
    orphan = audited([*LEFT[:2], *HERE])
    assert admitted(one, deleting(one), audit=orphan).dropped[0] == (
        "moved",
        "its state was churned and is orphaned",
    )


def test_a_customer_who_got_one(one):
    """Nothing is created for who is not missing any more, or has left the list."""
    names = [*NAMES, "customer-5"]
    _load(one.sandbox, names)
    assert admitted(one, creating(), audit=audited(names=names)).dropped[0][0] == "state"
    nobody = audited([*LEFT, *HERE[:1]])
    assert admitted(one, creating(), audit=nobody).dropped[0] == ("state", "the audit does not know it")


def test_a_namespace_that_is_there_by_now(one):
    """Also where the audit has not seen it."""
    _load(one.sandbox, [*NAMES, "customer-5", "customer-6"])
    assert admitted(one, creating()).dropped[0] == ("moved", "a namespace 'customer-5' is there already")
    assert admitted(one, renaming(one)).dropped[0] == ("moved", "a namespace 'customer-6' is there already")


def test_it_is_gone(one):
    """That is said, and not that nobody looked."""
    steps = [deleting(one), renaming(one), deleting(one, "customer-8")]
    _load(one.sandbox, ["customer-1", "customer-8"])
    assert dict(admitted(one, *steps).dropped) == {
        0: ("moved", "it is not there any more"),
        1: ("moved", "it is not there any more"),
    }


@pytest.mark.parametrize("make", [deleting, renaming])
def test_a_fact_that_is_otherwise_or_left_out(one, make):
    """Each by itself; a plan that names none of them, too."""
    step = make(one)
    for fact in step.preconditions:
        others = {name: value for name, value in step.preconditions.items() if name != fact}
        for wrong in ({**others, fact: "other"}, {**others, fact: None}, others):
            assert admitted(one, replace(step, preconditions=wrong)).dropped[0][0] == "moved"
    for empty in ({}, {"customer_id": None}):
        assert admitted(one, replace(step, preconditions=empty)).dropped[0][0] == "moved"


@pytest.mark.parametrize("evidence", [{}, {"state": "churned"}, {"customer_id": "9"}, {"state": None}])
def test_evidence_that_says_nothing(one, evidence):
    """What the plan saw must be there to compare; a customer of it, if there was one."""
    assert admitted(one, deleting(one, evidence=evidence)).dropped[0][0] == "moved"


@pytest.mark.parametrize("new", ["customer-60", "shared", None])
def test_a_rename_to_another_name(one, new):
    """Only the convention's own."""
    found = admitted(one, renaming(one, new_name=new)).dropped[0]
    assert found == ("moved", f"by the convention its name would be 'customer-6', not {new!r}")


@pytest.mark.parametrize("action", ["put_worker", "tag_worker"])
def test_what_no_plan_from_an_audit_holds(one, action):
    """Whoever put it in gets it past no guard, by no override."""
    step = Step(
        action=action,
        namespace="customer-9",
        worker="site",
        reason="r",
        evidence={"state": "churned", "customer_id": "9", "archive": "x"},
        preconditions=see(one.reads, "customer-9").worker_preconditions("site"),
    )
    found = admitted(one, step, overrides={"state": "because", "traffic": "because"})
    assert found.dropped[0][0] == "state"


@pytest.mark.parametrize(
    ("changes", "guard"),
    [
        ({"limits": Limits(protect=("customer-9",))}, "protected"),
        ({"protections": None}, "protected"),
        ({"marks": {}}, "grace"),
        ({"marks": None}, "grace"),
        ({"requests": {}}, "traffic"),
        ({"limits": Limits(max_workers=0)}, "workers"),
    ],
)
def test_every_guard_is_asked_again(one, changes, guard):
    """What passed when it was planned may not pass now."""
    assert admitted(one, deleting(one), **changes).dropped[0][0] == guard


def test_the_plans_own_overrides_hold(one):
    """They were approved with it."""
    found = admitted(one, deleting(one), overrides={"traffic": "looked by hand"}, requests={})
    assert dict(found.dropped) == {}
    assert "overridden" in {row.verdict for row in found.guards}


@pytest.mark.parametrize(
    ("changes", "guard"),
    [
        ({"customers": list_facts(age=None)}, "quarantine"),
        ({"recent": None}, "count"),
        ({"recent": Recent(namespaces=25)}, "count"),
        ({"recent": Recent(namespaces=11)}, "share"),
        ({"namespaces": 79}, "unproven"),
    ],
)
def test_a_plan_level_guard_refuses_all_of_it(one, changes, guard):
    """Nothing is done; the reasons are told."""
    with pytest.raises(RefusedError) as caught:
        admitted(one, deleting(one), creating(), **changes)
    assert any(reason.startswith(f"{guard}: ") for reason in caught.value.reasons)


def test_what_dropped_out_does_not_count(one):
    """Nobody asks how many would go where none is left; what it rested on is asked all the same."""
    back = audited([{"customer_id": "9"}, *LEFT[:2], *HERE])
    found = admitted(one, deleting(one), creating(), audit=back, recent=None)
    assert list(found.dropped) == [0]
    assert [row.guard for row in found.guards if row.namespace is None] == ["quarantine", "unproven"]


def test_only_the_places_that_are_asked_for(one):
    """Those before are done; their places stay theirs."""
    steps = [deleting(one, "customer-7"), deleting(one, "customer-8"), deleting(one)]
    back = audited([{"customer_id": "9"}, {"customer_id": "7"}, LEFT[1], *HERE])
    found = admitted(one, *steps, audit=back, places=[2, 1])
    assert list(found.dropped) == [2]
    assert {row.namespace for row in found.guards} == {None, "customer-8", "customer-9"}
    nothing = admitted(one, *steps, places=[])
    assert (dict(nothing.dropped), nothing.guards) == ({}, ())


def test_half_an_answer_admits_nothing(one):
    """It is an error."""
    step = deleting(one)
    one.sandbox.fault("null_result", method="GET", route="*/settings")
    with pytest.raises(APIError):
        admitted(one, step)


def test_items_as_the_audit_sees_them_now():
    """One that it does not know has no state; a creation's name is the step's own."""
    steps = [
        creating(namespace="shop-5"),
        creating("99"),
        Step(action="delete_namespace", namespace="customer-9", reason="r", new_name="tampered"),
        Step(action="delete_namespace", namespace="nowhere", reason="r"),
        Step(action="rename_namespace", namespace="customer_6", reason="r", new_name="tampered"),
    ]
    first, unknown, deleted, gone, misnamed = items_now(steps, audited())
    assert (first.namespace, first.customer_id, first.state) == ("shop-5", "5", "missing")
    assert unknown == Item(action="create_namespace", namespace="customer-99")
    assert (deleted.state, deleted.new_name, deleted.namespace_id) == ("churned", None, _id("customer-9"))
    assert gone == Item(action="delete_namespace", namespace="nowhere")
    assert (misnamed.state, misnamed.new_name) == ("misnamed", "customer-6")


@pytest.mark.parametrize(
    ("state", "customer", "verdict"),
    [
        ("churned", "9", "pass"),
        ("orphaned", "9", "refuse"),
        ("churned", "8", "refuse"),
        ("churned", None, "refuse"),
        (None, None, "refuse"),
    ],
)
def test_whose_it_is_by_now(state, customer, verdict):
    """The same customer, in the same state."""
    step = Step(
        action="delete_namespace",
        namespace="customer-9",
        reason="r",
        evidence={"state": "churned", "customer_id": "9"},
    )
    item = Item(action="delete_namespace", namespace="customer-9", state=state, customer_id=customer)
    assert changed_owner(step, item).verdict == verdict


@pytest.fixture(scope="module")
def law(sandbox, tmp_path_factory):
    """The account, for many examples."""
    with bench(sandbox, tmp_path_factory.mktemp("law")) as made:
        clean_sandbox(sandbox)
        _load(sandbox)
        yield made, [deleting(made, f"customer-{n}") for n in ("7", "8", "9")]


@given(
    states=st.tuples(*[st.sampled_from(["churned", "active", "gone"])] * 3),
    there=st.sets(st.sampled_from(["customer-7", "customer-8", "customer-9"])),
    places=st.sets(st.integers(0, 2)),
    protect=st.sets(st.sampled_from(["customer-7", "customer-8"])),
)
def test_it_only_shrinks(law, states, there, places, protect):
    """Whatever happened meanwhile: only what was asked for, and of that what nothing speaks against."""
    account, steps = law
    _load(account.sandbox, ["customer-1", *sorted(there)])
    plan = plan_of(*steps)
    found = admit(plan, places, _listed(states), facts(limits=Limits(protect=tuple(protect))), account.reads)
    fine = {
        place
        for place, step in enumerate(steps)
        if states[place] == "churned" and step.namespace in there and step.namespace not in protect
    }
    assert places - set(found.dropped) == places & fine
    assert set(found.dropped) == places - fine
    held = {row.namespace for row in found.guards if row.holds_back}
    assert held == {steps[place].namespace for place in found.dropped}


@cache
def _listed(states):
    """The audit against a list in which the three customers are of these statuses by now."""
    rows = [
        {**row, "status": state, "churned_on": row["churned_on"] if state == "churned" else None}
        for row, state in zip(LEFT, states, strict=True)
        if state != "gone"
    ]
    return audited([*rows, *HERE])
