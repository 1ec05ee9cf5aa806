"""Every guard asked about a plan and each of its items; pure: what they judge by was gathered before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from wfp_ops.change.clock_skew import clock_is_wrong
from wfp_ops.change.gather import Gathered
from wfp_ops.change.guards import item_level, plan_level
from wfp_ops.change.guards.said import Said, passes, unknown
from wfp_ops.change.overrides import Overrides
from wfp_ops.change.selection import Item
from wfp_ops.change.steps import DELETIONS, Action, GuardRow, Step
from wfp_ops.frames.provenance import Completeness
from wfp_ops.memory.ledger import Mark

_STATES: Mapping[str, tuple[str, ...]] = {
    "delete_namespace": item_level.DELETABLE,
    "delete_worker": item_level.DELETABLE,
    "rename_namespace": ("misnamed",),
    "create_namespace": ("missing",),
}
NOT_LOOKED = "not looked at: refused before"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """``[change]`` of the settings."""

    protect: tuple[str, ...] = ()
    max_deletions: int = 25
    max_share: float = 0.10
    grace_days: int = 30
    max_age_hours: int = 48
    traffic_days: int = 30
    max_workers: int = 20


@dataclass(frozen=True, kw_only=True)
class ListFacts:
    """What is known of the customer list, and of the accepted one that it is measured against."""

    customers: int
    read: int
    set_aside: int
    ids_unknown: int
    age: timedelta | None
    accepted: bool
    lost: int = 0
    lost_share: float | None = None
    accepted_namespaces: int | None = None


@dataclass(frozen=True, kw_only=True)
class Recent:
    """Deletions of the last 24 hours by the journals: namespaces, and Workers by namespace.

    ``doubt`` says of which applies all deletions were counted, because nobody knows better; else empty.
    """

    namespaces: int = 0
    workers: Mapping[str, int] = field(default_factory=dict)
    doubt: str = ""

    @property
    def total(self) -> int:
        """All of them."""
        return self.namespaces + sum(self.workers.values())


@dataclass(frozen=True, kw_only=True)
class Known:
    """Everything that the guards judge by, beside the items themselves.

    ``recent`` is None where the journals can't tell (``recent_problem`` says why), ``marks`` and
    ``protections`` where the ledger can't. ``doubtful`` says by customer which suspect may be theirs.
    ``requests`` is by namespace (or namespace/Worker) what usage proves: None or no entry: unknown.
    ``totals`` counts Workers by namespace. ``skew`` is how far the clock that told ``now`` is ahead of
    Cloudflare's.
    """

    now: datetime
    limits: Limits
    evidence: Completeness
    namespaces: int
    customers: ListFacts
    recent: Recent | None
    marks: Mapping[tuple[str, str | None], Mark] | None
    protections: Mapping[str, tuple[date, str]] | None
    doubtful: Mapping[str, str] = field(default_factory=dict)
    gathered: Gathered = field(default_factory=Gathered)
    totals: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, tuple[int | None, str]] = field(default_factory=dict)
    skew: timedelta = timedelta(0)
    recent_problem: str = ""

    @property
    def recent_doubt(self) -> str:
        """What is to be said of ``recent`` beside the number."""
        return self.recent_problem if self.recent is None else self.recent.doubt


def judge_items(items: Sequence[Item], known: Known, overrides: Overrides) -> dict[str, list[GuardRow]]:
    """What each item-level guard says of each item, by the item's name, in the guards' order.

    ``moved`` is not among them: it compares a step with what is there, and there is no step yet.
    """
    return {item.name: list(judge_item(item, known, overrides)) for item in items}


def judge_item(item: Item, known: Known, overrides: Overrides) -> Iterator[GuardRow]:
    """What each guard says of one item."""
    for guard, said in _said_of(item, known):
        yield overrides.apply(guard, said, namespace=item.namespace, worker=item.worker)


def cheap_rows(item: Item, known: Known, overrides: Overrides) -> list[GuardRow]:
    """The guards that need nothing read from Cloudflare: who fails here need not be looked into."""
    needs_reading = ("workers", "trusted", "bound", "irreversible")
    return [row for row in judge_item(item, known, overrides) if row.guard not in needs_reading]


def telling(refusing: Sequence[GuardRow]) -> GuardRow:
    """Of the rows that hold something back the first that says why: not one that only had no look."""
    return next((row for row in refusing if row.detail != NOT_LOOKED), refusing[0])


def _said_of(item: Item, known: Known) -> Iterator[tuple[str, Said]]:
    deletes = item.action in DELETIONS
    yield "state", _state(item, known)
    if item.action == "create_namespace":
        return
    yield "protected", _protected(item, known)
    if deletes:
        yield "grace", _grace(item, known)
    yield "traffic", _traffic(item, known)
    if deletes:
        yield "workers", _workers(item, known)
        yield "trusted", _trusted(item, known)
    yield "bound", _bound(item, known)
    if deletes:
        yield "irreversible", _irreversible(item, known)


def _state(item: Item, known: Known) -> Said:
    why = None
    if item.action == "create_namespace" and item.customer_id in known.doubtful:
        why = f"the suspect {known.doubtful[str(item.customer_id)]!r} may be this customer's already"
    wanted = _STATES.get(item.action)
    if wanted is None:
        return unknown(f"there is no rule for which states {item.action} is", final=True)
    return item_level.state(found=item.state, wanted=wanted, why=why)


def _protected(item: Item, known: Known) -> Said:
    names = [item.namespace, item.name, *([item.worker] if item.worker else ())]
    if item.new_name is not None:
        names.append(item.new_name)
    if known.protections is None:
        return unknown("the ledger can't be read, so nobody knows what is protected")
    return item_level.protected(
        names=names, globs=known.limits.protect, dated=known.protections, today=known.now.date()
    )


def _grace(item: Item, known: Known) -> Said:
    if known.marks is None:
        return unknown("the ledger can't be read, so nobody knows when it was seen first")
    if (wrong := clock_is_wrong(known.skew)) is not None:
        return unknown(f"{wrong}, so nobody knows when its grace ends")
    seen = known.gathered.seen.get(item.namespace)
    namespace_id = item.namespace_id if seen is None else seen.namespace.namespace_id
    mark = None if namespace_id is None else known.marks.get((namespace_id, item.worker))
    if mark is not None and _another_worker(item, mark, known):
        mark = None
    return item_level.grace(
        state=item.state,
        churned_on=item.churned_on,
        started_on=item.started_on,
        created_on=item.created_on,
        first_seen=None if mark is None else mark.first_seen,
        deadline=None if mark is None else mark.deadline,
        now=known.now,
        days=known.limits.grace_days,
    )


def _another_worker(item: Item, mark: Mark, known: Known) -> bool:
    """Whether a Worker of that name is not the one that was marked: it was deleted and made again."""
    seen = known.gathered.seen.get(item.namespace)
    inside = () if seen is None else seen.workers
    tags = [worker.tag for worker in inside if worker.name == item.worker]
    return bool(tags) and None not in (tags[0], mark.worker_tag) and tags[0] != mark.worker_tag


def _traffic(item: Item, known: Known) -> Said:
    requests, how = known.requests.get(item.name, (None, "nobody has asked the analytics about it"))
    return item_level.traffic(requests=requests, days=known.limits.traffic_days, how=how)


def _workers(item: Item, known: Known) -> Said:
    if item.worker is not None:
        return passes("it is one Worker")
    seen = known.gathered.seen.get(item.namespace)
    if seen is None:
        return unknown(NOT_LOOKED)
    return item_level.workers(
        inside=len(seen.workers) if seen.complete else None, most=known.limits.max_workers
    )


def _trusted(item: Item, known: Known) -> Said:
    seen = known.gathered.seen.get(item.namespace)
    if seen is None:
        return unknown(NOT_LOOKED)
    return item_level.trusted(is_trusted=seen.namespace.trusted_workers)


def _bound(item: Item, known: Known) -> Said:
    if item.action == "delete_worker":
        return passes("its namespace stays")
    if item.namespace not in known.gathered.seen:
        return unknown(NOT_LOOKED)
    binders = known.gathered.binders
    # What goes with the namespace itself needs it no more
    own = f"{item.namespace}/"
    others = (
        None
        if binders is None
        else [each for each in binders.get(item.namespace, ()) if not each[0].startswith(own)]
    )
    return item_level.bound(binders=others, how=known.gathered.how)


def _irreversible(item: Item, known: Known) -> Said:
    seen = known.gathered.seen.get(item.namespace)
    if seen is None:
        return unknown(NOT_LOOKED)
    if not seen.complete:
        return unknown("its Workers are not proven to be all")
    inside = [worker.name for worker in seen.workers if item.worker in (None, worker.name)]
    losses = [known.gathered.losses.get((item.namespace, name)) for name in inside]
    if any(each is None for each in losses):
        return item_level.irreversible(lost=None, how=NOT_LOOKED)
    lost = [sentence for each in losses if each is not None for sentence in each.irreversible]
    return item_level.irreversible(lost=lost, how=f"all of its {len(inside)} Workers can be archived")


def judge_plan(
    steps: Sequence[Step], actions: Collection[Action], known: Known, overrides: Overrides
) -> list[GuardRow]:
    """What each plan-level guard says of these steps, in the guards' order.

    ``actions`` are those that were asked for: who is asked depends on them, also where no step is left.
    """
    return [overrides.apply(guard, said) for guard, said in _said_of_plan(steps, set(actions), known)]


def _said_of_plan(steps: Sequence[Step], actions: set[Action], known: Known) -> Iterator[tuple[str, Said]]:
    deletions = [step for step in steps if step.is_deletion]
    if actions & DELETIONS:
        recent = None if known.recent is None else known.recent.total
        yield (
            "count",
            plan_level.count(
                planned=len(deletions),
                recent=recent,
                most=known.limits.max_deletions,
                doubt=known.recent_doubt,
            ),
        )
        yield "share", _share(deletions, known)
    if actions & {*DELETIONS, "rename_namespace"}:
        yield "quarantine", _quarantine(known)
        yield (
            "unproven",
            plan_level.unproven(
                evidence=known.evidence,
                namespaces=known.namespaces,
                accepted=known.customers.accepted_namespaces,
            ),
        )


def _share(deletions: Sequence[Step], known: Known) -> Said:
    """The worst of all scopes: the account for namespaces, each namespace for Workers."""
    said = []
    namespaces = sum(step.action == "delete_namespace" for step in deletions)
    if namespaces:
        said.append(
            plan_level.share(
                kind="namespaces",
                scope="the account",
                planned=namespaces,
                recent=None if known.recent is None else known.recent.namespaces,
                total=known.namespaces,
                most=known.limits.max_share,
                doubt=known.recent_doubt,
            )
        )
    inside = [step.namespace for step in deletions if step.action == "delete_worker"]
    said += [
        plan_level.share(
            kind="Workers",
            scope=repr(namespace),
            planned=inside.count(namespace),
            recent=None if known.recent is None else known.recent.workers.get(namespace, 0),
            total=known.totals.get(namespace, 0),
            most=known.limits.max_share,
            doubt=known.recent_doubt,
        )
        for namespace in sorted(set(inside))
    ]
    if not said:
        return passes("nothing would be gone")
    return next((each for each in said if each.verdict != "pass"), said[0])


def _quarantine(known: Known) -> Said:
    facts = known.customers
    return plan_level.quarantine(
        customers=facts.customers,
        read=facts.read,
        set_aside=facts.set_aside,
        ids_unknown=facts.ids_unknown,
        age=facts.age,
        max_age_hours=known.limits.max_age_hours,
        accepted=facts.accepted,
        lost=facts.lost,
        lost_share=facts.lost_share,
    )
