"""``Changes``: what is different between two audits, in frames and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from wfp_ops.clock import iso
from wfp_ops.frames.export import to_rows

SCHEMA = "wfp-ops/changes/1"
FINDING_WORDS = {"new": "new", "resolved": "resolved", "open": "still open"}


@dataclass(frozen=True, repr=False, eq=False)
class Changes:
    """What is different between two audits of one account.

    Attributes:
        since, until: when the earlier and the later audit were made.
        before, after: the names of their snapshots; None for an audit that is not saved.
        namespaces: what was added, removed, renamed or changed
            (``wfp_ops.frames.changes.NAMESPACE_CHANGES``); in worker tenancy Workers too.
        customers: the same of the customer list (``CUSTOMER_CHANGES``).
        findings: every finding of either audit, ``new``, ``resolved`` or (still) ``open``, and since
            when (``FINDING_CHANGES``).
        notes: what else differs between the two, and what could not be used.
    """

    since: datetime
    until: datetime
    before: str | None
    after: str | None
    namespaces: pd.DataFrame
    customers: pd.DataFrame
    findings: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing changed; findings may still be open."""
        return (
            self.namespaces.empty and self.customers.empty and bool((self.findings["change"] == "open").all())
        )

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many things, by frame and kind of change, not how many facts; zero counts are left out."""
        return {
            "namespaces": _count(
                self.namespaces, ["namespace", "worker"], ["added", "removed", "renamed", "changed"]
            ),
            "customers": _count(self.customers, ["customer_id"], ["added", "removed", "changed"]),
            "findings": _count(self.findings.reset_index(), ["index"], list(FINDING_WORDS)),
        }

    @property
    def oldest_open(self) -> datetime | None:
        """Since when the longest-standing open finding has been open; None where none is."""
        since = self.findings.loc[self.findings["change"] == "open", "since"]
        return None if since.empty else since.min().to_pydatetime()

    def headline(self) -> str:
        """The findings in words: ``2 new, 1 resolved, 5 still open (oldest since 2026-11-02)``."""
        counts = self.counts["findings"]
        said = ", ".join(f"{counts.get(name, 0):,} {words}" for name, words in FINDING_WORDS.items())
        oldest = self.oldest_open
        return said if oldest is None else f"{said} (oldest since {oldest:%Y-%m-%d})"

    def table(self) -> pd.DataFrame:
        """All three frames one below the other, with a first column ``about``; for one CSV file."""
        parts = {"namespace": self.namespaces, "customer": self.customers, "finding": self.findings}
        filled = [frame.assign(about=about) for about, frame in parts.items()]
        names = list(dict.fromkeys(["about", *(name for frame in filled for name in frame.columns)]))
        rows = [frame.reindex(columns=names).astype(object) for frame in filled if len(frame)]
        return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=names)

    def summary(self) -> dict[str, Any]:
        """The counts as JSON: what an audit's own document says of the audit before it."""
        oldest = self.oldest_open
        return {
            "since": iso(self.since),
            "snapshot": self.before,
            "counts": self.counts,
            "oldest_open": None if oldest is None else iso(oldest),
        }

    def to_dict(self) -> dict[str, Any]:
        """The JSON document ``wfp-ops/changes/1``: the summary and every row."""
        return {
            "schema": SCHEMA,
            "since": iso(self.since),
            "until": iso(self.until),
            "before": self.before,
            "after": self.after,
            "counts": self.counts,
            "oldest_open": self.summary()["oldest_open"],
            "namespaces": to_rows(self.namespaces),
            "customers": to_rows(self.customers),
            "findings": to_rows(self.findings),
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        from wfp_ops.memory.show import as_text  # noqa: PLC0415 (show reads this class)

        return as_text(self)

    def _repr_html_(self) -> str:
        from wfp_ops.memory.show import as_html  # noqa: PLC0415 (show reads this class)

        return as_html(self)


def _count(frame: pd.DataFrame, about: list[str], order: list[str]) -> dict[str, int]:
    found = frame.drop_duplicates(["change", *about])["change"].value_counts()
    return {name: int(found[name]) for name in order if name in found}
