"""Small things in words that every view of a plan says alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from wfp_ops.change.steps import Action, Step

# What is done with it, before its name
VERBS: Mapping[Action, str] = {
    "create_namespace": "create",
    "delete_namespace": "delete",
    "rename_namespace": "rename",
    "put_worker": "upload",
    "delete_worker": "delete",
    "tag_worker": "tag",
}


def span(seconds: float) -> str:
    """A span as people say it: ``12 s``, ``3 min 20 s``, ``2 h 5 min``; less than a second is ``1 s``."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def moment(when: datetime) -> str:
    """A moment as people write it: ``24 Nov 2026, 12:00 UTC``."""
    return f"{when.day} {when:%b %Y, %H:%M} UTC"


def counted(number: int, noun: str) -> str:
    """A number with its noun, which is in the plural unless it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def planned(action: Action, number: int) -> str:
    """So many steps of one action in words: ``delete 7 namespaces``."""
    noun = "namespace" if action.endswith("_namespace") else "Worker"
    return f"{VERBS[action]} {counted(number, noun)}"


def named(name: str) -> str:
    """A name as people see it; in quotes where it would look like another one.

    That is with blanks at its ends, and with letters put together from several (not in Unicode's form NFC),
    which are shown as escapes.
    """
    if not unicodedata.is_normalized("NFC", name):
        return ascii(name)
    return name if name == name.strip() else f"'{name}'"


def name_of(step: Step) -> str:
    """What a step is about: the namespace, or namespace and Worker; each in quotes where it needs them."""
    return "/".join(named(each) for each in (step.namespace, step.worker) if each is not None)


def subject(step: Step) -> str:
    """What a step is about; of a rename both names."""
    return name_of(step) if step.new_name is None else f"{name_of(step)} -> {named(step.new_name)}"


def read_as(reading: Mapping[str, Any]) -> Iterator[str]:
    """How a customer list is read where that is not the usual way, in parts: it decides who has left."""
    for name, column in (reading.get("columns") or {}).items():
        yield f"{named(name)} from the column {column!r}"
    for word, status in (reading.get("status") or {}).items():
        yield f"{named(word)} counts as {named(status)}"
    if reading.get("duplicates") == "active_wins":
        yield "of an id that stands twice the active record counts"
    if reading.get("id_case") == "fold":
        yield "ids in any case are the same"
    if reading.get("sheet") is not None:
        yield f"the sheet {reading['sheet']!r}"


def inside(step: Step) -> int | None:
    """How many Workers are in the namespace that a step is about; None where it is not about that.

    A file may say anything in its evidence: what is no list is not counted.
    """
    workers = step.evidence.get("workers")
    return len(workers) if step.worker is None and isinstance(workers, list) else None


def lost(step: Step) -> tuple[str, ...]:
    """What a step takes away for good, or in a restore what does not come back with it, as sentences."""
    said: Any = step.evidence.get("cannot_return" if step.is_deletion else "cannot")
    return tuple(map(str, said)) if isinstance(said, list) else ()


def losses(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """The name and the sentence for all that can't be brought back, or does not come back, by these steps."""
    return [(name_of(step), sentence) for step in steps for sentence in lost(step)]
