"""From usage, Workers and the customer list to each one's part of a month."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from wfp_ops.usage.cost.table import DISPATCHER, UNALLOCATED, Part

_CHURNED = "churned"
# finer than a microsecond of CPU time; the averages of thousands of customers must add up to their own
_PLACES = 9


def parts_of(
    usage: pd.DataFrame, dispatchers: pd.DataFrame, scripts: pd.Series[Any], customers: pd.DataFrame | None
) -> list[Part]:
    """Each customer's part, then ``unallocated``, then ``dispatcher``.

    A customer of the list has a row, unless they left and used nothing; of those who are not in the list
    everything is ``unallocated``. Without a list each id that the names hold has a row.

    A request that passes a dispatcher and a Worker stands in the rows of both and is billed once
    (reference of Workers for Platforms, "Pricing"): the dispatcher's row holds the requests that reached no
    customer's Worker. CPU time is billed of both.

    Args:
        usage: one row per customer (null: nobody's), for the whole month: ``account.usage(by="customer")``.
        dispatchers: the dispatchers' own row.
        scripts: how many Workers, by customer id (a null one: nobody's).
        customers: the customer list.
    """
    measured = usage.groupby("customer_id", dropna=False)[["requests", "cpu_ms"]].sum()
    requests, cpu_ms = _by_id(measured["requests"]), _by_id(measured["cpu_ms"])
    there = _by_id(scripts)
    records = _records(customers)
    known = set(records) if customers is not None else {each for each in (*requests, *there) if each}
    parts = [
        Part(
            customer_id=customer,
            name=records[customer]["name"] if customer in records else None,
            requests=requests.get(customer, Decimal(0)),
            cpu_ms=cpu_ms.get(customer, Decimal(0)),
            scripts=there.get(customer, Decimal(0)),
            mrr=records[customer]["mrr"] if customer in records else None,
        )
        for customer in sorted(known)
    ]
    parts = [part for part in parts if _belongs(part, records)]
    nobodys = Part(
        customer_id=None,
        name=UNALLOCATED,
        requests=_of_others(requests, known),
        cpu_ms=_of_others(cpu_ms, known),
        scripts=_of_others(there, known),
    )
    return [*parts, nobodys, _dispatcher(dispatchers, requests)]


def _dispatcher(dispatchers: pd.DataFrame, requests: Mapping[str | None, Decimal]) -> Part:
    own = _whole(dispatchers["requests"].sum())
    passed_on = sum(requests.values(), Decimal(0))
    return Part(
        customer_id=None,
        name=DISPATCHER,
        requests=max(Decimal(0), own - passed_on),
        cpu_ms=_decimal(dispatchers["cpu_ms"].sum()),
    )


def _belongs(part: Part, records: Mapping[str, Mapping[str, Any]]) -> bool:
    used = part.requests or part.cpu_ms or part.scripts
    return bool(used) or records.get(str(part.customer_id), {}).get("status") != _CHURNED


def _records(customers: pd.DataFrame | None) -> dict[str, dict[str, Any]]:
    """Name, status and revenue by customer id."""
    if customers is None:
        return {}
    columns = (customers["customer_id"], customers["name"], customers["status"], customers["mrr"])
    return {
        str(customer): {
            "name": None if pd.isna(name) else str(name),
            "status": None if pd.isna(status) else str(status),
            "mrr": None if pd.isna(mrr) else _decimal(mrr),
        }
        for customer, name, status, mrr in zip(*columns, strict=True)
    }


def _by_id(amounts: pd.Series[Any]) -> dict[str | None, Decimal]:
    read = _whole if amounts.name == "requests" else _decimal
    found: dict[str | None, Decimal] = {}
    for key, amount in amounts.items():
        name = _id_of(key)
        found[name] = found.get(name, Decimal(0)) + read(amount)
    return found


def _id_of(key: Hashable) -> str | None:
    return key if isinstance(key, str) else None


def _of_others(amounts: Mapping[str | None, Decimal], known: set[str]) -> Decimal:
    return sum((amount for key, amount in amounts.items() if key not in known), Decimal(0))


def _whole(amount: Any) -> Decimal:
    """Requests are counted; an estimate of a sample may say a part of one."""
    return Decimal(0) if pd.isna(amount) else Decimal(round(float(amount)))


def _decimal(amount: Any) -> Decimal:
    return Decimal(0) if pd.isna(amount) else round(Decimal(float(amount)), _PLACES)
