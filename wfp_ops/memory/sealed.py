"""One JSON document in a file, with its schema and a digest over itself: a cut or edited one is noticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from wfp_ops.errors import StateError
from wfp_ops.memory.folder import StateFolder

T = TypeVar("T")


def seal(schema: str, facts: Mapping[str, Any]) -> bytes:
    """A file's content: the document of these facts, with ``schema`` in front and ``digest`` at its end."""
    document = {"schema": schema, **facts}
    whole = {**document, "digest": _digest(document)}
    return json.dumps(whole, indent=2, ensure_ascii=False).encode() + b"\n"


def read_sealed(
    folder: StateFolder, *parts: str, schema: str, parse: Callable[[dict[str, Any]], T], what: str, hint: str
) -> T | None:
    """What ``parse`` makes of a file's document; None where there is no such file.

    Args:
        folder: where it lies.
        parts: its place in the folder.
        schema: what it must be.
        parse: takes the whole document; a KeyError, TypeError or ValueError says that it is none.
        what: how the error calls it.
        hint: what to do if it is broken.

    Raises:
        StateError: it can't be read, is cut, was changed, or is of another version.
    """
    content = folder.read(*parts)
    if content is None:
        return None
    try:
        said = json.loads(content)
        if said["schema"] != schema or said["digest"] != _digest(said):
            raise ValueError(said["schema"])  # noqa: TRY301 (one place explains every kind of damage)
        return parse(said)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StateError(
            f"{what} is cut, was changed, or is of another version",
            path=str(folder.path.joinpath(*parts)),
            hint=hint,
        ) from None


def _digest(document: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in document.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
