"""When a request is tried again, and how long it may take in all.

Built on tenacity, the engine inside stamina: stamina itself sleeps on the machine's clock only,
and its waits can't be refused for passing a deadline. What is tried comes back as a value, a result
or a ``Failure``: so no error carries the traceback of an earlier try (and the headers in it) along.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import tenacity

from wfp_ops.clock import Clock
from wfp_ops.errors import WfpOpsError

T = TypeVar("T")


@dataclass(frozen=True)
class Deadline:
    """The moment (of the clock's monotonic time) by which a call must have ended; None means never."""

    clock: Clock
    ends: float | None

    @classmethod
    def after(cls, clock: Clock, seconds: float | None) -> Deadline:
        """A deadline so many seconds from now."""
        return cls(clock, None if seconds is None else clock.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left, infinite without a deadline, negative once it has passed."""
        return math.inf if self.ends is None else self.ends - self.clock.monotonic()


@dataclass(frozen=True)
class Failure:
    """A try that did not work: the error to raise in the end, and whether another try may help."""

    error: WfpOpsError
    again: bool = False
    throttled: bool = False
    wait_s: float | None = None


@dataclass(frozen=True)
class RetryPolicy:
    """How often a call is tried: blips a few times, throttling longer, both within the deadline."""

    attempts: int = 5
    throttled_attempts: int = 20
    wait_initial_s: float = 0.5
    wait_max_s: float = 10.0
    throttled_wait_s: float = 1.0

    def run(self, attempt: Callable[[], T | Failure], clock: Clock, deadline: Deadline) -> T:
        """The first result, or the error of the last try.

        Raises:
            APIError: what the last try failed with, when tries, deadline or sense ran out.
        """
        backoff = tenacity.wait_exponential(self.wait_initial_s, self.wait_max_s) + tenacity.wait_random(
            0, 0.5
        )
        more = tenacity.wait_random(0.05, 0.5)
        failures: list[Failure] = []

        def again(outcome: T | Failure) -> bool:
            if isinstance(outcome, Failure):
                failures.append(outcome)
                return outcome.again
            return False

        def wait(state: tenacity.RetryCallState) -> float:
            last = failures[-1]
            own = backoff(state)
            if last.wait_s is not None:
                # a little more than asked, or the first try after a block comes a moment too early
                return last.wait_s + more(state)
            return max(own, self.throttled_wait_s) if last.throttled else own

        def stop(state: tenacity.RetryCallState) -> bool:
            throttled = sum(failure.throttled for failure in failures)
            tired = throttled >= self.throttled_attempts or len(failures) - throttled >= self.attempts
            return tired or state.upcoming_sleep >= deadline.left()

        retrying = tenacity.Retrying(
            sleep=clock.sleep,
            retry=tenacity.retry_if_result(again),
            wait=wait,
            stop=stop,
            retry_error_callback=lambda _: failures[-1],
        )
        outcome = retrying(attempt)
        if isinstance(outcome, Failure):
            raise outcome.error
        return outcome
