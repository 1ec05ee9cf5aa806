"""Usage as a table for the terminal: who used most, the others as one line, and the total."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from wfp_ops.cli.tables import cell
from wfp_ops.usage.overview import Overview
from wfp_ops.usage.sums import MEASURES

_HEADINGS = {"namespace": "namespace", "worker": "Worker", "customer_id": "customer", "name": "name"}
_ALWAYS = ("requests", "share", "errors", "CPU (s)")
_WITH_ROOM = ("subrequests", "CPU (ms) each")
# what names and all of the measures take up side by side
_ROOM = 70
_ROOM_FOR_A_NAME = 25


def usage_table(overview: Overview, width: int) -> Table:
    """The table, in a narrow one fewer measures. A * says that some of it is incomplete."""
    shown: tuple[str, ...] = _ALWAYS
    if width >= _ROOM + _ROOM_FOR_A_NAME * max(1, len(overview.names)):
        shown = (*_ALWAYS, *_WITH_ROOM)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for name in overview.names or ("account",):
        table.add_column(_HEADINGS.get(name, ""), overflow="fold")
    for heading in shown:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in overview.top.to_dict("records"):
        names = [cell(row[name]) for name in overview.names] or [Text("account")]
        measures = _measures({name: row[name] for name in MEASURES}, overview)
        measures["requests"] += "*" if row["incomplete"] else ""
        table.add_row(*names, *(measures[heading] for heading in shown))
    count, others = overview.others
    lines = [(f"{count:,} others", others, "dim")] if count else []
    for label, sums, style in (*lines, (f"total of {overview.things:,}", overview.total, "bold")):
        measures = _measures(sums, overview)
        table.add_row(*_label(label, overview), *(measures[heading] for heading in shown), style=style)
    return table


def _label(text: str, overview: Overview) -> list[Text]:
    return [Text(text), *(Text() for _ in overview.names[1:])]


def _measures(sums: dict[str, float], overview: Overview) -> dict[str, str]:
    requests, cpu_ms = _number(sums["requests"]), _number(sums["cpu_ms"])
    return {
        "requests": f"{requests:,.0f}",
        "share": _share(requests, overview.total["requests"]),
        "errors": _share(_number(sums["errors"]), requests),
        "CPU (s)": f"{cpu_ms / 1000:,.1f}",
        "subrequests": f"{_number(sums['subrequests']):,.0f}",
        "CPU (ms) each": f"{cpu_ms / requests:,.2f}" if requests else "",
    }


def _number(value: Any) -> float:
    return 0.0 if pd.isna(value) else float(value)


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.2%}" if whole else ""
