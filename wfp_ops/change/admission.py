"""A plan judged again before it is applied, by what customers and account are now: it can only shrink."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from wfp_ops.api.reads import Reads
from wfp_ops.audit.result import Audit
from wfp_ops.change.gather import gather
from wfp_ops.change.guards import item_level
from wfp_ops.change.guards.said import Said, refuses
from wfp_ops.change.guards.table import guard_named
from wfp_ops.change.judge import Known, judge_item, judge_plan, telling
from wfp_ops.change.plan import Plan
from wfp_ops.change.planner import preconditions_of
from wfp_ops.change.selection import Item, customers_of, named_anew, things_of
from wfp_ops.change.steps import DELETIONS, Action, GuardRow, Step
from wfp_ops.change.traffic import TrafficLook
from wfp_ops.errors import RefusedError

HOW_MANY = frozenset({"count", "share"})
"""Guards that ask how many go at once."""


@dataclass(frozen=True)
class Admission:
    """What of a plan may still be done: by place of a step, the guard and the reason why it may not."""

    dropped: Mapping[int, tuple[str, str]]
    guards: tuple[GuardRow, ...]


def admit(
    plan: Plan,
    places: Collection[int],
    audit: Audit,
    known: Known,
    reads: Reads,
    *,
    look: TrafficLook | None = None,
) -> Admission:
    """Judge some steps of a plan again.

    Args:
        plan: what was approved.
        places: the steps that are to be done, by place; those before them are done already.
        audit: customers and inventory as they are now.
        known: what the guards judge by, likewise; what is inside the namespaces is read here.
        reads: the account.
        look: asks analytics about traffic; without it nothing but ``known.requests`` is known of that.

    Raises:
        RefusedError: a plan-level guard refuses it: then no step drops out.
        APIError: Cloudflare refused, or an answer was not whole.
    """
    steps = {place: plan.steps[place] for place in sorted(places)}
    items = items_now(list(steps.values()), audit)
    names = {name for step in steps.values() for name in (step.namespace, step.new_name) if name}
    deleted = {step.namespace for step in steps.values() if step.action in DELETIONS}
    touched = any(step.action in ("delete_namespace", "rename_namespace") for step in steps.values())
    if names:
        known = replace(known, gathered=gather(reads, names, contents=deleted, bindings=touched))
    if look is not None:
        requests = {**known.requests, **look.by_name(items)}
        known = replace(known, requests=look.by_id(items, requests, known.gathered))
    dropped: dict[int, tuple[str, str]] = {}
    rows: list[GuardRow] = []
    for (place, step), item in zip(steps.items(), items, strict=True):
        said = [*judge_item(item, known, plan.overrides), _moved_row(step, item, known)]
        rows += said
        refusing = [row for row in said if row.holds_back]
        if refusing:
            row = _first_told(refusing)
            dropped[place] = (row.guard, row.detail)
    left = [step for place, step in steps.items() if place not in dropped]
    plan_rows = _judge_as_a_whole(left, {step.action for step in steps.values()}, known, plan)
    refusals = [f"{row.guard}: {row.detail}" for row in plan_rows if row.holds_back]
    if refusals:
        raise RefusedError(
            "the plan may not be applied",
            reasons=refusals,
            hint="nothing was changed; look at the account, and make a new plan",
        )
    return Admission(dropped, (*plan_rows, *rows))


def _first_told(refusing: Sequence[GuardRow]) -> GuardRow:
    """The row that says why a step drops out: whose it is by now, then what no reason overrides.

    Of another namespace under the same name it is no question how old it is, or who calls it.
    """
    owner = [row for row in refusing if row.guard == "state"]
    never = [row for row in refusing if guard_named(row.guard).never]
    return telling(owner or never or refusing)


def _judge_as_a_whole(
    left: Sequence[Step], actions: Collection[Action], known: Known, plan: Plan
) -> list[GuardRow]:
    """What plan-level guards say, asked by what was to be done: a cut list makes steps drop out for good.

    How many go at once is nobody's question where nothing is left that would go.
    """
    rows = judge_plan(left, actions, known, plan.overrides)
    goes = any(step.is_deletion for step in left)
    return rows if goes else [row for row in rows if row.guard not in HOW_MANY]


def items_now(steps: Sequence[Step], audit: Audit) -> list[Item]:
    """Each step's thing or customer as the audit sees it now; one that it does not know has no state."""
    things: dict[str, dict[str, Item]] = {}
    customers = {item.customer_id: item for item in customers_of(audit, {})}
    found = []
    for step in steps:
        bare = Item(action=step.action, namespace=step.namespace, worker=step.worker)
        if step.action == "create_namespace":
            customer = customers.get(step.customer_id)
            found.append(bare if customer is None else replace(customer, namespace=step.namespace))
        else:
            if step.action not in things:
                things[step.action] = things_of(audit, step.action)
            item = things[step.action].get(step.name, bare)
            found.append(named_anew(item, audit.convention) if step.action == "rename_namespace" else item)
    return found


def changed_owner(step: Step, item: Item) -> Said:
    """Whether the thing's customer is still the one that the plan saw, and in the same state."""
    return item_level.moved(
        planned={name: step.evidence.get(name) for name in ("state", "customer_id")},
        found={"state": item.state, "customer_id": item.customer_id},
    )


def _moved_row(step: Step, item: Item, known: Known) -> GuardRow:
    said = changed_owner(step, item)
    if said.verdict == "pass":
        said = _moved_thing(step, item, known)
    return GuardRow(
        guard="moved", verdict=said.verdict, detail=said.detail, namespace=step.namespace, worker=step.worker
    )


def _moved_thing(step: Step, item: Item, known: Known) -> Said:
    seen = known.gathered.seen
    if step.action == "create_namespace":
        there = step.namespace in seen
        return refuses(f"a namespace {step.namespace!r} is there already") if there else Said("pass", "free")
    if step.namespace not in seen:
        return refuses("it is not there any more")
    if step.action == "rename_namespace" and step.new_name != item.new_name:
        return refuses(f"by the convention its name would be {item.new_name!r}, not {step.new_name!r}")
    if step.new_name is not None and step.new_name in seen:
        return refuses(f"a namespace {step.new_name!r} is there already")
    return item_level.like_planned(planned=step.preconditions, found=preconditions_of(item, known.gathered))
