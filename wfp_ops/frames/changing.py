"""What is saved before a deletion, and how it compares with the account: declared once, as in ``columns``."""

from __future__ import annotations

from wfp_ops.frames.columns import COUNT, TEXT, TIME, Column, FrameSpec

ARCHIVES = FrameSpec(
    "archives",
    "one archive: what was saved of a namespace, or of one Worker, before it was deleted",
    (
        Column("archive", TEXT, "its name: moment, plan and namespace", nullable=False),
        Column("namespace", TEXT, "the namespace that it is of; null where its manifest can't be read"),
        Column("namespace_id", TEXT, "Cloudflare's id of that namespace, which a restored one does not get"),
        Column("taken_at", TIME, "when it was made"),
        Column("workers", COUNT, "Workers in it"),
        Column("bytes", COUNT, "bytes of their modules, those of several Workers once"),
        Column("plan", TEXT, "digest of the plan that it was made for"),
        Column("problem", TEXT, "why it can't be used; null where it can"),
    ),
)

COMPARISON = FrameSpec(
    "comparison",
    "one Worker of an archive, or the namespace itself, against what is in the account now",
    (
        Column("worker", TEXT, "the Worker; null where it is the namespace itself"),
        Column(
            "verdict",
            TEXT,
            "equal (all that can come back by itself), different, or missing",
            nullable=False,
        ),
        Column("equal", TEXT, "what is equal"),
        Column("different", TEXT, "what is not"),
        Column("missing", TEXT, "what did not come back by itself and is not there, such as secrets"),
        Column("to_do", TEXT, "what a person must do; null where there is nothing to do"),
    ),
)

CHANGING_FRAMES = (ARCHIVES, COMPARISON)
