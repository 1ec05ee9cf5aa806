"""The injected clock: the only place that asks what time it is, or sleeps."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

_SPAN = re.compile(r"(\d{1,6})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Clock(Protocol):
    """What the rest of the code knows of time. All times are aware and in UTC."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for measuring spans."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's clock, optionally shifted so that it starts from a given moment and runs on.

    ``is_set`` says that it was: then it is not the machine's time that it tells.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self.is_set = start is not None
        self._shift = timedelta(0) if start is None else start.astimezone(UTC) - datetime.now(UTC)

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC) + self._shift

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for real."""
        time.sleep(seconds)


class QuickClock:
    """A clock whose sleeps are over soon: it moves on by what was asked for, and waits a small part of it.

    For rehearsals, where nobody wants to sit out the waits that faults cause. Threads may share it.
    """

    def __init__(self, clock: Clock, share: float = 0.02) -> None:
        self.is_set = bool(getattr(clock, "is_set", False))
        self._clock = clock
        self._share = share
        self._skipped = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self._clock.now() + timedelta(seconds=self._skipped)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._clock.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Wait for a part of it, and skip the rest."""
        self._clock.sleep(seconds * self._share)
        with self._lock:
            self._skipped += seconds * (1 - self._share)


def parse_time(text: str) -> datetime:
    """An ISO 8601 moment as aware UTC; one without an offset is taken as UTC.

    Raises:
        ValueError: it is no ISO 8601 date or time.
    """
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def is_span(text: str) -> bool:
    """Whether a text is a span that ``parse_span`` reads."""
    return _SPAN.fullmatch(text.strip().lower()) is not None


def parse_span(text: str) -> timedelta:
    """A span such as ``30m``, ``24h``, ``7d`` or ``2w``.

    Raises:
        ValueError: it is none.
    """
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r} is no span of time")
    return timedelta(**{_UNITS[found.group(2)]: int(found.group(1))})


def length_in_words(length: timedelta) -> str:
    """A length of time in the largest unit of which it is two or more, rounded down: ``36 hours``."""
    for word, unit in (("days", timedelta(days=1)), ("hours", timedelta(hours=1))):
        if length >= 2 * unit:
            return f"{length // unit} {word}"
    return f"{length // timedelta(minutes=1)} minutes"


def iso(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC with a ``Z``, to the second, as Cloudflare and our documents write it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
