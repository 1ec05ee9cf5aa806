"""``…/namespaces/{namespace}/scripts``: list, get, upload and delete Workers.

Sources: the API reference's "dispatch namespaces, scripts"; for listing and deleting by tag the page
cloudflare-for-platforms/workers-for-platforms/configuration/tags.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal, success
from wfp_ops.sandbox.inventory import content_etag
from wfp_ops.sandbox.routes.assets import take_assets
from wfp_ops.sandbox.routes.changing import touched, write_worker
from wfp_ops.sandbox.routes.reading import named_namespace, named_worker, path_part, whole_number
from wfp_ops.sandbox.state import Sandbox, sandbox_of
from wfp_ops.sandbox.store import workers as stored
from wfp_ops.sandbox.store.workers import StoredWorker
from wfp_ops.sandbox.upload.bindings import check_targets, join_bindings, read_bindings
from wfp_ops.sandbox.upload.code import check_size, entry_module, registered_handlers
from wfp_ops.sandbox.upload.form import Form, read_form
from wfp_ops.sandbox.upload.metadata import fresh_settings, read_kept_types, read_settings, read_tags

_MAX_LIMIT = 1000


async def list_page(request: Request) -> Response:
    """``GET``: Workers by name, filtered by ``tags``, a page of ``limit`` behind ``cursor``."""
    sandbox = sandbox_of(request)
    namespace = named_namespace(request)
    wanted, unwanted = _tag_filter(request.query_params.get("tags"))
    limit = whole_number(request, "limit", sandbox.switches.worker_page_size, highest=_MAX_LIMIT)
    after = _read_cursor(request.query_params.get("cursor"))
    rows = stored.list_workers(
        sandbox.db, namespace.key, wanted=wanted, unwanted=unwanted, after=after, limit=limit + 1
    )
    page = rows[:limit]
    cursor = _write_cursor(page[-1].name) if len(rows) > limit else ""
    items = [_list_item(worker, namespace.name) for worker in page]
    return success(items, result_info={"count": len(items), "per_page": limit, "cursor": cursor})


def _list_item(worker: StoredWorker, namespace: str) -> dict[str, Any]:
    return {**worker.to_wire(), "script_name": worker.name, "dispatch_namespace": namespace}


def _tag_filter(text: str | None) -> tuple[list[str], list[str]]:
    """``a:yes,b:no`` as the tags that must and those that must not be there."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for part in (text or "").split(",") if text else []:
        tag, colon, verdict = part.rpartition(":")
        if not colon or not tag or verdict not in ("yes", "no"):
            raise refusals.invalid_upload(f"Invalid tag filter {part!r}: write tag:yes or tag:no.")
        (wanted if verdict == "yes" else unwanted).append(tag)
    return wanted, unwanted


def _write_cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _read_cursor(text: str | None) -> str:
    try:
        return base64.b64decode((text or "").encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise refusals.invalid_upload("Invalid cursor.") from None


async def delete_tagged(request: Request) -> Response:
    """``DELETE ?tags=…``: every Worker that the tags choose.

    Without a filter it refuses: Cloudflare does not say what happens then, and nothing should rest on it.
    """
    sandbox = sandbox_of(request)
    namespace = named_namespace(request)
    wanted, unwanted = _tag_filter(request.query_params.get("tags"))
    if not wanted and not unwanted:
        raise refusals.invalid_upload("Deleting Workers in bulk needs a tags filter.")
    with sandbox.db.transaction():
        if stored.delete_tagged(sandbox.db, namespace.key, wanted=wanted, unwanted=unwanted):
            touched(sandbox, namespace)
    return success(None)


async def get(request: Request) -> Response:
    """``GET /{worker}``. A missing one is a 404 or, by the switch, a 200 with ``script: null``."""
    sandbox = sandbox_of(request)
    try:
        namespace, worker = named_worker(request)
    except Refusal as refusal:
        if refusal.code == 10007 and sandbox.switches.missing_worker == "null":
            return success({"script": None, "dispatch_namespace": path_part(request, "namespace")})
        raise
    return success(
        {
            "script": worker.to_wire(),
            "dispatch_namespace": namespace.name,
            "created_on": worker.created_on,
            "modified_on": worker.modified_on,
        }
    )


async def upload(request: Request) -> Response:
    """``PUT /{worker}``: create it or put a whole new version in its place.

    What the metadata leaves out is gone afterwards (tags, secrets not named in ``keep_bindings``).
    """
    sandbox = sandbox_of(request)
    named_namespace(request)
    form = await read_form(request, "metadata")
    # Named again: another request may have deleted the namespace while the body was on its way.
    namespace = named_namespace(request)
    before = stored.find_worker(sandbox.db, namespace.key, path_part(request, "worker"))
    worker = _uploaded(request, form, before)
    saved = write_worker(sandbox, namespace, worker, form.modules)
    return success(_upload_answer(saved))


def _uploaded(request: Request, form: Form, before: StoredWorker | None) -> StoredWorker:
    sandbox = sandbox_of(request)
    metadata = form.document
    entry, is_module = entry_module(metadata, form.modules)
    check_size(form.modules)
    handlers = [] if entry is None else registered_handlers(entry, is_module=is_module)
    bindings = join_bindings(
        read_bindings(metadata.get("bindings")),
        () if before is None else before.bindings,
        kept_types=read_kept_types(metadata),
        strict=request.query_params.get("bindings_inherit") == "strict",
    )
    check_targets(sandbox.db, bindings)
    settings = {
        **fresh_settings(),
        **read_settings(metadata, today=sandbox.clock.now().date()),
        "handlers": handlers,
        "has_assets": take_assets(sandbox, metadata, before),
        "last_deployed_from": _deployed_from(request),
    }
    return replace(
        before or _new_worker(sandbox, path_part(request, "worker")),
        etag=content_etag(form.modules),
        entry_part="" if entry is None else entry.name,
        has_modules=is_module,
        tags=read_tags(metadata.get("tags")),
        bindings=tuple(bindings),
        settings=settings,
    )


def _new_worker(sandbox: Sandbox, name: str) -> StoredWorker:
    with sandbox.db.transaction():
        worker_id = sandbox.new_hex("worker")
    return StoredWorker(
        name=name,
        worker_id=worker_id,
        created_on=sandbox.now(),
        modified_on="",
        etag="",
        deployment_id="",
        entry_part="",
    )


def _deployed_from(request: Request) -> str:
    return "wrangler" if request.headers.get("user-agent", "").startswith("wrangler/") else "api"


def _upload_answer(worker: StoredWorker) -> dict[str, Any]:
    # The same code takes the same time to start; the number itself means nothing.
    startup_time_ms = int(worker.etag[:4], 16) % 20 + 1
    return {**worker.to_wire(), "deployment_id": worker.deployment_id, "startup_time_ms": startup_time_ms}


async def delete(request: Request) -> Response:
    """``DELETE /{worker}``. ``force`` is taken and changes nothing: nothing here binds to user Workers."""
    sandbox = sandbox_of(request)
    namespace, worker = named_worker(request)
    with sandbox.db.transaction():
        stored.delete_worker(sandbox.db, worker.key)
        touched(sandbox, namespace)
    return success(None)


def routes(base: str) -> list[Route]:
    """The routes under ``base``, which ends in ``/scripts``."""
    return [
        Route(base, list_page, methods=["GET"]),
        Route(base, delete_tagged, methods=["DELETE"]),
        Route(base + "/{worker}", get, methods=["GET"]),
        Route(base + "/{worker}", upload, methods=["PUT"]),
        Route(base + "/{worker}", delete, methods=["DELETE"]),
    ]
