"""How a fault is carried out on a connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wfp_ops.sandbox.envelope import Refusal, encode, failure, json_response
from wfp_ops.sandbox.faults import Fault, retry_date_s

_FIREWALL_PAGE = """<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head>
<body><h1>Checking that this is no robot</h1></body></html>
"""


async def strike(
    fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send, *, taken_back: asyncio.Event
) -> None:
    """Answer the request as the fault says; ``app`` answers it properly.

    Nobody who is kept waiting waits on once the fault was taken back.
    """
    if fault.kind == "slow":
        # A server that stops cancels whoever sleeps here: the client is gone then, and nothing is done.
        with contextlib.suppress(asyncio.CancelledError):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(taken_back.wait(), fault.delay_s or 0)
            await app(scope, receive, send)
    elif fault.kind == "reset":
        await _whole_request(receive)
        await _reset(scope, receive)
    elif fault.kind == "timeout":
        await _wait_in_vain(fault.delay_s, receive)
        await _reset(scope, receive)
    elif fault.kind == "lost_answer":
        await _record(app, scope, receive)
        await _reset(scope, receive)
    elif fault.kind == "cut":
        await _cut(await _record(app, scope, receive), scope, receive, send)
    elif fault.kind == "graphql_partial":
        answer = await _record(app, scope, receive)
        await _falsified(answer, partial(_halved, fault))(scope, receive, send)
    elif fault.kind in _CHANGED_RESULTS:
        answer = await _record(app, scope, receive)
        await _falsified(answer, _CHANGED_RESULTS[fault.kind])(scope, receive, send)
    else:
        await _refusing(fault)(scope, receive, send)


def _refusing(fault: Fault) -> Response:
    """The answers that come without anything being done."""
    message = fault.message or "The sandbox was asked to fail here"
    if fault.kind == "html":
        return HTMLResponse(_FIREWALL_PAGE, fault.status or 403, {"cf-mitigated": "challenge"})
    if fault.kind == "not_json":
        return PlainTextResponse(message, fault.status or 200, {"content-type": "application/json"})
    headers = {} if fault.retry_after is None else {"retry-after": _retry_after(fault.retry_after)}
    if fault.kind == "graphql_errors":
        failed = {"data": None, "errors": [_graphql_error(fault)]}
        return json_response(failed, status=fault.status or 200, headers=headers)
    status = fault.status or (200 if fault.kind == "success_false" else 500)
    return failure(Refusal(status, fault.code or _usual_code(status), message, headers=headers))


def _usual_code(status: int) -> int:
    return {401: 10000, 403: 10000, 404: 10007, 429: 971}.get(status, 10013)


def _retry_after(wanted: float | str) -> str:
    if isinstance(wanted, str):
        # The true time, not the sandbox's own: the answer's Date header tells the true time as well.
        return format_datetime(datetime.now(UTC) + timedelta(seconds=retry_date_s(wanted)), usegmt=True)
    return f"{wanted:g}"


@dataclass
class _Recorded:
    """An answer that was made and not sent."""

    start: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""


async def _record(app: ASGIApp, scope: Scope, receive: Receive) -> _Recorded:
    recorded = _Recorded()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            recorded.start = dict(message)
        else:
            recorded.body += message.get("body", b"")

    await app(scope, receive, keep)
    return recorded


async def _cut(answer: _Recorded, scope: Scope, receive: Receive, send: Send) -> None:
    """The headers promise the whole body, half of it comes, then the connection ends."""
    await send({**answer.start, "type": "http.response.start"})
    await send(
        {"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True}
    )
    _transport(scope).close()
    await _disconnected(receive)


async def _whole_request(receive: Receive) -> None:
    """Read to the body's end: a client that is still sending would not see the reset as one."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
        pass


async def _reset(scope: Scope, receive: Receive) -> None:
    transport = _transport(scope)
    connection = transport.get_extra_info("socket")
    # Whoever was made to wait may have left already; there is no connection to reset then.
    if connection is not None and not transport.is_closing():
        # Lingering for no time makes the system send a reset instead of an orderly end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _disconnected(receive)


def _transport(scope: Scope) -> asyncio.Transport:
    """The connection itself, which :class:`wfp_ops.sandbox.serving.Protocol` leaves in the scope."""
    transport: asyncio.Transport = scope["state"]["transport"]
    return transport


async def _disconnected(receive: Receive) -> None:
    """Come back only when the server has noticed the end, so that it does not try to answer by itself."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _wait_in_vain(delay_s: float | None, receive: Receive) -> None:
    try:
        await asyncio.wait_for(_disconnected(receive), delay_s)
    except TimeoutError:
        return


def _emptied(document: dict[str, Any]) -> None:
    if _is_graphql(document):
        _each_dataset(document, lambda _rows: [])
        return
    document["result"] = [] if isinstance(document.get("result"), list) else {}
    document.pop("result_info", None)


def _nulled(document: dict[str, Any]) -> None:
    document["data" if _is_graphql(document) else "result"] = None


def _mistyped(document: dict[str, Any]) -> None:
    if _is_graphql(document):
        _each_dataset(document, lambda _rows: "unexpected")
        return
    document["result"] = "unexpected"


def _shortened(document: dict[str, Any]) -> None:
    if _is_graphql(document):
        _each_dataset(document, _half)
        return
    rows = document.get("result")
    if isinstance(rows, list):
        document["result"] = _half(rows)


def _is_graphql(document: dict[str, Any]) -> bool:
    """Whether it is an answer of analytics, which has data where others have a result."""
    return "data" in document and "result" not in document


def _graphql_error(fault: Fault) -> dict[str, Any]:
    message = fault.message or "unable to execute query, please try again later"
    extensions: dict[str, Any] = {"timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    if fault.code is not None:
        extensions["code"] = str(fault.code)
    return {"message": message, "path": ["viewer", "accounts", "0"], "extensions": extensions}


def _halved(fault: Fault, document: dict[str, Any]) -> None:
    """Half of the rows of each dataset, and an error beside them."""
    _each_dataset(document, _half)
    document["errors"] = [_graphql_error(fault)]


def _each_dataset(document: dict[str, Any], change: Callable[[list[Any]], Any]) -> None:
    """Change the rows of each dataset in an answer of analytics."""
    viewer = (document.get("data") or {}).get("viewer") or {}
    for account in viewer.get("accounts", ()):
        for name, rows in account.items():
            if isinstance(rows, list):
                account[name] = change(rows)


def _half(rows: list[Any]) -> list[Any]:
    return rows[: len(rows) // 2]


_CHANGED_RESULTS: dict[str, Callable[[dict[str, Any]], None]] = {
    "empty_result": _emptied,
    "null_result": _nulled,
    "wrong_result": _mistyped,
    "short_result": _shortened,
}


def _falsified(answer: _Recorded, change: Callable[[dict[str, Any]], None]) -> Response:
    """The answer with its JSON changed; one that is no envelope (a Worker's code) is sent as it is."""
    body = answer.body
    headers = {k.decode(): v.decode() for k, v in answer.start["headers"] if k != b"content-length"}
    if headers.get("content-type", "").startswith("application/json"):
        document = json.loads(body)
        change(document)
        body = encode(document)
    return Response(body, answer.start["status"], headers)
