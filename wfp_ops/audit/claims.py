"""Who claims what: by an explicit mapping, else by the id that the convention reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wfp_ops.audit.rules import Rules
from wfp_ops.audit.things import Flags, Positions, Records, Things, positions


@dataclass(frozen=True)
class Claims:
    """What the names, tags and mappings say, before anything is judged.

    Arrays are by thing unless they say by record: ``parsed`` is the one id read in it (null where
    there is none), ``conforming`` how many different ids were read, ``by_id`` the usable record of
    that id (-1: none). The two tables hold pairs of ``thing`` and ``record``.
    """

    parsed: pd.Series[Any]
    conforming: np.ndarray[Any, np.dtype[np.int64]]
    by_id: Positions
    id_pairs: pd.DataFrame
    mapping_pairs: pd.DataFrame
    aside_pairs: pd.DataFrame
    mapped_in_vain: Flags  # by record: its mapping names nothing that exists


def claims_of(things: Things, records: Records, rules: Rules) -> Claims:
    """All claims on all things; a set-aside record claims what bears any id or mapping seen in it."""
    ids = rules.convention.parse_all(things.labels).dropna()
    keys = rules.keys(ids)
    read = pd.DataFrame({"thing": ids.index.to_numpy(), "id": ids.to_numpy(), "key": keys.to_numpy()})
    if rules.by_tag:
        read = read.drop_duplicates(["thing", "key"], ignore_index=True)
    conforming = np.bincount(read["thing"], minlength=len(things)).astype(np.int64)
    owner = positions(rules.keys(records.usable["customer_id"]), read["key"])
    by_id = np.full(len(things), -1, dtype=np.intp)
    by_id[read["thing"]] = owner
    by_id[conforming > 1] = -1
    mapping_pairs, in_vain = _mapping_pairs(things, records)
    usable_pair = mapping_pairs["record"] < len(records.usable)
    aside = pd.concat([mapping_pairs[~usable_pair], _aside_pairs(read, records, rules)], ignore_index=True)
    return Claims(
        parsed=_only_id(read, conforming, len(things)),
        conforming=conforming,
        by_id=by_id,
        id_pairs=pd.DataFrame({"thing": read["thing"], "record": owner})[owner >= 0],
        mapping_pairs=mapping_pairs[usable_pair],
        aside_pairs=aside.drop_duplicates(ignore_index=True),
        mapped_in_vain=in_vain,
    )


def _only_id(read: pd.DataFrame, conforming: np.ndarray[Any, Any], length: int) -> pd.Series[Any]:
    single = read[conforming[read["thing"]] == 1]
    return pd.Series(single["id"].to_numpy(), index=single["thing"], dtype="str").reindex(range(length))


def _mapping_pairs(things: Things, records: Records) -> tuple[pd.DataFrame, Flags]:
    mapping = records.mapping
    named = things.name[things.name.isin(mapping)]
    pairs = pd.DataFrame({"name": mapping.to_numpy(), "record": mapping.index.to_numpy()}).merge(
        pd.DataFrame({"name": named.to_numpy(), "thing": named.index.to_numpy()}), on="name"
    )
    in_vain = np.zeros(len(records), dtype=bool)
    in_vain[mapping.index] = True
    in_vain[pairs["record"]] = False
    return pairs[["thing", "record"]], in_vain


def _aside_pairs(read: pd.DataFrame, records: Records, rules: Rules) -> pd.DataFrame:
    ids = records.aside_ids
    keys = pd.DataFrame({"key": rules.keys(ids).to_numpy(), "record": ids.index.to_numpy()}).astype(
        {"key": "str"}
    )
    seen = read[read["key"].isin(keys["key"])]
    return seen.merge(keys, on="key")[["thing", "record"]]
