"""What analytics need to know of the past: traffic that was asked for, old names, Workers that are no more.

Requests are counted under the name that a namespace had at the time, and stay when it is gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wfp_ops.sandbox.store.database import Database


@dataclass(frozen=True)
class PastName:
    """A namespace was called ``name`` until a moment (RFC 3339 text)."""

    namespace_id: str
    name: str
    until: str


@dataclass(frozen=True)
class PastWorker:
    """A Worker that was deleted, with the name that its namespace had then. Times are RFC 3339 text.

    ``namespace_id`` and ``namespace`` are empty for an ordinary Worker of the account; ``binds`` are the
    dispatch namespaces that it bound, by name.
    """

    namespace_id: str
    namespace: str
    worker_id: str
    name: str
    version_id: str
    usage_model: str
    created_on: str
    deleted_on: str
    binds: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The Worker as a JSON object."""
        return {**asdict(self), "binds": list(self.binds)}


def note_old_name(db: Database, namespace_key: int, *, until: str) -> None:
    """The namespace is about to get another name. Call it inside a transaction."""
    db.connection.execute(
        "INSERT INTO past_names SELECT namespace_id, name, ? FROM namespaces WHERE key = ?",
        (until, namespace_key),
    )


def bury_workers(db: Database, condition: str, values: Sequence[Any], *, at: str) -> None:
    """The Workers that an SQL condition on ``w`` chooses will be deleted. Call it inside a transaction."""
    db.connection.execute(
        f"""
        INSERT INTO past_workers
        SELECT coalesce(n.namespace_id, ''), coalesce(n.name, ''), w.worker_id, w.name, w.deployment_id,
               coalesce(json_extract(w.settings, '$.usage_model'), 'standard'), w.created_on, ?,
               (SELECT json_group_array(json_extract(b.value, '$.namespace')) FROM json_each(w.bindings) b
                WHERE json_extract(b.value, '$.type') = 'dispatch_namespace')
        FROM workers w LEFT JOIN namespaces n ON n.key = w.namespace_key
        WHERE {condition}
        """,  # noqa: S608 - conditions are this package's own
        (at, *values),
    )


def save_past_name(db: Database, past: PastName) -> None:
    """Keep it as it is. Call it inside a transaction."""
    db.connection.execute(
        "INSERT INTO past_names VALUES (?, ?, ?)", (past.namespace_id, past.name, past.until)
    )


def save_past_worker(db: Database, past: PastWorker) -> None:
    """Keep it as it is. Call it inside a transaction."""
    values = [*asdict(past).values()][:-1]
    db.connection.execute(
        "INSERT INTO past_workers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, json.dumps(past.binds))
    )


def list_past_names(db: Database) -> list[PastName]:
    """All of them, the oldest of each namespace first."""
    rows = db.connection.execute("SELECT namespace_id, name, until FROM past_names ORDER BY until, rowid")
    return [PastName(*row) for row in rows]


def list_past_workers(db: Database) -> list[PastWorker]:
    """All of them, in the order of their deletion in this database."""
    rows = db.connection.execute("SELECT * FROM past_workers ORDER BY rowid")
    return [PastWorker(**{**dict(row), "binds": tuple(json.loads(row["binds"]))}) for row in rows]


def save_traffic(db: Database, owner: str, traffic: Mapping[str, Any]) -> None:
    """Keep what was said about the traffic of a namespace's id or a Worker's. Call it in a transaction."""
    db.connection.execute("INSERT OR REPLACE INTO traffic VALUES (?, ?)", (owner, json.dumps(dict(traffic))))


def read_traffics(db: Database) -> dict[str, dict[str, Any]]:
    """What was said about traffic, by the id of the namespace or Worker."""
    return {row[0]: json.loads(row[1]) for row in db.connection.execute("SELECT owner, story FROM traffic")}


def forget_past(db: Database, *, namespace_name: str | None = None) -> None:
    """Forget the past of everything, or of what bears a namespace's name now. Call it in a transaction."""
    if namespace_name is None:
        for table in ("past_names", "past_workers", "traffic"):
            db.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand above
        return
    mine = "SELECT namespace_id FROM namespaces WHERE name = ?"
    inside = f"SELECT worker_id FROM workers WHERE namespace_key IN ({mine.replace('namespace_id', 'key')})"  # noqa: S608
    for table, column, chosen in (
        ("past_names", "namespace_id", mine),
        ("past_workers", "namespace_id", mine),
        ("traffic", "owner", mine),
        ("traffic", "owner", inside),
    ):
        db.connection.execute(f"DELETE FROM {table} WHERE {column} IN ({chosen})", (namespace_name,))  # noqa: S608
