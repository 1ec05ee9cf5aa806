"""Who left, and what their Workers did before and after: traffic that goes on is somebody's surprise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from wfp_ops.charts import panels
from wfp_ops.charts.bars import names_room
from wfp_ops.charts.canvas import HATCH, Box, Chart, Key, Words, drawn_as, empty_chart
from wfp_ops.charts.lettering import fitted_apart, width
from wfp_ops.charts.look import SIZE, Look, Size, look_of
from wfp_ops.charts.names import Names
from wfp_ops.charts.numbers import NARROW, counted, short
from wfp_ops.charts.spans import Grid, Period, days, zone_of
from wfp_ops.charts.tally import (
    Flags,
    Floats,
    Owners,
    Row,
    amounts,
    first_few,
    flags,
    line_of,
    moments,
    needed,
    table_of,
    unknown_numbers,
)

_TITLE = "Requests before and after churn"
_ROW = 2.3
_THICK = 0.78
_CELL = 3.0


def churn_view(
    usage: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    top: int = 12,
    zone: str = "UTC",
    style: str = "light",
    size: Size = SIZE,
) -> Chart:
    """A row for each customer who left: requests before ``churned_on`` and, in another colour, after it.

    Those with the most requests after they left come first; the others together have one row, and so have
    those of whom only the status says that they left. A span counts as after if it begins on ``churned_on``
    or later. Each row has a scale of its own; its numbers stand beside it.

    Args:
        usage: a usage frame (``wfp_ops.frames.usage.USAGE``).
        customers: a customers frame (``customer_id``, ``name``, ``status``, ``churned_on``).
        top: how many customers have a row of their own.
        zone: the time zone in which times are written.
        style: ``light`` or ``dark``.
        size: width and height in pixels; a chart with more rows than fit grows in height.

    Raises:
        FrameError: a frame lacks a column, or one holds something else.
        SettingsError: there is no such zone or style, or ``top`` or ``size`` is too small.
    """
    look, tz = look_of(style, size), zone_of(zone)
    columns = ["customer_id", "time", "requests", "complete"]
    needed(usage, "usage", columns)
    needed(customers, "customers", ["customer_id", "name", "status", "churned_on"])
    left = _left(customers)
    own = usage.loc[usage["customer_id"].isin(left.index), columns]
    period = Period.of(usage, moments(usage, "usage", "time"))
    when = [period.written(tz)] if period else []
    with drawn_as(look):
        requests = amounts(own, "usage", "requests")
        if period is None or not np.nansum(requests):
            return empty_chart(
                look, Words(_TITLE, [*when, counted(len(left), "customer") + " left"]), _nothing(usage, left)
            )
        split = _Split.of(own, left, top)
        names = fitted_apart(split.names(Names(customers)), names_room(look), look.type)
        room = max(width(name, look.type) for name in names) + 0.7 * look.em
        grid = Grid.of(period, max(8, int((look.width - room - 16 * look.em) / _CELL)), tz)
        story = _Story.of(own, split, grid)
        words = Words(
            _TITLE,
            [*when, *split.facts(len(left)), "each row has its own scale"],
            list(story.keys(look)),
            unknown_numbers(requests, "requests"),
        )
        chart = Chart(look, words, body=look.em * (_ROW * len(names) + 5.2))
        _draw(chart, story, names, room, tz)
        return chart


def _left(customers: pd.DataFrame) -> pd.Series[Any]:
    """When each customer who left did so, in microseconds, by id; NaN where only the status says it."""
    gone = customers["churned_on"].notna() | (customers["status"] == "churned")
    there = customers[gone & customers["customer_id"].notna()].drop_duplicates("customer_id")
    when = np.where(there["churned_on"].isna(), np.nan, moments(there, "customers", "churned_on"))
    return pd.Series(when, index=there["customer_id"].to_numpy(dtype=object))


def _nothing(usage: pd.DataFrame, left: pd.Series[Any]) -> str:
    if not len(usage):
        return "no requests in this period"
    if not len(left):
        return "no customer of the list has left"
    return "nobody who left had requests in this period"


@dataclass(frozen=True)
class _Split:
    """Whose each row of the frame is, which of them come after the departure, and the chart's rows."""

    owners: Owners
    when: Floats
    after: Flags
    rows: list[Row]
    sums: tuple[Floats, Floats]

    @classmethod
    def of(cls, own: pd.DataFrame, left: pd.Series[Any], top: int) -> _Split:
        owners = Owners.of(own["customer_id"])
        when = left.reindex(list(owners.ids)).to_numpy(dtype=np.float64)
        after = moments(own, "usage", "time") >= np.nan_to_num(when[owners.codes], nan=np.inf)
        requests = amounts(own, "usage", "requests")
        before_sums, after_sums = (
            owners.sums(np.where(after, 0, requests)),
            owners.sums(np.where(after, requests, 0)),
        )
        dated = ~np.isnan(when)
        # what came after counts first; what came before decides where nothing did
        weight = after_sums[:-1] + before_sums[:-1] / (1 + before_sums.sum()) / 2
        rows = first_few(owners, np.append(np.where(dated, weight, -1.0), 0.0), top)
        return cls(owners, when, after, _undated_apart(rows, dated), (before_sums, after_sums))

    def names(self, names: Names) -> list[str]:
        undated = f"left, nobody knows when ({counted(len(self.rows[-1].codes), 'customer')})"
        return [
            undated if row.kind == "unknown" else name
            for row, name in zip(self.rows, names.of_rows(self.rows), strict=True)
        ]

    def facts(self, left: int) -> Iterator[str]:
        alive = int((self.sums[1] > 0).sum())
        yield f"{counted(left, 'customer')} left"
        yield f"{alive:,} had requests afterwards" if alive else "none had requests afterwards"
        if alive:
            yield f"{short(float(self.sums[1].sum()))}{NARROW}requests after leaving"


def _undated_apart(rows: Sequence[Row], dated: Flags) -> list[Row]:
    """The rows without those of whom nobody knows when they left; these are one row, the last."""
    kept = [Row(row.kind, row.codes[dated[row.codes]], row.customer_id) for row in rows]
    found = [row for row in kept if len(row.codes)]
    undated = np.flatnonzero(~dated)
    return [*found, *([Row("unknown", undated)] if len(undated) else [])]


@dataclass(frozen=True)
class _Story:
    """What is drawn: requests of each row in each cell, before and after."""

    rows: list[Row]
    grid: Grid
    before: Floats
    after: Floats
    sums: list[tuple[float, float]]
    departed: list[float | None]
    incomplete: Flags

    @classmethod
    def of(cls, own: pd.DataFrame, split: _Split, grid: Grid) -> _Story:
        cells = grid.cells(moments(own, "usage", "time"))
        requests, shape = amounts(own, "usage", "requests"), (len(split.rows), grid.count)
        lines = line_of(split.owners, split.rows)
        before, after = split.sums
        return cls(
            split.rows,
            grid,
            table_of(lines, cells, np.where(split.after, 0, requests), shape),
            table_of(lines, cells, np.where(split.after, requests, 0), shape),
            [(row.total(before), row.total(after)) for row in split.rows],
            [float(split.when[row.codes[0]]) if row.kind == "customer" else None for row in split.rows],
            grid.incomplete(cells, flags(own, "usage", "complete")),
        )

    def keys(self, look: Look) -> Iterator[Key]:
        yield Key("before leaving", look.palette.others)
        yield Key("after leaving", look.palette.left)
        yield Key("the day it left", look.palette.ink, line="-")
        if self.rows[-1].kind == "unknown":
            yield Key("before or after: unknown", look.palette.unknown)
        if self.incomplete.any():
            yield Key("incomplete", look.palette.quiet, HATCH)

    def columns(self) -> list[list[str]]:
        """What stands behind the rows, each column with its heading first."""
        dated = [row.kind != "unknown" for row in self.rows]
        before = [short(each[0]) for each in self.sums]
        after = [short(each[1]) if known else "?" for each, known in zip(self.sums, dated, strict=True)]
        return [["before", *before], ["after", *after]]


def _draw(chart: Chart, story: _Story, names: Sequence[str], room: float, zone: ZoneInfo) -> None:
    look, em, body = chart.look, chart.look.em, chart.body
    columns = story.columns()
    widths = [max(width(each, look.type) for each in column) + 1.1 * em for column in columns]
    right = body.right - sum(widths)
    box = Box(body.left + room, body.bottom + 3.6 * em, right, body.top - 1.6 * em)
    axes = chart.place(panels.rows_box(box, len(names), look))
    panels.name_rows(axes, names, [row.kind != "customer" for row in story.rows], look)
    panels.shade(axes, story.grid, story.incomplete, look)
    for place in range(len(story.rows)):
        _ridge(axes, story, place, look)
    panels.bottom_axis(axes, story.grid, zone, int((right - body.left - room) / (6 * em)))
    end = 0.0
    for column, across in zip(columns, widths, strict=True):
        end += across
        panels.column_beside(axes, column, end, look)


def _ridge(axes: Axes, story: _Story, place: int, look: Look) -> None:
    """One row: its requests on a scale of its own, on a ground line, with the day of the departure."""
    palette, grid, row = look.palette, story.grid, story.rows[place]
    ground = np.full(grid.count, place + _THICK / 2)
    scale = _THICK / (float((story.before[place] + story.after[place]).max()) or 1.0)
    before = ground - story.before[place] * scale
    panels.filled(
        axes, grid, before, palette.unknown if row.kind == "unknown" else palette.others, below=ground
    )
    panels.filled(axes, grid, before - story.after[place] * scale, palette.left, below=before)
    axes.axhline(place + _THICK / 2, color=palette.line, linewidth=0.8)
    departed = story.departed[place]
    if departed is not None:
        _departure(axes, grid, departed, place, palette.ink)


def _departure(axes: Axes, grid: Grid, departed: float, place: int, color: str) -> None:
    """A line at the day; an arrow at the edge where the day lies outside of the chart."""
    edges = grid.edges
    day = float(days(np.array([departed]))[0])
    if edges[0] <= day <= edges[-1]:
        axes.plot([day, day], [place - 0.46, place + 0.46], color=color, linewidth=1.4, solid_capstyle="butt")
        return
    early = day < edges[0]
    axes.plot(
        [edges[0] if early else edges[-1]],
        [place],
        marker="<" if early else ">",
        color=color,
        markersize=5,
        clip_on=False,
    )
