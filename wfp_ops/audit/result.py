"""What an audit hands over: frames, counts, evidence; and how it shows itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfp_ops.audit.kinds import at_least, finding_kind
from wfp_ops.clock import iso
from wfp_ops.frames.export import to_csv, to_json, to_rows
from wfp_ops.frames.provenance import Completeness

if TYPE_CHECKING:
    from wfp_ops.memory.changes import Changes

SCHEMA = "wfp-ops/audit/1"


@dataclass(frozen=True)
class FindingGroup:
    """All findings of one kind, with what the kind says: ``rows`` is a part of the findings frame."""

    kind: str
    severity: str
    meaning: str
    rows: pd.DataFrame


@dataclass(frozen=True, repr=False, eq=False)
class Audit:
    """One audit of one account against one customer list.

    Attributes:
        findings: one row per statement about a namespace, Worker or customer, worst first
            (``wfp_ops.frames.columns.FINDINGS``).
        joined: one row per namespace (in worker tenancy: Worker) with each customer who claims it;
            what has no counterpart stands alone (``JOINED``, ``JOINED_WORKERS``), then the
            customer list's further columns.
        accepted: findings that ``[[audit.accepted]]`` takes out of ``findings``, with the reason.
        namespaces, customers, set_aside: what was compared.
        counts: how many of what, as in the JSON document; zero counts are left out.
        evidence: whether the inventory was proven complete, and how.
        notes: what a person should know of the customer list, and of what is kept between audits.
        workers: the Workers of the listed namespaces, in worker tenancy; else None.
        changes: what is different from the audit before this one; None where none is known.
        snapshot: the name under which this audit is kept; None where it is not.
        by_usage: the kinds of findings that rest on usage, as far as it was known; of the others there is
            none, and ``notes`` say why.
    """

    account_id: str
    account_name: str
    convention: str
    tenancy: str
    taken_at: datetime
    evidence: Completeness
    counts: dict[str, Any]
    findings: pd.DataFrame
    accepted: pd.DataFrame
    joined: pd.DataFrame
    namespaces: pd.DataFrame
    customers: pd.DataFrame
    set_aside: pd.DataFrame
    notes: tuple[str, ...] = field(default=())
    workers: pd.DataFrame | None = None
    changes: Changes | None = None
    snapshot: str | None = None
    by_usage: tuple[str, ...] = ()

    @property
    def customers_read(self) -> int:
        """How many records the customer list holds, those set aside included."""
        return len(self.customers) + len(self.set_aside)

    def failing(self, fail_on: str = "warning") -> pd.DataFrame:
        """The findings of this severity (``critical``, ``warning``, ``info``) or worse."""
        bad = [at_least(severity, fail_on) for severity in self.findings["severity"]]
        return self.findings[pd.Series(bad, index=self.findings.index, dtype=bool)]

    def groups(self) -> Iterator[FindingGroup]:
        """The findings by kind, worst first."""
        for kind, rows in self.findings.groupby("kind", sort=False):
            about = finding_kind(str(kind))
            yield FindingGroup(about.name, about.severity or "info", about.meaning, rows)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document ``wfp-ops/audit/1``."""
        return {
            "schema": SCHEMA,
            "account_id": self.account_id,
            "convention": self.convention,
            "tenancy": self.tenancy,
            "taken_at": iso(self.taken_at),
            "evidence": {
                "inventory": self.evidence.verdict,
                "how": self.evidence.how,
                "customers_read": self.customers_read,
                "set_aside": len(self.set_aside),
            },
            "counts": self.counts,
            "findings": to_rows(self.findings),
            "accepted": to_rows(self.accepted),
            "changes": None if self.changes is None else self.changes.summary(),
        }

    def to_json(self) -> str:
        """The JSON document as text."""
        return to_json(self.to_dict())

    def to_markdown(self, *, limit: int = 5) -> str:
        """A Markdown page for a pull request or a chat, with at most ``limit`` findings of each kind."""
        from wfp_ops.audit.markdown import as_markdown  # noqa: PLC0415 (it reads this class)

        return as_markdown(self, limit=limit)

    def write(self, folder: str | os.PathLike[str], *, excel: bool = True) -> dict[str, Path]:
        """Write three tables as CSV and as one workbook, and the document as JSON; returns where.

        The files are safe to open in a spreadsheet: in the CSV files text that it would run is defused,
        in the workbook all text is stored as text.

        Args:
            folder: made if it is not there; files of these names in it are replaced.
            excel: whether there is a workbook; it takes longer than the rest together.

        Raises:
            OSError: the folder can't be made or written.
        """
        from wfp_ops.frames.excel import to_excel  # noqa: PLC0415 (who writes no files needs no openpyxl)

        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        frames = {"findings": self.findings, "joined": self.joined, "customers": self.customers}
        contents = {
            **{f"{name}.csv": to_csv(frame).encode("utf-8") for name, frame in frames.items()},
            **({"audit.xlsx": to_excel(frames)} if excel else {}),
            "audit.json": f"{self.to_json()}\n".encode(),
        }
        for name, content in contents.items():
            (target / name).write_bytes(content)
        return {name: target / name for name in contents}

    def to_html(self) -> str:
        """A page of its own that can be mailed: self-contained HTML, the same text for the same audit.

        To make it a file, ``wfp_ops.write_report(audit, "audit.html")``; several audits fit in one page.
        """
        from wfp_ops.audit.page.render import render_page  # noqa: PLC0415 (it reads this class)

        return render_page([self])

    def __repr__(self) -> str:
        from wfp_ops.audit.show import as_text  # noqa: PLC0415 (show reads this class)

        return as_text(self)

    def _repr_html_(self) -> str:
        from wfp_ops.audit.show import as_html  # noqa: PLC0415 (show reads this class; Jinja2 is heavy)

        return as_html(self)
