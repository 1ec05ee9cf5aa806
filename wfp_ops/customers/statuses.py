"""A customer's status: five words, the operator's map, and never a guess that somebody left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from wfp_ops.customers.text import BLANKS, as_text, short
from wfp_ops.errors import SettingsError

STATUSES = ("active", "trial", "suspended", "churned", "unknown")

# No word but "churned" itself ever means churned unless the operator says so: after the days of
# grace a churned customer's namespace may be deleted
SYNONYMS: Mapping[str, str] = {
    "trialing": "trial",
    "trialling": "trial",
    "enabled": "active",
    "paused": "suspended",
    "on hold": "suspended",
}

_LISTED = 5


def check_status_map(status: Mapping[str, str] | None) -> dict[str, str]:
    """The operator's map, checked: their value → one of our five words.

    Raises:
        SettingsError: a right side that is none of them, or two left sides that differ only in case.
    """
    checked: dict[str, str] = {}
    for theirs, ours in (status or {}).items():
        word = str(ours).strip(BLANKS).lower()
        if word not in STATUSES:
            raise SettingsError(
                f"the status map says {theirs!r} = {ours!r}, which is no status",
                key=f"customers.status.{theirs}",
                hint=f"use one of {', '.join(STATUSES)}",
            )
        checked[str(theirs)] = word
    folded: dict[str, str] = {}
    for theirs, word in checked.items():
        if folded.setdefault(_fold(theirs), word) != word:
            raise SettingsError(
                f"the status map gives {theirs!r} two meanings, differing only in case",
                key=f"customers.status.{theirs}",
                hint="keep one of them",
            )
    return folded


def read_statuses(
    cells: pd.Series[Any] | None, status: Mapping[str, str] | None, length: int, *, ours_first: bool = False
) -> tuple[pd.Series[Any], list[str]]:
    """The statuses (dtype ``str``, never null) and notes about those that are unknown.

    ``ours_first``: the cells were judged before, so that our five words stand above the map.
    """
    mapping = check_status_map(status)
    if cells is None:
        note = "the list has no status column: every status is unknown"
        return pd.Series("unknown", index=range(length), dtype="str"), [note]
    texts = as_text(cells)
    codes, words = pd.factorize(texts)
    own = {word: word for word in STATUSES}
    meanings = {**SYNONYMS, **mapping, **own} if ours_first else {**SYNONYMS, **own, **mapping}
    found = [meanings.get(_fold(word)) for word in words]
    table = np.array([*(word or "unknown" for word in found), "unknown"], dtype=object)
    counts = np.bincount(codes[codes >= 0], minlength=len(words))
    strangers = [(str(words[at]), int(counts[at])) for at, word in enumerate(found) if word is None]
    return pd.Series(table[codes], dtype="str"), _notes(strangers, int((codes < 0).sum()))


def _notes(strangers: list[tuple[str, int]], blank: int) -> list[str]:
    notes = []
    if strangers:
        strangers.sort(key=lambda pair: (-pair[1], pair[0]))
        listed = ", ".join(f"{short(word)!r} ({count})" for word, count in strangers[:_LISTED])
        more = f" and {len(strangers) - _LISTED} more" if len(strangers) > _LISTED else ""
        line = '[customers] status = {{ "{}" = "…" }}'.format(strangers[0][0].replace('"', '\\"'))
        notes.append(
            f"unknown statuses: {listed}{more}; say what they mean in wfp-ops.toml, such as {line} "
            f"with one of {', '.join(STATUSES)}"
        )
    if blank:
        notes.append(f"{blank} records have no status: theirs is unknown")
    return notes


def _fold(word: str) -> str:
    return " ".join(word.strip(BLANKS).casefold().split())
