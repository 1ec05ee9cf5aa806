"""From an audit to what its page shows: plain values, every text that came from outside made visible."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from wfp_ops.audit.kinds import state_meaning
from wfp_ops.audit.page.changes import changes_view
from wfp_ops.audit.page.findings import findings_view
from wfp_ops.audit.page.values import moment, share, table_view
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit

# Rows of the smaller tables. What is left out says where it can be seen
LISTED = 200
# A state that a few of many thousands are in must not vanish from its bar
_THINNEST_PERCENT = 0.6
_ACCEPTED = (
    ("kind", "Kind"),
    ("namespace", "Namespace"),
    ("worker", "Worker"),
    ("customer_id", "Customer"),
    ("detail", "What was seen"),
    ("reason", "Accepted because"),
    ("until", "Until"),
)
_SET_ASIDE = (("row", "Row"), ("column", "Column"), ("value", "Value"), ("reason", "Why"))


def account_view(audit: Audit, number: int, usage: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything that the page says about one account; ``number`` tells it from others in the page.

    ``usage`` is what the section on usage shows; None: the page has none.
    """
    states = audit.counts["states"]
    thing = "namespace" if audit.tenancy == "namespace" else "Worker"
    return {
        "number": number,
        "name": visible(audit.account_name),
        "account_id": visible(audit.account_id),
        "convention": visible(audit.convention),
        "thing": thing,
        "taken_at": moment(audit.taken_at),
        "taken_at_iso": audit.taken_at.isoformat(),
        "proven": audit.evidence.proven,
        "how": visible(audit.evidence.how),
        "figures": _figures(audit),
        "states": [
            _states("Namespaces" if thing == "namespace" else "Workers", states["namespaces"], "namespace"),
            _states("Customer records", states["customers"], "customer"),
        ],
        "changes": changes_view(audit.changes),
        "usage": usage,
        "findings": findings_view(audit),
        "accepted": table_view(audit.accepted, _ACCEPTED, LISTED),
        "set_aside": {
            **table_view(audit.set_aside, _SET_ASIDE, LISTED),
            "file": _file(audit.set_aside),
        },
        "notes": [visible(note) for note in audit.notes],
    }


def _figures(audit: Audit) -> list[tuple[str, int]]:
    counts = audit.counts
    workers = [("Workers", counts["workers"])] if "workers" in counts else []
    return [("Namespaces", counts["namespaces"]), *workers, ("Customer records", counts["customers"])]


def _states(title: str, counts: Mapping[str, int], about: Literal["namespace", "customer"]) -> dict[str, Any]:
    # What is as it should be comes first: what is not then stands together at the bar's other end
    counts = dict(sorted(counts.items(), key=lambda each: each[0] != "matched"))
    total = sum(counts.values())
    thick = {name: max(100 * count / total, _THINNEST_PERCENT) for name, count in counts.items()}
    start, rows = 0.0, []
    for name, count in counts.items():
        width = 100 * thick[name] / sum(thick.values())
        rows.append(
            {
                "name": name,
                "count": count,
                "share": share(count, total),
                "meaning": state_meaning(name, about),
                "start": f"{start:.3f}%",
                "width": f"{width:.3f}%",
            }
        )
        start += width
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"
    return {"title": title, "total": total, "rows": rows, "said": said}


def _file(set_aside: pd.DataFrame) -> str:
    """The list's name alone: a path says where somebody's files lie to whoever gets the page."""
    if set_aside.empty:
        return ""
    file = str(set_aside["file"].iloc[0])
    return visible(PurePath(file).name or file)
