"""What several panels share: the account, the customer list, and the audit that was read last."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfp_ops.customers.database_url import shown
from wfp_ops.customers.set_aside import record_of
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.account.customers import CustomerSource
    from wfp_ops.audit.result import Audit


# The variable, as an argument
_SPEAKS_OF_IT = re.compile(r"[(=]customers[,)]")
_USUAL: dict[str, Any] = {
    "columns": {},
    "status": {},
    "duplicates": "refuse",
    "id_case": "exact",
    "sheet": None,
}


class Desk:
    """One account with its customer list, as the panels on one page see it.

    Attributes:
        account: the account.
        customers: the customer list as it was given, or None for the settings' own.
        audit: what was read last; None before, and after something was changed.
        outdated: why the last audit was taken away, in words; else "".
    """

    def __init__(self, account: Account, customers: CustomerSource | None = None) -> None:
        self.account = account
        self.customers = customers
        self.audit: Audit | None = None
        self.outdated = ""
        self._watching: list[Callable[[], None]] = []

    def watch(self, told: Callable[[], None]) -> None:
        """Call this whenever ``audit`` becomes another one, or none."""
        self._watching.append(told)

    def put(self, audit: Audit) -> None:
        """An audit was read."""
        self.audit, self.outdated = audit, ""
        self._tell()

    def forget(self, why: str) -> None:
        """The account is not what the last audit saw: an apply changed it, or a person elsewhere."""
        self.audit, self.outdated = None, why
        self._tell()

    @property
    def customers_code(self) -> str:
        """How a person writes the customer list in code; without a database's user and password."""
        if self.customers is None:
            return ""
        if isinstance(self.customers, pd.DataFrame):
            return "customers"
        return repr(shown(os.fspath(self.customers)))

    def explained(self, code: str) -> str:
        """Code with a line before it that says where ``customers`` comes from, where it speaks of it."""
        if not isinstance(self.customers, pd.DataFrame) or not _SPEAKS_OF_IT.search(code):
            return code
        return f"{_origin(self.customers)}\n{code}"

    def _tell(self) -> None:
        for told in tuple(self._watching):
            told()


def _origin(customers: pd.DataFrame) -> str:
    """How a frame is read once more; of one that can't be, what it is."""
    record = record_of(customers)
    if record is None:
        return f"# customers is the DataFrame of {len(customers):,} rows that this panel was given"
    if record["path"] is None or len(customers) != record["records_read"] - len(record["set_aside"]):
        return (
            f"# customers is the DataFrame that this panel was given, read from {visible(record['source'])}"
        )
    reading = record["reading"].items()
    options = [f", {name}={value!r}" for name, value in reading if value != _USUAL.get(name)]
    return f"customers = wfp_ops.read_customers({record['path']!r}{''.join(options)})"
