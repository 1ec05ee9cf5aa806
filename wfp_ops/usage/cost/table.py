"""The cost table: each customer's part of the bill, and what is nobody's, to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from wfp_ops.frames.usage import COST
from wfp_ops.usage.cost.bill import Bill, Used, bill_of
from wfp_ops.usage.cost.prices import Prices
from wfp_ops.usage.cost.shares import Rule, base_weights, beyond_allotment, share_out

UNALLOCATED = "unallocated"
DISPATCHER = "dispatcher"
_FEES = ("base_fee", "requests_fee", "cpu_fee", "scripts_fee")


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one customer used; without an id, what is nobody's."""

    customer_id: str | None
    name: str | None
    requests: Decimal = Decimal(0)
    cpu_ms: Decimal = Decimal(0)
    scripts: Decimal = Decimal(0)
    mrr: Decimal | None = None


def cost_table(parts: Sequence[Part], prices: Prices, rule: Rule) -> tuple[pd.DataFrame, Bill]:
    """The frame ``frames.usage.COST``, dearest first, nobody's rows last; and the bill that it adds up to.

    One of the parts must be the one of ``unallocated``: a fee that nobody has a share in is put there.
    """
    whole = Used(
        requests=sum((part.requests for part in parts), Decimal(0)),
        cpu_ms=sum((part.cpu_ms for part in parts), Decimal(0)),
        scripts=sum((part.scripts for part in parts), Decimal(0)),
    )
    bill = bill_of(whole, prices)
    fees = _fees(parts, bill, prices, rule)
    rows = [_row(part, {name: fees[name][at] for name in _FEES}) for at, part in enumerate(parts)]
    rows.sort(key=_order)
    named = [name for name in COST.names if name != "complete"]  # which is not for the bill to say
    frame = COST.build({name: [row[name] for row in rows] for name in named}, length=len(rows))
    return frame, bill


def _fees(parts: Sequence[Part], bill: Bill, prices: Prices, rule: Rule) -> Mapping[str, list[Decimal]]:
    requests = [part.requests for part in parts]
    scripts = [part.scripts for part in parts]
    customers = [part.customer_id is not None for part in parts]
    weights = {
        "base_fee": base_weights(requests, scripts, customers, rule),
        "requests_fee": beyond_allotment(requests, prices.requests_included, rule),
        "cpu_fee": beyond_allotment([part.cpu_ms for part in parts], prices.cpu_ms_included, rule),
        "scripts_fee": beyond_allotment(scripts, prices.scripts_included, rule),
    }
    rest = next(at for at, part in enumerate(parts) if part.name == UNALLOCATED and part.customer_id is None)
    shared = {}
    for name in _FEES:
        fee: Decimal = getattr(bill, name)
        shared[name] = share_out(fee, weights[name])
        shared[name][rest] += fee - sum(shared[name], Decimal(0))
    return shared


def _row(part: Part, fees: Mapping[str, Decimal]) -> dict[str, Any]:
    total = sum(fees.values(), Decimal(0))
    return {
        "customer_id": part.customer_id,
        "name": part.name,
        "requests": float(part.requests),
        "cpu_ms": float(part.cpu_ms),
        "scripts": float(part.scripts),
        **{name: float(fee) for name, fee in fees.items()},
        "total": float(total),
        "mrr": None if part.mrr is None else float(part.mrr),
        "margin": None if part.mrr is None else float(part.mrr - total),
    }


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Customers by what they cost, then by what they used; then what is unallocated, then the dispatchers."""
    nobodys = row["customer_id"] is None
    return (
        nobodys,
        nobodys and row["name"] == DISPATCHER,
        -row["total"],
        -row["requests"],
        -row["scripts"],
        row["customer_id"] or "",
    )
