"""A mark on a page that is scrolled to: what comes of a click may stand far from where a person clicked."""

from __future__ import annotations

import anywidget

from wfp_ops.widgets.look import script


class Here(anywidget.AnyWidget):
    """The mark, of no height. ``show`` scrolls to it, unless it is in sight."""

    _esm = script("here.js")

    def show(self) -> None:
        """Bring it into sight, on each page that shows it."""
        self.send({"come": "here"})
