"""Customer ids: text that comes out as it went in, and a reason where that can't be promised."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from wfp_ops.customers.scalars import scalars
from wfp_ops.customers.shortened import (
    DOUBLE,
    LOST_DIGITS,
    Precision,
    Prefix,
    around,
    precision_of,
    precision_of_cell,
    written_out,
)
from wfp_ops.customers.text import BLANKS, cell_text, encodable, is_nothing, number_text, short, trim

# Excel keeps 15 digits and writes zeros for the rest
EXCEL_DIGITS = 15

# What programs write for "nothing". An id could read so too: it is set aside, never dropped
NULL_WORDS = frozenset(
    (
        *("null", "none", "nan", "nil", "na", "n/a", "<na>", "nat", "undefined"),
        *("#n/a", "#null!", "#ref!", "#value!", "#name?", "#div/0!", "#num!"),
    )
)

_DECIMAL = r"[0-9]+\.0"


@dataclass(frozen=True)
class Problem:
    """Why a record can't be used: what stands there, the reason, and the ids seen in it.

    ``shortened``: how ids of it began that lost their last digits. ``settled``: its customer is in the
    frame by another record, so nothing that this one says puts an id in doubt.
    """

    value: str | None
    reason: str
    seen: tuple[str, ...] = ()
    shortened: tuple[Prefix, ...] = ()
    settled: bool = False

    def and_seen(self, other: Problem | None) -> Problem:
        """The same problem, with the ids that were seen in the other one as well."""
        if other is None:
            return self
        seen = tuple(dict.fromkeys((*self.seen, *other.seen)))
        return replace(self, seen=seen, shortened=tuple(dict.fromkeys((*self.shortened, *other.shortened))))


@dataclass
class Ids:
    """``texts``: the ids (dtype ``str``, null where there is a problem); ``problems`` by position."""

    texts: pd.Series[Any]
    problems: dict[int, Problem] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_ids(cells: pd.Series[Any], shown: Mapping[int, str] | None = None, *, excel: bool = False) -> Ids:
    """The ids of a column; ``shown`` has, by position, what a cell shows where its number doesn't tell it."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    if cells.dtype == "str":
        return _from_text(cells)
    if pd.api.types.is_integer_dtype(cells.dtype) and not cells.hasnans:
        return Ids(
            cells.astype("int64" if str(cells.dtype).startswith(("i", "I")) else "uint64").astype("str")
        )
    if not shown and cells.dtype == "object" and pd.api.types.infer_dtype(cells, skipna=False) == "integer":
        return Ids(pd.Series(map(str, cells), dtype="str"))
    return _from_objects(cells, shown or {}, excel=excel)


def _from_text(cells: pd.Series[Any]) -> Ids:
    texts = trim(cells)
    nothing = texts.isna() | (texts == "")
    lowered = texts.str.lower()
    word = lowered.isin(NULL_WORDS)
    lost = texts.str.fullmatch(LOST_DIGITS).fillna(value=False).astype(bool)
    ids = Ids(texts.where(~(nothing | word | lost)))
    for at in np.flatnonzero(nothing):
        ids.problems[int(at)] = Problem(None, "it has no id")
    for at in np.flatnonzero(word):
        ids.problems[int(at)] = Problem(texts[at], f"{texts[at]!r} stands for no id", (texts[at],))
    for at in np.flatnonzero(lost):
        if (problem := cut_text(texts[at])) is not None:
            ids.problems[int(at)] = problem
    return _without_decimals(ids)


_LOST_REASON = "{}: a spreadsheet has cut the digits of this id; save the id column as text"


def cut_text(text: str) -> Problem | None:
    """The problem of a text such as ``1.2E+17``; None for any other."""
    if re.fullmatch(LOST_DIGITS, text) is None:
        return None
    whole, prefixes = written_out(text) or (text, ())
    return Problem(text, _LOST_REASON.format(text), tuple(dict.fromkeys((text, whole))), prefixes)


def _without_decimals(ids: Ids) -> Ids:
    """Undo a program's floats: where every id reads ``42.0``, the column was numbers with gaps.

    ``42.0`` can't be in a namespace's name, so leaving it would orphan the namespace of every customer.
    """
    known = ids.texts.dropna()
    if len(known) < 2 or not known.str.endswith(".0").all() or not known.str.fullmatch(_DECIMAL).all():
        return ids
    ids.texts = ids.texts.str.slice(0, -2)
    ids.notes.append(
        f"every id reads like {known.iloc[0]}: read without the decimals, as {known.iloc[0][:-2]}"
    )
    return ids


def _from_objects(cells: pd.Series[Any], shown: Mapping[int, str], *, excel: bool) -> Ids:
    texts: list[str | None] = [None] * len(cells)
    problems: dict[int, Problem] = {}
    precision = precision_of(cells.dtype)
    for at, cell in enumerate(cells):
        found = shown.get(at) or _one(cell, precision, excel=excel)
        if isinstance(found, Problem):
            problems[at] = found
        else:
            texts[at] = found
    return Ids(pd.Series(texts, dtype="str"), problems)


def _one(cell: Any, precision: Precision, *, excel: bool) -> str | Problem:
    if is_nothing(cell):
        return Problem(None, "it has no id")
    if isinstance(cell, str):
        return _one_text(cell)
    if isinstance(cell, int | np.integer | uuid.UUID) and not isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float | np.floating | decimal.Decimal):
        return _one_number(cell, precision_of_cell(cell, precision), excel=excel)
    return _odd(cell, _WHY_NOT.get(type(cell), f"a {type(cell).__name__} is no id"))


def _one_text(cell: str) -> str | Problem:
    text = encodable(cell)
    if text != cell:
        return Problem(text, "the id holds half a character (a lone surrogate)", (text,))
    ids = _from_text(pd.Series([text], dtype="str")) if _needs_look(text) else None
    if ids is not None:
        return ids.problems.get(0) or str(ids.texts[0])
    return text


def _needs_look(text: str) -> bool:
    return text != text.strip(BLANKS) or not text or text.lower() in NULL_WORDS or "+" in text


def _one_number(
    number: float | np.floating[Any] | decimal.Decimal, precision: Precision, *, excel: bool
) -> str | Problem:
    text = number_text(number)
    if not text.lstrip("-").isdecimal():
        return _odd(text, "no whole number, so it can't be told what the id was")
    cut = excel and len(text.lstrip("-")) > EXCEL_DIGITS and text.endswith("0")
    if cut or (not isinstance(number, decimal.Decimal) and abs(float(number)) >= precision.limit):
        return Problem(text, _LOST_REASON.format(text), (text,), around(float(number), precision))
    return text


_DATE_REASON = "a date is no id; a spreadsheet may have made it one: save the id column as text"
_WHY_NOT: Mapping[type, str] = {
    bool: "a truth value is no id",
    **dict.fromkeys((dt.date, dt.datetime, dt.time, dt.timedelta, pd.Timestamp, np.datetime64), _DATE_REASON),
}


def _odd(cell: Any, reason: str) -> Problem:
    """A cell that is no id: what it shows, and every single value in it, may be one all the same."""
    text = cell_text(cell) or ""
    parts = [] if isinstance(cell, str) else [_one_part(part) for part in scalars(cell)]
    seen = dict.fromkeys([*([text] if text else []), *(id_ for part in parts for id_ in part.seen)])
    cut = dict.fromkeys(prefix for part in parts for prefix in part.shortened)
    return Problem(short(text, 300), f"{short(text)}: {reason}", tuple(seen), tuple(cut))


def _one_part(part: Any) -> Problem:
    if isinstance(part, str | float | np.floating):
        found = _one(part, DOUBLE, excel=False)
        return found if isinstance(found, Problem) else Problem(found, "", (found,))
    text = (cell_text(part) or "").strip(BLANKS)
    return Problem(text, "", (text,) if text else ())
