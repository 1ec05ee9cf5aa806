"""A journal for people: as rows of a table, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from wfp_ops.change.journal.record import Record


def as_rows(records: Iterable[Record]) -> list[dict[str, Any]]:
    """A row for each record: ``at``, ``step``, ``action``, ``namespace``, ``worker``, ``what`` (in words).

    ``at`` is the record's text; ``step`` counts from 0 and is None, as are the three after it, where the
    record is about the whole apply.
    """
    return list(_rows(records))


def _rows(records: Iterable[Record]) -> Iterator[dict[str, Any]]:
    steps: list[Any] = []
    for record in records:
        if record.kind == "begin":
            steps = record.facts["plan"]["steps"]
        number = record.facts.get("step")
        in_plan = steps[number] if number is not None and number < len(steps) else {}
        about = {**in_plan, **record.facts} if number is not None else {}
        yield {
            "at": record.at,
            "step": number,
            "action": about.get("action"),
            "namespace": about.get("namespace"),
            "worker": about.get("worker"),
            "what": _WORDS[record.kind](record.facts),
        }


def _began(facts: Mapping[str, Any]) -> str:
    return f"began: {facts['confirmation']} (approved by {facts['approved_by']}, run by {facts['by']})"


def _archived(facts: Mapping[str, Any]) -> str:
    lost = f"; can't be brought back: {', '.join(facts['cannot'])}" if facts["cannot"] else ""
    return f"archived as {facts['archive']}{lost}"


def _intended(facts: Mapping[str, Any]) -> str:
    return "about to be made" + (f" (attempt {facts['attempt']})" if facts["attempt"] > 1 else "")


def _came_out(facts: Mapping[str, Any]) -> str:
    result = {"not_done": "not done", "unknown": "not known whether it was done"}
    return _with_detail(f"{result.get(facts['result'], facts['result'])} ({facts['how']})", facts)


def _resumed(facts: Mapping[str, Any]) -> str:
    torn = f", a torn line of {facts['torn_bytes']} bytes was cut off" if facts["torn_bytes"] else ""
    return _with_detail(f"resumed by {facts['by']}{torn}", facts)


def _ended(facts: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{facts[name]} {name}" for name in ("done", "dropped", "failed", "left"))
    return f"ended: {counts}; {'complete' if facts['complete'] else 'it can be resumed'}"


def _with_detail(words: str, facts: Mapping[str, Any]) -> str:
    return f"{words}: {facts['detail']}" if facts["detail"] else words


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "begin": _began,
    "archived": _archived,
    "intent": _intended,
    "outcome": _came_out,
    "verified": lambda facts: _with_detail("verified", facts),
    "dropped": lambda facts: _with_detail(f"dropped by {facts['guard']}", facts),
    "paused": lambda facts: _with_detail("paused", facts),
    "continued": lambda facts: _with_detail("continued", facts),
    "cancelled": lambda facts: _with_detail("cancelled", facts),
    "breaker": lambda facts: _with_detail("stopped by the breaker", facts),
    "resumed": _resumed,
    "end": _ended,
}
