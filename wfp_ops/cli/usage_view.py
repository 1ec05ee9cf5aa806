"""Usage as a table for the terminal: who used most, the others as one line, and the total."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from wfp_ops.cli.tables import cell
from wfp_ops.usage.cost.table import UNALLOCATED
from wfp_ops.usage.overview import Overview
from wfp_ops.usage.record import usage_record
from wfp_ops.usage.sums import MEASURES

_HEADINGS = {"namespace": "namespace", "worker": "Worker", "customer_id": "customer", "name": "name"}
_MEASURES = ("requests", "share", "errors", "CPU (s)", "subrequests", "CPU (ms) each")
_FEWER = ("requests", "errors", "CPU (s)")
# What is left out first where the line is too short for all: measures, whose name it is, more measures
_CHOICES = (
    (("name",), _MEASURES),
    (("name",), _MEASURES[:4]),
    (("name",), _FEWER),
    ((), _MEASURES[:4]),
    ((), _FEWER),
    ((), _FEWER[:2]),
    ((), _FEWER[:1]),
)
_GAP = 3
_ROOM_FOR_A_NAME = 24  # a longer one takes several lines
_MARK = "*"
_INCOMPLETE = "some of it lies in time that is not complete yet, or not proven whole"


def usage_table(frame: pd.DataFrame, overview: Overview, width: int) -> RenderableType:
    """The table of a usage frame's overview, in a narrow one fewer measures.

    A line with a * holds numbers of time that is not complete yet; below the table that is said.
    """
    lines = list(_lines(frame, overview))
    names, measures = _fitting(lines, overview.names or ("account",), width)
    requests = _marked([line.measures["requests"] for line in lines], [line.incomplete for line in lines])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for name in names:
        table.add_column(_HEADINGS.get(name, ""), overflow="fold")
    table.add_column(measures[0].rjust(len(requests[0].rstrip(_MARK))), no_wrap=True)
    for heading in measures[1:]:
        table.add_column(heading, justify="right", no_wrap=True)
    for line, first in zip(lines, requests, strict=True):
        rest = (line.measures[heading] for heading in measures[1:])
        table.add_row(*line.names[: len(names)], first, *rest, style=line.style)
    if not any(line.incomplete for line in lines):
        return table
    return Group(table, Text(f"{_MARK} {_INCOMPLETE}", style="dim"))


@dataclass(frozen=True)
class _Line:
    """One line of the table."""

    names: list[Text]
    measures: dict[str, str]
    incomplete: bool
    style: str = ""


def _fitting(lines: Sequence[_Line], names: Sequence[str], width: int) -> tuple[Sequence[str], Sequence[str]]:
    """The first choice of columns that has room enough, else the least one; ``name`` is always the last."""
    room = [min(_ROOM_FOR_A_NAME, max(line.names[at].cell_len for line in lines)) for at in range(len(names))]
    taken = {name: max(each, len(_HEADINGS.get(name, ""))) for name, each in zip(names, room, strict=True)}
    for heading in _MEASURES:
        taken[heading] = max(len(heading), *(len(line.measures[heading]) for line in lines))
    for more, measures in _CHOICES:
        kept = [name for name in names if name != "name" or name in more]
        # one more for the mark
        if sum(taken[each] + _GAP for each in (*kept, *measures)) - _GAP + 1 <= width:
            return kept, measures
    return [name for name in names if name != "name"], _CHOICES[-1][1]


def _lines(frame: pd.DataFrame, overview: Overview) -> Iterator[_Line]:
    """The things by themselves, the others as one, the total."""
    dispatchers = bool((usage_record(frame) or {}).get("dispatchers"))
    for row in overview.top.to_dict("records"):
        names = [_name(row, name, dispatchers=dispatchers) for name in overview.names] or [Text("account")]
        measures = _measures({name: row[name] for name in MEASURES}, overview)
        yield _Line(names, measures, bool(row["incomplete"]))
    count, others = overview.others
    if count:
        measures, incomplete = _measures(others, overview), _others_incomplete(frame, overview)
        yield _Line(_label(f"{count:,} others", overview), measures, incomplete, "dim")
    label = _label(f"total of {overview.things:,}", overview)
    yield _Line(label, _measures(overview.total, overview), not frame["complete"].all(), "bold")


def _name(row: Mapping[Hashable, Any], name: str, *, dispatchers: bool) -> Text:
    """What a thing is called; what belongs to no customer of the list as in the cost table."""
    if name == "customer_id" and pd.isna(row[name]) and not dispatchers:
        return Text(UNALLOCATED, style="italic")
    return cell(row[name])


def _others_incomplete(frame: pd.DataFrame, overview: Overview) -> bool:
    """Whether more things are incomplete than those that stand by themselves."""
    names = [name for name in overview.names if name in frame]
    things = frame.loc[~frame["complete"], names].drop_duplicates()
    return len(things) > int(overview.top["incomplete"].astype(bool).sum())


def _marked(numbers: Sequence[str], marks: Sequence[bool]) -> list[str]:
    """Numbers that end below each other, with their marks behind them."""
    room = max(len("requests"), *map(len, numbers))
    return [number.rjust(room) + (_MARK if mark else "") for number, mark in zip(numbers, marks, strict=True)]


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
