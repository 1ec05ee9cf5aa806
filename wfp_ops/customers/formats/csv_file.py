"""CSV and its kin (``;``, tab, ``|``), every cell as the text that stands there.

Arrow reads the file; where its quoting is broken a slower reader takes over, which loses one row
where Arrow would swallow all that follow a stray quote.
"""

from __future__ import annotations

import collections
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from wfp_ops.customers.formats.csv_careful import OddRow, careful_records, loose_fields, wrong_width
from wfp_ops.customers.formats.csv_shape import (
    Parsed,
    fit_header,
    is_blank,
    set_swallowed_aside,
    take_in_blank_surplus,
    take_out_added,
)
from wfp_ops.customers.formats.delimiters import find_delimiter, sample_rows
from wfp_ops.customers.formats.encodings import decode
from wfp_ops.customers.table import MalformedRow, RawTable
from wfp_ops.customers.text import BLANKS
from wfp_ops.errors import CustomerListError
from wfp_ops.frames.export import undefuse

_TOP = 20
_LEADING = re.compile(r"[ \t]*(?:\r\n|\r|\n)")
# Arrow counts bytes of a block in 32 bits; a block as long as the file lets a field be of any length
_MOST_IN_A_BLOCK = 1 << 30


def read(data: bytes, label: str, *, columns: Mapping[str, str] | None) -> RawTable:
    """The file as a raw table of text.

    Raises:
        CustomerListError: the bytes are no text, or hold no header.
    """
    text, notes = decode(data, label)
    delimiter, start = find_delimiter(text, columns)
    skipped = 1 if start else 0
    while blank := _LEADING.match(text, start):
        start, skipped = blank.end(), skipped + 1
    text, added = fit_header(text[start:], delimiter)
    parsed = take_in_blank_surplus(_parse(text, delimiter, label), delimiter)
    if added:
        take_out_added(parsed, added, delimiter)
    if '"' in text:
        set_swallowed_aside(parsed, delimiter)
    headers = [undefuse(str(column.iloc[0])) for column in parsed.columns]
    table = RawTable(
        file=label,
        headers=headers,
        columns=[_undefused(column.iloc[1:].reset_index(drop=True)) for column in parsed.columns],
        rows=parsed.rows[1:] + skipped,
        malformed=[_malformed(odd, delimiter, skipped, cut=_is_cut(odd, parsed, text)) for odd in parsed.odd],
        notes=notes + _cut_note(parsed, text),
        top=sample_rows(text[: 1 << 16], delimiter)[:_TOP],
        blank_rows_are_nothing=True,
    )
    _drop_nameless_nothings(table)
    return table


def _parse(text: str, delimiter: str, label: str) -> Parsed:
    if '"' in text and not _quoted_well(text, delimiter):
        return _parse_carefully(text, delimiter, label)
    return _parse_with_arrow(text, delimiter, label)


def _quoted_well(text: str, delimiter: str) -> bool:
    """Whether every quote has its partner in the right place: Arrow would not complain."""
    try:
        collections.deque(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), maxlen=0
        )
    except csv.Error:
        return False
    return True


def _parse_carefully(text: str, delimiter: str, label: str) -> Parsed:
    records, numbers, odd = careful_records(text, delimiter)
    if not records or numbers[0] != 1:
        raise CustomerListError(
            "the header can't be read: a quote in it has no partner",
            file=label,
            row=1,
            hint="mend the quotes in row 1",
        )
    columns = [pd.Series(list(cells), dtype="str") for cells in zip(*records, strict=True)]
    return Parsed(columns, np.array(numbers, dtype=np.int64), odd)


def _parse_with_arrow(text: str, delimiter: str, label: str) -> Parsed:
    data = text.encode("utf-8")
    invalid: list[pyarrow.csv.InvalidRow] = []

    def note_invalid(row: pyarrow.csv.InvalidRow) -> str:
        invalid.append(row)
        return "skip"

    width = len(next(iter(sample_rows(text[: 1 << 20], delimiter)), [])) + 1
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(data),
            read_options=pyarrow.csv.ReadOptions(
                # one thread: only then does Arrow know the numbers of the rows it skips
                use_threads=False,
                autogenerate_column_names=True,
                block_size=min(len(data) + 1, _MOST_IN_A_BLOCK),
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values='"' in text,
                ignore_empty_lines=False,
                invalid_row_handler=note_invalid,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                strings_can_be_null=False,
                check_utf8=False,
                column_types={f"f{at}": pa.string() for at in range(width)},
            ),
        )
    except pa.ArrowInvalid:
        return _parse_carefully(text, delimiter, label)
    if any(column.type != pa.string() for column in table.columns):
        return _parse_carefully(text, delimiter, label)
    odd = [
        OddRow(
            row.number, row.text, row.actual_columns, wrong_width(row.actual_columns, row.expected_columns)
        )
        for row in invalid
    ]
    every = np.arange(1, table.num_rows + len(odd) + 1, dtype=np.int64)
    rows = np.setdiff1d(every, [row.row for row in odd], assume_unique=True)
    return Parsed([column.to_pandas() for column in table.columns], rows, odd)


def _malformed(odd: OddRow, delimiter: str, skipped: int, *, cut: bool) -> MalformedRow:
    fields = next(iter(sample_rows(odd.text, delimiter)), []) if odd.width else []
    seen = loose_fields(odd.text, delimiter, [*fields, *odd.cells])
    row = MalformedRow(odd.row + skipped, odd.text, odd.reason, seen)
    if not cut:
        return row
    # without a partner to its quotes nobody knows how many cells there are before the last one
    last = fields[-1] if fields else odd.text.rsplit(delimiter, 1)[-1].lstrip('"')
    return replace(row, ends_within=last.strip(BLANKS), ends_in=len(fields) - 1 if fields else None)


def _undefused(column: pd.Series[Any]) -> pd.Series[Any]:
    """Take back the ``'`` that our own CSV puts before what a spreadsheet would run."""
    marked = column.str.startswith("'")
    if not marked.any():
        return column
    column = column.copy()
    column[marked] = pd.Series([undefuse(text) for text in column[marked]], dtype="str").to_numpy()
    return column


def _is_cut(odd: OddRow, parsed: Parsed, text: str) -> bool:
    """Whether the file ends within this row, with fewer fields than the header or an open quote."""
    is_last = odd is parsed.odd[-1] and odd.row > parsed.rows[-1] and not text.endswith(("\n", "\r"))
    return is_last and odd.width < len(parsed.columns)


def _cut_note(parsed: Parsed, text: str) -> list[str]:
    last = parsed.odd[-1].row if parsed.odd else 0
    if last > parsed.rows[-1] and not text.endswith(("\n", "\r")):
        return [f"the file ends within row {last}: it may be cut, and customers may be missing"]
    return []


def _drop_nameless_nothings(table: RawTable) -> None:
    """A column without a name and without a value is a delimiter too many."""
    keep = [
        at
        for at, header in enumerate(table.headers)
        if header.strip(BLANKS) or not is_blank(table.columns[at])
    ]
    table.headers = [table.headers[at] for at in keep]
    table.columns = [table.columns[at] for at in keep]
    places = {at: place for place, at in enumerate(keep)}
    table.malformed = [
        row if row.ends_in is None else replace(row, ends_in=places.get(row.ends_in, -1))
        for row in table.malformed
    ]
