"""One customer whole: what the list, the account, analytics, the bill and the journals say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wfp_ops.clock import iso
from wfp_ops.frames.export import to_json, to_rows

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "wfp-ops/customer/1"


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class OneCustomer:
    """One customer of one account. It shows itself.

    Attributes:
        record: the list's record, by column; empty where the list has none of this id.
        state: the audit's state of the customer; None where the list has no record.
        namespaces: what is theirs (``NAMESPACES``, in worker tenancy the namespaces of their Workers), with
            ``namespace_state``.
        workers: their Workers (``WORKERS``).
        findings: the audit's findings about them (``FINDINGS``).
        usage: by namespace, Worker and day (``USAGE``); None where it is not known.
        cost: their row of the month's cost table (``COST``), by column; None where it is not known.
        month: the month that ``cost`` is of.
        history: what happened, the oldest first (``wfp_ops.frames.customer.HISTORY``).
        notes: what is not known, and why.
    """

    account: str
    account_id: str
    customer_id: str
    tenancy: str
    taken_at: datetime
    record: Mapping[str, Any]
    state: str | None
    namespaces: pd.DataFrame
    workers: pd.DataFrame
    findings: pd.DataFrame
    usage: pd.DataFrame | None
    cost: Mapping[str, Any] | None
    month: str | None
    history: pd.DataFrame
    zone: str = "UTC"
    notes: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str | None:
        """The customer's name, where the list has one."""
        name = self.record.get("name")
        return None if name is None else str(name)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document ``wfp-ops/customer/1``."""
        return {
            "schema": SCHEMA,
            "account_id": self.account_id,
            "customer_id": self.customer_id,
            "taken_at": iso(self.taken_at),
            "state": self.state,
            "record": dict(self.record) or None,
            "namespaces": to_rows(self.namespaces),
            "workers": to_rows(self.workers),
            "findings": to_rows(self.findings),
            "usage": None if self.usage is None else to_rows(self.usage),
            "month": self.month,
            "cost": None if self.cost is None else dict(self.cost),
            "history": to_rows(self.history),
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """The document as text."""
        return to_json(self.to_dict())

    def __repr__(self) -> str:
        from wfp_ops.report.one_customer_show import as_text  # noqa: PLC0415 (it reads this class)

        return as_text(self)

    def _repr_html_(self) -> str:
        from wfp_ops.report.one_customer_show import as_html  # noqa: PLC0415 (Jinja2 is heavy)

        return as_html(self)
