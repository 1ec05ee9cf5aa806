"""``…/namespaces/{namespace}/scripts``: list, get, upload and delete Workers.

Sources: the API reference's "dispatch namespaces, scripts"; for listing and deleting by tag the page
cloudflare-for-platforms/workers-for-platforms/configuration/tags.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import success
from wfp_ops.sandbox.routes.changing import touched
from wfp_ops.sandbox.routes.reading import named_namespace, named_worker, sought_worker, whole_number
from wfp_ops.sandbox.routes.uploading import upload
from wfp_ops.sandbox.state import sandbox_of
from wfp_ops.sandbox.store import workers as stored
from wfp_ops.sandbox.store.workers import StoredWorker

_MAX_LIMIT = 1000


async def list_page(request: Request) -> Response:
    """``GET``: Workers by name, filtered by ``tags``, a page of ``limit`` behind ``cursor``."""
    sandbox = sandbox_of(request)
    namespace = named_namespace(request)
    wanted, unwanted = tag_filter(request.query_params.get("tags"))
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


def tag_filter(text: str | None) -> tuple[list[str], list[str]]:
    """``a:yes,b:no`` as the tags that must and those that must not be there.

    Raises:
        Refusal: it is no such list (400, 10021).
    """
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
    wanted, unwanted = tag_filter(request.query_params.get("tags"))
    if not wanted and not unwanted:
        raise refusals.invalid_upload("Deleting Workers in bulk needs a tags filter.")
    with sandbox.db.transaction():
        deleted = stored.delete_tagged(
            sandbox.db, namespace.key, wanted=wanted, unwanted=unwanted, at=sandbox.now()
        )
        if deleted:
            touched(sandbox, namespace)
    return success(None)


async def get(request: Request) -> Response:
    """``GET /{worker}``. A missing one is a 404 or, by the switch, a 200 with ``script: null``."""
    namespace = named_namespace(request)
    worker = sought_worker(request, namespace)
    if worker is None:
        if sandbox_of(request).switches.missing_worker == "null":
            return success({"script": None, "dispatch_namespace": namespace.name})
        raise refusals.no_worker()
    return success(
        {
            "script": worker.to_wire(),
            "dispatch_namespace": namespace.name,
            "created_on": worker.created_on,
            "modified_on": worker.modified_on,
        }
    )


async def delete(request: Request) -> Response:
    """``DELETE /{worker}``. ``force`` is taken and changes nothing: who binds to a Worker is not asked."""
    sandbox = sandbox_of(request)
    home, worker = named_worker(request)
    with sandbox.db.transaction():
        stored.delete_worker(sandbox.db, worker.key, at=sandbox.now())
        touched(sandbox, home)
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
