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
from wfp_ops.errors import visible

if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.change.result import Applied

# Steps that are left have nothing to say for themselves: the first few show which
_LEFT_SHOWN = 20
_SENTENCES = 50
_ALL = 10**9
_COMPARED = {"equal": "good", "different": "warning", "missing": "critical"}


def summary(applied: Applied) -> Group:
    """The whole page for a terminal."""
    view = applied_view(applied, rows=_ALL, sentences=_SENTENCES)
    parts: list[RenderableType] = [_headline(view)]
    if view.stopped:
        parts.append(Text(f"stopped: {view.stopped}", style=STYLES["warning"]))
    for group in view.groups:
        if group.outcome != "done":
            parts += [Text(), *_group(group)]
    parts += [*_losses(view), *_comparison(applied), Text(), _journal(view)]
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


def _journal(view: AppliedView) -> Text:
    """Where it is on record; unbroken, so that it can be copied."""
    return Text.assemble(("journal  ", "dim"), view.journal, no_wrap=True, overflow="ignore")


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


def _comparison(applied: Applied) -> Iterator[RenderableType]:
    if applied.comparison is not None:
        yield Text()
        yield Text("The archive against what is there now", style="bold")
        yield indented(comparison_view(applied.comparison))


def comparison_view(comparison: pd.DataFrame) -> Table:
    """An archive against the account: a row for the namespace and for each Worker; advice said once."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", style="bold")
    table.add_column(overflow="fold", ratio=1)
    before = None
    for row in comparison.astype(object).where(comparison.notna(), None).to_dict("records"):
        told = [f"{words}: {row[words]}" for words in ("different", "missing") if row[words]]
        advice = row["to_do"] if row["to_do"] != before else None
        before = row["to_do"]
        tone = "warning" if row["verdict"] == "equal" and before else _COMPARED[row["verdict"]]
        text = Text("\n".join(map(visible, told)))
        if advice:
            text.append(f"{chr(10) if told else ''}→ {visible(advice)}", style="dim")
        name = Text("the namespace") if row["worker"] is None else Text(visible(row["worker"]))
        table.add_row(Text(f"{SYMBOLS[tone]} {row['verdict']}", style=STYLES[tone]), name, text)
    return table
