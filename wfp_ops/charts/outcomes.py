"""How requests ended: all of them by status, and below, larger, those that did not succeed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from wfp_ops.charts import panels
from wfp_ops.charts.canvas import HATCH, Chart, Key, Words, drawn_as, empty_chart
from wfp_ops.charts.lettering import fitted, shown
from wfp_ops.charts.look import BLUE, GREEN, ORANGE, PURPLE, SIZE, SKY, VERMILLION, Look, Size, look_of
from wfp_ops.charts.numbers import NARROW, percent, share, short
from wfp_ops.charts.spans import Grid, Period, zone_of
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
from wfp_ops.frames.columns import AMOUNT, TEXT, TIME, Column, FrameSpec

if TYPE_CHECKING:
    import pandas as pd

STATUSES = FrameSpec(
    "statuses",
    "requests that ended in one way in one span of time",
    (
        Column("time", TIME, "when the span begins", nullable=False),
        Column("status", TEXT, "how they ended, in Cloudflare's word, such as success or exceededResources"),
        Column("requests", AMOUNT, "requests, scaled up where Cloudflare sampled"),
    ),
)

SUCCESS = "success"
# What Cloudflare is known to answer; each has its colour in every chart, from the least bad to the worst
_KNOWN = {
    SUCCESS: ("success", GREEN),
    "clientDisconnected": ("client disconnected", SKY),
    "scriptThrewException": ("script threw an exception", VERMILLION),
    "exceededResources": ("exceeded its resources", ORANGE),
    "internalError": ("internal error", PURPLE),
}
_CELLS = 700


def status_mix(
    statuses: pd.DataFrame,
    *,
    zone: str = "UTC",
    style: str = "light",
    size: Size = SIZE,
) -> Chart:
    """Two panels of one time axis: requests by status, and the shares of all statuses but success.

    Args:
        statuses: a frame with the columns ``time`` (aware), ``status`` and ``requests``; a column
            ``complete``, where there is one, says which spans are.
        zone: the time zone in which times are written.
        style: ``light`` or ``dark``.
        size: width and height in pixels.

    Raises:
        FrameError: the frame lacks a column, or one holds something else.
        SettingsError: there is no such zone or style, or ``size`` is too small.
    """
    look, tz = look_of(style, size), zone_of(zone)
    needed(statuses, STATUSES.name, STATUSES.names)
    requests = amounts(statuses, STATUSES.name, "requests")
    period = Period.of(statuses, moments(statuses, STATUSES.name, "time"))
    when = [period.written(tz)] if period else []
    with drawn_as(look):
        if period is None or not np.nansum(requests):
            return empty_chart(look, Words("Requests by status", when), "no requests in this period")
        mix = _Mix.of(statuses, period, tz, look)
        words = Words(
            "Requests by status", [*when, *mix.facts()], mix.keys(look), unknown_numbers(requests, "requests")
        )
        return _draw(Chart(look, words, body=17 * look.em), mix, tz)


@dataclass(frozen=True)
class _Layer:
    """One status, or several that share a colour."""

    label: str
    color: str
    requests: Floats
    good: bool


@dataclass(frozen=True)
class _Mix:
    """The layers, success first, and the cells that are not complete."""

    grid: Grid
    layers: list[_Layer]
    incomplete: Flags

    @classmethod
    def of(cls, statuses: pd.DataFrame, period: Period, zone: ZoneInfo, look: Look) -> _Mix:
        grid = Grid.of(period, _CELLS, zone)
        cells = grid.cells(moments(statuses, STATUSES.name, "time"))
        requests = amounts(statuses, STATUSES.name, "requests")
        owners = Owners.of(statuses["status"])
        rows = first_few(owners, owners.sums(requests), max(1, len(owners.ids)))
        table = table_of(line_of(owners, rows), cells, requests, (len(rows), grid.count))
        complete = (
            flags(statuses, STATUSES.name, "complete")
            if "complete" in statuses
            else np.ones(len(cells), dtype=bool)
        )
        return cls(grid, _layers(rows, table, look), grid.incomplete(cells, complete))

    @property
    def total(self) -> Floats:
        """Requests in each cell."""
        found: Floats = np.sum([layer.requests for layer in self.layers], axis=0)
        return found

    def facts(self) -> list[str]:
        total = float(self.total.sum())
        good = sum(float(layer.requests.sum()) for layer in self.layers if layer.good)
        return [f"{short(total)}{NARROW}requests", f"{share(total - good, total)} did not succeed"]

    def keys(self, look: Look) -> list[Key]:
        total = float(self.total.sum())
        keys = [
            Key(f"{layer.label}  {share(float(layer.requests.sum()), total)}", layer.color)
            for layer in self.layers
        ]
        return [*keys, *([Key("incomplete", look.palette.quiet, HATCH)] if self.incomplete.any() else [])]


def _layers(rows: Sequence[Row], table: Floats, look: Look) -> list[_Layer]:
    """The known statuses in their order, then the largest of others, then all the rest as one."""
    place = {row.customer_id: line for row, line in zip(rows, table, strict=True)}
    layers = [
        _Layer(label, color, place.pop(status), status == SUCCESS)
        for status, (label, color) in _KNOWN.items()
        if status in place
    ]
    more = (BLUE, look.palette.ink)  # by their number of requests; from the third on they are "others"
    rest = [(shown(status), line) for status, line in place.items() if status is not None]
    layers += [
        _Layer(fitted(label, 16 * look.em, look.type), color, line, good=False)
        for (label, line), color in zip(rest, more, strict=False)
    ]
    left = [line for _, line in rest[len(more) :]]
    if left:
        layers.append(_Layer(f"{len(left)} others", look.palette.others, np.sum(left, axis=0), good=False))
    if None in place:
        layers.append(_Layer("unknown status", look.palette.unknown, place[None], good=False))
    return layers


def _draw(chart: Chart, mix: _Mix, zone: ZoneInfo) -> Chart:
    look, grid, total = chart.look, mix.grid, mix.total
    every, failed = panels.stack(chart, (1.5, 1.0), grid, zone)
    for axes in (every, failed):
        panels.shade(axes, grid, mix.incomplete, look)
    panels.caption(every, f"requests each {grid.each}", look)
    below = np.zeros(grid.count)
    for layer in mix.layers:
        panels.filled(every, grid, below + layer.requests, layer.color, below=below)
        below = below + layer.requests
    panels.counts(every, float(total.max()), short)
    panels.caption(failed, "share of all requests, success left out", look)
    below = np.zeros(grid.count)
    for layer in mix.layers:
        if not layer.good:
            part = np.divide(layer.requests, total, out=np.zeros(grid.count), where=total > 0)
            panels.filled(failed, grid, below + part, layer.color, below=below)
            below = below + part
    panels.counts(failed, min(max(float(below.max()), 0.01), 1.0), percent, ticks=3)
    return chart
