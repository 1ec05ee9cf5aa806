"""A small account with everything around it, for tests of laws: its server, customer list, clock and memory.

Nothing in here judges: what may not happen is said by ``law_watch``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
from pydantic import SecretStr
from support.fake_clock import START
from support.sandbox_inside import ACCOUNT, BASE_URL, NAMESPACES, TOKEN, InsideSandbox, inside_sandbox

from wfp_ops.account.account import Account
from wfp_ops.account.rules import rules_of
from wfp_ops.account.transport import open_transport
from wfp_ops.change.journal.progress import fold
from wfp_ops.change.journal.reader import begin_of, read
from wfp_ops.frames.columns import FrameSpec
from wfp_ops.memory import snapshots
from wfp_ops.settings.access import Access
from wfp_ops.settings.load import default_settings

COLUMNS = ("customer_id", "name", "status", "started_on", "churned_on", "namespace")
LONG_AGO = "2025-01-01T00:00:00.000000Z"
_MEMORY = Path("/dev/shm")
_PARSE = snapshots._from_parquet


class CrashError(BaseException):
    """The power goes. Nothing catches it but who made it."""


class TrueClock:
    """The time as it is: Cloudflare's."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed


class OurClock:
    """The machine's clock, which may be wrong by ``skew``; sleeping moves the true time on at once.

    ``crash_in`` counts down with each look at the time by the main thread: a journal looks right before
    it writes.
    """

    def __init__(self, true: TrueClock) -> None:
        self.true = true
        self.skew = timedelta(0)
        self.crash_in: int | None = None
        self._lock = threading.Lock()

    def now(self) -> datetime:
        if self.crash_in is not None and threading.current_thread() is threading.main_thread():
            self.crash_in -= 1
            if self.crash_in <= 0:
                self.crash_in = None
                raise CrashError
        return self.true.now() + self.skew

    def monotonic(self) -> float:
        return self.true.monotonic()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.true.passed += seconds

    def advance(self, span: timedelta) -> None:
        with self._lock:
            self.true.passed += span.total_seconds()


class World:
    """One account. ``rows`` is the customer list as it stands in the file."""

    def __init__(self, server: InsideSandbox, clock: OurClock, folder: Path) -> None:
        self.server = server
        self.clock = clock
        self.folder = folder
        self.csv = folder / "customers.csv"
        self.state_dir = folder / "state"
        self.rows: list[dict[str, str]] = []
        self.list_age = timedelta(0)
        self.change: dict[str, Any] = {}

    # --- the account --------------------------------------------------------------------------

    @contextmanager
    def account(self, state_dir: Path | None = None) -> Iterator[Account]:
        """Opened with the settings as they are now."""
        settings = default_settings()
        settings = settings.model_copy(
            update={"change": settings.change.model_copy(update=dict(self.change))}
        )
        access = Access("acme", ACCOUNT, BASE_URL, SecretStr(TOKEN))
        account = Account(
            access,
            settings,
            rules_of(settings.audit),
            self.clock,
            open_transport(access, settings, self.clock),
            customers_source=str(self.csv),
            state_dir=state_dir or self.state_dir,
        )
        with account:
            yield account

    def journals(self) -> list[Path]:
        """Every journal's file."""
        return sorted(self.state_dir.glob("accounts/*/journals/*.jsonl"))

    # --- the customer list --------------------------------------------------------------------

    def write_list(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Put another list in the file's place, with a date of its own."""
        self.list_age = timedelta(0)
        self.rows = [{name: str(row.get(name, "")) for name in COLUMNS} for row in rows]
        lines = [",".join(COLUMNS), *(",".join(row[name] for name in COLUMNS) for row in self.rows)]
        before = self.csv.stat().st_mtime_ns if self.csv.exists() else 0
        self.csv.write_text("\n".join(lines) + "\n", encoding="utf-8")
        now = self.csv.stat().st_mtime_ns
        if now <= before:
            os.utime(self.csv, ns=(before + 1, before + 1))

    def age_list(self, span: timedelta) -> None:
        """Let the file be older by that."""
        self.list_age += span
        then = self.csv.stat().st_mtime_ns - int(span.total_seconds() * 1e9)
        os.utime(self.csv, ns=(then, then))

    # --- what others do in the account --------------------------------------------------------

    def create(self, name: str) -> None:
        """Somebody creates a namespace."""
        self.server.ask("POST", NAMESPACES, {"name": name})

    def delete(self, name: str) -> None:
        """Somebody deletes one."""
        self.server.ask("DELETE", f"{NAMESPACES}/{name}")

    def rename(self, name: str, new_name: str) -> None:
        """Somebody renames one."""
        self.server.ask("PUT", f"{NAMESPACES}/{name}", {"name": new_name})

    def deploy(self, name: str, worker: str) -> None:
        """Somebody puts a Worker in, over one of that name."""
        namespaces = self.server.document(code=True)["namespaces"]
        found = next(each for each in namespaces if each["namespace_name"] == name)
        others = [each for each in found["workers"] if each["name"] != worker]
        now = self.server.sandbox.now()
        new = {"name": worker, "created_on": now, "tag": f"{int(self.clock.true.passed * 1000):032x}"}
        self.server.load(
            {"namespaces": [{**found, "modified_on": now, "workers": [*others, new]}]}, mode="merge"
        )

    def undeploy(self, name: str) -> None:
        """Somebody takes a Worker out, if there is one."""
        workers = self.server.state()[name]["workers"]
        if workers:
            self.server.ask("DELETE", f"{NAMESPACES}/{name}/scripts/{workers[0]['name']}")


@lru_cache(maxsize=256)
def _parsed(content: bytes, spec: FrameSpec) -> pd.DataFrame:
    return _PARSE(content, spec)


def parse_once(content: bytes, spec: FrameSpec) -> pd.DataFrame:
    """A snapshot's frame. Each is read many times in an example, and parsing costs most of that."""
    return _parsed(content, spec).copy(deep=False)


@contextmanager
def world() -> Iterator[World]:
    """An empty account with an empty memory."""
    true = TrueClock()
    clock = OurClock(true)
    base = str(_MEMORY) if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="wfp-ops-laws-", dir=base))
    try:
        with inside_sandbox(true) as server, patch.object(snapshots, "_from_parquet", parse_once):
            yield World(server, clock, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def customer(
    number: str,
    status: str = "active",
    *,
    churned_on: str = "",
    started_on: str = "2020-01-01",
    namespace: str = "",
) -> dict[str, str]:
    """A row of the customer list."""
    return {
        "customer_id": number,
        "name": f"Customer {number}",
        "status": status,
        "started_on": started_on,
        "churned_on": churned_on,
        "namespace": namespace,
    }


def namespace(name: str, *workers: Mapping[str, Any], **facts: Any) -> dict[str, Any]:
    """A namespace for the server; of long ago unless told otherwise."""
    return {
        "name": name,
        "created_on": LONG_AGO,
        "workers": [{"created_on": LONG_AGO, **each} for each in workers],
        **facts,
    }


def statuses(journal: Path) -> list[str]:
    """Where each step of a journal's plan stands."""
    steps = begin_of(journal).facts["plan"]["steps"]
    return [state.status for state in fold(read(journal, allow_torn=True), len(steps))]
