"""The document on what was done for one customer: what was removed for them, and what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wfp_ops.change.journal.reader import Reading
from wfp_ops.change.journal.record import Record
from wfp_ops.change.steps import DELETIONS
from wfp_ops.errors import JournalError

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
        "'restores' is the archive that a journal's apply brought back: where a step before it has made that"
        " archive, what it removed was there again afterwards."
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


def departure(paths: Sequence[Path], customer_id: str) -> dict[str, Any]:
    """The document ``wfp-ops/departure/1``: what was done for one customer, by these journals.

    ``journals`` has an entry for each journal with steps of this customer, in the order of ``paths``: what
    stands in its begin, the customer's ``steps`` with their times and results, the verdict on the file, and
    the ``chain`` of its lines, where only those about this customer are shown in full. A journal whose apply
    brought back an archive of theirs is one of them, and names it in ``restores``. ``how_to_check`` tells
    a reader what can be checked with it and what can't. Of other customers' lines it holds kinds and hashes
    alone; a hash betrays a line only to someone who can guess all of it, its time to the microsecond
    included.

    Raises:
        JournalError: one of the journals was tampered with (also one without steps of this customer: who
            knows whose they were), is not there or can't be read.
    """
    return {
        "schema": DEPARTURE_SCHEMA,
        "customer_id": customer_id,
        "journals": journals_about(paths, customer_id),
        "how_to_check": list(HOW_TO_CHECK),
    }


def came_back(document: Mapping[str, Any]) -> list[str]:
    """The archives of which something came back that, by a departure's document, is still there."""
    gone: dict[tuple[str, str, str | None], str] = {}
    back: list[tuple[str, str, str | None, str, str]] = []
    for journal in document["journals"]:
        for step in (each for each in journal["steps"] if each["result"] == "done"):
            what = journal["account_id"], step["namespace"], step["worker"]
            if step["action"] in DELETIONS:
                gone[what] = max(step["outcome_at"], gone.get(what, ""))
            elif journal["restores"] is not None:
                back.append((*what, step["outcome_at"], journal["restores"]))
    return sorted(
        {
            archive
            for account_id, namespace, worker, at, archive in back
            if at > max(gone.get((account_id, namespace, each), "") for each in (None, worker))
        }
    )


def journals_about(
    paths: Sequence[Path], customer_id: str, *, broken: Callable[[Path, Exception], None] | None = None
) -> list[dict[str, Any]]:
    """The entries of ``journals`` in ``departure``'s document.

    Args:
        paths: the journals.
        customer_id: whose steps.
        broken: told of each journal that can't be used, which is left out then.

    Raises:
        JournalError: as for ``departure``, where nobody is told.
    """
    found: list[_Read] = []
    for path in paths:
        try:
            found.append(_read(path, lambda begin: _steps_of(begin, customer_id)))
        except (JournalError, ValueError, KeyError, TypeError) as error:
            if broken is None:
                raise
            broken(path, error)
    archives = {
        (each.entry["account_id"], step["archive"])
        for each in found
        if each.entry is not None
        for step in each.entry["steps"]
        if step["archive"] is not None
    }
    entries = []
    for each in found:
        # a restore knows no customer: everything in it is of the one whose archive it is
        restore = each.entry is None and each.brought_back in archives
        entries.append(_read(each.path, _steps_of).entry if restore else each.entry)
    return [entry for entry in entries if entry is not None]


class _Read(NamedTuple):
    """A journal that was read: the account and the archive that it brought back, and its entry, if any."""

    path: Path
    brought_back: tuple[str, str] | None
    entry: dict[str, Any] | None


def _read(path: Path, steps_of: Callable[[Mapping[str, Any]], dict[int, dict[str, Any]]]) -> _Read:
    """A journal with an entry where some of its steps are meant; read once, from end to end."""
    reading = Reading(path)
    begin: dict[str, Any] = {}
    steps: dict[int, dict[str, Any]] = {}
    chain: list[dict[str, Any]] = []
    for record in reading:
        if record.kind == "begin":
            begin = {name: record.facts[name] for name in _ABOUT_BEGIN}
            begin["restores"] = record.facts["plan"].get("restores")
            steps = steps_of(record.facts)
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
    brought_back = (begin["account_id"], begin["restores"]) if begin and begin["restores"] else None
    if not steps:
        return _Read(path, brought_back, None)
    entry = {
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
    return _Read(path, brought_back, entry)


def _steps_of(begin: Mapping[str, Any], customer_id: str | None = None) -> dict[int, dict[str, Any]]:
    """This customer's steps, or all of them, by number, before anything was done."""
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
            **{name: each[name] for name in _ABOUT_STEP},
            **nothing,
        }
        for number, each in enumerate(begin["plan"]["steps"])
        if customer_id is None or each["customer_id"] == customer_id
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
