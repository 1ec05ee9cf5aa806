"""One day's Parquet file: made from rows and hours, and read so that nothing cut or changed passes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wfp_ops.errors import HistoryError
from wfp_ops.usage.history.layout import FOOTER_KEY, SCHEMA, Hour, Hours, read_footer, write_footer

_ROWS_AT_ONCE = 122_880  # as DuckDB groups them: what one thread holds of a file at a time
_SAME = 1e-9
# a page whose checksum does not hold, or a footer that makes no sense, is an OSError of Arrow's
_UNREADABLE = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, EOFError)


@dataclass(frozen=True)
class Day:
    """A day's rows (``SCHEMA``, by time and names) and what is known of its hours."""

    day: date
    table: pa.Table
    hours: Hours


@dataclass(frozen=True)
class Place:
    """Where a day's file is: how to open it, and what to call it in an error."""

    day: date
    shown: str
    opened: AbstractContextManager[IO[bytes]]


def encode(day: Day, account_id: str) -> bytes:
    """The file's content."""
    footer = {FOOTER_KEY: write_footer(account_id, day.day, day.hours)}
    table = day.table.cast(SCHEMA).replace_schema_metadata(footer)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=_ROWS_AT_ONCE, write_page_checksum=True)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read_hours(place: Place, account_id: str) -> dict[datetime, Hour]:
    """What the footer says of each hour; the rows are not read.

    Raises:
        HistoryError: the file is cut, was changed, or is none of ours.
    """
    try:
        with place.opened as source, pq.ParquetFile(source) as file:
            return _hours(file, place.day, account_id)
    except _UNREADABLE as error:
        raise broken(place.shown, place.day, error) from None


def read_day(place: Place, account_id: str, columns: Sequence[str] | None = None) -> Day:
    """The day as a whole, or some columns of it, each page held against its checksum.

    Raises:
        HistoryError: the file is cut, was changed, or is none of ours.
    """
    try:
        with (
            place.opened as source,
            pq.ParquetFile(source, page_checksum_verification=True) as file,
        ):
            hours = _hours(file, place.day, account_id)
            table = file.read(columns=None if columns is None else list(columns), use_threads=False)
        if "requests" in table.column_names:
            _check_sum(pc.sum(table["requests"]).as_py() or 0.0, hours)
    except _UNREADABLE as error:
        raise broken(place.shown, place.day, error) from None
    return Day(place.day, table.replace_schema_metadata(None), hours)


def broken(where: str, day: date | None, error: BaseException | str) -> HistoryError:
    """The error of a file that can't be used."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    again = "wfp-ops usage collect" if day is None else f"wfp-ops usage collect, of {day}"
    return HistoryError(
        f"a file of the usage history can't be used: {lines[0]}",
        path=where,
        hint=f"put a backup in its place; or move it away and read it anew ({again}), as far as analytics "
        "reach. Until then analytics alone can be asked (history=False, --live)",
    )


def _hours(file: pq.ParquetFile, day: date, account_id: str) -> dict[datetime, Hour]:
    schema: Any = file.schema_arrow
    content = (schema.metadata or {}).get(FOOTER_KEY)
    if content is None:
        raise ValueError("wfp-ops did not write it")
    if not schema.equals(SCHEMA, check_metadata=False):
        raise ValueError("its columns are not those of the history")
    hours = read_footer(content, account_id=account_id, day=day)
    if file.metadata.num_rows != sum(hour.rows for hour in hours.values()):
        raise ValueError("it does not hold as many rows as it says")
    return hours


def _check_sum(requests: float, hours: Hours) -> None:
    said = sum(hour.requests for hour in hours.values())
    if not math.isclose(requests, said, rel_tol=_SAME, abs_tol=_SAME):
        raise ValueError(f"its rows add up to {requests:,.0f} requests, and it says {said:,.0f}")
