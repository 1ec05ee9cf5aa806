"""What an audit rests on, line by line: whether each part of it is there, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup

from wfp_ops.clock import iso
from wfp_ops.widgets.markup import element

if TYPE_CHECKING:
    from wfp_ops.account.doctor.check import Check
    from wfp_ops.audit.result import Audit
    from wfp_ops.memory.baseline import Baseline

Verdict = Literal["ok", "warn", "fail", "unknown"]
_SIGNS = {"ok": "\u2714", "warn": "\u25b2", "fail": "\u2716", "unknown": "?"}
_SPOKEN = {"ok": "in order", "warn": "look at it", "fail": "not in order", "unknown": "not known"}
# Of the account's checks: what guards and numbers rest on; anything else only where it is amiss
_ANALYTICS = "Account Analytics: Read"
_NEVER = ("versions", "Account Settings: Read", "customer list")


@dataclass(frozen=True)
class Line:
    """One part of the evidence."""

    name: str
    verdict: Verdict
    detail: str
    what_to_do: str = ""


# Where another panel has read the account, nobody has asked the rest
NOT_LOOKED_AT = Line(
    "analytics", "unknown", "not known yet", "read it again here: that looks whether they can be read, too"
)


def lines_of_audit(audit: Audit) -> Iterator[Line]:
    """What the audit itself says: its inventory and its customer list."""
    proof = audit.evidence
    yield Line(
        "inventory",
        "ok" if proof.proven else "fail",
        f"proven complete: {proof.how}" if proof.proven else f"not proven complete: {proof.how}",
        "" if proof.proven else "read it again; nothing is deleted or renamed on such an inventory",
    )
    aside = len(audit.set_aside)
    yield Line(
        "customer list",
        "warn" if aside or not audit.customers_read else "ok",
        f"{audit.customers_read:,} records read, {aside:,} of them set aside",
        "correct the records that were set aside: nothing that bears their ids counts as an orphan"
        if aside
        else "",
    )


def line_of_baseline(baseline: Baseline | None) -> Line:
    """Whether somebody vouched for a customer list."""
    if baseline is None:
        return Line(
            "accepted list",
            "warn",
            "nobody has vouched for a customer list yet, so nothing can be deleted or renamed",
            "look whether the list is whole, then vouch for it where you delete or rename",
        )
    return Line("accepted list", "ok", f"one was accepted on {iso(baseline.accepted_at)[:10]}")


def lines_of_checks(checks: list[Check]) -> Iterator[Line]:
    """What the account's checks say about it."""
    for check in checks:
        if check.name in _NEVER or (check.name != _ANALYTICS and check.verdict == "ok"):
            continue
        name = "analytics" if check.name == _ANALYTICS else check.name
        yield Line(name, check.verdict, check.detail, check.what_to_do or "")


def _advice(line: Line) -> list[Markup]:
    return [element("div", line.what_to_do, classes="wfp-muted")] if line.what_to_do else []


def shown(lines: list[Line]) -> Markup:
    """The lines as a list."""
    items = [
        element(
            "li",
            element(
                "span", _SIGNS[line.verdict], classes="wfp-sign", role="img", aria_label=_SPOKEN[line.verdict]
            ),
            element("b", line.name),
            element("span", line.detail, *_advice(line)),
            classes=f"wfp-is-{line.verdict}",
        )
        for line in lines
    ]
    return element("ul", *items, classes="wfp-evidence")
