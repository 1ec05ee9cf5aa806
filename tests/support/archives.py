"""A sandbox's account with reads, writes and a state folder, and Workers of every kind to archive in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from support.fake_clock import FakeClock
from support.sandbox_server import RunningSandbox
from support.worker_code import MODULE, SERVICE_WORKER

from wfp_ops.api.reads import Reads
from wfp_ops.api.transport import Transport
from wfp_ops.api.writes import Module, Writes
from wfp_ops.change.archive.model import Archive
from wfp_ops.change.archive.take import take
from wfp_ops.memory.folder import StateFolder

PLAN = "0123456789abcdef" * 4
WASM = b"\x00asm\x01\x00\x00\x00\r\n--boundary\r\n\xff\xfe\n\r"
SECRET = "the-value-of-the-secret"


@dataclass
class Bench:
    """What a test works with."""

    sandbox: RunningSandbox
    transport: Transport
    folder: StateFolder
    clock: FakeClock
    reads: Reads = field(init=False)
    writes: Writes = field(init=False)

    def __post_init__(self) -> None:
        self.reads = Reads(self.transport, self.sandbox.account_id)
        self.writes = Writes(self.transport, self.sandbox.account_id)

    def take(
        self, namespace: str, workers: Sequence[str] | None = None, *, reads: Reads | None = None
    ) -> Archive:
        """An archive of it, made now."""
        return take(
            reads or self.reads,
            self.folder,
            self.reads.get_namespace(namespace),
            workers,
            plan_digest=PLAN,
            now=self.clock.now(),
        )

    @property
    def archives(self) -> Path:
        """Where the archives lie."""
        return self.folder.path / "archives"

    def left(self) -> list[str]:
        """Everything that lies there."""
        return sorted(each.name for each in self.archives.iterdir()) if self.archives.is_dir() else []


@contextmanager
def bench(sandbox: RunningSandbox, path: Path) -> Iterator[Bench]:
    """A sandbox's account, and a state folder under this path."""
    clock = FakeClock()
    folder = StateFolder(path, account_id=sandbox.account_id, base_url=sandbox.base_url, clock=clock)
    with Transport(base_url=sandbox.base_url, token=SecretStr(sandbox.token), clock=clock) as transport:
        try:
            yield Bench(sandbox, transport, folder, clock)
        finally:
            _await_readers()


def _await_readers() -> None:
    """Reads that an error left behind end by themselves; their connections are closed only after that."""
    for thread in threading.enumerate():
        if thread.name.startswith("wfp-ops-read"):
            thread.join(30)


def put_api(writes: Writes, namespace: str, worker: str = "api", **metadata: Any) -> None:
    """An ES module with text and binary modules beside it, a secret, and every setting."""
    document = {
        "main_module": "index.js",
        "compatibility_date": "2025-01-01",
        "compatibility_flags": ["nodejs_compat"],
        "tags": ["customer-9", "pro"],
        "limits": {"cpu_ms": 50},
        "logpush": True,
        "observability": {"enabled": True, "head_sampling_rate": 0.1},
        "placement": {"mode": "smart"},
        "bindings": [
            {"type": "plain_text", "name": "PLAN", "text": "pro"},
            {"type": "json", "name": "SHARE", "json": {"of": 0.25}},
            {"type": "kv_namespace", "name": "CACHE", "namespace_id": "0" * 32},
            {"type": "secret_text", "name": "SIGNING_SECRET", "text": SECRET},
        ],
        **metadata,
    }
    modules = [
        Module("index.js", MODULE.encode(), "application/javascript+module"),
        Module("lib/sum.wasm", WASM, "application/wasm"),
        Module("empty.txt", b"", "text/plain"),
    ]
    writes.put_worker(namespace, worker, metadata=document, modules=modules)


def put_legacy(writes: Writes, namespace: str, worker: str = "legacy") -> None:
    """A Worker in service-worker syntax."""
    writes.put_worker(
        namespace,
        worker,
        metadata={"body_part": "old.js", "compatibility_date": "2022-02-02", "tags": ["customer-9"]},
        modules=[Module("old.js", SERVICE_WORKER.encode(), "application/javascript")],
    )


def in_turn(one: Bench, *names: str) -> list[Archive]:
    """One archive of each empty namespace, a day apart; the clock stands a day after the last."""
    made = []
    for name in names:
        if name not in one.sandbox.state():
            one.sandbox.load(name, mode="merge")
        made.append(one.take(name))
        one.clock.advance(86_400)
    return made
