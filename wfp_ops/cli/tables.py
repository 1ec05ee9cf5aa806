"""Frames as tables for the eye: right-aligned numbers, dates that can be read, words instead of flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from pandas.api.types import is_bool, is_integer
from rich import box
from rich.table import Table
from rich.text import Text

from wfp_ops.errors import visible
from wfp_ops.frames.columns import COUNT

_ROOM_FOR_TIMES = 96
ABSENT = "—"


def frame_table(frame: pd.DataFrame, columns: Sequence[tuple[str, str]], width: int) -> Table:
    """A table of some of a frame's columns, given as (column, heading); a narrow one has days for times."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for place, (name, heading) in enumerate(columns):
        number = frame[name].dtype == COUNT
        table.add_column(
            heading,
            justify="right" if number else "left",
            overflow="fold",
            no_wrap=number or isinstance(frame[name].dtype, pd.DatetimeTZDtype),
            style="bold" if place == 0 else "",
        )
    times = "%Y-%m-%d %H:%M" if width >= _ROOM_FOR_TIMES else "%Y-%m-%d"
    cells = [[cell(value, times) for value in frame[name]] for name, _ in columns]
    for row in zip(*cells, strict=True):
        table.add_row(*row)
    return table


def card(frame: pd.DataFrame, labels: Mapping[str, str]) -> Table:
    """The one row of a frame, a line for each column."""
    table = Table.grid(padding=(0, 2))
    for name in frame:
        label = labels.get(str(name), str(name).replace("_", " "))
        table.add_row(Text(label, style="dim"), cell(frame[name].iloc[0]))
    return table


def cell(value: Any, times: str = "%Y-%m-%d %H:%M") -> Text:
    """One value as a person reads it."""
    if isinstance(value, list):
        return Text(visible(", ".join(map(str, value)))) if value else Text(ABSENT, style="dim")
    if pd.isna(value):
        return Text(ABSENT, style="dim")
    if is_bool(value):
        return Text("yes" if value else "no")
    if isinstance(value, pd.Timestamp):
        return Text(value.strftime(times))
    if is_integer(value):
        return Text(f"{value:,}")
    return Text(visible(str(value)))
