"""Dates that can't be misread, as UTC times; whatever could be read in two ways is null, with a note."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wfp_ops.customers.text import as_text, short

# Year first, so that day and month can't be mistaken; then a time and an offset, if any
_UNAMBIGUOUS = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)? ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
# Outside of these years a date is a program's word for "never" or "nothing": 0001, 1900, 1970-01-01, 9999
_FIRST, _END = pd.Timestamp("1971-01-01", tz="UTC"), pd.Timestamp("2200-01-01", tz="UTC")
_SHOWN = 3


def read_times(
    cells: pd.Series[Any], column: str, rows: npt.NDArray[np.int64]
) -> tuple[pd.Series[Any], list[str]]:
    """The times (``datetime64[us, UTC]``; without an offset it is UTC) and a note about the unreadable."""
    if isinstance(cells.dtype, pd.DatetimeTZDtype) or str(cells.dtype).startswith("datetime64"):
        texts, times = None, pd.to_datetime(cells, utc=True, errors="coerce")
    else:
        texts = as_text(cells)
        times = _parse(texts)
    times = times.dt.as_unit("us")
    times = times.where((times >= _FIRST) & (times < _END))
    given = cells.notna() if texts is None else texts.notna()
    bad = np.flatnonzero(given & times.isna())
    shown = cells.astype("str") if texts is None else texts
    return times, unread_note(column, "an unmistakable date (write 2026-03-04)", bad, shown, rows)


def _parse(texts: pd.Series[Any]) -> pd.Series[Any]:
    clear = texts.str.upper().str.replace(" UTC", "Z", regex=False).str.replace("/", "-", regex=False)
    clear = clear.where(clear.str.fullmatch(_UNAMBIGUOUS).fillna(value=False).astype(bool))
    return pd.to_datetime(clear, format="ISO8601", utc=True, errors="coerce")


def unread_note(
    column: str, wanted: str, bad: npt.NDArray[np.intp], shown: pd.Series[Any], rows: npt.NDArray[np.int64]
) -> list[str]:
    """One note for the values of a column that were left null, with the first of them; else none."""
    if not len(bad):
        return []
    examples = ", ".join(f"row {rows[at]}: {short(str(shown.iloc[at]))!r}" for at in bad[:_SHOWN])
    return [f"{column}: {len(bad)} values are not {wanted} and were left empty ({examples})"]
