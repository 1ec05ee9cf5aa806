"""Carries a plan out: archive, look once more, write down, change, write down, verify. One change at a time.

What can be read ahead (archives) and afterwards (verifications) is read in threads, so that the rate
budget is used to the full; the changes themselves never overlap. Whatever happens in between, the journal
tells what was begun and what became of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from wfp_ops.change.archive.take import Archive
from wfp_ops.change.breaker import Breaker
from wfp_ops.change.control import CancelledError, Control
from wfp_ops.change.one_step import StepRunner, StopError
from wfp_ops.change.recorder import Recorder
from wfp_ops.change.settle import Settled, verify
from wfp_ops.change.steps import Step
from wfp_ops.errors import APIConnectionError, RefusedError, WfpOpsError

THREADS = 4
ARCHIVES_AHEAD = 4
VERIFIED_LATE = 8

TakeArchive = Callable[[Step], Archive]


@dataclass(frozen=True)
class Progress:
    """How far an apply is: numbers of steps, what is being done now, whether it is paused."""

    total: int
    done: int
    dropped: int
    failed: int
    current: str
    paused: bool = False

    @property
    def over(self) -> int:
        """Steps of which it is known what came of them."""
        return self.done + self.dropped + self.failed


def _nobody(_: Progress) -> None:
    """Nobody watches."""


def _holds(_seconds: float) -> None:
    """What was judged before a pause holds after it."""


@dataclass(kw_only=True)
class Engine:
    """One apply, from its first open step to its last.

    Args:
        runner: does single steps.
        control: pause and cancel.
        take: saves what a deletion takes away; raises if it can't.
        report: told before each step, and at the end.
        after_pause: told after a pause of so many seconds, before anything else is done: it drops what may
            not be done any more, or raises ``RefusedError`` where nothing may.
        only_settle: change nothing more; find out what became of what was in flight.
    """

    runner: StepRunner
    control: Control
    take: TakeArchive
    report: Callable[[Progress], None] = _nobody
    after_pause: Callable[[float], None] = _holds
    only_settle: bool = False
    _canaries: set[str] = field(default_factory=set)
    _archives: dict[int, Future[Archive]] = field(default_factory=dict)
    _unverified: deque[tuple[int, Future[Settled]]] = field(default_factory=deque)

    @property
    def _recorder(self) -> Recorder:
        return self.runner.recorder

    @property
    def _breaker(self) -> Breaker:
        return self.runner.breaker

    def run(self) -> str | None:
        """Do what is open; why it ended early comes back, or None.

        Raises:
            JournalError: nothing more can be written down, so nothing more is done.
        """
        with ThreadPoolExecutor(THREADS, thread_name_prefix="wfp-ops-apply") as pool:
            try:
                return self._guarded(pool)
            except BaseException:
                self.control.cancel()
                raise
            finally:
                for future in self._archives.values():
                    future.cancel()

    def _guarded(self, pool: ThreadPoolExecutor) -> str | None:
        try:
            self._settle_what_was_open(pool)
            for place, ahead in self._pending():
                self._pause_or_cancel()
                if self._recorder.states[place].status != "pending":
                    continue  # it dropped out after a pause
                self._stop_if_tripped()
                self._tell(self._recorder.steps[place].name)
                self._archive_ahead(pool, ahead)
                if self._is_archived(place):
                    self.runner.run(place)
                self._verify_soon(place, pool)
            self._verify_all()
            self._stop_if_tripped()
        except CancelledError:
            self._recorder.say("cancelled", detail="between two steps")
            return "cancelled"
        except StopError as error:
            self._recorder.say("breaker", detail=str(error))
            self._verify_the_rest()
            self.control.cancel()  # whatever waits in a thread is not to hold the end up
            return str(error)
        finally:
            self._tell("")
        return None

    # --- which step is next -------------------------------------------------------------------

    def _pending(self) -> Iterator[tuple[int, list[int]]]:
        """The places of pending steps in order, each with the next few deletions behind it."""
        if self.only_settle:
            return
        places = [place for place, state in enumerate(self._recorder.states) if state.status == "pending"]
        for at, place in enumerate(places):
            ahead = places[at : at + ARCHIVES_AHEAD]
            yield place, [each for each in ahead if self._recorder.steps[each].is_deletion]

    def _settle_what_was_open(self, pool: ThreadPoolExecutor) -> None:
        """Of an apply that was cut off: what became of what it had begun, and does what it did show?"""
        for place, state in enumerate(self._recorder.states):
            if state.status == "in_flight":
                self._tell(self._recorder.steps[place].name)
                self.runner.settle_open(place)
            if state.status == "done" and not state.verified:
                self._verify_soon(place, pool)

    def _pause_or_cancel(self) -> None:
        if self.control.paused:
            self._recorder.say("paused", detail="between two steps")
            self._tell("", paused=True)
            began = self.runner.clock.monotonic()
            self.control.checkpoint(self.runner.clock)
            self._recorder.say("continued", detail="")
            self._look_again(self.runner.clock.monotonic() - began)
        self.control.checkpoint(self.runner.clock)

    def _look_again(self, seconds: float) -> None:
        try:
            self.after_pause(seconds)
        except RefusedError as error:
            raise StopError(
                f"refused after the pause: {'; '.join([error.message, *error.reasons])}"
            ) from None
        except WfpOpsError as error:
            raise StopError(f"nothing could be judged again after the pause: {error.message}") from None

    def _stop_if_tripped(self) -> None:
        if self._breaker.why is not None:
            raise StopError(self._breaker.why)

    def _tell(self, current: str, *, paused: bool = False) -> None:
        self.report(
            Progress(
                total=len(self._recorder.states),
                done=self._recorder.count("done"),
                dropped=self._recorder.count("dropped"),
                failed=self._recorder.count("failed"),
                current=current,
                paused=paused,
            )
        )

    # --- archives -----------------------------------------------------------------------------

    def _archive_ahead(self, pool: ThreadPoolExecutor, places: list[int]) -> None:
        for place in places:
            if place not in self._archives:
                self._archives[place] = pool.submit(self.take, self._recorder.steps[place])

    def _is_archived(self, place: int) -> bool:
        """Whether the step may go on: what can't be archived is not deleted."""
        if not self._recorder.steps[place].is_deletion:
            return True
        try:
            made = self._archives.pop(place).result()
        except APIConnectionError as error:
            raise StopError(f"no connection: {error.message}") from None
        except (WfpOpsError, OSError) as error:
            detail = error.message if isinstance(error, WfpOpsError) else str(error)
            self._recorder.dropped(place, "archive", f"it can't be archived: {detail}")
            self._breaker.failed(detail)
            return False
        self._recorder.archived(
            place, archive=made.name, manifest_sha256=made.manifest_sha256, cannot=made.cannot
        )
        return True

    # --- verification -------------------------------------------------------------------------

    def _verify_soon(self, place: int, pool: ThreadPoolExecutor) -> None:
        """Have a thread look whether the change shows; after the first of its kind, wait for that."""
        step, state = self._recorder.steps[place], self._recorder.states[place]
        if state.status != "done":
            return
        future = pool.submit(
            verify,
            step,
            self.runner.reads,
            self.runner.clock,
            namespace_id=state.namespace_id,
            window_s=self.runner.window_s,
        )
        self._unverified.append((place, future))
        if step.action not in self._canaries:
            self._canaries.add(step.action)
            self._verify_all()
        while len(self._unverified) > VERIFIED_LATE or (self._unverified and self._unverified[0][1].done()):
            self._verify_next()

    def _verify_all(self) -> None:
        while self._unverified:
            self._verify_next()

    def _verify_the_rest(self) -> None:
        """After a stop: what shows by now is written down, what does not is left to a resume."""
        while self._unverified:
            place, future = self._unverified.popleft()
            settled = future.result()
            if settled.result == "done":
                self._recorder.verified(place, settled.detail)

    def _verify_next(self) -> None:
        place, future = self._unverified.popleft()
        settled = future.result()
        if settled.result == "done":
            self._recorder.verified(place, settled.detail)
            return
        name = self._recorder.steps[place].name
        if settled.result == "not_done" or settled.surprise:
            self._breaker.surprised(f"{name} was answered with success, but a read says: {settled.detail}")
        else:
            self._breaker.surprised(f"{name} was done, but can't be verified: {settled.detail}")
