"""The frames that compare two audits, and the list of what is kept: declared once, as in ``columns``."""

from __future__ import annotations

from wfp_ops.frames.columns import COUNT, FINDINGS, FLAG, TEXT, TIME, Column, FrameSpec

_CHANGED = (
    Column("what", TEXT, "which fact of it changed; null where it came or went as a whole"),
    Column("before", TEXT, "what that fact was"),
    Column("after", TEXT, "what it is now"),
)

NAMESPACE_CHANGES = FrameSpec(
    "changes.namespaces",
    "one difference of one namespace or, in worker tenancy, of one Worker",
    (
        Column("change", TEXT, "added, removed, renamed or changed", nullable=False),
        Column("namespace", TEXT, "its name, the later one of a renamed namespace", nullable=False),
        Column("worker", TEXT, "the Worker, in worker tenancy; null where it is the namespace itself"),
        Column("namespace_id", TEXT, "Cloudflare's id of the namespace"),
        *_CHANGED,
    ),
)

CUSTOMER_CHANGES = FrameSpec(
    "changes.customers",
    "one difference of one customer of the list",
    (
        Column("change", TEXT, "added, removed or changed", nullable=False),
        Column("customer_id", TEXT, "the customer's id", nullable=False),
        *_CHANGED,
    ),
)

FINDING_CHANGES = FrameSpec(
    "changes.findings",
    "one finding of the earlier audit, of the later one, or of both",
    (
        Column("change", TEXT, "new, resolved or open", nullable=False),
        Column("since", TIME, "when an audit saw it first, without a break since then", nullable=False),
        *FINDINGS.columns,
        Column("accepted", TEXT, "of one that is resolved because it was accepted: the reason"),
    ),
)

SNAPSHOTS = FrameSpec(
    "snapshots",
    "one snapshot of an audit",
    (
        Column("snapshot", TEXT, "its name: number and moment", nullable=False),
        Column("taken_at", TIME, "when the audit was made"),
        Column("inventory", TEXT, "proven or unproven complete"),
        Column("namespaces", COUNT, "namespaces of the account"),
        Column("customers", COUNT, "customers of the list"),
        Column("findings", COUNT, "findings, the accepted ones included"),
        Column("convention", TEXT, "the naming pattern it went by"),
        Column("accepted", FLAG, "whether its customer list is the accepted one", nullable=False),
        Column("problem", TEXT, "why it can't be used; null where it can"),
    ),
)

CHANGE_FRAMES = (NAMESPACE_CHANGES, CUSTOMER_CHANGES, FINDING_CHANGES, SNAPSHOTS)
