"""From a plan to its result, on a panel: preview, words, an apply that outlives the page, the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from wfp_ops.errors import RefusedError
from wfp_ops.naming.convention import Convention
from wfp_ops.widgets.following import follow
from wfp_ops.widgets.here import Here
from wfp_ops.widgets.look import row, stack, visible_if
from wfp_ops.widgets.markup import box, element, ours, put
from wfp_ops.widgets.preview import Preview
from wfp_ops.widgets.result import Result

if TYPE_CHECKING:
    from wfp_ops.account.rehearsal import Rehearsal
    from wfp_ops.account.running import Running
    from wfp_ops.change.control import Control
    from wfp_ops.change.plan import Plan
    from wfp_ops.change.result import Applied
    from wfp_ops.change.running.progress import RunProgress
    from wfp_ops.widgets.job import Ticket
    from wfp_ops.widgets.panel import Panel

_OUTLIVES = "It goes on if this page is closed; any panel of this account can watch it again."


@dataclass(frozen=True)
class _Found:
    """An apply that goes on: its journal, and the words that it was confirmed with."""

    journal: str
    confirmation: str


class ChangeFlow:
    """What stands below a choice, on the panels that change something and on the journal's.

    Attributes:
        preview: the plan that is seen.
        confirm: its words; what they confirm is that very plan, once.
        result: what came of the last apply.
        applying: whether an apply is being watched here.
        notice: an apply that goes on elsewhere, with an offer to watch it.
        view: all the rest.
    """

    def __init__(
        self,
        panel: Panel,
        *,
        again: Callable[[pd.DataFrame], None] | None = None,
        changed: Callable[[], None] = lambda: None,
        told: Callable[[Running, RunProgress], None] = lambda _running, _progress: None,
    ) -> None:
        """Nothing is planned yet.

        Args:
            panel: the panel that it stands on.
            again: called with the names that failed, where a person wants to try them again.
            changed: called when an apply begins, and when there is a result or none any more.
            told: called while an apply is watched, with how far it is.
        """
        self._panel = panel
        self._again = again
        self._changed = changed
        self._told = told
        self.applying = False
        self._found: _Found | None = None
        rules = panel.account.settings.audit
        convention = Convention(rules.convention) if rules.tenancy == "namespace" else None
        self.preview, self.result = Preview(convention), Result(convention)
        self.confirm = panel.confirmation("Carry it out", self._confirmed)
        self._make_buttons()
        self._rehearsed, self._elsewhere = box(), box()
        self._outlives = box(element("span", _OUTLIVES), classes=["wfp-muted"])
        self.notice = row(self._elsewhere, self.watch, classes="wfp-elsewhere")
        self._plan_here, self._result_here = Here(), Here()
        self._planned = stack(
            self._plan_here,
            self.preview.view,
            row(self.rehearse),
            self._rehearsed,
            self.confirm.view,
            classes="wfp-planned",
        )
        self._came_out = stack(
            self._result_here, self.result.view, row(self.go_on, self.retry, self.back, self.leave)
        )
        self.view = stack(self._outlives, self._came_out, self._planned)
        self._draw()

    def _make_buttons(self) -> None:
        button = self._panel.button
        self.rehearse = button("Rehearse it first", self.rehearse_plan, when=lambda: self._may_be_applied)
        self.watch = button("Watch it", self.watch_found, look="primary")
        self.go_on = button("Go on with what is left", self.resume_rest, look="primary")
        self.retry = button("Plan the failed ones again", self.plan_failed)
        self.back = button("Bring it back", self.plan_way_back, when=lambda: self._archive)
        self.leave = button("Close", self.done, look="quiet")
        self._panel.on(self.result.steps, lambda _: self._name_the_way_back(), "active")

    # --- a plan -------------------------------------------------------------------------------

    def propose(self, plan: Plan) -> None:
        """Show a plan, and ask for its words where it can be applied."""
        put(self._rehearsed, "")
        self.preview.show(plan)
        if plan.can_be_applied:
            label, danger = _label_for(plan)
            self.confirm.button.description = label
            (self.confirm.button.add_class if danger else self.confirm.button.remove_class)("wfp-danger")
            (self.confirm.button.remove_class if danger else self.confirm.button.add_class)("wfp-primary")
            self.confirm.offer(plan.confirmation, plan)
        else:
            self.confirm.withdraw()
        self._draw()
        self._plan_here.show()

    def withdraw(self) -> None:
        """Nothing can be confirmed any more: what was seen is not what is chosen."""
        if self.preview.plan is None and not self.confirm.offered:
            return
        self.confirm.withdraw()
        self.preview.clear()
        self._draw()

    @property
    def plan(self) -> Plan | None:
        """The plan that is seen."""
        return self.preview.plan

    def rehearse_plan(self) -> None:
        """Carry the plan out on a sandbox that holds this inventory; nothing here is changed."""
        plan, account = self.plan, self._panel.account
        if plan is None or not self._may_be_applied:
            raise RefusedError(
                "there is nothing to rehearse", reasons=["no plan is shown"], hint="preview one"
            )
        customers = self._panel.desk.customers
        self._panel.work(
            "rehearsing on a sandbox",
            lambda _ticket: account.rehearse(plan, customers=customers),
            lambda rehearsal: self._show_rehearsal(plan, rehearsal),
        )

    def _show_rehearsal(self, plan: Plan, rehearsal: Rehearsal) -> None:
        if self.plan is plan:
            put(self._rehearsed, element("div", ours(rehearsal._repr_html_()), classes="wfp-rehearsal"))

    @property
    def _may_be_applied(self) -> bool:
        return self.plan is not None and self.plan.can_be_applied

    # --- an apply -----------------------------------------------------------------------------

    def _confirmed(self, plan: Plan) -> None:
        account, customers = self._panel.account, self._panel.desk.customers
        self._carry(
            plan.confirmation.partition(f" in {plan.account}")[0],
            lambda control: account.start(
                plan, confirm=plan.confirmation, customers=customers, control=control
            ),
        )

    def resume(self, journal: str) -> None:
        """Go on with an apply that was cut off: it was confirmed when it began."""
        account, customers = self._panel.account, self._panel.desk.customers
        self._carry(
            "going on", lambda control: account.start_resume(journal, customers=customers, control=control)
        )

    def attach(self, journal: str) -> None:
        """Watch an apply that goes on."""
        self._carry("watching", lambda _control: self._panel.account.attach(journal))

    def _carry(self, what: str, begin: Callable[[Control], Running]) -> None:
        """Have an apply begun, and watch it, all in a thread: before the first change everything is read."""
        panel = self._panel

        def work(ticket: Ticket) -> Applied:
            ticket.say("reading customers and account once more")
            try:
                running = begin(ticket.control)
                return follow(panel.account, running, ticket, panel.job.pause_or_go_on, self._told)
            except BaseException:
                self._not_begun()
                raise

        before, self.applying = self.applying, True
        if not panel.work(what, work, self._ended, pausable=True, to_its_end=True):
            self.applying = before
            raise RefusedError("other work is under way", reasons=["one thing at a time"], hint="wait for it")
        self.result.clear()
        self.withdraw()
        self._found = None
        self._draw()
        self._changed()

    def _not_begun(self) -> None:
        """It was refused, or can't be watched any more: the panel says why."""
        self.applying = False
        self.look()
        self._changed()

    def _ended(self, applied: Applied) -> None:
        self.applying = False
        self._panel.quiet()
        self.show(applied)
        self._panel.desk.forget("the account was changed since it was read")

    # --- an apply that goes on elsewhere ------------------------------------------------------

    def look(self) -> None:
        """Whether an apply of this account goes on that nobody here watches."""
        if self.applying:
            return
        runs = self._panel.account.running()
        live = runs[runs["state"].isin(["running", "paused"])]
        self._found = (
            None if live.empty else _Found(str(live["journal"].iloc[0]), str(live["confirmation"].iloc[0]))
        )
        self._draw()

    def watch_found(self) -> None:
        """Watch what ``look`` has found."""
        found = self._found
        if found is None:
            raise RefusedError(
                "nothing goes on", reasons=["no apply was found"], hint="look into the journal"
            )
        self.attach(found.journal)

    # --- after it -----------------------------------------------------------------------------

    def resume_rest(self) -> None:
        """Go on with what the last apply has left."""
        applied = self.result.applied
        if applied is None or applied.complete:
            raise RefusedError("nothing is left", reasons=["there is nothing to go on with"])
        self.resume(str(applied.journal))

    def plan_failed(self) -> None:
        """A new plan of what failed or dropped out, from a new reading of the account."""
        names = self._failed()
        if self._again is None or names.empty:
            raise RefusedError("nothing has failed", reasons=["there is nothing to try again"])
        self._again(names)

    def _failed(self) -> pd.DataFrame:
        applied = self.result.applied
        steps = (
            []
            if applied is None
            else [each.step for each in applied.steps if each.outcome in ("failed", "dropped")]
        )
        if steps and all(step.action == "create_namespace" for step in steps):
            return pd.DataFrame({"customer_id": [step.customer_id for step in steps]}, dtype="str")
        return pd.DataFrame(
            {"namespace": [step.namespace for step in steps], "worker": [step.worker for step in steps]},
            dtype="str",
        )

    @property
    def _archive(self) -> str | None:
        """The archive of the step that the cursor is on, or of the only one that was deleted."""
        active = self.result.active
        if active is not None:
            return active.archive if active.outcome == "done" else None
        applied = self.result.applied
        archives = (
            [] if applied is None else [each.archive for each in applied.steps if each.outcome == "done"]
        )
        return archives[0] if len(archives) == 1 else None

    def plan_way_back(self) -> None:
        """A plan that brings back what the chosen step has deleted."""
        archive = self._archive
        if archive is None:
            raise RefusedError(
                "what is to come back?", reasons=["no deleted item is chosen"], hint="click its row first"
            )
        self.plan_restore(archive)

    def plan_restore(self, archive: str) -> None:
        """Preview the plan that brings an archive back."""
        account = self._panel.account
        self.withdraw()
        self._panel.work("reading the archive", lambda _ticket: account.plan_restore(archive), self.propose)

    def show(self, applied: Applied, *, come: bool = True) -> None:
        """Show what came of an apply that has ended; ``come`` scrolls to it."""
        self.withdraw()
        self.result.show(applied)
        self._draw()
        self._changed()
        if come:
            self._result_here.show()

    def done(self) -> None:
        """Put the result away."""
        self.result.clear()
        self.withdraw()
        self._draw()
        self._changed()

    @property
    def busy(self) -> bool:
        """Whether an apply is watched, or its result is shown."""
        return self.applying or self.result.applied is not None

    def code(self) -> list[str]:
        """The lines of Python that do the same, as far as it has come."""
        plan = self.plan
        if plan is None:
            return []
        back = []
        if plan.restores is not None:
            back = [f"plan = account.plan_restore({plan.restores!r})  # it shows itself"]
        if not plan.can_be_applied:
            return back
        return [*back, f"account.apply(plan, confirm={plan.confirmation!r})"]

    # --- drawing ------------------------------------------------------------------------------

    def _draw(self) -> None:
        applied = self.result.applied
        deleted = applied is not None and any(each.archive for each in applied.steps)
        visible_if(self._outlives, self.applying)
        visible_if(self._planned, self.plan is not None)
        visible_if(
            self.rehearse, self._may_be_applied and self.plan is not None and self.plan.restores is None
        )
        visible_if(self._came_out, applied is not None)
        visible_if(self.go_on, applied is not None and not applied.complete)
        visible_if(self.retry, self._again is not None and not self._failed().empty)
        visible_if(self.back, deleted)
        visible_if(self.notice, self._found is not None)
        if self._found is not None:
            put(self._elsewhere, element("div", _elsewhere(self._found), classes="wfp-note wfp-warned"))
        self._name_the_way_back()
        self._panel.refresh()

    def _name_the_way_back(self) -> None:
        active = self.result.active
        self.back.description = (
            "Bring back the chosen one" if active is None else f"Bring back {active.step.name}"
        )
        self._panel.refresh()


def _label_for(plan: Plan) -> tuple[str, bool]:
    """What the button says, and whether it takes something away."""
    if plan.restores is not None:
        return "Bring it back", False
    if any(step.is_deletion for step in plan.steps):
        return "Delete it" if len(plan.steps) == 1 else "Delete them", True
    if any(step.action == "rename_namespace" for step in plan.steps):
        return "Rename it" if len(plan.steps) == 1 else "Rename them", True
    return "Create it" if len(plan.steps) == 1 else "Create them", False


def _elsewhere(found: _Found) -> str:
    return f"An apply of this account is going on: {found.confirmation}."
