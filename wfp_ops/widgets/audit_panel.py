"""The audit as a panel: whose each namespace is, which customers lack one, and what is wrong with either."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from wfp_ops.audit.show import headline
from wfp_ops.clock import iso
from wfp_ops.errors import RefusedError
from wfp_ops.frames.export import to_csv
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.desk import Desk
from wfp_ops.widgets.download import File
from wfp_ops.widgets.job import Ticket
from wfp_ops.widgets.look import row, stack, visible_if
from wfp_ops.widgets.markup import box, element, joined, put
from wfp_ops.widgets.panel import Panel
from wfp_ops.widgets.states import audit_facts, state_bars
from wfp_ops.widgets.table import Table

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.account.customers import CustomerSource
    from wfp_ops.audit.result import Audit

_COLUMNS = (
    Column("severity", kind="severity", facet=True),
    Column("kind", kind="state", facet=True),
    Column("namespace", kind="name"),
    Column("customer_id", "customer", kind="name"),
    Column("detail", "what was seen"),
    Column("suggestion", "what to do"),
)
_WORKER = Column("worker", "Worker", kind="name")


class AuditPanel(Panel):
    """Run the audit, look at what it found, and take it along as a table or a report.

        wfp_ops.widgets.AuditPanel(account, "customers.csv")

    Attributes:
        audit: the audit that is shown, or None.
        findings: the table of findings.
    """

    title: ClassVar[str] = "Audit"
    purpose: ClassVar[str] = (
        "Whose each namespace is, which customers lack one, and what is wrong. It reads, and changes nothing."
    )

    def __init__(
        self, account: Account, customers: CustomerSource | None = None, *, desk: Desk | None = None
    ) -> None:
        super().__init__(account, customers, desk=desk)
        self.run = self.button("Run the audit", self.run_audit, look="primary")
        self.csv = self.download("Findings as CSV", self._csv)
        self.report = self.download("Report to mail (HTML)", self._report)
        self._facts, self._headline = box(), box()
        by_worker = account.settings.audit.tenancy == "worker"
        columns = [*_COLUMNS[:3], _WORKER, *_COLUMNS[3:]] if by_worker else list(_COLUMNS)
        self.findings = Table(
            "Findings",
            columns,
            selectable=False,
            noun="findings",
            empty="No findings: every namespace has its customer, and every customer a namespace.",
        )
        self._result = stack(self._facts, self._headline, self.findings)
        self._exports = row(self.csv, self.report)
        self.compose(row(self.run, self._exports), self._result)
        self.watch(self._show)
        self._show()

    @property
    def audit(self) -> Audit | None:
        """The audit that is shown."""
        return self.desk.audit

    def run_audit(self) -> None:
        """Read account and customer list, and show what is found."""
        self.work("reading the account and the customer list", self._read, self.desk.put)

    def code(self) -> str:
        """The audit, and its report as a file."""
        return (
            f"audit = account.audit({self.desk.customers_code})  # .findings and .joined are DataFrames\n"
            'wfp_ops.write_report(audit, "audit.html")'
        )

    def _read(self, ticket: Ticket) -> Audit:
        return self.account.audit(self.desk.customers, progress=ticket.advance)

    def _show(self) -> None:
        audit = self.audit
        visible_if(self._result, audit)
        visible_if(self._exports, audit)
        self.run.description = "Run the audit" if audit is None else "Run it again"
        (self.run.add_class if audit is None else self.run.remove_class)("wfp-primary")
        if audit is None:
            if self.desk.outdated:
                self.say(
                    self.desk.outdated, tone="warned", hint="Run the audit again to see what is true now."
                )
            return
        put(self._facts, joined([state_bars(audit), audit_facts(audit)], between=""))
        put(self._headline, element("strong", headline(audit)))
        self.findings.show(audit.findings)

    def _csv(self) -> File:
        """The findings that the filter shows."""
        audit = self._needed()
        rows = [int(place) for place in self.findings.shown]
        text = to_csv(audit.findings.iloc[rows])
        return File(f"findings-{_day(audit)}.csv", text.encode("utf-8"), "text/csv")

    def _report(self) -> File:
        audit = self._needed()
        return File(f"audit-{_day(audit)}.html", audit.to_html().encode("utf-8"), "text/html")

    def _needed(self) -> Audit:
        if self.audit is None:
            raise RefusedError(
                "there is no audit yet", reasons=["nothing was read"], hint="run the audit first"
            )
        return self.audit


def _day(audit: Audit) -> str:
    return iso(audit.taken_at)[:10]
