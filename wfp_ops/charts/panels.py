"""Panels of one time axis, one below the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from wfp_ops.charts.canvas import HATCH, Box, Chart
from wfp_ops.charts.lettering import fitted
from wfp_ops.charts.look import DPI, Look
from wfp_ops.charts.numbers import short
from wfp_ops.charts.spans import Grid
from wfp_ops.charts.tally import Flags, Floats
from wfp_ops.charts.ticks import time_axis

LEFT = 4.6  # room for the numbers of the vertical axes, in em
RIGHT = 1.4  # room for half of the last moment's label
_BETWEEN = 2.9  # from panel to panel, in em: the next one's caption stands there
_BELOW = 3.7  # the time axis
_THICKEST = 4.0  # a row
_LINE = 1.3  # the least between two numbers of a vertical axis, in em


def stack(chart: Chart, heights: Sequence[float], grid: Grid, zone: ZoneInfo) -> list[Axes]:
    """Axes below each other, their heights in these proportions, on one time axis at the bottom."""
    body, em = chart.body, chart.look.em
    room = body.height - em * (_BELOW + 1.6 + _BETWEEN * (len(heights) - 1))
    left, right, top = body.left + LEFT * em, body.right - RIGHT * em, body.top - 1.6 * em
    made: list[Axes] = []
    for part in heights:
        height = max(room * part / sum(heights), 2.0 * em)
        axes = chart.place(Box(left, top - height, right, top), sharex=made[0] if made else None)
        axes.tick_params(axis="x", labelbottom=False, length=0)
        axes.grid(axis="y")
        made.append(axes)
        top -= height + _BETWEEN * em
    bottom_axis(made[-1], grid, zone, int((right - left) / (6 * em)))
    return made


def bottom_axis(axes: Axes, grid: Grid, zone: ZoneInfo, ticks: int) -> None:
    """The time axis below a panel: the whole grid, with at most so many ticks."""
    edges = grid.edges
    axes.set_xlim(edges[0], edges[-1])
    time_axis(axes, zone, ticks)
    axes.tick_params(axis="x", labelbottom=True, length=3)
    axes.set_xlabel(f"time ({zone.key})", loc="left")


def caption(axes: Axes, text: str, look: Look) -> None:
    """What a panel shows and in which unit, above its left end."""
    axes.set_title(fitted(text, axes.bbox.width, look.type), loc="left", pad=0.45 * look.type)


def counts(axes: Axes, top: float, write: Callable[[float], str], ticks: int = 4) -> None:
    """A vertical axis from zero to a little above ``top``, with few ticks."""
    axes.set_ylim(0, top * 1.06 if top > 0 else 1.0)
    axes.yaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))


def log(axes: Axes, low: float, high: float, look: Look) -> None:
    """Make the vertical axis logarithmic: 1, 2, 5 of each power of ten, or fewer where there is no room."""
    low, high = low / 1.3, high * 1.3
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(FixedLocator(round_between(low, high, axes.bbox.height / look.em)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.yaxis.set_minor_locator(NullLocator())


def round_between(low: float, high: float, ems: float) -> list[float]:
    """Round numbers between two on a log scale, the most that have room in a height of so many em."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for every, digits in ((1, (1, 2, 5)), (1, (1, 3)), (1, (1,)), (2, (1,)), (3, (1,)), (6, (1,))):
        whole = [digit * 10.0**power for power in powers if power % every == 0 for digit in digits]
        found = [each for each in whole if low <= each <= high]
        least = min((math.log(late / early) for early, late in pairwise(found)), default=math.inf)
        if least / math.log(high / low) * ems >= _LINE:
            return found
    return found[:1]


def shade(axes: Axes, grid: Grid, flags: Flags, look: Look) -> None:
    """Grey the cells that are not complete from bottom to top, and hatch whatever stands in them."""
    edges, palette = grid.edges, look.palette
    for first, last in runs(flags):
        axes.axvspan(edges[first], edges[last], facecolor=palette.quiet, linewidth=0, zorder=0.5)
        hatched(axes, (edges[first], edges[last]), look)


def hatched(axes: Axes, span: tuple[float, float], look: Look) -> None:
    """Hatching over all that is drawn between two moments."""
    axes.axvspan(*span, facecolor="none", edgecolor=look.palette.muted, hatch=HATCH, linewidth=0, zorder=2.5)


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Where flags that stand side by side begin, and where they are over."""
    changes = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(first), int(last)) for first, last in pairwise(changes)][::2]


def steps(axes: Axes, grid: Grid, values: Floats, color: str, **options: Any) -> None:
    """A line that stays level through each cell, and breaks where nothing is known."""
    level: Any = None  # the annotations of matplotlib know numbers alone
    axes.add_artist(StepPatch(values, grid.edges, baseline=level, edgecolor=color, fill=False, **options))


def filled(axes: Axes, grid: Grid, values: Floats, color: str, below: Any = 0.0, **options: Any) -> None:
    """The area between two values in each cell: ``below`` is one number, or one for each cell."""
    # added as it is: `stairs` would go through each step in search of the axes' limits, which are set anyway
    axes.add_artist(StepPatch(values, grid.edges, baseline=below, color=color, linewidth=0, **options))


def rows_box(box: Box, rows: int, look: Look) -> Box:
    """The place of so many rows: the whole box, or its upper part where they would be too thick."""
    return replace(box, bottom=max(box.bottom, box.top - _THICKEST * look.em * rows))


def name_rows(axes: Axes, names: Sequence[str], aside: Sequence[bool], look: Look) -> None:
    """Names beside rows, from the top; what is no customer is set apart."""
    axes.set_yticks(range(len(names)), names, size=look.type, parse_math=False)
    for tick, apart in zip(axes.get_yticklabels(), aside, strict=True):
        tick.set_color(look.palette.muted if apart else look.palette.ink)
        tick.set_fontstyle("italic" if apart else "normal")
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", pad=0.5 * look.type)


def column_beside(axes: Axes, texts: Sequence[str], end: float, look: Look) -> None:
    """A heading and a text for each row, on the right of the axes; they end so many pixels from there."""
    beside: dict[str, Any] = {"textcoords": "offset points", "ha": "right", "va": "center_baseline"}
    across = end * 72 / DPI
    axes.annotate(
        texts[0],
        (1, 1),
        xycoords="axes fraction",
        xytext=(across, 0.8 * look.type),
        color=look.palette.muted,
        **beside,
    )
    for place, text in enumerate(texts[1:]):
        axes.annotate(text, (1, place), xycoords=axes.get_yaxis_transform(), xytext=(across, 0), **beside)
