"""Frames as an Excel workbook in which nothing runs: text is text, whatever it looks like."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfp_ops.errors import visible
from wfp_ops.frames.export import flat

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

# Excel's own limits (support.microsoft.com: "Excel specifications and limits")
_MOST_ROWS = 1_048_576
_MOST_CHARACTERS = 32_767
_LARGEST_WHOLE = 10**15
# Excel reads _x0041_ in a cell as "A" (ECMA-376, ST_Xstring): where a name looks so, the first _ is escaped
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# What neither XML nor a person can read; line feeds and tabs are left, because Excel shows them
_UNREADABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_TIME = "yyyy-mm-dd hh:mm:ss"
_WIDEST = 60
_SAMPLE = 200


def to_excel(frames: Mapping[str, pd.DataFrame]) -> bytes:
    """The frames as an .xlsx file, a sheet for each.

    Every text is stored as text; what could be taken for a formula is marked as text as well (Excel's
    "quote prefix"), so that it becomes none when somebody edits the cell.

    Times are UTC without a zone, because Excel knows none; lists are joined by commas; null is an empty
    cell. Characters that XML forbids, and those that turn the text around them, are shown as escapes.
    More rows than a sheet holds go on in a second one.

    Args:
        frames: by the name of the sheet.
    """
    from openpyxl import Workbook  # noqa: PLC0415 (a moment to load, and few ask for it)

    book = Workbook(write_only=True)
    book.properties.creator = "wfp-ops"
    for name, frame in frames.items():
        for place, part in enumerate(_parts(frame), start=1):
            _fill(book.create_sheet(name if place == 1 else f"{name} {place}"), part)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _parts(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    rows = _MOST_ROWS - 1
    for start in range(0, max(len(frame), 1), rows):
        yield frame.iloc[start : start + rows]


def _fill(sheet: WriteOnlyWorksheet, frame: pd.DataFrame) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415 (as above)
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    columns = [[_value(value) for value in series.array] for _, series in frame.items()]
    names = [str(name) for name in frame.columns]
    for place, (name, values) in enumerate(zip(names, columns, strict=True), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = _width(name, values)
    sheet.freeze_panes = "A2"
    if names:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(frame) + 1}"
    head = [_text_cell(sheet, name) for name in names]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for row in zip(*columns, strict=True):
        sheet.append([_cell(sheet, value) for value in row])


def _value(value: Any) -> Any:
    """A value as Excel has it: text, a number, a truth, a moment without a zone, or nothing."""
    if isinstance(value, str | list | tuple | dict):
        return flat(value)
    if pd.isna(value):
        return None
    if isinstance(value, datetime):
        return _moment(pd.Timestamp(value))
    value = value.item() if hasattr(value, "item") else value
    # Beyond, Excel would round a number; and it knows no infinity
    exact = isinstance(value, bool) or (isinstance(value, int | float) and abs(value) < _LARGEST_WHOLE)
    return value if exact else str(value)


def _moment(moment: pd.Timestamp) -> datetime | str:
    moment = moment if moment.tzinfo is None else moment.tz_convert("UTC").tz_localize(None)
    # Excel's calendar begins in 1900, and is wrong up to its first of March
    return moment.to_pydatetime(warn=False) if moment >= pd.Timestamp(1900, 3, 1) else moment.isoformat()


def _cell(sheet: WriteOnlyWorksheet, value: Any) -> Any:
    """What a row takes for a value: the value alone where that is enough, because cells are slow."""
    if isinstance(value, str):
        # Nothing that begins with a letter or a digit is a formula
        return _readable(value) if value[:1].isalnum() else _text_cell(sheet, value)
    if isinstance(value, datetime):
        cell = _made(sheet, value)
        cell.number_format = _TIME
        return cell
    return value


def _text_cell(sheet: WriteOnlyWorksheet, text: str) -> Any:
    """Text as text: the type is set by hand, because openpyxl takes what begins with = for a formula."""
    cell = _made(sheet, _readable(text))
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _made(sheet: WriteOnlyWorksheet, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 (as above)

    return WriteOnlyCell(sheet, value)


def _readable(text: str) -> str:
    text = _UNREADABLE.sub(lambda found: visible(found.group()), text)
    text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"


def _width(name: str, values: list[Any]) -> float:
    """Wide enough for the first rows, and never wider than what can be read."""
    longest = max((len(str(value)) for value in values[:_SAMPLE] if value is not None), default=0)
    return min(max(len(name) + 3, longest + 1), _WIDEST)
