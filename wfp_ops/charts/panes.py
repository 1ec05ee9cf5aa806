"""Small multiples: a pane for each of the first customers, one for all others, all on one time axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from matplotlib.axes import Axes

from wfp_ops.charts import panels
from wfp_ops.charts.canvas import HATCH, Box, Chart, Key, Words, drawn_as, empty_chart
from wfp_ops.charts.lettering import fitted_apart, width
from wfp_ops.charts.look import SIZE, Look, Size, look_of
from wfp_ops.charts.names import Names
from wfp_ops.charts.numbers import NARROW, counted, percent, short
from wfp_ops.charts.spans import Grid, Period, zone_of
from wfp_ops.charts.tally import (
    Flags,
    Owners,
    amounts,
    first_few,
    moments,
    needed,
)
from wfp_ops.charts.ticks import keep_inside, time_axis
from wfp_ops.charts.traffic import Traffic

if TYPE_CHECKING:
    import pandas as pd

_CELL = 1.5  # pixels
_PANE = (13.0, 8.0)  # the least width and height of a pane with its name, in em
_WIDEST = 22.0  # and the most that a name is given
_HEAD = 3.1
_FAILING = 0.05
_INSET = 0.7  # or the labels of the first and the last moment would leave the sheet
_GAP = 1.6
_AXIS = 1.6


def small_multiples(
    usage: pd.DataFrame,
    top: int = 12,
    *,
    customers: pd.DataFrame | None = None,
    zone: str = "UTC",
    style: str = "light",
    size: Size = SIZE,
) -> Chart:
    """Requests over time, and those of them that failed, for each of the customers with the most.

    Each pane has a scale of its own, whose top is written in it: shapes can be compared, heights can't.

    Args:
        usage: a usage frame (``wfp_ops.frames.usage.USAGE``).
        top: how many customers have a pane of their own.
        customers: a customers frame, for their names; without it, ids are shown.
        zone: the time zone in which times are written.
        style: ``light`` or ``dark``.
        size: width and height in pixels; a chart with more panes than fit grows in height.

    Raises:
        FrameError: the frame lacks a column, or one holds something else.
        SettingsError: there is no such zone or style, or ``top`` or ``size`` is too small.
    """
    look, tz = look_of(style, size), zone_of(zone)
    needed(usage, "usage", ["customer_id", "time", "requests", "errors", "complete"])
    requests = amounts(usage, "usage", "requests")
    period = Period.of(usage, moments(usage, "usage", "time"))
    when = [period.written(tz)] if period else []
    with drawn_as(look):
        if period is None or not np.nansum(requests):
            return empty_chart(
                look, Words("Requests over time by customer", when), "no requests in this period"
            )
        owners = Owners.of(usage["customer_id"])
        rows = first_few(owners, owners.sums(requests), top)
        names = Names(customers).of_rows(rows)
        columns = _columns(names, look)
        grid = Grid.of(period, max(8, int(look.width / columns / _CELL)), tz)
        panes = _Panes(Traffic.of(usage, owners, rows, grid), names, columns)
        facts = [f"{short(float(np.nansum(requests)))}{NARROW}requests", counted(len(owners.ids), "customer")]
        words = Words(
            "Requests over time by customer",
            [*when, *facts, "each pane has its own scale"],
            panes.keys(look),
            panes.traffic.notes,
        )
        chart = Chart(look, words, body=(panes.lines * _PANE[1] + _AXIS) * look.em)
        _draw(chart, panes, tz)
        return chart


@dataclass(frozen=True)
class _Panes:
    """What is drawn, what the panes are called, and in how many columns they stand."""

    traffic: Traffic
    names: list[str]
    columns: int

    @cached_property
    def failing(self) -> Flags:
        """The cells in which more failed than anyone should overlook."""
        found: Flags = self.traffic.errors > _FAILING * self.traffic.requests
        return found

    @property
    def lines(self) -> int:
        """How many panes stand below each other."""
        return -(-len(self.names) // self.columns)

    def keys(self, look: Look) -> list[Key]:
        keys = [
            Key(f"requests each {self.traffic.grid.each}", look.palette.main),
            Key("of these failed", look.palette.bad),
        ]
        keys += (
            [Key(f"over {percent(_FAILING)} failed", look.palette.shares[0])] if self.failing.any() else []
        )
        return [
            *keys,
            *([Key("incomplete", look.palette.quiet, HATCH)] if self.traffic.incomplete.any() else []),
        ]


def _columns(names: list[str], look: Look) -> int:
    """As many as fit with their names, but panes rather wide than high."""
    longest = max(width(name, look.type) for name in names) + _GAP * look.em
    least = min(max(_PANE[0] * look.em, longest), _WIDEST * look.em)
    most = max(1, int((look.width - 2.6 * look.em) / least))
    wide = max(1, round(math.sqrt(len(names) * look.width / look.height / 1.5)))
    lines = -(-len(names) // min(most, wide))
    return -(-len(names) // lines)


def _draw(chart: Chart, panes: _Panes, zone: ZoneInfo) -> None:
    look, em = chart.look, chart.look.em
    body = Box(
        chart.body.left + _INSET * em, chart.body.bottom, chart.body.right - _INSET * em, chart.body.top
    )
    across = (body.width - _GAP * em * (panes.columns - 1)) / panes.columns
    down = (body.height - _AXIS * em) / panes.lines
    for place, name in enumerate(fitted_apart(panes.names, across, look.type)):
        line, column = divmod(place, panes.columns)
        left, top = body.left + column * (across + _GAP * em), body.top - line * down
        axes = chart.place(Box(left, top - down + 1.2 * em, left + across, top - _HEAD * em))
        _pane(axes, panes, place, look)
        _head(axes, panes, place, name, look)
        free = 0.0 if column == panes.columns - 1 else 3 * em / across
        time_axis(axes, zone, max(3, int(across / (4.5 * em))), free=free)
        keep_inside(axes, 0.92 * look.type)
        axes.tick_params(axis="x", labelbottom=place + panes.columns >= len(panes.names))
        axes.yaxis.set_visible(False)


def _head(axes: Axes, panes: _Panes, place: int, name: str, look: Look) -> None:
    """The name, and below it what the pane's scale is."""
    aside = panes.traffic.rows[place].kind != "customer"
    axes.set_title(
        name,
        loc="left",
        pad=1.6 * look.type,
        color=look.palette.muted if aside else look.palette.ink,
        style="italic" if aside else "normal",
        parse_math=False,
    )
    requests = panes.traffic.requests[place]
    axes.annotate(
        f"{short(float(requests.sum()))}, at most {short(float(requests.max()))}",
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 0.45 * look.type),
        textcoords="offset points",
        color=look.palette.muted,
        size=look.type * 0.92,
    )


def _pane(axes: Axes, panes: _Panes, place: int, look: Look) -> None:
    palette, grid, requests = look.palette, panes.traffic.grid, panes.traffic.requests[place]
    edges = grid.edges
    panels.shade(axes, grid, panes.traffic.incomplete, look)
    for first, last in panels.runs(panes.failing[place]):
        axes.axvspan(edges[first], edges[last], facecolor=palette.shares[0], linewidth=0, zorder=0.6)
    color = {"customer": palette.main, "others": palette.others, "unknown": palette.unknown}
    panels.filled(axes, grid, requests, color[panes.traffic.rows[place].kind])
    panels.filled(axes, grid, panes.traffic.errors[place], palette.bad)
    axes.set_ylim(0, (float(requests.max()) or 1.0) * 1.05)
    axes.set_xlim(edges[0], edges[-1])
