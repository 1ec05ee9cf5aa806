"""Multipart forms, as wrangler, the SDKs and curl send them.

Source: developers.cloudflare.com/workers/configuration/multipart-upload-metadata. The clients differ:
wrangler names each part after its module, the SDKs call every part ``files`` or ``files[]``; the file name
counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal
from wfp_ops.sandbox.store.workers import Module

_MAX_PART_BYTES = 128 * 1024 * 1024
_SINGLE_SCRIPT_TYPES = ("application/javascript", "text/javascript")


@dataclass(frozen=True)
class Form:
    """``document`` is the form's JSON part (metadata or settings), ``modules`` all the other parts."""

    document: dict[str, Any]
    modules: tuple[Module, ...]


async def read_form(request: Request, part: str) -> Form:
    """The form's JSON part of that name and its modules; a bare script counts as a form of one.

    Raises:
        Refusal: it is no form (400, 10001), or the JSON part is missing or malformed (400, 10021).
    """
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if part == "metadata" and content_type in _SINGLE_SCRIPT_TYPES:
        script = Module("script", "application/javascript", await request.body())
        return Form({"body_part": script.name}, (script,))
    if content_type != "multipart/form-data":
        raise Refusal(400, 10001, "Content-Type must be one of: multipart/form-data.")
    document: dict[str, Any] | None = None
    modules: list[Module] = []
    try:
        form = await request.form(max_part_size=_MAX_PART_BYTES)
    except HTTPException as error:
        raise Refusal(400, 10001, f"Could not parse the multipart body: {error.detail}") from None
    for name, value in form.multi_items():
        content = await value.read() if isinstance(value, UploadFile) else value.encode()
        if name == part:
            document = _json_part(part, content)
        else:
            modules.append(_module(name, value, content))
    await form.close()
    if document is None:
        if not _names_entry_in_headers(request):
            raise refusals.invalid_upload(f'The form has no part called "{part}".')
        document = {}
    return Form({**document, **_entry_from_headers(request)}, tuple(modules))


def _json_part(part: str, content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise refusals.invalid_upload(f'The part "{part}" is no JSON object.')
    return document


def _module(name: str, value: UploadFile | str, content: bytes) -> Module:
    if isinstance(value, str):
        return Module(name, "text/plain", content)
    return Module(value.filename or name, value.content_type or "application/octet-stream", content)


def _names_entry_in_headers(request: Request) -> bool:
    return bool(_entry_from_headers(request))


def _entry_from_headers(request: Request) -> dict[str, str]:
    """The header form that the content route offers in place of metadata."""
    named = {
        "main_module": request.headers.get("cf-worker-main-module-part"),
        "body_part": request.headers.get("cf-worker-body-part"),
    }
    return {key: value for key, value in named.items() if value}
