"""What can be told of a Worker's code without running it: its entry, its size, its handlers."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal
from wfp_ops.sandbox.store.workers import Module

# Source: developers.cloudflare.com/workers/platform/limits, "Worker size" after compression, paid plan.
_MAX_COMPRESSED_BYTES = 10 * 1024 * 1024

_EVENTS = "fetch|scheduled|queue|email|tail|trace|test"
_METHOD = re.compile(rf"\b({_EVENTS})\s*(?:\([^)]*\)\s*\{{|:)")
_LISTENER = re.compile(rf"""\baddEventListener\s*\(\s*["'`]({_EVENTS})["'`]""")
_EXPORT = re.compile(r"\bexport\b")


def entry_module(metadata: Mapping[str, Any], modules: Sequence[Module]) -> tuple[Module | None, bool]:
    """The part that the Worker starts with, and whether it is an ES module.

    None where there is no code at all, which only a Worker of nothing but assets may have.

    Raises:
        Refusal: none is named, or the named one is not in the form (400, 10021).
    """
    name = metadata.get("main_module") or metadata.get("body_part")
    if name is None and not modules and metadata.get("assets"):
        return None, True
    if not isinstance(name, str):
        raise refusals.invalid_upload("The metadata names neither a main_module nor a body_part.")
    for module in modules:
        if module.name == name:
            return module, bool(metadata.get("main_module"))
    raise refusals.invalid_upload(f'No such module "{name}" among the uploaded parts.')


def check_size(modules: Sequence[Module]) -> None:
    """Refuse code that is too large after compression (400, 10027)."""
    size = sum(len(module.content) for module in modules)
    if size <= _MAX_COMPRESSED_BYTES:
        return
    packed = sum(len(zlib.compress(module.content)) for module in modules)
    if packed > _MAX_COMPRESSED_BYTES:
        raise Refusal(400, 10027, "Your Worker exceeded the size limit of 10 MiB after compression.")


def registered_handlers(entry: Module, *, is_module: bool) -> list[str]:
    """The events that the code handles, as far as its text shows them.

    Raises:
        Refusal: it exports nothing, or listens to nothing (400, 10068).
    """
    text = entry.content.decode(errors="replace")
    if "python" in entry.content_type:
        return ["fetch"]
    if not is_module:
        handlers = _LISTENER.findall(text)
        if not handlers:
            raise Refusal(400, 10068, "The uploaded script has no registered event handlers.")
    else:
        if not _EXPORT.search(text):
            raise Refusal(
                400, 10068, "The uploaded script has no registered event handlers: it exports nothing."
            )
        handlers = _METHOD.findall(text)
    return list(dict.fromkeys(handlers))
