"""Panels for Jupyter and Voila: whatever they do, a person can do without them in two lines.

    wfp_ops.widgets.AuditPanel(account, "customers.csv")   # as the last line of a cell

The names of ``__all__`` are loaded when they are first used: ipywidgets is heavy, and who works in a
terminal has no need of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wfp_ops.widgets.audit_panel import AuditPanel as AuditPanel
    from wfp_ops.widgets.cost_panel import CostPanel as CostPanel
    from wfp_ops.widgets.create_panel import CreatePanel as CreatePanel
    from wfp_ops.widgets.delete_panel import DeletePanel as DeletePanel
    from wfp_ops.widgets.journal_panel import JournalPanel as JournalPanel
    from wfp_ops.widgets.overview_panel import OverviewPanel as OverviewPanel
    from wfp_ops.widgets.rename_panel import RenamePanel as RenamePanel
    from wfp_ops.widgets.usage_panel import UsagePanel as UsagePanel
    from wfp_ops.widgets.workbench import Workbench as Workbench

_HOMES = {
    "AuditPanel": "audit_panel",
    "CostPanel": "cost_panel",
    "CreatePanel": "create_panel",
    "DeletePanel": "delete_panel",
    "JournalPanel": "journal_panel",
    "OverviewPanel": "overview_panel",
    "RenamePanel": "rename_panel",
    "UsagePanel": "usage_panel",
    "Workbench": "workbench",
}

__all__ = [
    "AuditPanel",
    "CostPanel",
    "CreatePanel",
    "DeletePanel",
    "JournalPanel",
    "OverviewPanel",
    "RenamePanel",
    "UsagePanel",
    "Workbench",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from wfp_ops.widgets.required import require_notebook  # noqa: PLC0415 (needed by who uses a panel)

    require_notebook()
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
