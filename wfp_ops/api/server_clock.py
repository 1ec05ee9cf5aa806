"""How far this machine's clock is off: by the ``Date`` of what Cloudflare answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from wfp_ops.clock import Clock

_AGREES_S = 60.0


def ahead_s(clock: Clock, headers: Mapping[str, str]) -> float | None:
    """How many seconds a clock is ahead of an answer's date; None where that says none."""
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    date = date.replace(tzinfo=UTC) if date.tzinfo is None else date
    return (clock.now() - date).total_seconds()


class ServerClock:
    """Compares the clock with each answer's date. Shared by all copies of one transport."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead_s: float | None = None

    def see(self, headers: Mapping[str, str]) -> None:
        """One more answer. The least difference counts: the others hold the time that an answer took."""
        if getattr(self._clock, "is_set", False):
            return  # set on purpose: there is nothing to compare
        ahead = ahead_s(self._clock, headers)
        if ahead is not None:
            self._ahead_s = ahead if self._ahead_s is None else min(self._ahead_s, ahead)

    @property
    def skew(self) -> timedelta:
        """How far our clock is ahead of Cloudflare's (behind: below zero).

        Zero where they agree to the minute, or nothing was answered yet.
        """
        off = self._ahead_s is not None and abs(self._ahead_s) > _AGREES_S
        return timedelta(seconds=self._ahead_s if off and self._ahead_s is not None else 0.0)
