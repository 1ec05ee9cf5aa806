"""Cost as a table for the terminal: who costs most, the others as one line, nobody's rows, the total."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from wfp_ops.cli.tables import cell
from wfp_ops.errors import visible

Row = Mapping[str, Any]

_GAP = 3
_ROOM_FOR_A_NAME = 20
_ROOM_FOR_AN_ID = 20


@dataclass(frozen=True)
class _Column:
    """One column of numbers."""

    name: str
    heading: str
    written: Callable[[float], str]


def _money(amount: float) -> str:
    return f"{amount:,.2f}"


def _workers(count: float) -> str:
    return f"{count:,.1f}".removesuffix(".0")


_REQUESTS = _Column("requests", "requests", "{:,.0f}".format)
_CPU = _Column("cpu_ms", "CPU (s)", lambda cpu_ms: f"{cpu_ms / 1000:,.0f}")
_WORKERS = _Column("scripts", "Workers", _workers)
_FEES = (
    _Column("base_fee", "base $", _money),
    _Column("requests_fee", "requests $", _money),
    _Column("cpu_fee", "CPU $", _money),
    _Column("scripts_fee", "Workers $", _money),
)
_TOTAL = _Column("total", "total $", _money)
_MARGIN = _Column("margin", "margin", _money)
# what is left out first where the line is too short for all
_CHOICES = (
    (_REQUESTS, _CPU, _WORKERS, *_FEES, _TOTAL),
    (_REQUESTS, *_FEES, _TOTAL),
    (*_FEES, _TOTAL),
    (_REQUESTS, _TOTAL),
    (_TOTAL,),
)
_SUMMED = ("requests", "cpu_ms", "scripts", *(fee.name for fee in _FEES), "total", "mrr")


def cost_lines(frame: pd.DataFrame, limit: int, width: int) -> Table:
    """The table, with as many of its columns as the width has room for."""
    lines = _lines(frame, limit)
    names = [visible(str(name)) for _, name, _, _ in lines if name is not None]
    labels = [label for label, _, _, _ in lines]
    first = min(_ROOM_FOR_AN_ID, max(map(cell_len, labels)))
    second = min(_ROOM_FOR_A_NAME, max(map(cell_len, names))) if names else 0
    margin = (_MARGIN,) if frame["mrr"].notna().any() else ()
    columns = _fitting(lines, margin, width - first - (second + _GAP if names else 0))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    table.add_column("customer", overflow="fold", min_width=first)
    if names:
        table.add_column("name", overflow="fold", min_width=min(second, width // 4))
    for column in columns:
        table.add_column(column.heading, justify="right", no_wrap=True)
    for label, name, row, style in lines:
        called = [Text() if name is None else cell(name)] if names else []
        table.add_row(Text(label), *called, *(_written(column, row) for column in columns), style=style)
    return table


def _fitting(
    lines: Sequence[tuple[str, Any, Row, str]], margin: Sequence[_Column], room: int
) -> list[_Column]:
    """The first choice of columns that has room enough, else the least one."""
    widths = {
        column: max(
            cell_len(column.heading), *(cell_len(_written(column, row).plain) for _, _, row, _ in lines)
        )
        for column in (*_CHOICES[0], *margin)
    }
    for choice in _CHOICES:
        columns = [*choice, *margin]
        if sum(widths[column] + _GAP for column in columns) <= room:
            return columns
    return [*_CHOICES[-1], *margin]


def _lines(frame: pd.DataFrame, limit: int) -> list[tuple[str, Any, Row, str]]:
    """Each line of the table: its label, the customer's name, the numbers, the style."""
    owned = frame[frame["customer_id"].notna()]
    others, nobodys = owned.iloc[limit:], frame[frame["customer_id"].isna()]
    lines: list[tuple[str, Any, Row, str]] = [
        (visible(str(row["customer_id"])), None if pd.isna(row["name"]) else row["name"], row, "")
        for row in _rows(owned.head(limit))
    ]
    if len(others):
        word = "customer" if len(others) == len(owned) else "other"
        lines.append((f"{len(others):,} {word}{'s'[: len(others) - 1]}", None, _sums(others), "dim"))
    lines += [(str(row["name"]), None, row, "italic") for row in _rows(nobodys)]
    return [*lines, ("total", None, _sums(frame), "bold")]


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _written(column: _Column, row: Row) -> Text:
    amount: str = "" if pd.isna(row[column.name]) else column.written(float(row[column.name]))
    return Text(amount, style="red" if column is _MARGIN and amount.startswith("-") else "")


def _sums(rows: pd.DataFrame) -> Row:
    """Several rows as one; its margin is that of its own numbers, also where not every row has one."""
    sums = {name: rows[name].sum(min_count=1 if name == "mrr" else 0) for name in _SUMMED}
    return {**sums, "margin": sums["mrr"] - sums["total"]}
