"""A chart on a panel, drawn to fit the page: as wide as there is room, light or dark as the page is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import anywidget
import traitlets

from wfp_ops.charts.export import rendered
from wfp_ops.charts.look import SIZE, SMALLEST
from wfp_ops.widgets.look import script

if TYPE_CHECKING:
    from wfp_ops.charts.canvas import Chart

# Draws a chart in a style ("light", "dark") and a size in pixels
Make: TypeAlias = "Callable[[str, tuple[int, int]], Chart]"

_WIDEST = 1180
_FLAT, _TALL = 0.6, 0.85  # height as a share of width, on a wide page and on a phone
_CRISP = 2  # dots for each pixel


class Picture(anywidget.AnyWidget):
    """A chart, redrawn in place whenever the page's width or theme changes.

        picture = Picture(panel.fail)
        picture.draw(lambda style, size: wfp_ops.charts.usage_by_customer(usage, style=style, size=size))

    Attributes:
        chart: the figure that is shown, or None.
    """

    _esm = script("picture.js")
    _png = traitlets.Bytes().tag(sync=True)
    _alt = traitlets.Unicode().tag(sync=True)
    _pixels: traitlets.List[int] = traitlets.List().tag(sync=True)
    _room = traitlets.Dict().tag(sync=True)

    def __init__(self, failed: Callable[[BaseException], object]) -> None:
        """Nothing is drawn yet.

        Args:
            failed: called with what drawing raises, when the page asked for it.
        """
        # the page's messages are handled in one thread, a job draws in another
        self._lock = threading.RLock()
        self._failed = failed
        self._make: Make | None = None
        self.chart: Chart | None = None
        super().__init__(_room={"width": SIZE[0], "dark": False}, _pixels=list(SIZE))

    @property
    def alt(self) -> str:
        """The picture in words, for who can't see it."""
        return str(self._alt)

    @property
    def style(self) -> str:
        """``light`` or ``dark``, as the page is."""
        return "dark" if self._room.get("dark") is True else "light"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels that a chart should have, by the room there is."""
        told = self._room.get("width")
        width = told if isinstance(told, int) else SIZE[0]
        width = min(_WIDEST, max(SMALLEST[0], width))
        share = _FLAT if width >= (SIZE[0] + SMALLEST[0]) / 2 else _TALL
        return width, max(SMALLEST[1], round(width * share))

    def draw(self, make: Make) -> None:
        """Show a chart in place of what was shown.

        Raises:
            WfpOpsError: what ``make`` raises; then what was shown stays.
        """
        with self._lock:
            chart = make(self.style, self.size)
            png = rendered(chart, "png", _CRISP)
            self._make, self.chart = make, chart
            with self.hold_sync():
                self._pixels = list(chart.pixels)
                self._alt = chart.description
                self._png = png

    def clear(self) -> None:
        """Show nothing."""
        with self._lock:
            self._make = self.chart = None
            self._png, self._alt = b"", ""

    @traitlets.observe("_room")
    def _fit(self, _change: Any) -> None:
        """Draw it again for the room that the page says there is."""
        with self._lock:
            if self._make is None:
                return
            try:
                self.draw(self._make)
            except Exception as error:  # noqa: BLE001 (whatever it is, it must stand on the panel)
                self._failed(error)
