"""``Applied``: what came of an apply, step by step, and where its journal is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import pandas as pd

from wfp_ops.change.journal.progress import Status, StepState
from wfp_ops.change.steps import Step
from wfp_ops.errors import visible
from wfp_ops.frames.applies import APPLIED

SCHEMA = "wfp-ops/apply/1"

Outcome = Literal["done", "dropped", "failed", "left", "unknown"]

_OUTCOMES: Mapping[Status, Outcome] = {
    "pending": "left",
    "in_flight": "unknown",
    "done": "done",
    "dropped": "dropped",
    "failed": "failed",
}


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """What came of one step.

    ``done``; ``dropped`` (it fell out before its change; ``guard`` says why); ``failed`` (Cloudflare
    refused); ``left`` (not begun, or not carried out); ``unknown`` (sent, and no read could tell yet).
    ``verified`` says that a read showed it afterwards.
    """

    step: Step
    outcome: Outcome
    detail: str = ""
    guard: str | None = None
    archive: str | None = None
    verified: bool = False

    @classmethod
    def of(cls, step: Step, state: StepState) -> Self:
        """What came of a step that stands so."""
        return cls(
            step=step,
            outcome=_OUTCOMES[state.status],
            detail=state.detail,
            guard=state.guard,
            archive=state.archive,
            verified=state.verified,
        )

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the document."""
        return {
            "action": self.step.action,
            "namespace": self.step.namespace,
            "worker": self.step.worker,
            "customer_id": self.step.customer_id,
            "result": self.outcome,
            "guard": self.guard,
            "detail": self.detail,
            "archive": self.archive,
            "verified": self.verified,
        }


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Applied:
    """What came of an apply.

    Attributes:
        journal: the file that records it, for ever.
        steps: what came of each step, in the plan's order.
        stopped: why it ended before its end, in words; None where it did not.
        comparison: after a restore, Worker by Worker what is equal and what is missing
            (``COMPARISON``); None after anything else, and where it could not be made.
    """

    account: str
    account_id: str
    digest: str
    journal: Path
    steps: tuple[StepResult, ...]
    stopped: str | None = None
    comparison: pd.DataFrame | None = field(default=None)

    def count(self, *outcomes: Outcome) -> int:
        """How many steps ended so."""
        return sum(each.outcome in outcomes for each in self.steps)

    @property
    def done(self) -> int:
        """How many changes were made."""
        return self.count("done")

    @property
    def dropped(self) -> int:
        """How many steps fell out before their change."""
        return self.count("dropped")

    @property
    def failed(self) -> int:
        """How many steps Cloudflare refused."""
        return self.count("failed")

    @property
    def left(self) -> int:
        """How many steps can still be done by resuming, those with an unknown outcome included."""
        return self.count("left", "unknown")

    @property
    def complete(self) -> bool:
        """Whether nothing is left."""
        return self.left == 0

    @property
    def frame(self) -> pd.DataFrame:
        """One row per step, in the plan's order (``wfp_ops.frames.applies.APPLIED``)."""
        rows = [each.to_dict() for each in self.steps]
        return APPLIED.build({name: [row[name] for row in rows] for name in APPLIED.names}, length=len(rows))

    def to_dict(self) -> dict[str, Any]:
        """The JSON document ``wfp-ops/apply/1``: counts, then every step with what came of it."""
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "account_id": self.account_id,
            "digest": self.digest,
            "journal": str(self.journal),
            "done": self.done,
            "dropped": self.dropped,
            "failed": self.failed,
            "left": self.left,
            "complete": self.complete,
            "stopped": self.stopped,
            "steps": [each.to_dict() for each in self.steps],
        }
        if self.comparison is not None:
            from wfp_ops.frames.export import to_rows  # noqa: PLC0415 (restores alone need it)

            document["comparison"] = to_rows(self.comparison)
        return document

    def to_json(self) -> str:
        """The document as text."""
        from wfp_ops.frames.export import to_json  # noqa: PLC0415 (it loads pandas)

        return to_json(self.to_dict())

    def headline(self) -> str:
        """In words: ``6 done, 1 dropped out``."""
        said = [f"{self.done} done"]
        for number, words in (
            (self.dropped, "dropped out"),
            (self.failed, "failed"),
            (self.left, "left"),
        ):
            if number:
                said.append(f"{number} {words}")
        return ", ".join(said)

    def __repr__(self) -> str:
        lines = [f"Applied to {visible(self.account)}: {self.headline()}"]
        if self.stopped:
            lines.append(f"stopped: {visible(self.stopped)}")
        lines += [
            f"  {each.outcome:<8} {each.step.action:<17} {visible(each.step.name)} {visible(each.detail)}"
            for each in self._shown()
        ]
        lines.append(f"journal: {self.journal}")
        return "\n".join(lines)

    def _shown(self, most: int = 30) -> Sequence[StepResult]:
        """What went otherwise than planned first; of many the first few."""
        ordered = sorted(self.steps, key=lambda each: each.outcome == "done")
        return ordered[:most]

    def _repr_html_(self) -> str:
        from wfp_ops.change.show.html import applied_html  # noqa: PLC0415 (Jinja2 is heavy)

        return applied_html(self)
