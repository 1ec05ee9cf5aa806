"""Small frames for audits: inventories and customer lists made from plain Python values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from wfp_ops.audit.build import build_audit
from wfp_ops.audit.result import Audit
from wfp_ops.audit.rules import Rules
from wfp_ops.customers.read import read_customers
from wfp_ops.frames.columns import NAMESPACES, WORKERS
from wfp_ops.frames.provenance import Completeness, mark_complete

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROVEN = Completeness("proven", "made for a test")


def inventory(
    names: Sequence[str],
    rules: Rules | None = None,
    *,
    workers: Mapping[str, int | None] | None = None,
    trusted: Iterable[str] = (),
    proof: Completeness = PROVEN,
) -> pd.DataFrame:
    """A namespaces frame of these names: one Worker in each unless said otherwise, none of them trusted."""
    rules = rules or Rules()
    ids = [rules.convention.parse(name) for name in names]
    frame = NAMESPACES.build(
        {
            "namespace": list(names),
            "namespace_id": [f"id-{number}" for number in range(len(names))],
            "customer_id": ids,
            "conforms": [customer_id is not None for customer_id in ids],
            "workers": [(workers or {}).get(name, 1) for name in names],
            "trusted": [name in set(trusted) for name in names],
            "created_on": ["2026-01-01T00:00:00Z"] * len(names),
        },
        length=len(names),
    )
    mark_complete(frame, proof, key="namespace", taken_at="2026-11-23T12:00:00Z")
    return frame


def worker_inventory(workers: Sequence[tuple[str, str, Sequence[str] | None]]) -> pd.DataFrame:
    """A workers frame of these (namespace, name, tags)."""
    frame = WORKERS.build(
        {
            "namespace": [namespace for namespace, _, _ in workers],
            "worker": [name for _, name, _ in workers],
            "tags": [None if tags is None else list(tags) for _, _, tags in workers],
        },
        length=len(workers),
    )
    mark_complete(frame, PROVEN, key="worker", taken_at="2026-11-23T12:00:00Z")
    return frame


def customer_list(rows: Sequence[Mapping[str, Any]], **options: Any) -> pd.DataFrame:
    """A validated customers frame of these rows; a row without a status is active."""
    columns = ["customer_id", "status", "churned_on", "namespace", "name"]
    filled = [{"status": "active", **row} for row in rows]
    return read_customers(pd.DataFrame(filled, columns=columns, dtype="str"), **options)


def audit_of(
    namespaces: pd.DataFrame | Sequence[str],
    customers: pd.DataFrame | Sequence[Any],
    rules: Rules | None = None,
    workers: pd.DataFrame | None = None,
) -> Audit:
    """An audit; plain names make the inventory, plain ids or rows the customer list."""
    rules = rules or Rules()
    if not isinstance(namespaces, pd.DataFrame):
        namespaces = inventory(namespaces, rules)
    if not isinstance(customers, pd.DataFrame):
        rows = [row if isinstance(row, Mapping) else {"customer_id": row} for row in customers]
        customers = customer_list(rows, id_case=rules.id_case)
    return build_audit(
        namespaces=namespaces,
        workers=workers,
        customers=customers,
        rules=rules,
        account_id="0" * 32,
        account_name="test",
        taken_at=NOW,
    )


def states(audit: Audit) -> dict[str, str]:
    """The state of each namespace (in worker tenancy of each Worker), by name."""
    name = "namespace" if audit.tenancy == "namespace" else "worker"
    rows = audit.joined.dropna(subset=["namespace"])
    return dict(zip(rows[name], rows["namespace_state"], strict=True))


def customer_states(audit: Audit) -> dict[str, str]:
    """The state of each customer, by id."""
    rows = audit.joined.dropna(subset=["customer_state"])
    return dict(zip(rows["customer_id"], rows["customer_state"], strict=True))


def kinds(audit: Audit) -> list[str]:
    """The kinds of all findings, in order."""
    return audit.findings["kind"].tolist()
