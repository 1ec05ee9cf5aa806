"""How far an apply is, by the records of its journal: a fold that takes them as they come. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from wfp_ops.change.journal.progress import StepState, fold
from wfp_ops.change.journal.record import Record
from wfp_ops.change.plan import Plan
from wfp_ops.change.running.requests import Wish
from wfp_ops.clock import parse_time

RunState: TypeAlias = Literal["running", "paused", "finished", "interrupted"]

GONE = "its process is gone: it was killed, or the machine went down"
# So many steps tell how fast it goes now
_LATELY = 60


@dataclass(frozen=True, kw_only=True)
class Life:
    """What is known of a journal's run beside its records.

    Attributes:
        goes_on: whether it lives.
        pid, since: of its process, where it lives.
        asked: what was asked of it last, whether or not it shows by now.
        problem: what ended the last one and stands in no record.
    """

    goes_on: bool
    pid: int | None = None
    since: datetime | None = None
    asked: Wish | None = None
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class RunProgress:
    """How far an apply is.

    Attributes:
        state: ``running``, ``paused``, ``finished`` (nothing is left) or ``interrupted`` (it does not go on
            and something is left: it can be resumed; also after a cancel).
        total, done, dropped, failed, left: numbers of steps; the last four add up to the first.
        current: the step that is under way, such as ``customer-9``; empty where none is.
        asked: what was asked of it and does not show yet: ``pause``, ``resume``, ``cancel`` or None.
        rate: steps a second lately, None where that can't be told yet.
        seconds_left: about how long it will still take, None where that can't be told.
        stopped: why it ended before its end, in words; None where it did not.
        pid, since: of the process that does it; None where none does.
    """

    state: RunState
    total: int
    done: int
    dropped: int
    failed: int
    left: int
    current: str = ""
    asked: Wish | None = None
    rate: float | None = None
    seconds_left: float | None = None
    stopped: str | None = None
    pid: int | None = None
    since: datetime | None = None

    @property
    def over(self) -> int:
        """Steps of which it is known what came of them."""
        return self.done + self.dropped + self.failed

    @property
    def paused(self) -> bool:
        """Whether it waits to be told to go on."""
        return self.state == "paused"

    @property
    def ended(self) -> bool:
        """Whether nobody goes on with it, be it done or not."""
        return self.state in ("finished", "interrupted")


class Tally:
    """Where the steps of a plan stand, and how fast it went lately, record by record.

    Attributes:
        states: where each step stands, in the plan's order.
        stopped: why the last run ended early by its records; None where they don't say.
    """

    def __init__(self, plan: Plan) -> None:
        self.states: Sequence[StepState] = fold((), len(plan.steps))
        self.stopped: str | None = None
        self._names = [step.name for step in plan.steps]
        self._moments: deque[float] = deque(maxlen=_LATELY)
        self._last = ""
        self._complete = False

    def add(self, records: Sequence[Record]) -> None:
        """Take more records, in their order.

        Raises:
            ValueError: one speaks of a step that the plan has not.
        """
        if not records:
            return
        self.states = fold(records, len(self._names), onto=self.states)
        for record in records:
            self._take(record)

    def progress(self, life: Life) -> RunProgress:
        """How far it is."""
        counts = Counter(state.status for state in self.states)
        left = counts["pending"] + counts["in_flight"]
        state = self._state(life)
        rate = self._rate() if life.goes_on else None
        return RunProgress(
            state=state,
            total=len(self.states),
            done=counts["done"],
            dropped=counts["dropped"],
            failed=counts["failed"],
            left=left,
            current=self._current() if state == "running" else "",
            asked=self._open_wish(life) if life.goes_on else None,
            rate=rate,
            seconds_left=left / rate if rate and state == "running" else None,
            stopped=None if life.goes_on else self._why(life),
            pid=life.pid if life.goes_on else None,
            since=life.since if life.goes_on else None,
        )

    def _take(self, record: Record) -> None:
        kind = record.kind
        if kind in ("begin", "resumed", "continued"):
            self._moments.clear()
            self._moments.append(_seconds(record))
        elif kind == "outcome" and record.facts["result"] in ("done", "failed"):
            self._moments.append(_seconds(record))
        if kind == "resumed":
            self.stopped = None
        elif kind == "breaker":
            self.stopped = record.facts["detail"]
        elif kind == "cancelled":
            self.stopped = "cancelled"
        self._last = kind
        self._complete = kind == "end" and record.facts["complete"]

    def _state(self, life: Life) -> RunState:
        if life.goes_on:
            return "paused" if self._last == "paused" else "running"
        return "finished" if self._complete else "interrupted"

    def _why(self, life: Life) -> str | None:
        if self._complete or self._last == "end":
            return life.problem or self.stopped
        return life.problem or GONE

    def _current(self) -> str:
        """What is in flight, else what comes next: before it is sent it is archived and looked at."""
        for status in ("in_flight", "pending"):
            for name, state in zip(self._names, self.states, strict=True):
                if state.status == status:
                    return name
        return ""

    def _open_wish(self, life: Life) -> Wish | None:
        is_paused = self._last == "paused"
        shows = {"pause": is_paused, "resume": not is_paused, "cancel": self.stopped == "cancelled"}
        return None if life.asked is None or shows[life.asked] else life.asked

    def _rate(self) -> float | None:
        if len(self._moments) < 2:
            return None
        took = self._moments[-1] - self._moments[0]
        return (len(self._moments) - 1) / took if took > 0 else None


def _seconds(record: Record) -> float:
    return parse_time(record.at).timestamp()
