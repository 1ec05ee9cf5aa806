"""Where each step of a plan stands, by the records of its journal: a pure fold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from wfp_ops.change.journal.record import Record

Status: TypeAlias = Literal["pending", "in_flight", "done", "dropped", "failed"]

# An unknown outcome stays in flight: only a read can settle it. What was not done may be tried again.
_AFTER: Mapping[str, Status] = {
    "done": "done",
    "not_done": "pending",
    "failed": "failed",
    "unknown": "in_flight",
}


@dataclass
class StepState:
    """Where one step stands.

    Attributes:
        status: ``in_flight`` means that its change may have happened and a read must settle it.
        attempt: the number of its last attempt; 0 where there was none.
        namespace_id: the id that the last record with one gave.
        detail: what the last outcome, verification or drop said.
        verified: whether a read confirmed the outcome of the last attempt.
        archive: the name of the archive that was made before the change.
        guard: of one that dropped out, the guard that said no.
        doubted: whether an attempt's answer was lost and reads said that it did not happen: it may have
            happened late. What was throttled or not sent did not.
    """

    status: Status = "pending"
    attempt: int = 0
    namespace_id: str | None = None
    detail: str = ""
    verified: bool = False
    archive: str | None = None
    guard: str | None = None
    doubted: bool = False


def is_doubtful(result: str, how: str) -> bool:
    """Whether an outcome leaves it open that the change shows later after all."""
    return result == "not_done" and how == "settled by a read"


def fold(
    records: Iterable[Record], steps: int, *, onto: Sequence[StepState] | None = None
) -> list[StepState]:
    """The state of each of a plan's steps, in the plan's order, after these records.

    ``onto`` is what an earlier fold came to (it stays as it is): a journal may be folded piece by piece.

    Raises:
        ValueError: a record speaks of a step that the plan has not, or ``onto`` is of another plan.
    """
    states = [StepState() for _ in range(steps)] if onto is None else [replace(each) for each in onto]
    if len(states) != steps:
        raise ValueError(f"{len(states)} states are not those of {steps} steps")
    for record in records:
        step = record.facts.get("step")
        if step is None:
            continue
        if step >= steps:
            raise ValueError(f"record {record.n} speaks of step {step}, and the plan has {steps}")
        _move(states[step], record.kind, record.facts)
    return states


def _move(state: StepState, kind: str, facts: Mapping[str, Any]) -> None:
    state.namespace_id = facts.get("namespace_id") or state.namespace_id
    if kind == "archived":
        state.archive = facts["archive"]
    elif kind == "intent":
        state.status, state.attempt = "in_flight", facts["attempt"]
        state.detail, state.verified = "", False
    elif kind == "outcome":
        state.status, state.detail = _AFTER[facts["result"]], facts["detail"]
        state.doubted = state.doubted or is_doubtful(facts["result"], facts["how"])
    elif kind == "verified":
        state.verified, state.detail = True, facts["detail"]
    elif kind == "dropped":
        state.status, state.detail, state.guard = "dropped", facts["detail"], facts["guard"]
