"""What a validated customer list says about itself: records set aside, records read, notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wfp_ops.customers.duplicates import IdCase, fold
from wfp_ops.customers.statuses import STATUSES
from wfp_ops.customers.text import BLANKS
from wfp_ops.errors import FrameError
from wfp_ops.frames.columns import CUSTOMERS, SET_ASIDE
from wfp_ops.frames.provenance import ATTRS_KEY, Provenance

KIND = "customers"


def record_of(customers: pd.DataFrame) -> Mapping[str, Any] | None:
    """The record of the read that this frame came from; None for a frame that no read made."""
    record = customers.attrs.get(ATTRS_KEY)
    return record if isinstance(record, Mapping) and record.get("kind") == KIND else None


def is_validated(frame: pd.DataFrame, *, id_case: IdCase = "exact") -> bool:
    """Whether ``read_customers`` made this frame and it still holds what was promised then.

    Rows may have been taken out since (``rows_taken_out``), but no id is missing, untrimmed or there twice.
    """
    if record_of(frame) is None:
        return False
    try:
        CUSTOMERS.check(frame)
    except FrameError:
        return False
    ids = frame["customer_id"]
    if ids.isna().any() or (ids.str.strip(BLANKS) != ids).any() or (ids == "").any():
        return False
    keys = fold(ids) if id_case == "fold" else ids
    return bool(keys.is_unique and frame["status"].isin(STATUSES).all())


def set_aside(customers: pd.DataFrame) -> pd.DataFrame:
    """The records that can't be used, one row each, as ``frames.columns.SET_ASIDE`` declares."""
    rows = (record_of(customers) or {}).get("set_aside", [])
    return SET_ASIDE.build(
        {name: [row.get(name) for row in rows] for name in SET_ASIDE.names}, length=len(rows)
    )


def records_read(customers: pd.DataFrame) -> int:
    """Records that are in this frame or set aside beside it: the two always add up to it."""
    return len(customers) + len((record_of(customers) or {}).get("set_aside", []))


def rows_taken_out(customers: pd.DataFrame) -> int:
    """Customers of the list who were filtered out of this frame: their namespaces look orphaned in it."""
    record = record_of(customers)
    return 0 if record is None else max(0, int(record["records_read"]) - records_read(customers))


def ids_unknown(customers: pd.DataFrame) -> int:
    """Records set aside whose id nobody can tell: blank, or with digits that a spreadsheet has cut."""
    return int((record_of(customers) or {}).get("ids_unknown", 0))


def shortened(customers: pd.DataFrame) -> list[tuple[str, int]]:
    """What is left of ids that lost their last digits: (leading digits, how many digits the id had).

    A spreadsheet's ``1.23457E+18`` is ("123457", 19) and, since its last digit is rounded, ("123456", 19).
    A length of 0 says that any id beginning so may be meant: the file ended within that id.
    """
    return [
        (str(prefix), int(length)) for prefix, length in (record_of(customers) or {}).get("shortened", [])
    ]


def notes(customers: pd.DataFrame) -> list[str]:
    """What a reader of the list should know, as sentences; nothing in them is an error."""
    record = record_of(customers)
    said = [] if record is None else [str(note) for note in record["notes"]]
    if taken := rows_taken_out(customers):
        said.append(
            f"{taken} customers were taken out after the list was read: their namespaces look orphaned"
        )
    return said


def provenance(**record: Any) -> Provenance:
    """The record that travels with a customers frame."""
    return Provenance(kind=KIND, **record)
