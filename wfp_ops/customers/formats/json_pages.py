"""Signs beside a list in JSON that it is one page of several."""

from __future__ import annotations

import decimal
from collections.abc import Iterator, Mapping
from typing import Any

# Keys without case and separators, as the usual APIs write them
_NEXT = frozenset(
    (
        *("next", "nextpage", "nextpagetoken", "nextpageurl", "nextpagecursor", "nextcursor", "nexttoken"),
        *("nextlink", "nexturl", "odatanextlink", "cursor", "continuation", "continuationtoken"),
        *("offset", "lastevaluatedkey"),
    )
)
_MORE = frozenset(("hasmore", "hasnext", "hasnextpage", "more", "moreavailable", "truncated", "istruncated"))
_DONE = frozenset(("done",))
_TOTAL = frozenset(
    (
        "total",
        "totalcount",
        "totalsize",
        "totalresults",
        "totalrecords",
        "totalitems",
        "totalelements",
        "count",
    )
)
_PAGE = ("page", "currentpage", "pagenumber")
_PAGES = ("pages", "totalpages", "pagecount", "lastpage")
_NOTHING = ("", "false", "null", "none", "0")


def more_to_come(document: Mapping[str, Any], held: int) -> str | None:
    """The key (``meta.total_count``) that says there are more records than the ``held`` ones, or None.

    Looked for beside the list and one level below, where APIs keep what they say about pages.
    """
    for path, plain in _levels(document):
        for key, value in plain.items():
            if _says_more(_level(key), value, held):
                return path + key
        pages = {_level(key): (key, _number(value)) for key, value in plain.items()}
        page = next((pages[name][1] for name in _PAGE if name in pages), None)
        last = next((pages[name] for name in _PAGES if name in pages), None)
        if page is not None and last is not None and last[1] is not None and page < last[1]:
            return path + last[0]
    return None


def says_has_more(document: Mapping[str, Any]) -> str | None:
    """The key of an answer that says outright, whatever else it holds, that there is more."""
    return next((key for key, value in document.items() if _level(key) in _MORE and value is True), None)


def _levels(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "", document
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield f"{key}.", value


def _says_more(key: str, value: Any, held: int) -> bool:
    if key in _NEXT:
        return _is_something(value)
    if key in _MORE:
        return value is True or str(value).strip().lower() in ("true", "1")
    if key in _DONE:
        return value is False or str(value).strip().lower() == "false"
    number = _number(value) if key in _TOTAL else None
    return number is not None and number > held


def _is_something(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_is_something, value.values()))
    if isinstance(value, list):
        return any(map(_is_something, value))
    return value is not None and str(value).strip().lower() not in _NOTHING


def _number(value: Any) -> decimal.Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | decimal.Decimal | str):
        return None
    try:
        number = decimal.Decimal(value)
    except decimal.InvalidOperation:
        return None
    return number if number.is_finite() else None


def _level(key: str) -> str:
    return "".join(letter for letter in key.casefold() if letter.isalnum())
