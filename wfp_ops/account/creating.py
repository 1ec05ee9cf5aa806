"""A plan of one new namespace, by its name: it rests on no audit and on no customer list."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from wfp_ops.change.forecast import requests_for
from wfp_ops.change.plan import DEFAULT_LIFE, CustomerList, Forecast, InventorySeen, Plan
from wfp_ops.change.steps import Step
from wfp_ops.clock import iso
from wfp_ops.errors import NamespaceNameError
from wfp_ops.naming.convention import Convention, name_problem

if TYPE_CHECKING:
    from wfp_ops.account.account import Account


def plan_namespace_creation(account: Account, name: str) -> Plan:
    """A plan of one creation. Nothing is read for it: whether the name is free is looked at at its apply.

    Raises:
        NamespaceNameError: no namespace can have this name.
    """
    if problem := name_problem(name):
        raise NamespaceNameError(
            f"{name[:80]!r} can't be the name of a namespace: {problem}",
            hint="Cloudflare publishes no rule; letters, digits, '_' and '-' (at most 63) work everywhere",
        )
    now = account.clock.now()
    convention = account.settings.audit.convention
    step = Step(
        action="create_namespace",
        namespace=name,
        customer_id=Convention(convention).parse(name),
        reason="somebody asked for it by name",
        # A confirmation is good once: two who ask for one name within a second made two plans
        evidence={"asked": secrets.token_hex(8)},
    )
    requests = requests_for([step])
    return Plan(
        account=account.name,
        account_id=account.account_id,
        base_url=account.base_url,
        created_at=now,
        expires_at=now + DEFAULT_LIFE,
        convention=convention,
        tenancy=account.settings.audit.tenancy,
        customers=CustomerList(source=None, sha256=None, customers=0, set_aside=0),
        inventory=InventorySeen(
            snapshot=None, verdict="unproven", how="nothing was read", taken_at=iso(now), namespaces=0
        ),
        steps=(step,),
        forecast=Forecast(requests=requests, seconds=round(account.reads.transport.forecast_s(requests))),
    )
