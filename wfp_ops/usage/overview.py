"""A usage frame for the eye: the things with most requests, the rest as one, and the total."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from wfp_ops.usage.record import usage_record
from wfp_ops.usage.sums import MEASURES


@dataclass(frozen=True)
class Overview:
    """Sums over all of the time.

    Attributes:
        names: the columns that tell things apart, as ``namespace``, ``worker``, ``customer_id``; and
            ``name``, the customer's, where a list says it.
        top: one row for each thing, most requests first: its names, its measures, and ``incomplete``, which
            says that some of it is.
        others: how many things are not in ``top``, and their measures together.
        total: the measures of everything; ``things`` is how many there are.
    """

    names: tuple[str, ...]
    top: pd.DataFrame
    others: tuple[int, dict[str, float]]
    total: dict[str, float]
    things: int


def overview_of(frame: pd.DataFrame, *, limit: int, customers: pd.DataFrame | None = None) -> Overview:
    """At most ``limit`` things by themselves; parts and others always add up to the total."""
    names = _names(frame)
    parts = frame[[*names, *MEASURES]].assign(incomplete=~frame["complete"])
    if names:
        every = parts.groupby(list(names), dropna=False, sort=True).sum().reset_index()
        every = every.sort_values("requests", ascending=False, kind="stable", ignore_index=True)
    else:
        every = parts.sum().to_frame().T if len(parts) else parts
    top, rest = every.head(limit), every.iloc[limit:]
    if customers is not None and "customer_id" in names:
        called = customers.drop_duplicates("customer_id").set_index("customer_id")["name"]
        top, names = top.assign(name=top["customer_id"].map(called)), (*names, "name")
    return Overview(names, top, (len(rest), _sums(rest)), _sums(every), len(every))


def _names(frame: pd.DataFrame) -> tuple[str, ...]:
    """What tells the rows apart, and whose they are where that is known of any."""
    by = (usage_record(frame) or {}).get("by", ())
    wanted = [
        ("namespace", "namespace" in by or "worker" in by),
        ("worker", "worker" in by),
        ("customer_id", "customer" in by or bool(frame["customer_id"].notna().any())),
    ]
    return tuple(name for name, shown in wanted if shown)


def _sums(frame: pd.DataFrame) -> dict[str, float]:
    return {name: float(frame[name].sum()) for name in MEASURES}
