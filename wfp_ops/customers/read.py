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

from wfp_ops.clock import SystemClock, iso
from wfp_ops.customers.amounts import read_amounts
from wfp_ops.customers.columns import Recognised, other_id_columns, recognise
from wfp_ops.customers.database_url import is_database
from wfp_ops.customers.dates import read_times
from wfp_ops.customers.duplicates import case_note, set_duplicates_aside
from wfp_ops.customers.formats.load import load
from wfp_ops.customers.ids import Ids, Problem, cut_text, read_ids
from wfp_ops.customers.repeated_header import set_repeated_headers_aside
from wfp_ops.customers.set_aside import KIND, is_validated, provenance
from wfp_ops.customers.statuses import check_status_map, read_statuses
from wfp_ops.customers.table import MalformedRow, RawTable
from wfp_ops.customers.text import as_text, cell_text, short
from wfp_ops.errors import CustomerListError, SettingsError
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
    query: str | None = None,
) -> pd.DataFrame:
    """The customer list as a validated frame.

    Args:
        source: a CSV (any usual delimiter and encoding), Excel, Parquet, JSON or JSON-lines file, the URL
            of a database, or a DataFrame. A frame that came from here comes back as it is.
        columns: our column → the source's, such as ``{"customer_id": "CRM Id"}``.
        status: the source's status → ours, such as ``{"Cancelled": "churned"}``.
        duplicates: what becomes of an id that stands several times: all of its records are set aside,
            or (``"active_wins"``) all but its one active or trial record.
        id_case: whether ids that differ only in case are two (``"exact"``) or one (``"fold"``).
        sheet: name or position (from 0) of an Excel sheet.
        query: for a database: one SELECT, which is all that is sent; it can't change anything.

    Returns:
        One row for each customer, in the source's order: ``frames.columns.CUSTOMERS``, then the source's
        other columns. ``frame.attrs`` holds its provenance; ``customers.set_aside`` reads it.

    Raises:
        CustomerListError: the source can't be read, lacks a column that ``columns`` names, has no or no
            certain id column, or no usable record.
        SettingsError: a left side of ``columns`` is none of our columns, or a right side of ``status`` none
            of our statuses; a query without a database.
        MissingExtraError: databases need ``pip install 'wfp-ops[sql]'``.
    """
    check_status_map(status)
    if isinstance(source, pd.DataFrame) and is_validated(source, id_case=id_case):
        return _same(source)
    table = _load(source, sheet=sheet, columns=columns, query=query)
    _leave_out_blank_rows(table)
    if not table.headers and not len(table):
        raise _nothing_usable(table.file, [])
    found = _recognise(table, columns)
    set_repeated_headers_aside(table)
    ids = _ids(table, found.ours["customer_id"])
    values, notes = _values(table, found, status)
    set_duplicates_aside(ids, values["status"], table.rows, duplicates=duplicates, id_case=id_case)
    notes = [*table.notes, *found.notes, *ids.notes, *notes]
    if id_case == "exact":
        notes += case_note(ids)
    reading = {
        "columns": dict(columns or {}),
        "status": dict(status or {}),
        "duplicates": duplicates,
        "id_case": id_case,
        "sheet": sheet,
    }
    return _frame(table, found, ids, values, notes, reading=reading)


def _load(
    source: str | os.PathLike[str] | pd.DataFrame,
    *,
    sheet: str | int | None,
    columns: Mapping[str, str] | None,
    query: str | None,
) -> RawTable:
    if isinstance(source, str) and is_database(source):
        from wfp_ops.customers import database  # noqa: PLC0415 (for those who have one)

        return database.read(source, query)
    if query is not None:
        raise SettingsError(
            "a query is given, but the customer list is no database",
            key="customers.query",
            hint="leave the query out, or give the database's URL: postgresql://…, sqlite:///…",
        )
    return load(source, sheet=sheet, columns=columns)


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


def _ids(table: RawTable, at: int, places: list[int] | None = None) -> Ids:
    """The ids in a column of the table, or in some of its rows alone."""
    column, rows = table.columns[at], table.rows
    if places is not None:
        column, rows = column.iloc[places].reset_index(drop=True), rows[places]
    shown = table.shown_texts(at) if table.shown_texts and column.dtype == "object" else {}
    by_place = {place: shown[row] for place, row in enumerate(rows) if row in shown} if shown else {}
    return read_ids(column, by_place, excel=table.excel)


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
    table: RawTable,
    found: Recognised,
    ids: Ids,
    values: dict[str, pd.Series[Any]],
    notes: list[str],
    *,
    reading: dict[str, Any],
) -> pd.DataFrame:
    problems = _problems(table, found.ours["customer_id"], ids)
    aside = _set_aside_rows(table, found, problems, values)
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
    cut = [list(prefix) for problem in problems.values() for prefix in problem.shortened]
    frame.attrs[ATTRS_KEY] = provenance(
        source=before["source"],
        sha256=table.sha256,
        records_read=len(table) + len(table.malformed) + len(before["set_aside"]),
        set_aside=[*before["set_aside"], *aside],
        notes=list(dict.fromkeys([*before["notes"], *notes])),
        ids_unknown=before.get("ids_unknown", 0) + unknown,
        shortened=_without_repeats([*before.get("shortened", []), *cut]),
        path=before.get("path", table.path),
        as_of=before.get("as_of", table.as_of or iso(SystemClock().now())),
        reading=before.get("reading", reading),
    )
    return frame


def _without_repeats(prefixes: list[list[Any]]) -> list[list[Any]]:
    return [list(prefix) for prefix in dict.fromkeys(map(tuple, prefixes))]


def _problems(table: RawTable, id_column: int, ids: Ids) -> dict[int | MalformedRow, Problem]:
    """Why each record is set aside, by its place in the table, or by the row that never got there."""
    unsettled = [at for at, problem in ids.problems.items() if not problem.settled]
    problems: dict[int | MalformedRow, Problem] = {}
    problems.update(ids.problems.items())
    for other in other_id_columns(table.headers, id_column) if unsettled else ():
        also = _ids(table, other, unsettled)
        for place, at in enumerate(unsettled):
            text = also.texts.iloc[place]
            seen = Problem(text, "", (text,)) if isinstance(text, str) else also.problems[place]
            problems[at] = problems[at].and_seen(seen)
    for bad in table.malformed:
        problem = Problem(bad.text, bad.reason, bad.fields)
        for text in bad.fields:
            problem = problem.and_seen(cut_text(text))
        if bad.ends_within and bad.ends_in in (None, id_column):
            problem = problem.and_seen(Problem(None, "", (), ((bad.ends_within, 0),)))
        problems[bad] = problem
    return problems


def _set_aside_rows(
    table: RawTable,
    found: Recognised,
    problems: Mapping[int | MalformedRow, Problem],
    values: Mapping[str, pd.Series[Any]],
) -> list[dict[str, Any]]:
    column = table.headers[found.ours["customer_id"]]
    mapping = values.get("namespace")
    rows = []
    for at, problem in problems.items():
        if isinstance(at, MalformedRow):
            rows.append(_row(table.file, at.row, None, problem, None))
            continue
        named = mapping[at] if mapping is not None else None
        rows.append(
            _row(table.file, int(table.rows[at]), column, problem, named if isinstance(named, str) else None)
        )
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
