"""A clock that a test moves: sleeping moves it on at once, and is recorded."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class FakeClock:
    """Starts at ``START`` (2026-11-23T12:00Z) unless told otherwise; threads may share it."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed = 0.0
        self._lock = threading.Lock()
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        """The present moment of the test."""
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """Seconds passed in the test."""
        return self._passed

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        with self._lock:
            self.sleeps.append(seconds)
            self._passed += seconds

    def advance(self, seconds: float) -> None:
        """Move on without a sleep."""
        with self._lock:
            self._passed += seconds
