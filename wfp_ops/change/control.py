"""Pause and cancel: a person's hand on a running apply, also while it waits for the rate budget."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Any

from wfp_ops.clock import Clock

_SLICE_S = 0.2


class CancelledError(Exception):
    """Somebody cancelled, and nothing was in flight. Never leaves this room."""


class Control:
    """Shared between the apply and whoever watches it. Threads may use it.

    A pause or a cancel takes effect between two steps, and in every wait; a change that is in flight is
    always brought to its end.
    """

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._going = threading.Event()
        self._going.set()

    def pause(self) -> None:
        """Let the step that is under way end, and begin no other."""
        self._going.clear()

    def resume(self) -> None:
        """Go on."""
        self._going.set()

    def cancel(self) -> None:
        """End after the step that is under way; what is left can be resumed from the journal."""
        self._cancelled.set()
        self._going.set()

    @property
    def paused(self) -> bool:
        """Whether it is paused."""
        return not self._going.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody cancelled."""
        return self._cancelled.is_set()

    def checkpoint(self, clock: Clock) -> None:
        """Wait out a pause.

        Raises:
            CancelledError: somebody cancelled.
        """
        while self.paused:
            clock.sleep(_SLICE_S)
        if self.cancelled:
            raise CancelledError


class InterruptibleClock:
    """A clock whose sleep a cancel cuts short.

    The transport sleeps only while nothing is in flight: before a request is sent, or after a refusal
    that was not carried out. So whoever is woken here knows that nothing was done.
    """

    def __init__(self, clock: Clock, control: Control) -> None:
        self._clock = clock
        self._control = control
        self.is_set = bool(getattr(clock, "is_set", False))

    def now(self) -> datetime:
        """The present moment."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            CancelledError: somebody cancelled meanwhile.
        """
        ends = self._clock.monotonic() + seconds
        while True:
            if self._control.cancelled:
                raise CancelledError
            left = ends - self._clock.monotonic()
            if left <= 0:
                return
            self._clock.sleep(min(left, _SLICE_S))


@contextmanager
def cancel_on_interrupt(control: Control) -> Iterator[None]:
    """While this holds, the first Ctrl-C (or a SIGTERM) cancels between two steps; the second is as usual.

    In another thread than the main one signals can't be caught, and nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {}

    def handle(number: int, frame: FrameType | None) -> None:
        if control.cancelled:
            handler = before[number]
            if callable(handler):
                handler(number, frame)
                return
            raise KeyboardInterrupt
        control.cancel()

    for caught in (signal.SIGINT, signal.SIGTERM):
        before[caught] = signal.signal(caught, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
