"""Starts a sandbox as a child process. Standard library only: nothing of the server is loaded here."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import threading
import weakref
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from wfp_ops.sandbox.options import DEFAULT_ACCOUNT_ID, DEFAULT_TOKEN, READY_PREFIX, SERVER_PACKAGES

_STOP_PATIENCE_S = 5.0


class SandboxStartError(RuntimeError):
    """The child ended, or said nothing in time; the message holds what it wrote to standard error."""


class SandboxProcess:
    """A running sandbox. It ends with :meth:`stop`, with its ``with`` block, when nothing refers to it any
    more, and when this process ends, however that happens.
    """  # noqa: D205 - the sentence is one

    def __init__(self, process: subprocess.Popen[bytes], base_url: str, token: str, account_id: str) -> None:
        self.base_url = base_url
        self.token = token
        self.account_id = account_id
        self._process = process
        self._end = weakref.finalize(self, _end, process, os.getpid())

    @property
    def control_url(self) -> str:
        """Where the control routes lie, such as ``http://127.0.0.1:8787/sandbox``."""
        return self.base_url.removesuffix("/client/v4") + "/sandbox"

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def is_running(self) -> bool:
        """Whether the child lives."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it and wait for its end. Doing it twice does no harm."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "running" if self.is_running() else "ended"
        return f"<SandboxProcess {self.base_url} {state}>"


def start_sandbox(
    *,
    scenario: str = "acme",
    seed: int | None = None,
    now: datetime | None = None,
    token: str | None = None,
    account_id: str | None = None,
    db: Path | None = None,
    rate_limit: int | None = None,
    port: int = 0,
    write_customers: Path | None = None,
    scratch: Path | None = None,
    timeout_s: float = 30.0,
) -> SandboxProcess:
    """Start one and wait until it serves; what is None has the sandbox's own default.

    With ``write_customers`` the scenario's customer list is there when this returns. The folder
    ``scratch`` is the child's: it goes when the child does, even if this process is killed.

    Raises:
        ModuleNotFoundError: the extra ``wfp-ops[sandbox]`` is not installed; ``name`` is the missing package.
        SandboxStartError: it ended, or did not serve within ``timeout_s``.
    """
    _require_server()
    if now is not None and now.tzinfo is None:
        raise ValueError("now needs a time zone")
    wanted = {
        "--port": port,
        "--scenario": scenario,
        "--seed": seed,
        "--now": now and now.isoformat(),
        "--token": token,
        "--account-id": account_id,
        "--db": db,
        "--rate-limit": rate_limit,
        "--write-customers": write_customers,
        "--scratch": scratch,
    }
    # "--flag=value": a value may begin with a dash.
    flags = [f"{flag}={value}" for flag, value in wanted.items() if value is not None]
    with tempfile.TemporaryFile() as complaints:
        process = _spawn(flags, complaints)
        try:
            base_url = _await_ready(process, complaints, timeout_s)
        except BaseException:
            _end(process, os.getpid())
            raise
    return SandboxProcess(process, base_url, token or DEFAULT_TOKEN, account_id or DEFAULT_ACCOUNT_ID)


def _require_server() -> None:
    for package in SERVER_PACKAGES:
        if importlib.util.find_spec(package) is None:
            raise ModuleNotFoundError(
                f"the sandbox needs {package}: pip install 'wfp-ops[sandbox]'", name=package
            )


def _spawn(flags: list[str], complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    # -P: a file called json.py in the notebook's folder must not be taken for Python's own.
    command = [sys.executable, "-P", "-m", "wfp_ops.sandbox", "--exit-with-parent", *flags]
    # A session of its own: Jupyter's "interrupt" goes to the kernel's whole group, and is not meant for it.
    return subprocess.Popen(  # noqa: S603 - our own interpreter and flags
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env=_environment(),
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """This process's, with the package's folder to be found where it runs from a checkout, not installed."""
    environment = dict(os.environ)
    root = Path(__file__).resolve().parents[2]
    if root.name not in ("site-packages", "dist-packages"):
        present = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{root}{os.pathsep}{present}" if present else str(root)
    return environment


def _await_ready(process: subprocess.Popen[bytes], complaints: IO[bytes], timeout_s: float) -> str:
    """The base URL from the ready line."""
    lines: list[bytes] = []
    stdout = process.stdout
    if stdout is None:
        raise SandboxStartError("the sandbox has no standard output")
    # A pipe can't be read with a deadline on every system; a thread's end can be awaited with one.
    reader = threading.Thread(
        target=lambda: lines.append(stdout.readline()), name="sandbox-ready", daemon=True
    )
    reader.start()
    reader.join(timeout_s)
    if reader.is_alive():
        process.kill()
        reader.join()
        raise SandboxStartError(f"the sandbox did not start within {timeout_s:g} s{_said(complaints)}")
    line = lines[0].decode(errors="replace").strip() if lines else ""
    if not line.startswith(READY_PREFIX):
        process.kill()
        raise SandboxStartError(f"the sandbox did not start{_said(complaints)}")
    return line.removeprefix(READY_PREFIX)


def _said(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    text = complaints.read().decode(errors="replace").strip()
    return f": {text}" if text else ""


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    """Close the child's input, which ends it; press harder if that is not enough; leave no zombie."""
    if os.getpid() != owner:  # a fork of ours holds a copy, not the child
        return
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    for press in (None, process.terminate, process.kill):
        if press is not None:
            press()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_PATIENCE_S)
            return
