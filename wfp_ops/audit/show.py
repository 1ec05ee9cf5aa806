"""How an audit shows itself: as text in a terminal, as HTML in Jupyter. Nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from wfp_ops.audit.kinds import COLORS, state_meaning
from wfp_ops.clock import iso
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit, FindingGroup

SYMBOLS = {"critical": "✖", "warning": "▲", "info": "●"}
_SEVERITY_COLORS = {"critical": "#c2185b", "warning": "#d55e00", "info": "#0072b2"}
_ROWS_SHOWN = 8
_ABOUT = {"namespace": "namespace", "worker": "Worker", "customer_id": "customer"}
_TOLD = {"detail": "what was seen", "suggestion": "what to do"}


def as_text(audit: Audit) -> str:
    """A screenful: counts, evidence, and each kind of finding with what it means and an example."""
    lines = [
        f"Audit of {visible(audit.account_name)}, {iso(audit.taken_at)}, convention {audit.convention!r}",
        f"inventory {audit.evidence.verdict}: {audit.evidence.how}",
        f"{_things_title(audit)}s: {_in_words(audit.counts['states']['namespaces'])}",
        f"customers: {_in_words(audit.counts['states']['customers'])}",
        headline(audit),
        *changed(audit),
    ]
    for group in audit.groups():
        first = group.rows.iloc[0]
        about = next((str(value) for value in first[list(_ABOUT)].dropna()), "")
        example = f" (e.g. {visible(about)})" if about else ""
        lines.append(
            f"  {SYMBOLS[group.severity]} {group.kind:<13}{len(group.rows):>6,}  {group.meaning}{example}"
        )
    return "\n".join(lines)


def headline(audit: Audit) -> str:
    """How many findings of which severity, in words."""
    if audit.findings.empty:
        return "no findings: every namespace has its customer, and every customer a namespace"
    counts = audit.findings["severity"].value_counts()
    by_severity = ", ".join(f"{counts[name]:,} {name}" for name in SYMBOLS if name in counts)
    return f"{len(audit.findings):,} finding{'s' if len(audit.findings) > 1 else ''}: {by_severity}"


def changed(audit: Audit) -> list[str]:
    """What changed since the audit before, in a sentence; none where there is none."""
    changes = audit.changes
    return [] if changes is None else [f"since the last audit ({iso(changes.since)}): {changes.headline()}"]


def as_html(audit: Audit) -> str:
    """The same with bars and tables, every text escaped."""
    import jinja2  # noqa: PLC0415 (heavy, and only notebooks need it)

    from wfp_ops.audit.right_to_left import isolated  # noqa: PLC0415 (loads markupsafe)

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("wfp_ops.audit"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["isolated"] = isolated
    states = audit.counts["states"]
    return environment.get_template("audit.html.j2").render(
        audit=audit,
        taken_at=iso(audit.taken_at),
        things_title=_things_title(audit),
        things=_segments(states["namespaces"], "namespace"),
        customers=_segments(states["customers"], "customer"),
        headline=headline(audit),
        changed=changed(audit),
        groups=[_group(group, place) for place, group in enumerate(audit.groups())],
        accepted=len(audit.accepted),
    )


def _things_title(audit: Audit) -> str:
    return "namespace" if audit.tenancy == "namespace" else "Worker"


def _in_words(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items()) or "none"


def _segments(counts: dict[str, int], about: Literal["namespace", "customer"]) -> list[dict[str, Any]]:
    return [
        {"name": name, "count": count, "color": COLORS[name], "meaning": state_meaning(name, about)}
        for name, count in counts.items()
    ]


def _group(group: FindingGroup, place: int) -> dict[str, Any]:
    """Advice that all rows share is said once; only where it differs is it a column of its own."""
    about = [name for name in _ABOUT if group.rows[name].notna().any()]
    shared = group.rows["suggestion"].nunique() == 1
    told = ["detail"] if shared else ["detail", "suggestion"]
    shown = group.rows.head(_ROWS_SHOWN)[[*about, *told]]
    return {
        "kind": group.kind,
        "severity": group.severity,
        "meaning": group.meaning,
        "symbol": SYMBOLS[group.severity],
        "color": _SEVERITY_COLORS[group.severity],
        "count": len(group.rows),
        "more": len(group.rows) - len(shown),
        "open": group.severity == "critical" or place == 0,
        "advice": visible(group.rows["suggestion"].iloc[0]) if shared else "",
        "columns": [*(_ABOUT[name] for name in about), *(_TOLD[name] for name in told)],
        "names": len(about),
        "rows": [[visible(str(value)) for value in row] for row in shown.fillna("").to_numpy()],
    }
