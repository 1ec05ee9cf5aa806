"""The sandbox's own clock: it starts at a given moment and runs on."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """``now()`` is aware UTC; ``monotonic()`` measures spans in seconds."""

    def __init__(self, start: datetime | None = None) -> None:
        self._shift = timedelta(0)
        if start is not None:
            self.set(start)

    def set(self, moment: datetime) -> None:
        """It is ``moment`` (aware) now, and time runs on from there."""
        self._shift = moment.astimezone(UTC) - datetime.now(UTC)

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC) + self._shift

    def monotonic(self) -> float:
        """Seconds that never go back, untouched by the shift."""
        return time.monotonic()


def parse_time(text: str) -> datetime:
    """An ISO 8601 moment as aware UTC; one without an offset is taken as UTC.

    Raises:
        ValueError: it is no ISO 8601 date or time.
    """
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def wire_time(moment: datetime) -> str:
    """A moment as Cloudflare writes it: RFC 3339 in UTC, six digits after the point, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
