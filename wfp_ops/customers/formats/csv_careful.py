"""CSV whose quotes are broken, line by line: the row with the stray quote is lost, the next is read again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wfp_ops.customers.text import BLANKS
from wfp_ops.frames.export import undefuse

_QUOTED = re.compile(r'"((?:[^"]|"")*+)"')  # possessive: a doubled quote is never half a closing one
_LINE_END = re.compile(r"\r\n|\r|\n")
# A quoted field of more lines than this is a stray quote
_MOST_LINES = 1000


@dataclass(frozen=True, slots=True)
class OddRow:
    """A row that doesn't fit: its number and text, how many fields it has (0: unknown), and the reason.

    ``cells``: what it was taken to hold, where that can't be told from its text any more.
    """

    row: int
    text: str
    width: int
    reason: str
    cells: tuple[str, ...] = ()


def wrong_width(found: int, wanted: int) -> str:
    """The reason of a row with too many or too few fields."""
    return f"it has {found} fields where the header has {wanted}"


def careful_records(text: str, delimiter: str) -> tuple[list[list[str]], list[int], list[OddRow]]:
    """Records of the header's width, their row numbers, and every other row."""
    lines = _LINE_END.split(text)
    if lines and not lines[-1]:
        lines.pop()
    records: list[list[str]] = []
    numbers: list[int] = []
    odd: list[OddRow] = []
    at = number = 0
    while at < len(lines):
        number += 1
        fields, used = _next_record(lines, at, delimiter)
        raw = "\n".join(lines[at : at + used])
        at += used
        if fields is None:
            odd.append(OddRow(number, raw, 0, "its quotes don't match"))
        elif not records or len(fields) == len(records[0]):
            records.append(fields)
            numbers.append(number)
        elif fields != [""]:
            odd.append(OddRow(number, raw, len(fields), wrong_width(len(fields), len(records[0]))))
    return records, numbers, odd


def _next_record(lines: list[str], at: int, delimiter: str) -> tuple[list[str] | None, int]:
    """The fields of the record that starts in this line (None: broken), and how many lines it has."""
    record, end = lines[at], at + 1
    while True:
        fields, is_open = _split(record, delimiter)
        if not is_open:
            return (fields, end - at) if fields is not None else (None, 1)
        more = end
        while more < len(lines) and '"' not in lines[more]:
            more += 1
        if more >= len(lines) or more - at > _MOST_LINES:
            return None, 1
        record = "\n".join([record, *lines[end : more + 1]])
        end = more + 1


def _split(record: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """The fields, or None where the quotes are broken; and whether a quoted field is still open."""
    fields: list[str] = []
    at = 0
    while True:
        if record[at : at + 1] == '"':
            quoted = _QUOTED.match(record, at)
            if quoted is None:
                return None, True
            fields.append(quoted.group(1).replace('""', '"'))
            at = quoted.end()
            if at < len(record) and record[at] != delimiter:
                return None, False
        else:
            end = record.find(delimiter, at)
            fields.append(record[at:] if end < 0 else record[at:end])
            at = len(record) if end < 0 else end
        if at >= len(record):
            return fields, False
        at += 1


def loose_fields(text: str, delimiter: str, fields: list[str]) -> tuple[str, ...]:
    """Every text in a row that can't be trusted, however one cuts it: any of them may be the id."""
    pieces = [*fields]
    for line in _LINE_END.split(text):
        pieces += line.split(delimiter)
        pieces += [piece.replace('"', "") for piece in line.split(delimiter)]
    for field in fields:
        pieces += _LINE_END.split(field)
    trimmed = [piece.strip(BLANKS) for piece in pieces]
    return tuple(dict.fromkeys(piece for piece in [*trimmed, *map(undefuse, trimmed)] if piece.strip('"')))
