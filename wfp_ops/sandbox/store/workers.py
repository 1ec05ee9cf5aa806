"""Workers in the database, with their modules."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from wfp_ops.sandbox.store.database import Database
from wfp_ops.sandbox.store.past import bury_workers

SECRET_TYPES = frozenset({"secret_text", "secret_key"})

# What a secret shows of itself; its text or key never leaves the database.
_SECRET_FACTS = ("name", "type", "algorithm", "format", "usages")

_COLUMNS = (
    "key, namespace_key, name, worker_id, created_on, modified_on, etag, deployment_id, entry_part,"
    " has_modules, tags, bindings, settings"
)


@dataclass(frozen=True)
class Module:
    """One part of a Worker's code."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class StoredWorker:
    """A Worker as stored, without its modules; times are RFC 3339 text as answered.

    ``worker_id`` is immutable (the API's ``tag``, the analytics' ``scriptTag``). ``settings`` holds what
    settings and metadata say beside tags and bindings, under Cloudflare's names. ``key`` 0 is not stored yet.
    ``namespace_key`` None is an ordinary Worker of the account.
    """

    name: str
    worker_id: str
    created_on: str
    modified_on: str
    etag: str
    deployment_id: str
    entry_part: str
    has_modules: bool = True
    tags: tuple[str, ...] = ()
    bindings: tuple[dict[str, Any], ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    key: int = 0
    namespace_key: int | None = None

    def public_bindings(self) -> list[dict[str, Any]]:
        """The bindings as anyone may see them: secrets without their values."""
        return [public_binding(binding) for binding in self.bindings]

    def secrets(self) -> dict[str, dict[str, Any]]:
        """The secrets by name, without their values."""
        return {b["name"]: public_binding(b) for b in self.bindings if b["type"] in SECRET_TYPES}

    def workers_dev(self) -> dict[str, Any]:
        """Whether it answers under workers.dev, as the one setting that no upload touches."""
        return {key: value for key, value in self.settings.items() if key == "workers_dev"}

    def to_wire(self) -> dict[str, Any]:
        """The script object of Cloudflare's API reference."""
        settings = self.settings
        return {
            "id": self.name,
            "tag": self.worker_id,
            "tags": list(self.tags),
            "etag": self.etag,
            "created_on": self.created_on,
            "modified_on": self.modified_on,
            "compatibility_date": settings.get("compatibility_date"),
            "compatibility_flags": settings.get("compatibility_flags", []),
            "handlers": settings.get("handlers", []),
            "named_handlers": [],
            "has_assets": bool(settings.get("has_assets")),
            "has_modules": self.has_modules,
            "last_deployed_from": settings.get("last_deployed_from"),
            "logpush": bool(settings.get("logpush")),
            "migration_tag": settings.get("migration_tag"),
            "observability": settings.get("observability"),
            "placement": settings.get("placement") or {},
            "placement_mode": (settings.get("placement") or {}).get("mode"),
            "tail_consumers": settings.get("tail_consumers"),
            "usage_model": settings.get("usage_model", "standard"),
        }


def public_binding(binding: dict[str, Any]) -> dict[str, Any]:
    """A binding as anyone may see it."""
    if binding["type"] not in SECRET_TYPES:
        return dict(binding)
    return {fact: binding[fact] for fact in _SECRET_FACTS if fact in binding}


def _stored(row: sqlite3.Row) -> StoredWorker:
    values = dict(row)
    values["has_modules"] = bool(values["has_modules"])
    values["tags"] = tuple(json.loads(values["tags"]))
    values["bindings"] = tuple(json.loads(values["bindings"]))
    values["settings"] = json.loads(values["settings"])
    return StoredWorker(**values)


def _tag_condition(wanted: Sequence[str], unwanted: Sequence[str]) -> tuple[str, list[str]]:
    """SQL that holds for Workers with all wanted tags and no unwanted one, and its parameters."""
    has = "EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)"
    parts = [f" AND {has}"] * len(wanted) + [f" AND NOT {has}"] * len(unwanted)
    return "".join(parts), [*wanted, *unwanted]


def list_workers(
    db: Database,
    namespace_key: int | None,
    *,
    wanted: Sequence[str] = (),
    unwanted: Sequence[str] = (),
    after: str = "",
    limit: int = -1,
) -> list[StoredWorker]:
    """Workers of a namespace by name, from the first name behind ``after``; ``limit`` -1 means all.

    ``namespace_key`` None lists the account's ordinary Workers.
    """
    condition, tags = _tag_condition(wanted, unwanted)
    rows = db.connection.execute(
        f"SELECT {_COLUMNS} FROM workers WHERE namespace_key IS ? AND name > ?{condition}"  # noqa: S608 - no outside text
        " ORDER BY name LIMIT ?",
        (namespace_key, after, *tags, limit),
    )
    return [_stored(row) for row in rows]


def find_worker(db: Database, namespace_key: int | None, name: str) -> StoredWorker | None:
    """The Worker of exactly that name in the namespace (None: in the account itself), or None."""
    row = db.connection.execute(
        f"SELECT {_COLUMNS} FROM workers WHERE namespace_key IS ? AND name = ?",  # noqa: S608 - no outside text
        (namespace_key, name),
    ).fetchone()
    return None if row is None else _stored(row)


def _values(worker: StoredWorker) -> tuple[Any, ...]:
    return (
        worker.namespace_key,
        worker.name,
        worker.worker_id,
        worker.created_on,
        worker.modified_on,
        worker.etag,
        worker.deployment_id,
        worker.entry_part,
        worker.has_modules,
        json.dumps(worker.tags),
        json.dumps(worker.bindings),
        json.dumps(worker.settings),
    )


def save_worker(db: Database, worker: StoredWorker, modules: Sequence[Module] | None = None) -> None:
    """Insert it (``key`` 0) or put it in place of what its key names; ``modules`` None keeps the code.

    Call it inside a transaction.
    """
    if worker.key:
        db.connection.execute(
            f"UPDATE workers SET ({_COLUMNS.removeprefix('key, ')}) = ({_marks()}) WHERE key = ?",  # noqa: S608 - no outside text
            (*_values(worker), worker.key),
        )
        key = worker.key
    else:
        cursor = db.connection.execute(
            f"INSERT INTO workers ({_COLUMNS.removeprefix('key, ')}) VALUES ({_marks()})",  # noqa: S608 - no outside text
            _values(worker),
        )
        key = int(cursor.lastrowid or 0)
    if modules is not None:
        db.connection.execute("DELETE FROM modules WHERE worker_key = ?", (key,))
        db.connection.executemany(
            "INSERT INTO modules VALUES (?, ?, ?, ?, ?)",
            [(key, place, m.name, m.content_type, m.content) for place, m in enumerate(modules)],
        )


def _marks() -> str:
    return ", ".join("?" * (_COLUMNS.count(",")))


def read_modules(db: Database, worker_key: int) -> list[Module]:
    """The Worker's modules, in the order of their upload."""
    rows = db.connection.execute(
        "SELECT name, content_type, content FROM modules WHERE worker_key = ? ORDER BY position",
        (worker_key,),
    )
    return [Module(**dict(row)) for row in rows]


def delete_worker(db: Database, key: int, *, at: str) -> None:
    """Remove it; analytics remember it. Call it inside a transaction."""
    bury_workers(db, "w.key = ?", (key,), at=at)
    db.connection.execute("DELETE FROM workers WHERE key = ?", (key,))


def delete_tagged(
    db: Database, namespace_key: int, *, wanted: Sequence[str], unwanted: Sequence[str], at: str
) -> int:
    """Remove the Workers that the tags choose; how many comes back. Call it inside a transaction."""
    condition, tags = _tag_condition(wanted, unwanted)
    bury_workers(db, f"w.namespace_key = ?{condition}", (namespace_key, *tags), at=at)
    return db.connection.execute(
        f"DELETE FROM workers WHERE namespace_key = ?{condition}",  # noqa: S608 - no outside text
        (namespace_key, *tags),
    ).rowcount
