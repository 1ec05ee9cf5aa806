"""An audit as a page for the terminal: what was compared, counts of states, findings worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from wfp_ops.audit.kinds import CUSTOMER_STATES, THING_STATES, Kind, finding_kind
from wfp_ops.audit.result import Audit, FindingGroup
from wfp_ops.cli.tables import ABSENT
from wfp_ops.errors import visible
from wfp_ops.memory.changes import Changes

SYMBOLS = {"critical": "✖", "warning": "▲", "info": "●", "good": "✔", "none": "·"}
STYLES = {"critical": "bold red", "warning": "yellow", "info": "cyan", "good": "green", "none": "dim"}
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_SIDE_BY_SIDE = 96
_LONGEST_BAR = 30
_BESIDE_THE_BAR = 38
_ROW_NUMBERS = 5
_HEADINGS = {"namespace": "namespace", "worker": "Worker", "customer_id": "customer"}
_THINGS = {kind.name for kind in THING_STATES}


def audit_view(audit: Audit, *, width: int, limit: int) -> Group:
    """The whole page for a terminal of this width, with at most ``limit`` findings of each kind."""
    parts: list[RenderableType] = [_header(audit), Text(), _states(audit, width), Text(), _headline(audit)]
    if audit.changes is not None:
        parts.append(_changes(audit.changes))
    for group in audit.groups():
        parts += [Text(), _finding_group(group, audit.tenancy, width=width, limit=limit)]
    asides = list(_asides(audit))
    return Group(*parts, *([Text(), *asides] if asides else []), Text())


def next_steps(steps: Sequence[tuple[str, str]]) -> Group:
    """Commands that can be typed next, each with what it is for; never broken, so that they can be copied."""
    lines = [Text("What next", style="bold")]
    for command, purpose in steps:
        lines.append(Text(f"  {command}", style="cyan", no_wrap=True, overflow="ignore"))
        lines.append(Text(f"      {purpose}", style="dim"))
    return Group(*lines)


def _header(audit: Audit) -> Group:
    title = Table.grid(expand=True)
    title.add_column()
    title.add_column(justify="right")
    title.add_row(
        Text.assemble(("Audit of ", "bold"), (visible(audit.account_name), "bold")),
        Text(f"{audit.taken_at:%d %b %Y, %H:%M} UTC", style="dim"),
    )
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    if audit.account_name != audit.account_id:
        facts.add_row("account", audit.account_id)
    facts.add_row("convention", Text(f"{audit.convention} ({audit.tenancy} tenancy)"))
    facts.add_row("inventory", _evidence(audit))
    facts.add_row("customers", _customers(audit))
    return Group(title, Rule(style="dim"), facts)


def _evidence(audit: Audit) -> Text:
    if audit.evidence.proven:
        return Text.assemble(("✔ proven complete", "green"), f": {visible(audit.evidence.how)}")
    return Text.assemble(("✖ NOT proven complete", "bold red"), f": {visible(audit.evidence.how)}")


def _customers(audit: Audit) -> Text:
    text = Text(f"{_count(audit.customers_read, 'record')} read")
    if len(audit.set_aside):
        text.append(f", {len(audit.set_aside):,} set aside", style="yellow")
    return text


def _states(audit: Audit, width: int) -> RenderableType:
    states = audit.counts["states"]
    is_namespaces = audit.tenancy == "namespace"
    things = (
        states.get("namespaces", {}) if is_namespaces else states.get("workers", states.get("namespaces", {}))
    )
    side_by_side = width >= _SIDE_BY_SIDE
    room = (width - 4) // 2 if side_by_side else width
    bar = max(6, min(_LONGEST_BAR, room - _BESIDE_THE_BAR))
    tables = (
        _state_table("Namespaces" if is_namespaces else "Workers", things, _severities(THING_STATES), bar),
        _state_table("Customers", states.get("customers", {}), _severities(CUSTOMER_STATES), bar),
    )
    if not side_by_side:
        return Group(tables[0], Text(), tables[1])
    both = Table.grid(padding=(0, 4))
    both.add_row(*tables)
    return both


def _severities(kinds: Sequence[Kind]) -> dict[str, str]:
    """How bad each state is; a state without a severity is good where things match, else neither."""
    return {kind.name: kind.severity or ("good" if kind.name == "matched" else "none") for kind in kinds}


def _state_table(title: str, counts: dict[str, int], severities: dict[str, str], bar: int) -> Table:
    total = sum(counts.values())
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(min_width=16, no_wrap=True)
    table.add_column(justify="right", min_width=7, no_wrap=True)
    table.add_column(width=bar, no_wrap=True)
    table.add_column(justify="right", min_width=7, no_wrap=True)
    table.add_row("", Text(title, style="bold"), Text(f"{total:,}", style="bold"))
    for state, count in counts.items():
        severity = severities[state]
        style = STYLES[severity]
        table.add_row(
            Text(SYMBOLS[severity], style=style),
            state,
            f"{count:,}",
            Text(_bar(count / total, bar), style=style),
            Text(_percent(count / total), style="dim"),
        )
    if not counts:
        table.add_row("", Text("none", style="dim"))
    return table


def _bar(share: float, width: int) -> str:
    """A bar in eighths of a character; what is there at all shows at least one of them."""
    eighths = max(1, round(share * width * 8))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def _percent(share: float) -> str:
    return "<0.1 %" if share < 0.001 else f"{share * 100:.1f} %"


def _headline(audit: Audit) -> Text:
    if audit.findings.empty:
        return Text.assemble(
            ("✔ No findings", "bold green"),
            ": every namespace has its customer, and every customer a namespace",
        )
    counts = audit.findings["severity"].value_counts()
    text = Text("Findings", style="bold")
    for severity in ("critical", "warning", "info"):
        if severity in counts:
            number = int(counts[severity])
            words = f"{number:,} {severity}" if severity != "warning" else _count(number, severity)
            text.append(f"   {SYMBOLS[severity]} {words}", style=STYLES[severity])
    return text


def _changes(changes: Changes) -> Text:
    return Text.assemble(
        (f"since the last audit ({changes.since:%d %b %Y, %H:%M} UTC): ", "dim"), changes.headline()
    )


def _finding_group(group: FindingGroup, tenancy: str, *, width: int, limit: int) -> Group:
    style = STYLES[group.severity]
    title = Text.assemble(
        (f"{SYMBOLS[group.severity]} {group.kind}", f"bold {style}"),
        (f"  {_count(len(group.rows), _noun(group.kind, tenancy))}", "bold"),
        (f"  {group.severity}", style),
    )
    told = group.rows["suggestion"].unique()
    parts: list[RenderableType] = [title, _indented(Text(group.meaning, style="dim"))]
    if len(told) == 1:
        parts.append(_indented(_hanging("→", str(told[0]))))
    shown = group.rows.head(limit)
    if len(shown):
        parts.append(_indented(_rows(shown, width, with_suggestions=len(told) > 1)))
    if more := len(group.rows) - len(shown):
        parts.append(_indented(Text(f"… {more:,} more", style="dim")))
    return Group(*parts)


def _rows(rows: pd.DataFrame, width: int, *, with_suggestions: bool) -> Table:
    """The findings themselves: what they are about, what was seen, and what to do where each differs."""
    about = [name for name in ("namespace", "worker", "customer_id") if rows[name].notna().any()]
    if len(about) > 1 and _ids_stand_in_names(rows):
        about.remove("customer_id")
    table = Table(
        box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_header=len(about) > 1
    )
    for place, name in enumerate(about):
        style = "bold" if place == 0 else ""
        table.add_column(
            _HEADINGS[name], style=style, max_width=max(16, width // 4), no_wrap=True, overflow="ellipsis"
        )
    table.add_column("what was seen", overflow="fold", ratio=1)
    for row in rows[[*about, "detail", "suggestion"]].itertuples(index=False):
        *names, detail, suggestion = row
        seen = Text(visible(detail))
        if with_suggestions:
            seen.append(" → ", style="bold").append(visible(suggestion))
        table.add_row(*(Text(ABSENT if pd.isna(name) else visible(name)) for name in names), seen)
    return table


def _ids_stand_in_names(rows: pd.DataFrame) -> bool:
    """Whether each row's name says the customer's id already."""
    names = rows["worker"].fillna(rows["namespace"]).fillna("")
    ids = rows["customer_id"].fillna("\n")
    return all(customer in name for name, customer in zip(names, ids, strict=True))


def _hanging(sign: str, text: str) -> Table:
    """A sign, and a text whose further lines stand below its first word, not below the sign."""
    table = Table.grid(padding=(0, 1))
    table.add_row(Text(sign, style="bold"), Text(visible(text)))
    return table


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, 2))


def _asides(audit: Audit) -> Iterator[RenderableType]:
    """What is no finding, and should be known all the same."""
    if count := len(audit.set_aside):
        rows = [str(row) for row in audit.set_aside["row"].dropna().head(_ROW_NUMBERS)]
        places = (
            f" (row{'s'[: count > 1]} {', '.join(rows)}{', …' if count > len(rows) else ''})" if rows else ""
        )
        yield Text(f"{_count(count, 'record')} of the customer list can't be used{places}: see 'unusable'")
    if count := len(audit.accepted):
        yield Text(f"{_count(count, 'finding')} accepted in [[audit.accepted]], and not counted above")
    for note in (*audit.notes, *(audit.changes.notes if audit.changes is not None else ())):
        yield Text.assemble(("note: ", "bold"), visible(note))


def _noun(kind: str, tenancy: str) -> str:
    if kind == "unusable":
        return "record"
    about = finding_kind(kind).about
    if about == "account":
        return "note"
    return "Worker" if about == "namespace" and tenancy == "worker" and kind in _THINGS else about


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
