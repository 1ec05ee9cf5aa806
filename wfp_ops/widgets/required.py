"""What the panels need installed, asked for before it is used: its absence is said with the line to type."""

from __future__ import annotations

import importlib.util

from wfp_ops.errors import MissingExtraError

_NOTEBOOK = ("IPython", "anywidget", "ipywidgets")


def require_notebook() -> None:
    """Refuse in words where the extra is not installed.

    Raises:
        MissingExtraError: naming the line to type.
    """
    if any(importlib.util.find_spec(name) is None for name in _NOTEBOOK):
        raise MissingExtraError("the notebook's panels", "notebook")
