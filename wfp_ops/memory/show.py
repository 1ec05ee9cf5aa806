"""How changes show themselves: as text in a terminal, as HTML in a notebook. Nothing is decided here."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfp_ops.clock import iso
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from wfp_ops.memory.changes import Changes

_ROWS = 12
_CELL = "text-align:left;vertical-align:top;padding:2px 14px 2px 0;white-space:normal;overflow-wrap:anywhere"
# What a person reads: the same parts in both forms. Findings that are still open are counted, not listed.
_NAMESPACES = (
    ("change", "change"),
    ("namespace", "namespace"),
    ("worker", "Worker"),
    ("what", "what"),
    ("before", "before"),
    ("after", "now"),
)
_CUSTOMERS = (
    ("change", "change"),
    ("customer_id", "customer"),
    ("what", "what"),
    ("before", "before"),
    ("after", "now"),
)
_FINDINGS = (
    ("change", "change"),
    ("severity", "severity"),
    ("kind", "kind"),
    ("namespace", "namespace"),
    ("worker", "Worker"),
    ("customer_id", "customer"),
    ("since", "since"),
    ("detail", "what was seen"),
)


def parts(changes: Changes) -> Iterator[tuple[str, pd.DataFrame, list[tuple[str, str]]]]:
    """What there is to show: a title, the rows, and the columns that say anything, as (column, heading)."""
    findings = changes.findings[changes.findings["change"] != "open"]
    for name, frame, columns in (
        ("Namespaces", changes.namespaces, _NAMESPACES),
        ("Customers", changes.customers, _CUSTOMERS),
        ("Findings", findings, _FINDINGS),
    ):
        if len(frame):
            counts = changes.counts[name.lower()]
            said = ", ".join(f"{count:,} {word}" for word, count in counts.items() if word != "open")
            shown = [each for each in columns if frame[each[0]].notna().any()]
            yield f"{name}: {said}", frame, shown


def title(changes: Changes) -> str:
    """From when to when."""
    return f"Changes from {iso(changes.since)} to {iso(changes.until)}"


def as_text(changes: Changes) -> str:
    """A screenful: the findings in words, then the rows of each frame, the first of many."""
    lines = [
        title(changes),
        f"findings: {changes.headline()}",
        *(f"note: {visible(note)}" for note in changes.notes),
    ]
    if changes.empty:
        lines.append("nothing has changed")
    for heading, frame, columns in parts(changes):
        rows = [[text_of(value) for value in row] for row in _cells(frame.head(_ROWS), columns)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
        lines.append(heading)
        lines += [
            "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        if more := len(frame) - len(rows):
            lines.append(f"  … {more:,} more")
    return "\n".join(lines)


def as_html(changes: Changes) -> str:
    """The same as tables, every text escaped."""
    lines = [
        f"<div style='font-size:16px'><strong>{_escaped(title(changes))}</strong></div>",
        f"<div>findings: {_escaped(changes.headline())}</div>",
        *(f"<div>note: {_escaped(note)}</div>" for note in changes.notes),
    ]
    if changes.empty:
        lines.append("<div>nothing has changed</div>")
    for heading, frame, columns in parts(changes):
        more = len(frame) - _ROWS
        lines.append(f"<div style='margin-top:10px'><strong>{_escaped(heading)}</strong></div>")
        lines.append(_table([name for _, name in columns], _cells(frame.head(_ROWS), columns)))
        if more > 0:
            lines.append(f"<div>&hellip; {more:,} more</div>")
    return f"<div style='max-width:1000px;font-size:13px'>{''.join(lines)}</div>"


def text_of(value: Any) -> str:
    """One value as a person reads it."""
    if pd.isna(value):
        return "-"
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else visible(str(value))


def _cells(frame: pd.DataFrame, columns: Sequence[tuple[str, str]]) -> list[list[Any]]:
    return frame[[name for name, _ in columns]].astype(object).to_numpy().tolist()


def _table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    head = "".join(f"<th style='{_CELL}'>{_escaped(name)}</th>" for name in headings)
    body = "".join(
        f"<tr>{''.join(f'<td style={_CELL!r}>{_escaped(text_of(value))}</td>' for value in row)}</tr>"
        for row in rows
    )
    return f"<table style='border-collapse:collapse;margin-left:0'><tr>{head}</tr>{body}</table>"


def _escaped(text: str) -> str:
    return html.escape(visible(text))
