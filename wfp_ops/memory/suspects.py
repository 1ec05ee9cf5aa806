"""Suspects that nobody has decided on: carried from snapshot to snapshot until somebody has.

A suspect becomes an ordinary orphan, and so deletable, when its reason goes away: say, the customer
who is spelled almost like it gets a namespace of its own. That is no decision. A decision is that
the thing is claimed, ignored or renamed, that it is gone from an inventory proven complete, or that
its finding was accepted in the settings.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pandas as pd

from wfp_ops.memory.kept import SUSPECTS_KEPT, Kept

# Not orphaned: that is what a suspect looks like while its finding is accepted, or where its past is
# not known. Not ambiguous: a slip in the customer list is nobody's word on it.
_DECIDED = ("matched", "churned", "ignored", "misnamed", "unrecognised")
_GAP = "\x1f"  # stands in no name


def names_of(
    suspects: pd.DataFrame,
    namespaces: pd.DataFrame,
    workers: pd.DataFrame | None,
    *,
    decided: Collection[str],
) -> frozenset[str]:
    """The present names of undecided suspects: of namespaces, or with ``workers`` of Workers.

    Args:
        suspects: those of the latest snapshot.
        namespaces: the inventory of now; a renamed namespace is found again by its id.
        workers: in worker tenancy the Workers of now, else None.
        decided: namespaces, Workers and customer ids whose suspicion was accepted in the settings.
    """
    there = namespaces if workers is None else workers
    name = there["namespace" if workers is None else "worker"]
    worker = None if workers is None else name
    is_one = _things(there["namespace"], worker).isin(_things_of(suspects, namespaces))
    accepted = there["namespace"].isin(decided) | name.isin(decided) | there["customer_id"].isin(decided)
    return frozenset(name[is_one & ~accepted])


def carry(before: Kept | None, after: Kept) -> pd.DataFrame:
    """The suspects that are undecided after an audit: those that it found, and earlier ones."""
    found = _found(after.states, after.namespaces, after.facts.taken_at)
    if before is None or before.suspects.empty:
        return found
    earlier = before.suspects
    thing = _things_of(earlier, after.namespaces)
    found_thing = _things(found["namespace"], found["worker"])
    known = earlier["since"].set_axis(thing)
    known = known[~known.index.duplicated()].reindex(found_thing).set_axis(found.index)
    since = known.fillna(found["since"])
    rest = earlier[~thing.isin(found_thing) & ~_decided(earlier, thing, after)]
    whole = pd.concat([each for each in (found.assign(since=since), rest) if len(each)] or [found])
    return SUSPECTS_KEPT.build({name: whole[name] for name in SUSPECTS_KEPT.names}, length=len(whole))


def _found(states: pd.DataFrame, namespaces: pd.DataFrame, taken_at: datetime) -> pd.DataFrame:
    """The suspects among the states of one audit, as they are kept."""
    rows = states[states["namespace_state"] == "suspect"].drop_duplicates(["namespace", "worker"])
    ids = namespaces.set_index("namespace")["namespace_id"]
    return SUSPECTS_KEPT.build(
        {
            "namespace": rows["namespace"],
            "namespace_id": rows["namespace"].map(ids).astype("str"),
            "worker": rows["worker"],
            "since": [taken_at] * len(rows),
        },
        length=len(rows),
    )


def _decided(earlier: pd.DataFrame, thing: pd.Series[Any], after: Kept) -> pd.Series[bool]:
    """Which earlier suspects somebody has decided on, by what the audit after them saw."""
    states = after.states.dropna(subset=["namespace"])
    there = _things(states["namespace"], states["worker"])
    decided = thing.isin(there[states["namespace_state"].isin(_DECIDED)])
    if after.proven:
        decided |= ~thing.isin(there)
    # An audit of namespaces says nothing on Workers, nor the other way round
    return decided & (earlier["worker"].notna() == (after.facts.tenancy == "worker"))


def _things_of(suspects: pd.DataFrame, namespaces: pd.DataFrame) -> pd.Series[Any]:
    """The suspects as things of an inventory; one that is not in it equals none of them."""
    ids = namespaces["namespace_id"]
    by_id = namespaces.loc[ids.notna() & ~ids.duplicated(keep=False)].set_index("namespace_id")["namespace"]
    id_now = namespaces.set_index("namespace")["namespace_id"]
    name = suspects["namespace"]
    # By its name only where a side does not know the id: a name may have been given to something else
    blind = name.isin(id_now.index) & (suspects["namespace_id"].isna() | name.map(id_now).isna())
    return _things(
        suspects["namespace_id"].map(by_id).astype("str").fillna(name.where(blind)), suspects["worker"]
    )


def _things(namespace: pd.Series[Any], worker: pd.Series[Any] | None) -> pd.Series[Any]:
    """One text for each namespace, or for each Worker in its namespace."""
    start = namespace.astype("str")
    return start + _GAP if worker is None else start + _GAP + worker.fillna("").astype("str")
