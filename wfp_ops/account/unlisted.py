"""A plan that no customer list has a say in: it may add, and never take away or change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from wfp_ops.change.forecast import requests_for
from wfp_ops.change.plan import CustomerList, Forecast, InventorySeen, Plan
from wfp_ops.change.steps import Step
from wfp_ops.clock import iso

if TYPE_CHECKING:
    from wfp_ops.account.account import Account


def unlisted_plan(
    account: Account,
    steps: Sequence[Step],
    *,
    life: timedelta,
    seen: tuple[str, str, int],
) -> Plan:
    """The plan of these steps, made now.

    Args:
        account: whose it is.
        steps: what is to be added.
        life: how long it is good for.
        seen: what it knows of the inventory: the verdict, how that is known, how many namespaces there are.
    """
    now = account.clock.now()
    verdict, how, namespaces = seen
    requests = requests_for(steps)
    return Plan(
        account=account.name,
        account_id=account.account_id,
        base_url=account.base_url,
        created_at=now,
        expires_at=now + life,
        convention=account.settings.audit.convention,
        tenancy=account.settings.audit.tenancy,
        customers=CustomerList(source=None, sha256=None, customers=0, set_aside=0),
        inventory=InventorySeen(
            snapshot=None, verdict=verdict, how=how, taken_at=iso(now), namespaces=namespaces
        ),
        steps=tuple(steps),
        forecast=Forecast(requests=requests, seconds=round(account.reads.transport.forecast_s(requests))),
    )
