"""One request out, one answer in: the only place that touches httpx' client.

What goes wrong comes back as ``Lost``, a plain value. An httpx exception never leaves this module:
the frames of its traceback hold the request's headers, and with them the token.
"""

from __future__ import annotations

import math
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from pydantic import SecretStr

from wfp_ops.api.origin import BearerAuth, Redactor, is_loopback
from wfp_ops.api.reply import Reply, plain
from wfp_ops.api.retries import Deadline
from wfp_ops.api.timed_network import TimedNetwork, put_under

MAX_BODY_BYTES = 512 * 1024 * 1024
_CONNECT_S = 10.0

FilePart = tuple[str, tuple[str | None, bytes, str]]

# Nothing of the request has reached the server when one of these is raised.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


@dataclass(frozen=True)
class Request:
    """One request: ``path`` is encoded and below the base URL. ``safe`` means it changes nothing."""

    method: str
    path: str
    safe: bool
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    files: Sequence[FilePart] | None = field(default=None, repr=False)

    @property
    def endpoint(self) -> str:
        """Method and path, as errors show it."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Lost:
    """No whole answer came: why, whether time ran out, and whether the request may have been carried out."""

    why: str
    timed_out: bool
    sent: bool
    too_large: bool = False


class Wire:
    """A reused httpx client, made at the first request. Redirects are not followed, proxies are obeyed."""

    def __init__(self, *, base_url: str, token: SecretStr, timeout_s: float, user_agent: str) -> None:
        self._base_url = base_url
        self._auth = BearerAuth(token)
        self._redact = Redactor(token)
        self._timeout_s = timeout_s
        self._user_agent = user_agent
        self._lock = threading.Lock()
        self._network = TimedNetwork()
        self._client: httpx.Client | None = None
        self._closed = False

    def send(self, request: Request, deadline: Deadline) -> Reply | Lost:
        """The whole answer, or why there is none."""
        left = deadline.left()
        if left <= 0:
            return Lost("the time for this call has run out", timed_out=True, sent=False)
        stray: BaseException | None = None
        lost = Lost("the request was interrupted", timed_out=False, sent=True)
        try:
            with self._network.until(deadline):
                return self._exchange(request, deadline, self._timeout(left))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            lost = self._lost(error)
        except BaseException as error:  # noqa: BLE001 (raised again below, freed of frames that hold the token)
            stray = error
        if stray is not None:
            stray.__context__ = stray.__cause__ = None
            raise stray.with_traceback(None)
        return lost

    def _exchange(self, request: Request, deadline: Deadline, timeout: httpx.Timeout) -> Reply | Lost:
        with self._opened().stream(
            request.method,
            f"{self._base_url}{request.path}{request.query}",
            headers=dict(request.headers),
            content=request.content,
            files=list(request.files) if request.files is not None else None,
            timeout=timeout,
        ) as response:
            chunks: list[bytes] = []
            size = 0
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    why = f"the answer is larger than {MAX_BODY_BYTES} bytes"
                    return Lost(why, timed_out=False, sent=True, too_large=True)
                if deadline.left() <= 0:
                    return Lost("the answer did not end in time", timed_out=True, sent=True)
            return Reply(
                request.method, request.path, response.status_code, response.headers, b"".join(chunks)
            )

    def check_open(self) -> None:
        """Refuse to go on once it is closed.

        Raises:
            RuntimeError: it is closed.
        """
        if self._closed:
            raise RuntimeError("this transport is closed: open another one")

    def redacted(self, reply: Reply) -> Reply:
        """The same answer without the token, should a server or a proxy have echoed it."""
        headers = httpx.Headers([(key, self._redact.text(value)) for key, value in reply.headers.items()])
        return Reply(reply.method, reply.path, reply.status, headers, self._redact.raw(reply.body))

    def _lost(self, error: Exception) -> Lost:
        said = plain(self._redact.text(str(error))) or type(error).__name__
        return Lost(
            said,
            timed_out=isinstance(error, httpx.TimeoutException),
            sent=not isinstance(error, _NOT_SENT),
        )

    def _timeout(self, left: float) -> httpx.Timeout:
        each = min(self._timeout_s, left)
        return httpx.Timeout(each if math.isfinite(each) else None, connect=min(each, _CONNECT_S))

    def _opened(self) -> httpx.Client:
        with self._lock:
            # a thread that was left behind must not open another client that nobody closes
            self.check_open()
            if self._client is None:
                self._client = self._new_client()
            return self._client

    def _new_client(self) -> httpx.Client:
        url = httpx.URL(self._base_url)
        local = is_loopback(url.host)
        # An environment proxy must not see what goes to this machine. An empty TLS context spares
        # reading the certificates where there is no TLS; it would trust nobody.
        bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if url.scheme == "http" else True
        client = httpx.Client(
            auth=self._auth,
            headers={"User-Agent": self._user_agent, "Accept": "application/json"},
            follow_redirects=False,
            trust_env=not local,
            verify=bare,
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16),
        )
        put_under(client, self._network)
        return client

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client.close()
                self._client = None

    def __repr__(self) -> str:
        return f"Wire({self._base_url!r})"
