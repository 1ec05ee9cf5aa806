"""The breaker: stops an apply on repeated failures, and at once on a surprise."""

from __future__ import annotations

import threading

MOST_IN_A_ROW = 3


class Breaker:
    """Counts failures in a row. Threads may share it; once tripped it stays so."""

    def __init__(self, most_in_a_row: int = MOST_IN_A_ROW) -> None:
        self._most = most_in_a_row
        self._in_a_row = 0
        self._why: str | None = None
        self._lock = threading.Lock()

    @property
    def why(self) -> str | None:
        """Why it tripped, in words; None where it has not."""
        return self._why

    def succeeded(self) -> None:
        """A step was done."""
        with self._lock:
            self._in_a_row = 0

    def failed(self, detail: str) -> None:
        """A step failed: one is a step's own trouble, several in a row are everybody's."""
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row >= self._most:
                self._trip(f"{self._in_a_row} steps failed in a row, the last because {detail}")

    def surprised(self, detail: str) -> None:
        """The account is not what it was a moment ago: somebody else changes it, or it tells no truth."""
        with self._lock:
            self._trip(detail)

    def _trip(self, why: str) -> None:
        self._why = self._why or why
