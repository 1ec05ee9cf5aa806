"""The error share of customers over time: who is failing, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from wfp_ops.charts import panels
from wfp_ops.charts.bars import names_room
from wfp_ops.charts.canvas import HATCH, Box, Chart, Key, Words, drawn_as, empty_chart
from wfp_ops.charts.lettering import fitted_apart, width
from wfp_ops.charts.look import SIZE, Look, Palette, Size, look_of
from wfp_ops.charts.names import Names
from wfp_ops.charts.numbers import DASH, NARROW, counted, share, short
from wfp_ops.charts.spans import Grid, Period, zone_of
from wfp_ops.charts.tally import (
    Owners,
    amounts,
    first_few,
    moments,
    needed,
)
from wfp_ops.charts.traffic import Traffic

if TYPE_CHECKING:
    import pandas as pd

_LIMITS = (0.001, 0.01, 0.05, 0.2)  # shares that part one colour from the next
_LABELS = ("up to 0.1 %", f"0.1{DASH}1 %", f"1{DASH}5 %", f"5{DASH}20 %", "over 20 %")
_NOTHING, _OBSCURE, _NONE = 0, 1, 2  # classes below those of shares
_ROW = 1.6
_CELL = 3.0  # pixels; narrower ones can't be told apart


def error_heatmap(
    usage: pd.DataFrame,
    *,
    top: int = 15,
    customers: pd.DataFrame | None = None,
    zone: str = "UTC",
    style: str = "light",
    size: Size = SIZE,
) -> Chart:
    """A row for each customer, a cell for each hour (or longer, where hours would be too narrow).

    The colour says which share of the requests failed, darker is worse. The customers with the most errors
    have a row each; the others together have one, and so has what is nobody's.

    Args:
        usage: a usage frame (``wfp_ops.frames.usage.USAGE``).
        top: how many customers have a row of their own.
        customers: a customers frame, for their names; without it, ids are shown.
        zone: the time zone in which times are written.
        style: ``light`` or ``dark``.
        size: width and height in pixels; a chart with more rows than fit grows in height.

    Raises:
        FrameError: the frame lacks a column, or one holds something else.
        SettingsError: there is no such zone or style, or ``top`` or ``size`` is too small.
    """
    look, tz = look_of(style, size), zone_of(zone)
    needed(usage, "usage", ["customer_id", "time", "requests", "errors", "complete"])
    period = Period.of(usage, moments(usage, "usage", "time"))
    when = [period.written(tz)] if period else []
    with drawn_as(look):
        if period is None or not np.nansum(amounts(usage, "usage", "requests")):
            return empty_chart(look, Words("Error share by customer", when), "no requests in this period")
        owners = Owners.of(usage["customer_id"])
        rows = first_few(owners, owners.sums(amounts(usage, "usage", "errors")), top)
        names = fitted_apart(Names(customers).of_rows(rows), names_room(look), look.type)
        left = max(width(name, look.type) for name in names) + 0.7 * look.em
        grid = Grid.of(period, max(8, int((look.width - left - 14 * look.em) / _CELL)), tz)
        heat = _Heat(Traffic.of(usage, owners, rows, grid))
        words = Words(
            "Error share by customer", [*when, *heat.facts()], heat.keys(look.palette), heat.traffic.notes
        )
        chart = Chart(look, words, body=look.em * (_ROW * len(rows) + 5.2))
        _draw(chart, heat, names, left, tz)
        return chart


@dataclass(frozen=True)
class _Heat:
    """What is drawn, and the classes of colour that its shares make."""

    traffic: Traffic

    @cached_property
    def classes(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """For each cell: no requests, errors unknown, no errors, or how bad."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (
                np.searchsorted(_LIMITS, self.traffic.errors / self.traffic.requests, side="left") + _NONE + 1
            )
        found = np.where(self.traffic.errors > 0, found, _NONE)
        found = np.where(self.traffic.obscure, _OBSCURE, found)
        return np.where(self.traffic.requests > 0, found, _NOTHING)

    def columns(self) -> list[list[str]]:
        """What stands behind the rows, each column with its heading first."""
        errors, requests = self.traffic.errors.sum(1), self.traffic.requests.sum(1)
        obscure = self.traffic.obscure.max(1)
        counts = [_at_least(short(part), part, hidden) for part, hidden in zip(errors, obscure, strict=True)]
        shares = [
            _at_least(share(part, whole), part, hidden)
            for part, whole, hidden in zip(errors, requests, obscure, strict=True)
        ]
        return [["errors", *counts], ["share", *shares]]

    def facts(self) -> list[str]:
        requests, errors = float(self.traffic.requests.sum()), float(self.traffic.errors.sum())
        rest = [counted(self.traffic.customers, "customer"), f"a cell is {self.traffic.grid.length}"]
        if self.traffic.obscure.any() and not errors:
            return [f"nobody knows how many of {short(requests)}{NARROW}requests failed", *rest]
        least = "at least " if self.traffic.obscure.any() else ""
        failed = (
            f"{least}{short(errors)} of {short(requests)}{NARROW}requests failed ({share(errors, requests)})"
        )
        return [failed, *rest]

    def keys(self, palette: Palette) -> list[Key]:
        keys = [Key("no requests", palette.paper), Key("no errors", palette.quiet)]
        keys += [Key(label, color) for label, color in zip(_LABELS, palette.shares, strict=True)]
        if self.traffic.obscure.any():
            keys.append(Key("errors unknown", palette.unknown))
        return [*keys, *([Key("incomplete", palette.paper, HATCH)] if self.traffic.incomplete.any() else [])]


def _at_least(text: str, value: float, hidden: bool) -> str:
    """A number of which a part may be hidden: then it is the least that it can be, or nothing is known."""
    return text if not hidden else f"≥ {text}" if value else "?"


def _scale(palette: Palette) -> tuple[str, ...]:
    """The colour of each class."""
    return (palette.paper, palette.unknown, palette.quiet, *palette.shares)


def _draw(chart: Chart, heat: _Heat, names: Sequence[str], left: float, zone: ZoneInfo) -> None:
    look, em, body = chart.look, chart.look.em, chart.body
    columns = heat.columns()
    widths = [max(width(each, look.type) for each in column) + 1.1 * em for column in columns]
    right = body.right - sum(widths)
    box = Box(body.left + left, body.bottom + 3.6 * em, right, body.top - 1.6 * em)
    axes = chart.place(panels.rows_box(box, len(names), look))
    edges = heat.traffic.grid.edges
    colors = [to_rgba(each) for each in _scale(look.palette)]
    axes.imshow(
        np.array(colors)[heat.classes],
        extent=(edges[0], edges[-1], len(heat.traffic.rows) - 0.5, -0.5),
        aspect="auto",
        interpolation="none",
    )
    _part_rows(axes, heat, look)
    panels.bottom_axis(axes, heat.traffic.grid, zone, int((right - left) / (6 * em)))
    panels.name_rows(axes, names, [row.kind != "customer" for row in heat.traffic.rows], look)
    end = 0.0
    for column, room in zip(columns, widths, strict=True):
        end += room
        panels.column_beside(axes, column, end, look)


def _part_rows(axes: Axes, heat: _Heat, look: Look) -> None:
    """Lines in the paper's colour between rows, hatching over what is not complete."""
    for place in range(1, len(heat.traffic.rows)):
        axes.axhline(place - 0.5, color=look.palette.paper, linewidth=2.0)
    edges = heat.traffic.grid.edges
    for first, last in panels.runs(heat.traffic.incomplete):
        panels.hatched(axes, (edges[first], edges[last]), look)
