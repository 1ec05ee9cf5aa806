"""One step from its archive to its outcome: look once more, write down, send, write down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from wfp_ops.api.reads import Reads
from wfp_ops.api.writes import Writes
from wfp_ops.change.act import act
from wfp_ops.change.breaker import Breaker
from wfp_ops.change.control import CancelledError
from wfp_ops.change.preconditions import check
from wfp_ops.change.recorder import Recorder
from wfp_ops.change.settle import WINDOW_S, Settled, settle
from wfp_ops.change.steps import Step
from wfp_ops.clock import Clock
from wfp_ops.errors import (
    AmbiguousOutcomeError,
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    WfpOpsError,
)

MOST_ATTEMPTS = 3
MOST_THROTTLED = 20

# Whether something speaks against a step by now, such as a customer who came back: guard and reason
Recheck = Callable[[Step], "tuple[str, str] | None"]


class StopError(Exception):
    """No further step can be done now. Never leaves this room."""


@dataclass(frozen=True, kw_only=True)
class StepRunner:
    """Does single steps.

    Args:
        reads, writes: the account; ``writes`` must not repeat what was throttled.
        recorder: where everything is written down.
        breaker: told of failures and surprises.
        clock: may be interrupted by a cancel, while nothing is in flight.
        recheck: what speaks against a step beside the thing itself.
        known_ids: ids of the namespaces that were there before.
        blobs: what the steps carry.
        window_s: seconds for which Cloudflare may still show what was.
    """

    reads: Reads
    writes: Writes
    recorder: Recorder
    breaker: Breaker
    clock: Clock
    recheck: Recheck
    known_ids: Collection[str] | None
    blobs: Mapping[str, bytes]
    window_s: float = WINDOW_S

    def run(self, place: int) -> None:
        """Do one step, or let it drop out.

        Raises:
            StopError: no further step can be done now.
            CancelledError: somebody cancelled; nothing is in flight.
            JournalError: nothing more can be written down.
        """
        throttled = 0
        for attempt in range(MOST_ATTEMPTS + MOST_THROTTLED):
            if self._falls_out(place) or not self._try(place):
                return
            throttled += self.recorder.states[place].detail.startswith("throttled")
            if attempt + 1 - throttled >= MOST_ATTEMPTS:
                break
        detail = self.recorder.states[place].detail
        self.recorder.outcome(place, "failed", "not sent", f"tried often enough; the last time: {detail}")
        self.breaker.failed(detail)

    def settle_open(self, place: int) -> None:
        """Find out what became of a change that was sent before the apply was cut off.

        Raises:
            StopError: no read can tell.
        """
        settled = self._look_again(place)
        self._write(place, settled)
        if settled.result == "unknown":
            raise StopError(f"{self.recorder.steps[place].name}: {settled.detail}")

    def _falls_out(self, place: int) -> bool:
        """Whether something speaks against the step right now; then it is dropped."""
        step = self.recorder.steps[place]
        try:
            moved = check(step, self.reads)
            objection = None if moved is not None else self.recheck(step)
        except APIError as error:
            if isinstance(error, APIConnectionError):
                raise StopError(f"no connection: {error.message}") from None
            raise StopError(f"{step.name} can't be looked at before its change: {error.message}") from None
        except WfpOpsError as error:
            raise StopError(f"{step.name} can't be judged again: {error.message}") from None
        if moved is not None:
            if self.recorder.states[place].doubted and self._happened_late(place):
                return True
            self.recorder.dropped(place, "moved", moved.detail)
            if moved.surprise:
                self.breaker.surprised(moved.detail)
            return True
        if objection is not None:
            self.recorder.dropped(place, *objection)
            return True
        return False

    def _happened_late(self, place: int) -> bool:
        """Whether what looks moved is our own change, which a read did not show when it was settled."""
        settled = self._look_again(place)
        if settled.result != "done":
            return False
        self._write(place, settled)
        return True

    def _try(self, place: int) -> bool:
        """Send it once; whether it may be tried again, because it is certain that it did not happen."""
        recorder = self.recorder
        recorder.intent(place)
        try:
            acted = act(recorder.steps[place], self.writes, self.blobs)
        except CancelledError:
            recorder.outcome(place, "not_done", "not sent", "cancelled while it waited for the rate budget")
            raise
        except RateLimitError as error:
            recorder.outcome(place, "not_done", "answered", f"throttled: {error.message}")
            return True
        except (AmbiguousOutcomeError, APIResponseValidationError) as error:
            return self._settle_lost(place, error)
        except APIConnectionError as error:
            recorder.outcome(place, "not_done", "not sent", error.message)
            raise StopError(f"no connection: {error.message}") from None
        except WfpOpsError as error:
            self._refused(place, error)
            return False
        before = recorder.steps[place].preconditions.get("namespace_id")
        recorder.outcome(place, "done", "answered", namespace_id=acted.namespace_id or before)
        self.breaker.succeeded()
        return False

    def _settle_lost(self, place: int, error: AmbiguousOutcomeError | APIResponseValidationError) -> bool:
        settled = self._look_again(place)
        self._write(place, settled, after=_answered(error))
        if settled.result == "unknown":
            name = self.recorder.steps[place].name
            raise StopError(f"{name}: the answer was lost ({error.message}), and {settled.detail}")
        if settled.result == "done":
            self.breaker.succeeded()
        return settled.result == "not_done"

    def _look_again(self, place: int) -> Settled:
        step = self.recorder.steps[place]
        return settle(
            step,
            self.reads,
            self.clock,
            namespace_id=step.preconditions.get("namespace_id"),
            known_ids=self.known_ids,
            window_s=self.window_s,
        )

    def _write(self, place: int, settled: Settled, *, after: str = "") -> None:
        """Write down what a read showed; where it did not happen, with the answer that came of it."""
        detail = f"{after}; {settled.detail}" if after and settled.result == "not_done" else settled.detail
        self.recorder.outcome(place, settled.result, "settled by a read", detail, settled.namespace_id)
        if settled.surprise:
            self.breaker.surprised(settled.detail)

    def _refused(self, place: int, error: WfpOpsError) -> None:
        """Cloudflare said no. That something is gone is a surprise; what a token lacks it lacks for all."""
        step = self.recorder.steps[place]
        self.recorder.outcome(place, "failed", "answered", error.message)
        if step.is_deletion and isinstance(error, NotFoundError):
            self.breaker.surprised(f"{step.name} was there a moment ago and is gone: {error.message}")
        elif isinstance(error, AuthenticationError | PermissionDeniedError):
            self.breaker.surprised(f"the token may not do this: {error.message}")
        else:
            self.breaker.failed(error.message)


def _answered(error: AmbiguousOutcomeError | APIResponseValidationError) -> str:
    """What came of a change whose outcome only a read can tell; with the status, where there was one."""
    return error.message if error.status_code is None else f"HTTP {error.status_code}, {error.message}"
