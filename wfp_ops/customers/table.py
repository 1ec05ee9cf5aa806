"""What a source holds before it is judged: headers, columns, row numbers, and rows that are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd


@dataclass(frozen=True)
class MalformedRow:
    """A row whose fields can't be told apart: ``fields`` is every text in it, any may be the id.

    ``ends_within``: where the file is cut in this row, what there is of its last cell; ``ends_in`` is that
    cell's column (its place among the headers), or None where it can't be told.
    """

    row: int
    text: str
    reason: str
    fields: tuple[str, ...]
    ends_within: str = ""
    ends_in: int | None = None


@dataclass
class RawTable:
    """One source as it stands.

    ``columns`` are as many series as ``headers``, all indexed 0..n-1; text sources bring dtype
    ``str`` with ``""`` for an empty cell, typed ones what they have. ``rows`` is each record's row as
    a spreadsheet counts (the header is row 1).
    """

    file: str
    headers: list[str]
    columns: list[pd.Series[Any]]
    rows: npt.NDArray[np.int64]
    malformed: list[MalformedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sha256: str = ""
    # The first rows as text, for saying where a header seems to be
    top: list[list[str]] = field(default_factory=list)
    # Rows without any content are no records here (a spreadsheet's unused rows)
    blank_rows_are_nothing: bool = False
    # A spreadsheet's numbers have 15 digits
    excel: bool = False
    # What the cells of a column show where their numbers alone don't tell it, by row
    shown_texts: Callable[[int], Mapping[int, str]] | None = None
    # The record of an earlier read, where the source is a customers frame already
    prior: Mapping[str, Any] | None = None
    # Of a file: where it lies, and when it was changed last by the machine's clock (ISO 8601)
    path: str | None = None
    as_of: str | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def keep(self, mask: npt.NDArray[np.bool_]) -> None:
        """Drop the records where ``mask`` is False."""
        self.columns = [column[mask].reset_index(drop=True) for column in self.columns]
        self.rows = self.rows[mask]


def typed_column(values: list[Any]) -> pd.Series[Any]:
    """A column from cells: text where all are text, else objects, so that no id turns into a float."""
    if all(isinstance(value, str) or value is None for value in values):
        try:
            return pd.Series(values, dtype="str")
        except UnicodeEncodeError:  # half a character (a lone surrogate) fits no text column
            pass
    return pd.Series(values, dtype="object")
