"""Who the token is, and what it may: verification, user, accounts, memberships, permission groups.

Sources: the API reference's ``user/tokens/verify`` and ``accounts/tokens/verify``; the behaviour of
account-owned tokens on the endpoints for users is what wrangler handles (cloudflare/workers-sdk,
workers-auth).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal, success
from wfp_ops.sandbox.state import Sandbox, sandbox_of

_EMAIL = "operator@sandbox.invalid"
_ACCOUNT_NAME = "Sandbox"
_CREATED_ON = "2024-01-15T09:00:00.000000Z"

_PERMISSIONS = (
    ("1a71c399035b4950a1bd1466bbe4f420", "Workers Scripts Read"),
    ("e086da7e2179491d91ee5f35b3ca210a", "Workers Scripts Write"),
    ("b89a480218d04ceb98b4fe57ca29dc1f", "Account Analytics Read"),
    ("05880cd1bdc24d8bae0be2136972816b", "Workers Tail Read"),
    ("c1fde68c7bcc44588cbb6ddbc16d6480", "Account Settings Read"),
)


async def verify_user_token(request: Request) -> Response:
    """``GET /user/tokens/verify``: an account-owned token is called invalid here, though it works."""
    if sandbox_of(request).switches.is_account_token():
        raise Refusal(401, 1000, "Invalid API Token")
    return _verified(request)


async def verify_account_token(request: Request) -> Response:
    """``GET /accounts/{account}/tokens/verify``: a user's token is called invalid here."""
    if not sandbox_of(request).switches.is_account_token():
        raise Refusal(401, 1000, "Invalid API Token")
    return _verified(request)


def _verified(request: Request) -> Response:
    good = {"code": 10000, "message": "This API Token is valid and active", "type": None}
    return success({"id": sandbox_of(request).token_id, "status": "active"}, messages=[good])


def _require_user(request: Request) -> Sandbox:
    sandbox = sandbox_of(request)
    if sandbox.switches.is_account_token():
        raise refusals.user_token_needed()
    return sandbox


async def user(request: Request) -> Response:
    """``GET /user``."""
    sandbox = _require_user(request)
    return success({"id": sandbox.user_id, "email": _EMAIL, "created_on": _CREATED_ON, "suspended": False})


def _account(sandbox: Sandbox) -> dict[str, Any]:
    return {
        "id": sandbox.account_id,
        "name": _ACCOUNT_NAME,
        "type": "standard",
        "created_on": _CREATED_ON,
        "settings": {"enforce_twofactor": False},
    }


def _page(request: Request, rows: Sequence[dict[str, Any]]) -> Response:
    """All rows on the first page, none on those behind it."""
    page = request.query_params.get("page", "1")
    shown = list(rows) if page == "1" else []
    info = {"page": int(page) if page.isdigit() else 1, "per_page": 20, "count": len(shown)}
    return success(shown, result_info={**info, "total_count": len(rows), "total_pages": 1})


async def accounts(request: Request) -> Response:
    """``GET /accounts``."""
    return _page(request, [_account(sandbox_of(request))])


async def account(request: Request) -> Response:
    """``GET /accounts/{account}``."""
    return success(_account(sandbox_of(request)))


async def memberships(request: Request) -> Response:
    """``GET /memberships``."""
    sandbox = _require_user(request)
    membership = {
        "id": sandbox.user_id[::-1],
        "status": "accepted",
        "account": _account(sandbox),
        "roles": ["Super Administrator - All Privileges"],
        "permissions": {},
    }
    return _page(request, [membership])


async def permission_groups(_request: Request) -> Response:
    """``GET …/tokens/permission_groups``: those that this toolkit's jobs need."""
    scopes = ["com.cloudflare.api.account"]
    return success([{"id": key, "name": name, "scopes": scopes} for key, name in _PERMISSIONS])


def routes(api: str, account_base: str) -> list[Route]:
    """The routes under the API's base and the account's."""
    return [
        Route(api + "/user", user, methods=["GET"]),
        Route(api + "/user/tokens/verify", verify_user_token, methods=["GET"]),
        Route(api + "/user/tokens/permission_groups", permission_groups, methods=["GET"]),
        Route(api + "/memberships", memberships, methods=["GET"]),
        Route(api + "/accounts", accounts, methods=["GET"]),
        Route(account_base, account, methods=["GET"]),
        Route(account_base + "/tokens/verify", verify_account_token, methods=["GET"]),
        Route(account_base + "/tokens/permission_groups", permission_groups, methods=["GET"]),
    ]
