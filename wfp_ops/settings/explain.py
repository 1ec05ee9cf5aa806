"""What pydantic found wrong with a setting → a sentence for a person, with file, line and key."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rapidfuzz import process

from wfp_ops.errors import SettingsError
from wfp_ops.settings.model import ENV_PREFIX, AcceptedSettings, AccountSettings, Settings

# pydantic speaks of Python's types; a settings file has others
_SENTENCES = {
    "tuple_type": 'this must be a list: ["…", "…"]',
    "dict_type": "this must be a table: { … = … }",
    "model_type": "this must be a table",
    "string_type": 'this must be text in quotes: "…"',
    "missing": "this is missing",
}


def explain(error: ValidationError, path: Path, text: str, document: dict[str, Any]) -> SettingsError:
    """The first thing wrong, with its file and line, or the variable that says it."""
    first = error.errors()[0]
    keys = [str(part) for part in first["loc"]]
    message = _SENTENCES.get(first["type"], first["msg"].removeprefix("Value error, "))
    hint = None
    if first["type"] == "extra_forbidden":
        message, hint = "no such setting", nearest(keys[-1], _siblings(keys[:-1]))
    variable = ENV_PREFIX + "__".join(keys).upper()
    if variable in {name.upper() for name in os.environ}:
        return SettingsError(message, key=variable, hint=hint)
    in_file = bool(keys) and keys[0] in document
    return SettingsError(
        message,
        file=str(path) if in_file else None,
        line=line_of(text, keys) if in_file else None,
        key=".".join(keys),
        hint=hint,
    )


def nearest(word: str, known: list[str]) -> str:
    """The known word that was probably meant, or all of them."""
    found = process.extractOne(word, known, score_cutoff=60)
    return f"did you mean {found[0]!r}?" if found else f"known here: {', '.join(known)}"


def line_of(text: str, keys: list[str]) -> int | None:
    """The line (from 1) of the last of these keys that the file holds; None where it holds none.

    A number among the keys counts the tables of a list, as in ``audit.accepted.1.reason``.
    """
    lines = text.splitlines()
    found = None
    start = 0
    for place, key in enumerate(keys):
        if key.isdigit():
            continue
        times = int(keys[place + 1]) if keys[place + 1 : place + 2] and keys[place + 1].isdigit() else 0
        hits = [number for number in range(start, len(lines)) if _stands_in(key, lines[number])]
        if not hits:
            break
        found = start = hits[min(times, len(hits) - 1)]
    return None if found is None else found + 1


def _stands_in(key: str, line: str) -> bool:
    """Whether a line holds this key: in a table's header, before an equals sign, or quoted."""
    return re.search(rf"""(^|[\[\s."'{{,]){re.escape(key)}["']?\s*([\].=]|$)""", line) is not None


def _siblings(keys: list[str]) -> list[str]:
    """The names that may stand beside the last key."""
    model: Any = Settings
    for key in keys:
        if key.isdigit():
            continue
        field = getattr(model, "model_fields", {}).get(key)
        if field is None:
            break
        model = {"accounts": AccountSettings, "accepted": AcceptedSettings}.get(key, field.annotation)
    return list(getattr(model, "model_fields", {}))
