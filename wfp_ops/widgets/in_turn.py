"""What a click asks for, once everything that its page said before the click is here.

A page sends a click at once, but what was chosen or typed only after the kernel has answered the change
before: on a busy kernel a click overtakes the choice that a person made first, and would act on an older
one. So the kernel asks the page back; a page sends what it has kept before it answers.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
from IPython.core.getipython import get_ipython

from wfp_ops.widgets.look import script


class InTurn(anywidget.AnyWidget):
    """It must be on the page of the clicks that it is to put in turn; nothing of it is seen."""

    _esm = script("in_turn.js")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        # which page asked for it, and what
        self._waiting: dict[int, tuple[str, Callable[[], object]]] = {}
        super().__init__()
        self.on_msg(lambda _widget, content, _buffers: self._hear(content))

    def after(self, act: Callable[[], object]) -> None:
        """Do what a click asks for: after all that its page said before, or at once where no page asks."""
        page = asking_page()
        if page is None:
            act()
            return
        with self._lock:
            number = next(self._numbers)
            self._waiting[number] = (page, act)
        self.send({"asked": number})

    def _hear(self, content: Any) -> None:
        if not isinstance(content, dict):
            return
        if content.get("here") is True:
            # a page that was not ready yet has heard nothing
            for waiting in list(self._waiting):
                self.send({"asked": waiting})
            return
        number, page = content.get("asked"), asking_page()
        if not isinstance(number, int):
            return
        with self._lock:
            asked = self._waiting.get(number)
            # another page that shows the same says nothing of what this one has kept
            if asked is None or asked[0] != page:
                return
            del self._waiting[number]
        asked[1]()


def asking_page() -> str | None:
    """The page whose message the kernel works on; None in a cell, and where there is no kernel."""
    kernel = getattr(get_ipython(), "kernel", None)
    parent: Mapping[str, Any] = {} if kernel is None else kernel.get_parent()
    header = parent.get("header") or {}
    return str(header.get("session", "")) if header.get("msg_type") == "comm_msg" else None
