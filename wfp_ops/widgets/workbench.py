"""Every panel, in tabs: one account, one customer list, one audit that all of them see."""

from __future__ import annotations

import importlib
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets
from IPython.display import display

from wfp_ops.customers.database_url import shown
from wfp_ops.widgets.desk import Desk
from wfp_ops.widgets.look import panel_style, stack, visible_if
from wfp_ops.widgets.markup import box, element
from wfp_ops.widgets.panel import Panel
from wfp_ops.widgets.tabs import TabBar

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.account.customers import CustomerSource

# What a tab says, and the panel behind it: module and class
_TABS = {
    "Overview": ("overview_panel", "OverviewPanel"),
    "Audit": ("audit_panel", "AuditPanel"),
    "Create": ("create_panel", "CreatePanel"),
    "Clean up": ("delete_panel", "DeletePanel"),
    "Rename": ("rename_panel", "RenamePanel"),
    "Usage": ("usage_panel", "UsagePanel"),
    "Cost": ("cost_panel", "CostPanel"),
    "Journal": ("journal_panel", "JournalPanel"),
}
# Where a next step of the overview is done
_PLACES = {
    "audit": "Audit",
    "create": "Create",
    "delete": "Clean up",
    "rename": "Rename",
    "journal": "Journal",
}
# In worker tenancy creating means deploying, and renaming does not exist
_BY_NAMESPACE = ("Create", "Rename")


class Workbench:
    """Every panel, in tabs. As the last line of a cell it shows itself.

        wfp_ops.widgets.Workbench(account, "customers.csv")

    A panel is made when its tab is opened first, and stays: work goes on behind other tabs. All panels see
    the same audit.

    Attributes:
        account: the account.
        desk: what its panels share.
        tabs: the tab bar; ``selected`` is the tab that is open.
        panels: the panels that were made, by the name of their tab.
        view: the widget.
    """

    def __init__(self, account: Account, customers: CustomerSource | None = None) -> None:
        """A workbench on an account.

        Args:
            account: the account.
            customers: the customer list as for ``account.audit``; None for the settings' own.
        """
        self.desk = Desk(account, customers)
        self.account = account
        by_worker = account.settings.audit.tenancy == "worker"
        names = [name for name in _TABS if not (by_worker and name in _BY_NAMESPACE)]
        self.tabs = TabBar(f"Workbench of {account.name}", names)
        self.panels: dict[str, Panel] = {}
        self._pages = {name: ipywidgets.Box() for name in names}
        for page in self._pages.values():
            page.add_class("wfp-page")
        self.view = stack(
            panel_style(),
            box(_head(account, customers)),
            self.tabs,
            *self._pages.values(),
            classes="wfp wfp-Workbench",
        )
        self.tabs.observe(lambda change: self.open(change["new"]), "selected")
        self.open(names[0])

    def open(self, name: str) -> Panel:
        """Open a tab; its panel comes back. One that can't be made says why, on its tab.

        Raises:
            KeyError: there is no such tab.
        """
        page = self._pages[name]
        if name not in self.panels:
            self._make(name)
        self.tabs.selected = name
        for each in self._pages.values():
            visible_if(each, each is page)
        return self.panels[name]

    def go(self, where: str, kind: str = "") -> None:
        """Open the tab in which something is done; the audit shows one kind of finding alone."""
        panel: Any = self.open(_PLACES[where])
        if where == "audit" and self.desk.audit is not None and kind in set(self.desk.audit.findings["kind"]):
            panel.findings.narrow(kind=kind)

    def _make(self, name: str) -> None:
        try:
            panel = self._built(name)
        except Exception as error:  # noqa: BLE001 (whatever it is, it must stand on its tab)
            panel = _Missing(self.desk, name, partial(self._again, name))
            panel.fail(error)
        self.panels[name] = panel
        self._pages[name].children = (panel.view,)
        # the job's own view is there only while it works
        panel.job.view.layout.observe(lambda _: self._mark_busy(), "display")

    def _built(self, name: str) -> Panel:
        module, kind = _TABS[name]
        made = getattr(importlib.import_module(f"{__package__}.{module}"), kind)
        more = {"go": self.go} if name == "Overview" else {}
        panel: Panel = made(self.account, self.desk.customers, desk=self.desk, **more)
        return panel

    def _again(self, name: str) -> None:
        del self.panels[name]
        self._make(name)

    def _mark_busy(self) -> None:
        self.tabs.mark_busy(name for name, panel in self.panels.items() if panel.job.running)

    def _ipython_display_(self) -> None:
        display(self.view)  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        return f"Workbench({self.account.name!r})"


class _Missing(Panel):
    """What stands on the tab of a panel that could not be made."""

    purpose: ClassVar[str] = "This panel could not be made. The others work."

    def __init__(self, desk: Desk, name: str, again: Any) -> None:
        super().__init__(desk.account, desk=desk)
        self.name = name
        self.again = self.button("Try again", again, look="primary")
        self.compose(self.again)


def _head(account: Account, customers: CustomerSource | None) -> Any:
    return element(
        "div",
        element("span", account.name, classes="wfp-title"),
        element("span", _list_in_words(account, customers), classes="wfp-muted"),
        classes="wfp-head-line",
    )


def _list_in_words(account: Account, customers: CustomerSource | None) -> str:
    if customers is None:
        own = account.customers_source
        return "no customer list is set" if own is None else f"customers: {own}"
    if hasattr(customers, "columns"):
        return f"customers: a frame of {len(customers):,} rows"  # type: ignore[arg-type]
    return f"customers: {shown(str(customers))}"
