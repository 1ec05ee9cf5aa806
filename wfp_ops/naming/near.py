"""Near matches: ids that are almost another, and names that almost conform.

What stands here are suggestions for a person. They never feed a change by themselves: a namespace
that is near a customer's is left alone until somebody has said whose it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist, cpdist

from wfp_ops.naming.convention import Convention
from wfp_ops.naming.levels import as_arrow, has_shape, level, level_all, strip_zeros
from wfp_ops.naming.one_edit import one_edit_pairs

MIN_ABBREVIATION = 3
_CHUNK = 500_000

ZEROS = "differs only by leading zeros"
SPELLING = "differs only by case or separators"
ZEROS_AND_SPELLING = "differs only by leading zeros, case or separators"
ONE_EDIT = "one edit apart"


def near_ids(ids: pd.Series[Any], pool: pd.Series[Any]) -> pd.DataFrame:
    """Which members of ``pool`` each of ``ids`` may be meant to be.

    Two ids are near when they differ only by leading zeros, case or separators, or when one edit
    (insert, delete, replace, swap of two neighbours) turns one levelled form into the other. Edits
    don't count between two ids that are all digits, where the next number is the next customer. An id
    is not near itself. Suggestions for a person: they never feed a change by themselves.

    Args:
        ids: ids as text, each once; nulls are passed over.
        pool: the same.

    Returns:
        One row per pair, by position in ``ids``, then in ``pool``: ``id``, ``near`` (both ``str``)
        and ``how`` (what sets them apart, in words).
    """
    mine, theirs = _level_frame(ids), _level_frame(pool)
    same, edited = _same_key(mine, theirs), _one_edit(mine, theirs)
    pairs = pd.concat([same, edited], ignore_index=True).sort_values(["mine", "theirs"], kind="stable")
    return pd.DataFrame(
        {
            "id": mine["id"].array.take(pairs["mine"].to_numpy()),
            "near": theirs["id"].array.take(pairs["theirs"].to_numpy()),
            "how": pairs["how"].array,
        }
    )


def _level_frame(ids: pd.Series[Any]) -> pd.DataFrame:
    """The ids with their levelled form and near key, counted from 0."""
    ids = ids.dropna().astype("str").reset_index(drop=True)
    levelled = level_all(ids)
    return pd.DataFrame({"id": ids, "level": levelled, "key": strip_zeros(levelled)}, copy=False)


def _among(texts: pd.Series[Any], others: pd.Series[Any]) -> npt.NDArray[np.bool_]:
    """Which texts stand among others: Arrow's own, since pandas' ``isin`` goes through Python objects."""
    found = pc.is_in(as_arrow(texts), value_set=as_arrow(others))
    return np.asarray(found)


def _same_key(mine: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Positions of the pairs of one near key, exact equals left out, and how they differ."""
    left = mine[_among(mine["key"], theirs["key"])]
    right = theirs[_among(theirs["key"], left["key"])]
    left = left.assign(mine=left.index, bare=strip_zeros(left["id"]))
    right = right.assign(theirs=right.index, bare=strip_zeros(right["id"]))
    pairs = left.merge(right, on="key", suffixes=("", "_near"))
    pairs = pairs[pairs["id"] != pairs["id_near"]]
    how = np.select(
        [pairs["level"] == pairs["level_near"], pairs["bare"] == pairs["bare_near"]],
        [SPELLING, ZEROS],
        ZEROS_AND_SPELLING,
    )
    return pairs[["mine", "theirs"]].assign(how=pd.Series(how, index=pairs.index, dtype="str"))


def _one_edit(mine: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Positions of the pairs one edit apart whose near keys differ, never of two all-digit ids."""
    left, right = mine[mine["level"] != ""], theirs[theirs["level"] != ""]
    left_digits, right_digits = has_shape(left["id"], "digits"), has_shape(right["id"], "digits")
    found = [
        _measured(left[~left_digits], right),
        _measured(left[left_digits], right[~right_digits]),
    ]
    return pd.concat(found, ignore_index=True).assign(how=ONE_EDIT).astype({"how": "str"})


def _measured(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """The candidates that are one edit apart indeed."""
    i, j = one_edit_pairs(as_arrow(left["level"]), as_arrow(right["level"]))
    kept = [
        _close(left.iloc[i[at : at + _CHUNK]], right.iloc[j[at : at + _CHUNK]])
        for at in range(0, len(i), _CHUNK)
    ]
    near = np.concatenate([np.empty(0, dtype=bool), *kept])
    return pd.DataFrame({"mine": left.index[i[near]], "theirs": right.index[j[near]]})


def _close(left: pd.DataFrame, right: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Row by row: one edit apart, and not of one near key."""
    distances = cpdist(left["level"].tolist(), right["level"].tolist(), scorer=OSA.distance, score_cutoff=1)
    near: npt.NDArray[np.bool_] = (distances <= 1) & (left["key"].to_numpy() != right["key"].to_numpy())
    return near


def misnamed_ids(names: pd.Series[Any], convention: Convention, customer_ids: pd.Series[Any]) -> pd.DataFrame:
    """Which customers' names are meant by names that break the convention.

    A name means a customer when it equals that customer's conventional name once case, separators
    and the prefix's spelling are levelled: ``Customer_42``, ``customer42``, ``cust-42`` and
    ``custmer-42`` all mean ``customer-42``. A spelling of the prefix is a leading part of it of
    three letters or more, or what is at most two edits and at most a third of its length away; it
    has no digits of its own (they are the id's), and leaving the prefix out is no spelling of it.
    Whom a name means with the prefix in full, it means alone, whatever other cuts would say.
    Leading zeros count. Names that conform are passed over. Suggestions for a person: they never
    feed a change by themselves.

    Returns:
        One row per pair, by position in ``names``, then in ``customer_ids``: ``name`` and
        ``customer_id`` (both ``str``). A name that may mean several customers has several rows.
    """
    names = names.dropna().astype("str")
    names = names[convention.parse_all(names).isna()].reset_index(drop=True)
    cores = _cores(level_all(names), level(convention.prefix), level(convention.suffix))
    ids = customer_ids.dropna().astype("str").reset_index(drop=True)
    known = pd.DataFrame({"customer_id": ids, "core": level_all(ids), "id_at": ids.index})
    known = known[_among(known["core"], cores["core"])]
    meant = cores.merge(known, on="core")
    best = meant["spelled"] == meant.groupby("name_at")["spelled"].transform("min")
    meant = meant[best].sort_values(["name_at", "id_at"]).drop_duplicates(["name_at", "id_at"])
    return pd.DataFrame(
        {
            "name": names.array.take(meant["name_at"].to_numpy()),
            "customer_id": meant["customer_id"].array,
        }
    )


def _cores(levelled: pd.Series[Any], prefix: str, suffix: str) -> pd.DataFrame:
    """What may be the id in each name, and whether only a spelling of the prefix was cut off for it."""
    ended = levelled[levelled.str.endswith(suffix)]
    ended = ended.str.slice(0, -len(suffix)) if suffix else ended
    found = [_cut(ended, prefix, length) for length in _spelled_lengths(prefix)]
    return pd.concat(found, ignore_index=True)


def _cut(texts: pd.Series[Any], prefix: str, length: int) -> pd.DataFrame:
    """The texts of which so many characters spell the prefix, without them."""
    texts = texts[texts.str.len() > length]
    heads = texts.str.slice(0, length)
    spellings = _spellings(heads.unique().tolist(), prefix, length)
    texts, heads = texts[heads.isin(spellings)], heads[heads.isin(spellings)]
    return pd.DataFrame({"core": texts.str.slice(length), "name_at": texts.index, "spelled": heads != prefix})


def _spellings(heads: list[str], prefix: str, length: int) -> list[str]:
    """Which heads of so many characters spell the prefix; rapidfuzz's matrix leaves few to be looked at."""
    edits = _edits(prefix)
    close = cdist([prefix], heads, scorer=OSA.distance, score_cutoff=edits)[0] <= edits
    likely = {prefix[:length], *(heads[at] for at in np.flatnonzero(close))}
    return [head for head in likely if _spells(head, prefix)]


def _spelled_lengths(prefix: str) -> range:
    """How long a spelling of the prefix may be."""
    shortest = min(len(prefix), MIN_ABBREVIATION, max(1, len(prefix) - _edits(prefix)))
    return range(shortest, len(prefix) + _edits(prefix) + 1)


def _spells(spelling: str, prefix: str) -> bool:
    if spelling == prefix:
        return True
    if any(character.isdigit() and character not in prefix for character in spelling):
        return False
    abbreviates = prefix.startswith(spelling) and sum(map(str.isalpha, spelling)) >= MIN_ABBREVIATION
    return abbreviates or OSA.distance(spelling, prefix, score_cutoff=_edits(prefix)) <= _edits(prefix)


def _edits(prefix: str) -> int:
    """How many edits still make a spelling of the prefix: two, and a third of its length, at most."""
    return min(2, len(prefix) // 3)
