"""Who may: the token in the headers, and the account in the path."""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import Headers

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal
from wfp_ops.sandbox.state import Sandbox

_VERIFY = re.compile(r"/(?:user|accounts/[^/]+)/tokens/verify")
_ACCOUNT = re.compile(r"/accounts/([^/]+)(?:/.*)?")
_ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]+)")

# Assets are uploaded with the session's own token, which their route checks.
_OWN_TOKEN = re.compile(r"/accounts/[^/]+/workers/assets/upload")


def check_token(sandbox: Sandbox, headers: Headers, route: str) -> None:
    """Compare the bearer token with the sandbox's.

    Raises:
        Refusal: none was sent, it is malformed, or it is another one.
    """
    if _OWN_TOKEN.fullmatch(route):
        return
    authorization = headers.get("authorization")
    if authorization is None:
        raise _refuse_without(headers, route)
    match = _BEARER.fullmatch(authorization.strip())
    if match is None:
        raise Refusal(
            400,
            6003,
            "Invalid request headers",
            chain=[(6111, "Invalid format for Authorization header")],
        )
    if not secrets.compare_digest(match[1], sandbox.token):
        if _VERIFY.fullmatch(route):
            raise Refusal(401, 1000, "Invalid API Token")
        raise Refusal(401, 10000, "Authentication error")


def _refuse_without(headers: Headers, route: str) -> Refusal:
    """No bearer token: perhaps the older pair of headers, which opens nothing here, or nothing at all."""
    if "x-auth-key" in headers or "x-auth-email" in headers:
        if re.fullmatch(r"[0-9a-f]{37,45}", headers.get("x-auth-key", "")):
            return Refusal(403, 9103, "Unknown X-Auth-Key or X-Auth-Email")
        return Refusal(
            400, 6003, "Invalid request headers", chain=[(6103, "Invalid format for X-Auth-Key header")]
        )
    if _VERIFY.fullmatch(route):
        return Refusal(401, 1001, "Missing Authorization header")
    return Refusal(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")


def check_account(sandbox: Sandbox, path: str, route: str) -> None:
    """Compare the path's account with the sandbox's.

    Raises:
        Refusal: the id is malformed, or another account's.
    """
    match = _ACCOUNT.fullmatch(route)
    if match is None:
        return
    if not _ACCOUNT_ID.fullmatch(match[1]):
        raise refusals.no_route(path)
    if match[1] != sandbox.account_id:
        raise Refusal(403, 10000, "Authentication error")
