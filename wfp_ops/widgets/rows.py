"""The rows of a table in a panel: texts with an id each, and the same filter that the browser applies.

The browser filters, sorts and chooses (``static/rows.js``); this is what Python knows of it: which rows
a filter shows, and which ids may be chosen. Both must say the same, and a test compares them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from wfp_ops.errors import FrameError, visible
from wfp_ops.widgets.columns import Column

# What parts words: the same in both languages, which differ in what else they take for a blank
_BLANKS = re.compile(r"[ \t\n\r\f\v]+")


@dataclass(frozen=True)
class Filter:
    """What a table shows: rows with every word of ``text`` in them, and these values in these columns."""

    text: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)
    only: str = ""

    def told(self) -> dict[str, Any]:
        """What the browser is told of it."""
        return {"text": self.text, "facets": dict(self.facets), "only": self.only}


@dataclass(frozen=True)
class Rows:
    """Texts, column by column, with the ids of the rows; ``blocked`` says why an id can't be chosen."""

    columns: tuple[Column, ...] = ()
    ids: tuple[str, ...] = ()
    cells: tuple[Sequence[str], ...] = ()
    blocked: Mapping[str, str] = field(default_factory=dict)

    def shown(self, chosen_filter: Filter, chosen: Collection[str] = ()) -> tuple[str, ...]:
        """The ids of the rows that pass a filter, in the order they came in."""
        words = [word for word in _BLANKS.split(chosen_filter.text.lower()) if word]
        passed: Iterable[int] = range(len(self.ids))
        if chosen_filter.only == "chosen":
            wanted = frozenset(chosen)
            passed = [place for place in passed if self.ids[place] in wanted]
        for column, cells in zip(self.columns, self.cells, strict=True):
            text = chosen_filter.facets.get(column.name)
            if text is not None:
                passed = [place for place in passed if cells[place] == text]
        if words:
            texts = self._haystacks
            passed = [place for place in passed if all(word in texts[place] for word in words)]
        return tuple(self.ids[place] for place in passed)

    def settled(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Those of these ids that are there and may be chosen, in the rows' order, each once."""
        asked = frozenset(wanted)
        return tuple(each for each in self.ids if each in asked and each not in self.blocked)

    def summary(self, chosen_filter: Filter, chosen: Collection[str]) -> str:
        """How many are chosen, and how many of them the filter hides, in words."""
        unlimited = Filter(chosen_filter.text, chosen_filter.facets)
        hidden = len(frozenset(chosen).difference(self.shown(unlimited)))
        told = f"{len(chosen):,} chosen"
        return f"{told}, {hidden:,} of them hidden by the filter" if hidden else told

    def packed(self, version: int) -> bytes:
        """All of it as JSON for the browser."""
        reasons = list(dict.fromkeys(map(visible, self.blocked.values())))
        places = {reason: place for place, reason in enumerate(reasons)}
        why = self.blocked
        document = {
            "version": version,
            "ids": self.ids,
            "columns": [column.told(texts) for column, texts in zip(self.columns, self.cells, strict=True)],
            "cells": self.cells,
            "reasons": reasons,
            "blocked": [places[visible(why[each])] if each in why else -1 for each in self.ids],
        }
        return json.dumps(document, separators=(",", ":")).encode("ascii")

    @cached_property
    def _haystacks(self) -> list[str]:
        reasons = [visible(self.blocked.get(each, "")) for each in self.ids]
        return ["\n".join(texts).lower() for texts in zip(*self.cells, reasons, strict=True)]


def rows_of(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    ids: str | Iterable[object] | None = None,
    blocked: Mapping[str, str] | None = None,
) -> Rows:
    """The rows of a frame.

    Args:
        frame: what to show; it has the columns' names.
        columns: which columns, in this order.
        ids: the frame's column of ids, or an id for each row. None: the rows' numbers, for tables in
            which nothing is chosen.
        blocked: why an id can't be chosen, in words, for each that can't.

    Raises:
        FrameError: a column is not there, or an id is null or stands twice.
    """
    missing = [column.name for column in columns if column.name not in frame.columns]
    if missing:
        raise FrameError(f"a table lacks the column {missing[0]!r}", frame="table", column=missing[0])
    texts = _ids(frame, ids)
    cells = tuple(column.texts(frame[column.name]) for column in columns)
    return Rows(tuple(columns), texts, cells, dict(blocked or {}))


def _ids(frame: pd.DataFrame, ids: str | Iterable[object] | None) -> tuple[str, ...]:
    if ids is None:
        return tuple(map(str, range(len(frame))))
    column = ids if isinstance(ids, str) else None
    named: list[Any] = frame[ids].tolist() if isinstance(ids, str) else list(ids)
    if len(named) != len(frame) or any(pd.isna(each) for each in named):
        raise FrameError("each row of a table needs an id", frame="table", column=column)
    texts = tuple(map(str, named))
    if len(set(texts)) < len(texts):
        raise FrameError("an id stands twice in a table", frame="table", column=column)
    return texts
