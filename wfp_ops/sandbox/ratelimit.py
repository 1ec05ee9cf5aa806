"""Cloudflare's rate limit: a quota in a window, a block for as long again, and the headers that tell of it.

Source: fundamentals/api/reference/limits (1,200 requests in five minutes; once over it, everything is
blocked for the next five) and the changelog of 2025-09-03 (``Ratelimit`` and ``Ratelimit-Policy``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from wfp_ops.sandbox.clock import SandboxClock

# Told to clients while no limit is set: the headers are there, and nobody is slowed down by them.
_QUOTA_WITHOUT_LIMIT = 1_000_000


@dataclass(frozen=True)
class Verdict:
    """Whether a request may pass, and what its answer's headers say. ``retry_after_s`` is 0 when it may."""

    quota: int
    remaining: int
    reset_s: int
    window_s: int
    retry_after_s: int = 0

    def headers(self) -> dict[str, str]:
        """The headers of every REST answer, and ``retry-after`` on a refusal."""
        headers = {
            "Ratelimit": f'"default";r={self.remaining};t={self.reset_s}',
            "Ratelimit-Policy": f'"default";q={self.quota};w={self.window_s}',
        }
        if self.retry_after_s:
            headers["retry-after"] = str(self.retry_after_s)
        return headers


class RateLimiter:
    """Counts the token's requests. It measures real spans: shifting the clock earns no budget."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._window_ends = 0.0
        self._blocked_until = 0.0
        self._used = 0

    def count(self, limit: int | None, window: float) -> Verdict:
        """Count one request and judge it by a limit (None: there is none) in so many seconds."""
        now = self._clock.monotonic()
        if now >= self._window_ends:
            self._window_ends, self._used = now + window, 0
        quota = _QUOTA_WITHOUT_LIMIT if limit is None else limit
        if limit is None or now >= self._blocked_until:
            self._used += 1
            if limit is None or self._used <= limit:
                return self._verdict(quota, self._window_ends - now, window)
            self._blocked_until = self._window_ends = now + window
        wait = math.ceil(self._blocked_until - now)
        return Verdict(quota, 0, wait, math.ceil(window), retry_after_s=max(1, wait))

    def _verdict(self, quota: int, reset_s: float, window_s: float) -> Verdict:
        return Verdict(quota, max(0, quota - self._used), math.ceil(reset_s), math.ceil(window_s))

    def forget(self) -> None:
        """Start again with a whole quota."""
        self._window_ends = self._blocked_until = 0.0
        self._used = 0
