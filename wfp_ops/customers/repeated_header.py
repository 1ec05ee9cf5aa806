"""A header that stands a second time, within the rows: several exports put into one file."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wfp_ops.customers.table import MalformedRow, RawTable
from wfp_ops.customers.text import BLANKS, trim
from wfp_ops.errors import CustomerListError

_REASON = "the header again"


def set_repeated_headers_aside(table: RawTable) -> None:
    """Each row that says what the header says becomes a malformed one without an id in it.

    Raises:
        CustomerListError: it has the columns in another order, so that all rows below it would be misread.
    """
    names = [_level(header) for header in table.headers]
    if sum(map(bool, names)) < 2 or not len(table):
        return
    first = next(at for at, name in enumerate(names) if name)
    repeated = np.zeros(len(table), dtype=bool)
    for at in np.flatnonzero(_one_of(table.columns[first], frozenset(names) - {""})):
        cells = [column.iloc[at] for column in table.columns]
        levelled = [_level(cell) for cell in cells]
        if sorted(levelled) != sorted(names):
            continue
        if levelled != names:
            raise _other_order(table, int(table.rows[at]))
        repeated[at] = True
        text = ", ".join(str(cell) for cell in cells)
        table.malformed.append(MalformedRow(int(table.rows[at]), text, _REASON, ()))
    if repeated.any():
        table.keep(~repeated)


def _level(cell: Any) -> str:
    if isinstance(cell, str):
        return cell.strip(BLANKS).lower()
    return "" if cell is None or cell is pd.NA else repr(cell)


def _one_of(column: pd.Series[Any], names: frozenset[str]) -> npt.NDArray[np.bool_]:
    if column.dtype == "str":
        return trim(column).str.lower().isin(names).to_numpy(dtype=bool)
    if column.dtype == "object" or isinstance(column.dtype, pd.CategoricalDtype | pd.StringDtype):
        return np.array([isinstance(cell, str) and _level(cell) in names for cell in column], dtype=bool)
    return np.zeros(len(column), dtype=bool)


def _other_order(table: RawTable, row: int) -> CustomerListError:
    return CustomerListError(
        f"row {row} is a second header with the columns in another order: the rows below it would be misread",
        file=table.file,
        row=row,
        hint=f"split the file before row {row}, or bring both parts into one order of columns",
    )
