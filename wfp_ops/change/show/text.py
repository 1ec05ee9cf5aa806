"""A plan as text: a screenful, however many steps it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wfp_ops.change.show.view import STEPS_SHOWN, ExcludedGroup, PlanView, StepRow, view_of

if TYPE_CHECKING:
    from wfp_ops.change.plan import Plan

# What Cloudflare's names may have; what is longer is somebody's joke
_LONGEST_NAME = 64
_LONGEST_WORD = 36
_LONGEST_TEXT = 100
_LONGEST_FACT = 300


def as_text(plan: Plan) -> str:
    """The plan's repr: whether it can be applied, what it does, what it leaves out, what to type."""
    view = view_of(plan)
    lines = [f"Plan for {cut(view.account, _LONGEST_NAME)}, expires {view.expires}, digest {view.short}"]
    lines += _part(view.verdict, [f"{cut(guard, _LONGEST_WORD)}: {why}" for guard, why in view.reasons])
    if view.planned:
        lines += [f"planned: {', '.join(view.planned)}", *_steps(view)]
    lines += _part(
        _title(view.about_losses[:1].lower() + view.about_losses[1:], view.losses),
        _losses(view),
        view.more_losses,
    )
    lines += _part(_title(f"left out: {view.excluded_total:,}", view.excluded), _excluded(view.excluded))
    # Those that refuse stand at the top
    guards = [(row.guard, row.verdict, row.detail) for row in view.guards if not row.holds_back]
    lines += _part(_title("guards of the plan as a whole", guards), _columns(guards))
    overridden = [f"{cut(key, _LONGEST_NAME)}: {cut(why, _LONGEST_TEXT)}" for key, why in view.overrides]
    lines += _part(_title("overridden", overridden), overridden)
    lines += [f"{label}: {cut(said, _LONGEST_FACT)}" for label, said in view.list_facts]
    if view.total:
        lines.append(f"forecast: {view.forecast}")
    if not view.verdict:
        lines.append(f"to apply it, its words: {view.confirmation}")
    return "\n".join(lines)


def cut(shown: str, length: int) -> str:
    """The text, cut if it is longer than that."""
    return shown if len(shown) <= length else f"{shown[: length - 3]}..."


def _title(words: str, what: Sequence[object]) -> str:
    return words if what else ""


def _part(title: str, lines: Sequence[str], more: int = 0) -> Iterator[str]:
    """A title and the first few lines below it; nothing where there is no title."""
    if not title:
        return
    yield title
    yield from (f"  {line}".rstrip() for line in lines[:STEPS_SHOWN])
    if left := more + max(0, len(lines) - STEPS_SHOWN):
        yield f"  ... {left:,} more"


def _steps(view: PlanView) -> Iterator[str]:
    cells: list[tuple[str, ...]] = [("what", "customer", "Workers", "why"), *map(_cells, view.steps)]
    if not view.with_workers:
        cells = [(*row[:2], row[3]) for row in cells]
    right = 2 if view.with_workers else None
    yield from (f"  {row}".rstrip() for row in _columns(cells, right=right))
    if view.more:
        yield f"  ... {view.more:,} more in plan.steps"


def _cells(row: StepRow) -> tuple[str, str, str, str]:
    return (
        cut(f"{row.what} {row.name}", _LONGEST_NAME),
        cut(row.customer, _LONGEST_WORD),
        "" if row.workers is None else f"{row.workers:,}",
        cut(row.why, _LONGEST_TEXT),
    )


def _columns(rows: Sequence[Sequence[str]], right: int | None = None) -> list[str]:
    """Rows of cells below each other; the last one is as long as it is, one may stand to the right."""
    if not rows:
        return []
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    return [
        "  ".join(
            cell.rjust(width) if place == right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, [*widths, 0], strict=True))
        )
        for row in rows
    ]


def _losses(view: PlanView) -> list[str]:
    return [f"{cut(name, _LONGEST_NAME)}: {cut(sentence, _LONGEST_TEXT)}" for name, sentence in view.losses]


def _excluded(groups: Sequence[ExcludedGroup]) -> list[str]:
    cells = [(cut(group.guard, _LONGEST_WORD), f"{group.count:,}", _example(group)) for group in groups]
    return _columns(cells, right=1)


def _example(group: ExcludedGroup) -> str:
    first = group.rows[0]
    such_as = "such as " if group.count > 1 else ""
    return f"{such_as}{cut(first.name, _LONGEST_NAME)}: {cut(first.why, _LONGEST_TEXT)}"
