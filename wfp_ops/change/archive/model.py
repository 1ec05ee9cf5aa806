"""What an archive says, as values; and how it reads one file of its own."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from wfp_ops.errors import ArchiveError
from wfp_ops.memory.folder import StateFolder

PART = "archives"
MANIFEST = "manifest.json"
# How an archive's name says when it was made
MOMENT = "%Y%m%dT%H%M%SZ"

# It names a file, so it may be nothing else
Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class ArchivedModule(msgspec.Struct, frozen=True, kw_only=True):
    """One module: its bytes lie in the file of the name ``sha256``, and are ``size`` many."""

    name: str
    content_type: str
    sha256: Sha256
    size: int = msgspec.field(name="bytes")


class ArchivedWorker(msgspec.Struct, frozen=True, kw_only=True):
    """One Worker.

    ``tag`` is its immutable id, ``entry`` the name of the module that it starts with (None where it has no
    code at all). ``settings_text`` and ``script_text`` are JSON: what the API said of its settings (bindings
    without secret values) and of the script. They are kept as text because a number such as 0.1 has no
    canonical form, and what Cloudflare says may hold any.
    """

    name: str
    tag: str | None
    etag: str | None
    created_on: str | None
    modified_on: str | None
    entry: str | None
    syntax: Literal["module", "service-worker"]
    modules: tuple[ArchivedModule, ...]
    settings_text: str = msgspec.field(name="settings")
    script_text: str = msgspec.field(name="script")
    secrets: tuple[str, ...]
    handlers: tuple[str, ...] | None
    has_assets: bool | None
    cannot: tuple[str, ...]
    irreversible: tuple[str, ...]

    @property
    def settings(self) -> dict[str, Any]:
        """Its settings, as the API said them."""
        said: dict[str, Any] = json.loads(self.settings_text)
        return said

    @property
    def script(self) -> dict[str, Any]:
        """What the API said of the script itself."""
        said: dict[str, Any] = json.loads(self.script_text)
        return said


class ArchivedNamespace(msgspec.Struct, frozen=True, kw_only=True):
    """The namespace, as the API said; ``more`` is JSON: what the API said beyond that."""

    name: str
    namespace_id: str
    script_count: int | None
    trusted_workers: bool | None
    created_on: str | None
    created_by: str | None
    modified_on: str | None
    modified_by: str | None
    more: str


@dataclass(frozen=True, kw_only=True)
class Archive:
    """One archive, its manifest checked.

    Attributes:
        name: its folder's name.
        manifest_sha256: SHA-256 of its manifest's bytes.
        account_id: whose it is.
        taken_at: when it was made.
        plan: digest of the plan that it was made for.
        namespace: the namespace.
        whole: whether all Workers of the namespace are in it.
        workers: the Workers, by name.
        cannot: sentences: what can't come back by itself.
        irreversible: those of them that say what is lost for good.
    """

    name: str
    manifest_sha256: str
    account_id: str
    taken_at: datetime
    plan: str
    namespace: ArchivedNamespace
    whole: bool
    workers: tuple[ArchivedWorker, ...]
    cannot: tuple[str, ...]
    irreversible: tuple[str, ...]
    folder: StateFolder = field(repr=False, compare=False)

    @property
    def files(self) -> dict[str, int]:
        """Its modules' files: SHA-256 to size in bytes; several modules may share one."""
        return {module.sha256: module.size for worker in self.workers for module in worker.modules}

    @property
    def size(self) -> int:
        """Bytes of all its modules' files."""
        return sum(self.files.values())

    def module_bytes(self, module: ArchivedModule) -> bytes:
        """A module's bytes, read and checked.

        Raises:
            ArchiveError: the file is missing, cut, or was changed.
            StateError: it can't be read.
        """
        return self.file(module.sha256)

    def file(self, sha256: str) -> bytes:
        """The bytes of one of its files, read and checked.

        Raises:
            KeyError: it has no such file.
            ArchiveError, StateError: as for ``module_bytes``.
        """
        size = self.files[sha256]
        content = self.folder.read(PART, self.name, sha256)
        if content is None:
            raise broken(self.folder, self.name, sha256, "a file of the archive is missing")
        if len(content) != size:
            raise broken(
                self.folder,
                self.name,
                sha256,
                f"a file of the archive is cut or was changed: {len(content)} bytes, not {size}",
            )
        if hashlib.sha256(content).hexdigest() != sha256:
            raise broken(self.folder, self.name, sha256, "a file of the archive was changed")
        return content


def broken(folder: StateFolder, name: str, file: str, why: str) -> ArchiveError:
    """The error that names an archive's file and what is wrong with it."""
    return ArchiveError(
        why,
        path=str(folder.path / PART / name / file),
        hint="bring the archive's folder back from a backup; nothing is restored from it as it is",
    )
