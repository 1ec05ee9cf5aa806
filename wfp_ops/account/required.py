"""What an extra brings, asked for before it is used: its absence is said with the line to type."""

from __future__ import annotations

import importlib.util

from wfp_ops.errors import MissingExtraError

_SANDBOX = ("graphql", "python_multipart", "starlette", "uvicorn")


def require_sandbox() -> None:
    """Refuse in words where the extra is not installed.

    Raises:
        MissingExtraError: naming the line to type.
    """
    if any(importlib.util.find_spec(name) is None for name in _SANDBOX):
        raise MissingExtraError("the sandbox", "sandbox")
