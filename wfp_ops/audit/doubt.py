"""Doubt: why a thing that looks like nobody's, or like a customer's who left, may be somebody's all the same.

Whatever stands here makes fewer things deletable, never more: what is doubtful is a suspect instead
of an orphan, and ambiguous instead of churned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from wfp_ops.audit.claims import Claims
from wfp_ops.audit.clues import clues_of
from wfp_ops.audit.rules import Rules
from wfp_ops.audit.things import Flags, Positions, Records, Things, positions
from wfp_ops.naming import levels, near

Shortened = Sequence[tuple[str, int]]


def why_suspect(
    things: Things,
    records: Records,
    claims: Claims,
    rules: Rules,
    *,
    unclaimed: Positions,
    without: Flags,
) -> pd.Series[Any]:
    """By thing, why an id that no customer has may be some customer's; null where nothing speaks for it."""
    why = _nothing(things)
    if not len(unclaimed):
        return why
    ids = claims.parsed.iloc[unclaimed]
    known = records.usable["customer_id"]
    if (shape := levels.plain_shape(known)) is not None:
        odd = ids[~levels.has_shape(ids, shape)]
        why[odd.index] = f"all ids of the customer list are {shape}, and this one is not"
    why.update(_cut(ids, records.shortened))
    earlier = ids.index[things.name.iloc[unclaimed].isin(rules.suspects)]
    why[earlier] = "it was a suspect before, and nobody has decided"
    second = _second_opinion(things, records, rules)
    why.update(_says(second[second["thing"].isin(unclaimed)], records, rules))
    clues = clues_of(records, claims, rules, without, aside=True)
    why.update(_resembles(ids, clues, rules, edits=True))
    return why


def why_not_gone(
    things: Things, records: Records, claims: Claims, rules: Rules, *, gone: Positions, without: Flags
) -> pd.Series[Any]:
    """By thing of a customer who left, why it may be that of one who is here; null where nothing is.

    Only other spellings count here, no edits: ``shop-1`` who left and ``shop-2`` who came are two.
    """
    why = _nothing(things)
    here = without & ~records.usable["status"].eq("churned").to_numpy()
    second = _second_opinion(things, records, rules)
    status = records.usable["status"].iloc[second["record"]].to_numpy()
    second = second[second["thing"].isin(gone) & (status != "churned")]
    why.update(_says(second, records, rules))
    if not here.any() or not len(gone):
        return why
    clues = clues_of(records, claims, rules, here, aside=False)
    why.update(_resembles(claims.parsed.iloc[gone].dropna(), clues, rules, edits=False))
    why.update(_bears(things.name.iloc[gone], clues, records.usable["customer_id"][here], rules))
    return why


def other_spellings(things: Things, records: Records, claims: Claims, rules: Rules) -> pd.Series[Any]:
    """By Worker, why a tag in another spelling names a second customer; null where none does."""
    why = _nothing(things)
    if not rules.by_tag:
        return why
    odd = things.labels[rules.convention.parse_all(things.labels).isna()]
    found = near.misnamed_ids(odd.drop_duplicates(), rules.convention, records.usable["customer_id"])
    spelled = pd.DataFrame({"name": odd.to_numpy(), "thing": odd.index.to_numpy()}).merge(found, on="name")
    own = rules.keys(claims.parsed.iloc[spelled["thing"]].reset_index(drop=True))
    second = spelled[own.notna().to_numpy() & (own != rules.keys(spelled["customer_id"])).to_numpy()]
    for thing, rows in second.groupby("thing"):
        why[int(str(thing))] = (
            f"its tag {rows['name'].iloc[0]!r} names customer {rows['customer_id'].iloc[0]!r}"
        )
    return why


def _resembles(ids: pd.Series[Any], clues: pd.Series[Any], rules: Rules, *, edits: bool) -> pd.Series[Any]:
    """By thing, which clue its id resembles, equals in another form, or is spelled out by."""
    parsed = rules.convention.parse_all(clues).dropna()
    pool = pd.concat([clues, parsed], ignore_index=True).drop_duplicates()
    distinct = ids.drop_duplicates()
    spelled = near.misnamed_ids(clues, rules.convention, distinct)
    twins = near.near_ids(distinct, pool)
    if not edits:
        twins = twins[twins["how"] != near.ONE_EDIT]
    words = [
        *(
            (each, "its id stands in the customer list in another form")
            for each in distinct[distinct.isin(pool)]
        ),
        *((each, f"it may belong to the customer listed as {name!r}") for name, each in _rows(spelled)),
        *((each, f"it may belong to customer {other!r} ({how})") for each, other, how in _rows(twins)),
    ]
    return ids.map(dict(words)).dropna()


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    return frame.itertuples(index=False, name=None)


def _bears(names: pd.Series[Any], clues: pd.Series[Any], ids: pd.Series[Any], rules: Rules) -> pd.Series[Any]:
    """By thing, whose name it bears in another spelling: that of a mapping, or of the convention."""
    levelled = dict(zip(levels.level_all(clues), clues, strict=True))
    spelled = near.misnamed_ids(names.drop_duplicates(), rules.convention, ids)
    words = {name: f"it may belong to customer {customer!r}" for name, customer in _rows(spelled)}
    for name, form in zip(names, levels.level_all(names), strict=True):
        if form in levelled:
            words[name] = f"the customer list means it by {levelled[form]!r}"
    return names.map(words).dropna()


def _second_opinion(things: Things, records: Records, rules: Rules) -> pd.DataFrame:
    """What a Worker's name says where tags decide, and its tags where names do: pairs of thing and record."""
    if rules.tenancy != "worker":
        return pd.DataFrame({"thing": [], "record": []}, dtype="int64")
    labels = things.name if rules.by_tag else things.frame["tags"].explode().dropna().astype("str")
    ids = rules.convention.parse_all(labels).dropna()
    found = positions(rules.keys(records.usable["customer_id"]), rules.keys(ids))
    return pd.DataFrame({"thing": ids.index.to_numpy(), "record": found})[found >= 0]


def _says(second: pd.DataFrame, records: Records, rules: Rules) -> pd.Series[Any]:
    second = second.drop_duplicates("thing")
    customers = records.usable["customer_id"].iloc[second["record"]]
    what = "name" if rules.by_tag else "tag"
    words = [f"its {what} says customer {customer!r}" for customer in customers]
    return pd.Series(words, index=second["thing"], dtype="str")


def _cut(ids: pd.Series[Any], shortened: Shortened) -> pd.Series[Any]:
    """By thing, that its id may be one that a program cut: so long, with those digits in front."""
    said = {
        thing: f"the customer list holds an id cut to {digits!r}, and this may be it"
        for digits, length in shortened
        for thing, customer in ids.items()
        if _may_be(customer, digits, length)
    }
    return pd.Series(said, dtype="str")


def _may_be(customer: str, digits: str, length: int) -> bool:
    if not length:
        return customer.startswith(digits)
    if len(customer) != length or not (customer.isascii() and customer.isdigit()):
        return False
    return customer.startswith(digits)


def _nothing(things: Things) -> pd.Series[Any]:
    return pd.Series(index=range(len(things)), dtype="str")
