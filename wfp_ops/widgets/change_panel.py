"""What the panels that change something share: choose, preview, words, apply, result, and the way back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from wfp_ops.audit.kinds import CUSTOMER_STATES, THING_STATES
from wfp_ops.clock import iso
from wfp_ops.errors import RefusedError
from wfp_ops.widgets.change_flow import ChangeFlow
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.desk import Desk
from wfp_ops.widgets.job import Ticket
from wfp_ops.widgets.look import row, stack, visible_if
from wfp_ops.widgets.markup import box, element, joined, put
from wfp_ops.widgets.override_editor import OverrideEditor
from wfp_ops.widgets.panel import Panel
from wfp_ops.widgets.table import Table
from wfp_ops.widgets.vouching import Vouching

if TYPE_CHECKING:
    import ipywidgets
    from markupsafe import Markup

    from wfp_ops.account.account import Account
    from wfp_ops.account.candidates import What
    from wfp_ops.account.customers import CustomerSource
    from wfp_ops.audit.result import Audit
    from wfp_ops.change.plan import Plan

# Some guards speak in the preview alone: where the others are silent nothing has passed yet
SILENT = "nothing so far"
VERDICT = Column(
    "verdict",
    "guards",
    kind="state",
    facet=True,
    width=1.56,
    ranks=(SILENT, "overridden", "unknown", "refuse"),
)
_STATES = frozenset(kind.name for kind in (*THING_STATES, *CUSTOMER_STATES))


_NOTHING = pd.DataFrame({"key": [], "namespace": [], "worker": [], "customer_id": []}, dtype="str")


@dataclass(frozen=True)
class _Found:
    """Candidates, and where each stands among them by its key."""

    frame: pd.DataFrame
    places: Mapping[str, int]

    def rows(self, keys: Sequence[str]) -> pd.DataFrame:
        """Those with these keys."""
        return self.frame.iloc[[self.places[key] for key in keys if key in self.places]]


class ChangePanel(Panel):
    """The base of the panels that create, delete and rename.

    What is chosen is frozen into a plan when a person asks for the preview; whatever they choose, filter or
    override afterwards takes the preview away. Only the plan that is seen can be confirmed, once.

    Attributes:
        table: the candidates.
        overrides: the overrides, where guards can be overridden here; else None.
        vouching: where nobody has accepted a customer list yet, and guards ask for one; else None.
        flow: preview, words, apply and result.
    """

    what: ClassVar[What]
    # what the guards' table calls such changes; "" where nothing can be overridden here
    guarded: ClassVar[str] = ""
    noun: ClassVar[str] = "namespaces"
    empty: ClassVar[str] = ""

    def __init__(
        self, account: Account, customers: CustomerSource | None = None, *, desk: Desk | None = None
    ) -> None:
        super().__init__(account, customers, desk=desk)
        self._found: _Found | None = None
        # the overrides of the plan that was previewed last: what fails of it is tried again with them
        self._asked: tuple[str, Mapping[str, str]] = ("", {})
        self.table = Table(
            f"Candidates to {self.what}", self.columns(), noun=self.noun, empty=self.empty, height=380
        )
        self.overrides = (
            OverrideEditor(self, about=self.guarded, changed=self._anew) if self.guarded else None
        )
        self.vouching = Vouching(self, self._anew) if self.guarded else None
        self.read = self.button("Read the account", self.read_account, look="primary")
        self.make = self.button(
            "Preview the plan", self.make_preview, look="primary", when=lambda: bool(self.table.chosen)
        )
        self.flow = ChangeFlow(self, again=self.plan_again, changed=self._stage_changed)
        self._facts = box()
        self._top = row(self.read, self._facts, classes="wfp-read")
        self._chooser = self._chooser_view()
        vouching = [] if self.vouching is None else [self.vouching.view]
        self.compose(self.flow.notice, self._top, *vouching, self._chooser, self.flow.view)
        self.on(self.table, lambda _: self._choice_changed(), "chosen")
        self.watch(self._audit_changed)
        self._audit_changed()
        self.safely(self.flow.look)

    def _chooser_view(self) -> ipywidgets.Box:
        beside = [] if self.overrides is None else [self.overrides.view]
        return stack(self.table, *self.further(), *beside, row(self.make))

    # --- what a panel of this kind says for itself --------------------------------------------

    @abstractmethod
    def columns(self) -> Sequence[Column]:
        """The columns of its table."""

    @abstractmethod
    def plan(
        self,
        audit: Audit,
        names: pd.DataFrame,
        reasons: Mapping[str, str],
        progress: Callable[[int, int], None],
    ) -> Plan:
        """The plan for these names: rows of ``audit.joined``'s kind."""

    @abstractmethod
    def call(self) -> str:
        """The call that makes such a plan, such as ``account.plan_delete``."""

    def preselected(self, candidates: pd.DataFrame) -> Sequence[str]:
        """The keys of those that are chosen to begin with."""
        del candidates
        return ()

    def doubts(self, audit: Audit) -> Sequence[str]:
        """What else a person should know of an audit before they choose."""
        del audit
        return ()

    def blocked(self, candidates: pd.DataFrame) -> dict[str, str]:
        """By key, why a candidate can't be chosen."""
        rows = candidates.dropna(subset=["impossible"])
        return dict(zip(rows["key"], rows["impossible"], strict=True))

    def shown(self, candidates: pd.DataFrame) -> pd.DataFrame:
        """The candidates as the table shows them."""
        return candidates.assign(verdict=candidates["verdict"].replace("pass", SILENT))

    def further(self) -> Sequence[ipywidgets.Widget]:
        """What stands below the table."""
        return ()

    def find(self, audit: Audit) -> pd.DataFrame:
        """The candidates in an audit."""
        return self.account.candidates(audit, self.what, overrides=self.reasons)

    # --- reading and choosing -----------------------------------------------------------------

    @property
    def candidates(self) -> pd.DataFrame | None:
        """What the table shows, as ``account.candidates`` returns it; None before anything was read."""
        return None if self._found is None else self._found.frame

    @property
    def reasons(self) -> dict[str, str]:
        """The overrides that are given."""
        return {} if self.overrides is None else dict(self.overrides.given)

    def read_account(self) -> None:
        """Read account and customer list, and show the candidates."""
        self.work("reading the account and the customer list", self._read, self._take)

    def _take(self, audit: Audit) -> None:
        """Who reads wants to see what was read: a result that still stands there makes room."""
        self.flow.done()
        self.desk.put(audit)

    def _read(self, ticket: Ticket) -> Audit:
        return self.account.audit(self.desk.customers, progress=ticket.advance)

    def _audit_changed(self) -> None:
        """Other candidates: whatever was chosen or previewed before is of yesterday."""
        self.flow.withdraw()
        audit = self.desk.audit
        if self.overrides is not None:
            self.overrides.clear()  # they were given for what was read then
        if self.vouching is not None:
            self.vouching.look(audit)
        found = None if audit is None else self.find(audit)
        if audit is None or found is None:
            self._found = None
            self.table.clear()
            if self.desk.outdated and not self.flow.busy:
                self.say(self.desk.outdated, tone="warned", hint="Read it again to see what is true now.")
        else:
            self._show(found, keep=False)
            self.table.chosen = tuple(self.preselected(found))
            put(self._facts, joined([_facts(audit), *map(_note, (*audit.notes, *self.doubts(audit)))]))
        self._stage_changed()

    def _show(self, candidates: pd.DataFrame, *, keep: bool) -> None:
        # in one go: another thread must never see the rows of one reading with the places of another
        self._found = _Found(candidates, {key: place for place, key in enumerate(candidates["key"])})
        self.table.show(self.shown(candidates), ids="key", blocked=self.blocked(candidates), keep=keep)

    def renew(self) -> None:
        """The same audit's candidates again, as something else became known of them."""
        if self.desk.audit is not None:
            self._show(self.find(self.desk.audit), keep=True)

    def _choice_changed(self) -> None:
        if self.overrides is not None:
            self.overrides.offer(_names(self._chosen()))
        self.flow.withdraw()
        self.refresh()
        self.refresh_code()

    def _anew(self) -> None:
        self.renew()
        self.flow.withdraw()
        self.refresh()
        self.refresh_code()

    def _stage_changed(self) -> None:
        busy = self.flow.busy
        visible_if(self._chooser, self.candidates is not None and not busy)
        visible_if(self._facts, self.candidates is not None and not busy)
        visible_if(self._top, not self.flow.applying)
        first = self.candidates is None
        self.read.description = "Read the account" if first else "Read it again"
        (self.read.add_class if first else self.read.remove_class)("wfp-primary")
        self.refresh()
        self.refresh_code()

    def _chosen(self) -> pd.DataFrame:
        """The chosen candidates, in the rows' order."""
        return _NOTHING if self._found is None else self._found.rows(self.table.chosen)

    # --- from the choice to a plan ------------------------------------------------------------

    def make_preview(self) -> None:
        """Freeze what is chosen into a plan, and show it."""
        asked = self.table.chosen, self.reasons
        audit, chosen = self.desk.audit, self._chosen()
        if audit is None or chosen.empty:
            raise RefusedError(
                "nothing is chosen", reasons=["a plan is made of what is chosen"], hint="choose first"
            )
        names = self.names_of(chosen)
        self.flow.withdraw()
        self.work(
            "making the plan: looking into what is chosen",
            lambda ticket: self.plan(audit, names, asked[1], ticket.advance),
            lambda plan: self._planned(plan, asked),
        )

    def _planned(self, plan: Plan, asked: tuple[Sequence[str], Mapping[str, str]]) -> None:
        if asked != (self.table.chosen, self.reasons):
            self.say("the choice has changed meanwhile", tone="warned", hint="Preview the plan again.")
            return
        self._asked = plan.digest, asked[1]
        self.flow.propose(plan)
        self.refresh_code()

    def names_of(self, chosen: pd.DataFrame) -> pd.DataFrame:
        """What a plan is asked for; a frame always means names, never states."""
        return chosen[["namespace", "worker"]].reset_index(drop=True)

    def plan_again(self, names: pd.DataFrame) -> None:
        """A plan of these again, after they failed: from a new reading of the account."""
        meant = set(_names(names)) if "namespace" in names.columns else set()
        applied = self.flow.result.applied
        given = self._asked[1] if applied is not None and applied.digest == self._asked[0] else {}
        reasons = {key: why for key, why in given.items() if ":" not in key or key.split(":", 1)[1] in meant}

        def read_and_plan(ticket: Ticket) -> tuple[Audit, Plan]:
            audit = self._read(ticket)
            return audit, self.plan(audit, names, reasons, ticket.advance)

        def show(found: tuple[Audit, Plan]) -> None:
            self._take(found[0])
            self._asked = found[1].digest, reasons
            self.flow.propose(found[1])

        self.work("reading the account again", read_and_plan, show)

    # --- the code -----------------------------------------------------------------------------

    def code(self) -> str:
        """The same without the panel, for what is chosen."""
        if self.flow.plan is not None and self.flow.plan.restores is not None:
            return "\n".join(self.flow.code())
        lines = [f"audit = account.audit({self.desk.customers_code})"]
        lines.append(f'candidates = account.candidates(audit, "{self.what}")')
        if self.candidates is not None and self.table.chosen:
            reasons = "" if self.overrides is None else self.overrides.code()
            names = self.names_of(self._chosen())
            lines += _asked_in_code(names)
            lines.append(f"plan = {self.call()}(audit, chosen{reasons})  # it shows itself")
        return "\n".join([*lines, *self.flow.code()])


def _names(chosen: pd.DataFrame) -> list[str]:
    """As guards call them: the namespace, or namespace/Worker."""
    return [
        str(namespace) if pd.isna(worker) else f"{namespace}/{worker}"
        for namespace, worker in zip(chosen["namespace"], chosen["worker"], strict=True)
    ]


def _asked_in_code(names: pd.DataFrame) -> list[str]:
    """The names as a list; as a frame where a name could be taken for a state."""
    column = "customer_id" if "customer_id" in names.columns else "namespace"
    words = [str(word) for word in names[column]] if column == "customer_id" else _names(names)
    if not _STATES.intersection(words):
        return [f"chosen = {words!r}"]
    data: dict[str, list[Any]] = {
        name: names[name].tolist() for name in names.columns if names[name].notna().any()
    }
    return ["import pandas", f"chosen = pandas.DataFrame({data!r})  # a frame means names, never states"]


def _note(note: str) -> Markup:
    return element("div", note, classes="wfp-warning-note")


def _facts(audit: Audit) -> Markup:
    proven = audit.evidence.proven
    said = "inventory proven complete" if proven else f"INVENTORY NOT PROVEN COMPLETE: {audit.evidence.how}"
    return element(
        "div",
        element("span", f"read {iso(audit.taken_at)}"),
        element("span", f"{len(audit.namespaces):,} namespaces, {audit.customers_read:,} customer records"),
        element("span", said, classes="wfp-good" if proven else "wfp-bad"),
        classes="wfp-facts",
    )
