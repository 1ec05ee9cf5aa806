"""``…/workers/scripts/{worker}/versions`` and ``/deployments``: how wrangler renews an ordinary Worker.

A version changes nothing until it is deployed. One version is live at a time: the Worker itself.
Source: the API reference's "Workers > Scripts > Versions" and "> Deployments".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import success
from wfp_ops.sandbox.identifiers import uuid_id
from wfp_ops.sandbox.routes.changing import write_worker
from wfp_ops.sandbox.routes.reading import json_object, named_worker
from wfp_ops.sandbox.routes.uploading import startup_time_ms, uploaded_worker
from wfp_ops.sandbox.state import Sandbox, sandbox_of
from wfp_ops.sandbox.store.versions import find_version, keep_version
from wfp_ops.sandbox.store.workers import StoredWorker
from wfp_ops.sandbox.upload.form import read_form
from wfp_ops.sandbox.upload.metadata import SCRIPT_LEVEL

_STAYING = (*SCRIPT_LEVEL, "workers_dev")


async def upload(request: Request) -> Response:
    """``POST /versions``: a form as for a whole Worker. The Worker must be there already."""
    sandbox = sandbox_of(request)
    named_worker(request)
    form = await read_form(request, "metadata")
    # Named again: another request may have changed or deleted it while the body was on its way.
    _, live = named_worker(request)
    version = uploaded_worker(request, form, live)
    with sandbox.db.transaction():
        version_id = sandbox.new_uuid("deployment")
        keep_version(sandbox.db, version_id, version, form.modules)
    return success(_version_wire(sandbox, version_id, version))


def _version_wire(sandbox: Sandbox, version_id: str, version: StoredWorker) -> dict[str, Any]:
    now, settings = sandbox.now(), version.settings
    return {
        "id": version_id,
        "metadata": {
            "created_on": now,
            "modified_on": now,
            "source": settings["last_deployed_from"],
            "author_id": sandbox.user_id,
            "hasPreview": False,
        },
        "resources": {
            "bindings": version.public_bindings(),
            "script": {
                "etag": version.etag,
                "handlers": settings["handlers"],
                "last_deployed_from": settings["last_deployed_from"],
                "named_handlers": [],
            },
            "script_runtime": {
                "compatibility_date": settings.get("compatibility_date"),
                "compatibility_flags": settings.get("compatibility_flags", []),
                "limits": settings.get("limits"),
                "usage_model": settings.get("usage_model", "standard"),
            },
        },
        "startup_time_ms": startup_time_ms(version),
    }


async def deployments(request: Request) -> Response:
    """``GET /deployments``: the one that is live."""
    _, live = named_worker(request)
    return success({"deployments": [_deployment_wire(live)]})


def _deployment_wire(live: StoredWorker) -> dict[str, Any]:
    return {
        "id": uuid_id("deployment of", live.deployment_id),
        "created_on": live.modified_on,
        "source": live.settings.get("last_deployed_from") or "api",
        "strategy": "percentage",
        "versions": [{"version_id": live.deployment_id, "percentage": 100}],
    }


async def deploy(request: Request) -> Response:
    """``POST /deployments``: one version goes live, all at once; what is no version's stays as it is."""
    sandbox = sandbox_of(request)
    version_id = _one_version(await json_object(request))
    home, live = named_worker(request)
    if version_id == live.deployment_id:
        return success(_deployment_wire(live))
    version = find_version(sandbox.db, live, version_id)
    if version is None:
        raise refusals.no_version(version_id)
    of_the_version = {k: v for k, v in version.worker.settings.items() if k not in _STAYING}
    staying = {k: v for k, v in live.settings.items() if k in _STAYING}
    worker = replace(version.worker, settings={**of_the_version, **staying})
    deployed = write_worker(sandbox, home, worker, version.modules, version_id=version_id)
    return success(_deployment_wire(deployed))


def _one_version(body: Mapping[str, Any]) -> str:
    versions = body.get("versions")
    if body.get("strategy") != "percentage" or not isinstance(versions, list) or not versions:
        raise refusals.invalid_upload("A deployment needs the strategy percentage and a list of versions.")
    if len(versions) > 1 or not isinstance(versions[0], Mapping) or versions[0].get("percentage") != 100:
        raise refusals.invalid_upload("This sandbox deploys one version, with a percentage of 100.")
    return str(versions[0].get("version_id"))


def routes(base: str) -> list[Route]:
    """The routes under ``base``, which ends in ``/{worker}``."""
    return [
        Route(base + "/versions", upload, methods=["POST"]),
        Route(base + "/deployments", deployments, methods=["GET"]),
        Route(base + "/deployments", deploy, methods=["POST"]),
    ]
