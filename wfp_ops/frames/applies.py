"""What became of plans, as frames: the steps of one apply, and the applies of an account."""

from __future__ import annotations

from wfp_ops.frames.columns import COUNT, FLAG, TEXT, TIME, Column, FrameSpec

APPLIED = FrameSpec(
    "applied",
    "one step of a plan that was applied",
    (
        Column("action", TEXT, "what was to be done, such as delete_namespace", nullable=False),
        Column("namespace", TEXT, "the namespace", nullable=False),
        Column("worker", TEXT, "the Worker, where it is about one"),
        Column("customer_id", TEXT, "the customer whom it is about"),
        Column("result", TEXT, "done, dropped, failed, left or unknown", nullable=False),
        Column("guard", TEXT, "of one that dropped out: the guard that said no"),
        Column("detail", TEXT, "what was seen or answered"),
        Column("archive", TEXT, "the archive that was made before a deletion"),
        Column("verified", FLAG, "whether a read showed the change afterwards", nullable=False),
    ),
)

JOURNALS = FrameSpec(
    "journals",
    "one apply of a plan",
    (
        Column("journal", TEXT, "the journal's file", nullable=False),
        Column("at", TIME, "when it began", nullable=False),
        Column("digest", TEXT, "the plan's digest", nullable=False),
        Column("confirmation", TEXT, "the words that the plan asked for"),
        Column(
            "state", TEXT, "complete, unfinished (it can be resumed), tampered or missing", nullable=False
        ),
        Column("done", COUNT, "changes that were made"),
        Column("dropped", COUNT, "steps that fell out before their change"),
        Column("failed", COUNT, "steps that Cloudflare refused"),
        Column("left", COUNT, "steps that a resume would go on with"),
        Column("problem", TEXT, "what is wrong with the journal; null where nothing is"),
    ),
)

RUNNING = FrameSpec(
    "running",
    "one apply that goes on now, or that can be gone on with",
    (
        Column("journal", TEXT, "the journal's file", nullable=False),
        Column("at", TIME, "when it began", nullable=False),
        Column(
            "state",
            TEXT,
            "running, paused, interrupted (nobody goes on, something is left), tampered or missing",
            nullable=False,
        ),
        Column("confirmation", TEXT, "the words that the plan asked for"),
        Column("total", COUNT, "steps of the plan"),
        Column("done", COUNT, "changes that were made"),
        Column("dropped", COUNT, "steps that fell out before their change"),
        Column("failed", COUNT, "steps that Cloudflare refused"),
        Column("left", COUNT, "steps that are not over"),
        Column("stopped", TEXT, "why it ended before its end, or what is wrong with the journal"),
    ),
)

APPLY_FRAMES = (APPLIED, JOURNALS, RUNNING)
