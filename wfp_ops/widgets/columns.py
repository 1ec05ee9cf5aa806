"""The columns of a table in a panel: what they are called, how their values are written, what sorts them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from wfp_ops.audit.kinds import SEVERITIES
from wfp_ops.errors import visible

Kind = Literal["text", "name", "number", "time", "date", "state", "severity"]
# Pixels: of a width of 1, of a letter, and from where on a column of texts is cut where there is no room
_UNIT, _LETTER = 84, 7.3
_CUT_AT: Mapping[str, int] = {"text": 96, "name": 150}
_LONGEST: Mapping[str, int] = {"text": 42}
_LOOKED_AT = 2_000
_TIMES = {"time": "%Y-%m-%d %H:%M", "date": "%Y-%m-%d"}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: the frame's column.
        title: what its head says; by default the name, with blanks.
        kind: how it looks: ``name`` in fixed-width letters, ``number`` to the right, ``time`` to the
            minute and ``date`` to the day in UTC, ``state`` and ``severity`` with their mark.
        width: its share of the table's width, and at least 84 pixels for each 1; by default what its
            values take.
        facet: whether the table offers to show the rows of one value alone.
        ranks: values in the order that sorting goes by, where it is neither letters nor numbers.
    """

    name: str
    title: str = ""
    kind: Kind = "text"
    width: float | None = None
    facet: bool = False
    ranks: tuple[str, ...] = field(default=())

    def told(self, texts: Sequence[str] = ()) -> dict[str, Any]:
        """What the browser is told of it and of these texts."""
        share, least = self._measured(texts)
        ranks = self.ranks or (SEVERITIES if self.kind == "severity" else ())
        return {
            "name": self.name,
            "title": self.head,
            "kind": self.kind,
            "share": share,
            "least": least,
            "facet": self.facet,
            "ranks": {text: place for place, text in enumerate(ranks)} or None,
        }

    @property
    def head(self) -> str:
        """What its head says."""
        return self.title or self.name.replace("_", " ")

    def _measured(self, texts: Sequence[str]) -> tuple[int, int]:
        """Its share of the width, and how many pixels it needs at least; what is long is cut at the end."""
        if self.width is not None:
            pixels = round(self.width * _UNIT)
            return pixels, pixels
        lengths = sorted(map(len, texts[:_LOOKED_AT]))
        # of sentences the usual one counts, of names and marks the longest
        most = len(lengths) * 9 // 10 if self.kind == "text" else len(lengths) - 1
        usual = lengths[most] if lengths else 0
        letters = min(max(usual, len(self.head) + 2, 4), _LONGEST.get(self.kind, 26))
        pixels = round(letters * _LETTER + 22 + (16 if self.kind in ("state", "severity") else 0))
        return pixels, min(pixels, _CUT_AT.get(self.kind, pixels))

    def texts(self, values: pd.Series[Any]) -> list[str]:
        """Each value as it is shown, and as filters see it; nothing for what is null."""
        if self.kind in _TIMES:
            return _moments(values, _TIMES[self.kind])
        if isinstance(values.dtype, pd.StringDtype):
            return [visible(value) if isinstance(value, str) else "" for value in values.tolist()]
        return [_written(value) for value in values.tolist()]


def _moments(values: pd.Series[Any], form: str) -> list[str]:
    if values.isna().all():
        return [""] * len(values)
    written = pd.to_datetime(values, utc=True).dt.strftime(form).astype(object)
    return written.where(values.notna(), "").tolist()


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return visible(", ".join(f"{key}: {_written(each)}" for key, each in value.items()))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_written(each) for each in value)
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _amount(value)
    return visible(str(value))


def _amount(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
