"""Whole inventories into the database and out of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from wfp_ops.sandbox.control_input import InputError
from wfp_ops.sandbox.documents import worker_document
from wfp_ops.sandbox.inventory import Inventory, InventoryNamespace
from wfp_ops.sandbox.store import past
from wfp_ops.sandbox.store.database import Database
from wfp_ops.sandbox.store.namespaces import list_namespaces
from wfp_ops.sandbox.store.workers import StoredWorker, list_workers, read_modules, save_worker
from wfp_ops.sandbox.traffic import Traffic


def load_inventory(db: Database, inventory: Inventory, *, replace_all: bool) -> None:
    """Put the account's things in, in place of everything or only of those with the same names.

    Call it inside a transaction.

    Raises:
        InputError: a namespace id is taken by a namespace of another name.
    """
    if replace_all:
        past.forget_past(db)
        db.connection.execute("DELETE FROM namespaces")
        db.connection.execute("DELETE FROM workers")
        db.connection.execute("DELETE FROM assets")
        db.connection.execute("DELETE FROM asset_sessions")
    else:
        for namespace in inventory.namespaces:
            past.forget_past(db, namespace_name=namespace.name)
        db.connection.executemany(
            "DELETE FROM namespaces WHERE name = ?", [(n.name,) for n in inventory.namespaces]
        )
        db.connection.executemany(
            "DELETE FROM workers WHERE namespace_key IS NULL AND name = ?",
            [(w.worker.name,) for w in inventory.workers],
        )
    try:
        for namespace in inventory.namespaces:
            _load_namespace(db, namespace)
    except sqlite3.IntegrityError as error:
        raise InputError(f"the inventory does not fit the one that is there: {error}") from error
    for item in inventory.workers:
        save_worker(db, item.worker, item.modules)
        _keep_traffic(db, item.worker.worker_id, item.traffic)
    for gone in inventory.deleted:
        past.save_past_worker(db, gone.worker)
        _keep_traffic(db, gone.worker.worker_id, gone.traffic)


def _load_namespace(db: Database, namespace: InventoryNamespace) -> None:
    cursor = db.connection.execute(
        "INSERT INTO namespaces (namespace_id, name, created_on, modified_on, created_by, modified_by,"
        " trusted_workers) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            namespace.namespace_id,
            namespace.name,
            namespace.created_on,
            namespace.modified_on,
            namespace.created_by,
            namespace.modified_by,
            namespace.trusted_workers,
        ),
    )
    for item in namespace.workers:
        save_worker(db, replace(item.worker, namespace_key=int(cursor.lastrowid or 0)), item.modules)
        _keep_traffic(db, item.worker.worker_id, item.traffic)
    _keep_traffic(db, namespace.namespace_id, namespace.traffic)
    for old in namespace.past_names:
        past.save_past_name(db, old)


def _keep_traffic(db: Database, owner: str, traffic: Traffic | None) -> None:
    if traffic is not None:
        past.save_traffic(db, owner, traffic.to_json())


def dump_inventory(db: Database, *, code: bool) -> dict[str, Any]:
    """Everything as the document that :func:`load_inventory`'s reader takes; ``code`` adds the modules."""
    traffics = past.read_traffics(db)
    dump = _Dump(db, traffics, code=code)
    document = {
        "namespaces": list(dump.namespaces()),
        "workers": [dump.worker(worker) for worker in list_workers(db, None)],
    }
    if deleted := [_past_document(gone, traffics) for gone in past.list_past_workers(db)]:
        document["deleted"] = deleted
    return document


class _Dump:
    """Writes documents with what is known about each thing's past, where something is."""

    def __init__(self, db: Database, traffics: dict[str, dict[str, Any]], *, code: bool) -> None:
        self._db = db
        self._traffics = traffics
        self._code = code
        self._names: dict[str, list[dict[str, str]]] = {}
        for old in past.list_past_names(db):
            self._names.setdefault(old.namespace_id, []).append({"name": old.name, "until": old.until})

    def namespaces(self) -> Iterator[dict[str, Any]]:
        for namespace in list_namespaces(self._db):
            workers = list_workers(self._db, namespace.key) if namespace.script_count else []
            yield {
                **namespace.to_wire(),
                **self._past_of(namespace.namespace_id),
                "workers": [self.worker(worker) for worker in workers],
            }

    def worker(self, worker: StoredWorker) -> dict[str, Any]:
        document = worker_document(worker, read_modules(self._db, worker.key) if self._code else None)
        return {**document, **self._traffic_of(worker.worker_id)}

    def _past_of(self, namespace_id: str) -> dict[str, Any]:
        old = self._names.get(namespace_id)
        return {**self._traffic_of(namespace_id), **({"past_names": old} if old else {})}

    def _traffic_of(self, owner: str) -> dict[str, Any]:
        return {"traffic": self._traffics[owner]} if owner in self._traffics else {}


def _past_document(gone: past.PastWorker, traffics: dict[str, dict[str, Any]]) -> dict[str, Any]:
    document = gone.to_json()
    document["tag"] = document.pop("worker_id")
    owner = gone.worker_id if gone.worker_id in traffics else gone.namespace_id
    return {**document, **({"traffic": traffics[owner]} if owner in traffics else {})}


def keep_scenario(db: Database, facts: dict[str, Any]) -> None:
    """Keep a scenario's name, seed, moment, customers and truth. Call it inside a transaction."""
    db.write_meta("scenario", json.loads(json.dumps(facts)))


def read_scenario(db: Database) -> dict[str, Any]:
    """What :func:`keep_scenario` kept."""
    return db.read_meta("scenario") or {}
