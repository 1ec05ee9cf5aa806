"""What an ``Account`` tells of one customer. Nothing here decides: the rooms below do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from wfp_ops.account.customers import CustomerSource
from wfp_ops.account.part import whole
from wfp_ops.errors import SettingsError

# What makes frames is loaded by the methods that make them: a first connect() needs no pandas
if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit
    from wfp_ops.report.one_customer import OneCustomer


class Telling:
    """The part of ``Account`` that shows one customer whole."""

    def customer(
        self,
        customer_id: str,
        customers: CustomerSource | None = None,
        *,
        query: str | None = None,
        audit: Audit | None = None,
        last: str | timedelta = "30d",
        month: str | None = None,
        usage: bool = True,
        cost: bool = True,
    ) -> OneCustomer:
        """One customer whole: record, namespaces, Workers, findings, usage, cost, and what happened.

        Args:
            customer_id: the id as the list has it; text, so that ``"007"`` stays what it is.
            customers: as for ``customers``.
            query: as for ``customers``.
            audit: an audit of this account that is at hand; by default a new one, which is not kept.
            last: how far back usage is read.
            month: the month whose cost is meant, such as ``"2026-10"``; by default this one, so far.
            usage: whether analytics are asked at all.
            cost: whether the month's cost is reckoned, for which usage of all customers is read.

        Returns:
            A ``OneCustomer``, which shows itself. What can't be known is None, and ``.notes`` say why.

        Raises:
            SettingsError: nobody knows this id (near ones stand in the hint), or a span means nothing.
            CustomerListError, APIError: as for ``audit``.
        """
        from wfp_ops.account.one_customer import Wanted, one_customer  # noqa: PLC0415

        if not isinstance(customer_id, str) or not customer_id.strip():
            raise SettingsError(
                f"{customer_id!r} is no customer id", key="customer_id", hint='ids are text: "42", "007"'
            )
        account = whole(self)
        if audit is None:
            audit = account.audit(customers, query=query, usage=usage, save=False)
        wanted = Wanted(last=last, month=month, usage=usage, cost=usage and cost)
        return one_customer(account, audit, customer_id.strip(), wanted)
