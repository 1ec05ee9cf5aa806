"""From a plan to what every view of it shows: plain values, every text from outside made visible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wfp_ops.change.guards.table import GUARDS
from wfp_ops.change.show.words import (
    VERBS,
    counted,
    inside,
    losses,
    moment,
    named,
    planned,
    read_as,
    span,
    subject,
)
from wfp_ops.change.steps import Excluded, GuardRow, Step, count_by_action
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from wfp_ops.change.plan import Plan

STEPS_SHOWN = 15
_OF_THE_LIST = ("customer list", "read as")
_ORDER = {guard.name: place for place, guard in enumerate(GUARDS)}
# The backticks are for Markdown
_REFUSES = {guard.name: guard.refuses.replace("`", "") for guard in GUARDS}


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """One step: ``what`` is the verb and ``name`` what it is about; ``workers`` None where none count."""

    what: str
    name: str
    customer: str
    why: str
    workers: int | None


@dataclass(frozen=True, kw_only=True)
class ExcludedGroup:
    """Everything that one guard kept out first: how much, what the guard refuses, and the items."""

    guard: str
    count: int
    refuses: str
    rows: tuple[StepRow, ...]


@dataclass(frozen=True, kw_only=True)
class PlanView:
    """What a plan shows.

    Attributes:
        verdict: why it can't be applied, in a few words; empty where it can.
        reasons: each reason of that, as (guard, sentence).
        planned: how much of each action, in words.
        steps: the first steps; ``more`` counts the others.
        excluded: by guard, in the order in which guards are asked.
        guards: what each plan-level guard says.
        overrides: pairs of guard (or guard:name) and reason, which says where it was not needed.
        losses: (name, sentence) for everything that can't be brought back (in a restore: that does not
            come back with it; ``about_losses`` says which in a title); ``more_losses`` counts others.
        facts: what it rests on and is bound to, as (label, text).
    """

    account: str
    digest: str
    short: str
    expires: str
    verdict: str
    reasons: tuple[tuple[str, str], ...]
    planned: tuple[str, ...]
    total: int
    steps: tuple[StepRow, ...]
    more: int
    excluded: tuple[ExcludedGroup, ...]
    excluded_total: int
    guards: tuple[GuardRow, ...]
    overrides: tuple[tuple[str, str], ...]
    deletes: bool
    about_losses: str
    losses: tuple[tuple[str, str], ...]
    more_losses: int
    forecast: str
    confirmation: str
    facts: tuple[tuple[str, str], ...]

    @property
    def list_facts(self) -> tuple[tuple[str, str], ...]:
        """Of the facts those on the customer list's file: what the short forms show as well."""
        return tuple((label, text) for label, text in self.facts if label in _OF_THE_LIST)

    @property
    def with_workers(self) -> bool:
        """Whether a count of Workers is worth a column."""
        return any(row.workers is not None for row in self.steps)

    @property
    def with_customers(self) -> bool:
        """Whether a customer is: a restore knows none."""
        return any(row.customer for row in self.steps)


def view_of(
    plan: Plan, *, steps: int = STEPS_SHOWN, items: int = 1, sentences: int = STEPS_SHOWN
) -> PlanView:
    """What to show of a plan.

    Args:
        plan: the plan.
        steps: how many of its steps.
        items: how many of the items that each guard kept out.
        sentences: how much of what can't be brought back.
    """
    digest = plan.digest
    gone = losses(plan.steps)
    return PlanView(
        account=visible(plan.account),
        digest=digest,
        short=digest[:12],
        expires=moment(plan.expires_at),
        verdict=_verdict(plan),
        reasons=tuple((visible(row.guard), visible(row.detail)) for row in plan.refusals),
        planned=tuple(planned(action, number) for action, number in count_by_action(plan.steps).items()),
        total=len(plan.steps),
        steps=tuple(_row(step, step.reason) for step in plan.steps[:steps]),
        more=max(0, len(plan.steps) - steps),
        excluded=tuple(_groups(plan.excluded, items)),
        excluded_total=len(plan.excluded),
        guards=tuple(_shown(row) for row in plan.guards if row.namespace is None),
        overrides=tuple((visible(key), visible(why)) for key, why in _overrides(plan)),
        deletes=any(step.is_deletion for step in plan.steps),
        about_losses="What does not come back with it" if plan.restores else "What can't be brought back",
        losses=tuple((visible(name), visible(sentence)) for name, sentence in gone[:sentences]),
        more_losses=max(0, len(gone) - sentences),
        forecast=forecast(plan),
        confirmation=visible(plan.confirmation),
        facts=tuple((label, visible(text)) for label, text in _facts(plan)),
    )


def forecast(plan: Plan) -> str:
    """How long applying it takes, in words."""
    asked = plan.forecast
    if not asked.requests:
        return "nothing to send"
    return f"about {counted(asked.requests, 'request')}, {span(asked.seconds)} at the account's rate budget"


def _verdict(plan: Plan) -> str:
    if plan.refusals:
        return "REFUSED: this plan can't be applied"
    return "" if plan.steps else "NOTHING TO DO: no step is left in this plan"


def _row(step: Step, why: str) -> StepRow:
    return StepRow(
        what=VERBS[step.action],
        name=visible(subject(step)),
        customer=visible(named(step.customer_id or "")),
        why=visible(why),
        workers=inside(step),
    )


def _groups(excluded: Sequence[Excluded], items: int) -> Iterable[ExcludedGroup]:
    groups: dict[str, list[Excluded]] = {}
    for each in excluded:
        groups.setdefault(each.guard, []).append(each)
    for guard in sorted(groups, key=lambda name: (_ORDER.get(name, len(_ORDER)), name)):
        yield ExcludedGroup(
            guard=visible(guard),
            count=len(groups[guard]),
            refuses=_REFUSES.get(guard, ""),
            rows=tuple(_row(each.step, each.reason) for each in groups[guard][:items]),
        )


def _shown(row: GuardRow) -> GuardRow:
    return GuardRow(guard=visible(row.guard), verdict=row.verdict, detail=visible(row.detail))


def _overrides(plan: Plan) -> Iterable[tuple[str, str]]:
    """Each override with its reason; one that no guard had to be passed over by is told apart."""
    reasons = plan.overrides.reasons
    needed = {
        next((key for key in _keys(row) if key in reasons), None)
        for row in plan.guards
        if row.verdict == "overridden"
    }
    for key, why in reasons.items():
        yield key, why if key in needed else f"(not needed) {why}"


def _keys(row: GuardRow) -> Iterable[str]:
    """The overrides that a guard's row can rest on, in the order in which they count."""
    if row.worker is not None:
        yield from (f"{row.guard}:{row.namespace}/{row.worker}", f"{row.guard}:{row.worker}")
    elif row.namespace is not None:
        yield f"{row.guard}:{row.namespace}"
    yield row.guard


def _facts(plan: Plan) -> Iterable[tuple[str, str]]:
    if plan.account != plan.account_id:
        yield "account id", plan.account_id
    yield "API", plan.base_url
    yield "made", moment(plan.created_at)
    yield "expires", moment(plan.expires_at)
    yield "convention", f"{plan.convention} ({plan.tenancy} tenancy)"
    if plan.restores is not None:
        yield "restores", plan.restores
    else:
        yield "customers", _customers(plan)
        yield from _list_facts(plan)
    verdict = plan.inventory.verdict if plan.inventory.verdict == "proven" else "NOT proven"
    yield "inventory", f"{counted(plan.inventory.namespaces, 'namespace')}, {verdict}: {plan.inventory.how}"


def _list_facts(plan: Plan) -> Iterable[tuple[str, str]]:
    """Where the customer list lies that is read again, and how it is read where that is not the usual way."""
    if plan.customers.path is not None:
        yield _OF_THE_LIST[0], plan.customers.path
    parts = list(read_as(plan.customers.reading))
    if parts:
        yield _OF_THE_LIST[1], "; ".join(parts)


def _customers(plan: Plan) -> str:
    found = plan.customers
    aside = f", {found.set_aside:,} set aside" if found.set_aside else ""
    source = "" if found.source is None else f" of {found.source}"
    return f"{counted(found.customers, 'record')}{source}{aside}"
