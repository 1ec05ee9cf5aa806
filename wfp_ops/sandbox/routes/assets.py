"""Static assets: the upload session, the upload, and the token that an upload's metadata carries.

Source: developers.cloudflare.com/workers/static-assets/direct-upload.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal, success
from wfp_ops.sandbox.routes.reading import json_object, named_home, path_part
from wfp_ops.sandbox.state import Sandbox, sandbox_of
from wfp_ops.sandbox.store.workers import StoredWorker

_HASH = re.compile(r"[0-9a-f]{32}")
_BUCKET_FILES = 100
_SESSION_S = 3600


async def open_session(request: Request) -> Response:
    """``POST /assets-upload-session`` with a manifest: which files are still needed, and a token for them."""
    sandbox = sandbox_of(request)
    body = await json_object(request)
    home = named_home(request)
    manifest = _manifest(body.get("manifest"))
    missing = _missing(sandbox, manifest)
    worker = f"{'' if home is None else home.name}/{path_part(request, 'worker')}"
    with sandbox.db.transaction():
        jwt = _new_session(sandbox, worker, manifest, complete=not missing)
    buckets = [missing[i : i + _BUCKET_FILES] for i in range(0, len(missing), _BUCKET_FILES)]
    return success({"jwt": jwt, "buckets": buckets})


async def upload(request: Request) -> Response:
    """``POST /workers/assets/upload?base64=true``: files by hash, under the session's own token.

    The answer to the last of them carries the token for the Worker's metadata.
    """
    sandbox = sandbox_of(request)
    session = _session(sandbox, request.headers.get("authorization", "").removeprefix("Bearer "))
    if session is None:
        raise Refusal(401, 10000, "Authentication error")
    worker, manifest, _ = session
    files = await _files(request)
    unknown = set(files) - set(manifest)
    if unknown:
        raise refusals.invalid_upload(f"Assets outside the manifest: {', '.join(sorted(unknown))}.")
    with sandbox.db.transaction():
        sandbox.db.connection.executemany("INSERT OR REPLACE INTO assets VALUES (?, ?)", files.items())
        complete = not _missing(sandbox, manifest)
        jwt = _new_session(sandbox, worker, manifest, complete=True) if complete else None
    return success({"jwt": jwt}, status=201 if complete else 202)


def take_assets(sandbox: Sandbox, metadata: Mapping[str, Any], before: StoredWorker | None) -> bool:
    """Whether a Worker with this metadata has assets.

    Raises:
        Refusal: its token is none of a finished session (400, 10021).
    """
    assets = metadata.get("assets")
    if isinstance(assets, Mapping) and assets.get("jwt") is not None:
        session = _session(sandbox, str(assets["jwt"]))
        if session is None or not session[2]:
            raise refusals.invalid_upload("assets.jwt is not the token of a finished upload.")
        return True
    return bool(metadata.get("keep_assets") and before is not None and before.settings.get("has_assets"))


def _manifest(value: object) -> list[str]:
    """The hashes of a manifest, each once, in its order."""
    if not isinstance(value, Mapping):
        raise refusals.invalid_upload("manifest must be an object of files by path.")
    hashes = [entry.get("hash") if isinstance(entry, Mapping) else None for entry in value.values()]
    found = [text for text in hashes if isinstance(text, str) and _HASH.fullmatch(text)]
    if len(found) != len(hashes):
        raise refusals.invalid_upload(
            "Each file of the manifest needs a hash of 32 hex characters and a size."
        )
    return list(dict.fromkeys(found))


def _missing(sandbox: Sandbox, manifest: list[str]) -> list[str]:
    have = {
        row[0]
        for row in sandbox.db.connection.execute(
            "SELECT hash FROM assets WHERE hash IN (SELECT value FROM json_each(?))", (json.dumps(manifest),)
        )
    }
    return [text for text in manifest if text not in have]


async def _files(request: Request) -> dict[str, bytes]:
    form = await request.form(max_part_size=128 * 1024 * 1024)
    files = {}
    for name, value in form.multi_items():
        content = await value.read() if isinstance(value, UploadFile) else value.encode()
        if request.query_params.get("base64") == "true":
            try:
                content = base64.b64decode(content, validate=True)
            except binascii.Error:
                raise refusals.invalid_upload(f"The asset {name} is not base64.") from None
        files[name] = content
    await form.close()
    return files


def _new_session(sandbox: Sandbox, worker: str, manifest: list[str], *, complete: bool) -> str:
    """Keep a session; its token looks like (and is) a signed JWT."""
    claims = {
        "sub": sandbox.new_uuid("assets"),
        "account": sandbox.account_id,
        "exp": int(sandbox.clock.now().timestamp()) + _SESSION_S,
        "complete": complete,
    }
    head = ".".join(_encode(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signature = hmac.new(sandbox.token.encode(), head.encode(), hashlib.sha256).digest()
    jwt = f"{head}.{_encode(signature)}"
    sandbox.db.connection.execute(
        "INSERT INTO asset_sessions VALUES (?, ?, ?, ?)", (jwt, worker, json.dumps(manifest), complete)
    )
    return jwt


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _session(sandbox: Sandbox, jwt: str) -> tuple[str, list[str], bool] | None:
    """Worker, manifest and whether it is complete."""
    row = sandbox.db.connection.execute(
        "SELECT worker, manifest, complete FROM asset_sessions WHERE jwt = ?", (jwt,)
    ).fetchone()
    return None if row is None else (row["worker"], json.loads(row["manifest"]), bool(row["complete"]))


def routes(base: str, account: str) -> list[Route]:
    """The session under ``base`` (ends in ``/{worker}``), the upload under the account."""
    return [
        Route(base + "/assets-upload-session", open_session, methods=["POST"]),
        Route(account + "/workers/assets/upload", upload, methods=["POST"]),
    ]
