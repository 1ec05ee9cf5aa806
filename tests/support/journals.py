"""Journals of tests: facts that fit, and files written without a disk's wait for each line."""

from __future__ import annotations

from support.fake_clock import START

from wfp_ops.change.journal.head import Head, head_path
from wfp_ops.change.journal.record import FIRST_PREV, SCHEMA, seal, stamp, to_line

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
NAMES = ("customer-7", "customer-8", "customer-9")


def step(namespace, *, action="delete_namespace", customer_id=None, worker=None):
    """A step as it stands in a plan's document."""
    return {
        "action": action,
        "namespace": namespace,
        "worker": worker,
        "customer_id": customer_id or namespace.removeprefix("customer-"),
        "reason": "it left",
        "evidence": {},
        "preconditions": {},
    }


def begin_facts(*steps, **changes):
    """The facts of a ``begin`` for a plan of these steps (three deletions, if none are given)."""
    chosen = steps or tuple(step(name) for name in NAMES)
    facts = {
        "schema": SCHEMA,
        "account_id": ACCOUNT,
        "account": "acme-prod",
        "base_url": "https://api.cloudflare.com/client/v4",
        "digest": "d" * 64,
        "plan": {"schema": "wfp-ops/plan/1", "steps": list(chosen)},
        "approved_by": "words",
        "confirmation": f"delete {len(chosen)} namespaces in acme-prod",
        "token_id": None,
        "by": "ann@desk",
        "version": "0.1.0",
    }
    return {**facts, **changes}


def facts_of(kind, number=0, **changes):
    """Facts that fit a kind, about the step of that number."""
    name = NAMES[number % len(NAMES)]
    every = {
        "begin": begin_facts(),
        "archived": {
            "step": number,
            "namespace": name,
            "namespace_id": f"id-{number}",
            "archive": f"{name}-20261123",
            "manifest_sha256": "a" * 64,
            "cannot": ["the value of the secret KEY"],
        },
        "intent": {
            "step": number,
            "attempt": 1,
            "action": "delete_namespace",
            "namespace": name,
            "worker": None,
            "namespace_id": f"id-{number}",
        },
        "outcome": {
            "step": number,
            "attempt": 1,
            "result": "done",
            "how": "answered",
            "namespace_id": f"id-{number}",
            "detail": "200",
        },
        "verified": {"step": number, "detail": "it is gone"},
        "dropped": {"step": number, "guard": "moved", "detail": "it has another id now"},
        "resumed": {"by": "ann@desk", "torn_bytes": 0, "detail": "after a kill"},
        "end": {"done": 3, "dropped": 0, "failed": 0, "left": 0, "complete": True},
    }
    return {**every.get(kind, {"detail": f"{kind} by hand"}), **changes}


def chain(*kinds_and_facts):
    """Sealed records: each argument is a kind, or a pair of a kind and its facts."""
    records = []
    for n, each in enumerate(kinds_and_facts):
        kind, facts = (each, facts_of(each)) if isinstance(each, str) else each
        prev = records[-1].hash if records else FIRST_PREV
        records.append(seal(n, stamp(START), kind, facts, prev))
    return records


def whole(steps=3, **begin):
    """The records of an apply that went through: every step archived, deleted and verified."""
    middle = [
        (kind, facts_of(kind, number))
        for number in range(steps)
        for kind in ("archived", "intent", "outcome", "verified")
    ]
    return chain(("begin", begin_facts(**begin)), *middle, ("end", facts_of("end", done=steps)))


def write_journal(path, records, *, known=None):
    """A journal's file with these records; its head knows the first ``known`` (all unless told, none for 0)."""
    path.write_bytes(b"".join(map(to_line, records)))
    known = len(records) if known is None else known
    if known:
        write_raw_head(path, Head(known - 1, records[known - 1].hash))
    return path


def write_raw_head(path, head):
    """A head beside a journal, as a writer spells it."""
    head_path(path).write_bytes(f'{{"n":{head.n:>15},"hash":"{head.hash}"}}\n'.encode())
