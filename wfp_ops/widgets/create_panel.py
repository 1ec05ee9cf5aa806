"""Create what customers lack, many at once: names as the convention makes them, doubts beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from wfp_ops.widgets.change_panel import ChangePanel
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.doubt import doubt_of

if TYPE_CHECKING:
    from wfp_ops.account.candidates import What
    from wfp_ops.audit.result import Audit
    from wfp_ops.change.plan import Plan


class CreatePanel(ChangePanel):
    """The customers who lack a namespace, chosen to begin with; a preview, and one apply for all of them.

        wfp_ops.widgets.CreatePanel(account, "customers.csv")

    Who may have one already under another spelling, whose mapping is in conflict, and whose record can't be
    used stand beside them with the reason, and can't be chosen.
    """

    title: ClassVar[str] = "Create"
    purpose: ClassVar[str] = (
        "Namespaces for the customers who lack one. Nothing is created before you have seen the plan and "
        "typed its words."
    )
    what: ClassVar[What] = "create"
    noun: ClassVar[str] = "customers"
    empty: ClassVar[str] = "Nobody lacks a namespace."

    def columns(self) -> Sequence[Column]:
        """Who, and what it would be called."""
        return (
            Column("customer_id", "customer", kind="name", width=1),
            Column("customer", "name", width=1.8),
            Column("status", facet=True, width=0.9),
            Column("namespace", "namespace to create", kind="name", width=1.9),
            Column("state", kind="state", facet=True, width=1),
        )

    def preselected(self, candidates: pd.DataFrame) -> Sequence[str]:
        """All who can get one; nobody where what they lack may only be out of sight."""
        if self.desk.audit is None or self.doubts(self.desk.audit):
            return ()
        stays = self.blocked(candidates)
        return [key for key in candidates["key"] if key not in stays]

    def doubts(self, audit: Audit) -> Sequence[str]:
        """Why nobody is chosen to begin with."""
        doubt = doubt_of(audit, self.account)
        return [f"Nobody is chosen to begin with: {doubt}."] if doubt else []

    def blocked(self, candidates: pd.DataFrame) -> dict[str, str]:
        """Also where a guard speaks against it: that is mended in the customer list."""
        doubted = candidates[candidates["verdict"] != "pass"]
        words = [text.removeprefix("state: ") for text in doubted["detail"].fillna("a guard refuses")]
        return dict(zip(doubted["key"], words, strict=True)) | super().blocked(candidates)

    def names_of(self, chosen: pd.DataFrame) -> pd.DataFrame:
        """Customers are asked for by their ids."""
        return chosen[["customer_id"]].reset_index(drop=True)

    def plan(
        self,
        audit: Audit,
        names: pd.DataFrame,
        reasons: Mapping[str, str],
        progress: Callable[[int, int], None],
    ) -> Plan:
        """Creations."""
        return self.account.plan_create(audit, names, overrides=reasons, progress=progress)

    def call(self) -> str:
        """As the library calls it."""
        return "account.plan_create"
