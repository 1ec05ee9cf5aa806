"""Cost by customer: what each one's month costs, stacked by what it is paid for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wfp_ops.charts.bars import Bar, Part, draw_bars, height_of, notes_of
from wfp_ops.charts.canvas import Chart, Key, Words, drawn_as, empty_chart
from wfp_ops.charts.lettering import shown
from wfp_ops.charts.look import GREEN, ORANGE, PURPLE, SIZE, SKY, Size, look_of
from wfp_ops.charts.names import Names
from wfp_ops.charts.numbers import counted, dollars, money, share
from wfp_ops.charts.tally import UNALLOCATED, Owners, amounts, first_few, needed

if TYPE_CHECKING:
    import pandas as pd

# Fee → what it is called and its colour
_FEES = {
    "requests_fee": ("requests", SKY),
    "cpu_fee": ("CPU time", ORANGE),
    "scripts_fee": ("scripts", PURPLE),
    "base_fee": ("share of the base fee", GREEN),
}


def cost_by_customer(
    cost: pd.DataFrame,
    *,
    top: int = 10,
    month: str | None = None,
    style: str = "light",
    size: Size = SIZE,
) -> Chart:
    """A bar for each of the customers who cost most, in pieces for requests, CPU time, scripts, base fee.

    All other customers are one bar; each row that is nobody's (``unallocated``, ``dispatcher``) is one.
    The pieces of all bars add up to the frame's fees; the number behind a bar is its ``total``.

    Args:
        cost: a cost frame (``wfp_ops.frames.usage.COST``).
        top: how many customers have a bar of their own.
        month: the month, for the line below the title; by default the frame's own.
        style: ``light`` or ``dark``.
        size: width and height in pixels; a chart with more bars than fit grows in height.

    Raises:
        FrameError: the frame lacks a column, or one holds something else.
        SettingsError: there is no such style, or ``top`` or ``size`` is too small.
    """
    look = look_of(style, size)
    needed(cost, "cost", ["customer_id", "name", "total", *_FEES])
    bill = _Bill.of(cost, top)
    named = month or cost.attrs.get("month")
    with drawn_as(look):
        words = Words(
            "Cost by customer",
            [*([shown(str(named))] if named else []), *_so_far(cost), *bill.facts()],
            bill.keys(),
            notes_of(bill.bars),
        )
        if not bill.bars:
            return empty_chart(look, Words(words.title, words.facts), "no cost in this month")
        chart = Chart(look, words, body=height_of(look, len(bill.bars)))
        draw_bars(chart, bill.bars, "US dollars", dollars)
        return chart


def _so_far(cost: pd.DataFrame) -> list[str]:
    """That more is to come, or may be missing, where the frame says so."""
    final = "complete" not in cost or cost["complete"].fillna(value=True).astype(bool).all()
    return [] if final else ["not complete"]


@dataclass(frozen=True)
class _Bill:
    """The bars, and what they come to."""

    bars: list[Bar]
    customers: int
    total: float
    fees: dict[str, float]

    @classmethod
    def of(cls, cost: pd.DataFrame, top: int) -> _Bill:
        owned = cost[cost["customer_id"].notna()]
        nobodys = cost[cost["customer_id"].isna()]
        owners = Owners.of(owned["customer_id"])
        total = amounts(cost, "cost", "total")
        sums = {fee: owners.sums(amounts(owned, "cost", fee)) for fee in ("total", *_FEES)}
        rows = first_few(owners, sums["total"], top) if len(cost) else []
        whole = float(np.nansum(total))
        names = Names(owned).of_rows(rows)
        bars = [
            _bar(
                name,
                {fee: row.total(each) for fee, each in sums.items()},
                whole,
                aside=row.kind != "customer",
            )
            for name, row in zip(names, rows, strict=True)
        ]
        bars += _nobodys(nobodys, whole)
        fees = {fee: float(np.nansum(amounts(cost, "cost", fee))) for fee in _FEES}
        return cls(bars if whole or any(fees.values()) else [], len(owners.ids), whole, fees)

    def facts(self) -> list[str]:
        return [f"{money(self.total)} in all", counted(self.customers, "customer")]

    def keys(self) -> list[Key]:
        return [Key(f"{name}  {money(self.fees[fee])}", color) for fee, (name, color) in _FEES.items()]


def _nobodys(rows: pd.DataFrame, whole: float) -> list[Bar]:
    """A bar for each row that stands for what is nobody's, by its name."""
    sums = {fee: np.nan_to_num(amounts(rows, "cost", fee)) for fee in ("total", *_FEES)}
    return [
        _bar(
            shown(name) if isinstance(name, str) and name.strip() else UNALLOCATED,
            {fee: float(each[place]) for fee, each in sums.items()},
            whole,
            aside=True,
        )
        for place, name in enumerate(rows["name"])
    ]


def _bar(name: str, fees: dict[str, float], whole: float, *, aside: bool) -> Bar:
    parts = [Part(fees[fee], color) for fee, (_, color) in _FEES.items()]
    return Bar(name, parts, f"{money(fees['total'])}   {share(fees['total'], whole)}", aside=aside)
