"""A plan as Markdown, for a pull request: what, why, what each guard says, and the digest to approve.

Names come from other people; how they are kept from being markup is told in ``audit.markdown``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from wfp_ops.audit.markdown import name, table, text
from wfp_ops.change.show.view import ExcludedGroup, PlanView, StepRow, view_of

if TYPE_CHECKING:
    from wfp_ops.change.plan import Plan

# Together they stay below what a comment may hold at GitHub (65,536 characters)
_ROOM_FOR_STEPS = 22_000
_ROOM_FOR_LOSSES = 6_000
_ROOM_FOR_GUARDS = 5_000
_ROOM_FOR_EXCLUDED = 10_000
_LONGEST_BLOCK = 5_000
_MOST = 500
_EACH_GUARD = 20


def as_markdown(plan: Plan) -> str:
    """The whole page, short enough for a comment however many steps there are; ends with a line feed."""
    view = view_of(plan, steps=_MOST, items=_EACH_GUARD, sentences=_MOST)
    parts = [
        [f"## Plan for {name(view.account)}"],
        list(_verdict(view)),
        [f"**{', '.join(view.planned)}**"] if view.planned else [],
        list(_facts(view)),
        list(_approval(view)),
        list(_steps(view)),
        list(_losses(view)),
        list(_overrides(view)),
        list(_guards(view)),
        list(_excluded(view)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _verdict(view: PlanView) -> Iterator[str]:
    if view.verdict:
        reasons = [f"> - **{text(guard)}**: {text(why)}" for guard, why in view.reasons]
        yield "> [!CAUTION]"
        yield f"> **{view.verdict}**"
        yield from ([">", *_within(reasons, _ROOM_FOR_GUARDS, start="> ")] if reasons else [])


def _facts(view: PlanView) -> Iterator[str]:
    yield from (f"- {label}: {text(said)}" for label, said in view.facts)
    if view.total:
        yield f"- applying it: {view.forecast}"


def _approval(view: PlanView) -> Iterator[str]:
    yield "Digest:" if view.verdict else "Digest; who approves this plan approves these 64 characters:"
    yield from ("", *_block(view.digest))
    if not view.verdict:
        yield from ("", "Its words, for who applies it at a terminal:", "", *_block(view.confirmation))


def _block(shown: str) -> tuple[str, str, str]:
    """A text to be copied as it is: nothing in a fenced block is markup but a fence as long as its own."""
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    cut = shown if len(shown) <= _LONGEST_BLOCK else f"{shown[:_LONGEST_BLOCK]}... (cut)"
    return f"{fence}text", cut, fence


def _steps(view: PlanView) -> Iterator[str]:
    if not view.steps:
        return
    yield from ("### Steps", "")
    headings = ["what", "name", "customer", *(["Workers"] if view.with_workers else []), "why"]
    rows = (_cells(row, with_workers=view.with_workers) for row in view.steps)
    yield from _within(table(headings, rows), _ROOM_FOR_STEPS, before=2, more=view.more)


def _cells(row: StepRow, *, with_workers: bool) -> list[str]:
    count = ["" if row.workers is None else f"{row.workers:,}"] if with_workers else []
    return [row.what, name(row.name), name(row.customer), *count, text(row.why)]


def _losses(view: PlanView) -> Iterator[str]:
    if view.losses:
        yield from (f"### {view.about_losses}", "")
        rows = ((name(about), text(sentence)) for about, sentence in view.losses)
        lines = table(("name", "what"), rows)
        yield from _within(lines, _ROOM_FOR_LOSSES, before=2, more=view.more_losses)


def _overrides(view: PlanView) -> Iterator[str]:
    if view.overrides:
        yield from ("### Overridden guards", "")
        rows = ((name(guard), text(why)) for guard, why in view.overrides)
        yield from _within(table(("guard", "reason"), rows), _ROOM_FOR_GUARDS, before=2)


def _guards(view: PlanView) -> Iterator[str]:
    if view.guards:
        yield from ("### Guards of the plan as a whole", "")
        rows = ((_verdict_of(row.verdict), text(row.guard), text(row.detail)) for row in view.guards)
        yield from _within(table(("verdict", "guard", "what it saw"), rows), _ROOM_FOR_GUARDS, before=2)


def _verdict_of(verdict: str) -> str:
    return verdict if verdict == "pass" else f"**{verdict}**"


def _excluded(view: PlanView) -> Iterator[str]:
    if not view.excluded:
        return
    counts = ", ".join(f"{group.count:,} {text(group.guard)}" for group in view.excluded[:_EACH_GUARD])
    yield f"Left out: {view.excluded_total:,} ({counts})"
    yield from ("", "<details>", "<summary>Which, and why</summary>")
    room = _ROOM_FOR_EXCLUDED // len(view.excluded)
    for group in view.excluded[:_EACH_GUARD]:
        yield from _group(group, room)
    yield from ("", "</details>")


def _group(group: ExcludedGroup, room: int) -> Iterator[str]:
    refuses = f" (refuses {group.refuses})" if group.refuses else ""
    yield from ("", f"**{text(group.guard)}**: {group.count:,}{refuses}", "")
    rows = ((name(row.name), name(row.customer), text(row.why)) for row in group.rows)
    lines = table(("name", "customer", "reason"), rows)
    yield from _within(lines, room, before=2, more=group.count - len(group.rows))


def _within(
    lines: Iterable[str], room: int, *, before: int = 0, more: int = 0, start: str = ""
) -> Sequence[str]:
    """Lines until the room is used up, then how many rows are left out; ``before`` of them are no rows."""
    every = list(lines)
    kept: list[str] = []
    for place, line in enumerate(every):
        room -= len(line) + 1
        if room < 0 and place > before:
            break
        kept.append(line)
    left = len(every) - len(kept) + more
    return [*kept, start.rstrip(), f"{start}... {left:,} more"] if left else kept
