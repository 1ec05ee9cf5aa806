"""What the routes share: parts of the path, JSON bodies, and the things that a path names."""

from __future__ import annotations

import json
from urllib.parse import unquote

from starlette.requests import Request

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal
from wfp_ops.sandbox.state import Sandbox, sandbox_of
from wfp_ops.sandbox.store.namespaces import StoredNamespace, find_namespace
from wfp_ops.sandbox.store.workers import StoredWorker, find_worker


def path_part(request: Request, name: str) -> str:
    """A part of the path, decoded: names may hold anything, slashes and emoji too."""
    return unquote(request.path_params[name], errors="replace")


async def json_body(request: Request) -> object:
    """The body's JSON value.

    Raises:
        Refusal: it is no JSON (400, 6007).
    """
    try:
        value: object = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise refusals.malformed_json() from None
    return value


async def json_object(request: Request) -> dict[str, object]:
    """The body's JSON object.

    Raises:
        Refusal: it is none (400, 6007).
    """
    value = await json_body(request)
    if not isinstance(value, dict):
        raise refusals.malformed_json()
    return value


def require_purchase(sandbox: Sandbox) -> None:
    """Refuse where the account has no Workers for Platforms (403, 10121)."""
    if not sandbox.switches.purchased:
        raise refusals.not_purchased()


def named_namespace(request: Request) -> StoredNamespace:
    """The namespace that the path names.

    A new one is not seen by reads while a delay of consistency lasts; writes reach it at once.

    Raises:
        Refusal: there is none (404, 100119), or it is not seen yet.
    """
    sandbox = sandbox_of(request)
    require_purchase(sandbox)
    name = path_part(request, "namespace")
    namespace = find_namespace(sandbox.db, name)
    if namespace is None:
        raise refusals.no_namespace(name)
    if request.method == "GET" and namespace.namespace_id in sandbox.hidden():
        if sandbox.switches.consistency_status == 403:
            raise Refusal(403, 10000, "Authentication error")
        raise refusals.no_namespace(name)
    return namespace


def named_home(request: Request) -> StoredNamespace | None:
    """Where the path's Worker lives: the namespace that the path names, None for the account itself.

    Raises:
        Refusal: there is no such namespace (404, 100119), or it is not seen yet.
    """
    return named_namespace(request) if "namespace" in request.path_params else None


def sought_worker(request: Request, home: StoredNamespace | None) -> StoredWorker | None:
    """The Worker that the path names, if it is there."""
    key = None if home is None else home.key
    return find_worker(sandbox_of(request).db, key, path_part(request, "worker"))


def named_worker(request: Request) -> tuple[StoredNamespace | None, StoredWorker]:
    """The Worker that the path names, with its namespace (None for an ordinary Worker of the account).

    Raises:
        Refusal: there is no such namespace (404, 100119) or no such Worker in it (404, 10007).
    """
    home = named_home(request)
    worker = sought_worker(request, home)
    if worker is None:
        raise refusals.no_worker()
    return home, worker


def whole_number(request: Request, name: str, otherwise: int, *, highest: int) -> int:
    """A number from the query, at least 1; what is above ``highest`` counts as that.

    Raises:
        Refusal: it is no whole number above 0 (400).
    """
    text = request.query_params.get(name)
    if text is None:
        return otherwise
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
        raise refusals.invalid_upload(f"{name} must be a whole number of at least 1")
    return min(int(text), highest)
