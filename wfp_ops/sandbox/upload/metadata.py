"""Metadata of an upload and settings of a PATCH: checked, and turned into what is stored.

Source: developers.cloudflare.com/workers/configuration/multipart-upload-metadata.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from wfp_ops.sandbox import refusals

MAX_TAGS = 8
# What Cloudflare falls back to where an upload says no date.
_OLDEST_DATE = "2021-11-02"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_USAGE_MODELS = ("standard", "bundled", "unbound")

# Settings of an ordinary Worker that belong to no version of it (as its tags do, which are kept apart).
SCRIPT_LEVEL = ("logpush", "observability", "tail_consumers")

# Settings that are stored as they come, with the type that each must have.
_PLAIN: dict[str, type] = {
    "compatibility_flags": list,
    "limits": dict,
    "logpush": bool,
    "observability": dict,
    "placement": dict,
    "tail_consumers": list,
    "cache_options": dict,
}


def read_settings(document: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    """The settings that the document names, checked; a null takes one back.

    Raises:
        Refusal: one of them is wrong (400, 10021).
    """
    settings: dict[str, Any] = {}
    for name, kind in _PLAIN.items():
        if name in document:
            settings[name] = _typed(document, name, kind)
    if document.get("compatibility_date") is not None:
        settings["compatibility_date"] = _compatibility_date(document["compatibility_date"], today)
    if document.get("usage_model") is not None:
        if document["usage_model"] not in _USAGE_MODELS:
            raise refusals.invalid_upload(f"usage_model must be one of {', '.join(_USAGE_MODELS)}.")
        settings["usage_model"] = document["usage_model"]
    migrations = document.get("migrations")
    if isinstance(migrations, Mapping) and migrations.get("new_tag"):
        settings["migration_tag"] = str(migrations["new_tag"])
    return settings


def fresh_settings() -> dict[str, Any]:
    """What holds where an upload says nothing."""
    return {"compatibility_date": _OLDEST_DATE, "compatibility_flags": [], "usage_model": "standard"}


def _typed(document: Mapping[str, Any], name: str, kind: type) -> Any:
    value = document[name]
    if value is not None and not isinstance(value, kind):
        raise refusals.invalid_upload(f"{name} has the wrong type.")
    return value


def _compatibility_date(value: object, today: date) -> str:
    problem = refusals.invalid_upload(
        f"Can't set compatibility date: {value!r} is no date such as 2026-11-23."
    )
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise problem
    try:
        moment = date.fromisoformat(value)
    except ValueError:
        raise problem from None
    if moment > today:
        raise refusals.invalid_upload(f"Can't set compatibility date in the future: {value!r}.")
    return value


def read_tags(value: object) -> tuple[str, ...]:
    """Tags, each once, in their order.

    Raises:
        Refusal: more than 8, or one that is no text, is empty or holds a comma or an ampersand (400, 10021).
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise refusals.invalid_upload("tags must be a list of texts.")
    for tag in value:
        if not isinstance(tag, str) or not tag or "," in tag or "&" in tag:
            raise refusals.invalid_upload(
                f"Invalid tag {tag!r}: a tag is a text without commas and ampersands."
            )
    tags = tuple(dict.fromkeys(value))
    if len(tags) > MAX_TAGS:
        raise refusals.invalid_upload(f"A Worker may have at most {MAX_TAGS} tags.")
    return tags


def read_kept_types(document: Mapping[str, Any]) -> list[str]:
    """``keep_bindings``: the types of bindings that the upload takes over from the version before."""
    kept = document.get("keep_bindings") or []
    if not isinstance(kept, list) or not all(isinstance(kind, str) for kind in kept):
        raise refusals.invalid_upload("keep_bindings must be a list of binding types.")
    return kept
