"""What went wrong, as a person reads it on a panel: never a traceback, never a value that may be secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wfp_ops.errors import REPORT_TO, WfpOpsError, place_in_code


@dataclass(frozen=True)
class Said:
    """What a panel says: a sentence, where it happened, and what to do."""

    title: str
    facts: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""


def in_words(error: BaseException) -> Said:
    """An error in words. The message of one that is not ours is left out: it may hold anything."""
    if isinstance(error, WfpOpsError):
        facts = {label: text for label, text in error.facts().items() if text}
        return Said(error.message, facts, error.hint or "")
    if isinstance(error, OSError) and error.strerror:
        where = {} if error.filename is None else {"file": str(error.filename)}
        return Said(error.strerror, where)
    return Said(
        f"this should not have happened: {type(error).__name__} in {place_in_code(error)}",
        hint=f"please report this line at {REPORT_TO}; panel.error holds the error itself",
    )


def span_in_words(seconds: float) -> str:
    """A span of time as a person says it: ``40 s``, ``3 min``, ``2 h 5 min``."""
    if seconds < 100:
        return f"{max(seconds, 1):.0f} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} min"
    return f"{hours:,} h {rest} min" if rest else f"{hours:,} h"


def progress_in_words(done: int, total: int, seconds: float) -> str:
    """Such as ``7/20, 3.5 a second, about 4 s left``; pace and rest once there is something to tell by."""
    told = f"{done:,}/{total:,}"
    if done <= 0 or seconds < 1 or done >= total:
        return told
    rate = done / seconds
    pace = f"{rate:,.1f} a second" if rate >= 1 else f"{rate * 60:,.1f} a minute"
    return f"{told}, {pace}, about {span_in_words((total - done) / rate)} left"
