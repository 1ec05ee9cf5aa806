"""The account at a glance: how many of what, whether that can be believed, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import ipywidgets

from wfp_ops.account.doctor.check import Check, checks_of
from wfp_ops.audit.next_steps import NextStep, next_steps
from wfp_ops.audit.show import changed, headline
from wfp_ops.clock import iso
from wfp_ops.errors import StateError
from wfp_ops.widgets import evidence
from wfp_ops.widgets.desk import Desk
from wfp_ops.widgets.job import Ticket
from wfp_ops.widgets.look import row, stack, visible_if
from wfp_ops.widgets.markup import box, element, joined, put
from wfp_ops.widgets.panel import Panel
from wfp_ops.widgets.states import state_bars

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.account.customers import CustomerSource
    from wfp_ops.audit.result import Audit

# Where a button leads: what does a next step, or the journal; and of which kind of finding it is
Go = Callable[[str, str], object]

# What its button says of one, and of several
_LABELS = {
    "audit": ("Look at it", "Look at them"),
    "create": ("Create it", "Create them"),
    "delete": ("Clean up", "Clean up"),
    "rename": ("Rename it", "Rename them"),
}
# Advice that is about the account, and so the same for several; and what a page without documents says
_OF_THE_ACCOUNT = ("unproven", "near_limit", "layout")
_ADVICE = {"layout": 'nothing now; one namespace for all is what the settings call audit.tenancy = "worker"'}
_GOES_ON = ("running", "paused")


class OverviewPanel(Panel):
    """Counts, states, what the audit rests on, and what to do next; on a workbench with the way there.

        wfp_ops.widgets.OverviewPanel(account, "customers.csv")

    Attributes:
        steps: what to do next, as it stands on the page.
        evidence: what the audit rests on, as it stands on the page.
    """

    title: ClassVar[str] = "Overview"
    purpose: ClassVar[str] = (
        "How the account stands, whether that can be believed, and what to do next. "
        "It reads, and changes nothing."
    )

    def __init__(
        self,
        account: Account,
        customers: CustomerSource | None = None,
        *,
        desk: Desk | None = None,
        go: Go | None = None,
    ) -> None:
        """As all panels; ``go`` leads to the panel that does a next step, where there is one on the page."""
        super().__init__(account, customers, desk=desk)
        self._go = go
        # what an audit rests on is looked up once, for that audit
        self._checks: tuple[Audit, list[Check]] | None = None
        self.steps: tuple[NextStep, ...] = ()
        self.evidence: list[evidence.Line] = []
        self.run = self.button("Read the account", self.read_account, look="primary")
        self._taken, self._bars, self._headline, self._rests_on = box(), box(), box(), box()
        self._elsewhere = box()
        self._journal = self.button("Open the journal", lambda: self.lead("journal"), look="primary")
        self._notice = row(self._elsewhere, self._journal, classes="wfp-elsewhere")
        self._next = stack(classes="wfp-next")
        self._result = stack(
            self._bars,
            stack(_heading("What this rests on"), self._rests_on),
            stack(_heading("What to do next"), self._headline, self._next),
            classes="wfp-overview",
        )
        self.compose(self._notice, row(self.run, self._taken), self._result)
        visible_if(self._journal, go)
        self.watch(self._show)
        self._show()

    @property
    def audit(self) -> Audit | None:
        """The audit that is shown."""
        return self.desk.audit

    def read_account(self) -> None:
        """Read account and customer list, then look what that rests on."""
        self.work("reading the account and the customer list", self._read, self._checked)

    def lead(self, where: str, kind: str = "") -> None:
        """Go to where something is done; on a page without that place nothing happens."""
        if self._go is not None:
            self._go(where, kind)

    def code(self) -> str:
        """The same without the panel."""
        return (
            "from wfp_ops.audit.next_steps import next_steps\n"
            f"audit = account.audit({self.desk.customers_code})  # it shows itself\n"
            "next_steps(audit)  # what to do next\n"
            "account.doctor()  # what it rests on; account.accepted() is the list that somebody vouched for\n"
            "account.running()  # the applies that go on"
        )

    def _read(self, ticket: Ticket) -> tuple[Audit, list[Check]]:
        """Both in one piece of work: between two, another click could take the second one's place."""
        audit = self.account.audit(self.desk.customers, progress=ticket.advance)
        ticket.checkpoint()
        self.desk.put(audit)
        ticket.say("looking what it rests on")
        return audit, checks_of(self.account.doctor())

    def _checked(self, found: tuple[Audit, list[Check]]) -> None:
        self._checks = found
        self._show_evidence()

    def _show(self) -> None:
        audit = self.audit
        visible_if(self._result, audit)
        self.run.description = "Read the account" if audit is None else "Read it again"
        (self.run.add_class if audit is None else self.run.remove_class)("wfp-primary")
        put(self._taken, "" if audit is None else _taken(audit))
        if audit is not None:
            put(self._bars, state_bars(audit))
            self._show_steps(audit)
            self._show_evidence()
        elif self.desk.outdated:
            self.say(self.desk.outdated, tone="warned", hint="Read it again to see what is true now.")
        self._look_for_applies()

    def _show_steps(self, audit: Audit) -> None:
        self.steps = next_steps(audit)
        lines = [headline(audit), *changed(audit)]
        put(self._headline, joined([element("div", line, classes="wfp-muted") for line in lines]))
        self._next.children = tuple(self._step(step) for step in self.steps)

    def _step(self, step: NextStep) -> ipywidgets.Box:
        said = box(
            element(
                "div",
                element("div", step.said, classes=f"wfp-mark wfp-v-{step.severity}", title=step.severity),
                element("div", _advice(step), classes="wfp-muted"),
            ),
            classes=["wfp-said"],
        )
        if self._go is None:
            return row(said, classes="wfp-step")
        label = _LABELS[step.where][step.count != 1]
        leading = ipywidgets.Button(description=label, tooltip=f"{label}: {step.said}")
        leading.on_click(lambda _: self.clicked(lambda: self.lead(step.where, step.kind)))
        return row(said, leading, classes="wfp-step")

    def _show_evidence(self) -> None:
        audit = self.audit
        if audit is None:
            return
        checks = self._checks[1] if self._checks is not None and self._checks[0] is audit else None
        self.evidence = [
            *evidence.lines_of_audit(audit),
            self._line_of_baseline(),
            *([evidence.NOT_LOOKED_AT] if checks is None else evidence.lines_of_checks(checks)),
        ]
        put(self._rests_on, evidence.shown(self.evidence))

    def _line_of_baseline(self) -> evidence.Line:
        try:
            return evidence.line_of_baseline(self.account.accepted())
        except StateError as error:
            return evidence.Line("accepted list", "unknown", error.message, error.hint or "")

    def _look_for_applies(self) -> None:
        """Whether one goes on, or was cut off, whoever began it."""
        runs = self.account.running()
        goes_on = runs[runs["state"].isin(_GOES_ON)]
        cut_off = runs[~runs["state"].isin(_GOES_ON)]
        visible_if(self._notice, len(runs))
        if len(goes_on):
            said = f"An apply of this account is going on: {goes_on['confirmation'].iloc[0]}"
        elif len(cut_off):
            state, words = cut_off["state"].iloc[0], cut_off["confirmation"].iloc[0]
            said = f"An apply of this account did not come to its end ({state}): {words}"
        else:
            return
        put(self._elsewhere, element("div", said, classes="wfp-note wfp-warned"))


def _heading(text: str) -> ipywidgets.HTML:
    return box(element("div", text, classes="wfp-heading", role="heading", aria_level=3))


def _advice(step: NextStep) -> str:
    """Suggestions speak of one finding: of several, each is meant."""
    advice = _ADVICE.get(step.kind, step.advice)
    return advice if step.count == 1 or step.kind in _OF_THE_ACCOUNT else f"for each: {advice}"


def _taken(audit: Audit) -> object:
    facts = [f"read {iso(audit.taken_at)}", f"convention {audit.convention}", f"tenancy {audit.tenancy}"]
    return element("div", *(element("span", fact) for fact in facts), classes="wfp-facts")
