"""A button that hands a file to the browser: who reads a dashboard has no folder on the kernel's machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anywidget
import traitlets

from wfp_ops.widgets.look import script, table_css


@dataclass(frozen=True)
class File:
    """What is handed over."""

    name: str
    content: bytes
    type: str = "application/octet-stream"


class Download(anywidget.AnyWidget):
    """The button. ``made`` is the last file that it handed over.

    The file is made when somebody asks for it, and is sent once: it never stays in a notebook.
    """

    _esm = script("download.js")
    _css = table_css()
    _label = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool().tag(sync=True)

    def __init__(
        self,
        label: str,
        make: Callable[[], File],
        failed: Callable[[BaseException], object],
        handed_over: Callable[[], object] = lambda: None,
        in_turn: Callable[[Callable[[], None]], object] = lambda act: act(),
    ) -> None:
        """The button.

        Args:
            label: what it says.
            make: makes the file when somebody clicks.
            failed: called with what that raises.
            handed_over: called once a file is on its way.
            in_turn: does what a page asks for once it is its turn (``InTurn.after``).
        """
        self.made: File | None = None
        self._make = make
        self._failed = failed
        self._handed_over = handed_over
        self._in_turn = in_turn
        super().__init__(_label=label)
        self.on_msg(lambda _widget, content, _buffers: self._asked(content))

    def click(self) -> None:
        """What a click does."""
        try:
            self.made = made = self._make()
        except Exception as error:  # noqa: BLE001 (whatever it is, it must stand on the panel)
            self._failed(error)
            return
        self.send({"name": made.name, "type": made.type}, buffers=[made.content])
        self._handed_over()

    def _asked(self, content: Any) -> None:
        if content == {"ask": "file"}:
            self._in_turn(self.click)
