"""``/accounts/{account}/workers/…``: ordinary Workers, of which this account has none.

wrangler asks for them on its way to a dispatch namespace, and goes on when there are none.
Source: cloudflare/workers-sdk, ``deploy-helpers`` (check-remote-secrets-override, provision-bindings).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal, success


async def list_all(_request: Request) -> Response:
    """``GET /workers/scripts``."""
    return success([])


async def missing(_request: Request) -> Response:
    """Anything of one script."""
    raise refusals.no_worker()


async def missing_service(_request: Request) -> Response:
    """``GET /workers/services/{name}``: the older form of asking."""
    raise Refusal(404, 10090, "This Worker does not exist on your account.")


def routes(account: str) -> list[Route]:
    """The routes under the account."""
    scripts = account + "/workers/scripts"
    return [
        Route(scripts, list_all, methods=["GET"]),
        Route(scripts + "/{script}", missing, methods=["GET", "DELETE"]),
        Route(scripts + "/{script}/secrets", missing, methods=["GET", "PUT"]),
        Route(scripts + "/{script}/settings", missing, methods=["GET", "PATCH"]),
        Route(scripts + "/{script}/script-settings", missing, methods=["GET", "PATCH"]),
        Route(scripts + "/{script}/bindings", missing, methods=["GET"]),
        Route(scripts + "/{script}/content", missing, methods=["GET"]),
        Route(account + "/workers/services/{script}", missing_service, methods=["GET"]),
    ]
