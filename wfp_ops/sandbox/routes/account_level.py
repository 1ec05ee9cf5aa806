"""``/accounts/{account}/workers/…``: the account's ordinary Workers, which lie in no dispatch namespace.

A dispatcher is one: a Worker that binds dispatch namespaces. Sources: the API reference's "Workers >
Scripts"; for ``services`` and ``subdomain`` cloudflare/workers-sdk (``wrangler deploy``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal, success
from wfp_ops.sandbox.routes import assets, content, settings, versions, worker_secrets, workers
from wfp_ops.sandbox.routes.changing import write_worker
from wfp_ops.sandbox.routes.reading import json_object, named_worker, sought_worker
from wfp_ops.sandbox.routes.uploading import upload
from wfp_ops.sandbox.state import sandbox_of
from wfp_ops.sandbox.store.workers import StoredWorker, list_workers
from wfp_ops.sandbox.upload.metadata import SCRIPT_LEVEL, read_settings, read_tags

# The account's part of the names under workers.dev: nothing answers there.
_SUBDOMAIN = "wfp-ops-sandbox"


async def list_all(request: Request) -> Response:
    """``GET /workers/scripts``: all of them, filtered by ``tags``; Cloudflare does not page here."""
    wanted, unwanted = workers.tag_filter(request.query_params.get("tags"))
    rows = list_workers(sandbox_of(request).db, None, wanted=wanted, unwanted=unwanted)
    return success([worker.to_wire() for worker in rows])


async def get_service(request: Request) -> Response:
    """``GET /workers/services/{name}``: the older form of asking, which wrangler starts with."""
    worker = sought_worker(request, None)
    if worker is None:
        raise Refusal(404, 10090, "This Worker does not exist on your account.")
    dates = {"created_on": worker.created_on, "modified_on": worker.modified_on}
    environment = {"environment": "production", **dates}
    return success(
        {
            "id": worker.name,
            **dates,
            "usage_model": worker.settings.get("usage_model", "standard"),
            "default_environment": {**environment, "script": worker.to_wire()},
            "environments": [environment],
        }
    )


def _script_settings(worker: StoredWorker) -> dict[str, Any]:
    """What holds for the Worker whatever version of it is live."""
    return {
        "logpush": bool(worker.settings.get("logpush")),
        "observability": worker.settings.get("observability"),
        "tags": list(worker.tags),
        "tail_consumers": worker.settings.get("tail_consumers"),
    }


async def get_script_settings(request: Request) -> Response:
    """``GET /script-settings``."""
    _, worker = named_worker(request)
    return success(_script_settings(worker))


async def patch_script_settings(request: Request) -> Response:
    """``PATCH /script-settings`` with a JSON object: what it does not name stays. No new version."""
    sandbox = sandbox_of(request)
    body = await json_object(request)
    home, worker = named_worker(request)
    named = {key: value for key, value in body.items() if key in SCRIPT_LEVEL}
    changed = replace(
        worker,
        tags=read_tags(body["tags"]) if "tags" in body else worker.tags,
        settings={**worker.settings, **read_settings(named, today=sandbox.clock.now().date())},
    )
    saved = write_worker(sandbox, home, changed, version_id=worker.deployment_id)
    return success(_script_settings(saved))


async def account_subdomain(_request: Request) -> Response:
    """``GET /workers/subdomain``: the account's part of the names under workers.dev."""
    return success({"subdomain": _SUBDOMAIN})


def _workers_dev(worker: StoredWorker) -> dict[str, bool]:
    nowhere = {"enabled": False, "previews_enabled": False}
    return {**nowhere, **worker.settings.get("workers_dev", {})}


async def get_subdomain(request: Request) -> Response:
    """``GET /subdomain``: whether the Worker is to answer under workers.dev."""
    _, worker = named_worker(request)
    return success(_workers_dev(worker))


async def set_subdomain(request: Request) -> Response:
    """``POST /subdomain {"enabled": …, "previews_enabled": …}``: previews follow where nothing is said."""
    body = await json_object(request)
    home, worker = named_worker(request)
    enabled = body.get("enabled")
    previews = body.get("previews_enabled", enabled)
    if not isinstance(enabled, bool) or not isinstance(previews, bool):
        raise refusals.invalid_upload("enabled and previews_enabled must be true or false.")
    wanted = {"enabled": enabled, "previews_enabled": previews}
    changed = replace(worker, settings={**worker.settings, "workers_dev": wanted})
    saved = write_worker(sandbox_of(request), home, changed, version_id=worker.deployment_id)
    return success(_workers_dev(saved))


def routes(account: str) -> list[Route]:
    """The routes under the account."""
    scripts = account + "/workers/scripts"
    worker = scripts + "/{worker}"
    return [
        Route(scripts, list_all, methods=["GET"]),
        # At Cloudflare this is the code itself, not the script object that a namespace's route answers.
        Route(worker, content.get, methods=["GET"]),
        Route(worker, upload, methods=["PUT"]),
        Route(worker, workers.delete, methods=["DELETE"]),
        *content.routes(worker),
        *settings.routes(worker),
        *worker_secrets.routes(worker),
        *versions.routes(worker),
        Route(worker + "/script-settings", get_script_settings, methods=["GET"]),
        Route(worker + "/script-settings", patch_script_settings, methods=["PATCH"]),
        Route(worker + "/assets-upload-session", assets.open_session, methods=["POST"]),
        Route(worker + "/subdomain", get_subdomain, methods=["GET"]),
        Route(worker + "/subdomain", set_subdomain, methods=["POST"]),
        Route(account + "/workers/subdomain", account_subdomain, methods=["GET"]),
        Route(account + "/workers/services/{worker}", get_service, methods=["GET"]),
    ]
