"""How many there are of each state, as a bar and in words, in the colours that stand for them everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup

from wfp_ops.audit.kinds import state_meaning
from wfp_ops.clock import iso
from wfp_ops.widgets.markup import class_for, element, joined

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit


def audit_facts(audit: Audit) -> Markup:
    """When an audit was taken, by which rules, and whether its inventory is proven complete."""
    proven = audit.evidence.proven
    evidence = "inventory proven complete" if proven else "INVENTORY NOT PROVEN COMPLETE"
    facts = [
        element("span", f"taken {iso(audit.taken_at)}"),
        element("span", f"convention {audit.convention}"),
        element("span", f"tenancy {audit.tenancy}"),
        element(
            "span",
            evidence if proven else f"{evidence}: {audit.evidence.how}",
            classes="wfp-good" if proven else "wfp-bad",
            title=audit.evidence.how,
        ),
    ]
    notes = [element("div", note, classes="wfp-muted") for note in audit.notes]
    return joined([element("div", *facts, classes="wfp-facts"), *notes])


def state_bars(audit: Audit) -> Markup:
    """The states of an audit's namespaces (in worker tenancy, Workers) and of its customers."""
    states = audit.counts["states"]
    things = "namespace" if audit.tenancy == "namespace" else "Worker"
    return element(
        "div",
        _bar(things, states["namespaces"], "namespace"),
        _bar("customer record", states["customers"], "customer"),
        classes="wfp-bars",
    )


def _bar(noun: str, counts: Mapping[str, int], about: Literal["namespace", "customer"]) -> Markup:
    total = sum(counts.values())
    parts = [
        element(
            "i", classes=class_for("wfp-s", state), style=f"flex:{count} 0 3px", title=f"{state}: {count:,}"
        )
        for state, count in counts.items()
    ]
    legend = [
        element(
            "span",
            f"{state} ",
            element("b", f"{count:,}"),
            classes=f"wfp-mark {class_for('wfp-s', state)}",
            title=state_meaning(state, about),
        )
        for state, count in counts.items()
    ]
    return element(
        "div",
        element("b", f"{total:,} {noun}{'' if total == 1 else 's'}"),
        element("div", *parts, classes="wfp-bar", aria_hidden="true"),
        element("div", *legend, classes="wfp-legend"),
    )
