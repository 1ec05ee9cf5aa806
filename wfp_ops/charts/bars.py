"""Rows of horizontal bars, each with its name before it and its number behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from wfp_ops.charts.canvas import HATCH, Box, Chart
from wfp_ops.charts.lettering import fitted_apart, width
from wfp_ops.charts.look import Look
from wfp_ops.charts.panels import name_rows, rows_box

_ROW = 1.95  # the least height of a row, in em
_THICK = 0.68
_NAMES = (0.42, 24)  # the most that names take: of the chart's width, and in em
_AXIS = 3.6  # what the axis below takes, in em
_DWARFS = 2.5  # so many times the longest customer's bar, and all others together leave nothing to see of it
_CUT = 1.4  # where they are cut then


@dataclass(frozen=True)
class Part:
    """One piece of a bar: how long, in which colour, hatched where it is not complete."""

    value: float
    color: str
    hatched: bool = False


@dataclass(frozen=True)
class Bar:
    """One bar: what stands before it, its pieces from left to right, what stands behind it."""

    name: str
    parts: Sequence[Part]
    said: str
    aside: bool = False  # no customer: its name is set apart

    @property
    def total(self) -> float:
        """How long it is."""
        return sum(part.value for part in self.parts)


def height_of(look: Look, bars: int) -> float:
    """The pixels that so many bars need, with their axis."""
    return look.em * (_ROW * max(bars, 1) + _AXIS)


def names_room(look: Look) -> float:
    """The most pixels that a column of names takes: forty letters, unless the chart is narrow."""
    return min(_NAMES[0] * look.width, _NAMES[1] * look.em)


def notes_of(bars: Sequence[Bar]) -> list[str]:
    """What is to be said below the bars: that some are cut, where some are."""
    end = _cut_at(bars)
    cut = end is not None and any(bar.total > end for bar in bars)
    return ["a bar with // is cut to leave room for the rest; its number is whole"] if cut else []


def draw_bars(chart: Chart, bars: Sequence[Bar], unit: str, write: Callable[[float], str]) -> Axes:
    """The bars from top to bottom, on one axis that counts in ``unit``.

    A bar that is no customer's is cut where it would dwarf all customers' bars. Its pieces then keep their
    shares of what is left of it, as the axis can't say how long it is.
    """
    look, body, em = chart.look, chart.body, chart.look.em
    names = fitted_apart([bar.name for bar in bars], names_room(look), look.type)
    left = body.left + max(width(name, look.type) for name in names) + 0.7 * em
    box = rows_box(Box(left, body.bottom + _AXIS * em, body.right, body.top), len(bars), look)
    axes = chart.place(box)
    cut = _cut_at(bars)
    for place, bar in enumerate(bars):
        _draw(axes, place, bar, look, cut)
    name_rows(axes, names, [bar.aside for bar in bars], look)
    axes.set_xlim(*_ends(bars, box.width, look, cut))
    ticks = max(2, min(6, int(box.width / (7 * em))))
    axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))
    axes.set_xlabel(unit, loc="left")
    axes.grid(axis="x")
    return axes


def _cut_at(bars: Sequence[Bar]) -> float | None:
    longest = max((bar.total for bar in bars if not bar.aside), default=0.0)
    if longest > 0 and any(bar.total > _DWARFS * longest for bar in bars):
        return _CUT * longest
    return None


def _draw(axes: Axes, place: int, bar: Bar, look: Look, cut: float | None) -> None:
    begin = 0.0
    cut = cut if cut is not None and bar.total > cut else None
    scale = 1.0 if cut is None else cut / bar.total
    for part in bar.parts:
        axes.barh(
            place,
            part.value * scale,
            left=begin,
            height=_THICK,
            color=part.color,
            hatch=HATCH if part.hatched else None,
            edgecolor=look.palette.muted,
            linewidth=0,
        )
        begin += part.value * scale
    if cut is not None:
        for where in (0.93, 0.955):
            across = [cut * (where - 0.012), cut * (where + 0.012)]
            axes.plot(across, [place + 0.45, place - 0.45], color=look.palette.paper, linewidth=2.5)
    axes.annotate(
        bar.said,
        (max(begin, 0.0), place),
        xytext=(0.45 * look.type, 0),
        textcoords="offset points",
        color=look.palette.ink,
        va="center_baseline",
        bbox={"facecolor": look.palette.paper, "edgecolor": "none", "pad": 1.0},
    )


def _ends(bars: Sequence[Bar], room: float, look: Look, cut: float | None) -> tuple[float, float]:
    """Where the axis begins and ends, so that the words behind each bar have their room."""
    low, high = 0.0, 0.0
    for bar in bars:
        words = min(width(bar.said, look.type) + look.em, 0.8 * room)
        high = max(high, (bar.total if cut is None else min(bar.total, cut)) * room / (room - words))
        low = min(low, bar.total)
    return low, high or 1.0
