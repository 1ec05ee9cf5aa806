"""One line of a journal: its kinds and facts, its seal, its text, and the check of its place in the chain.

A line is ``{"n", "at", "kind", <the kind's facts, sorted>, "prev", "hash"}`` and a newline. ``hash`` is
the SHA-256 of the canonical JSON of all of it but ``hash``; ``prev`` is the hash of the line before.
A line has exactly one spelling, so that no byte of it can be changed unseen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from wfp_ops.change.canonical import canonical, sha256_of
from wfp_ops.change.steps import ACTIONS
from wfp_ops.clock import parse_time

SCHEMA = "wfp-ops/journal/1"
FIRST_PREV = "0" * 64

KINDS: Mapping[str, tuple[str, ...]] = {
    "begin": (
        "schema",
        "account_id",
        "account",
        "base_url",
        "digest",
        "plan",
        "approved_by",
        "confirmation",
        "token_id",
        "by",
        "version",
    ),
    "archived": ("step", "namespace", "namespace_id", "archive", "manifest_sha256", "cannot"),
    "intent": ("step", "attempt", "action", "namespace", "worker", "namespace_id"),
    "outcome": ("step", "attempt", "result", "how", "namespace_id", "detail"),
    "verified": ("step", "detail"),
    "dropped": ("step", "guard", "detail"),
    "paused": ("detail",),
    "continued": ("detail",),
    "cancelled": ("detail",),
    "breaker": ("detail",),
    "resumed": ("by", "torn_bytes", "detail"),
    "end": ("done", "dropped", "failed", "left", "complete"),
}
RESULTS = ("done", "not_done", "failed", "unknown")
HOW = ("answered", "settled by a read", "not sent")

_RESERVED = frozenset({"n", "at", "kind", "prev", "hash"})
_HASH = re.compile(r"[0-9a-f]{64}")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_null(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_plan(value: Any) -> bool:
    steps = value.get("steps") if isinstance(value, dict) else None
    return isinstance(steps, list) and all(isinstance(step, dict) for step in steps)


# What a fact of this name must be, in whichever kind it stands: a reader may then trust it.
_MUST_BE: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("account_id", "base_url", "digest", "by", "version", "detail", "guard"), _is_text),
    **dict.fromkeys(("namespace", "archive", "manifest_sha256"), _is_text),
    **dict.fromkeys(("account", "confirmation", "token_id", "worker", "namespace_id"), _is_text_or_null),
    **dict.fromkeys(("step", "done", "dropped", "failed", "left", "torn_bytes"), _is_count),
    "schema": SCHEMA.__eq__,
    "plan": _is_plan,
    "approved_by": ("words", "digest").__contains__,
    "attempt": lambda value: _is_count(value) and value >= 1,
    "action": ACTIONS.__contains__,
    "result": RESULTS.__contains__,
    "how": HOW.__contains__,
    "cannot": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "complete": lambda value: isinstance(value, bool),
}


@dataclass(frozen=True)
class Record:
    """One line of a journal. ``at`` is UTC to the microsecond; ``facts`` are JSON values by name."""

    n: int
    at: str
    kind: str
    facts: Mapping[str, Any]
    prev: str
    hash: str

    def to_dict(self) -> dict[str, Any]:
        """The line as a JSON object; SHA-256 of its canonical text without ``hash`` is ``hash``."""
        return {**_body(self.n, self.at, self.kind, self.facts, self.prev), "hash": self.hash}


def stamp(moment: datetime) -> str:
    """A moment as a record's ``at``: ISO 8601 in UTC, to the microsecond, with a ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seal(n: int, at: str, kind: str, facts: Mapping[str, Any], prev: str) -> Record:
    """A record with its hash; its facts are as a reader will find them (lists for tuples).

    Half a surrogate pair in a fact that is text becomes an escape: an apply must not stumble over
    the words of a server.

    Raises:
        ValueError: an unknown kind, a fact that is missing, of the wrong type, has no canonical
            text or bears a name of the line's own; or ``at`` is no such time.
    """
    kept = {name: _sound(value) if isinstance(value, str) else value for name, value in facts.items()}
    as_read: dict[str, Any] = json.loads(canonical(kept))
    if problem := _problem(n, at, kind, as_read, prev):
        raise ValueError(problem)
    return Record(n, at, kind, as_read, prev, sha256_of(_body(n, at, kind, as_read, prev)))


def to_line(record: Record) -> bytes:
    """A record as its line, with the newline.

    Raises:
        ValueError: a fact has no canonical text.
    """
    start = f'{{"n":{record.n},"at":"{record.at}","kind":"{record.kind}",'
    end = f',"prev":"{record.prev}","hash":"{record.hash}"}}\n'
    return start.encode() + canonical(dict(record.facts))[1:-1] + end.encode()


def parse_line(line: bytes) -> Record:
    """The record of a line with its newline. Its hash and its place are for ``check``.

    Raises:
        ValueError: it is no record, or not spelt as ``to_line`` spells it.
    """
    try:
        document = json.loads(line.decode(), parse_float=_refuse_number, parse_constant=_refuse_number)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON that a journal holds") from None
    if not isinstance(document, dict) or not document.keys() >= _RESERVED:
        raise ValueError("it is no record: n, at, kind, prev or hash is missing")
    n, at, kind, prev, hash_ = (document.pop(name) for name in ("n", "at", "kind", "prev", "hash"))
    if problem := _problem(n, at, kind, document, prev):
        raise ValueError(problem)
    if not _is_hash(hash_):
        raise ValueError("its hash is none")
    record = Record(n, at, kind, document, prev, hash_)
    if to_line(record) != line:
        raise ValueError("it is not spelt as a journal spells it: it was changed")
    return record


def check(record: Record, n: int, prev: str) -> str | None:
    """Why a record is not record ``n`` after the one whose hash is ``prev``; None where it is."""
    if record.hash != sha256_of(_body(record.n, record.at, record.kind, record.facts, record.prev)):
        return "its content does not match its hash: it was changed"
    if record.n != n:
        return f"it is record {record.n} where record {n} belongs: lines were cut, added or moved"
    if record.prev != prev:
        return "it does not follow the record before it: lines were changed, cut, added or moved"
    if (n == 0) != (record.kind == "begin"):
        return f"it is of kind {record.kind!r}: a journal begins with 'begin', and only once"
    return None


def _body(n: int, at: str, kind: str, facts: Mapping[str, Any], prev: str) -> dict[str, Any]:
    return {"n": n, "at": at, "kind": kind, **facts, "prev": prev}


def _problem(n: Any, at: Any, kind: Any, facts: Mapping[str, Any], prev: Any) -> str | None:
    """What is wrong with the parts of a record, but for its hash."""
    if not _is_count(n):
        return "its n is no number of a record"
    if not _is_moment(at):
        return "its at is no time in UTC to the microsecond"
    if not _is_hash(prev):
        return "its prev is no hash"
    return _facts_problem(kind, facts)


def _facts_problem(kind: Any, facts: Mapping[str, Any]) -> str | None:
    needed = KINDS.get(kind) if isinstance(kind, str) else None
    if needed is None:
        return f"there is no kind {kind!r} of record"
    if own := sorted(_RESERVED & facts.keys()):
        return f"a fact may not be called {own[0]!r}: that is a part of every line"
    if missing := [name for name in needed if name not in facts]:
        return f"a record of kind {kind!r} lacks {', '.join(missing)}"
    wrong = [name for name in needed if _MUST_BE[name](facts[name]) is not True]
    return f"a record of kind {kind!r} has a wrong {', '.join(wrong)}" if wrong else None


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _is_moment(value: Any) -> bool:
    if not isinstance(value, str) or _AT.fullmatch(value) is None or not value.isascii():
        return False
    try:
        parse_time(value)
    except ValueError:
        return False
    return True


def _sound(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number that a journal holds")
