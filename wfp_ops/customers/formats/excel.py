"""Spreadsheets (.xlsx, .xlsb, .xls, .ods): one sheet, its first row with content being the header."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from wfp_ops.customers.columns import is_id_header
from wfp_ops.customers.formats.excel_zeros import has_zero_format, zero_padded
from wfp_ops.customers.table import RawTable, typed_column
from wfp_ops.customers.text import BLANKS, cell_text, short
from wfp_ops.errors import CustomerListError

_TOP = 20
Sheet = list[list[Any]]


def read(
    data: bytes, label: str, *, sheet: str | int | None, columns: Mapping[str, str] | None, xlsx: bool
) -> RawTable:
    """One sheet as a raw table.

    Raises:
        CustomerListError: it is no spreadsheet, is empty, or has several sheets and none is chosen.
    """
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = [s.name for s in workbook.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
        wanted = names if sheet is None else [_named(sheet, names, label)]
        sheets = {name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in wanted}
    except CalamineError as error:
        raise CustomerListError(
            f"the spreadsheet can't be read: {error}",
            file=label,
            hint="open it, save it as .xlsx without a password",
        ) from None
    name, note = _choose(sheets, columns, label)
    cells = sheets[name]
    header = _header_row(cells)
    table, places = _table(cells, header, label)
    table.notes = note
    if xlsx:
        table.shown_texts = _PaddedTexts(data, name, header + 2, places, label)
    return table


@dataclass(frozen=True)
class _PaddedTexts:
    """A second, slower look at one column, taken only where a format may show zeros."""

    data: bytes
    sheet: str
    first_row: int
    places: list[int]
    label: str

    def __call__(self, column: int) -> dict[int, str]:
        try:
            if not has_zero_format(self.data):
                return {}
            return zero_padded(self.data, self.sheet, self.first_row, self.places[column])
        except Exception as error:  # noqa: BLE001 (openpyxl raises whatever a damaged part leads it to)
            raise CustomerListError(
                f"the number formats can't be read ({error}), and one of them shows zeros",
                file=self.label,
                hint="save the id column as text",
            ) from None


def _named(sheet: str | int, names: list[str], label: str) -> str:
    if isinstance(sheet, int) and not isinstance(sheet, bool) and 0 <= sheet < len(names):
        return names[sheet]
    if sheet in names:
        return str(sheet)
    raise CustomerListError(
        f"there is no sheet {sheet!r}", file=label, hint=f"its sheets are {_listed(names)}"
    )


def _choose(
    sheets: Mapping[str, Sheet], columns: Mapping[str, str] | None, label: str
) -> tuple[str, list[str]]:
    """The one sheet with content; of several the one with an id column, never one of two."""
    filled = [name for name, cells in sheets.items() if _header_row(cells) < len(cells)]
    if not filled:
        raise CustomerListError("the spreadsheet is empty", file=label, hint="export it again")
    if len(filled) == 1:
        return filled[0], []
    fitting = [name for name in filled if _has_id_column(sheets[name], columns)]
    if len(fitting) == 1:
        return fitting[0], [
            f"of the sheets {_listed(filled)} only {fitting[0]!r} has an id column: it was read"
        ]
    which = "several of them have" if fitting else "none of them has"
    raise CustomerListError(
        f"the spreadsheet has several sheets ({_listed(filled)}), and {which} an id column",
        file=label,
        hint=f"choose one, such as sheet={(fitting or filled)[0]!r}, or put all customers into one",
    )


def _has_id_column(cells: Sheet, columns: Mapping[str, str] | None) -> bool:
    return any(is_id_header(cell_text(cell) or "", columns) for cell in cells[_header_row(cells)])


def _header_row(cells: Sheet) -> int:
    for at, row in enumerate(cells):
        if any(cell_text(cell) not in (None, "") for cell in row):
            return at
    return len(cells)


def _table(cells: Sheet, header: int, label: str) -> tuple[RawTable, list[int]]:
    headers = [cell_text(cell) or "" for cell in cells[header]]
    body = cells[header + 1 :]
    rows = np.arange(header + 2, header + 2 + len(body), dtype=np.int64)
    columns = [[None if cell == "" else cell for cell in column] for column in zip(*body, strict=True)]
    columns = columns or [[] for _ in headers]
    keep = [
        at for at, name in enumerate(headers) if name.strip(BLANKS) or any(c is not None for c in columns[at])
    ]
    table = RawTable(
        file=label,
        headers=[headers[at] for at in keep],
        columns=[typed_column(columns[at]) for at in keep],
        rows=rows,
        top=[[cell_text(cell) or "" for cell in row] for row in cells[:_TOP]],
        blank_rows_are_nothing=True,
        excel=True,
    )
    return table, keep


def _listed(names: list[str]) -> str:
    return ", ".join(repr(short(name)) for name in names)
