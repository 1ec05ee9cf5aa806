"""From what came of an apply to what every view of it shows: what went otherwise than planned first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wfp_ops.change.show.words import VERBS, losses, subject
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from wfp_ops.change.result import Applied, StepResult

Tone = Literal["critical", "warning", "info", "good"]

# Outcome, title, how it looks, and what it means
_GROUPS: tuple[tuple[str, str, Tone, str], ...] = (
    ("failed", "failed", "critical", "Cloudflare refused"),
    (
        "unknown",
        "unknown",
        "critical",
        "sent, and no read could tell yet what became of it; resuming settles it",
    ),
    ("dropped", "dropped out", "warning", "a guard kept it back right before its change: nothing was done"),
    ("left", "left", "info", "not done; resuming goes on with it"),
    ("done", "done", "good", "changed, and on record"),
)


@dataclass(frozen=True, kw_only=True)
class OutcomeRow:
    """One step: verb, what it is about, and what there is to say of it."""

    what: str
    name: str
    told: str


@dataclass(frozen=True, kw_only=True)
class OutcomeGroup:
    """All steps that ended alike: ``count`` of them, the first few in ``rows``."""

    outcome: str
    title: str
    tone: Tone
    meaning: str
    count: int
    rows: tuple[OutcomeRow, ...]


@dataclass(frozen=True, kw_only=True)
class AppliedView:
    """What came of an apply, to be shown.

    ``losses`` are (name, sentence) of what is gone and can't be brought back (after a restore: of what did
    not come back with it; ``about_losses`` says which in a title), ``more_losses`` counts the others;
    ``archive`` is one of the archives that were made, None where there is none.
    """

    account: str
    headline: str
    stopped: str
    journal: str
    left: int
    groups: tuple[OutcomeGroup, ...]
    about_losses: str
    losses: tuple[tuple[str, str], ...]
    more_losses: int
    archive: str | None


def applied_view(applied: Applied, *, rows: int, sentences: int) -> AppliedView:
    """What to show of an apply, with so many steps of each outcome and so many sentences on what is lost."""
    done = [each for each in applied.steps if each.outcome == "done"]
    gone = losses([each.step for each in done])
    deleted = any(each.step.is_deletion for each in done)
    return AppliedView(
        account=visible(applied.account),
        headline=applied.headline(),
        stopped=visible(applied.stopped or ""),
        journal=visible(str(applied.journal)),
        left=applied.left,
        groups=tuple(_groups(applied, rows)),
        about_losses="Gone, and can't be brought back" if deleted else "What did not come back with it",
        losses=tuple((visible(name), visible(sentence)) for name, sentence in gone[:sentences]),
        more_losses=max(0, len(gone) - sentences),
        archive=next((visible(each.archive) for each in done if each.archive), None),
    )


def _groups(applied: Applied, rows: int) -> Iterator[OutcomeGroup]:
    for outcome, title, tone, meaning in _GROUPS:
        found = [each for each in applied.steps if each.outcome == outcome]
        if found:
            yield OutcomeGroup(
                outcome=outcome,
                title=title,
                tone=tone,
                meaning=meaning,
                count=len(found),
                rows=tuple(map(_row, found[:rows])),
            )


def _row(result: StepResult) -> OutcomeRow:
    told = result.detail
    if result.guard is not None:
        told = f"{result.guard}: {told}" if told else result.guard
    if result.archive is not None and result.outcome == "done":
        told = f"archived as {result.archive}" + (f"; {told}" if told else "")
    return OutcomeRow(what=VERBS[result.step.action], name=visible(subject(result.step)), told=visible(told))
