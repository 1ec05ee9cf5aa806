"""What is known of each step, and the journal: always changed together, the journal first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from wfp_ops.change.journal.progress import Status, StepState, is_doubtful
from wfp_ops.change.journal.writer import Journal
from wfp_ops.change.steps import Step

Result = Literal["done", "not_done", "failed", "unknown"]
How = Literal["answered", "settled by a read", "not sent"]

_STATUS: Mapping[Result, Status] = {
    "done": "done",
    "not_done": "pending",
    "failed": "failed",
    "unknown": "in_flight",
}


class Recorder:
    """The states of a plan's steps, each change of one written to the journal before it counts."""

    def __init__(self, steps: Sequence[Step], states: list[StepState], journal: Journal) -> None:
        self.steps = steps
        self.states = states
        self.journal = journal
        self._counts = Counter(state.status for state in states)

    def archived(self, place: int, *, archive: str, manifest_sha256: str, cannot: Sequence[str]) -> None:
        """What a deletion takes away was saved."""
        step = self.steps[place]
        self.journal.append(
            "archived",
            step=place,
            namespace=step.namespace,
            namespace_id=step.preconditions.get("namespace_id"),
            archive=archive,
            manifest_sha256=manifest_sha256,
            cannot=list(cannot),
        )
        self.states[place].archive = archive

    def intent(self, place: int) -> None:
        """The change is about to be sent."""
        step, state = self.steps[place], self.states[place]
        state.attempt += 1
        self.journal.append(
            "intent",
            step=place,
            attempt=state.attempt,
            action=step.action,
            namespace=step.namespace,
            worker=step.worker,
            namespace_id=step.preconditions.get("namespace_id"),
        )
        self._set(place, "in_flight")

    def outcome(
        self, place: int, result: Result, how: How, detail: str = "", namespace_id: str | None = None
    ) -> None:
        """What became of the change."""
        state = self.states[place]
        self.journal.append(
            "outcome",
            step=place,
            attempt=state.attempt,
            result=result,
            how=how,
            namespace_id=namespace_id,
            detail=detail,
        )
        self._set(place, _STATUS[result])
        state.detail = detail
        state.namespace_id = namespace_id
        state.doubted = state.doubted or is_doubtful(result, how)

    def verified(self, place: int, detail: str) -> None:
        """A read showed the change."""
        self.journal.append("verified", step=place, detail=detail)
        self.states[place].verified = True

    def dropped(self, place: int, guard: str, detail: str) -> None:
        """The step fell out before its change."""
        self.journal.append("dropped", step=place, guard=guard, detail=detail)
        self._set(place, "dropped")
        self.states[place].detail = detail
        self.states[place].guard = guard

    def say(self, kind: str, **facts: Any) -> None:
        """Something about the apply as a whole."""
        self.journal.append(kind, **facts)

    def count(self, *statuses: Status) -> int:
        """How many steps are so."""
        return sum(self._counts[status] for status in statuses)

    def _set(self, place: int, status: Status) -> None:
        state = self.states[place]
        self._counts[state.status] -= 1
        self._counts[status] += 1
        state.status = status
