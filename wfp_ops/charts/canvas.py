"""The sheet that every chart is drawn on: title, facts, keys and notes around a place for the axes."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib.style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from wfp_ops.charts.lettering import families, fitted, width, wrapped
from wfp_ops.charts.look import DPI, Look, told

HATCH = "////"
_TITLE = 1.4  # the title's type, as a multiple of the ordinary one
_NOTE = 0.9
_LINE = 1.45  # from line to line
_CRISP = 2  # dots for each pixel in a notebook

# matplotlib's settings are one for the whole process: two threads must not put them back crosswise
_SETTINGS = threading.RLock()


@contextmanager
def drawn_as(look: Look) -> Iterator[None]:
    """Within it, matplotlib is told the look; afterwards its settings are what they were."""
    with _SETTINGS, matplotlib.style.context(["default", told(look, families())]):
        yield


@dataclass(frozen=True)
class Key:
    """One entry of the legend: what a colour, a hatching or a line stands for."""

    label: str
    color: str
    hatch: str | None = None
    line: Literal["-", "--"] | None = None
    edge: str | None = None  # of an area with another line around it

    def handle(self, look: Look) -> Artist:
        """The sample that stands beside the label."""
        if self.line is not None:
            return Line2D([], [], color=self.color, linestyle=self.line, linewidth=1.6)
        if self.hatch is not None:
            return Patch(facecolor=self.color, edgecolor=look.palette.muted, hatch=self.hatch, linewidth=0)
        edge = self.edge or (look.palette.muted if self.color == look.palette.paper else self.color)
        return Patch(facecolor=self.color, edgecolor=edge, linewidth=0.6)


@dataclass(frozen=True)
class Words:
    """What a chart says beside its axes: title, facts below it, keys of its colours, notes at the bottom."""

    title: str
    facts: Sequence[str] = ()
    keys: Sequence[Key] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Box:
    """A place on the sheet, in pixels from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom


class Chart(Figure):
    """A matplotlib Figure that keeps its look wherever it is drawn, and shows itself in a notebook.

    ``description`` says in words what stands above the axes; use it as the alternative text of the picture.
    """

    def __init__(self, look: Look, words: Words, *, body: float = 0.0) -> None:
        """``body`` is the height in pixels that the axes need; a sheet too low for it grows."""
        self.look = look
        self.description = ". ".join([words.title, *words.facts, *words.notes])
        self.title = words.title
        sheet = _Sheet(look, words)
        height = max(float(look.height), sheet.header + body + sheet.footer)
        super().__init__(
            figsize=(look.width / DPI, round(height) / DPI), dpi=DPI, facecolor=look.palette.paper
        )
        FigureCanvasAgg(self)
        self.pixels = (look.width, round(height))
        self.body = Box(sheet.margin, sheet.footer, look.width - sheet.margin, self.pixels[1] - sheet.header)
        sheet.write(self)

    def place(self, box: Box, **options: Any) -> Axes:
        """Axes in a place given in pixels."""
        across, up = self.pixels
        place = (box.left / across, box.bottom / up, box.width / across, box.height / up)
        return self.add_axes(place, **options)

    def write(self, left: float, bottom: float, text: str, **options: Any) -> None:
        """Text at a place given in pixels."""
        self.text(left / self.pixels[0], bottom / self.pixels[1], text, **options)

    def draw(self, renderer: RendererBase) -> None:
        """Draw everything, in the chart's own look."""
        with drawn_as(self.look):
            super().draw(renderer)

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write a picture, as ``Figure.savefig`` does, in the chart's own look."""
        with drawn_as(self.look):
            super().savefig(fname, **options)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """What a notebook shows: twice as many dots as pixels, so that it is crisp on any screen."""
        picture = io.BytesIO()
        self.savefig(picture, format="png", dpi=DPI * _CRISP, metadata={"Software": None})
        return picture.getvalue(), {"width": self.pixels[0], "height": self.pixels[1]}


class _Sheet:
    """Title, facts and keys from above, notes from below, and how much room they take."""

    def __init__(self, look: Look, words: Words) -> None:
        self.look = look
        self.words = words
        self.margin = 1.4 * look.em
        room = look.width - 2 * self.margin
        self.title = fitted(words.title, room, look.type * _TITLE, bold=True)
        self.facts = wrapped(words.facts, room, look.type)
        self.notes = wrapped(words.notes, room, look.type * _NOTE)
        self.columns = self._columns(room)
        self._rows = -(-len(words.keys) // self.columns)
        em = look.em
        self.header = em * (1.0 + _TITLE * _LINE + _LINE * len(self.facts) + 1.7 * self._rows + 1.0)
        self.footer = em * (0.9 + _NOTE * _LINE * len(self.notes))

    def _columns(self, room: float) -> int:
        widths = [width(key.label, self.look.type) + 3.4 * self.look.em for key in self.words.keys]
        if sum(widths) <= room or not widths:
            return max(1, len(widths))
        return max(1, int(room // max(widths)))

    def write(self, chart: Chart) -> None:
        """Put the words on the chart."""
        look, em = self.look, self.look.em
        up = chart.pixels[1] - em * (1.0 + _TITLE)
        chart.write(self.margin, up, self.title, size=look.type * _TITLE, weight="bold", va="baseline")
        for line in self.facts:
            up -= _LINE * em
            chart.write(self.margin, up, line, color=look.palette.muted, va="baseline")
        if self.words.keys:
            self._legend(chart, up - 0.75 * em)
        up = em * 0.9 + _NOTE * _LINE * em * (len(self.notes) - 1)
        for line in self.notes:
            chart.write(
                self.margin, up, line, size=look.type * _NOTE, color=look.palette.muted, va="baseline"
            )
            up -= _NOTE * _LINE * em

    def _legend(self, chart: Chart, top: float) -> None:
        chart.legend(
            handles=[key.handle(self.look) for key in self._by_rows()],
            labels=[key.label for key in self._by_rows()],
            loc="upper left",
            bbox_to_anchor=(self.margin / chart.pixels[0], top / chart.pixels[1]),
            ncols=self.columns,
            borderpad=0,
            borderaxespad=0,
            handlelength=1.3,
            handleheight=0.8,
            handletextpad=0.5,
            columnspacing=1.5,
            labelspacing=0.55,
            labelcolor=self.look.palette.ink,
        )

    def _by_rows(self) -> list[Key]:
        """The keys so that they read row by row, where matplotlib fills column by column."""
        keys, columns = self.words.keys, self.columns
        return [keys[place] for column in range(columns) for place in range(column, len(keys), columns)]


def empty_chart(look: Look, words: Words, sentence: str) -> Chart:
    """A chart that has nothing to show, and says so in the middle of its place."""
    chart = Chart(look, words)
    axes = chart.place(chart.body)
    axes.set_axis_off()
    axes.text(
        0.5,
        0.5,
        sentence,
        color=look.palette.muted,
        size=look.type * 1.15,
        ha="center",
        va="center",
        transform=axes.transAxes,
    )
    return chart
