"""The joined table: every thing and every record at least once, side by side where one claims the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from wfp_ops.audit.claims import Claims
from wfp_ops.audit.rules import Rules
from wfp_ops.audit.states import Verdicts
from wfp_ops.audit.things import Positions, Records, Things
from wfp_ops.frames.columns import CUSTOMERS, JOINED, JOINED_WORKERS, FrameSpec


def join(things: Things, records: Records, claims: Claims, verdicts: Verdicts, rules: Rules) -> pd.DataFrame:
    """One row for each claim, and one for each thing and record without any; in the inventory's order."""
    thing, record = _sides(things, records, claims, verdicts)
    spec = JOINED if rules.tenancy == "namespace" else JOINED_WORKERS
    left = {name: _take(column, thing) for name, column in things.frame.items()}
    in_list = np.where(record < len(records.usable), record, -1)
    right = {name: _take(column, in_list) for name, column in records.usable.items()}
    ids = pd.Series(_take(records.ids, record))
    data = {
        **{str(name): column for name, column in left.items()},
        **{"mapped_to" if name == "namespace" else name: right[name] for name in CUSTOMERS.names},
        "namespace": left["namespace"],
        "customer_id": ids.fillna(pd.Series(_take(claims.parsed, thing))),
        "namespace_state": _take(pd.Series(verdicts.things, dtype="str"), thing),
        "customer_state": _take(pd.Series(verdicts.records, dtype="str"), record),
    }
    return _with_extras(spec, spec.build(data, length=len(thing)), records.usable, right)


def _sides(
    things: Things, records: Records, claims: Claims, verdicts: Verdicts
) -> tuple[Positions, Positions]:
    """The places of both sides of each row, -1 where a side is empty."""
    unmapped = np.ones(len(things), dtype=bool)
    unmapped[claims.mapping_pairs["thing"]] = False
    by_id = claims.id_pairs[unmapped[claims.id_pairs["thing"]]]
    spelled = np.flatnonzero((verdicts.owner >= 0) & (claims.conforming == 0) & unmapped)
    pairs = pd.concat(
        [
            claims.mapping_pairs,
            by_id,
            claims.aside_pairs,
            pd.DataFrame({"thing": spelled, "record": verdicts.owner[spelled]}),
        ],
        ignore_index=True,
    )
    thing, record = pairs["thing"].to_numpy(), pairs["record"].to_numpy()
    lone_things, lone_records = _absent(thing, len(things)), _absent(record, len(records))
    thing = np.concatenate([thing, lone_things, np.full(len(lone_records), -1)]).astype(np.intp)
    record = np.concatenate([record, np.full(len(lone_things), -1), lone_records]).astype(np.intp)
    # One number for thing and record: sorting it is a merge of runs that are in order already
    place = np.where(thing < 0, len(things), thing) * (len(records) + 1) + record + 1
    order = np.argsort(place, kind="stable")
    return thing[order], record[order]


def _absent(places: np.ndarray[Any, Any], length: int) -> Positions:
    """Which of the places 0 to ``length`` - 1 are not among these."""
    absent = np.ones(length, dtype=bool)
    absent[places] = False
    return np.flatnonzero(absent)


def _take(column: pd.Series[Any], places: Positions) -> Any:
    """The column's values at these places, null at -1."""
    if column.dtype == bool:
        column = column.astype("boolean")
    if not len(column):
        return column.reindex(range(len(places))).array
    return pd.api.extensions.take(column.array, places, allow_fill=True)


def _with_extras(
    spec: FrameSpec, joined: pd.DataFrame, usable: pd.DataFrame, right: dict[Any, Any]
) -> pd.DataFrame:
    """The list's further columns, carried along; one whose name is taken gets ``customer_`` in front."""
    extras = {}
    for name in usable.columns[len(CUSTOMERS.columns) :]:
        free = str(name)
        while free in spec.names or free in extras:
            free = f"customer_{free}"
        extras[free] = pd.Series(right[name])
    return pd.concat([joined, pd.DataFrame(extras)], axis=1) if extras else joined
