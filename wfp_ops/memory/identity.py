"""Which namespace of two snapshots is the same, and which finding: by what lasts, never by a name alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from wfp_ops.memory.kept import Kept

KEY = "key"
FACTS = ("workers", "trusted", "tags", "state", "customer")
_GAP = "\x1f"  # stands in no name and no id


def namespace_keys(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """A key for each namespace of two inventories, by name: equal keys mean the same namespace.

    Cloudflare's id decides, so that a renamed namespace is the same and one that was deleted and made
    again under its old name is not. Only where a side does not know the id does the name stand in.
    """
    ids_before, ids_after = _ids(before), _ids(after)
    both = pd.Index(ids_before.dropna()).intersection(pd.Index(ids_after.dropna()))
    # known by no id on either side, or by an id that only one side knows: here the name may speak
    loose_before = ids_before[~among(ids_before, both)]
    loose_after = ids_after[~among(ids_after, both)]
    common = loose_before.index.intersection(loose_after.index)
    blind = common[(loose_before[common].isna() | loose_after[common].isna()).to_numpy(dtype=bool)]
    return _keys(ids_before, blind), _keys(ids_after, blind)


def among(values: pd.Series[Any], unique: pd.Index[Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which values stand in an index without repeats or nulls: as ``isin``, which is slow on texts."""
    found: np.ndarray[Any, np.dtype[np.bool_]] = unique.get_indexer(pd.Index(values)) >= 0
    return found


def _ids(namespaces: pd.DataFrame) -> pd.Series[Any]:
    """The ids by name; an id that stands twice identifies nothing."""
    ids: pd.Series[Any] = namespaces.set_index("namespace")["namespace_id"]
    return ids.mask(ids.duplicated(keep=False))


def _keys(ids: pd.Series[Any], by_name: pd.Index[Any]) -> pd.Series[Any]:
    names = ids.index.to_series()
    by_id = "id" + _GAP + ids.astype("str")
    return by_id.mask(ids.isna() | among(names, by_name), "name" + _GAP + names)


def things(kept: Kept, keys: pd.Series[Any]) -> pd.DataFrame:
    """What is compared of a snapshot, one row each: its namespaces, then its Workers if it has them.

    Columns: ``key``, ``namespace``, ``worker``, ``namespace_id``, then the compared facts as text
    (null: not known there).
    """
    states = _only_states(kept.states)
    rows = kept.namespaces[["namespace", "namespace_id"]].assign(
        key=keys.reindex(kept.namespaces["namespace"]).to_numpy(),
        worker=pd.Series(None, index=kept.namespaces.index, dtype="str"),
        workers=kept.namespaces["workers"].astype("str"),
        trusted=kept.namespaces["trusted"].astype("str").str.lower(),
    )
    parts = [rows.merge(states[states["worker"].isna()].drop(columns="worker"), on="namespace", how="left")]
    if kept.workers is not None:
        ids = kept.namespaces.set_index("namespace")["namespace_id"]
        inside = kept.workers[["namespace", "worker"]].assign(
            namespace_id=kept.workers["namespace"].map(ids).astype("str"),
            key=kept.workers["namespace"].map(keys).astype("str") + _GAP + kept.workers["worker"],
            tags=kept.workers["tags"].map(_tags).astype("str"),
        )
        parts.append(inside.merge(states, on=["namespace", "worker"], how="left"))
    columns = [KEY, "namespace", "worker", "namespace_id", *FACTS]
    whole = pd.concat(parts, ignore_index=True).reindex(columns=columns)
    return whole.astype("str")  # also a column that nothing here fills


def finding_keys(findings: pd.DataFrame, keys: pd.Series[Any]) -> pd.Series[Any]:
    """A key for each finding: its kind, its namespace by what lasts, its Worker and its customer.

    Findings that agree in all of them (records without an id) are told apart by their order.
    """
    namespace = findings["namespace"].map(keys).astype("str")
    parts = [
        findings["kind"],
        namespace.fillna(findings["namespace"]),
        findings["worker"],
        findings["customer_id"],
    ]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + _GAP + part.fillna("")
    return joined + _GAP + joined.groupby(joined).cumcount().astype("str")


def _only_states(states: pd.DataFrame) -> pd.DataFrame:
    """State and customer of each thing; where several customers claim it, no customer is its own."""
    rows = states.dropna(subset=["namespace"])[["namespace", "worker", "namespace_state", "customer_id"]]
    rows = rows.rename(columns={"namespace_state": "state", "customer_id": "customer"})
    several = rows.duplicated(["namespace", "worker"], keep=False)
    rows["customer"] = rows["customer"].mask(several)
    return rows.drop_duplicates(["namespace", "worker"])


def _tags(tags: Any) -> str | None:
    return ", ".join(sorted(map(str, tags))) if isinstance(tags, list) else None
