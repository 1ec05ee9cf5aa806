"""Usage added up for each customer of a list, the quiet ones included: what a person picks one from."""

from __future__ import annotations

import pandas as pd

from wfp_ops.frames.provenance import completeness
from wfp_ops.frames.usage import USAGE_BY_CUSTOMER

_SUMMED = ("requests", "errors", "cpu_ms")


def by_customer(usage: pd.DataFrame, customers: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row for each customer of the list or of the usage, most requests first.

    Args:
        usage: a usage frame as ``account.usage`` returned it.
        customers: a customers frame; without it there are only those who used something.

    Returns:
        The frame ``wfp_ops.frames.usage.USAGE_BY_CUSTOMER``. What is nobody's is a row without an id.
        Who has no row in the usage used nothing where the usage is proven whole; otherwise it is not known,
        and null.
    """
    sums = usage.groupby("customer_id", dropna=False, sort=False)[list(_SUMMED)].sum(min_count=1)
    sums = sums.reset_index()
    if customers is not None:
        listed = customers[["customer_id", "name", "status"]]
        sums = listed.merge(sums, on="customer_id", how="outer")
    else:
        sums = sums.assign(name=None, status=None)
    if completeness(usage).proven:
        used = sums["customer_id"].isin(usage["customer_id"])
        for name in _SUMMED:
            sums[name] = sums[name].where(used, 0.0)
    sums["error_share"] = (sums["errors"] / sums["requests"]).where(sums["requests"] > 0)
    sums = sums.sort_values(
        ["requests", "customer_id"], ascending=[False, True], na_position="last", ignore_index=True
    )
    return USAGE_BY_CUSTOMER.build({name: sums[name] for name in USAGE_BY_CUSTOMER.names}, length=len(sums))
