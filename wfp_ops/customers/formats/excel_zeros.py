"""Zeros that only a cell's format shows: as ``00000`` 42 reads 00042, and that is the id people know."""

from __future__ import annotations

import io
import re
import warnings
import zipfile

import openpyxl

from wfp_ops.customers.shortened import DOUBLE

_ZEROS = re.compile(r"0{2,}")
_ZERO_FORMAT = re.compile(rb"""formatCode=["']0{2,}["']""")


def has_zero_format(data: bytes) -> bool:
    """Whether the workbook has a number format of zeros alone; a cheap look before the slow one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        styles = archive.read("xl/styles.xml") if "xl/styles.xml" in archive.namelist() else b""
    return _ZERO_FORMAT.search(styles) is not None


def zero_padded(data: bytes, sheet: str, first_row: int, column: int) -> dict[int, str]:
    """Whole numbers with the zeros that their format shows, by the sheet's row.

    ``column`` counts from 0, ``first_row`` (of the data) from 1.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of every feature that it doesn't keep
        workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            cells = workbook[sheet].iter_rows(min_row=first_row, min_col=column + 1, max_col=column + 1)
            texts = {
                row: _padded(cell.value, cell.number_format) for row, (cell,) in enumerate(cells, first_row)
            }
        finally:
            workbook.close()
    return {row: text for row, text in texts.items() if text is not None}


def _padded(value: object, number_format: str | None) -> str | None:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not _ZEROS.fullmatch(number_format or "")
    ):
        return None
    whole = value == int(value) and 0 <= value < DOUBLE.limit
    return str(int(value)).zfill(len(number_format or "")) if whole else None
