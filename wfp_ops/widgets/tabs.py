"""The tabs of a workbench: by mouse or keyboard, on a phone in as many lines as they need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import anywidget
import traitlets

from wfp_ops.widgets.look import script


class TabBar(anywidget.AnyWidget):
    """Names beside each other, one of which is chosen.

    Attributes:
        selected: the name that is chosen; always one of them.
    """

    _esm = script("tabs.js")
    _label = traitlets.Unicode().tag(sync=True)
    _tabs: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)

    def __init__(self, label: str, names: Sequence[str]) -> None:
        """The first one is chosen.

        Args:
            label: what they are the tabs of; screen readers say it.
            names: what they say.
        """
        self.names = tuple(names)
        super().__init__(_label=label, _tabs=_told(names, ()), selected=names[0])

    def mark_busy(self, names: Iterable[str]) -> None:
        """Show at which of them work is under way."""
        self._tabs = _told(self.names, frozenset(names))

    @traitlets.validate("selected")
    def _one_of_them(self, proposal: dict[str, Any]) -> str:
        """A page may send anything."""
        return proposal["value"] if proposal["value"] in self.names else self.names[0]


def _told(names: Iterable[str], busy: Iterable[str]) -> list[dict[str, Any]]:
    working = set(busy)
    return [{"key": name, "busy": name in working} for name in names]
