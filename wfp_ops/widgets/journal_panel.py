"""What was done: every apply with its record, going on with what was cut off, and the way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets
import pandas as pd

from wfp_ops.change.journal.departure import came_back
from wfp_ops.change.journal.reader import Verification, read, verify
from wfp_ops.change.journal.show import as_rows
from wfp_ops.clock import parse_time
from wfp_ops.errors import RefusedError
from wfp_ops.widgets.change_flow import ChangeFlow
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.desk import Desk
from wfp_ops.widgets.download import File
from wfp_ops.widgets.look import row, visible_if
from wfp_ops.widgets.markup import box, element
from wfp_ops.widgets.panel import Panel
from wfp_ops.widgets.result import COMPARED, compared
from wfp_ops.widgets.table import Table

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.account.customers import CustomerSource
    from wfp_ops.account.running import Running
    from wfp_ops.change.result import Applied
    from wfp_ops.change.running.progress import RunProgress

_LIVE = ("running", "paused")
_CUT_OFF = ("unfinished", "interrupted")
_COUNTS = ("done", "dropped", "failed", "left")
_APPLIES = (
    Column("at", "begun (UTC)", kind="time", width=1.7),
    Column("state", kind="state", facet=True, width=1.1),
    Column("confirmation", "what was confirmed", width=3.7),
    Column("done", kind="number", width=0.75),
    Column("dropped", "dropped out", kind="number", width=1.25),
    Column("failed", kind="number", width=0.85),
    Column("left", kind="number", width=0.75),
    Column("problem", width=1.4),
)
_LINES = (
    Column("at", "at (UTC)", width=2.15),
    Column("step", kind="number", width=0.75),
    Column("action", facet=True, width=1.5),
    Column("name", kind="name", width=1.6),
    Column("what", "what happened", width=3.4),
)
_ARCHIVES = (
    Column("namespace", kind="name", width=1.6),
    Column("taken_at", "taken (UTC)", kind="time", width=1.7),
    Column("workers", "Workers", kind="number", width=0.8),
    Column("bytes", kind="number", width=0.8),
    Column("archive", kind="name", width=3),
    Column("problem", width=2),
)


class JournalPanel(Panel):
    """Every apply of this account, whoever began it; what goes on can be watched, paused and cancelled.

        wfp_ops.widgets.JournalPanel(account, "customers.csv")

    Attributes:
        applies: the table of applies; ``active`` is a journal's path.
        lines: the records of one journal, each checked.
        archives: the table of archives; ``active`` is an archive's name.
        flow: what came of an apply, going on with it, and restores.
    """

    title: ClassVar[str] = "Journal"
    purpose: ClassVar[str] = (
        "What was changed, and when. Each record can be checked from end to end, what was cut off gone on "
        "with, and what was deleted brought back from its archive."
    )

    def __init__(
        self, account: Account, customers: CustomerSource | None = None, *, desk: Desk | None = None
    ) -> None:
        super().__init__(account, customers, desk=desk)
        self.applies = Table(
            "Applies",
            _APPLIES,
            selectable=False,
            noun="runs",
            height=280,
            empty="Nothing was applied to this account from here.",
        )
        self.lines = Table("Lines of the journal", _LINES, selectable=False, noun="lines", height=320)
        self.archives = Table(
            "Archives",
            _ARCHIVES,
            selectable=False,
            noun="archives",
            height=280,
            empty="Nothing was archived: nothing was deleted from here.",
        )
        self.comparison = Table(
            "What is equal to the archive, and what is not",
            COMPARED,
            selectable=False,
            noun="parts",
            height=240,
        )
        self._watching = False
        self._listed = pd.DataFrame()
        self.flow = ChangeFlow(self, changed=self._flow_changed, told=self._progressed)
        self._make_controls()
        self._compose()
        self.on(self.applies, lambda _: self._apply_chosen(), "active")
        self.on(self.archives, lambda _: self._archive_chosen(), "active")
        self.read_lists()

    def _make_controls(self) -> None:
        live, cut = (lambda: self._state in _LIVE), (lambda: self._state in _CUT_OFF)
        self.again = self.button("Look again", self.read_lists)
        self.watch_it = self.button("Watch it", self.watch_apply, look="primary", when=live)
        self.go_on = self.button("Go on with it", self.resume_apply, look="primary", when=cut)
        self.check = self.button("Check the record", self.verify_journal, when=lambda: self.applies.active)
        self.show_lines = self.button("Show every line", self.read_lines, when=lambda: self.applies.active)
        self.restore = self.button("Plan its restore", self.plan_restore, when=lambda: self.archives.active)
        self.compare = self.button(
            "Compare with the account", self.compare_archive, when=lambda: self.archives.active
        )
        self.customer = ipywidgets.Text(description="Customer id", placeholder="such as 42")
        self.departure = self.download("Record of what was done (JSON)", self._departure)
        self.on(self.customer, lambda _: self.refresh_code())

    def _compose(self) -> None:
        self._of_apply = row(self.watch_it, self.go_on, self.check, self.show_lines)
        for each in (self._of_apply, self.lines, self.comparison):
            visible_if(each, condition=False)
        self.compose(
            row(self.again),
            _heading("Applies", "Click one to see what came of it."),
            self.applies,
            self._of_apply,
            self.flow.view,
            self.lines,
            _heading("Archives", "What was saved before each deletion. Click one to bring it back."),
            self.archives,
            row(self.restore, self.compare),
            self.comparison,
            _heading(
                "Departure of a customer",
                "One file that proves what was removed and when, without a word of other customers.",
            ),
            row(self.customer, self.departure),
        )

    # --- the lists ----------------------------------------------------------------------------

    def read_lists(self) -> None:
        """Read journals and archives again; each is checked from end to end."""
        self.work("reading journals and archives", lambda _: self._read(), self._show)

    def _read(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return applies_of(self.account.journals(), self.account.running()), self.account.archives()

    def _show(self, found: tuple[pd.DataFrame, pd.DataFrame]) -> None:
        self._show_lists(found)
        applies, _ = found
        self._apply_chosen()
        live = applies[applies["state"].isin(_LIVE)]
        if not live.empty and not self.flow.applying:
            self.say(
                f"an apply goes on: {live['confirmation'].iloc[0]}", hint="Click it, and watch it from here."
            )

    @property
    def _state(self) -> str:
        """The state of the chosen apply, as it was when the list was read."""
        return self._cell("state")

    def _cell(self, name: str) -> str:
        rows = self.applies.rows
        if self.applies.active not in rows.ids:
            return ""
        place = [column.name for column in rows.columns].index(name)
        return str(rows.cells[place][rows.ids.index(self.applies.active)])

    def _apply_chosen(self) -> None:
        """Show what came of the apply that was clicked."""
        journal = self.applies.active
        visible_if(self._of_apply, journal)
        visible_if(self.watch_it, self._state in _LIVE)
        visible_if(self.go_on, self._state in _CUT_OFF)
        visible_if(self.lines, condition=False)
        self.refresh()
        self.refresh_code()
        if self.flow.applying or not journal:
            return
        self.flow.done()
        if self._state in ("complete", *_CUT_OFF):
            self.work(
                "reading the journal",
                lambda _: self.account.attach(journal).result(),
                self._show_result(journal),
            )

    def _show_result(self, journal: str) -> Any:
        def show(applied: Applied) -> None:
            if self.applies.active == journal:
                self.flow.show(applied, come=False)

        return show

    def _archive_chosen(self) -> None:
        visible_if(self.comparison, condition=False)
        self.refresh()
        self.refresh_code()

    def _flow_changed(self) -> None:
        """Once an apply that was watched here has ended, the lists are of before."""
        self.refresh_code()
        watched, self._watching = self._watching, self.flow.applying
        if watched and not self.flow.applying:
            self._show_lists(self._read())

    def _show_lists(self, found: tuple[pd.DataFrame, pd.DataFrame]) -> None:
        self._listed, archives = found
        self.applies.show(self._listed, ids="journal")
        self.archives.show(archives, ids="archive")

    def _progressed(self, running: Running, progress: RunProgress) -> None:
        """The row of what is watched counts as the line above does."""
        listed, names = self._listed, list(_COUNTS)
        if listed.empty:
            return
        counts = [getattr(progress, name) for name in names]
        watched = listed["journal"] == str(running.journal)
        if watched.any() and listed.loc[watched, names].iloc[0].tolist() != counts:
            self._listed = listed.copy()
            self._listed.loc[watched, names] = counts
            self.applies.show(self._listed, ids="journal", keep=True)

    # --- one apply ----------------------------------------------------------------------------

    def _journal(self) -> str:
        journal = self.applies.active
        if not journal:
            raise RefusedError("which apply?", reasons=["none is chosen"], hint="click one in the table")
        return journal

    def watch_apply(self) -> None:
        """Watch the chosen apply: progress, pause, cancel."""
        self.flow.attach(self._journal())

    def resume_apply(self) -> None:
        """Go on with the chosen apply."""
        self.flow.resume(self._journal())

    def verify_journal(self) -> None:
        """Check the chosen journal from end to end."""
        path = Path(self._journal())
        self.work("checking the journal", lambda _: verify(path), self._say_verdict)

    def _say_verdict(self, found: Verification) -> None:
        counted = f"{found.records:,} record{'' if found.records == 1 else 's'}"
        if found.problem is not None:
            where = "" if found.line is None else f" in line {found.line}"
            self.fail(
                RefusedError(
                    "the journal was tampered with",
                    reasons=[f"{found.problem}{where}; {counted} before it are whole"],
                    hint="do not go on with it: compare it with a backup, and plan anew from a fresh audit",
                )
            )
            return
        told = [f"last hash {found.last_hash}", *found.notes]
        self.say(f"the record is whole: {counted}, {found.state}", tone="done", hint="; ".join(told))

    def read_lines(self) -> None:
        """Show the chosen journal line by line, each checked before it is shown."""
        path = Path(self._journal())
        self.work("reading the journal", lambda _: lines_of(path), self._show_lines)

    def _show_lines(self, lines: pd.DataFrame) -> None:
        self.lines.show(lines)
        visible_if(self.lines, condition=True)

    # --- one archive, one customer ------------------------------------------------------------

    def _archive(self) -> str:
        archive = self.archives.active
        if not archive:
            raise RefusedError("which archive?", reasons=["none is chosen"], hint="click one in the table")
        return archive

    def plan_restore(self) -> None:
        """Preview the plan that brings the chosen archive back."""
        archive = self._archive()
        self.flow.done()
        self.flow.plan_restore(archive)

    def compare_archive(self) -> None:
        """The chosen archive against what is in the account now."""
        archive = self._archive()
        self.work("comparing", lambda _: self.account.compare(archive), self._show_comparison)

    def _show_comparison(self, comparison: pd.DataFrame) -> None:
        self.comparison.show(compared(comparison))
        visible_if(self.comparison, condition=True)

    def _departure(self) -> File:
        """The document on one customer; an error where no journal speaks of them."""
        customer = str(self.customer.value).strip()
        if not customer:
            raise RefusedError("which customer?", reasons=["no id was typed"], hint="type the customer's id")
        document = self.account.departure(customer)
        if not document["journals"]:
            raise RefusedError(
                f"no journal says that anything was done for customer {customer!r}",
                reasons=["ids are compared letter by letter"],
                hint="check the id against the customer list",
            )
        if back := came_back(document):
            self.say(
                "this proves no departure", tone="warned", hint=f"what came back is there: {', '.join(back)}"
            )
        text = json.dumps(document, indent=2, ensure_ascii=False)
        return File("departure.json", f"{text}\n".encode(), "application/json")

    # --- the code -----------------------------------------------------------------------------

    def code(self) -> str:
        """The same without the panel, for what is chosen."""
        lines = ["account.journals()", "account.running()  # what goes on, and what can be gone on with"]
        if self.applies.active:
            lines.append(f"running = account.attach({self.applies.active!r})")
            lines.append("running.progress(), running.result()")
            if self._state in _CUT_OFF:
                lines.append("running = account.start_resume(running.journal)")
        lines.append("account.archives()")
        if self.archives.active:
            lines.append(f"account.compare({self.archives.active!r})")
        lines += self.flow.code()
        if self.customer.value.strip():
            lines.append(f"account.departure({self.customer.value.strip()!r})")
        return "\n".join(lines)


def applies_of(journals: pd.DataFrame, running: pd.DataFrame) -> pd.DataFrame:
    """The journals, with the state of those that go on or were cut off."""
    now = running[["journal", "state", "stopped"]].rename(columns={"state": "now"})
    both = journals.merge(now, on="journal", how="left")
    known = (both["state"] == "unfinished") & both["now"].notna()
    state = both["now"].where(known, both["state"])
    return both.assign(state=state, problem=both["problem"].fillna(both["stopped"]))


def lines_of(path: Path) -> pd.DataFrame:
    """The records of a journal in words.

    Raises:
        JournalError: at the first that was changed.
    """
    rows = as_rows(read(path, allow_torn=True))
    for each in rows:
        worker = each["worker"]
        each["name"] = each["namespace"] if worker is None else f"{each['namespace']}/{worker}"
        # as in every other table; and people count from 1
        each["at"] = f"{parse_time(each['at']):%Y-%m-%d %H:%M:%S}"
        each["step"] = None if each["step"] is None else each["step"] + 1
    return pd.DataFrame(rows, columns=[column.name for column in _LINES], dtype=object)


def _heading(text: str, about: str) -> ipywidgets.Widget:
    return box(
        element(
            "div",
            element("div", text, classes="wfp-heading"),
            element("div", about, classes="wfp-muted"),
        )
    )
