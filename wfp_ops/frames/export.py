"""Frames as CSV and JSON: safe for a spreadsheet, exact for a program."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from datetime import date, time
from typing import Any

import numpy as np
import pandas as pd

# A spreadsheet runs a cell that starts so as a formula, also after blanks; the last four
# are the full-width forms of = + - @, which spreadsheets of East Asia take for the same
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def defuse(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets a ``'`` in front; all else is as it was.

    Text that looks defused already gets one more, so that ``undefuse`` gives back what was there.
    """
    if not isinstance(value, str) or value[:1].isalnum():
        return value
    return "'" + value if _is_formula(value.lstrip("'")) else value


def undefuse(text: str) -> str:
    """The text that ``defuse`` was given: one leading ``'`` less where it stands before a formula."""
    return text[1:] if text.startswith("'") and _is_formula(text.lstrip("'")) else text


def _is_formula(text: str) -> bool:
    return text.startswith(("\t", "\r", "\n")) or text.lstrip().startswith(_FORMULA_STARTS)


def to_csv(frame: pd.DataFrame, *, raw: bool = False) -> str:
    """The frame as CSV text, header included; lists are joined by commas, times are ISO 8601, null is empty.

    Unless ``raw``, text that a spreadsheet would take for a formula is defused with a leading ``'``.
    """
    columns = [[flat(value) for value in _values(series)] for _, series in frame.items()]
    names = [str(name) for name in frame.columns]
    if not raw:
        names, *columns = ([defuse(value) for value in column] for column in (names, *columns))
    lines = _Lines()
    writer = csv.writer(lines, lineterminator=_Lines.written)
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    return "".join(lines)


class _Lines(list[str]):
    """Takes what a CSV writer writes, line by line, and ends each line with a line feed alone.

    The writer itself must end them with both: it quotes only the line ends that it uses, and a
    carriage return without quotes begins a new row for a spreadsheet.
    """

    written = "\r\n"

    def write(self, line: str) -> None:
        """One whole row, as the writer hands it over."""
        self.append(line.removesuffix(self.written) + "\n")


def to_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame as a list of JSON-able rows: null for every kind of missing, ISO 8601 for times."""
    names = [str(name) for name in frame.columns]
    columns = [_values(series) for _, series in frame.items()]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def to_json(document: Any) -> str:
    """A JSON document, indented, unicode kept, without NaN."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def _values(series: pd.Series[Any]) -> list[Any]:
    """A column's values as JSON knows them."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        series = series.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ").astype("str")
    if isinstance(series.dtype, pd.StringDtype | pd.BooleanDtype | pd.Int64Dtype) or series.dtype == bool:
        # These hold plain values and nulls only, which spares looking at each
        return series.astype(object).mask(series.isna(), None).tolist()
    return [_plain(value) for value in series]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if pd.isna(value):
        return None
    return value.isoformat() if isinstance(value, date | time) else str(value)


def flat(value: Any) -> Any:
    """A list joined by commas, a mapping as JSON; all else as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    return ",".join("" if item is None else str(item) for item in value) if isinstance(value, list) else value
