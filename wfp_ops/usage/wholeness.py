"""Whether parts add up to the total that was asked for beside them: how a silent cut is found."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wfp_ops.clock import iso

# rows may come in between the total and the last page, also of time that should be settled
_LATE = 0.01
_SIGMAS = 3.0
_MOST_NOISE = 0.02


@dataclass(frozen=True)
class Verdict:
    """What one window's parts add up to: ``total`` and ``ratio`` are None where nothing could be compared.

    ``whole`` says that nothing is missing; ``checked_to`` up to when that was compared. ``silent`` is what
    looks whole and proves nothing: no request of anybody, neither of those asked about nor of any other
    Worker of the account.
    """

    start: datetime
    end: datetime
    checked_to: datetime
    requests: float
    total: float | None
    ratio: float | None
    whole: bool
    silent: bool = False

    def as_record(self) -> dict[str, Any]:
        """As it is kept beside a frame."""
        return {
            "start": iso(self.start),
            "end": iso(self.end),
            "checked_to": iso(self.checked_to),
            "requests": self.requests,
            "total": self.total,
            "ratio": self.ratio,
            "whole": self.whole,
            "silent": self.silent,
        }


def share_of(verdicts: Iterable[Verdict]) -> float | None:
    """The share of all totals that the parts are; None where nothing could be compared."""
    compared = [each for each in verdicts if each.total is not None and not each.silent]
    return ratio_of(
        sum(each.requests for each in compared),
        sum(each.total or 0.0 for each in compared) if compared else None,
    )


def ratio_of(parts: float, total: float | None) -> float | None:
    """The parts' share of the total; None where there is no total, or parts of nothing."""
    if total is None:
        return None
    if total == 0:
        return 1.0 if parts == 0 else None
    return parts / total


def too_few(parts: float, total: float, sample_interval: float) -> bool:
    """Whether parts are missing: exactly, or by more than sampling explains."""
    return parts < total - _noise(total, sample_interval) - 0.5


def adds_up(parts: float, total: float, sample_interval: float) -> bool:
    """Whether the parts are the total: none missing, none counted twice."""
    most = total * (1 + _LATE) + _noise(total, sample_interval) + 0.5
    return not too_few(parts, total, sample_interval) and (parts <= most or total == parts)


def _noise(total: float, sample_interval: float) -> float:
    """How far two samples of the same requests may be apart: nothing where all were recorded."""
    if sample_interval <= 1:
        return 0.0
    # each recorded row stands for so many requests, and both numbers are estimates
    return min(_SIGMAS * math.sqrt(2 * total * sample_interval), _MOST_NOISE * total)
