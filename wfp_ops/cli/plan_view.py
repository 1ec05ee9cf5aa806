"""A plan as a page for the terminal: what refuses it, its steps, what is left out, the guards, its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from wfp_ops.change.show.view import ExcludedGroup, PlanView, view_of
from wfp_ops.cli.audit_view import STYLES, SYMBOLS
from wfp_ops.cli.tables import ABSENT

if TYPE_CHECKING:
    from wfp_ops.change.plan import Plan

_TONES = {"pass": "good", "refuse": "critical", "unknown": "critical", "overridden": "warning"}
_LONGEST_EXAMPLE = 160
# In the table of steps: what a column of text needs at least, and what stands between two columns
_LEAST = 18
_BETWEEN = 3


def plan_view(plan: Plan, *, steps: int) -> Group:
    """The whole page, with at most so many steps and sentences on what can't be brought back."""
    view = view_of(plan, steps=steps, sentences=steps)
    parts = [*_header(view), *_steps(view), *_losses(view)]
    parts += [*_excluded(view), *_guards(view), *_overrides(view), *_words(view), Text()]
    return Group(*parts)


def _header(view: PlanView) -> Iterator[RenderableType]:
    title = Table.grid(expand=True)
    title.add_column(overflow="fold")
    title.add_column(justify="right", no_wrap=True)
    title.add_row(
        Text(f"Plan for {view.account}", style="bold"), Text(f"expires {view.expires}", style="dim")
    )
    yield title
    yield Rule(style="dim")
    yield from _verdict(view)
    facts = [(label, text) for label, text in view.facts if label != "expires"]
    yield pairs([("digest", view.digest), *facts])


def pairs(facts: Sequence[tuple[str, str]], style: str = "dim") -> Table:
    """Labels and what they are about, below each other."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style=style, no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in facts:
        table.add_row(Text(label), Text(text))
    return table


def indented(what: RenderableType) -> Padding:
    """The same, two blanks to the right."""
    return Padding(what, (0, 0, 0, 2))


def _verdict(view: PlanView) -> Iterator[RenderableType]:
    """What keeps it from being applied, before anything else."""
    if view.verdict:
        yield Text(f"{SYMBOLS['critical']} {view.verdict}", style=STYLES["critical"])
        if view.reasons:
            yield indented(_named(view.reasons, style="bold"))
        yield Text()


def _named(rows: Sequence[tuple[str, str]], *, style: str = "") -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style=style, overflow="fold")
    table.add_column(overflow="fold", ratio=1)
    for name, text in rows:
        table.add_row(Text(name), Text(text))
    return table


def _steps(view: PlanView) -> Iterator[RenderableType]:
    if not view.steps:
        return
    yield Text()
    yield Text(", ".join(view.planned), style="bold")
    yield _StepTable(view)
    if view.more:
        yield Text(f"… {view.more:,} more: --format json or html shows them", style="dim")


class _StepTable:
    """The steps, laid out when the width is known: a name is broken only where no room is left for it."""

    def __init__(self, view: PlanView) -> None:
        self._view = view

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table for this width."""
        yield _step_table(self._view, _room_for_names(self._view, options.max_width))


def _room_for_names(view: PlanView, width: int) -> int:
    """As wide as the longest name, as long as the other columns keep what they need."""
    taken = [_widest("what", [row.what for row in view.steps]), _LEAST]
    if view.with_customers:
        taken.append(min(_LEAST, _widest("customer", [row.customer for row in view.steps])))
    if view.with_workers:
        taken.append(len("Workers"))
    left = width - sum(taken) - _BETWEEN * len(taken)
    return min(_widest("name", [row.name for row in view.steps]), max(left, _LEAST))


def _widest(title: str, cells: Sequence[str]) -> int:
    return max(map(cell_len, (title, *cells)))


def _step_table(view: PlanView, name_width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    table.add_column("what", no_wrap=True)
    table.add_column("name", style="bold", overflow="fold", width=name_width)
    if view.with_customers:
        table.add_column("customer", overflow="fold")
    if view.with_workers:
        table.add_column("Workers", justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for row in view.steps:
        customer = [Text(row.customer or ABSENT)] if view.with_customers else []
        count = [Text(ABSENT if row.workers is None else f"{row.workers:,}")] if view.with_workers else []
        table.add_row(Text(row.what), Text(row.name), *customer, *count, Text(row.why))
    return table


def _losses(view: PlanView) -> Iterator[RenderableType]:
    if view.losses:
        yield Text()
        yield Text.assemble((f"{SYMBOLS['warning']} ", STYLES["warning"]), (view.about_losses, "bold"))
        yield indented(_named(view.losses))
    if view.more_losses:
        yield indented(Text(f"… {view.more_losses:,} more: --format json or html shows them", style="dim"))


def _excluded(view: PlanView) -> Iterator[RenderableType]:
    if not view.excluded:
        return
    yield Text()
    yield Text(f"Left out: {view.excluded_total:,}", style="bold")
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for group in view.excluded:
        table.add_row(Text(group.guard), Text(f"{group.count:,}"), _example(group))
    yield indented(table)


def _example(group: ExcludedGroup) -> Text:
    first = group.rows[0]
    text = Text(first.name)
    text.append(f": {first.why}", style="dim")
    if group.count > 1:
        text = Text.assemble(("such as ", "dim"), text)
    text.truncate(_LONGEST_EXAMPLE, overflow="ellipsis")
    return text


def _guards(view: PlanView) -> Iterator[RenderableType]:
    if not view.guards:
        return
    yield Text()
    yield Text("Guards of the plan as a whole", style="bold")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", ratio=1)
    for row in view.guards:
        tone = _TONES[row.verdict]
        table.add_row(
            Text(f"{SYMBOLS[tone]} {row.verdict}", style=STYLES[tone]), Text(row.guard), Text(row.detail)
        )
    yield indented(table)


def _overrides(view: PlanView) -> Iterator[RenderableType]:
    if view.overrides:
        yield Text()
        yield Text.assemble((f"{SYMBOLS['warning']} ", STYLES["warning"]), ("Overridden", "bold"))
        yield indented(_named(view.overrides))


def _words(view: PlanView) -> Iterator[RenderableType]:
    facts = [("applying it takes", view.forecast)] if view.total else []
    if not view.verdict:
        facts.append(("its words", view.confirmation))
    if facts:
        yield Text()
        yield pairs(facts)
