"""A network whose every read and write ends by the deadline of the call that it belongs to.

A read timeout begins anew with every byte, so a server that drips an answer's head could hold a
call for hours. httpx has no option for it, and the parts that could be timed from outside begin
after the head: so the streams themselves are wrapped, by httpcore's public interface for them.
"""

from __future__ import annotations

import math
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpcore
import httpx

from wfp_ops.api.retries import Deadline

E = TypeVar("E", bound=httpcore.TimeoutException)

_TOO_LATE = "the answer did not end in time"
# a write's timeout begins anew with every send, so a large body goes out in pieces
_PIECE = 64 * 1024


class TimedNetwork(httpcore.NetworkBackend):
    """Makes connections that obey whichever deadline the thread that uses them works under."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()
        self._current = threading.local()

    @contextmanager
    def until(self, deadline: Deadline) -> Iterator[None]:
        """Whatever this thread does on the network inside the block ends by then, or raises."""
        self._current.deadline = deadline
        try:
            yield
        finally:
            self._current.deadline = None

    def shorten(self, timeout: float | None, error: type[E]) -> float | None:
        """The timeout of the next step: never longer than what is left.

        Raises:
            httpcore.TimeoutException: nothing is left; of the given kind.
        """
        deadline: Deadline | None = getattr(self._current, "deadline", None)
        left = math.inf if deadline is None else deadline.left()
        if left <= 0:
            raise error(_TOO_LATE)
        shortest = min(left, math.inf if timeout is None else timeout)
        return shortest if math.isfinite(shortest) else None

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection, timed."""
        timeout = self.shorten(timeout, httpcore.ConnectTimeout)
        return TimedStream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options), self)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """A connection to a socket file, timed."""
        timeout = self.shorten(timeout, httpcore.ConnectTimeout)
        return TimedStream(self._inner.connect_unix_socket(path, timeout, socket_options), self)

    def sleep(self, seconds: float) -> None:
        """Used between httpcore's own tries to connect, of which there are none."""
        self._inner.sleep(seconds)


class TimedStream(httpcore.NetworkStream):
    """One connection of a ``TimedNetwork``."""

    def __init__(self, inner: httpcore.NetworkStream, network: TimedNetwork) -> None:
        self._inner = inner
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes."""
        return self._inner.read(max_bytes, self._network.shorten(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All these bytes."""
        for start in range(0, len(buffer), _PIECE):
            left = self._network.shorten(timeout, httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + _PIECE], left)

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted; the handshake is timed as a whole by Python itself."""
        timeout = self._network.shorten(timeout, httpcore.ConnectTimeout)
        return TimedStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._network)

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows of itself."""
        return self._inner.get_extra_info(info)


def put_under(client: httpx.Client, network: TimedNetwork) -> None:
    """Let a client that has not been used yet work over this network, with and without a proxy.

    httpx hands no backend through to httpcore, so its pools get it here; building the pools
    ourselves would mean to repeat how httpx obeys the environment's proxies. A client whose insides
    look otherwise is refused, rather than used without a deadline.
    """
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001
        if transport is None:  # a host that the environment excepts from its proxy
            continue
        pool = getattr(transport, "_pool", None)
        if not isinstance(pool, httpcore.ConnectionPool) or not hasattr(pool, "_network_backend"):
            raise TypeError("this version of httpx can't be put under a deadline")
        pool._network_backend = network  # noqa: SLF001
