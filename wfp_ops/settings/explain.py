"""What pydantic found wrong with a setting → a sentence for a person, with file, line and key."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wfp_ops.errors import SettingsError
from wfp_ops.settings.model import (
    ENV_PREFIX,
    AcceptedSettings,
    AccountSettings,
    AuditSettings,
    CustomerSettings,
    Settings,
)

# pydantic speaks of Python's types; a settings file has others
_SENTENCES = {
    "tuple_type": 'this must be a list: ["…", "…"]',
    "dict_type": "this must be a table: { … = … }",
    "model_type": "this must be a table",
    "string_type": 'this must be text in quotes: "…"',
    "missing": "this is missing",
}

# Tables whose annotation is more than their class
_TABLES = {"audit": AuditSettings, "customers": CustomerSettings, "accepted": AcceptedSettings}


def explain(
    error: ValidationError, path: Path, text: str, document: dict[str, Any], *, within: Sequence[str] = ()
) -> SettingsError:
    """The first thing wrong, with its file and line, or the variable that says it.

    ``within`` are the keys above what was validated, where that was not the whole file.
    """
    first = error.errors()[0]
    keys = [*within, *(str(part) for part in first["loc"])]
    message = _SENTENCES.get(first["type"], first["msg"].removeprefix("Value error, "))
    hint = None
    if first["type"] == "extra_forbidden":
        message, hint = "no such setting", nearest(keys[-1], _siblings(keys[:-1]))
    variable = ENV_PREFIX + "__".join(keys).upper()
    if variable in os.environ:
        return SettingsError(message, key=variable, hint=hint)
    in_file = bool(keys) and keys[0] in document
    return SettingsError(
        message,
        file=str(path) if in_file else None,
        line=line_of(text, keys) if in_file else None,
        key=".".join(keys),
        hint=hint,
    )


def alike(word: str, known: Sequence[str]) -> str | None:
    """The question after the known word that was probably meant; None where none is near."""
    from rapidfuzz import process  # noqa: PLC0415 (for slips only)

    found = process.extractOne(word, known, score_cutoff=60)
    return f"did you mean {found[0]!r}?" if found else None


def nearest(word: str, known: list[str]) -> str:
    """The known word that was probably meant, or all of them."""
    return alike(word, known) or f"known here: {', '.join(known)}"


def line_of(text: str, keys: list[str]) -> int | None:
    """The line (from 1) of the last of these keys that the file holds; None where it holds none.

    A number among the keys counts the tables of a list, as in ``audit.accepted.1.reason``.
    """
    lines = text.splitlines()
    found, depth = _header_of(lines, keys)
    start = found or 0
    for place, key in enumerate(keys):
        if place < depth:
            continue
        if key.isdigit():
            continue
        times = int(keys[place + 1]) if keys[place + 1 : place + 2] and keys[place + 1].isdigit() else 0
        hits = [number for number in range(start, len(lines)) if _stands_in(key, lines[number])]
        if not hits:
            break
        found = start = hits[min(times, len(hits) - 1)]
    return None if found is None else found + 1


def _header_of(lines: list[str], keys: list[str]) -> tuple[int | None, int]:
    """The line (from 0) of the table that holds most of these keys, and how many of them its header says."""
    for depth in range(len(keys), 0, -1):
        for number, line in enumerate(lines):
            header = re.fullmatch(r"\s*\[([^\[\]]+)\]\s*(#.*)?", line)
            names = re.findall(r"""[^\s."']+|"[^"]*"|'[^']*'""", header.group(1)) if header else []
            if [name.strip("\"'") for name in names] == keys[:depth]:
                return number, depth
    return None, 0


def _stands_in(key: str, line: str) -> bool:
    """Whether a line holds this key: in a table's header, before an equals sign, or quoted."""
    return re.search(rf"""(^|[\[\s."'{{,]){re.escape(key)}["']?\s*([\].=]|$)""", line) is not None


def _siblings(keys: list[str]) -> list[str]:
    """The names that may stand beside the last key."""
    model: Any = Settings
    if keys[:1] == ["accounts"]:
        model, keys = AccountSettings, keys[2:]
    for key in keys:
        if key.isdigit():
            continue
        field = getattr(model, "model_fields", {}).get(key)
        if field is None:
            break
        model = _TABLES.get(key, field.annotation)
    return list(getattr(model, "model_fields", {}))
