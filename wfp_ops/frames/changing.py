"""What may be changed, what is saved before a deletion, and how that compares with the account."""

from __future__ import annotations

from wfp_ops.frames.columns import COUNT, LIST, MAYBE_FLAG, TEXT, TIME, Column, FrameSpec

CANDIDATES = FrameSpec(
    "candidates",
    "one thing that may be created, deleted or renamed, with what a person decides by",
    (
        Column("key", TEXT, "what tells it apart from the others, whatever it is called", nullable=False),
        Column("namespace", TEXT, "the namespace; of one to be created, the name that it would have"),
        Column("worker", TEXT, "the Worker, in worker tenancy"),
        Column("namespace_id", TEXT, "Cloudflare's id of the namespace; null where there is none yet"),
        Column("new_name", TEXT, "the name that a rename gives it"),
        Column("state", TEXT, "the audit's state of it; of one to be created, of its customer"),
        Column("customer_id", TEXT, "whose it is"),
        Column("customer", TEXT, "the customer's name"),
        Column("status", TEXT, "the customer's status"),
        Column("churned_on", TIME, "when the customer left"),
        Column("created_on", TIME, "when it was created"),
        Column("age_days", COUNT, "whole days since then"),
        Column("workers", COUNT, "Workers inside"),
        Column("trusted", MAYBE_FLAG, "trusted mode"),
        Column("requests", COUNT, "requests that the analytics know of; null where nobody asked them"),
        Column("last_request", TIME, "start of the last span of time with a request"),
        Column("verdict", TEXT, "the worst that a guard says: refuse, unknown, overridden or pass"),
        Column("guards", LIST, "the guards that do not let it pass as it is, a list of text"),
        Column("detail", TEXT, "what these say; null where none says anything"),
        Column("impossible", TEXT, "why no reason can bring it into a plan; null where one can"),
    ),
)

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
        Column("journal", TEXT, "the journal that has it as it is; null where none vouches for it"),
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

CHANGING_FRAMES = (CANDIDATES, ARCHIVES, COMPARISON)
