"""The shape of a CSV file's rows: what is too many, too few, or swallowed, and what only looks so."""

from __future__ import annotations

import csv
import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from wfp_ops.customers.formats.csv_careful import OddRow, wrong_width
from wfp_ops.customers.formats.delimiters import sample_rows
from wfp_ops.customers.text import BLANKS


@dataclass
class Parsed:
    """Columns of text, header row included, and the rows that have another number of fields."""

    columns: list[pd.Series[Any]]
    rows: np.ndarray[Any, np.dtype[np.int64]]
    odd: list[OddRow]


def fit_header(text: str, delimiter: str) -> tuple[str, int]:
    """The text with as many delimiters at the header's end as most rows have there, and how many were added.

    A delimiter too many in every row, or in the header alone, holds nothing: it makes no row a bad one.
    """
    header, *rows = sample_rows(text[: 1 << 16], delimiter)
    line = re.match(r"[^\r\n]*", text)
    if not rows or line is None or any(end in cell for cell in header for end in "\r\n"):
        return text, 0
    usual = statistics.mode(map(len, rows))
    if usual > len(header) and not any(_filled(row[len(header) :]) for row in rows):
        added = usual - len(header)
        return line.group() + delimiter * added + text[line.end() :], added
    if usual < len(header) and not _filled(header[usual:]) and '"' not in line.group():
        return delimiter.join(header[:usual]) + text[line.end() :], 0
    return text, 0


def _filled(cells: Iterable[str]) -> bool:
    return any(cell.strip(BLANKS) for cell in cells)


def take_in_blank_surplus(parsed: Parsed, delimiter: str) -> Parsed:
    """A row that is too long, or too short, by nameless empty fields alone is a good row."""
    width = len(parsed.columns)
    least = width
    while (
        least > 1 and not _filled(parsed.columns[least - 1].iloc[[0]]) and is_blank(parsed.columns[least - 1])
    ):
        least -= 1
    records, numbers, odd = [], [], []
    for row in parsed.odd:
        fields = next(csv.reader([row.text], delimiter=delimiter), []) if row.width >= least else []
        if fields and not _filled(fields[width:]):
            records.append([*fields[:width], *[""] * (width - len(fields))])
            numbers.append(row.row)
        else:
            odd.append(row)
    if not records:
        return parsed
    rows = np.concatenate([parsed.rows, np.array(numbers, dtype=np.int64)])
    order = np.argsort(rows, kind="stable")
    columns = [
        pd.concat([column, pd.Series([record[at] for record in records], dtype="str")], ignore_index=True)
        .iloc[order]
        .reset_index(drop=True)
        for at, column in enumerate(parsed.columns)
    ]
    return Parsed(columns, rows[order], odd)


def take_out_added(parsed: Parsed, added: int, delimiter: str) -> None:
    """The columns that ``fit_header`` added go again; a row with content in them is too long after all."""
    width = len(parsed.columns) - added
    filled = np.zeros(len(parsed.rows), dtype=bool)
    for column in parsed.columns[width:]:
        filled |= (column.str.strip(BLANKS) != "").to_numpy()
    for at in np.flatnonzero(filled):
        cells = [str(column.iloc[at]) for column in parsed.columns]
        text = delimiter.join(cells)
        parsed.odd.append(
            OddRow(int(parsed.rows[at]), text, len(cells), wrong_width(len(cells), width), tuple(cells))
        )
    parsed.columns = parsed.columns[:width]
    _drop(parsed, filled)


def set_swallowed_aside(parsed: Parsed, delimiter: str) -> None:
    """A quoted field may hold line breaks; two stray quotes make whole rows look like such a field.

    Where each line of a record has as many delimiters as the header, the record is set aside, and
    every field of every line counts as an id that was seen.
    """
    broken = np.zeros(len(parsed.rows), dtype=bool)
    for column in parsed.columns:
        broken |= pc.match_substring_regex(pa.array(column, pa.large_string()), "[\r\n]").to_numpy(
            zero_copy_only=False
        )
    broken[0] = False
    at = np.flatnonzero(broken)
    suspects = np.zeros(len(parsed.rows), dtype=bool)
    texts = zip(*(column.iloc[at].tolist() for column in parsed.columns), strict=True)
    for place, cells in zip(at.tolist(), texts, strict=True):
        raw = delimiter.join(cells)
        if _looks_like_rows(raw, delimiter, len(cells)):
            suspects[place] = True
            reason = "a quoted field holds what looks like whole rows: a quote may have no partner"
            parsed.odd.append(OddRow(int(parsed.rows[place]), raw, 0, reason, cells))
    _drop(parsed, suspects)


def _drop(parsed: Parsed, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
    if mask.any():
        parsed.columns = [column[~mask].reset_index(drop=True) for column in parsed.columns]
        parsed.rows = parsed.rows[~mask]
        parsed.odd.sort(key=lambda row: row.row)


def _looks_like_rows(raw: str, delimiter: str, width: int) -> bool:
    lines = [line for line in re.split(r"\r\n|\r|\n", raw) if line.strip(BLANKS)]
    return len(lines) > 1 and all(line.count(delimiter) == width - 1 for line in lines)


def is_blank(column: pd.Series[Any]) -> bool:
    """Whether a text column holds blanks only."""
    return bool((column.str.strip(BLANKS) == "").all())
