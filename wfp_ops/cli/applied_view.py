"""What came of an apply, as a page for the terminal: every step that is not done, and what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from wfp_ops.change.show.outcome import AppliedView, OutcomeGroup, applied_view
from wfp_ops.cli.audit_view import STYLES, SYMBOLS
from wfp_ops.cli.plan_view import indented, pairs
from wfp_ops.cli.tables import frame_table

if TYPE_CHECKING:
    from wfp_ops.change.result import Applied

# Steps that are left have nothing to say for themselves: the first few show which
_LEFT_SHOWN = 20
_SENTENCES = 50
_ALL = 10**9
COMPARED = (
    ("worker", "Worker"),
    ("verdict", "verdict"),
    ("different", "different"),
    ("missing", "missing"),
    ("to_do", "what to do"),
)


def summary(applied: Applied, *, width: int) -> Group:
    """The whole page for a terminal of this width."""
    view = applied_view(applied, rows=_ALL, sentences=_SENTENCES)
    parts: list[RenderableType] = [_headline(view)]
    if view.stopped:
        parts.append(Text(f"stopped: {view.stopped}", style=STYLES["warning"]))
    for group in view.groups:
        if group.outcome != "done":
            parts += [Text(), *_group(group)]
    parts += [*_losses(view), *_comparison(applied, width), Text(), pairs([("journal", view.journal)])]
    return Group(*parts)


def _headline(view: AppliedView) -> Text:
    worst = view.groups[0].tone if view.groups else "good"
    tone = "warning" if worst == "info" else worst
    return Text.assemble(
        (f"{SYMBOLS[tone]} ", STYLES[tone]),
        ("Applied to ", "bold"),
        (view.account, "bold"),
        f": {view.headline}",
    )


def _group(group: OutcomeGroup) -> Iterator[RenderableType]:
    yield Text.assemble(
        (f"{SYMBOLS[group.tone]} {group.title}", f"bold {STYLES[group.tone]}"),
        (f"  {group.count:,}", "bold"),
        (f"  {group.meaning}", "dim"),
    )
    rows = group.rows[:_LEFT_SHOWN] if group.outcome == "left" else group.rows
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", ratio=1)
    for row in rows:
        table.add_row(Text(row.what), Text(row.name, style="bold"), Text(row.told))
    yield indented(table)
    if more := group.count - len(rows):
        yield indented(Text(f"… {more:,} more: --format json shows them", style="dim"))


def _losses(view: AppliedView) -> Iterator[RenderableType]:
    if not view.losses:
        return
    yield Text()
    yield Text.assemble((f"{SYMBOLS['warning']} ", STYLES["warning"]), (view.about_losses, "bold"))
    yield indented(pairs(view.losses, style=""))
    if view.more_losses:
        yield indented(Text(f"… {view.more_losses:,} more, in the archives", style="dim"))


def _comparison(applied: Applied, width: int) -> Iterator[RenderableType]:
    if applied.comparison is not None:
        yield Text()
        yield Text("The archive against what is there now", style="bold")
        yield frame_table(applied.comparison, COMPARED, width)
