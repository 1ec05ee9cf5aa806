"""A scriptable HTTP server on loopback, for tests of whatever speaks to Cloudflare's API.

It says exactly what a test tells it to, and nothing else: real sockets, real HTTP, real faults.

::

    def test_something(stub_server):
        stub_server.on("GET", "/accounts/a/things", ok([{"id": "1"}]))              # always the same
        stub_server.on("GET", "/flaky", refused(503), Reset(), ok([]))              # in turn; the last stays
        stub_server.on("GET", "/paged", lambda got: ok([]) if "page" in got.query else ok([1]))
        ...                                                                        # talk to stub_server.base_url
        assert [got.path for got in stub_server.received] == [...]

Paths are below ``base_url``, as they came (percent-encoded), without the query. What no route fits
is answered with 404 and Cloudflare's 7003. Each request is recorded in ``received``.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

PREFIX = "/client/v4"


@dataclass(frozen=True)
class Received:
    """One request as it came: ``path`` is raw, ``query`` decoded, header names are lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    raw_target: str

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """A well-formed HTTP answer."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def with_headers(self, **headers: str) -> Answer:
        """The same answer with more headers; ``_`` in a name stands for ``-``."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(self.body, self.status, {**self.headers, **more})


@dataclass(frozen=True)
class Hang:
    """Say nothing (after ``first``, if given) until the test ends or ``seconds`` have passed."""

    first: bytes = b""
    seconds: float = 30.0


@dataclass(frozen=True)
class Reset:
    """Take the request and reset the connection instead of answering."""


@dataclass(frozen=True)
class Cut:
    """Promise a whole body and close the connection in the middle of it."""

    body: bytes
    keep: int


@dataclass(frozen=True)
class Raw:
    """Send these very bytes and close: for answers that are no HTTP, or chunks that are none."""

    data: bytes


@dataclass(frozen=True)
class Drip:
    """Send a body byte by byte, never pausing long enough for a read timeout."""

    body: bytes
    pause_s: float


@dataclass(frozen=True)
class DripHead:
    """Send header line after header line until the test ends, and never the end of the head."""

    pause_s: float


Reaction = Answer | Hang | Reset | Cut | Raw | Drip | DripHead
Script = Reaction | Callable[[Received], Reaction]


def ok(result: Any, *, status: int = 200, **envelope: Any) -> Answer:
    """A successful envelope around ``result``; ``result_info`` and the like as keywords."""
    body = {"success": True, "errors": [], "messages": [], "result": result, **envelope}
    return as_json(body, status=status)


def refused(
    status: int,
    code: int | None = None,
    message: str = "no",
    *,
    chain: Iterable[int] = (),
    **headers: str,
) -> Answer:
    """A refusing envelope with a code and the codes of its chain; headers as keywords."""
    error: dict[str, Any] = {"code": code, "message": message}
    if chain:
        error["error_chain"] = [{"code": inner, "message": "why"} for inner in chain]
    body = {"success": False, "errors": [] if code is None else [error], "messages": [], "result": None}
    return as_json(body, status=status).with_headers(**headers)


def as_json(body: Any, *, status: int = 200) -> Answer:
    """Any value as a JSON answer."""
    return Answer(
        json.dumps(body).encode(), status, {"Content-Type": "application/json", "CF-RAY": "ray-1-FRA"}
    )


def html(status: int = 200, **headers: str) -> Answer:
    """A page, as firewalls and proxies send them."""
    page = b"<!DOCTYPE html><html><body>Just a moment...</body></html>"
    return Answer(page, status, {"Content-Type": "text/html; charset=UTF-8"}).with_headers(**headers)


class StubServer:
    """Serves on a free port of 127.0.0.1 from creation until ``close``; usable as a context."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._scripts: dict[tuple[str, str], list[Script]] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.stub = self
        # a short poll, because closing waits for it
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it serves on."""
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        """What to give to a client."""
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    def on(self, method: str, path: str, *scripts: Script) -> None:
        """Answer requests to this path in turn with these; the last one stays. Replaces what was set."""
        with self._lock:
            self._scripts[method, path] = list(scripts)

    def count(self, method: str, path: str) -> int:
        """How many requests of this method came to this path."""
        return sum(1 for got in self.received if (got.method, got.path) == (method, path))

    def react(self, got: Received) -> Reaction:
        """Record a request and pick its answer (called by the server's threads)."""
        with self._lock:
            self.received.append(got)
            scripts = self._scripts.get((got.method, got.path))
            if not scripts:
                return refused(404, 7003, f"Could not route to {got.path}")
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script(got) if callable(script) else script

    @property
    def ended(self) -> bool:
        """Whether it was closed."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than the server lives."""
        self._ended.wait(seconds)

    def close(self) -> None:
        """End every hanging answer, close the port, wait for the thread."""
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    stub: StubServer
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is a test's business, not news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self._answer(self._received())
        self.wfile.flush()

    def _received(self) -> Received:
        path, _, query = self.path.partition("?")
        return Received(
            method=self.command,
            path=path.removeprefix(PREFIX),
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._body(),
            raw_target=self.path,
        )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, got: Received) -> None:
        reaction = self.server.stub.react(got)
        match reaction:
            case Answer():
                # one write, or Nagle's algorithm makes every answer wait 40 ms for an acknowledgement
                head = self._head(reaction.status, reaction.headers, len(reaction.body))
                self.wfile.write(head + reaction.body)
                return
            case Hang():
                self.wfile.write(reaction.first)
                self.server.stub.wait(reaction.seconds)
            case Reset():
                self._reset()
            case Cut():
                head = self._head(200, {"Content-Type": "application/json"}, len(reaction.body))
                self.wfile.write(head + reaction.body[: reaction.keep])
            case Raw():
                self.wfile.write(reaction.data)
            case Drip():
                self.wfile.write(self._head(200, {"Content-Type": "application/json"}, len(reaction.body)))
                for index in range(len(reaction.body)):
                    self.wfile.write(reaction.body[index : index + 1])
                    self.server.stub.wait(reaction.pause_s)
            case DripHead():
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while not self.server.stub.ended:
                    self.wfile.write(b"x-more: yes\r\n")
                    self.server.stub.wait(reaction.pause_s)
        self.close_connection = True

    def _head(self, status: int, headers: dict[str, str], length: int) -> bytes:
        lines = [f"HTTP/1.1 {status} stub"]
        # 204 and 304 have no body by definition, and a length would contradict that
        given = {**headers} if status in {204, 304} else {**headers, "Content-Length": str(length)}
        lines += [f"{name}: {value}" for name, value in given.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _reset(self) -> None:
        # lingering for 0 seconds makes the close a reset
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
