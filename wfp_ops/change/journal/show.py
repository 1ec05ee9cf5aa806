"""A journal for people: as rows of a table, and as the document on what was done for one customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from wfp_ops.change.journal.reader import Reading
from wfp_ops.change.journal.record import Record

DEPARTURE_SCHEMA = "wfp-ops/departure/1"

_ABOUT_BEGIN = ("account_id", "digest", "approved_by", "confirmation", "token_id", "by")
_ABOUT_STEP = ("action", "namespace", "worker")
HOW_TO_CHECK = (
    (
        "Each entry of 'chain' stands for one line of the journal, in order and without a gap: 'n'"
        " counts from 0, 'prev' is the 'hash' of the entry before (64 zeros in the first), and the last"
        " 'hash' is 'last_hash'."
    ),
    (
        "Each 'record' is a line in full. Its 'hash' is the SHA-256, in hex, of the record without"
        " 'hash', written as JSON with sorted keys, no spaces and no escapes that JSON does not demand,"
        " in UTF-8. Its n, kind, prev and hash are those of the entry around it."
    ),
    (
        "The entries without 'record' are about the whole apply or about other customers, so that only"
        " their hashes are shown. That their n, kind and prev are as given can be checked only against"
        " the journal: whoever is shown it compares the two line by line, hash by hash."
    ),
    (
        "'steps' repeats what the records say. account_id, digest, approved_by, confirmation, token_id"
        " and by stand in the journal's first line, which can't be shown, as it holds the whole plan."
    ),
    (
        "A change of one line changes the hash of every line after it. So a hash that somebody else"
        " kept from the day of the apply tells whether the journal was written anew since; without one,"
        " nothing does."
    ),
)


def as_rows(records: Iterable[Record]) -> list[dict[str, Any]]:
    """A row for each record: ``at``, ``step``, ``action``, ``namespace``, ``worker``, ``what`` (in words).

    ``at`` is the record's text; ``step`` counts from 0 and is None, as are the three after it, where the
    record is about the whole apply.
    """
    return list(_rows(records))


def departure(paths: Sequence[Path], customer_id: str) -> dict[str, Any]:
    """The document ``wfp-ops/departure/1``: what was done for one customer, by these journals.

    ``journals`` has an entry for each journal with steps of this customer, in the order of ``paths``: what
    stands in its begin, the customer's ``steps`` with their times and results, the verdict on the file, and
    the ``chain`` of its lines, where only those about this customer are shown in full. ``how_to_check``
    tells a reader what can be checked with it and what can't. Of other customers' lines it holds kinds and
    hashes alone; a hash betrays a line only to someone who can guess all of it, its time to the microsecond
    included.

    Raises:
        JournalError: one of the journals was tampered with (also one without steps of this customer: who
            knows whose they were), is not there or can't be read.
    """
    found = (_of_one_journal(path, customer_id) for path in paths)
    return {
        "schema": DEPARTURE_SCHEMA,
        "customer_id": customer_id,
        "journals": [each for each in found if each is not None],
        "how_to_check": list(HOW_TO_CHECK),
    }


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


def _of_one_journal(path: Path, customer_id: str) -> dict[str, Any] | None:
    """A journal's entry, or None where none of its steps is this customer's; read once, from end to end."""
    reading = Reading(path)
    begin: dict[str, Any] = {}
    steps: dict[int, dict[str, Any]] = {}
    chain: list[dict[str, Any]] = []
    for record in reading:
        if record.kind == "begin":
            begin = {name: record.facts[name] for name in _ABOUT_BEGIN}
            steps = _steps_of(record.facts["plan"]["steps"], customer_id)
        if not steps:
            continue
        mine = steps.get(record.facts.get("step", -1))
        if mine is not None:
            _add(mine, record)
        link = {"n": record.n, "kind": record.kind, "hash": record.hash, "prev": record.prev}
        chain.append(link if mine is None else {**link, "record": record.to_dict()})
    verdict = reading.verification()
    if verdict.problem is not None:
        raise reading.error()
    if not steps:
        return None
    return {
        "file": path.name,
        **begin,
        "steps": list(steps.values()),
        "verification": {
            "state": verdict.state,
            "records": verdict.records,
            "torn_bytes": verdict.torn_bytes,
            "last_hash": verdict.last_hash,
            "notes": list(verdict.notes),
        },
        "chain": chain,
    }


def _steps_of(steps: Sequence[Any], customer_id: str) -> dict[int, dict[str, Any]]:
    """This customer's steps by number, before anything was done."""
    nothing = dict.fromkeys(
        (
            "namespace_id",
            "archive",
            "manifest_sha256",
            "intent_at",
            "outcome_at",
            "result",
            "detail",
            "verified_at",
            "verified_detail",
        )
    )
    return {
        number: {
            "step": number,
            **{name: each[name] for name in ("action", "namespace", "worker")},
            **nothing,
        }
        for number, each in enumerate(steps)
        if each["customer_id"] == customer_id
    }


def _add(step: dict[str, Any], record: Record) -> None:
    """Note on a step what a record says of it; of several of a kind the last counts."""
    facts = record.facts
    step["namespace_id"] = facts.get("namespace_id") or step["namespace_id"]
    if record.kind == "archived":
        step.update(archive=facts["archive"], manifest_sha256=facts["manifest_sha256"])
    elif record.kind == "intent":
        cleared = dict.fromkeys(("outcome_at", "result", "detail", "verified_at", "verified_detail"))
        step.update(intent_at=record.at, **cleared)
    elif record.kind == "outcome":
        step.update(outcome_at=record.at, result=facts["result"], detail=facts["detail"])
    elif record.kind == "verified":
        step.update(verified_at=record.at, verified_detail=facts["detail"])
    elif record.kind == "dropped":
        step.update(outcome_at=record.at, result="dropped", detail=f"{facts['guard']}: {facts['detail']}")
