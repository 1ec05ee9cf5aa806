"""Read a customer list: any source in, one frame out, and nothing lost on the way.

Every record of the source is either a row of the frame or set aside with a reason; every id that was
seen in a record set aside is kept, so that nothing of that id is ever taken for an orphan.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from wfp_ops.customers.amounts import read_amounts
from wfp_ops.customers.columns import Recognised, recognise
from wfp_ops.customers.dates import read_times
from wfp_ops.customers.duplicates import case_note, set_duplicates_aside
from wfp_ops.customers.formats.load import load
from wfp_ops.customers.ids import Ids, Problem, read_ids
from wfp_ops.customers.set_aside import KIND, is_validated, provenance
from wfp_ops.customers.statuses import check_status_map, read_statuses
from wfp_ops.customers.table import RawTable
from wfp_ops.customers.text import as_text, cell_text, short
from wfp_ops.errors import CustomerListError
from wfp_ops.frames.columns import CUSTOMERS
from wfp_ops.frames.provenance import ATTRS_KEY

_TEXTS = ("name", "plan", "namespace")
_REASONS = 3
_VALUE_LENGTH = 300
_LIVE = ("active", "trial")


def read_customers(
    source: str | os.PathLike[str] | pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    status: Mapping[str, str] | None = None,
    duplicates: Literal["refuse", "active_wins"] = "refuse",
    id_case: Literal["exact", "fold"] = "exact",
    sheet: str | int | None = None,
) -> pd.DataFrame:
    """The customer list as a validated frame.

    Args:
        source: a CSV (any usual delimiter and encoding), Excel, Parquet, JSON or JSON-lines file, or a
            DataFrame. A frame that came from here comes back as it is.
        columns: our column → the source's, such as ``{"customer_id": "CRM Id"}``.
        status: the source's status → ours, such as ``{"Cancelled": "churned"}``.
        duplicates: what becomes of an id that stands several times: all of its records are set aside,
            or (``"active_wins"``) all but its one active or trial record.
        id_case: whether ids that differ only in case are two (``"exact"``) or one (``"fold"``).
        sheet: name or position (from 0) of an Excel sheet.

    Returns:
        One row for each customer, in the source's order: ``frames.columns.CUSTOMERS``, then the source's
        other columns. ``frame.attrs`` holds its provenance; ``customers.set_aside`` reads it.

    Raises:
        CustomerListError: the source can't be read, has no or no certain id column, or no usable record.
        SettingsError: ``columns`` or ``status`` name what does not exist.
    """
    check_status_map(status)
    if isinstance(source, pd.DataFrame) and is_validated(source, id_case=id_case):
        return _same(source)
    table = load(source, sheet=sheet, columns=columns)
    _leave_out_blank_rows(table)
    if not table.headers and not len(table):
        raise _nothing_usable(table.file, [])
    found = _recognise(table, columns)
    ids = _ids(table, found)
    values, notes = _values(table, found, status)
    set_duplicates_aside(ids, values["status"], table.rows, duplicates=duplicates, id_case=id_case)
    notes = [*table.notes, *found.notes, *ids.notes, *notes]
    if id_case == "exact":
        notes += case_note(ids)
    return _frame(table, found, ids, values, notes)


def _same(frame: pd.DataFrame) -> pd.DataFrame:
    again = frame.reset_index(drop=True)
    again.attrs = dict(frame.attrs)
    return again


def _is_ours(table: RawTable) -> bool:
    """Whether a read made this table before: then its columns and words are ours already."""
    return (table.prior or {}).get("kind") == KIND and set(CUSTOMERS.names) <= set(table.headers)


def _recognise(table: RawTable, columns: Mapping[str, str] | None) -> Recognised:
    if not _is_ours(table):
        return recognise(table.headers, columns, file=table.file, top=table.top)
    same = recognise(table.headers, {name: name for name in CUSTOMERS.names}, file=table.file)
    return Recognised(same.ours, same.extras, ())


def _leave_out_blank_rows(table: RawTable) -> None:
    """Spreadsheets and CSV files have rows without any content; they are no records."""
    if not table.blank_rows_are_nothing:
        return
    blank = _blank_rows(table)
    count = int(blank.sum()) + sum(not row.fields for row in table.malformed)
    if count:
        table.keep(~blank)
        table.malformed = [row for row in table.malformed if row.fields]
        table.notes.append(f"{count} rows without any content were left out")


def _blank_rows(table: RawTable) -> npt.NDArray[np.bool_]:
    blank = np.ones(len(table), dtype=bool)
    for column in table.columns:
        rest = np.flatnonzero(blank)
        if not len(rest):
            break
        blank[rest] = as_text(column.iloc[rest].reset_index(drop=True)).isna().to_numpy()
    return blank


def _ids(table: RawTable, found: Recognised) -> Ids:
    at = found.ours["customer_id"]
    column = table.columns[at]
    shown = table.shown_texts(at) if table.shown_texts and column.dtype == "object" else {}
    places = {place: shown[row] for place, row in enumerate(table.rows) if row in shown} if shown else {}
    return read_ids(column, places, excel=table.excel)


def _values(
    table: RawTable, found: Recognised, status: Mapping[str, str] | None
) -> tuple[dict[str, pd.Series[Any]], list[str]]:
    """Every column but the id, by our name, and what there is to say about them."""
    columns = {name: table.columns[at] for name, at in found.ours.items()}
    values: dict[str, pd.Series[Any]] = {name: as_text(columns[name]) for name in _TEXTS if name in columns}
    values["status"], notes = read_statuses(
        columns.get("status"), status, len(table), ours_first=_is_ours(table)
    )
    for name in ("started_on", "churned_on"):
        if name in columns:
            values[name], said = read_times(columns[name], table.headers[found.ours[name]], table.rows)
            notes += said
    if "mrr" in columns:
        values["mrr"], said = read_amounts(columns["mrr"], table.headers[found.ours["mrr"]], table.rows)
        notes += said
    if "churned_on" in values:
        odd = int((values["churned_on"].notna() & values["status"].isin(_LIVE)).sum())
        notes += (
            [f"{odd} customers have a date of leaving and are active or on trial all the same"] if odd else []
        )
    return values, notes


def _frame(
    table: RawTable, found: Recognised, ids: Ids, values: dict[str, pd.Series[Any]], notes: list[str]
) -> pd.DataFrame:
    aside = _set_aside_rows(table, found, ids, values)
    used = ids.texts.notna().to_numpy()
    if not used.any():
        raise _nothing_usable(table.file, aside)
    columns: dict[str, Any] = {"customer_id": ids.texts, **values}
    frame = CUSTOMERS.build({name: column[used].reset_index(drop=True) for name, column in columns.items()})
    extras = {name: _carried(table.columns[at][used].reset_index(drop=True)) for at, name in found.extras}
    if extras:
        frame = pd.concat([frame, pd.DataFrame(extras)], axis=1)
    prior = table.prior if (table.prior or {}).get("kind") == KIND else None
    unknown = sum(not row["customer_ids"] and row["value"] is None for row in aside)
    before = prior or {"source": table.file, "set_aside": [], "notes": [], "ids_unknown": 0}
    frame.attrs[ATTRS_KEY] = provenance(
        source=before["source"],
        sha256=table.sha256,
        records_read=len(table) + len(table.malformed) + len(before["set_aside"]),
        set_aside=[*before["set_aside"], *aside],
        notes=list(dict.fromkeys([*before["notes"], *notes])),
        ids_unknown=before.get("ids_unknown", 0) + unknown,
    )
    return frame


def _set_aside_rows(
    table: RawTable, found: Recognised, ids: Ids, values: Mapping[str, pd.Series[Any]]
) -> list[dict[str, Any]]:
    column = table.headers[found.ours["customer_id"]]
    mapping = values.get("namespace")
    rows = []
    for at, problem in ids.problems.items():
        named = mapping[at] if mapping is not None else None
        rows.append(
            _row(table.file, int(table.rows[at]), column, problem, named if isinstance(named, str) else None)
        )
    rows += [
        _row(table.file, bad.row, None, Problem(bad.text, bad.reason, bad.fields), None)
        for bad in table.malformed
    ]
    return sorted(rows, key=lambda row: row["row"])


def _row(file: str, row: int, column: str | None, problem: Problem, namespace: str | None) -> dict[str, Any]:
    return {
        "file": file,
        "row": row,
        "column": column,
        "value": None if problem.value is None else short(problem.value, _VALUE_LENGTH),
        "reason": problem.reason,
        "customer_ids": list(problem.seen),
        "namespace": namespace,
    }


def _nothing_usable(file: str, aside: list[dict[str, Any]]) -> CustomerListError:
    if not aside:
        return CustomerListError("the customer list has no customers", file=file, hint="export it again")
    reasons = "; ".join(f"row {row['row']}: {row['reason']}" for row in aside[:_REASONS])
    return CustomerListError(
        f"none of the {len(aside)} records can be used ({reasons})",
        file=file,
        row=aside[0]["row"],
        column=aside[0]["column"],
        hint="mend the list, or say in wfp-ops.toml which column holds the ids",
    )


def _carried(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column that is only carried along: text is trimmed of nothing, mixed cells become text."""
    if column.dtype == "str":
        return column.where(column != "")
    if column.dtype != "object":
        return column
    if pd.api.types.infer_dtype(column, skipna=True) in ("floating", "integer", "boolean", "decimal"):
        return pd.to_numeric(column, errors="coerce").convert_dtypes()
    return pd.Series(map(cell_text, column), dtype="str")
