"""``…/scripts/{worker}/settings`` and ``/bindings``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox.envelope import success
from wfp_ops.sandbox.routes.changing import write_worker
from wfp_ops.sandbox.routes.reading import named_worker
from wfp_ops.sandbox.state import sandbox_of
from wfp_ops.sandbox.store.workers import StoredWorker
from wfp_ops.sandbox.upload.bindings import check_targets, join_bindings, read_bindings
from wfp_ops.sandbox.upload.form import read_form
from wfp_ops.sandbox.upload.metadata import read_kept_types, read_settings, read_tags


def _wire(worker: StoredWorker) -> dict[str, Any]:
    """The settings object of the API reference (script and version settings)."""
    settings = worker.settings
    return {
        "bindings": worker.public_bindings(),
        "compatibility_date": settings.get("compatibility_date"),
        "compatibility_flags": settings.get("compatibility_flags", []),
        "limits": settings.get("limits"),
        "logpush": bool(settings.get("logpush")),
        "migration_tag": settings.get("migration_tag"),
        "observability": settings.get("observability"),
        "placement": settings.get("placement") or {},
        "tags": list(worker.tags),
        "tail_consumers": settings.get("tail_consumers"),
        "usage_model": settings.get("usage_model", "standard"),
    }


async def get(request: Request) -> Response:
    """``GET /settings``."""
    _, worker = named_worker(request)
    return success(_wire(worker))


async def patch(request: Request) -> Response:
    """``PATCH /settings``: a form with one JSON part ``settings``; what it does not name stays.

    ``bindings`` replaces all of them, so those to stay are named as ``inherit``.
    """
    sandbox = sandbox_of(request)
    form = await read_form(request, "settings")
    home, worker = named_worker(request)
    wanted = form.document
    if "tags" in wanted:
        worker = replace(worker, tags=read_tags(wanted["tags"]))
    if "bindings" in wanted:
        bindings = join_bindings(
            read_bindings(wanted["bindings"]),
            worker.bindings,
            kept_types=read_kept_types(wanted),
            strict=True,
        )
        check_targets(sandbox.db, bindings)
        worker = replace(worker, bindings=tuple(bindings))
    settings = read_settings(wanted, today=sandbox.clock.now().date())
    worker = replace(worker, settings={**worker.settings, **settings})
    return success(_wire(write_worker(sandbox, home, worker)))


async def bindings(request: Request) -> Response:
    """``GET /bindings``: without the values of secrets."""
    _, worker = named_worker(request)
    return success(worker.public_bindings())


def routes(base: str) -> list[Route]:
    """The routes under ``base``, which ends in ``/{worker}``."""
    return [
        Route(base + "/settings", get, methods=["GET"]),
        Route(base + "/settings", patch, methods=["PATCH"]),
        Route(base + "/bindings", bindings, methods=["GET"]),
    ]
