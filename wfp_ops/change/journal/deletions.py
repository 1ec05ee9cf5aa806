"""What a journal says was deleted, or may have been: what the guards on numbers count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from wfp_ops.change.journal.record import Record
from wfp_ops.change.steps import DELETIONS, Action
from wfp_ops.clock import parse_time


@dataclass(frozen=True)
class Deletion:
    """One deletion that happened or may have; ``at`` is when it was last about to be made, in UTC.

    ``worker`` is None where the whole namespace was deleted.
    """

    at: datetime
    action: Action
    namespace: str
    worker: str | None
    namespace_id: str | None


def deletions(records: Iterable[Record]) -> list[Deletion]:
    """The deletions of a journal, in the order in which they were last about to be made.

    One counts unless an outcome of each of its attempts says that it did not happen: an intent without
    an outcome, or with an unknown one, may have been carried out, whatever a later attempt was told.
    """
    made: dict[int, _Made] = {}
    for record in records:
        facts = record.facts
        if record.kind == "intent" and facts["action"] in DELETIONS:
            found = made.setdefault(facts["step"], _Made(_deletion(record)))
            found.deletion = _deletion(record)
            found.attempts.add(facts["attempt"])
        elif record.kind == "outcome" and facts["step"] in made:
            made[facts["step"]].settle(facts)
    return sorted((each.deletion for each in made.values() if each.attempts), key=lambda each: each.at)


@dataclass
class _Made:
    """A deletion, and those of its attempts that happened or may have."""

    deletion: Deletion
    attempts: set[int] = field(default_factory=set)

    def settle(self, facts: Mapping[str, Any]) -> None:
        if facts["result"] in ("done", "unknown"):
            self.attempts.add(facts["attempt"])
        else:
            self.attempts.discard(facts["attempt"])
        known = facts["namespace_id"] or self.deletion.namespace_id
        self.deletion = replace(self.deletion, namespace_id=known)


def _deletion(record: Record) -> Deletion:
    facts = record.facts
    return Deletion(
        at=parse_time(record.at),
        action=facts["action"],
        namespace=facts["namespace"],
        worker=facts["worker"],
        namespace_id=facts["namespace_id"],
    )
