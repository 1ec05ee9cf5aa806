"""What happened with one customer, as a frame."""

from __future__ import annotations

from wfp_ops.frames.columns import TEXT, TIME, Column, FrameSpec

HISTORY = FrameSpec(
    "customer_history",
    "one thing that happened to one customer, or to what is theirs",
    (
        Column("at", TIME, "when it happened, or was seen", nullable=False),
        Column("what", TEXT, "what happened, in words", nullable=False),
        Column("namespace", TEXT, "the namespace, by the name it had then"),
        Column("worker", TEXT, "the Worker, in worker tenancy"),
        Column("source", TEXT, "who says so: the list, Cloudflare, an audit, the ledger or a journal"),
    ),
)
