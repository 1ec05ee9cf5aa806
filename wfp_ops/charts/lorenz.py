"""How few customers make how much: the cumulative share of requests, and Gini's coefficient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, MultipleLocator, NullLocator

from wfp_ops.charts.canvas import Box, Chart, Key, Words, drawn_as, empty_chart
from wfp_ops.charts.lettering import fitted, width
from wfp_ops.charts.look import SIZE, Look, Size, look_of
from wfp_ops.charts.numbers import NARROW, counted, percent, share, short
from wfp_ops.charts.panels import caption
from wfp_ops.charts.spans import Period, zone_of
from wfp_ops.charts.tally import Floats, Owners, amounts, moments, needed, unknown_numbers

if TYPE_CHECKING:
    import pandas as pd

_BELOW = 0.9  # words from the point that they are about, in em
_MANY = 30  # from here on the first few would stick to the axis


def concentration(
    usage: pd.DataFrame,
    *,
    customers: pd.DataFrame | None = None,
    zone: str = "UTC",
    style: str = "light",
    size: Size = SIZE,
) -> Chart:
    """The share of all requests that the first customers have together, from the largest to the smallest.

    Beside it, what it would be if all had the same; Gini's coefficient says how far apart the two are
    (0: all the same, close to 1: one has everything). Requests that are nobody's are named and left out.

    Args:
        usage: a usage frame (``wfp_ops.frames.usage.USAGE``).
        customers: a customers frame: those of it without a request then count as customers, too, also those
            who left long ago. Each is a zero, which makes Gini's coefficient larger.
        zone: the time zone in which times are written.
        style: ``light`` or ``dark``.
        size: width and height in pixels.

    Raises:
        FrameError: a frame lacks a column, or one holds something else.
        SettingsError: there is no such zone or style, or ``size`` is too small.
    """
    look, tz = look_of(style, size), zone_of(zone)
    needed(usage, "usage", ["customer_id", "time", "requests"])
    requests = amounts(usage, "usage", "requests")
    period = Period.of(usage, moments(usage, "usage", "time"))
    when = [period.written(tz)] if period else []
    owners = Owners.of(usage["customer_id"])
    curve = _Curve.of(owners, owners.sums(requests), customers)
    with drawn_as(look):
        if not curve.total:
            return empty_chart(
                look,
                Words("Concentration of requests", when, notes=list(curve.notes())),
                "no requests of known customers in this period",
            )
        keys = [Key("share of the first customers", look.palette.main, line="-")]
        keys += [Key("if all had the same", look.palette.muted, line="--")]
        words = Words(
            "Concentration of requests",
            [*when, *curve.facts()],
            keys,
            [*curve.notes(), *unknown_numbers(requests, "requests")],
        )
        return _draw(Chart(look, words, body=12 * look.em), curve)


@dataclass(frozen=True)
class _Curve:
    """Requests of each customer, the most first, and those that are nobody's."""

    each: Floats
    nobodys: float

    @classmethod
    def of(cls, owners: Owners, sums: Floats, customers: pd.DataFrame | None) -> _Curve:
        quiet = 0
        if customers is not None:
            needed(customers, "customers", ["customer_id"])
            quiet = len(set(customers["customer_id"].dropna().astype(str)) - set(owners.ids))
        each = np.concatenate([np.sort(sums[:-1])[::-1], np.zeros(quiet)])
        return cls(each, float(sums[-1]))

    @property
    def total(self) -> float:
        return float(self.each.sum())

    @property
    def shares(self) -> Floats:
        """The share of the first, of the first two, and so on."""
        found: Floats = np.cumsum(self.each) / self.total
        return found

    @property
    def gini(self) -> float:
        """Gini's coefficient: the mean difference of two customers over twice the mean."""
        count = len(self.each)
        return float((2 * self.shares.sum() - count - 1) / count)

    def first(self, part: float) -> int:
        """How many customers it takes for such a share."""
        return int(np.searchsorted(self.shares, part - 1e-12)) + 1

    def facts(self) -> Iterator[str]:
        yield f"{short(self.total)}{NARROW}requests of {counted(len(self.each), 'customer')}"
        if len(self.each) > 1:
            half, most = self.first(0.5), self.first(0.8)
            yield f"{half:,} {_have(half)} half of them, {most:,} {_have(most)} 80{NARROW}%"
            yield f"Gini {self.gini:.2f}"

    def notes(self) -> Iterator[str]:
        if self.nobodys:
            whole = self.total + self.nobodys
            part = f"{short(self.nobodys)} requests ({share(self.nobodys, whole)})"
            yield f"{part} are unallocated, and left out"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _draw(chart: Chart, curve: _Curve) -> Chart:
    look, em, body = chart.look, chart.look.em, chart.body
    axes = chart.place(
        Box(body.left + 3.6 * em, body.bottom + 3.6 * em, body.right - em, body.top - 1.6 * em)
    )
    words = "customers, those with the most requests first"
    if len(curve.each) > _MANY:
        _many(axes, curve, look)
        words = f"{words} (log scale)"
    else:
        _few(axes, curve, look)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.set_xlabel(fitted(words, axes.bbox.width, look.type), loc="left")
    caption(axes, "share of all requests", look)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_locator(MultipleLocator(0.2 if body.height > 14 * em else 0.5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    axes.grid(axis="y")
    _marks(axes, curve, look)
    return chart


def _many(axes: Axes, curve: _Curve, look: Look) -> None:
    """On a log scale, where the first few can be told apart."""
    count = len(curve.each)
    place = np.arange(1, count + 1)
    axes.plot(place, curve.shares, color=look.palette.main, linewidth=2.2)
    axes.plot(place, place / count, color=look.palette.muted, linestyle="--")
    axes.set_xscale("log")
    axes.set_xlim(1, count)
    axes.xaxis.set_major_locator(LogLocator(10, numticks=12))
    axes.xaxis.set_minor_locator(NullLocator())


def _few(axes: Axes, curve: _Curve, look: Look) -> None:
    """One point for each customer."""
    count = len(curve.each)
    shares = [0.0, *curve.shares]
    axes.plot(range(count + 1), shares, color=look.palette.main, linewidth=2.2, marker="o", markersize=4)
    axes.plot([0, count], [0, 1], color=look.palette.muted, linestyle="--")
    axes.set_xlim(0, count)
    axes.xaxis.set_major_locator(MaxNLocator(min(8, count), integer=True))


def _marks(axes: Axes, curve: _Curve, look: Look) -> None:
    """The first, the first ten, hundred and so on: points with their share in words."""
    count = len(curve.each)
    taken = 0.0
    for power in range(8):
        first = 10**power
        if first > max(count / 2, 1):
            return
        part = float(curve.shares[first - 1])
        words = f"the first{'' if first == 1 else f' {first:,}'}: {share(part, 1.0)}"
        at, room = axes.transData.transform((first, part))[0], width(words, look.type) + look.em
        side = -1 if at + room > axes.bbox.x1 else 1
        axes.plot([first], [part], marker="o", markersize=7, color=look.palette.main, clip_on=False, zorder=3)
        if side < 0 and at - room < taken:
            return
        taken = at + room
        end = float(axes.transData.inverted().transform((at + side * room, 0))[0])
        along = float(np.interp(end, np.arange(1, count + 1), curve.shares))
        # to the left the curve is lower: the words go below where they begin
        low = part if side > 0 else along
        above = side > 0 and not _is_free_below(axes, low, end / count, look)
        axes.annotate(
            words,
            (first, along if above else low),
            xytext=(side * 0.75 * look.type, 0.5 * look.type if above else -_BELOW * look.type),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="bottom" if above else "top",
            bbox={"facecolor": look.palette.paper, "edgecolor": "none", "pad": 1.5, "alpha": 0.85},
        )


def _is_free_below(axes: Axes, part: float, same: float, look: Look) -> bool:
    """Whether words below a point stand clear of the axis, and of the line ``same`` if all had the same."""
    (_, top), (_, line) = axes.transData.transform([(1, part), (1, max(same, 0.0))])
    return bool(top - (_BELOW + 1.5) * look.em > line)
