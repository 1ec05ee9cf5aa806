"""uvicorn, fitted: a protocol that hands out its connection, a server that says when it is ready."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from wfp_ops.sandbox.options import SandboxSetupError

# How long a request that is being answered may take when the server is told to stop.
_PATIENCE_S = 0.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Protocol(H11Protocol):
    """Leaves the connection in each request's scope, so that a fault can reset it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class Server(uvicorn.Server):
    """Ends quietly (exit code 0) on SIGINT and SIGTERM, and calls back once it accepts connections."""

    def __init__(self, app: ASGIApp, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
                timeout_keep_alive=60,
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets=sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, but whoever still waits for an answer after a moment is cut off."""
        cutting = asyncio.get_running_loop().call_later(_PATIENCE_S, self._hang_up)
        try:
            await super().shutdown(sockets=sockets)
        finally:
            cutting.cancel()

    def _hang_up(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but the signal is not raised again at the end: being told to stop is no failure."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.should_exit = True

    def stop_at_end_of_input(self) -> None:
        """End when standard input does: its other end is held by the parent, however that one dies."""
        threading.Thread(target=self._watch_input, name="parent-watch", daemon=True).start()

    def _watch_input(self) -> None:
        # os.read, not sys.stdin: a buffered reader's lock would be in the way of the interpreter's end.
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        self.should_exit = True


def listen(port: int) -> socket.socket:
    """A socket on 127.0.0.1; port 0 takes a free one.

    Raises:
        SandboxSetupError: the port is in use, or not allowed.
    """
    # TCP by name: asyncio switches Nagle's delay (40 ms for each answer) off only where it reads this.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # Elsewhere this option would let two servers share a port.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        # Listening at once: of two that bound the same port, the second fails here and not later.
        sock.listen(2048)
    except (OSError, OverflowError) as error:
        sock.close()
        reason = getattr(error, "strerror", None) or error
        raise SandboxSetupError(f"can't listen on 127.0.0.1:{port}: {reason}") from error
    return sock
