"""The findings as the page's rows, and as the data that its script filters and sorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wfp_ops.audit.kinds import SEVERITIES, severity_rank
from wfp_ops.audit.page.changes import open_since
from wfp_ops.audit.page.values import texts
from wfp_ops.audit.right_to_left import PATTERN

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit

_SHOWN = ("severity", "kind", "namespace", "worker", "customer_id", "detail", "suggestion")


def findings_view(audit: Audit) -> dict[str, Any]:
    """Rows in the audit's order, which columns they need, and what can be filtered by."""
    since = open_since(audit.findings, audit.changes)
    rows = [
        {**dict(zip(_SHOWN, row, strict=True)), "since": day}
        for row, day in zip(texts(audit.findings, _SHOWN), since, strict=True)
    ]
    found = audit.findings["severity"].value_counts()
    return {
        "rows": rows,
        "data": compact(rows),
        "workers": bool(audit.findings["worker"].notna().any()),
        "dated": any(since),
        "severities": [(severity, int(found.get(severity, 0))) for severity in SEVERITIES],
        "kinds": list(audit.counts["findings"].items()),
    }


def compact(rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The rows as lists; what repeats itself is held once and referred to by its place."""
    kinds: dict[tuple[str, str], int] = {}
    advice: dict[str, int] = {}
    lists = [
        [
            kinds.setdefault((row["severity"], row["kind"]), len(kinds)),
            row["namespace"],
            row["worker"],
            row["customer_id"],
            row["detail"],
            advice.setdefault(row["suggestion"], len(advice)),
            row["since"],
        ]
        for row in rows
    ]
    return {
        "kinds": [list(kind) for kind in kinds],
        "ranks": {severity: severity_rank(severity) for severity in SEVERITIES},
        "advice": list(advice),
        "rows": lists,
        "rightToLeft": PATTERN,
    }
