"""JSON (an array of objects, or an object that holds one) and JSON lines; numbers keep every digit."""

from __future__ import annotations

import decimal
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from wfp_ops.customers.formats.csv_careful import loose_fields
from wfp_ops.customers.formats.encodings import decode
from wfp_ops.customers.formats.json_pages import more_to_come, says_has_more
from wfp_ops.customers.scalars import scalars
from wfp_ops.customers.table import MalformedRow, RawTable, typed_column
from wfp_ops.customers.text import cell_text, encodable, short
from wfp_ops.errors import CustomerListError

# No CSV begins so, whatever the file's name says
_CERTAIN = re.compile(r'\s*(?:\[\s*)?\{\s*"')


class _BrokenLine(json.JSONDecodeError):
    """A line that is no JSON, among lines that are."""


class _Repeated(dict[str, Any]):
    """An object in which one key stands twice: which value counts can't be told."""

    pairs: list[tuple[str, Any]]


def read(data: bytes, label: str, *, lines_first: bool, sure: bool) -> RawTable | None:
    """The file as a raw table; None where it is no JSON and need not be (``sure`` is False).

    Raises:
        CustomerListError: broken JSON, or JSON that is no list of objects.
    """
    text, notes = decode(data, label)
    try:
        records = _lines(text, label) if lines_first else _document(text, label)
    except json.JSONDecodeError as error:
        if not sure and not _CERTAIN.match(text):
            return None
        what = f"line {error.lineno} is no JSON"
        if not isinstance(error, _BrokenLine):
            what = f"the JSON is broken in line {error.lineno}"
        raise CustomerListError(
            f"{what}: {error.msg}; the file may be cut",
            file=label,
            row=error.lineno,
            hint="export it again",
        ) from None
    except RecursionError:
        raise CustomerListError(
            "the JSON is nested too deeply to be a list of customers", file=label, hint="export it again"
        ) from None
    table = _table(records, label)
    table.notes = notes
    return table


def _document(text: str, label: str) -> list[Any]:
    try:
        return _records(_parse(text), label)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise
        return _lines(text, label)


def _lines(text: str, label: str) -> list[Any]:
    records = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            records.append(_parse(line))
        except json.JSONDecodeError as error:
            raise _BrokenLine(error.msg, "\n" * (number - 1), number - 1) from None
    if len(records) == 1 and isinstance(records[0], list):
        return _records(records[0], label)
    return records


def _parse(text: str) -> Any:
    return json.loads(
        text, parse_float=decimal.Decimal, parse_constant=lambda _: None, object_pairs_hook=_object
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    repeated = _Repeated(made)
    repeated.pairs = pairs
    return repeated


def _records(document: Any, label: str) -> list[Any]:
    if isinstance(document, list):
        return document
    if not isinstance(document, Mapping):
        raise CustomerListError(
            "the JSON is no list of customers",
            file=label,
            hint="write an array with one object for each customer",
        )
    lists = {key: value for key, value in document.items() if _is_list_of_objects(value)}
    if len(lists) > 1:
        raise CustomerListError(
            f"the JSON holds several lists ({', '.join(repr(short(key)) for key in lists)})",
            file=label,
            hint="keep the customers' alone",
        )
    records: list[Any] = next(iter(lists.values())) if lists else [document]
    # what stands in a lone customer is the customer's own: it may well have a count or a next
    sign = more_to_come(document, len(records)) if lists else says_has_more(document)
    if sign is not None:
        raise CustomerListError(
            f"the JSON says that there are more customers than it holds (by its {short(sign)!r})",
            file=label,
            hint="export every page into one list",
        )
    return records


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _table(records: list[Any], label: str) -> RawTable:
    fits = [isinstance(record, dict) and not isinstance(record, _Repeated) for record in records]
    good = [at for at, fit in enumerate(fits) if fit]
    malformed = [_malformed(at + 2, records[at]) for at, fit in enumerate(fits) if not fit]
    if records and not good:
        raise CustomerListError(
            "the JSON is no list of objects", file=label, hint='write [{"customer_id": "42"}, …]'
        )
    headers = list(dict.fromkeys(key for at in good for key in records[at]))
    columns = [typed_column([records[at].get(key) for at in good]) for key in headers]
    return RawTable(
        label,
        [encodable(header) for header in headers],
        columns,
        np.array(good, dtype=np.int64) + 2,
        malformed,
    )


def _malformed(row: int, record: Any) -> MalformedRow:
    if isinstance(record, _Repeated):
        reason = "a key stands twice in it"
        values: Any = [value for _, value in record.pairs]
    else:
        reason = "it is no object"
        values = record
    texts = [cell_text(value) or "" for value in scalars(values)]
    text = json.dumps(record, ensure_ascii=True, default=str)
    return MalformedRow(row, text, reason, loose_fields("", ",", texts))
