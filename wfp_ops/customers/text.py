"""Blanks that can be seen and blanks that can't, and any cell as text."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import numpy as np
import pandas as pd

# What may surround a value unseen: controls, every Unicode space, soft hyphens, zero-width and
# direction marks, and the byte order mark. str.strip() alone leaves the zero-width ones standing
BLANKS = "".join(
    map(
        chr,
        (
            *range(0x21),
            *(0x7F, 0x85, 0xA0, 0xAD, 0x61C, 0x1680, 0x180E),
            *range(0x2000, 0x2010),
            *range(0x2028, 0x2030),
            *range(0x205F, 0x2070),
            *(0x3000, 0xFEFF),
        ),
    )
)

_SHOWN = 60


def trim(texts: pd.Series[Any]) -> pd.Series[Any]:
    """A text column without the blanks around its values; what is inside stays."""
    return texts.str.strip(BLANKS)


def short(text: str, limit: int = _SHOWN) -> str:
    """The text, cut for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def encodable(text: str) -> str:
    """The text with lone surrogates escaped: no file and no Arrow column can hold them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def is_nothing(value: Any) -> bool:
    """Whether a cell is missing: None, NaN, NaT, NA."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return isinstance(value, float | np.floating | decimal.Decimal) and bool(value != value)  # noqa: PLR0124 (NaN)


def cell_text(value: Any) -> str | None:
    """One cell as text: whole numbers without a decimal part, dates in ISO form, None where missing."""
    if is_nothing(value):
        return None
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, float | np.floating | decimal.Decimal):
        return number_text(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return encodable(str(value))


def number_text(value: float | decimal.Decimal | np.floating[Any]) -> str:
    """A number as text; a whole one has no decimal part (42.0 is 42)."""
    if isinstance(value, np.floating):
        value = float(value)
    finite = value.is_finite() if isinstance(value, decimal.Decimal) else np.isfinite(value)
    return str(int(value)) if finite and value == int(value) else str(value)


def as_text(cells: pd.Series[Any]) -> pd.Series[Any]:
    """A column as trimmed text (dtype ``str``), null where a cell is missing or holds blanks only."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    texts = cells if cells.dtype == "str" else pd.Series(map(cell_text, cells), dtype="str")
    texts = trim(texts)
    return texts.where(texts != "")
