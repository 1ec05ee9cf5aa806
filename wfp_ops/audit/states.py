"""The states: exactly one for each thing and each record, first match wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wfp_ops.audit.claims import Claims
from wfp_ops.audit.doubt import other_spellings, why_not_gone, why_suspect
from wfp_ops.audit.rules import Rules
from wfp_ops.audit.things import Flags, Positions, Records, Things
from wfp_ops.naming import near

_HAS_NONE = {"active": "missing", "trial": "missing", "suspended": "absent", "unknown": "absent"}


@dataclass(frozen=True)
class Verdicts:
    """What the audit found, by thing and by record.

    ``owner`` is the usable record that a matched, churned or misnamed thing belongs to (-1: none),
    ``why`` says what makes a thing doubtful. ``records`` holds the states of all records.
    """

    things: np.ndarray[Any, np.dtype[np.str_]]
    records: np.ndarray[Any, np.dtype[np.str_]]
    owner: Positions
    why: pd.Series[Any]


def judge(things: Things, records: Records, claims: Claims, rules: Rules) -> Verdicts:
    """Every thing and every record with its one state."""
    mapped = np.bincount(claims.mapping_pairs["thing"], minlength=len(things))
    mapped_to = np.full(len(things), -1, dtype=np.intp)
    mapped_to[claims.mapping_pairs["thing"]] = claims.mapping_pairs["record"]
    owner = np.where(mapped == 1, mapped_to, np.where(mapped == 0, claims.by_id, -1))
    ambiguous = _ambiguous(things, records, claims, mapped, owner)
    unnamed = (claims.conforming == 0) & (mapped == 0) & ~ambiguous
    misnamed_to = _misnamed(things, records, rules, unnamed)
    state_of_records, without = _judge_records(records, claims, rules, mapped, misnamed_to)
    churned = records.usable["status"].eq("churned").to_numpy()
    left = np.zeros(len(things), dtype=bool)
    left[owner >= 0] = churned[owner[owner >= 0]]
    not_gone = why_not_gone(
        things, records, claims, rules, gone=np.flatnonzero(left & ~ambiguous), without=without
    )
    two_tags = other_spellings(things, records, claims, rules)
    ambiguous |= (not_gone.notna() | two_tags.notna()).to_numpy()
    unclaimed = (claims.conforming == 1) & (owner < 0) & ~ambiguous
    why = why_suspect(things, records, claims, rules, unclaimed=np.flatnonzero(unclaimed), without=without)
    state = np.select(
        [
            rules.ignores(things.name).to_numpy(dtype=bool),
            ambiguous,
            (owner >= 0) & left,
            owner >= 0,
            unclaimed & why.notna().to_numpy(),
            unclaimed,
            misnamed_to >= 0,
        ],
        ["ignored", "ambiguous", "churned", "matched", "suspect", "orphaned", "misnamed"],
        default="unrecognised",
    )
    why = why.fillna(not_gone).fillna(two_tags)
    return Verdicts(state, state_of_records, np.where(owner >= 0, owner, misnamed_to), why)


def _ambiguous(
    things: Things, records: Records, claims: Claims, mapped: np.ndarray[Any, Any], owner: Positions
) -> Flags:
    """Claimed by several mappings, bearing an id or mapping that was set aside, or tagged for two customers.

    Also when its mapping gives it to a customer who left while a customer who is still here has
    the id in its name: a stale mapping must not make a running customer's namespace deletable.
    """
    aside = np.zeros(len(things), dtype=bool)
    aside[claims.aside_pairs["thing"]] = True
    churned = records.usable["status"].eq("churned").to_numpy()
    other = (mapped == 1) & (claims.by_id >= 0) & (claims.by_id != owner)
    stale = other.copy()
    stale[other] = churned[owner[other]] & ~churned[claims.by_id[other]]
    result: Flags = (mapped > 1) | aside | (claims.conforming > 1) | stale
    return result


def _misnamed(things: Things, records: Records, rules: Rules, unnamed: Flags) -> Positions:
    """By thing the one customer whose conventional name its own is in another spelling, or -1."""
    result = np.full(len(things), -1, dtype=np.intp)
    labels = things.labels[unnamed[things.labels.index]]
    ids = records.usable["customer_id"]
    found = near.misnamed_ids(labels.drop_duplicates(), rules.convention, ids)
    if found.empty:
        return result
    spelled = pd.DataFrame({"name": labels.to_numpy(), "thing": labels.index.to_numpy()}).merge(
        found, on="name"
    )
    spelled = spelled.drop_duplicates(["thing", "customer_id"])
    one = spelled[~spelled.duplicated("thing", keep=False)]
    result[one["thing"]] = pd.Index(ids).get_indexer(pd.Index(one["customer_id"]))
    return result


def _judge_records(
    records: Records, claims: Claims, rules: Rules, mapped: np.ndarray[Any, Any], misnamed_to: Positions
) -> tuple[np.ndarray[Any, np.dtype[np.str_]], Flags]:
    """The state of each record, and which usable ones have nothing, whatever their status."""
    usable = records.usable
    count = len(usable)
    status = usable["status"]
    has_mapping = usable["namespace"].notna().to_numpy()
    named = np.zeros(count, dtype=bool)  # something bears its id by the convention
    taken = np.zeros(count, dtype=bool)  # ... and a mapping gives that to somebody else
    free = claims.id_pairs["record"][mapped[claims.id_pairs["thing"]] == 0]
    named[claims.id_pairs["record"]] = True
    taken[claims.id_pairs["record"]] = True
    taken[free] = False
    misnamed = np.zeros(count, dtype=bool)
    misnamed[misnamed_to[misnamed_to >= 0]] = True
    in_vain = claims.mapped_in_vain[:count]
    nameable = rules.convention.format_all(usable["customer_id"]).notna().to_numpy()
    state = np.select(
        [
            status.eq("churned").to_numpy(),
            has_mapping & in_vain,
            has_mapping,
            named & taken,
            named | misnamed,
            ~nameable,
        ],
        ["customer_churned", "conflict", "matched", "conflict", "matched", "unusable"],
        default=status.map(_HAS_NONE).fillna("absent").to_numpy(dtype=str),
    )
    without = ~((has_mapping & ~in_vain) | (named & ~taken) | misnamed)
    return np.concatenate([state, np.full(len(records.aside), "unusable")]), without
