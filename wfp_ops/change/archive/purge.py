"""Removes archives for good, as duties to erase ask, and keeps a record of what went without its content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from wfp_ops.change.archive.model import MANIFEST, PART, broken
from wfp_ops.change.archive.read import names, taken_at
from wfp_ops.clock import iso
from wfp_ops.errors import SettingsError
from wfp_ops.memory.folder import StateFolder
from wfp_ops.memory.sealed import read_sealed, seal

SCHEMA = "wfp-ops/purged/1"
RECORD = "purged.json"


def purge(
    folder: StateFolder,
    *,
    older_than: timedelta | None,
    namespace: str | None,
    now: datetime,
    worker: str | None = None,
    dry_run: bool = False,
) -> list[str]:
    """Remove archives; the names of what went come back, the oldest first.

    Where several conditions are given, all must hold. Each removal is recorded in ``purged.json`` in the
    same part of the state folder: which, of which namespace, when, why.

    Args:
        folder: the account's state.
        older_than: those that were made longer ago than this.
        namespace: those of the namespace of this name or id, broken ones among them.
        now: the moment.
        worker: those that hold this Worker and no other.
        dry_run: only say which would go.

    Raises:
        SettingsError: no condition is given: that would be all of them.
        ArchiveError: of a broken one it can't be told whose it is; nothing was removed.
        StateError: one can't be removed, or the record can't be read or written.
    """
    wanted = _Wanted(older_than, namespace, worker, now)
    going = wanted.among(folder)
    if going and not dry_run:
        with folder.held("purging archives"):
            record = purged(folder)
            going = wanted.among(folder)
            for name, of in going:
                folder.remove_folder(PART, name)
                record.append({"name": name, "namespace": of, "purged_at": iso(now), "reason": wanted.reason})
                folder.write(RECORD, seal(SCHEMA, {"purged": record}), part=PART)
    return [name for name, _ in going]


def purged(folder: StateFolder) -> list[dict[str, Any]]:
    """The record of what was removed, the oldest first: name, namespace (or null), purged_at, reason.

    Raises:
        StateError: it can't be read, is cut, or was changed.
    """
    found = read_sealed(
        folder,
        PART,
        RECORD,
        schema=SCHEMA,
        parse=lambda said: [dict(row) for row in said["purged"]],
        what="the record of purged archives",
        hint="bring it back from a backup, or move it elsewhere to begin another",
    )
    return found or []


@dataclass(frozen=True)
class _Wanted:
    """Which archives are meant."""

    older_than: timedelta | None
    namespace: str | None
    worker: str | None
    now: datetime

    def __post_init__(self) -> None:
        if self.older_than is None and self.namespace is None and self.worker is None:
            raise SettingsError("purge: which archives?", hint="say how old, or of which namespace, or both")

    @property
    def reason(self) -> str:
        """Why they go, for the record."""
        said = [
            None if self.older_than is None else f"older than {self.older_than}",
            None if self.namespace is None else f"of the namespace {self.namespace!r}",
            None if self.worker is None else f"of the Worker {self.worker!r}",
        ]
        return ", ".join(each for each in said if each is not None)

    def among(self, folder: StateFolder) -> list[tuple[str, str | None]]:
        """Names and namespaces of those that are there; a namespace is None where that can't be told."""
        old = [name for name in names(folder) if self._is_old(name)]
        if self.namespace is None and self.worker is None:
            return [(name, _holder(folder, name).get("namespace")) for name in old]
        held = {name: _known(folder, name) for name in old}
        return [(name, each["namespace"]) for name, each in held.items() if self._fits(each)]

    def _is_old(self, name: str) -> bool:
        made = taken_at(name)
        return self.older_than is None or (made is not None and self.now - made > self.older_than)

    def _fits(self, held: Mapping[str, Any]) -> bool:
        return (self.namespace is None or self.namespace in (held["namespace"], held["namespace_id"])) and (
            self.worker is None or held["workers"] == [self.worker]
        )


def _known(folder: StateFolder, name: str) -> dict[str, Any]:
    """Whose an archive is.

    Raises:
        ArchiveError: that can't be told.
    """
    held = _holder(folder, name)
    if not held:
        why = "it can't be told whose this archive is: its manifest is missing or can't be read"
        error = broken(folder, name, MANIFEST, why)
        error.hint = (
            "look at it and remove its folder by hand, or bring it back from a backup; then try again"
        )
        raise error
    return held


def _holder(folder: StateFolder, name: str) -> dict[str, Any]:
    """Whose an archive is, by its manifest as it stands; empty where that does not say.

    It is not asked whether the archive is whole: one that is broken has to be erased, too.
    """
    try:
        said = json.loads(folder.read(PART, name, MANIFEST) or b"")
        return {
            "namespace": str(said["namespace"]["name"]),
            "namespace_id": str(said["namespace"]["namespace_id"]),
            "workers": [str(worker["name"]) for worker in said["workers"]],
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
