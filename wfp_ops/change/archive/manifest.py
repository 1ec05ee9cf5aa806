"""The manifest of an archive: one JSON document that vouches for itself and for every file beside it.

``digest`` is the SHA-256 of its canonical JSON without that field. The file holds one way of writing that
document and no other, so that not even a blank can be changed unseen.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

import msgspec

from wfp_ops.api.decoders import decoder_of
from wfp_ops.change.archive.model import MANIFEST, Archive, ArchivedNamespace, ArchivedWorker, broken
from wfp_ops.change.canonical import sha256_of
from wfp_ops.clock import parse_time
from wfp_ops.errors import ArchiveError
from wfp_ops.memory.folder import StateFolder

SCHEMA = "wfp-ops/archive/1"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a manifest says, beside schema and digest."""

    account_id: str
    taken_at: str
    plan: str
    namespace: ArchivedNamespace
    whole: bool
    workers: tuple[ArchivedWorker, ...]
    cannot: tuple[str, ...]
    irreversible: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """The file's content.

        Raises:
            ArchiveError: a text in it is none that a file could hold.
        """
        document = {"schema": SCHEMA, **msgspec.to_builtins(self)}
        try:
            return _written({**document, "digest": sha256_of(document)})
        except ValueError as error:
            raise ArchiveError(
                f"what Cloudflare says can't be written down: {error}", path=self.namespace.name
            ) from None


# An apply reads archives back in threads, and none of them may be the first to look into a manifest's shape
decoder_of(Manifest)


def read_manifest(folder: StateFolder, name: str, content: bytes) -> Archive:
    """The archive that a manifest's bytes describe.

    Raises:
        ArchiveError: it is cut, was changed, or is of another version.
    """
    document = _document(folder, name, content)
    body = {key: value for key, value in document.items() if key != "digest"}
    try:
        unchanged = document.get("digest") == sha256_of(body) and content == _written(document)
    except ValueError:
        unchanged = False
    if not unchanged:
        _refuse(folder, name, "its manifest was changed after it was written")
    try:
        said = msgspec.convert(body, Manifest)
        return Archive(
            name=name,
            manifest_sha256=hashlib.sha256(content).hexdigest(),
            account_id=said.account_id,
            taken_at=parse_time(said.taken_at),
            plan=said.plan,
            namespace=said.namespace,
            whole=said.whole,
            workers=said.workers,
            cannot=said.cannot,
            irreversible=said.irreversible,
            folder=folder,
        )
    except ValueError as error:  # msgspec's ValidationError is one, too
        _refuse(folder, name, f"its manifest is none: {error}")


def _document(folder: StateFolder, name: str, content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
        schema = document["schema"]
    except (ValueError, KeyError, TypeError, RecursionError):
        _refuse(folder, name, "its manifest is cut or was changed")
    if schema != SCHEMA:
        _refuse(folder, name, f"it is {str(schema)[:80]!r}, and this wfp-ops reads {SCHEMA}")
    said: dict[str, Any] = document
    return said


def _written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _refuse(folder: StateFolder, name: str, why: str) -> NoReturn:
    raise broken(folder, name, MANIFEST, why)
