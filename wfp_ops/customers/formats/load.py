"""A customer list from wherever it lies: the content says what it is, the file's name only breaks ties."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from wfp_ops.clock import iso
from wfp_ops.customers.database_url import shown
from wfp_ops.customers.formats import csv_file, dataframe, json_file, parquet
from wfp_ops.customers.table import RawTable
from wfp_ops.errors import CustomerListError

_NOT_A_LIST: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_OLE = b"\xd0\xcf\x11\xe0"
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|head|body|table|\?xml|!--)", re.IGNORECASE)
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")


def load(
    source: str | os.PathLike[str] | pd.DataFrame,
    *,
    sheet: str | int | None,
    columns: Mapping[str, str] | None,
) -> RawTable:
    """The source as a raw table, its hash included.

    Raises:
        CustomerListError: there is no such file, it can't be read, or it is no list of any format.
    """
    if isinstance(source, pd.DataFrame):
        return dataframe.read(source)
    data, label = _bytes(source)
    table = _read(data, label, Path(os.fspath(source)).suffix.lower(), sheet, columns)
    table.sha256 = hashlib.sha256(data).hexdigest()
    table.path = os.path.abspath(os.path.expanduser(source))  # noqa: PTH100, PTH111 (see _bytes)
    table.as_of = _changed_on(table.path)
    return table


def _changed_on(path: str) -> str | None:
    """When the file was changed last; None where that can't be told (a pipe has no such date)."""
    try:
        changed = Path(path).stat()
    except OSError:
        return None
    if not stat.S_ISREG(changed.st_mode):
        return None
    return iso(datetime.fromtimestamp(changed.st_mtime, UTC))


def _bytes(source: str | os.PathLike[str]) -> tuple[bytes, str]:
    label = shown(os.fspath(source))
    try:
        # unlike Path's, this one leaves ~nobody as it is: then there is no such file
        data = Path(os.path.expanduser(source)).read_bytes()  # noqa: PTH111
    except IsADirectoryError:
        raise CustomerListError(
            "this is a folder, not a customer list", file=label, hint="name the file in it"
        ) from None
    except PermissionError:
        raise CustomerListError(
            "the customer list may not be read", file=label, hint="ask for the right to read it"
        ) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise CustomerListError(_why_not(error), file=label, hint=_where_else(label)) from None
    if not data.strip():
        raise CustomerListError("the customer list is empty", file=label, hint="export it again")
    return data, label


def _why_not(error: Exception) -> str:
    missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    reason = error.strerror if isinstance(error, OSError) else None
    return (
        "there is no such customer list"
        if missing
        else f"the customer list can't be read: {reason or 'bad path'}"
    )


def _where_else(label: str) -> str:
    if "://" in label:
        return "export the customers to a file (CSV, Excel, Parquet or JSON) and name that"
    return (
        f"looked in {Path.cwd()}; give the whole path" if not Path(label).is_absolute() else "check the path"
    )


def _read(
    data: bytes, label: str, suffix: str, sheet: str | int | None, columns: Mapping[str, str] | None
) -> RawTable:
    if (kind := _spreadsheet(data, label)) is not None:
        from wfp_ops.customers.formats import excel  # noqa: PLC0415 (openpyxl takes long to load)

        return excel.read(data, label, sheet=sheet, columns=columns, xlsx=kind == "xlsx")
    if sheet is not None:
        raise CustomerListError("this file has no sheets", file=label, hint="leave out sheet")
    if data.startswith(b"PAR1"):
        return parquet.read(data, label)
    _refuse_what_is_no_list(data, label)
    if suffix in _JSON_SUFFIXES or (data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")):
        table = json_file.read(
            data, label, lines_first=suffix in (".jsonl", ".ndjson"), sure=suffix in _JSON_SUFFIXES
        )
        if table is not None:
            return table
    return csv_file.read(data, label, columns=columns)


def _spreadsheet(data: bytes, label: str) -> str | None:
    if data.startswith(_OLE):
        return "xls"
    if not data.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise CustomerListError(
            "this file is no CSV: it is a damaged zip archive or spreadsheet",
            file=label,
            hint="export it again",
        ) from None
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names:
        return "ods"
    if "xl/workbook.bin" in names:
        return "xlsb"
    raise CustomerListError(
        "this file is no CSV: it is a zip archive", file=label, hint="unpack it and name the list inside"
    )


def _refuse_what_is_no_list(data: bytes, label: str) -> None:
    what = next((name for magic, name in _NOT_A_LIST if data.startswith(magic)), None)
    if what is None and _MARKUP.match(data.removeprefix(b"\xef\xbb\xbf")):
        what = "a web page or XML"
    if what is not None:
        raise CustomerListError(
            f"this file is no CSV: it is {what}",
            file=label,
            hint="export the customers as CSV, Excel, Parquet or JSON",
        )
