"""Which character parts the fields of a CSV file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping

from wfp_ops.customers.columns import level_header, recognised_names

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 1 << 16
_ROWS = 200
# Excel writes and obeys this line before the header
_SEP_LINE = re.compile(r"sep=(.)(?:\r\n|\r|\n)", re.IGNORECASE)


def find_delimiter(text: str, columns: Mapping[str, str] | None) -> tuple[str, int]:
    """The delimiter, and the length of Excel's ``sep=`` line before the header (0 where there is none).

    The one whose header names most columns that we know wins; then the one that cuts the rows alike.
    """
    if said := _SEP_LINE.match(text):
        return said.group(1), said.end()
    known = recognised_names(columns)
    sample = text[:_SAMPLE]
    scores = [(_score(sample_rows(sample, delimiter), known), -at) for at, delimiter in enumerate(DELIMITERS)]
    best, at = max(scores)
    if best[2] <= 1:
        # One column: rows that hold a delimiter all the same must stand out, not become part of an id
        return max(DELIMITERS, key=sample.count), 0
    return DELIMITERS[-at], 0


def sample_rows(sample: str, delimiter: str) -> list[list[str]]:
    """The first rows of a text, read leniently; blank lines are left out."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) == _ROWS:
                break
    except csv.Error:
        pass  # a field longer than csv takes: what was read so far has to do
    return rows


def _score(rows: list[list[str]], known: frozenset[str]) -> tuple[int, float, int]:
    if not rows:
        return 0, 0.0, 0
    width = len(rows[0])
    named = sum(level_header(cell) in known for cell in rows[0])
    alike = sum(len(row) == width for row in rows) / len(rows)
    return named, alike, width
