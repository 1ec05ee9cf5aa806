"""The one text of a document, so that two machines make the same hash of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(document: Any) -> bytes:
    """A JSON document as bytes: keys sorted, no spaces, UTF-8, nothing escaped that need not be.

    Raises:
        ValueError: something in it has no one canonical text; the message names its path. That is a
            float (its digits depend on who writes it), a key that is no text, half a surrogate pair,
            and whatever is no JSON at all.
    """
    fault = _fault(document)
    if fault is not None:
        path, what = fault
        raise ValueError(
            f"{path.lstrip('.') or 'the document itself'} is {what}: it has no one canonical text"
        )
    text = _ENCODER.encode(document)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"a text in the document is no valid Unicode: {error.reason}") from None


def sha256_of(document: Any) -> str:
    """SHA-256 of a document's canonical bytes, as 64 hex digits.

    Raises:
        ValueError: something in it has no one canonical text.
    """
    return hashlib.sha256(canonical(document)).hexdigest()


def _fault(value: Any) -> tuple[str, str] | None:
    """Path and kind of the first thing that can't be written; the path is put together on the way out."""
    if value is None or isinstance(value, (str, int)):
        return None
    if isinstance(value, dict):
        return _fault_in_object(value)
    if not isinstance(value, (list, tuple)):
        return "", f"a {type(value).__name__}"
    for place, item in enumerate(value):
        if (found := _fault(item)) is not None:
            return f"[{place}]{found[0]}", found[1]
    return None


def _fault_in_object(value: dict[Any, Any]) -> tuple[str, str] | None:
    for key, item in value.items():
        if not isinstance(key, str):
            return f".{key!r}", "under a key that is no text"
        if (found := _fault(item)) is not None:
            return f".{key}{found[0]}", found[1]
    return None
