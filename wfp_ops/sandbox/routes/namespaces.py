"""``/accounts/{account}/workers/dispatch/namespaces``: list, create, get, rename and trust, delete.

Sources: the API reference's "dispatch namespaces"; for PUT cloudflare/workers-sdk (``wrangler
dispatch-namespace rename``) and the documentation of trusted mode.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import encode, success, success_bytes
from wfp_ops.sandbox.routes.reading import (
    json_object,
    named_namespace,
    require_purchase,
    whole_number,
)
from wfp_ops.sandbox.state import Sandbox, sandbox_of
from wfp_ops.sandbox.store import namespaces as stored
from wfp_ops.sandbox.store.namespaces import StoredNamespace

# Cloudflare publishes no rule; this is what clients in the field keep to, and it holds for new names only.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}")


async def list_all(request: Request) -> Response:
    """``GET``: one page with everything, unless the switches ask for pages."""
    sandbox = sandbox_of(request)
    require_purchase(sandbox)
    if sandbox.switches.listing == "plain":
        return Response(success_bytes(_whole_listing(sandbox)), media_type="application/json")
    rows = _visible(sandbox)
    size = whole_number(request, "per_page", sandbox.switches.page_size, highest=1000)
    page = whole_number(request, "page", 1, highest=10**9)
    shown = [row.to_wire() for row in rows[(page - 1) * size : page * size]]
    info = {
        "page": page,
        "per_page": size,
        "count": len(shown),
        "total_count": len(rows),
        "total_pages": math.ceil(len(rows) / size),
    }
    return success(shown, result_info=info if sandbox.switches.listing == "paged" else None)


def _visible(sandbox: Sandbox) -> Sequence[StoredNamespace]:
    hidden = sandbox.hidden()
    return [row for row in stored.list_namespaces(sandbox.db) if row.namespace_id not in hidden]


def _whole_listing(sandbox: Sandbox) -> bytes:
    """The listing as JSON, kept until the next write: audits read it far more often than it changes."""
    if sandbox.hidden():
        return encode([row.to_wire() for row in _visible(sandbox)])
    kept = sandbox.listing
    if kept is None or kept[0] != sandbox.db.generation:
        kept = sandbox.listing = (sandbox.db.generation, stored.render_namespaces(sandbox.db))
    return kept[1]


async def create(request: Request) -> Response:
    """``POST {"name": …}``."""
    sandbox = sandbox_of(request)
    require_purchase(sandbox)
    body = await json_object(request)
    name = _checked_name(body.get("name"))
    trusted = _checked_trust(body.get("trusted_workers", False))
    try:
        with sandbox.db.transaction():
            namespace_id = sandbox.new_uuid("namespace")
            stored.insert_namespace(
                sandbox.db,
                namespace_id=namespace_id,
                name=name,
                by=sandbox.user_id,
                at=sandbox.now(),
                trusted=trusted,
            )
    except sqlite3.IntegrityError:
        raise refusals.bad_namespace_name() from None
    sandbox.hide_for_a_while(namespace_id)
    return _answer(sandbox, name)


async def get(request: Request) -> Response:
    """``GET /{namespace}``."""
    return success(named_namespace(request).to_wire())


async def update(request: Request) -> Response:
    """``PUT /{namespace} {"name": …, "trusted_workers": …}``: the whole of it, so what is left out is lost.

    Without ``trusted_workers`` (as wrangler's rename sends it) trust falls back to false.
    """
    sandbox = sandbox_of(request)
    namespace = named_namespace(request)
    body = await json_object(request)
    name = namespace.name if body.get("name") == namespace.name else _checked_name(body.get("name"))
    trusted = _checked_trust(body.get("trusted_workers", False))
    try:
        with sandbox.db.transaction():
            stored.update_namespace(
                sandbox.db, namespace.key, name=name, trusted=trusted, by=sandbox.user_id, at=sandbox.now()
            )
    except sqlite3.IntegrityError:
        raise refusals.bad_namespace_name() from None
    return _answer(sandbox, name)


async def delete(request: Request) -> Response:
    """``DELETE /{namespace}``: it goes with every Worker in it, at once and for good."""
    sandbox = sandbox_of(request)
    namespace = named_namespace(request)
    with sandbox.db.transaction():
        stored.delete_namespace(sandbox.db, namespace.key, at=sandbox.now())
    return success(None)


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise refusals.bad_namespace_name()
    return name


def _checked_trust(trusted: object) -> bool:
    if not isinstance(trusted, bool):
        raise refusals.invalid_upload("trusted_workers must be true or false")
    return trusted


def _answer(sandbox: Sandbox, name: str) -> Response:
    namespace = stored.find_namespace(sandbox.db, name)
    if namespace is None:
        raise refusals.no_namespace(name)
    return success(namespace.to_wire())


def routes(base: str) -> list[Route]:
    """The routes under ``base``, which ends in ``/namespaces``."""
    return [
        Route(base, list_all, methods=["GET"]),
        Route(base, create, methods=["POST"]),
        Route(base + "/{namespace}", get, methods=["GET"]),
        Route(base + "/{namespace}", update, methods=["PUT"]),
        Route(base + "/{namespace}", delete, methods=["DELETE"]),
    ]
