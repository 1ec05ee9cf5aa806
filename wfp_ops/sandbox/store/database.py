"""The SQLite database: opened, checked, and written in transactions that outlive a kill."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wfp_ops.sandbox.options import SandboxSetupError

# Marks a file as ours, so that a database of something else is never written to.
APPLICATION_ID = 0x57465053
SCHEMA_VERSION = 3

# A Worker without a namespace_key is the account's own. No NULL equals another for a UNIQUE constraint, so
# these have an index of their own that keeps their names apart.
SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE namespaces (
    key INTEGER PRIMARY KEY,
    namespace_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    created_on TEXT NOT NULL,
    modified_on TEXT NOT NULL,
    created_by TEXT NOT NULL,
    modified_by TEXT NOT NULL,
    trusted_workers INTEGER NOT NULL
);
CREATE TABLE workers (
    key INTEGER PRIMARY KEY,
    namespace_key INTEGER REFERENCES namespaces (key) ON DELETE CASCADE,
    name TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    created_on TEXT NOT NULL,
    modified_on TEXT NOT NULL,
    etag TEXT NOT NULL,
    deployment_id TEXT NOT NULL,
    entry_part TEXT NOT NULL,
    has_modules INTEGER NOT NULL,
    tags TEXT NOT NULL,
    bindings TEXT NOT NULL,
    settings TEXT NOT NULL,
    UNIQUE (namespace_key, name)
);
CREATE UNIQUE INDEX account_workers ON workers (name) WHERE namespace_key IS NULL;
CREATE TABLE modules (
    worker_key INTEGER NOT NULL REFERENCES workers (key) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (worker_key, position)
) WITHOUT ROWID;
CREATE TABLE versions (
    worker_key INTEGER NOT NULL REFERENCES workers (key) ON DELETE CASCADE,
    version_id TEXT NOT NULL,
    worker TEXT NOT NULL,
    modules TEXT NOT NULL,
    PRIMARY KEY (worker_key, version_id)
) WITHOUT ROWID;
CREATE TABLE asset_sessions (
    jwt TEXT PRIMARY KEY,
    worker TEXT NOT NULL,
    manifest TEXT NOT NULL,
    complete INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE past_names (namespace_id TEXT NOT NULL, name TEXT NOT NULL, until TEXT NOT NULL);
CREATE TABLE past_workers (
    namespace_id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    name TEXT NOT NULL,
    version_id TEXT NOT NULL,
    usage_model TEXT NOT NULL,
    created_on TEXT NOT NULL,
    deleted_on TEXT NOT NULL,
    binds TEXT NOT NULL
);
CREATE TABLE traffic (owner TEXT PRIMARY KEY, story TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE assets (hash TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
"""


class Database:
    """One connection, used from one thread. ``generation`` grows with every write, for caches to compare."""

    def __init__(self, path: Path | None) -> None:
        self.generation = 0
        self.is_new = False
        self.connection = _open(path)
        try:
            self._prepare(path)
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self, path: Path | None) -> None:
        try:
            # Ours alone while it is open: a second server on the same file is refused, not let in half.
            self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            application_id = self.connection.execute("PRAGMA application_id").fetchone()[0]
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
            tables = self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if tables and application_id != APPLICATION_ID:
                raise SandboxSetupError(f"{path} is not a database of this sandbox; it is left as it is")
            if tables and version != SCHEMA_VERSION:
                raise SandboxSetupError(
                    f"{path} was made by another version of the sandbox (it has form {version}, this one"
                    f" reads {SCHEMA_VERSION}); it is left as it is"
                )
            if path is not None:
                self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = FULL")
            self.connection.execute("PRAGMA foreign_keys = ON")
            if not tables:
                self._create()
            with self.transaction():
                pass
        except sqlite3.Error as error:
            raise SandboxSetupError(f"can't use {path} as a database: {error}") from error

    def _create(self) -> None:
        self.is_new = True
        # The ids are set in the same transaction as the tables: a kill in between leaves an empty file.
        self.connection.executescript(
            f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};"
            f"{SCHEMA} COMMIT;"
        )

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or none: committed (and on disk) when the block ends, rolled back when it raises."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        self.generation += 1

    def next_number(self) -> int:
        """1, 2, 3 … over the database's whole life. Call it inside a transaction."""
        row = self.connection.execute(
            "INSERT INTO meta VALUES ('counter', '1') "
            "ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value"
        ).fetchone()
        return int(row[0])

    def read_meta(self, name: str) -> dict[str, Any] | None:
        """A JSON object kept under ``name``, or None."""
        row = self.connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def write_meta(self, name: str, value: Mapping[str, Any]) -> None:
        """Keep a JSON object under ``name``. Call it inside a transaction."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(dict(value))))


def _open(path: Path | None) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, timeout=1)
    except sqlite3.Error as error:
        raise SandboxSetupError(f"can't open {path} as a database: {error}") from error
    connection.row_factory = sqlite3.Row
    return connection
