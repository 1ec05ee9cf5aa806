"""What rate-limit headers say: pure parsing, lenient, because a header must never break a read.

``Ratelimit: "default";r=50;t=30`` tells what remains and in how many seconds it resets;
``Ratelimit-Policy: "burst";q=100;w=60`` tells quota and window. Each may hold several items,
separated by commas (RFC 9651 lists with parameters). ``Retry-After`` is seconds or an HTTP date.
Source: docs page "fundamentals/api/reference/limits".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# an item: a quoted string or a bare word, then its parameters up to the next comma outside quotes
# (each blank fits one place of the pattern only, so that no header makes it try twice)
_ITEM = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^\s";,=]+)\s*((?:;[^,";]*(?:"[^"]*"[^,";]*)*)*)(?:,|$)')
_PARAMETER = re.compile(r";\s*([a-zA-Z*][\w.*-]*)\s*=\s*\"?(-?\d+(?:\.\d+)?)\"?")


@dataclass(frozen=True)
class Limit:
    """One item of both headers by name: what remains, seconds to its reset, and its quota if known."""

    name: str
    remaining: int
    reset_s: float
    quota: int | None = None


def read_limits(ratelimit: str | None, policy: str | None) -> list[Limit]:
    """The limits that an answer tells, in the header's order; what can't be read is left out."""
    states = [(name, p) for name, p in _items(ratelimit or "") if p.keys() >= {"r", "t"}]
    quotas = {name: int(p["q"]) for name, p in _items(policy or "") if p.get("q", 0) > 0}
    # Cloudflare's own example pairs "default" with "burst": one of each means each other
    only = next(iter(quotas.values())) if len(quotas) == len(states) == 1 else None
    return [Limit(name, max(0, int(p["r"])), max(0.0, p["t"]), quotas.get(name, only)) for name, p in states]


def _items(header: str) -> Iterator[tuple[str, dict[str, float]]]:
    end = 0
    while match := _ITEM.match(header, end):
        end = match.end()
        name, parameters = match.groups()
        values = {key.lower(): float(value) for key, value in _PARAMETER.findall(parameters)}
        yield name.strip('"'), {key: value for key, value in values.items() if math.isfinite(value)}


def read_retry_after(header: str | None, now: datetime, *, date: str | None = None) -> float | None:
    """Seconds to wait, never negative, from either form of ``Retry-After``; None where it says nothing.

    A date is counted from the answer's own ``Date`` where there is one: whose clock is wrong would wait
    for days, or not at all.
    """
    text = (header or "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        return float(text)
    until = _moment(text)
    if until is None:
        return None
    said = _moment((date or "").strip())
    return max(0.0, (until - (now if said is None else said)).total_seconds())


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" means UTC without saying so
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
