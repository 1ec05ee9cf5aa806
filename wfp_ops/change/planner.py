"""From items to a plan: look into what may be changed, ask every guard, keep what all of them let pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from wfp_ops.api.reads import Reads
from wfp_ops.change.forecast import requests_for, requests_to_look
from wfp_ops.change.gather import Gathered, Progress, gather
from wfp_ops.change.guards import item_level
from wfp_ops.change.guards.said import Said, passes, refuses, unknown
from wfp_ops.change.judge import NOT_LOOKED, Known, cheap_rows, judge_items, judge_plan, telling
from wfp_ops.change.overrides import Overrides
from wfp_ops.change.plan import CustomerList, Forecast, InventorySeen, Plan
from wfp_ops.change.selection import Item
from wfp_ops.change.steps import DELETIONS, Action, Excluded, GuardRow, Step
from wfp_ops.change.traffic import MOST_HELD, TrafficLook
from wfp_ops.clock import iso

BEYOND = "max"


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What a plan is bound to: the account, its rules, the customer list, the inventory, a span of time."""

    account: str
    account_id: str
    base_url: str
    created_at: datetime
    life: timedelta
    convention: str
    tenancy: str
    customers: CustomerList
    inventory: InventorySeen


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody asked for: items, those beyond the number that they wanted, and overrides.

    ``action`` is what was to be done, so that the guards of a plan are asked also where nothing was found.
    """

    action: Action
    items: Sequence[Item]
    beyond: Sequence[Item] = ()
    overrides: Overrides = field(default_factory=Overrides)
    reasons: Mapping[str, str] = field(default_factory=dict)


def make_plan(
    asked: Asked,
    frame: Frame,
    known: Known,
    reads: Callable[[int], Reads],
    *,
    forecast_s: Callable[[int], float],
    look: TrafficLook | None = None,
    progress: Progress | None = None,
) -> Plan:
    """A plan of what every guard lets pass; what one of them refuses is left out with its reason.

    ``reads`` gives the account's for about so many requests. ``look`` asks analytics about traffic; without
    it nothing but ``known.requests`` is known of that.

    Raises:
        SettingsError: an override names an item that was not asked for.
        APIError: Cloudflare refused, or an answer was not whole: no plan is made of half a look.
    """
    asked.overrides.refuse_unused({each for item in asked.items for each in (item.name, item.worker) if each})
    known = _looked_into(asked, _with_traffic(asked, known, look), reads, look, progress)
    rows = judge_items(asked.items, known, asked.overrides)
    steps, excluded, guards = [], [], []
    for item in asked.items:
        step = _step(item, known, asked.reasons)
        said = [
            *rows[item.name],
            asked.overrides.apply("moved", _moved(item, known.gathered), **_about(item)),
        ]
        guards += said
        refusing = [row for row in said if row.holds_back]
        if refusing:
            excluded.append(_excluded(step, refusing))
        else:
            steps.append(step)
    excluded += [_too_many(item, known, asked) for item in asked.beyond]
    plan_rows = judge_plan(steps, {asked.action}, known, asked.overrides)
    requests = requests_for(steps)
    return Plan(
        **{name: value for name, value in vars(frame).items() if name != "life"},
        expires_at=frame.created_at + frame.life,
        steps=tuple(steps),
        excluded=tuple(excluded),
        guards=(*plan_rows, *guards),
        overrides=asked.overrides,
        forecast=Forecast(requests=requests, seconds=round(forecast_s(requests))),
    )


def _with_traffic(asked: Asked, known: Known, look: TrafficLook | None) -> Known:
    """What analytics say of the items: it costs little, and what has traffic need not be looked into.

    Not asked are those that another guard holds back for good, nor those that wait if they are very many.
    """
    if look is None:
        return known
    held = {item.name: _held_by(item, known, asked.overrides) for item in asked.items}
    waiting = sum(guards == {"grace"} for guards in held.values())
    harmless = {"grace"} if waiting <= MOST_HELD else set()
    found = look.by_name([item for item in asked.items if held[item.name] <= harmless])
    passed_by = {item.name: (None, NOT_LOOKED) for item in asked.items}
    return replace(known, requests={**passed_by, **known.requests, **found})


def _held_by(item: Item, known: Known, overrides: Overrides) -> set[str]:
    rows = cheap_rows(item, known, overrides)
    return {row.guard for row in rows if row.holds_back and row.guard != "traffic"}


def _looked_into(
    asked: Asked,
    known: Known,
    reads: Callable[[int], Reads],
    look: TrafficLook | None,
    progress: Progress | None,
) -> Known:
    """Read what the guards need of the items that no cheaper guard has refused; nothing of the others."""
    open_items = [
        item
        for item in asked.items
        if not any(row.holds_back for row in cheap_rows(item, known, asked.overrides))
    ]
    if not open_items:
        return replace(known, gathered=Gathered())
    names = {name for item in open_items for name in (item.namespace, item.new_name) if name}
    deleted = {item.namespace for item in open_items if item.action in DELETIONS}
    touched = [item for item in open_items if item.action in ("delete_namespace", "rename_namespace")]
    looking = reads(requests_to_look(names, deleted))
    gathered = gather(looking, names, contents=deleted, bindings=bool(touched), progress=progress)
    requests = known.requests if look is None else look.by_id(open_items, known.requests, gathered)
    return replace(known, gathered=gathered, requests=requests)


def _about(item: Item) -> dict[str, str | None]:
    return {"namespace": item.namespace, "worker": item.worker}


def _moved(item: Item, gathered: Gathered) -> Said:
    """Whether the thing is what the audit saw, and can be told from another one later."""
    seen = gathered.seen.get(item.namespace)
    if item.namespace not in gathered.looked:
        return unknown(NOT_LOOKED, final=True)
    if item.action == "create_namespace":
        if seen is not None:
            return refuses(f"a namespace {item.namespace!r} is there already", final=True)
        return passes("there is no namespace of this name")
    if seen is None:
        return refuses("it is not there any more", final=True)
    return _new_name_problem(item, gathered) or _same_thing(item, gathered)


def _new_name_problem(item: Item, gathered: Gathered) -> Said | None:
    if item.action == "rename_namespace" and item.new_name is None:
        return refuses("its customer's id makes no valid name", final=True)
    if item.new_name is not None and item.new_name in gathered.seen:
        return refuses(f"a namespace {item.new_name!r} is there already", final=True)
    return None


def _same_thing(item: Item, gathered: Gathered) -> Said:
    found = preconditions_of(item, gathered)
    same_id = item_level.moved(
        planned={"namespace_id": item.namespace_id}, found={"namespace_id": found.get("namespace_id")}
    )
    return same_id if same_id.verdict != "pass" else item_level.moved(planned=found, found=found)


def preconditions_of(item: Item, gathered: Gathered) -> dict[str, Any]:
    """What must be the same right before the change."""
    if item.action == "create_namespace":
        return {"absent": True}
    seen = gathered.seen.get(item.namespace)
    if seen is None:
        return {}
    if item.worker is not None:
        return seen.worker_preconditions(item.worker)
    return seen.preconditions(item.action)


def _step(item: Item, known: Known, reasons: Mapping[str, str]) -> Step:
    return Step(
        action=item.action,
        namespace=item.namespace,
        worker=item.worker,
        customer_id=item.customer_id,
        reason=reasons.get(item.name) or _why(item),
        evidence=_evidence(item, known),
        preconditions=preconditions_of(item, known.gathered),
        new_name=item.new_name,
    )


def _why(item: Item) -> str:
    customer = f"customer {item.customer_id!r}"
    if item.action == "create_namespace":
        return f"{customer} is {item.customer_status} and has no namespace"
    if item.action == "rename_namespace":
        return f"it is {customer} in another spelling"
    if item.state == "churned":
        left = "on an unknown day" if item.churned_on is None else f"on {item.churned_on:%Y-%m-%d}"
        return f"{customer} left {left}"
    if item.state == "orphaned":
        return f"no customer has the id {item.customer_id!r}"
    return "somebody asked for it"


def _evidence(item: Item, known: Known) -> dict[str, Any]:
    """What a person decides by; JSON values alone."""
    seen = known.gathered.seen.get(item.namespace)
    mark = None if known.marks is None else known.marks.get((item.namespace_id or "", item.worker))
    evidence: dict[str, Any] = {
        "state": item.state,
        "customer_id": item.customer_id,
        "customer_status": item.customer_status,
        "inventory": known.evidence.verdict,
    }
    if item.action in DELETIONS:
        evidence |= {
            "churned_on": _iso(item.churned_on),
            "created_on": _iso(item.created_on),
            "first_seen": _iso(None if mark is None else mark.first_seen),
            "deadline": _iso(None if mark is None else mark.deadline),
            "requests": known.requests.get(item.name, (None, ""))[0],
        }
    if seen is not None:
        inside = [worker for worker in seen.workers if item.worker in (None, worker.name)]
        evidence["trusted"] = seen.namespace.trusted_workers
        evidence["workers"] = [worker.to_dict() for worker in inside]
        evidence["cannot_return"] = [
            sentence for worker in inside for sentence in _cannot(known.gathered, item.namespace, worker.name)
        ]
    return evidence


def _cannot(gathered: Gathered, namespace: str, worker: str) -> Sequence[str]:
    losses = gathered.losses.get((namespace, worker))
    return () if losses is None else losses.cannot


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def _excluded(step: Step, refusing: Sequence[GuardRow]) -> Excluded:
    return Excluded(
        step=step,
        guard=telling(refusing).guard,
        reason=telling(refusing).detail,
        guards=tuple(row.guard for row in refusing if row.detail != NOT_LOOKED),
    )


def _too_many(item: Item, known: Known, asked: Asked) -> Excluded:
    return Excluded(
        step=_step(item, known, asked.reasons),
        guard=BEYOND,
        reason=f"not among the first {len(asked.items)} that were asked for",
        guards=(BEYOND,),
    )
