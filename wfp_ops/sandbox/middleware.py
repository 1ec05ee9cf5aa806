"""What every request to Cloudflare's paths goes through, from the outside in: ray, rate, faults, token."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wfp_ops.sandbox.authority import check_account, check_token
from wfp_ops.sandbox.envelope import Refusal, failure
from wfp_ops.sandbox.state import Sandbox
from wfp_ops.sandbox.striking import strike

API = "/client/v4"
ANALYTICS = API + "/graphql"


class RawPath:
    """Routes on the path as it was sent, so that a name may hold an encoded slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the encoded path in place of the decoded one."""
        if scope["type"] == "http" and scope.get("raw_path"):
            scope = {**scope, "path": scope["raw_path"].decode("latin-1")}
        await self._app(scope, receive, send)


class Gate:
    """Rate limit, faults and token, for Cloudflare's paths; the control routes pass."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it here."""
        if scope["type"] != "http" or not scope["path"].startswith(API + "/"):
            await self._app(scope, receive, send)
            return
        headers = {"cf-ray": f"{secrets.token_hex(8)}-SBX"}
        verdict = None
        # analytics have a quota of their own, and no headers that tell of it
        if self._holds_token(scope) and scope["path"] != ANALYTICS:
            switches = self._sandbox.switches
            verdict = self._sandbox.limiter.count(switches.rate_limit, switches.rate_window_s)
            headers |= verdict.headers()
        send = _with_headers(send, headers)
        if verdict is not None and verdict.retry_after_s:
            busy = Refusal(429, 971, "Please wait and consider throttling your request speed")
            await failure(busy)(scope, receive, send)
            return
        fault = self._sandbox.faults.strike(scope["method"], unquote(scope["path"].removeprefix(API)))
        if fault is None:
            await self._admit(scope, receive, send)
        else:
            taken_back = self._sandbox.faults.taken_back
            await strike(fault, self._admit, scope, receive, send, taken_back=taken_back)

    def _holds_token(self, scope: Scope) -> bool:
        return Headers(scope=scope).get("authorization") == f"Bearer {self._sandbox.token}"

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            check_token(self._sandbox, Headers(scope=scope), scope["path"].removeprefix(API))
            check_account(self._sandbox, scope["path"], scope["path"].removeprefix(API))
        except Refusal as refusal:
            await failure(refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class LoopbackOnly:
    """Keeps web pages away from the control routes, which ask for no token that a browser would lack."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a foreign ``Origin`` (a page elsewhere) or ``Host`` (a name rebound to this machine)."""
        if scope["type"] == "http" and scope["path"].startswith("/sandbox"):
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            host = headers.get("host", "")
            if not _is_loopback(host) or (origin is not None and origin != f"http://{host}"):
                refusal = Refusal(
                    403, 10000, "The control routes answer only to this machine, not to web pages."
                )
                await failure(refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)


_LOOPBACK = re.compile(r"(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?", re.IGNORECASE)


def _is_loopback(host: str) -> bool:
    return _LOOPBACK.fullmatch(host) is not None


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = MutableHeaders(scope=message)
            for name, value in headers.items():
                present.setdefault(name, value)
        await send(message)

    return sending
