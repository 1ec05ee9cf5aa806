"""What changed since the audit before this one, as the page shows it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfp_ops.audit.page.values import moment, table_view
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from wfp_ops.memory.changes import Changes

# Rows of each table; the rest is in audit.changes
ROWS = 50
_FACTS = (("what", "What"), ("before", "Before"), ("after", "Now"))
_TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "findings": (
        ("change", "Change"),
        ("severity", "Severity"),
        ("kind", "Kind"),
        ("namespace", "Namespace"),
        ("worker", "Worker"),
        ("customer_id", "Customer"),
        ("detail", "What was seen"),
    ),
    "namespaces": (("change", "Change"), ("namespace", "Namespace"), ("worker", "Worker"), *_FACTS),
    "customers": (("change", "Change"), ("customer_id", "Customer"), *_FACTS),
}
_ABOUT = ["kind", "namespace", "worker", "customer_id"]


def changes_view(changes: Changes | None) -> dict[str, Any] | None:
    """Counts and tables of what came, went and changed; None where there is no earlier audit."""
    if changes is None:
        return None
    frames = {
        "findings": _explained(changes.findings[changes.findings["change"] != "open"]),
        "namespaces": changes.namespaces,
        "customers": changes.customers,
    }
    counts = changes.counts["findings"]
    oldest = changes.oldest_open
    return {
        "since": moment(changes.since),
        "counts": [(words, counts.get(name, 0)) for name, words in _words()],
        "oldest": None if oldest is None else f"{oldest.day} {oldest:%B %Y}",
        "tables": [
            {"title": name.capitalize(), "name": name, **table_view(frame, _TABLES[name], ROWS)}
            for name, frame in frames.items()
            if len(frame)
        ],
        "notes": [visible(note) for note in changes.notes],
    }


def open_since(findings: pd.DataFrame, changes: Changes | None) -> list[str]:
    """For each finding ``new``, the day since which it has been open, or nothing where that is not known."""
    if changes is None:
        return [""] * len(findings)
    known = changes.findings[changes.findings["change"] != "resolved"]
    days = known["since"].dt.strftime("%Y-%m-%d")
    said = days.mask(known["change"] == "new", "new")
    by_key = dict(zip(_keys(known), said, strict=True))
    return [str(by_key.get(key, "")) for key in _keys(findings)]


def _explained(findings: pd.DataFrame) -> pd.DataFrame:
    """The reason of one that was resolved by accepting it, beside what was seen."""
    said = ("; accepted: " + findings["accepted"]).fillna("")
    return findings.assign(detail=findings["detail"] + said)


def _words() -> Sequence[tuple[str, str]]:
    return (("new", "new"), ("resolved", "resolved"), ("open", "still open"))


def _keys(findings: pd.DataFrame) -> list[Hashable]:
    return list(zip(*(findings[name].fillna("") for name in _ABOUT), strict=True))
