"""Operate Cloudflare Workers for Platforms: see whose each dispatch namespace is, and keep it true.

    account = wfp_ops.connect()                  # or connect("sandbox"), which needs no account
    audit = account.audit("customers.csv")
    audit.findings, audit.joined                 # DataFrames
    plan = account.plan_delete(audit, "churned") # changes nothing; account.apply(plan, confirm=...) does

The names of ``__all__`` are loaded when they are first used, so that ``import wfp_ops`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wfp_ops import charts as charts
    from wfp_ops import errors as errors
    from wfp_ops import widgets as widgets
    from wfp_ops.account.account import Account as Account
    from wfp_ops.account.connect import connect as connect
    from wfp_ops.account.several import audit_all as audit_all
    from wfp_ops.api.client import Cloudflare as Cloudflare
    from wfp_ops.api.models import Namespace as Namespace
    from wfp_ops.audit.result import Audit as Audit
    from wfp_ops.audit.several import Audits as Audits
    from wfp_ops.change.control import Control as Control
    from wfp_ops.change.plan import Plan as Plan
    from wfp_ops.change.plan_file import read_plan as read_plan
    from wfp_ops.change.plan_file import write_plan as write_plan
    from wfp_ops.change.result import Applied as Applied
    from wfp_ops.customers.read import read_customers as read_customers
    from wfp_ops.customers.set_aside import set_aside as set_aside
    from wfp_ops.frames.provenance import completeness as completeness
    from wfp_ops.naming.convention import Convention as Convention
    from wfp_ops.report.file import write_report as write_report
    from wfp_ops.report.page import render_report as render_report

    __version__: str

_HOMES = {
    "Account": "account.account",
    "Applied": "change.result",
    "Audit": "audit.result",
    "Audits": "audit.several",
    "Cloudflare": "api.client",
    "Control": "change.control",
    "Convention": "naming.convention",
    "Namespace": "api.models",
    "Plan": "change.plan",
    "audit_all": "account.several",
    "completeness": "frames.provenance",
    "connect": "account.connect",
    "read_customers": "customers.read",
    "read_plan": "change.plan_file",
    "render_report": "report.page",
    "set_aside": "customers.set_aside",
    "write_plan": "change.plan_file",
    "write_report": "report.file",
}

_ROOMS = ("charts", "errors", "widgets")

__all__ = [
    "Account",
    "Applied",
    "Audit",
    "Audits",
    "Cloudflare",
    "Control",
    "Convention",
    "Namespace",
    "Plan",
    "__version__",
    "audit_all",
    "charts",
    "completeness",
    "connect",
    "errors",
    "read_customers",
    "read_plan",
    "render_report",
    "set_aside",
    "widgets",
    "write_plan",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    elif name in _ROOMS:
        value = importlib.import_module(f"{__name__}.{name}")
    elif name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 (reads files, and few ask)

        value = version("wfp-ops")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
