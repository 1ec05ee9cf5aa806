"""What came of an apply, on a panel: every step, what is left, what is lost, and where the record is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from wfp_ops.change.show.outcome import AppliedView, applied_view
from wfp_ops.change.show.words import VERBS, subject
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.look import stack, visible_if
from wfp_ops.widgets.markup import box, element, put
from wfp_ops.widgets.preview import customer_of
from wfp_ops.widgets.table import Table

if TYPE_CHECKING:
    from wfp_ops.change.result import Applied, Outcome, StepResult
    from wfp_ops.naming.convention import Convention

_SENTENCES = 200
_GO_ON = (
    "What is left or unknown can be gone on with, from here or from the journal; first a read tells what "
    "became of the unknown."
)
# In the head, in this order; an unknown outcome is told apart from what was never begun
_COUNTED: tuple[tuple[Outcome, str], ...] = (
    ("dropped", "dropped out"),
    ("failed", "failed"),
    ("unknown", "unknown"),
    ("left", "left"),
)
_RANKS = ("failed", "unknown", "left", "dropped", "done")
_STEPS = (
    Column("result", kind="state", facet=True, width=1, ranks=_RANKS),
    Column("change", width=0.8),
    Column("name", kind="name", width=2),
    Column("customer_id", "customer", kind="name", width=0.9),
    Column("detail", "what was seen or answered", width=2.8),
    Column("archive", kind="name", width=2.4),
)
COMPARED = (
    Column("part", kind="name", width=1.4),
    Column("verdict", facet=True, width=0.9, ranks=("missing", "different", "equal")),
    Column("missing", "did not come back", width=2),
    Column("different", width=2),
    Column("to_do", "what a person must do", width=2.6),
)


class Result:
    """The result of an apply; there only while there is one.

    Attributes:
        applied: what is shown, or None.
        steps: the table of its steps; ``active`` is a step's number.
        comparison: after a restore, part by part what is equal to the archive.
        view: the widget.
    """

    def __init__(self, convention: Convention | None = None) -> None:
        """Nothing is shown yet; ``convention`` tells the customer where a step names none."""
        self._convention = convention
        self.applied: Applied | None = None
        self._head, self._rest = box(), box()
        self.steps = Table(
            "What came of each step", _STEPS, selectable=False, noun="steps", empty="No step.", height=320
        )
        self.comparison = Table(
            "What is equal to the archive, and what is not",
            COMPARED,
            selectable=False,
            noun="parts",
            empty="Nothing was compared.",
            height=240,
        )
        self.view = stack(self._head, self.steps, self._rest, self.comparison, classes="wfp-result")
        self.clear()

    def show(self, applied: Applied) -> None:
        """Show a result in place of what was there."""
        view = applied_view(applied, rows=0, sentences=_SENTENCES)
        put(self._head, _head(applied, view))
        put(self._rest, _losses(view))
        self.steps.narrow()
        self.steps.show(steps_of(applied, self._convention), ids="number")
        visible_if(self.comparison, applied.comparison is not None)
        if applied.comparison is not None:
            self.comparison.show(compared(applied.comparison))
        self.applied = applied
        visible_if(self.view, condition=True)

    def clear(self) -> None:
        """Show nothing."""
        self.applied = None
        visible_if(self.view, condition=False)

    @property
    def active(self) -> StepResult | None:
        """The step that the cursor stands on."""
        if self.applied is None or not self.steps.active:
            return None
        return self.applied.steps[int(self.steps.active)]


def steps_of(applied: Applied, convention: Convention | None = None) -> pd.DataFrame:
    """Its steps, what went otherwise than planned first; ``number`` is the place in the plan."""
    ordered = sorted(enumerate(applied.steps), key=lambda each: _RANKS.index(each[1].outcome))
    rows = [
        {
            "number": str(number),
            "result": each.outcome,
            "change": VERBS[each.step.action],
            "name": subject(each.step),
            "customer_id": customer_of(each.step, convention),
            "detail": f"{each.guard}: {each.detail}" if each.guard else each.detail,
            "archive": each.archive,
        }
        for number, each in ordered
    ]
    return pd.DataFrame(rows, columns=["number", *(column.name for column in _STEPS)], dtype=object)


def compared(comparison: pd.DataFrame) -> pd.DataFrame:
    """The rows of a comparison (``COMPARISON``), the namespace itself by a name of its own."""
    return comparison.assign(part=comparison["worker"].fillna("(the namespace itself)"))


def counts_in_words(applied: Applied) -> str:
    """Such as ``1 done, 1 unknown, 2 left``."""
    counts = [(applied.count(outcome), words) for outcome, words in _COUNTED]
    return ", ".join([f"{applied.done:,} done", *(f"{count:,} {words}" for count, words in counts if count)])


def _head(applied: Applied, view: AppliedView) -> Markup:
    stopped = [element("p", f"stopped: {view.stopped}")] if view.stopped else []
    left = [element("p", _GO_ON)] if view.left else []
    whole = applied.complete and not applied.failed
    return element(
        "div",
        element(
            "div",
            element("strong", f"Applied to {view.account}: {counts_in_words(applied)}"),
            *stopped,
            *left,
            classes=f"wfp-note {'wfp-done' if whole else 'wfp-warned'}",
            role="status",
        ),
        element("div", element("span", f"journal {view.journal}"), classes="wfp-facts"),
    )


def _losses(view: AppliedView) -> Markup | str:
    if not view.losses:
        return ""
    rows = [
        element("tr", element("td", name, classes="wfp-name"), element("td", said))
        for name, said in view.losses
    ]
    more = [element("div", f"and {view.more_losses:,} more", classes="wfp-muted")] if view.more_losses else []
    return element(
        "details",
        element("summary", element("b", view.about_losses), f" ({len(view.losses) + view.more_losses:,})"),
        element("table", *rows, classes="wfp-plain"),
        *more,
        classes="wfp-more wfp-loses",
    )
