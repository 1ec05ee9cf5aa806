"""Cloudflare's envelope around every JSON answer, and the refusals in it.

Source: cloudflare/api-schemas ``common.yaml``; the error codes are listed in ``docs/sandbox.md``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

FORBIDDEN_DOCUMENTATION = "https://developers.cloudflare.com/fundamentals/api/troubleshooting/"


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """A request is answered with an error: HTTP ``status``, Cloudflare's ``code`` and words.

    ``chain`` goes into ``error_chain``; ``also`` are further entries of ``errors``.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        chain: Sequence[tuple[int, str]] = (),
        also: Sequence[tuple[int, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.chain = tuple(chain)
        self.also = tuple(also)
        self.headers = dict(headers or {})

    def errors(self) -> list[dict[str, Any]]:
        """The envelope's ``errors``. Since August 2026 those of a 403 carry a ``documentation_url``."""
        first: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.chain:
            first["error_chain"] = [{"code": code, "message": text} for code, text in self.chain]
        if self.status == 403:
            first["documentation_url"] = FORBIDDEN_DOCUMENTATION
        return [first, *({"code": code, "message": text} for code, text in self.also)]


def encode(value: object) -> bytes:
    """Compact JSON in UTF-8; lone surrogates, which UTF-8 has no form for, are replaced."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace")


def json_response(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Any JSON value as an answer."""
    return Response(encode(value), status, dict(headers or {}), "application/json")


def success_bytes(
    result: bytes, *, result_info: Mapping[str, Any] | None = None, messages: Sequence[Mapping[str, Any]] = ()
) -> bytes:
    """The envelope around a result that is JSON already (big listings are rendered once and kept)."""
    tail = b"" if result_info is None else b',"result_info":' + encode(result_info)
    head = b'{"success":true,"errors":[],"messages":' + encode(list(messages)) + b',"result":'
    return head + result + tail + b"}"


def success(
    result: object,
    *,
    result_info: Mapping[str, Any] | None = None,
    messages: Sequence[Mapping[str, Any]] = (),
    status: int = 200,
) -> Response:
    """``success: true`` around ``result``."""
    body = success_bytes(encode(result), result_info=result_info, messages=messages)
    return Response(body, status, media_type="application/json")


def failure(refusal: Refusal) -> Response:
    """``success: false`` with the refusal's errors, its status and its headers."""
    envelope = {"success": False, "errors": refusal.errors(), "messages": [], "result": None}
    return json_response(envelope, status=refusal.status, headers=refusal.headers)
