"""The audits of several accounts as one thing: one document, one table, and what failed beside them."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfp_ops.audit.kinds import SEVERITIES
from wfp_ops.audit.result import Audit
from wfp_ops.clock import iso
from wfp_ops.errors import visible
from wfp_ops.frames.columns import AUDITS, FINDINGS
from wfp_ops.frames.export import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = "wfp-ops/audits/1"


@dataclass(frozen=True)
class FailedAudit:
    """An account that could not be audited: its name, what went wrong, and what to do about it."""

    account: str
    error: str
    what_to_do: str | None = None


@dataclass(frozen=True, repr=False, eq=False)
class Audits:
    """The audits of several accounts.

    Attributes:
        audits: one for each account that could be audited, in the settings' order.
        failed: the accounts that could not, and why; the others stand all the same.
    """

    audits: tuple[Audit, ...]
    failed: tuple[FailedAudit, ...] = ()

    @property
    def summary(self) -> pd.DataFrame:
        """One row for each account (``wfp_ops.frames.columns.AUDITS``), those that failed last."""
        severities = [audit.findings["severity"].value_counts() for audit in self.audits]
        none = [None] * len(self.failed)
        data: dict[str, Any] = {
            "account": [*(a.account_name for a in self.audits), *(f.account for f in self.failed)],
            "account_id": [*(a.account_id for a in self.audits), *none],
            "namespaces": [*(a.counts["namespaces"] for a in self.audits), *none],
            "customers": [*(a.counts["customers"] for a in self.audits), *none],
            "proven": [*(a.evidence.proven for a in self.audits), *none],
            "taken_at": [*(iso(a.taken_at) for a in self.audits), *none],
            "error": [*([None] * len(self.audits)), *(f.error for f in self.failed)],
        }
        for severity in SEVERITIES:
            data[severity] = [*(int(counts.get(severity, 0)) for counts in severities), *none]
        return AUDITS.build(data, length=len(self.audits) + len(self.failed))

    @property
    def findings(self) -> pd.DataFrame:
        """The findings of all of them (``FINDINGS``), with the account's name in front."""
        return self.failing(SEVERITIES[-1])

    def failing(self, fail_on: str = "warning") -> pd.DataFrame:
        """The findings of this severity (``critical``, ``warning``, ``info``) or worse, of all accounts."""
        frames = [_of(audit.account_name, audit.failing(fail_on)) for audit in self.audits]
        return pd.concat(frames or [_of("", FINDINGS.build({}, length=0))], ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document ``wfp-ops/audits/1``: each audit as its own document, with the account's name."""
        return {
            "schema": SCHEMA,
            "audits": [{"account": audit.account_name, **audit.to_dict()} for audit in self.audits],
            "failed": [
                {"account": each.account, "error": each.error, "what_to_do": each.what_to_do}
                for each in self.failed
            ],
        }

    def to_json(self) -> str:
        """The JSON document as text."""
        return to_json(self.to_dict())

    def to_markdown(self, *, limit: int = 5) -> str:
        """All of them as one Markdown page: a table of the accounts, then a section for each."""
        from wfp_ops.audit import markdown  # noqa: PLC0415 (markdown reads an Audit)

        most = markdown.MOST_CHARACTERS // max(1, len(self.audits))
        lines = ["## Audit of all accounts", "", *markdown.table(_HEADINGS, self._rows(markdown))]
        for audit in self.audits:
            lines += ["", f"## {markdown.name(audit.account_name)}", ""]
            lines += markdown.section(audit, limit=limit, most=most)
        return "\n".join([*lines, ""])

    def to_html(self) -> str:
        """All of them as one self-contained HTML page, as ``Audit.to_html`` is for one."""
        from wfp_ops.audit.page.render import render_page  # noqa: PLC0415 (it reads this class)

        return render_page(self.audits, failed=self.failed)

    def _rows(self, markdown: Any) -> Iterable[tuple[str, ...]]:
        for audit in self.audits:
            counts = audit.findings["severity"].value_counts()
            numbers = [f"{int(counts.get(severity, 0)):,}" for severity in SEVERITIES]
            proven = "proven" if audit.evidence.proven else "**NOT proven**"
            yield (
                markdown.name(audit.account_name),
                f"{audit.counts['namespaces']:,}",
                f"{audit.counts['customers']:,}",
                *numbers,
                proven,
            )
        for failed in self.failed:
            reason = f"**failed**: {markdown.text(failed.error)}"
            yield (markdown.name(failed.account), "", "", "", "", "", reason)

    def __len__(self) -> int:
        return len(self.audits)

    def __repr__(self) -> str:
        failed = [f"{visible(each.account)}: FAILED: {visible(each.error)}" for each in self.failed]
        return "\n\n".join([*map(repr, self.audits), *failed])

    def _repr_html_(self) -> str:
        failed = "".join(
            f"<p><strong>{html.escape(visible(each.account))}: failed</strong>: "
            f"{html.escape(visible(each.error))}</p>"
            for each in self.failed
        )
        # pandas' own table, which has every cell escaped
        shown = self.summary.drop(columns=["error", "account_id"]).to_html(index=False, na_rep="")
        return "".join([shown, failed, *(audit._repr_html_() for audit in self.audits)])


_HEADINGS = ("account", "namespaces", "customers", "critical", "warnings", "info", "inventory")


def _of(account: str, findings: pd.DataFrame) -> pd.DataFrame:
    named = findings.reset_index(drop=True)
    named.insert(0, "account", pd.Series([account] * len(named), dtype="str"))
    return named
