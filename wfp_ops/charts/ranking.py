"""Usage by customer: the first few, and all others together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from wfp_ops.charts.bars import Bar, Part, draw_bars, height_of, notes_of
from wfp_ops.charts.canvas import HATCH, Chart, Key, Words, drawn_as, empty_chart
from wfp_ops.charts.look import SIZE, Look, Size, look_of
from wfp_ops.charts.names import Names
from wfp_ops.charts.numbers import NARROW, Unit, counted, share, short, span_unit
from wfp_ops.charts.spans import Period, zone_of
from wfp_ops.charts.tally import (
    Floats,
    Owners,
    Row,
    amounts,
    first_few,
    flags,
    moments,
    needed,
    unknown_numbers,
)
from wfp_ops.errors import SettingsError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Metric:
    """What can be ranked by: the chart's title, and the unit of a value."""

    title: str
    unit: Callable[[float], Unit]
    nothing: str


METRICS: Mapping[str, Metric] = {
    "requests": Metric("Requests by customer", lambda _: Unit("requests"), "no requests in this period"),
    "errors": Metric("Errors by customer", lambda _: Unit("failed requests"), "no errors in this period"),
    "subrequests": Metric(
        "Subrequests by customer", lambda _: Unit("subrequests"), "no subrequests in this period"
    ),
    "cpu_ms": Metric("CPU time by customer", span_unit, "no CPU time in this period"),
    "wall_ms": Metric("Wall time by customer", span_unit, "no wall time in this period"),
}


def usage_by_customer(
    usage: pd.DataFrame,
    *,
    top: int = 10,
    metric: str = "requests",
    customers: pd.DataFrame | None = None,
    zone: str = "UTC",
    style: str = "light",
    size: Size = SIZE,
) -> Chart:
    """Bars for the customers with the most of a metric, then one for all others, then one for nobody's.

    The bars add up to the frame's total. What comes from spans that are not complete yet is hatched.

    Args:
        usage: a usage frame (``wfp_ops.frames.usage.USAGE``).
        top: how many customers have a bar of their own.
        metric: ``requests``, ``errors``, ``subrequests``, ``cpu_ms`` or ``wall_ms``.
        customers: a customers frame, for their names; without it, ids are shown.
        zone: the time zone in which times are written.
        style: ``light`` or ``dark``.
        size: width and height in pixels; a chart with more bars than fit grows in height.

    Raises:
        FrameError: the frame lacks a column, or one holds something else.
        SettingsError: there is no such metric, zone or style, or ``top`` or ``size`` is too small.
    """
    if not isinstance(metric, str) or metric not in METRICS:
        raise SettingsError(
            f"there is no metric {metric!r}", key="metric", hint=f"take one of {', '.join(METRICS)}"
        )
    look, tz = look_of(style, size), zone_of(zone)
    needed(usage, "usage", ["customer_id", "time", metric, "complete"])
    ranked = _ranked(usage, metric, top)
    period = Period.of(usage, moments(usage, "usage", "time"))
    bars = ranked.bars(Names(customers), look)
    words = Words(
        METRICS[metric].title,
        [*([period.written(tz)] if period else []), *ranked.facts()],
        [Key("from incomplete spans", look.palette.soft, HATCH)] if ranked.unsure.any() else [],
        [*ranked.notes, *notes_of(bars)],
    )
    with drawn_as(look):
        if not ranked.total:
            return empty_chart(look, words, METRICS[metric].nothing)
        chart = Chart(look, words, body=height_of(look, len(bars)))
        draw_bars(chart, bars, ranked.unit.name, short)
        return chart


@dataclass(frozen=True)
class _Ranked:
    """Sums for each customer, from complete spans and from others, and the rows that they make."""

    metric: Metric
    owners: Owners
    rows: list[Row]
    sure: Floats
    unsure: Floats
    notes: list[str]

    @cached_property
    def sums(self) -> Floats:
        return self.sure + self.unsure

    @cached_property
    def total(self) -> float:
        return float(self.sums.sum())

    @cached_property
    def unit(self) -> Unit:
        return self.metric.unit(max((row.total(self.sums) for row in self.rows), default=0.0))

    def facts(self) -> Iterator[str]:
        if self.total:
            unit = self.metric.unit(self.total)
            yield f"{unit.write(self.total)}{NARROW}{unit.name}"
        yield counted(len(self.owners.ids), "customer")
        first = [row.total(self.sums) for row in self.rows if row.kind == "customer"]
        if self.total and len(first) < len(self.owners.ids):
            yield f"the first {len(first)} have {share(sum(first), self.total)}"

    def bars(self, names: Names, look: Look) -> list[Bar]:
        return [
            self._bar(row, name, look) for name, row in zip(names.of_rows(self.rows), self.rows, strict=True)
        ]

    def _bar(self, row: Row, name: str, look: Look) -> Bar:
        palette = look.palette
        color = {"customer": palette.main, "others": palette.others, "unknown": palette.unknown}[row.kind]
        sure, unsure = (row.total(sums) / self.unit.divisor for sums in (self.sure, self.unsure))
        parts = [
            Part(sure, color),
            Part(unsure, palette.soft if row.kind == "customer" else color, hatched=True),
        ]
        return Bar(
            name,
            [part for part in parts if part.value or part is parts[0]],
            f"{short(sure + unsure)}   {share(row.total(self.sums), self.total)}",
            aside=row.kind != "customer",
        )


def _ranked(usage: pd.DataFrame, metric: str, top: int) -> _Ranked:
    values = amounts(usage, "usage", metric)
    owners = Owners.of(usage["customer_id"])
    complete = flags(usage, "usage", "complete")
    unsure = np.zeros(len(owners.ids) + 1) if complete.all() else owners.sums(np.where(complete, 0, values))
    sure = owners.sums(values if complete.all() else np.where(complete, values, 0))
    rows = first_few(owners, sure + unsure, top)
    return _Ranked(METRICS[metric], owners, rows, sure, unsure, unknown_numbers(values, metric))
