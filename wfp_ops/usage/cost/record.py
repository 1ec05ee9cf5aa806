"""What travels beside a cost frame, and the document that holds both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from wfp_ops.clock import iso
from wfp_ops.frames.columns import MAYBE_FLAG
from wfp_ops.frames.export import to_rows
from wfp_ops.frames.provenance import ATTRS_KEY, Completeness, Provenance, mark_complete
from wfp_ops.usage.cost.bill import Bill
from wfp_ops.usage.cost.month import Month
from wfp_ops.usage.cost.prices import Prices
from wfp_ops.usage.cost.shares import Rule

SCHEMA = "wfp-ops/cost/1"
KIND = "cost"
_SAID = ("account_id", "month", "complete", "through", "share", "prices", "total", "notes")


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a cost frame rests on.

    ``doubts`` are sentences on why the month's cost is not final; without any it is. ``notes`` are what
    else should be known.
    """

    account_id: str
    month: Month
    through: datetime
    taken_at: datetime
    prices: Prices
    prices_from: str
    rule: Rule
    doubts: Sequence[str]
    notes: Sequence[str]


def attach(frame: pd.DataFrame, basis: Basis, bill: Bill) -> None:
    """Write it beside the frame, and ``complete`` into it; ``attrs["month"]`` is what a chart calls it."""
    complete = not basis.doubts
    frame["complete"] = pd.Series(complete, index=frame.index, dtype=MAYBE_FLAG)
    how = f"all of {basis.month}, whole" if complete else basis.doubts[0]
    proof = Completeness("proven" if complete else "unproven", how)
    mark_complete(frame, proof, key=("customer_id", "name"), taken_at=iso(basis.taken_at))
    frame.attrs["month"] = str(basis.month)
    frame.attrs[ATTRS_KEY] = Provenance(
        {
            **frame.attrs[ATTRS_KEY],
            "kind": KIND,
            "account_id": basis.account_id,
            "month": str(basis.month),
            "complete": complete,
            "through": iso(basis.through),
            "share": basis.rule,
            "prices": {**basis.prices.to_dict(), "source": basis.prices_from},
            "total": float(bill.total),
            "notes": [*basis.doubts, *basis.notes],
        }
    )


def cost_record(frame: pd.DataFrame) -> Mapping[str, Any] | None:
    """The record of a cost frame; None for a frame that is none.

    Its keys: ``account_id``, ``month``, ``complete`` (whether the month is over and all that it rests on
    is whole), ``through`` (up to when usage counts), ``share`` (the rule), ``prices``, ``total`` (in US
    dollars) and ``notes`` (sentences; why it is not complete first).
    """
    record = frame.attrs.get(ATTRS_KEY)
    return record if isinstance(record, Mapping) and record.get("kind") == KIND else None


def to_document(frame: pd.DataFrame) -> dict[str, Any]:
    """The JSON document ``wfp-ops/cost/1``: the record, then ``rows``, one for each of the frame.

    Raises:
        KeyError: the frame is no cost frame.
    """
    record = cost_record(frame)
    if record is None:
        raise KeyError("this frame is no cost frame")
    return {"schema": SCHEMA, **{name: record[name] for name in _SAID}, "rows": to_rows(frame)}
