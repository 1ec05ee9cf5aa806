"""Every state and flag of the audit, declared once: what it means, how bad it is, what to do.

To add a finding, add its ``Kind`` here and the rule that sees it in ``states`` or ``flags``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")


@dataclass(frozen=True)
class Kind:
    """One state or flag: ``about`` says what it is a statement on; no severity means it is no finding."""

    name: str
    about: Literal["namespace", "customer", "account"]
    severity: Severity | None
    meaning: str
    suggestion: str = ""


THING_STATES = (
    Kind("ignored", "namespace", None, "its name is on the ignore list; it still counts as existing"),
    Kind(
        "ambiguous",
        "namespace",
        "critical",
        "several customers claim it, or its id stands in a record that was set aside",
        "correct the customer list so that one customer owns it; leave it alone until then",
    ),
    Kind("matched", "namespace", None, "a mapping, else the convention, names one customer who has not left"),
    Kind(
        "churned",
        "namespace",
        "warning",
        "a mapping, else the convention, names one customer who has left",
        "keep it until the grace period is over, then plan its deletion",
    ),
    Kind(
        "suspect",
        "namespace",
        "warning",
        "it looks like an orphan, but a customer may stand behind it under another spelling",
        "a person decides: find out whose it is, then correct the list or the name",
    ),
    Kind(
        "orphaned",
        "namespace",
        "warning",
        "it follows the convention, and no customer has its id",
        "look for this id in older customer records; if nobody owns it, delete it after the grace period",
    ),
    Kind(
        "misnamed",
        "namespace",
        "warning",
        "it breaks the convention, but its name is one customer's in another spelling",
        "rename it to the convention's name, once no dispatcher binds the old one",
    ),
    Kind(
        "unrecognised",
        "namespace",
        "warning",
        "its name says nothing about a customer",
        "put it on the ignore list if it is yours, or map it to its customer in the list's namespace column",
    ),
)

CUSTOMER_STATES = (
    Kind("matched", "customer", None, "has its namespace"),
    Kind(
        "missing",
        "customer",
        "warning",
        "active or on trial, and has none",
        "create its namespace, or map the one it has in the list's namespace column",
    ),
    Kind(
        "absent",
        "customer",
        "info",
        "suspended or of unknown status, and has none",
        "nothing, unless the customer should be running",
    ),
    Kind("customer_churned", "customer", None, "has left, with or without a namespace still there"),
    Kind(
        "conflict",
        "customer",
        "critical",
        "its mapping names a namespace that does not exist, or its own is mapped to somebody else",
        "correct the namespace column of the customer list",
    ),
    Kind(
        "unusable",
        "customer",
        "warning",
        "its record has no id, an id that stands twice, or an id that makes no valid name",
        "correct the record; until then nothing that bears its id counts as an orphan",
    ),
)

FLAGS = (
    Kind(
        "duplicate",
        "customer",
        "warning",
        "several namespaces belong to one customer",
        "find out which one serves the customer, and map it in the list's namespace column",
    ),
    Kind(
        "trusted",
        "namespace",
        "warning",
        "trusted mode: its Workers share a cache and see request.cf, so they are not isolated",
        "switch trusted mode off unless all code in it is your own",
    ),
    Kind(
        "live_after_churn",
        "namespace",
        "critical",
        "its customer has left, or nobody has its id, and it is called all the same",
        "find out who calls it; delete nothing of it until then",
    ),
    Kind("empty", "namespace", "info", "no Worker inside", "deploy to it, or find out why it was made"),
    Kind(
        "idle",
        "namespace",
        "info",
        "Workers inside, and no request in `idle_days` (30)",
        "ask its customer whether it is still needed",
    ),
    Kind(
        "near_limit",
        "account",
        "warning",
        "close to a limit or an allotment of Workers for Platforms",
        "remove what is no longer needed, or plan for what lies beyond",
    ),
    Kind(
        "layout",
        "account",
        "info",
        "one namespace for each customer, where Cloudflare recommends one for all",
        "nothing now; for a change see 'tenancy' in docs/concepts.md",
    ),
)

# One colour for each state, wherever it is drawn: Okabe and Ito's palette, which colour-blind people can
# tell apart, changed where it would be too pale on white or too dark on black
COLORS = {
    "matched": "#009e73",
    "churned": "#e69f00",
    "customer_churned": "#e69f00",
    "orphaned": "#d55e00",
    "missing": "#d55e00",
    "ambiguous": "#c2185b",
    "conflict": "#c2185b",
    "suspect": "#cc79a7",
    "misnamed": "#56b4e9",
    "unrecognised": "#0072b2",
    "unusable": "#0072b2",
    "ignored": "#999999",
    "absent": "#999999",
}

# Flags that rest on what analytics say: where that is not known, nobody can say either that they are over
BY_USAGE = ("live_after_churn", "idle")

_FINDINGS = {
    kind.name: kind for kind in (*THING_STATES, *CUSTOMER_STATES, *FLAGS) if kind.severity is not None
}


def finding_kinds() -> tuple[str, ...]:
    """The names of all kinds that can become a finding."""
    return tuple(_FINDINGS)


def finding_kind(name: str) -> Kind:
    """The kind of a finding, by its name."""
    return _FINDINGS[name]


def state_meaning(state: str, about: Literal["namespace", "customer"]) -> str:
    """What a state of a namespace (or Worker), or one of a customer, means in words."""
    states = THING_STATES if about == "namespace" else CUSTOMER_STATES
    return next(kind.meaning for kind in states if kind.name == state)


def severity_rank(severity: str) -> int:
    """0 for the worst."""
    return SEVERITIES.index(severity)


def at_least(severity: str, threshold: str) -> bool:
    """Whether a severity is as bad as the threshold, or worse."""
    return severity_rank(severity) <= severity_rank(threshold)
