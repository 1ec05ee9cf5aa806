"""A Jupyter server as a child process: a port of its own, an address once it answers, an end with ours."""

from __future__ import annotations

import importlib.util
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from wfp_ops.clock import SystemClock
from wfp_ops.errors import MissingExtraError, WfpOpsError

HOST = "127.0.0.1"
_START_PATIENCE_S = 120.0
_END_PATIENCE_S = 15.0
_BETWEEN_LOOKS_S = 0.1
_LINES_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Page:
    """What is to be served.

    ``module`` is run by this Python with ``flags``, in ``folder``; a variable of ``environment`` that is None
    is hidden from it. ``alive`` is a path that answers once it serves, ``shown`` the one that people open.
    """

    title: str
    module: str
    flags: Sequence[str]
    folder: Path
    environment: Mapping[str, str | None]
    port: int
    alive: str
    shown: str


def require_lab(module: str, what: str) -> None:
    """Refuse in words where the server is not installed.

    Raises:
        MissingExtraError: naming the line to type.
    """
    if importlib.util.find_spec(module) is None:
        raise MissingExtraError(what, "lab")


def port_for(wanted: int | None, usual: int) -> int:
    """The port that is asked for; without a wish the usual one, or a free one where that is taken.

    Raises:
        WfpOpsError: the port that is asked for is taken, or not allowed.
    """
    if wanted is None:
        try:
            return _bound(usual)
        except OSError:
            return _bound(0)
    try:
        return _bound(wanted)
    except OSError as error:
        raise WfpOpsError(
            f"can't listen on {HOST}:{wanted}: {error.strerror}",
            hint="name another port with --port, or leave it out for one that is free",
        ) from None


def _bound(port: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
        if os.name == "posix":
            # as the servers do: the last one's connections may linger on the port
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        attempt.bind((HOST, port))
        attempt.listen()
        found: int = attempt.getsockname()[1]
        return found


@contextmanager
def serving(page: Page) -> Iterator[RunningPage]:
    """Start it and wait until it answers; at the end it and its kernels are ended.

    Raises:
        WfpOpsError: it ended before it served, or did not serve in time; with its last words.
    """
    token = secrets.token_urlsafe(24)
    with tempfile.TemporaryFile() as log:
        running = RunningPage(page, token, _started(page, token, log), log)
        try:
            running.await_answer()
            yield running
        finally:
            running.end()


class RunningPage:
    """A server that runs. ``url`` is the address with the token that opens it."""

    def __init__(self, page: Page, token: str, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self.url = f"http://{HOST}:{page.port}{page.shown}?token={token}"
        self._page = page
        self._token = token
        self._process = process
        self._log = log

    def await_answer(self) -> None:
        """Wait until it answers."""
        import httpx  # noqa: PLC0415 (`--help` needs none)

        url = f"http://{HOST}:{self._page.port}{self._page.alive}"
        headers = {"authorization": f"token {self._token}"}
        clock = SystemClock()
        give_up = clock.monotonic() + _START_PATIENCE_S
        with httpx.Client(trust_env=False, headers=headers, timeout=_START_PATIENCE_S) as http:
            while clock.monotonic() < give_up:
                if self._process.poll() is not None:
                    raise self._ended("did not start")
                try:
                    if http.get(url).status_code < 400:
                        return
                except httpx.TransportError:
                    pass  # it is not there yet
                clock.sleep(_BETWEEN_LOOKS_S)
        raise self._ended(f"did not answer within {_START_PATIENCE_S:g} s")

    def wait(self) -> None:
        """Wait until it ends by itself.

        Raises:
            WfpOpsError: it ended in a failure.
        """
        if self._process.wait() != 0:
            raise self._ended("ended")

    def end(self) -> None:
        """Ask it to end its kernels and itself; press harder if that is not enough."""
        try:
            self._process.terminate()
            self._process.wait(_END_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._killed()
        except KeyboardInterrupt:  # somebody who can't wait
            self._killed()
            raise

    def _killed(self) -> None:
        self._process.kill()
        self._process.wait()

    def _ended(self, how: str) -> WfpOpsError:
        self._log.seek(0)
        text = self._log.read().decode(errors="replace").replace(self._token, "...")
        said = [line for line in text.splitlines() if line.strip()][-_LINES_SHOWN:]
        return WfpOpsError("\n".join([f"{self._page.title} {how}", *said]))


def _started(page: Page, token: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
    # -P: a file called json.py among the notebooks must not be taken for Python's own
    command = [sys.executable, "-P", "-m", page.module, *page.flags]
    environment: dict[str, str | None] = {
        **os.environ,
        # kernels are this Python, also where another one's kernel is installed for the user
        "JUPYTER_PREFER_ENV_PATH": "1",
        **page.environment,
        # not among the flags: the list of processes shows those to everybody
        "JUPYTER_TOKEN": token,
    }
    # A session of its own: Ctrl-C is ours to hand on, and Jupyter would ask back
    return subprocess.Popen(  # noqa: S603 - our own interpreter and flags
        command,
        cwd=page.folder,
        env={name: value for name, value in environment.items() if value is not None},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@contextmanager
def until_told_to_stop() -> Iterator[None]:
    """Ctrl-C, a request to end and a closed terminal all end the block, as what they are: no failure."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    in_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, stop) for number in numbers} if in_main else {}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
