"""Monthly revenue: plain numbers only, since 1,234 means two things in two countries."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wfp_ops.customers.dates import unread_note
from wfp_ops.customers.text import as_text

_PLAIN = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"


def read_amounts(
    cells: pd.Series[Any], column: str, rows: npt.NDArray[np.int64]
) -> tuple[pd.Series[Any], list[str]]:
    """The amounts (dtype ``Float64``) and a note about what is no plain number; infinity is none."""
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        numbers, given = cells.astype("Float64"), cells.notna()
    else:
        texts = as_text(cells)
        plain = texts.where(texts.str.fullmatch(_PLAIN).fillna(value=False).astype(bool))
        numbers, given = pd.to_numeric(plain).astype("Float64"), texts.notna()
    finite = np.isfinite(numbers.to_numpy(dtype="float64", na_value=np.nan))
    amounts = pd.Series(numbers.to_numpy(dtype="float64", na_value=np.nan), dtype="float64").where(finite)
    bad = np.flatnonzero(given.to_numpy() & ~finite)
    return amounts.astype("Float64"), unread_note(column, "a plain number (write 1234.5)", bad, cells, rows)
