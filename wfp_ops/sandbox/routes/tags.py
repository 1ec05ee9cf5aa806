"""``…/scripts/{worker}/tags``.

Source: cloudflare-for-platforms/workers-for-platforms/configuration/tags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox.envelope import success
from wfp_ops.sandbox.routes.changing import write_worker
from wfp_ops.sandbox.routes.reading import json_body, named_worker, path_part
from wfp_ops.sandbox.state import sandbox_of
from wfp_ops.sandbox.upload.metadata import read_tags


async def get(request: Request) -> Response:
    """``GET``: the tags."""
    _, worker = named_worker(request)
    return success(list(worker.tags))


async def put_all(request: Request) -> Response:
    """``PUT`` with a bare list: these tags and no others."""
    wanted = read_tags(await json_body(request))
    return _write(request, wanted)


async def put_one(request: Request) -> Response:
    """``PUT /{tag}``: this tag too."""
    _, worker = named_worker(request)
    return _write(request, read_tags([*worker.tags, path_part(request, "tag")]))


async def delete_one(request: Request) -> Response:
    """``DELETE /{tag}``: this tag no more; one that is not there is no error."""
    _, worker = named_worker(request)
    tag = path_part(request, "tag")
    _write(request, [present for present in worker.tags if present != tag])
    return success(None)


def _write(request: Request, tags: Sequence[str]) -> Response:
    home, worker = named_worker(request)
    if tuple(tags) != worker.tags:
        worker = write_worker(sandbox_of(request), home, replace(worker, tags=tuple(tags)))
    return success(list(worker.tags))


def routes(base: str) -> list[Route]:
    """The routes under ``base``, which ends in ``/{worker}``."""
    return [
        Route(base + "/tags", get, methods=["GET"]),
        Route(base + "/tags", put_all, methods=["PUT"]),
        Route(base + "/tags/{tag}", put_one, methods=["PUT"]),
        Route(base + "/tags/{tag}", delete_one, methods=["DELETE"]),
    ]
