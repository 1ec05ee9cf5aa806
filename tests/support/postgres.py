"""A real PostgreSQL server of a test's own: its cluster lies in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from support.required import lacking

USER = "crm_owner"
PASSWORD = "p@ss/wörd:hunter2"
PASSWORD_IN_URL = "p%40ss%2Fw%C3%B6rd%3Ahunter2"
_UNPRIVILEGED = "postgres"


@dataclass(frozen=True)
class Postgres:
    """Where the server listens."""

    port: int

    @property
    def place(self) -> str:
        """What may be seen of its URL."""
        return f"127.0.0.1:{self.port}/crm"

    @property
    def url(self) -> str:
        """The whole URL, user and password in it."""
        return f"postgresql://{USER}:{PASSWORD_IN_URL}@{self.place}"

    def run(self, *statements: str) -> list[tuple[object, ...]]:
        """Run statements as the owner; what the last one brings comes back."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname="crm"
        ) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


def programs() -> Path | None:
    """The folder of the server's programs; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    return next((each for each in [*found, *([Path(on_path).parent] if on_path else [])]), None)


def require_postgres() -> Path:
    """The programs' folder; without one the test is skipped, or fails where CI must have it."""
    folder = programs()
    if folder is None:
        why = "PostgreSQL's server is not installed (Debian: apt-get install postgresql)"
        lacking(why)
    return folder


@contextmanager
def running_postgres(folder: Path) -> Iterator[Postgres]:
    """A server on a free port of 127.0.0.1 that takes passwords only, with an empty database ``crm``."""
    place = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        (place / "password").write_text(PASSWORD, encoding="utf-8")
        if os.geteuid() == 0:  # the server refuses to run as root
            for each in (place, place / "password"):
                shutil.chown(each, _UNPRIVILEGED)
        _call(folder / "initdb", "-D", place / "data", "-U", USER, "--pwfile", place / "password",
              "-A", "scram-sha-256", "-E", "UTF8", "--locale", "C", "--no-sync")  # fmt: skip
        port = _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {place} -c fsync=off"
        log = place / "log"
        _call(folder / "pg_ctl", "-D", place / "data", "-l", log, "-o", options, "-w", "-t", "60", "start")
        try:
            server = Postgres(port)
            with psycopg.connect(
                host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname="postgres", autocommit=True
            ) as connection:
                connection.execute("create database crm")
            yield server
        finally:
            _call(folder / "pg_ctl", "-D", place / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _call(*words: str | Path) -> None:
    """Run one of the server's programs; into a file, because the server keeps what it inherits open."""
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            list(map(str, words)),
            user=_UNPRIVILEGED if os.geteuid() == 0 else None,
            cwd="/",
            stdout=said,
            stderr=subprocess.STDOUT,
            check=False,
        )
        said.seek(0)
        assert done.returncode == 0, said.read()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
