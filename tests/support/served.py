"""``wfp-ops lab`` and ``wfp-ops dashboard`` as a user starts them, until they are ended."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

PATIENCE_S = 120


@dataclass
class Served:
    """A command that serves. ``ready`` is its one line; ``stderr`` is there once it has ended."""

    process: subprocess.Popen[str]
    ready: str
    _err: Any = field(repr=False)

    @property
    def url(self) -> str:
        """The address with the token."""
        return self.ready.split()[-1]

    @property
    def root(self) -> str:
        """The address of the server, without a path."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def token(self) -> str:
        """What opens it."""
        return parse_qs(urlsplit(self.url).query)["token"][0]

    @property
    def stderr(self) -> str:
        """What it said beside the ready line up to now."""
        self._err.seek(0)
        return self._err.read().decode()

    def get(self, path: str, *, token: bool = True) -> httpx.Response:
        """Ask the server, as itself or as a stranger; redirects are not followed."""
        headers = {"authorization": f"token {self.token}"} if token else {}
        return httpx.get(f"{self.root}{path}", headers=headers, trust_env=False, timeout=30)

    def descendants(self) -> set[int]:
        """The processes that it has started, and those that these have."""
        listing = subprocess.run(
            ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
        ).stdout
        parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listing.splitlines())}
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {self.process.pid}

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal and wait for the end; the exit code comes back."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def run_in_kernel(self, code: str) -> str:
        """What a cell with this code prints, in a kernel of its own; an error fails the test."""
        headers = {"authorization": f"token {self.token}"}
        made = httpx.post(f"{self.root}/api/kernels", headers=headers, trust_env=False, timeout=60)
        made.raise_for_status()
        address = (
            f"ws{self.root.removeprefix('http')}/api/kernels/{made.json()['id']}/channels?token={self.token}"
        )
        return asyncio.run(_printed(address, code))


def alive(pids: set[int]) -> set[int]:
    """Those of these processes that still run."""
    listing = subprocess.run(["ps", "-eo", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    running = {int(pid) for pid, state in (line.split() for line in listing.splitlines()) if state[0] != "Z"}
    return pids & running


@contextmanager
def served(
    *words: str | Path, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Start ``wfp-ops`` with these words in this folder and wait for its ready line."""
    command = [sys.executable, "-m", "wfp_ops.cli.main", *map(str, words)]
    home = {"JUPYTER_CONFIG_DIR": str(folder / "jupyter"), "JUPYTERLAB_SETTINGS_DIR": str(folder / "jupyter")}
    with tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **home, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        )
        try:
            ready = (
                process.stdout.readline() if select.select([process.stdout], [], [], PATIENCE_S)[0] else ""
            )
            running = Served(process, ready.strip(), err)
            assert " ready http://127.0.0.1:" in ready, running.stderr
            yield running
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
            process.stdout.close()


async def _printed(address: str, code: str) -> str:
    from tornado.websocket import websocket_connect

    connection = await websocket_connect(address)
    request = uuid.uuid4().hex
    message = {
        "header": {
            "msg_id": request,
            "msg_type": "execute_request",
            "session": request,
            "username": "",
            "version": "5.3",
        },
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "content": {"code": code, "silent": False, "store_history": False, "allow_stdin": False},
    }
    await connection.write_message(json.dumps(message))
    printed = ""
    while True:
        answer = json.loads(await asyncio.wait_for(connection.read_message(), PATIENCE_S))
        kind, content = answer["header"]["msg_type"], answer["content"]
        if answer["parent_header"].get("msg_id") != request:
            continue
        assert kind != "error", content
        if kind == "stream" and content["name"] == "stdout":
            printed += content["text"]
        if kind == "status" and content["execution_state"] == "idle":
            break
    connection.close()
    while await asyncio.wait_for(connection.read_message(), PATIENCE_S) is not None:
        pass  # until the server has said goodbye, too
    return printed
