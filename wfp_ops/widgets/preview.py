"""A plan before it is carried out, as a person reads it: what would change, what stays, what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from wfp_ops.change.show.view import PlanView, view_of
from wfp_ops.change.show.words import VERBS, counted, inside, subject
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.look import stack, visible_if
from wfp_ops.widgets.markup import box, class_for, element, put
from wfp_ops.widgets.table import Table

if TYPE_CHECKING:
    from wfp_ops.change.plan import Plan
    from wfp_ops.change.steps import Step
    from wfp_ops.naming.convention import Convention

# What a step is called in the table where it is left out of the plan
LEFT_OUT = "skip"
_SENTENCES = 200
_ITEMS = (
    Column(
        "change",
        kind="state",
        facet=True,
        width=1.1,
        ranks=("delete", "rename", "create", "upload", "tag", LEFT_OUT),
    ),
    Column("name", kind="name", width=2.2),
    Column("customer_id", "customer", kind="name", width=0.9),
    Column("workers", "Workers", kind="number", width=0.9),
    Column("guard", "guard", facet=True, width=0.9),
    Column("why", width=3.6),
)
_GAINS = {"create_namespace": 1, "delete_namespace": -1}


class Preview:
    """A plan on a panel; there only while there is one.

    Attributes:
        plan: what is shown, or None.
        items: the table of everything that was asked for.
        view: the widget.
    """

    def __init__(self, convention: Convention | None = None) -> None:
        """Nothing is shown yet; ``convention`` tells the customer where a step names none."""
        self._convention = convention
        self.plan: Plan | None = None
        self._head, self._rest = box(), box()
        self.items = Table(
            "What the plan changes, and what it leaves alone",
            _ITEMS,
            selectable=False,
            noun="items",
            empty="Nothing was asked for.",
            height=320,
        )
        self.view = stack(self._head, self.items, self._rest, classes="wfp-preview")
        self.clear()

    def show(self, plan: Plan) -> None:
        """Show a plan in place of what was there."""
        view = view_of(plan, steps=0, items=0, sentences=_SENTENCES)
        put(self._head, _head(plan, view))
        put(self._rest, _rest(view))
        self.items.narrow()
        self.items.show(items_of(plan, self._convention))
        self.plan = plan
        visible_if(self.view, condition=True)

    def clear(self) -> None:
        """Show nothing."""
        self.plan = None
        visible_if(self.view, condition=False)


def customer_of(step: Step, convention: Convention | None) -> str | None:
    """Whose it is: a plan from an archive knows no list, but the name may tell."""
    if step.customer_id is not None or convention is None:
        return step.customer_id
    return convention.parse(step.namespace)


def items_of(plan: Plan, convention: Convention | None = None) -> pd.DataFrame:
    """Everything that was asked for: what the plan does first, then what it leaves out and why."""
    rows = [_item(step, VERBS[step.action], step.reason) for step in plan.steps]
    rows += [_item(each.step, LEFT_OUT, each.reason, each.guard) for each in plan.excluded]
    steps = [*plan.steps, *(each.step for each in plan.excluded)]
    for row, step in zip(rows, steps, strict=True):
        row["customer_id"] = customer_of(step, convention)
    return pd.DataFrame(rows, columns=[column.name for column in _ITEMS], dtype=object)


def _item(step: Step, change: str, why: str, guard: str = "") -> dict[str, Any]:
    return {
        "change": change,
        "name": subject(step),
        "workers": inside(step),
        "guard": guard,
        "why": why,
    }


def _head(plan: Plan, view: PlanView) -> Markup:
    what = ", ".join(view.planned) or "nothing to do"
    facts = [f"expires {view.expires}", f"digest {view.short}"]
    if view.total:
        facts.append(view.forecast)
    return element(
        "div",
        element("div", element("b", f"Plan: {what}"), classes="wfp-lead"),
        element("div", *(element("span", fact) for fact in facts), classes="wfp-facts"),
        *_verdict(view),
        element("div", _before_and_after(plan, view), classes="wfp-balance"),
    )


def _verdict(view: PlanView) -> Iterator[Markup]:
    if not view.verdict:
        return
    reasons = [element("p", element("b", guard), f": {why}") for guard, why in view.reasons]
    yield element(
        "div", element("strong", view.verdict), *reasons, classes="wfp-note wfp-error", role="alert"
    )


def _before_and_after(plan: Plan, view: PlanView) -> Markup:
    """How many namespaces there are, and how many there would be."""
    now = plan.inventory.namespaces
    then = now + sum(_GAINS.get(step.action, 0) for step in plan.steps)
    left = f" {counted(view.excluded_total, 'item')} left out." if view.excluded_total else ""
    if now == then:
        return element("span", f"{counted(now, 'namespace')} before and after.{left}")
    return element(
        "span", f"{counted(now, 'namespace')} now, ", element("b", f"{then:,} afterwards"), f".{left}"
    )


def _rest(view: PlanView) -> Markup:
    return element("div", *_losses(view), *_guards(view), *_overridden(view))


def _losses(view: PlanView) -> Iterator[Markup]:
    if not view.losses:
        return
    rows = [
        element("tr", element("td", name, classes="wfp-name"), element("td", said))
        for name, said in view.losses
    ]
    yield element(
        "details",
        element("summary", element("b", view.about_losses), f" ({len(view.losses) + view.more_losses:,})"),
        element("table", *rows, classes="wfp-plain"),
        *(
            [element("div", f"and {view.more_losses:,} more", classes="wfp-muted")]
            if view.more_losses
            else ()
        ),
        classes="wfp-more wfp-loses",
        open="open",
    )


def _guards(view: PlanView) -> Iterator[Markup]:
    if not view.guards:
        return
    rows = [
        element(
            "tr",
            element("td", row.verdict, classes=f"wfp-mark {class_for('wfp-s', row.verdict)}"),
            element("td", element("b", row.guard)),
            element("td", row.detail),
        )
        for row in view.guards
    ]
    yield element(
        "details",
        element("summary", element("b", "Guards of the plan as a whole")),
        element("table", *rows, classes="wfp-plain"),
        classes="wfp-more",
        open="open" if view.reasons else None,
    )


def _overridden(view: PlanView) -> Iterator[Markup]:
    if not view.overrides:
        return
    rows = [
        element("tr", element("td", element("b", guard)), element("td", why)) for guard, why in view.overrides
    ]
    yield element(
        "details",
        element("summary", element("b", "Overridden"), f" ({len(view.overrides):,})"),
        element("table", *rows, classes="wfp-plain"),
        classes="wfp-more",
        open="open",
    )
