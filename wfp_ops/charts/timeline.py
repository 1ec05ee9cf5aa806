"""One customer over time: requests, the share that failed, and the CPU time of a request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from matplotlib.axes import Axes

from wfp_ops.charts import panels
from wfp_ops.charts.canvas import HATCH, Chart, Key, Words, drawn_as, empty_chart
from wfp_ops.charts.look import SIZE, Look, Size, look_of
from wfp_ops.charts.names import Names
from wfp_ops.charts.numbers import NARROW, percent, share, short
from wfp_ops.charts.spans import Grid, Period, zone_of
from wfp_ops.charts.tally import (
    UNALLOCATED,
    Flags,
    Floats,
    amounts,
    flags,
    moments,
    needed,
    unknown_numbers,
)
from wfp_ops.errors import SettingsError

if TYPE_CHECKING:
    import pandas as pd

_CELLS = 1500  # more than there are pixels to tell them apart
_COLUMNS = ("customer_id", "time", "requests", "errors", "cpu_ms", "cpu_ms_p50", "cpu_ms_p99", "complete")
_BOUNDS = ("requests_low", "requests_high")


def customer_over_time(
    usage: pd.DataFrame,
    customer_id: str | None,
    *,
    customers: pd.DataFrame | None = None,
    zone: str = "UTC",
    style: str = "light",
    size: Size = SIZE,
) -> Chart:
    """Three panels of one time axis: requests, error share, and CPU time of a request (p50 to p99).

    Quantiles are never averaged: where a span has several rows (several Workers), the panel shows the
    lowest and the highest of them, between which that of all of them lies. Without quantiles it shows
    the mean. With ``requests_low`` and ``requests_high`` in the frame, the bounds of the estimate are drawn.

    Args:
        usage: a usage frame (``wfp_ops.frames.usage.USAGE``); the time axis is that of the whole frame.
        customer_id: the customer; None for what is unallocated.
        customers: a customers frame, for the customer's name.
        zone: the time zone in which times are written.
        style: ``light`` or ``dark``.
        size: width and height in pixels.

    Raises:
        FrameError: the frame lacks a column, or one holds something else.
        SettingsError: there is no such zone or style, ``size`` is too small, or the id is none.
    """
    look, tz = look_of(style, size), zone_of(zone)
    _check_id(customer_id)
    needed(usage, "usage", _COLUMNS)
    period = Period.of(usage, moments(usage, "usage", "time"))
    ids = usage["customer_id"]
    own = usage[ids.isna() if customer_id is None else (ids == customer_id).fillna(value=False)]
    name = UNALLOCATED.capitalize() if customer_id is None else Names(customers).title(customer_id)
    when = [period.written(tz)] if period else []
    with drawn_as(look):
        requests = amounts(own, "usage", "requests")
        if period is None or not np.nansum(requests):
            return empty_chart(
                look, Words(name, [*when, "requests, errors and CPU time"]), "no requests in this period"
            )
        story = _Story.of(own, period, tz)
        words = Words(
            name,
            [*when, *story.facts()],
            list(story.keys(look)),
            [*story.notes(), *unknown_numbers(requests, "requests")],
        )
        return _draw(Chart(look, words, body=22 * look.em), story, tz)


def _check_id(customer_id: object) -> None:
    """Refuse a number: nobody knows whether it was 007."""
    if customer_id is not None and not isinstance(customer_id, str):
        raise SettingsError(
            f"{customer_id!r} is no id of a customer",
            key="customer_id",
            hint='give it as text, such as "42"; None is what belongs to no customer of the list',
        )


@dataclass(frozen=True)
class _Story:
    """What is drawn, cell by cell; NaN where nothing is known."""

    grid: Grid
    requests: Floats
    errors: Floats
    bounds: tuple[Floats, Floats] | None
    p50: tuple[Floats, Floats]
    p99: tuple[Floats, Floats]
    mean: Floats
    incomplete: Flags
    several: bool

    @classmethod
    def of(cls, own: pd.DataFrame, period: Period, zone: ZoneInfo) -> _Story:
        times = moments(own, "usage", "time")
        grid = Grid.of(period, _CELLS, zone)
        cells = grid.cells(times)
        column = {
            name: amounts(own, "usage", name) for name in own.columns if name in (*_COLUMNS[2:-1], *_BOUNDS)
        }
        requests = grid.total(cells, column["requests"])
        several = len(np.unique(cells)) < len(cells)
        bounded = not several and all(name in column and not np.isnan(column[name]).all() for name in _BOUNDS)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(requests > 0, grid.total(cells, column["cpu_ms"]) / requests, np.nan)
        return cls(
            grid,
            requests,
            grid.total(cells, column["errors"]),
            (grid.total(cells, column[_BOUNDS[0]]), grid.total(cells, column[_BOUNDS[1]]))
            if bounded
            else None,
            grid.range(cells, column["cpu_ms_p50"]),
            grid.range(cells, column["cpu_ms_p99"]),
            mean,
            grid.incomplete(cells, flags(own, "usage", "complete")),
            several,
        )

    @cached_property
    def share(self) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.requests > 0, self.errors / self.requests, np.nan)

    @cached_property
    def has_quantiles(self) -> bool:
        return not (np.isnan(self.p99[1]).all() or np.isnan(self.p50[0]).all())

    def facts(self) -> Iterator[str]:
        requests, errors = float(np.nansum(self.requests)), float(np.nansum(self.errors))
        yield f"{short(requests)}{NARROW}requests"
        if not np.isnan(self.errors).all():
            yield f"{share(errors, requests)} failed"

    def keys(self, look: Look) -> Iterator[Key]:
        palette = look.palette
        if self.bounds:
            yield Key("95 % bounds of the estimate", palette.soft)
        if self.has_quantiles and self.several:
            yield Key("CPU time, p99: lowest to highest", palette.soft, edge=palette.main)
            yield Key("CPU time, p50: lowest and highest", palette.ink, line="-")
        elif self.has_quantiles:
            yield Key("CPU time, p99", palette.main, line="-")
            yield Key("CPU time, p50", palette.ink, line="-")
        if self.incomplete.any():
            yield Key("incomplete", palette.quiet, HATCH)

    def notes(self) -> Iterator[str]:
        if self.several and self.has_quantiles:
            yield "CPU: lowest and highest of the Workers or spans in each step; quantiles can't be added up"

    def share_caption(self) -> str:
        """What the second panel shows."""
        known = "not known" if np.isnan(self.errors).all() else "requests that failed, of all"
        return f"error share: {known}"

    def cpu_caption(self) -> str:
        if not self.has_quantiles and np.isnan(self.mean).all():
            return "CPU time of a request: not known"
        if not self.has_quantiles:
            return "CPU time of a request, in ms: the mean (the frame has no quantiles at this level)"
        return "CPU time of a request, in ms: p50 to p99" + (" (log scale)" if self.is_wide else "")

    @cached_property
    def is_wide(self) -> bool:
        """Whether p50 would lie flat on the ground beside p99."""
        low, high = self.p50[0], self.p99[1]
        return bool(np.nanmin(low) > 0 and np.nanmax(high) > 20 * np.nanmedian(low))


def _draw(chart: Chart, story: _Story, zone: ZoneInfo) -> Chart:
    look, grid = chart.look, story.grid
    requests, failed, cpu = panels.stack(chart, (2.2, 1.1, 1.7), grid, zone)
    for axes in (requests, failed, cpu):
        panels.shade(axes, grid, story.incomplete, look)
    panels.caption(requests, f"requests each {grid.each}", look)
    panels.filled(requests, grid, story.requests, look.palette.main)
    _bounds(requests, story, look)
    panels.caption(failed, story.share_caption(), look)
    _failed(failed, story, look)
    panels.caption(cpu, story.cpu_caption(), look)
    _cpu(cpu, story, look)
    return chart


def _bounds(axes: Axes, story: _Story, look: Look) -> None:
    top = float(np.nanmax(story.requests))
    if story.bounds is not None:
        low, high = story.bounds
        panels.filled(axes, story.grid, high, look.palette.soft, below=low)
        panels.steps(axes, story.grid, story.requests, look.palette.ink, linewidth=1.0)
        top = max(top, float(np.nanmax(high)))
    panels.counts(axes, top, short)


def _failed(axes: Axes, story: _Story, look: Look) -> None:
    known = not np.isnan(story.share).all()
    top = float(np.nanmax(story.share)) if known else 0.0
    panels.filled(axes, story.grid, story.share, look.palette.bad)
    panels.counts(axes, min(max(top, 0.01), 1.0), percent, ticks=3)


def _cpu(axes: Axes, story: _Story, look: Look) -> None:
    palette, grid = look.palette, story.grid
    if not story.has_quantiles:
        panels.steps(axes, grid, story.mean, palette.main)
        panels.counts(
            axes, float(np.nanmax(story.mean)) if not np.isnan(story.mean).all() else 0.0, short, ticks=3
        )
        return
    (p50_low, p50_high), (p99_low, p99_high) = story.p50, story.p99
    panels.filled(axes, grid, p99_high, palette.soft, below=p99_low if story.several else p50_low)
    panels.steps(axes, grid, p99_high, palette.main)
    panels.steps(axes, grid, p50_low, palette.ink)
    if story.several:
        panels.steps(axes, grid, p99_low, palette.main)
        panels.steps(axes, grid, p50_high, palette.ink)
    panels.counts(axes, float(np.nanmax(p99_high)), short, ticks=3)
    if story.is_wide:
        panels.log(axes, float(np.nanmin(p50_low)), float(np.nanmax(p99_high)), look)
