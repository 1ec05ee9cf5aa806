"""Versions of ordinary Workers that were uploaded as such, to be deployed later.

What is live is the Worker itself; what it was before a whole upload is not kept.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wfp_ops.sandbox.store.database import Database
from wfp_ops.sandbox.store.workers import Module, StoredWorker

_FACTS = ("etag", "entry_part", "has_modules", "bindings", "settings")


@dataclass(frozen=True)
class Version:
    """A Worker as it is once the version is deployed, with its code."""

    worker: StoredWorker
    modules: tuple[Module, ...]


def keep_version(db: Database, version_id: str, worker: StoredWorker, modules: Sequence[Module]) -> None:
    """Keep what the Worker is to become; what is live stays. Call it inside a transaction."""
    facts = {name: getattr(worker, name) for name in _FACTS}
    code = [[m.name, m.content_type, base64.b64encode(m.content).decode()] for m in modules]
    db.connection.execute(
        "INSERT INTO versions VALUES (?, ?, ?, ?)",
        (worker.key, version_id, json.dumps(facts), json.dumps(code)),
    )


def find_version(db: Database, live: StoredWorker, version_id: str) -> Version | None:
    """The version of that id of the live Worker, or None."""
    row = db.connection.execute(
        "SELECT worker, modules FROM versions WHERE worker_key = ? AND version_id = ?", (live.key, version_id)
    ).fetchone()
    if row is None:
        return None
    facts = json.loads(row["worker"])
    worker = replace(live, **{**facts, "bindings": tuple(facts["bindings"])})
    modules = [Module(name, kind, base64.b64decode(code)) for name, kind, code in json.loads(row["modules"])]
    return Version(worker, tuple(modules))
