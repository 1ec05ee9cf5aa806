"""What to do after an audit, in sentences: one for each kind of finding, worst first, and what does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wfp_ops.audit.kinds import SEVERITIES, Severity, finding_kind

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit, FindingGroup

Where = Literal["audit", "create", "delete", "rename"]

# What is said of one and of several; {thing} is a namespace, or a Worker in worker tenancy
_SAID = {
    "ambiguous": (
        "{n} {thing} is claimed by several customers",
        "{n} {thing}s are claimed by several customers",
    ),
    "churned": ("{n} {thing} belongs to a customer who left", "{n} {thing}s belong to customers who left"),
    "suspect": (
        "{n} {thing} may be a customer's under another spelling",
        "{n} {thing}s may be customers' under another spelling",
    ),
    "orphaned": (
        "{n} {thing} follows the convention, and no customer has its id",
        "{n} {thing}s follow the convention, and no customer has their ids",
    ),
    "misnamed": (
        "{n} {thing} is a customer's, but not called as the convention says",
        "{n} {thing}s are customers', but not called as the convention says",
    ),
    "unrecognised": (
        "{n} {thing} has a name that says nothing about a customer",
        "{n} {thing}s have names that say nothing about a customer",
    ),
    "missing": ("{n} customer lacks a {thing}", "{n} customers lack a {thing}"),
    "absent": (
        "{n} customer who is not active has no {thing}",
        "{n} customers who are not active have no {thing}",
    ),
    "conflict": (
        "{n} customer is mapped to something that can't be right",
        "{n} customers are mapped to something that can't be right",
    ),
    "unusable": ("{n} customer record can't be used", "{n} customer records can't be used"),
    "duplicate": ("{n} customer has several {thing}s", "{n} customers have several {thing}s"),
    "trusted": ("{n} namespace runs in trusted mode", "{n} namespaces run in trusted mode"),
    "live_after_churn": (
        "{n} {thing} without a customer is called all the same",
        "{n} {thing}s without a customer are called all the same",
    ),
    "idle": ("{n} {thing} was not called for long", "{n} {thing}s were not called for long"),
    "empty": ("{n} namespace is empty", "{n} namespaces are empty"),
    "near_limit": ("the account is close to a limit", "the account is close to {n} limits"),
    "layout": (
        "the account has one namespace for each customer",
        "the account has one namespace for each customer",
    ),
}
_DONE: dict[str, Where] = {
    "missing": "create",
    "churned": "delete",
    "orphaned": "delete",
    "misnamed": "rename",
}


@dataclass(frozen=True)
class NextStep:
    """One thing to do.

    Attributes:
        kind: the finding's kind; ``unproven`` where the inventory is.
        severity: how bad it is.
        count: of how many findings it speaks.
        said: what was found, as a sentence without a full stop.
        advice: what to do about it.
        where: what does it: creating, deleting or renaming; ``audit`` where a person must look first.
    """

    kind: str
    severity: Severity
    count: int
    said: str
    advice: str
    where: Where


def next_steps(audit: Audit) -> tuple[NextStep, ...]:
    """What to do next: what is worst first, then what can be done at once; nothing without findings."""
    steps = [*_unproven(audit), *(_step(group, audit) for group in audit.groups())]
    return tuple(sorted(steps, key=lambda step: (SEVERITIES.index(step.severity), step.where == "audit")))


def _unproven(audit: Audit) -> Iterator[NextStep]:
    if not audit.evidence.proven:
        yield NextStep(
            "unproven",
            "critical",
            1,
            "the inventory is not proven complete, so nothing can be deleted or renamed",
            f"read it again; it is in doubt because {audit.evidence.how}",
            "audit",
        )


def _step(group: FindingGroup, audit: Audit) -> NextStep:
    count = len(group.rows)
    one, several = _SAID.get(group.kind, (f"{{n}} {group.kind}: {group.meaning}",) * 2)
    thing = "namespace" if audit.tenancy == "namespace" else "Worker"
    said = (one if count == 1 else several).format(n=f"{count:,}", thing=thing)
    # workers are deployed, not created, and never renamed
    where = _DONE.get(group.kind, "audit")
    if audit.tenancy == "worker" and where != "delete":
        where = "audit"
    return NextStep(group.kind, _severity(group), count, said, _advice(group), where)


def _advice(group: FindingGroup) -> str:
    """What all of them are told; where each is told something of its own, what holds for the kind."""
    own = group.rows["suggestion"].dropna().unique()
    return str(own[0]) if len(own) == 1 else finding_kind(group.kind).suggestion


def _severity(group: FindingGroup) -> Severity:
    return next(each for each in SEVERITIES if each == group.severity)
