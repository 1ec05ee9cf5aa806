"""The sandbox's own application inside the test's process, for tests of laws: thousands of examples.

What answers is the very application that the sandbox serves, over the real transport, retries and shapes;
only the socket between them is left out. It runs in one thread, as a server does, by the test's own clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import format_datetime
from queue import SimpleQueue
from typing import Any

import httpx
import orjson

from wfp_ops.api.wire import Wire
from wfp_ops.sandbox.app import build_app
from wfp_ops.sandbox.faults import read_fault
from wfp_ops.sandbox.inventory import InventoryReader
from wfp_ops.sandbox.loading import dump_inventory, load_inventory
from wfp_ops.sandbox.state import Sandbox
from wfp_ops.sandbox.store.database import Database

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "sandbox-token"
HOST = "127.0.0.1:9"
BASE_URL = f"http://{HOST}/client/v4"
NAMESPACES = f"/accounts/{ACCOUNT}/workers/dispatch/namespaces"

# Told of each request before it is answered and after: method, path below the base URL, and whether the
# program's main thread waits for it
Hook = Callable[[str, str, bool], None]


def changes(method: str, path: str) -> bool:
    """Whether a request changes something: a question to the analytics is a POST, and does not."""
    return method != "GET" and path != "/graphql"


class _Connection:
    """What a fault does to a connection is only noted."""

    def __init__(self) -> None:
        self.ended = False

    def get_extra_info(self, _name: str) -> None:
        return None

    def abort(self) -> None:
        self.ended = True

    close = abort


class InsideSandbox:
    """One sandbox, with what tests ask of it. ``before`` and ``after`` are called in its own thread."""

    def __init__(self, clock: Any, seed: int = 1) -> None:
        self.clock = clock
        self.before: Hook | None = None
        self.after: Hook | None = None
        self._calls: SimpleQueue[tuple[Callable[[], Any], SimpleQueue] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="sandbox-inside", daemon=True)
        self._thread.start()
        self.sandbox: Sandbox = self._run(lambda: self._made(seed))
        self._app = build_app(self.sandbox)

    # --- what tests ask -----------------------------------------------------------------------

    def load(self, document: Mapping[str, Any], *, mode: str = "replace") -> None:
        """Put an inventory in, as ``POST /sandbox/load`` does."""

        def put() -> None:
            inventory = InventoryReader(seed=self.sandbox.seed, now=self.clock.now()).read(document)
            with self.sandbox.db.transaction():
                load_inventory(self.sandbox.db, inventory, replace_all=mode == "replace")

        self._run(put)

    def document(self, *, code: bool = False) -> dict[str, Any]:
        """The whole account, as ``GET /sandbox/state`` gives it."""
        return self._run(lambda: dump_inventory(self.sandbox.db, code=code))

    def state(self, *, code: bool = False) -> dict[str, dict[str, Any]]:
        """The namespaces by name, each with ``workers``."""
        return {each["namespace_name"]: each for each in self.document(code=code)["namespaces"]}

    def fault(self, kind: str, **fields: Any) -> None:
        """Set a fault."""
        self._run(lambda: self.sandbox.faults.add(read_fault({"kind": kind, **fields})))

    def clear_faults(self) -> None:
        """Take them all back."""
        self._run(self.sandbox.faults.clear)

    def switch(self, **settings: Any) -> None:
        """Change settings."""

        def change() -> None:
            self.sandbox.switches = self.sandbox.switches.changed(settings)

        self._run(change)

    def ask(self, method: str, path: str, document: object = None) -> httpx.Response:
        """A request of somebody else, past hooks and faults; anything but success fails the test."""
        headers = {"authorization": f"Bearer {TOKEN}", "host": HOST, "content-type": "application/json"}
        content = None if document is None else orjson.dumps(document)
        request = httpx.Request(method, f"{BASE_URL}{path}", headers=headers, content=content)
        faults, self.sandbox.faults._armed = self.sandbox.faults._armed, []
        try:
            answer = self._run(lambda: self._answered(request, request.read()))
        finally:
            self.sandbox.faults._armed = faults
        answer.read()
        assert answer.status_code == 200, answer.text
        return answer

    def close(self) -> None:
        """End its thread."""
        self._run(self.sandbox.db.close)
        self._calls.put(None)

    # --- what the client asks -----------------------------------------------------------------

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request of the client, or end its connection as a fault says."""
        body = request.read()
        path = request.url.raw_path.decode().partition("?")[0].removeprefix("/client/v4")
        main = threading.current_thread() is threading.main_thread()
        return self._run(lambda: self._watched(request, body, path, main))

    def _watched(self, request: httpx.Request, body: bytes, path: str, main: bool) -> httpx.Response:
        if self.before is not None:
            self.before(request.method, path, main)
        try:
            return self._answered(request, body)
        finally:
            if self.after is not None:
                self.after(request.method, path, main)

    def _answered(self, request: httpx.Request, body: bytes) -> httpx.Response:
        connection = _Connection()
        sent: list[Mapping[str, Any]] = []
        given = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Mapping[str, Any]:
            return next(given, {"type": "http.disconnect"})

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(dict(message))

        _to_its_end(self._app(_scope(request, connection), receive, send))
        if not sent:
            raise httpx.ReadError("the connection was reset", request=request)
        content = b"".join(each.get("body", b"") for each in sent[1:])
        # a server says what time it is; by that a clock that is off is found out
        date = format_datetime(self.clock.now(), usegmt=True).encode()
        headers = [(key, value) for key, value in sent[0]["headers"]] + [(b"date", date)]
        stream = _Cut(content) if connection.ended else httpx.ByteStream(content)
        return httpx.Response(sent[0]["status"], headers=headers, stream=stream, request=request)

    # --- its thread ---------------------------------------------------------------------------

    def _made(self, seed: int) -> Sandbox:
        db = Database(None)
        return Sandbox(db=db, clock=self.clock, token=TOKEN, account_id=ACCOUNT, seed=seed)

    def _run(self, call: Callable[[], Any]) -> Any:
        if threading.current_thread() is self._thread:  # a hook asks
            return call()
        back: SimpleQueue[tuple[bool, Any]] = SimpleQueue()
        self._calls.put((call, back))
        worked, value = back.get()
        if worked:
            return value
        raise value

    def _serve(self) -> None:
        while (item := self._calls.get()) is not None:
            call, back = item
            try:
                back.put((True, call()))
            except BaseException as error:  # noqa: BLE001 (handed to the thread that asked)
                back.put((False, error))


class _Cut(httpx.SyncByteStream):
    """A body that ends before it was to."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


class _Inside(httpx.BaseTransport):
    def __init__(self, server: InsideSandbox) -> None:
        self._server = server

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._server.handle(request)


def _scope(request: httpx.Request, connection: _Connection) -> dict[str, Any]:
    raw, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.url.path,
        "raw_path": raw,
        "root_path": "",
        "query_string": query,
        "headers": [(key.lower(), value) for key, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 9),
        "state": {"transport": connection},
    }


def _to_its_end(coroutine: Any) -> None:
    """The sandbox's routes wait for nothing but the request, so that no loop is needed."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("the application waits for something")


@contextmanager
def inside_sandbox(clock: Any) -> Iterator[InsideSandbox]:
    """A sandbox in this process; every client that is made meanwhile speaks to it and to nothing else."""
    server = InsideSandbox(clock)
    made = Wire._new_client

    def new_client(wire: Wire) -> httpx.Client:
        client = made(wire)
        client._transport = _Inside(server)
        client._mounts = {}
        return client

    Wire._new_client = new_client
    try:
        yield server
    finally:
        Wire._new_client = made
        server.close()
