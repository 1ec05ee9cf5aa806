"""Two snapshots → what changed between them. Pure: reads nothing, asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from wfp_ops.frames.changes import CUSTOMER_CHANGES, FINDING_CHANGES, NAMESPACE_CHANGES
from wfp_ops.memory.changes import Changes
from wfp_ops.memory.identity import KEY, among, finding_keys, namespace_keys, things
from wfp_ops.memory.kept import FINDINGS_KEPT, Kept

_FACTS = {
    "workers": "Workers",
    "trusted": "trusted mode",
    "tags": "tags",
    "state": "state",
    "customer": "customer",
}
_ORDER = {"added": 0, "removed": 1, "renamed": 2, "changed": 3, "new": 0, "resolved": 1, "open": 2}


def diff(before: Kept, after: Kept, *, notes: Sequence[str] = ()) -> Changes:
    """What is different in ``after``; each finding of either is new, resolved or open, exactly once.

    Args:
        before: the earlier snapshot.
        after: the later one, or an audit that is not saved yet.
        notes: what a reader should know, beside what the two say themselves.
    """
    keys_before, keys_after = namespace_keys(before.namespaces, after.namespaces)
    return Changes(
        since=before.facts.taken_at,
        until=after.facts.taken_at,
        before=before.name,
        after=after.name,
        namespaces=_thing_changes(things(before, keys_before), things(after, keys_after)),
        customers=_customer_changes(before.customers, after.customers),
        findings=_finding_changes(
            _comparable(before, after).assign(key=finding_keys(_comparable(before, after), keys_before)),
            _comparable(after, before).assign(key=finding_keys(_comparable(after, before), keys_after)),
        ),
        notes=(*notes, *_differences(before, after)),
    )


def dated(before: Kept, after: Kept) -> pd.DataFrame:
    """The later findings, each dated to when it was seen first: by the earlier one, if it stood there."""
    keys_before, keys_after = namespace_keys(before.namespaces, after.namespaces)
    earlier = before.findings.assign(key=finding_keys(before.findings, keys_before))
    standing = earlier["accepted"].isna()
    now_key = finding_keys(after.findings, keys_after)
    known = earlier[standing].set_index(KEY)["since"].reindex(now_key).set_axis(now_key.index)
    since = known.fillna(after.findings["since"])
    return FINDINGS_KEPT.build(
        {name: since if name == "since" else after.findings[name] for name in FINDINGS_KEPT.names}
    )


def _comparable(these: Kept, those: Kept) -> pd.DataFrame:
    """The findings of kinds that both looked for: what one could not know is neither new nor resolved."""
    one_only = set(these.facts.by_usage) ^ set(those.facts.by_usage)
    return these.findings[~these.findings["kind"].isin(sorted(one_only))]


def _differences(before: Kept, after: Kept) -> list[str]:
    """What else than the account differs between two audits, in sentences."""
    said = []
    for name in ("convention", "tenancy"):
        old, new = getattr(before.facts, name), getattr(after.facts, name)
        if old != new:
            said.append(f"the {name} was {old!r} before, and is {new!r} now: findings differ by that alone")
    if set(before.facts.by_usage) != set(after.facts.by_usage):
        said.append("usage was not known to both audits: findings that rest on it are not compared")
    if not (before.proven and after.proven):
        said.append("an inventory was not proven complete: what looks added or removed may have been there")
    return said


def _thing_changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    pairs = before.merge(after, on=KEY, how="outer", suffixes=("_before", "_after"), indicator="side")
    parts = [
        _whole(pairs[pairs["side"] == "right_only"], "added", "_after"),
        _whole(pairs[pairs["side"] == "left_only"], "removed", "_before"),
    ]
    both = pairs[pairs["side"] == "both"]
    renamed = both[(both["namespace_before"] != both["namespace_after"]) & both["worker_after"].isna()]
    parts.append(_fact(renamed, "renamed", "name", renamed["namespace_before"], renamed["namespace_after"]))
    for name, title in _FACTS.items():
        old, new = both[f"{name}_before"], both[f"{name}_after"]
        differs = _differ(old, new)
        if name == "state":  # a tenancy that knows no state of it has nothing to say
            differs = differs & old.notna().to_numpy(dtype=bool) & new.notna().to_numpy(dtype=bool)
        parts.append(_fact(both[differs], "changed", title, old[differs], new[differs]))
    return _sorted(
        NAMESPACE_CHANGES.build(_columns(parts, NAMESPACE_CHANGES.names)), ["namespace", "worker", "what"]
    )


def _whole(rows: pd.DataFrame, change: str, side: str) -> pd.DataFrame:
    names = ["namespace", "worker", "namespace_id"]
    return rows[[f"{name}{side}" for name in names]].set_axis(names, axis=1).assign(change=change)


def _fact(rows: pd.DataFrame, change: str, what: str, old: Any, new: Any) -> pd.DataFrame:
    return _whole(rows, change, "_after").assign(what=what, before=old, after=new)


def _differ(old: pd.Series[Any], new: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which values differ; two nulls do not."""
    gap = "\x1f"  # stands in no value
    different: np.ndarray[Any, np.dtype[np.bool_]] = (old.fillna(gap) != new.fillna(gap)).to_numpy(dtype=bool)
    return different


def _customer_changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    pairs = before.merge(
        after, on="customer_id", how="outer", suffixes=("_before", "_after"), indicator="side"
    )
    both = pairs[pairs["side"] == "both"]
    parts = [
        pairs.loc[pairs["side"] == "right_only", ["customer_id"]].assign(change="added"),
        pairs.loc[pairs["side"] == "left_only", ["customer_id"]].assign(change="removed"),
    ]
    for name, title in (("status", "status"), ("namespace", "mapping")):
        old, new = both[f"{name}_before"], both[f"{name}_after"]
        differs = _differ(old, new)
        parts.append(
            both.loc[differs, ["customer_id"]].assign(
                change="changed", what=title, before=old[differs], after=new[differs]
            )
        )
    return _sorted(CUSTOMER_CHANGES.build(_columns(parts, CUSTOMER_CHANGES.names)), ["customer_id", "what"])


def _finding_changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """An accepted finding is none: accepted in between, it is resolved, for the reason that was given."""
    old, new = before[before["accepted"].isna()], after[after["accepted"].isna()]
    accepted = after.dropna(subset=["accepted"]).set_index(KEY)["accepted"]
    gone = old[~among(old[KEY], pd.Index(new[KEY]))]
    parts = [
        new.assign(change=np.where(among(new[KEY], pd.Index(old[KEY])), "open", "new")),
        gone.assign(change="resolved", accepted=gone[KEY].map(accepted).astype("str")),
    ]
    frame = FINDING_CHANGES.build(_columns(parts, FINDING_CHANGES.names))
    return _sorted(frame, ["kind", "namespace", "worker", "customer_id", "detail"])


def _columns(parts: Sequence[pd.DataFrame], names: Sequence[str]) -> dict[str, Any]:
    """The parts one below the other, by column; what a part does not say is null."""
    rows = sum(map(len, parts))
    if not rows:
        return {}
    whole = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return {name: whole[name] for name in names if name in whole}


def _sorted(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Additions first, then by name: so that it does not depend on the order of the inventory."""
    rank = frame["change"].map(_ORDER)
    return (
        frame.assign(rank=rank)
        .sort_values(["rank", *by], kind="stable")
        .drop(columns="rank")
        .reset_index(drop=True)
    )
