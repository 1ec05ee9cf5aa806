"""What one snapshot holds: frames without names or money, and the facts of the audit they are from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from wfp_ops.frames.columns import (
    CUSTOMERS,
    FINDINGS,
    JOINED,
    NAMESPACES,
    TEXT,
    TIME,
    WORKERS,
    Column,
    FrameSpec,
)

_SEEN = Column("since", TIME, "when an audit saw it first, without a break since then", nullable=False)

CUSTOMERS_KEPT = FrameSpec(
    "customers (kept)",
    "one customer of the list: no name, no plan, no revenue",
    tuple(c for c in CUSTOMERS.columns if c.name in ("customer_id", "status", "namespace")),
)

STATES_KEPT = FrameSpec(
    "states (kept)",
    "one row of the joined table, its states alone",
    JOINED.columns[:5],
)

FINDINGS_KEPT = FrameSpec(
    "findings (kept)",
    "one finding, accepted or not",
    (*FINDINGS.columns, _SEEN, Column("accepted", TEXT, "the reason for which it was accepted; else null")),
)

SUSPECTS_KEPT = FrameSpec(
    "suspects (kept)",
    "one suspect that nobody has decided on",
    (
        Column("namespace", TEXT, "its namespace, by the name it had", nullable=False),
        Column("namespace_id", TEXT, "the same by Cloudflare's id, which survives a rename"),
        Column("worker", TEXT, "the Worker, in worker tenancy"),
        _SEEN,
    ),
)

# The files of a snapshot, in the order in which they are written. Workers are there in worker tenancy only.
SPECS: Mapping[str, FrameSpec] = {
    "namespaces": NAMESPACES,
    "workers": WORKERS,
    "customers": CUSTOMERS_KEPT,
    "states": STATES_KEPT,
    "findings": FINDINGS_KEPT,
    "suspects": SUSPECTS_KEPT,
}


@dataclass(frozen=True)
class Facts:
    """What, when, how complete.

    ``inventory`` is "proven" or "unproven", ``how`` says how or why; ``customers_read`` counts the
    records of the list, ``set_aside`` those of them that can't be used. ``by_usage`` are the kinds of
    findings that rest on usage, as far as it was known: of the others nobody can say that there was none.
    """

    account_id: str
    taken_at: datetime
    convention: str
    tenancy: str
    inventory: str
    how: str
    customers_source: str | None
    customers_sha256: str | None
    customers_read: int
    set_aside: int
    by_usage: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Kept:
    """One audit as it is kept. ``name`` is the snapshot's, None before it is saved."""

    facts: Facts
    namespaces: pd.DataFrame
    customers: pd.DataFrame
    states: pd.DataFrame
    findings: pd.DataFrame
    suspects: pd.DataFrame
    workers: pd.DataFrame | None = None
    name: str | None = None

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The frames that are written, by file name."""
        every = {name: getattr(self, name) for name in SPECS}
        return {name: frame for name, frame in every.items() if frame is not None}

    @property
    def proven(self) -> bool:
        """Whether the inventory was proven complete."""
        return self.facts.inventory == "proven"
