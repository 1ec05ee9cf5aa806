"""``…/scripts/{worker}/secrets`` and ``/secrets-bulk``. Values go in and never come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal, success
from wfp_ops.sandbox.routes.changing import write_worker
from wfp_ops.sandbox.routes.reading import json_object, named_worker, path_part
from wfp_ops.sandbox.state import sandbox_of
from wfp_ops.sandbox.store.workers import SECRET_TYPES, StoredWorker, public_binding


async def list_all(request: Request) -> Response:
    """``GET /secrets``: names and types."""
    _, worker = named_worker(request)
    return success(list(worker.secrets().values()))


async def get(request: Request) -> Response:
    """``GET /secrets/{secret}``: name and type."""
    _, worker = named_worker(request)
    return success(_named(worker, path_part(request, "secret")))


async def put(request: Request) -> Response:
    """``PUT /secrets`` ``{"name", "text", "type": "secret_text"}``: set one."""
    body = await json_object(request)
    home, worker = named_worker(request)
    secret = _checked(body)
    write_worker(sandbox_of(request), home, _with_secrets(worker, {secret["name"]: secret}))
    return success(public_binding(secret))


async def delete(request: Request) -> Response:
    """``DELETE /secrets/{secret}``."""
    home, worker = named_worker(request)
    name = path_part(request, "secret")
    _named(worker, name)
    write_worker(sandbox_of(request), home, _with_secrets(worker, {name: None}))
    return success(None)


async def patch_bulk(request: Request) -> Response:
    """``PATCH /secrets-bulk``: a merge patch, where null deletes and what is not named stays."""
    body = await json_object(request)
    home, worker = named_worker(request)
    wanted = body.get("secrets")
    if not isinstance(wanted, Mapping):
        raise refusals.invalid_upload("secrets must be an object of secrets by name.")
    changes = {name: None if value is None else _checked(value, name) for name, value in wanted.items()}
    saved = write_worker(sandbox_of(request), home, _with_secrets(worker, changes))
    return success(saved.secrets())


def _named(worker: StoredWorker, name: str) -> dict[str, Any]:
    secret = worker.secrets().get(name)
    if secret is None:
        raise refusals.no_secret(name)
    return secret


def _checked(secret: object, name: str | None = None) -> dict[str, Any]:
    if not isinstance(secret, Mapping) or secret.get("type", "secret_text") not in SECRET_TYPES:
        raise refusals.invalid_upload("A secret is an object of type secret_text or secret_key.")
    found = {"type": "secret_text", **({} if name is None else {"name": name}), **secret}
    if not isinstance(found.get("name"), str) or not found["name"]:
        raise refusals.invalid_upload("A secret needs a name.")
    if name is not None and found["name"] != name:
        raise refusals.invalid_upload(f'The secret "{name}" calls itself "{found["name"]}".')
    if found["type"] == "secret_text" and not isinstance(found.get("text"), str):
        raise refusals.invalid_upload(f'The secret "{found["name"]}" needs a text.')
    return found


def _with_secrets(worker: StoredWorker, changes: Mapping[str, dict[str, Any] | None]) -> StoredWorker:
    bindings = {binding["name"]: binding for binding in worker.bindings}
    for name, secret in changes.items():
        present = bindings.get(name)
        if present is not None and present["type"] not in SECRET_TYPES:
            raise Refusal(400, 10053, f'Binding name "{name}" already in use. Please use a different name.')
        if secret is None:
            bindings.pop(name, None)
        else:
            bindings[name] = secret
    return replace(worker, bindings=tuple(bindings.values()))


def routes(base: str) -> list[Route]:
    """The routes under ``base``, which ends in ``/{worker}``."""
    return [
        Route(base + "/secrets", list_all, methods=["GET"]),
        Route(base + "/secrets", put, methods=["PUT"]),
        Route(base + "/secrets/{secret}", get, methods=["GET"]),
        Route(base + "/secrets/{secret}", delete, methods=["DELETE"]),
        Route(base + "/secrets-bulk", patch_bulk, methods=["PATCH"]),
    ]
