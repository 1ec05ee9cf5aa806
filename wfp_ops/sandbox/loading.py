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
from wfp_ops.sandbox.store.database import Database
from wfp_ops.sandbox.store.namespaces import list_namespaces
from wfp_ops.sandbox.store.workers import StoredWorker, list_workers, read_modules, save_worker


def load_inventory(db: Database, inventory: Inventory, *, replace_all: bool) -> None:
    """Put the account's things in, in place of everything or only of those with the same names.

    Call it inside a transaction.

    Raises:
        InputError: a namespace id is taken by a namespace of another name.
    """
    if replace_all:
        db.connection.execute("DELETE FROM namespaces")
        db.connection.execute("DELETE FROM workers")
    else:
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


def dump_inventory(db: Database, *, code: bool) -> dict[str, Any]:
    """Everything as the document that :func:`load_inventory`'s reader takes; ``code`` adds the modules."""
    return {
        "namespaces": list(_dump_namespaces(db, code=code)),
        "workers": [_dump_worker(db, worker, code=code) for worker in list_workers(db, None)],
    }


def _dump_namespaces(db: Database, *, code: bool) -> Iterator[dict[str, Any]]:
    for namespace in list_namespaces(db):
        workers = list_workers(db, namespace.key) if namespace.script_count else []
        yield {
            **namespace.to_wire(),
            "workers": [_dump_worker(db, worker, code=code) for worker in workers],
        }


def _dump_worker(db: Database, worker: StoredWorker, *, code: bool) -> dict[str, Any]:
    return worker_document(worker, read_modules(db, worker.key) if code else None)


def keep_scenario(db: Database, facts: dict[str, Any]) -> None:
    """Keep a scenario's name, seed, moment, customers and truth. Call it inside a transaction."""
    db.write_meta("scenario", json.loads(json.dumps(facts)))


def read_scenario(db: Database) -> dict[str, Any]:
    """What :func:`keep_scenario` kept."""
    return db.read_meta("scenario") or {}
