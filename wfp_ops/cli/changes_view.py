"""What changed between two audits, as a page for the terminal."""

from __future__ import annotations

import pandas as pd
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from wfp_ops.cli.audit_view import STYLES
from wfp_ops.cli.tables import cell
from wfp_ops.errors import visible
from wfp_ops.memory.changes import Changes
from wfp_ops.memory.show import parts

_STYLES = {"added": "green", "removed": "red", "new": "yellow", "resolved": "green"}


def changes_view(changes: Changes, *, limit: int) -> Group:
    """The whole page, with at most ``limit`` rows of each table."""
    shown: list[RenderableType] = [
        Text.assemble(
            ("Changes", "bold"),
            f" from {changes.since:%d %b %Y, %H:%M} to {changes.until:%d %b %Y, %H:%M} UTC",
        ),
        Text.assemble(("findings  ", "dim"), changes.headline()),
    ]
    if changes.empty:
        shown.append(Text("Nothing has changed.", style="green"))
    for title, frame, columns in parts(changes):
        shown += [Text(), Text(title, style="bold"), _table(frame.head(limit), columns)]
        if (more := len(frame) - limit) > 0:
            shown.append(Text(f"… {more:,} more", style="dim"))
    notes = [Text.assemble(("note: ", "bold"), visible(note)) for note in changes.notes]
    return Group(*shown, *([Text(), *notes] if notes else []))


def _table(frame: pd.DataFrame, columns: list[tuple[str, str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for name, heading in columns:
        table.add_column(heading, overflow="fold", no_wrap=name in ("change", "severity", "since"))
    for row in frame[[name for name, _ in columns]].itertuples(index=False):
        cells = [cell(value, "%Y-%m-%d") for value in row]
        cells[0].stylize(_STYLES.get(str(row[0]), ""))
        if "severity" in frame:
            cells[1].stylize(STYLES.get(cells[1].plain, ""))
        table.add_row(*cells)
    return table
