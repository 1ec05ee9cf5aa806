"""Plans made by hand, for what reads, shows or checks plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from wfp_ops.change.overrides import overrides_of
from wfp_ops.change.plan import CustomerList, InventorySeen, Plan
from wfp_ops.change.steps import Excluded, GuardRow, Step

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
BASE_URL = "http://127.0.0.1:8787/client/v4"


def deletion(name: str = "customer-9", **more: Any) -> Step:
    """A step that deletes a namespace with one Worker inside."""
    facts: dict[str, Any] = {
        "action": "delete_namespace",
        "namespace": name,
        "customer_id": name.removeprefix("customer-"),
        "reason": f"customer {name.removeprefix('customer-')!r} left on 2026-08-01",
        "evidence": {
            "state": "churned",
            "customer_id": name.removeprefix("customer-"),
            "workers": [{"worker": "site", "tag": "t", "etag": "e", "created_on": "c", "modified_on": "m"}],
            "cannot_return": ["Worker 'site': the value of the secret 'KEY' can't be read"],
        },
        "preconditions": {
            "namespace_id": f"id of {name}",
            "modified_on": "2026-08-01T00:00:00Z",
            "workers": 1,
            "workers_digest": "0" * 64,
        },
    }
    return Step(**{**facts, **more})


def creation(name: str = "customer-5") -> Step:
    """A step that creates a namespace."""
    customer = name.removeprefix("customer-")
    return Step(
        action="create_namespace",
        namespace=name,
        customer_id=customer,
        reason=f"customer {customer!r} is active and has no namespace",
        evidence={"state": "missing", "customer_id": customer},
        preconditions={"absent": True},
    )


def plan_of(*steps: Step, **changes: Any) -> Plan:
    """A plan of these steps, good for a day, made at ``NOW``."""
    rows = [
        GuardRow(guard="count", verdict="pass", detail="1 deletions here and 0 in the last 24 hours"),
        *(
            GuardRow(guard="state", verdict="pass", detail="its state is churned", namespace=step.namespace)
            for step in steps
        ),
    ]
    plan = Plan(
        account="acme-prod",
        account_id=ACCOUNT,
        base_url=BASE_URL,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=24),
        convention="customer-{id}",
        tenancy="namespace",
        customers=CustomerList(source="customers.csv", sha256="1" * 64, customers=405, set_aside=3),
        inventory=InventorySeen(
            snapshot="0001-20261123T120000Z",
            verdict="proven",
            how="412 rows is no page's length",
            taken_at="2026-11-23T12:00:00Z",
            namespaces=412,
        ),
        steps=steps,
        guards=tuple(rows),
    )
    return replace(plan, **changes)


def left_out(
    name: str = "customer-8", guard: str = "grace", reason: str = "its grace ends later"
) -> Excluded:
    """Something that a guard kept out."""
    return Excluded(step=deletion(name), guard=guard, reason=reason, guards=(guard,))


def overriding(**reasons: str) -> Any:
    """Overrides by guard."""
    return overrides_of(reasons)
