"""Give misnamed namespaces the name that the convention gives their customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from wfp_ops.widgets.change_panel import VERDICT, ChangePanel
from wfp_ops.widgets.columns import Column

if TYPE_CHECKING:
    from wfp_ops.account.candidates import What
    from wfp_ops.audit.result import Audit
    from wfp_ops.change.plan import Plan


class RenamePanel(ChangePanel):
    """The misnamed namespaces, and the name that each would get.

        wfp_ops.widgets.RenamePanel(account, "customers.csv")

    A dispatcher that calls a namespace by its old name breaks: guards keep out what is bound or called.
    """

    title: ClassVar[str] = "Rename"
    purpose: ClassVar[str] = (
        "Namespaces that are a customer's under another spelling, and the name that the convention gives "
        "them. Whoever calls them by the old name must know first."
    )
    what: ClassVar[What] = "rename"
    guarded: ClassVar[str] = "renames"
    empty: ClassVar[str] = "No namespace is misnamed."

    def columns(self) -> Sequence[Column]:
        """From which name to which, and whose it is."""
        return (
            Column("namespace", "is called", kind="name", width=1.7),
            Column("new_name", "would be called", kind="name", width=1.7),
            Column("customer_id", "customer", kind="name", width=0.9),
            Column("customer", "name", width=1.5),
            Column("status", facet=True, width=0.9),
            Column("workers", "Workers", kind="number", width=0.9),
            VERDICT,
            Column("detail", "against it", width=2.2),
        )

    def plan(
        self,
        audit: Audit,
        names: pd.DataFrame,
        reasons: Mapping[str, str],
        progress: Callable[[int, int], None],
    ) -> Plan:
        """Renames."""
        return self.account.plan_rename(audit, names, overrides=reasons, progress=progress)

    def call(self) -> str:
        """As the library calls it."""
        return "account.plan_rename"
