"""The application: every route, behind the middleware."""

from __future__ import annotations

import logging

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal, failure
from wfp_ops.sandbox.middleware import API, Gate, LoopbackOnly, RawPath
from wfp_ops.sandbox.routes import (
    account_level,
    analytics,
    assets,
    content,
    control,
    namespaces,
    settings,
    tags,
    tokens,
    worker_secrets,
    workers,
)
from wfp_ops.sandbox.state import Sandbox

_log = logging.getLogger(__name__)


def build_app(sandbox: Sandbox) -> Starlette:
    """The ASGI application that serves this sandbox."""
    app = Starlette(
        routes=_routes(),
        middleware=[Middleware(RawPath), Middleware(LoopbackOnly), Middleware(Gate, sandbox=sandbox)],
        exception_handlers={
            Refusal: _refused,
            HTTPException: _unrouted,
            Exception: _broken,
        },
    )
    # A path with a slash at its end is another path at Cloudflare: it leads nowhere.
    app.router.redirect_slashes = False
    app.state.sandbox = sandbox
    return app


def _routes() -> list[BaseRoute]:
    account = API + "/accounts/{account}"
    dispatch = account + "/workers/dispatch/namespaces"
    scripts = dispatch + "/{namespace}/scripts"
    return [
        *namespaces.routes(dispatch),
        *workers.routes(scripts),
        *content.routes(scripts + "/{worker}"),
        *settings.routes(scripts + "/{worker}"),
        *worker_secrets.routes(scripts + "/{worker}"),
        *tags.routes(scripts + "/{worker}"),
        *assets.routes(scripts + "/{worker}", account),
        *account_level.routes(account),
        *tokens.routes(API, account),
        *analytics.routes(API, "/sandbox"),
        *control.routes("/sandbox"),
    ]


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    return failure(error)


async def _unrouted(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return failure(refusals.wrong_method() if status == 405 else refusals.no_route(request.url.path))


async def _broken(request: Request, _error: Exception) -> Response:
    """A mistake of the sandbox itself: the server logs its traceback, the client sees Cloudflare's words."""
    _log.error("%s %s failed", request.method, request.url.path)
    return failure(Refusal(500, 10013, "An unknown error has occurred."))
