"""One id in several records: which can be told apart, and which are set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from wfp_ops.customers.ids import Ids, Problem
from wfp_ops.customers.text import short

Duplicates = Literal["refuse", "active_wins"]
Rows = npt.NDArray[Any]
IdCase = Literal["exact", "fold"]

_NAMED = 5
_LIVE = ("active", "trial")


def fold(ids: pd.Series[Any]) -> pd.Series[Any]:
    """Ids without their case, by Unicode's rules; nulls stay."""
    folded = ids.str.lower()
    if ids.dropna().str.isascii().all():
        return folded
    return pd.Series(
        [x.casefold() if isinstance(x, str) else None for x in ids], dtype="str", index=ids.index
    )


def set_duplicates_aside(
    ids: Ids, statuses: pd.Series[Any], rows: Rows, *, duplicates: Duplicates, id_case: IdCase
) -> None:
    """Every record of an id that stands twice becomes a problem.

    With ``active_wins`` the one active or trial record of an id stays, where it is the only one. The
    records that lose to it name no id: the id is in the frame, and naming it would put its customer in doubt.
    """
    keys = fold(ids.texts) if id_case == "fold" else ids.texts
    repeated = np.flatnonzero(keys.notna() & keys.duplicated(keep=False))
    if not len(repeated):
        return
    texts = ids.texts.iloc[repeated].tolist()
    live = statuses.iloc[repeated].isin(_LIVE).tolist()
    lines = rows[repeated].tolist()
    for group in _groups(keys.iloc[repeated]):
        records = [_Record(int(repeated[at]), texts[at], lines[at], live=live[at]) for at in group]
        winners = [record for record in records if record.live]
        if duplicates == "active_wins" and len(winners) == 1:
            _lose(ids, records, winners[0])
        else:
            _refuse(ids, records)
    gone = np.isin(np.arange(len(ids.texts)), np.fromiter(ids.problems, dtype=np.int64))
    ids.texts = ids.texts.where(~gone)


@dataclass(frozen=True, slots=True)
class _Record:
    at: int
    text: str
    row: int
    live: bool


def _groups(keys: pd.Series[Any]) -> Iterator[list[int]]:
    """Positions of equal keys, a list for each key."""
    codes, _ = pd.factorize(keys)
    order = np.argsort(codes, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
        yield group.tolist()


def _lose(ids: Ids, records: list[_Record], winner: _Record) -> None:
    reason = f"the id stands {len(records)} times; the live record in row {winner.row} wins"
    for record in records:
        if record is not winner:
            ids.problems[record.at] = Problem(record.text, reason, settled=True)


def _refuse(ids: Ids, records: list[_Record]) -> None:
    first = [record.row for record in records[: _NAMED + 1]]
    for record in records:
        others = [str(row) for row in first if row != record.row][:_NAMED]
        more = len(records) - 1 - len(others)
        listed = (
            f"row{'s' if len(records) > 2 else ''} {', '.join(others)}{f' and {more} more' if more else ''}"
        )
        reason = f"the id {short(record.text)!r} stands in {listed} as well"
        ids.problems[record.at] = Problem(record.text, reason, (record.text,))


def case_note(ids: Ids) -> list[str]:
    """A note where ids differ only in case, and are kept apart."""
    known = ids.texts.dropna()
    folded = fold(known)
    alike = known[folded.duplicated(keep=False)]
    if alike.empty:
        return []
    first = alike[folded[alike.index] == folded[alike.index[0]]]
    pair = f"{short(first.iloc[0])!r} and {short(first.iloc[1])!r}"
    said = f"{len(alike)} ids differ from another only in case, such as {pair}, and are kept apart"
    return [f'{said}; id_case = "fold" takes them for one']
