"""Clean up after churn: what nobody has any more, with everything that a person needs to decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from wfp_ops.errors import WfpOpsError
from wfp_ops.widgets.change_panel import VERDICT, ChangePanel
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.desk import Desk
from wfp_ops.widgets.job import Job, Ticket
from wfp_ops.widgets.look import visible_if
from wfp_ops.widgets.markup import box, put

if TYPE_CHECKING:
    import ipywidgets

    from wfp_ops.account.account import Account
    from wfp_ops.account.candidates import What
    from wfp_ops.account.customers import CustomerSource
    from wfp_ops.audit.result import Audit
    from wfp_ops.change.plan import Plan


class DeletePanel(ChangePanel):
    """The candidates for deletion; nothing is chosen to begin with.

        wfp_ops.widgets.DeletePanel(account, "customers.csv")

    Attributes:
        measuring: the look-up of the last requests, which goes on beside everything else.
    """

    title: ClassVar[str] = "Clean up"
    purpose: ClassVar[str] = (
        "What customers who left, or nobody at all, have left behind. Deleting a namespace deletes every "
        "Worker in it; what can be archived is archived first."
    )
    what: ClassVar[What] = "delete"
    guarded: ClassVar[str] = "deletions"
    empty: ClassVar[str] = "Nothing to clean up: no namespace is churned or orphaned."

    def __init__(
        self, account: Account, customers: CustomerSource | None = None, *, desk: Desk | None = None
    ) -> None:
        self.measuring = Job(
            (account if desk is None else desk.account).clock,
            failed=self._not_measured,
            cancelled=lambda: self._not_known("nobody waited for the analytics"),
        )
        self._usage: pd.DataFrame | None = None
        self._usage_of: Audit | None = None
        self._requests = box(classes=["wfp-muted"])
        self._by_worker = (account if desk is None else desk.account).settings.audit.tenancy == "worker"
        super().__init__(account, customers, desk=desk)

    def columns(self) -> Sequence[Column]:
        """What it is, whose it was, what is inside, when it was called last, what guards say."""
        worker = [Column("worker", "Worker", kind="name", width=1.4)] if self._by_worker else []
        inside = (
            []
            if self._by_worker
            else [
                Column("workers", "Workers", kind="number", width=0.85),
                Column("trusted", facet=True, width=0.82),
            ]
        )
        return (
            Column("namespace", kind="name", width=1.2),
            *worker,
            Column("state", kind="state", facet=True, width=1.25),
            Column("customer", width=1.25),
            Column("status", facet=True, width=0.9),
            Column("churned_on", "left on", kind="date", width=1.15),
            Column("last", "last request", width=1.25),
            Column("age_days", "days old", kind="number", width=0.85),
            *inside,
            VERDICT,
            Column("detail", "against it", width=1.6),
        )

    def shown(self, candidates: pd.DataFrame) -> pd.DataFrame:
        """With the last request in words, and the customer's id where there is no name."""
        customer = candidates["customer"].fillna(candidates["customer_id"])
        last = candidates["last_request"].dt.strftime("%Y-%m-%d").astype(object)
        none = candidates["requests"].eq(0).fillna(value=False)
        last = last.where(candidates["last_request"].notna(), "unknown").mask(none, "none in 30 d")
        return super().shown(candidates).assign(customer=customer, last=last)

    def further(self) -> Sequence[ipywidgets.Widget]:
        """How far the look-up of the last requests is."""
        return (self.measuring.view, self._requests)

    def find(self, audit: Audit) -> pd.DataFrame:
        """With the last requests, once they are known of this audit."""
        usage = self._usage if self._usage_of is audit else None
        return self.account.candidates(audit, "delete", overrides=self.reasons, usage=usage)

    def _audit_changed(self) -> None:
        """First what is known is shown; then the analytics are asked, which takes longer."""
        super()._audit_changed()
        audit = self.desk.audit
        if audit is not None and self._usage_of is not audit:
            self._usage, self._usage_of = None, audit
            self._measure(audit)

    def plan(
        self,
        audit: Audit,
        names: pd.DataFrame,
        reasons: Mapping[str, str],
        progress: Callable[[int, int], None],
    ) -> Plan:
        """Deletions."""
        return self.account.plan_delete(audit, names, overrides=reasons, progress=progress)

    def call(self) -> str:
        """As the library calls it."""
        return "account.plan_delete"

    # --- the last requests --------------------------------------------------------------------

    def _measure(self, audit: Audit) -> None:
        """Ask the analytics, beside everything else; the guards ask them again, one by one."""
        visible_if(self._requests, condition=False)
        if self.measuring.running:
            self.measuring.cancel()
        self.measuring.start(
            "looking up the last requests", self._measured, lambda usage: self._known(audit, usage)
        )

    def _measured(self, ticket: Ticket) -> pd.DataFrame:
        by = ("namespace", "worker") if self._by_worker else ("namespace",)
        return self.account.usage("30d", "1d", by, customers=self.desk.customers, progress=ticket.advance)

    def _known(self, audit: Audit, usage: pd.DataFrame) -> None:
        if self._usage_of is audit:
            self._usage = usage
            self.safely(self.renew)

    def _not_measured(self, error: BaseException) -> None:
        if not isinstance(error, WfpOpsError):
            self.fail(error)
        self._not_known(error.message if isinstance(error, WfpOpsError) else "see above")

    def _not_known(self, why: str) -> None:
        put(self._requests, f"When they were called last is not known: {why}")
        visible_if(self._requests, condition=True)
