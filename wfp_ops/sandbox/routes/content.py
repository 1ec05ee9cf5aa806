"""``…/scripts/{worker}/content``: a Worker's code, as it is and not in an envelope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox.envelope import success
from wfp_ops.sandbox.identifiers import hex_id
from wfp_ops.sandbox.inventory import content_etag
from wfp_ops.sandbox.routes.changing import write_worker
from wfp_ops.sandbox.routes.reading import named_worker
from wfp_ops.sandbox.state import sandbox_of
from wfp_ops.sandbox.store.workers import Module, read_modules
from wfp_ops.sandbox.upload.code import check_size, entry_module, registered_handlers
from wfp_ops.sandbox.upload.form import read_form


async def get(request: Request) -> Response:
    """``GET``: one service-worker script bare, ES modules as a multipart form.

    The header ``cf-entrypoint`` names the module that the Worker starts with.
    """
    _, worker = named_worker(request)
    modules = read_modules(sandbox_of(request).db, worker.key)
    headers = {"etag": worker.etag, "cf-entrypoint": worker.entry_part.encode("ascii", "replace").decode()}
    if not worker.has_modules and len(modules) == 1:
        return Response(modules[0].content, 200, headers, modules[0].content_type)
    boundary = hex_id("boundary", worker.etag)
    body = _multipart(modules, boundary)
    return Response(body, 200, {**headers, "content-type": f"multipart/form-data; boundary={boundary}"})


def _multipart(modules: Sequence[Module], boundary: str) -> bytes:
    lines = []
    for module in modules:
        name = module.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
            f"Content-Type: {module.content_type}\r\n\r\n"
        )
        lines.append(head.encode() + module.content + b"\r\n")
    return b"".join(lines) + f"--{boundary}--\r\n".encode()


async def put(request: Request) -> Response:
    """``PUT``: new code; bindings, tags and settings stay."""
    form = await read_form(request, "metadata")
    home, worker = named_worker(request)
    entry, is_module = entry_module(form.document, form.modules)
    check_size(form.modules)
    changed = worker
    if entry is not None:
        handlers = registered_handlers(entry, is_module=is_module)
        changed = replace(
            worker,
            etag=content_etag(form.modules),
            entry_part=entry.name,
            has_modules=is_module,
            settings={**worker.settings, "handlers": handlers},
        )
    return success(write_worker(sandbox_of(request), home, changed, form.modules).to_wire())


def routes(base: str) -> list[Route]:
    """The routes under ``base``, which ends in ``/{worker}``."""
    return [
        Route(base + "/content", get, methods=["GET"]),
        Route(base + "/content", put, methods=["PUT"]),
    ]
