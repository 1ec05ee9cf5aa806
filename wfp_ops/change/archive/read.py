"""Finds archives, reads them, and checks them from end to end."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from wfp_ops.change.archive.manifest import read_manifest
from wfp_ops.change.archive.model import MANIFEST, MOMENT, PART, Archive, broken
from wfp_ops.change.archive.vouched import Journals, Vouched
from wfp_ops.errors import ArchiveError, StateError
from wfp_ops.memory.folder import StateFolder

_NAME = re.compile(r"(\d{8}T\d{6}Z)-[0-9A-Za-z_-]+")


def names(folder: StateFolder) -> list[str]:
    """The names of all archives, the oldest first; broken ones too.

    Raises:
        StateError: the folder can't be read.
    """
    return [name for name in folder.folders(PART) if taken_at(name) is not None]


def taken_at(name: str) -> datetime | None:
    """When an archive was made, by its name; None where the name is no archive's."""
    found = _NAME.fullmatch(name)
    try:
        return found and datetime.strptime(found.group(1), MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None


def load(folder: StateFolder, name: str) -> Archive:
    """One archive, its manifest checked; its modules are read and checked one by one as they are asked for.

    Raises:
        ArchiveError: there is none of that name, or its manifest is cut or was changed.
        StateError: the folder can't be read.
    """
    if taken_at(name) is None:
        raise _none(folder, name)
    try:
        content = folder.read(PART, name, MANIFEST)
    except StateError as error:
        raise broken(folder, name, MANIFEST, error.message) from None
    if content is None:
        if name not in names(folder):
            raise _none(folder, name)
        raise broken(folder, name, MANIFEST, "the archive has no manifest")
    return read_manifest(folder, name, content)


def verify(folder: StateFolder, name: str) -> Archive:
    """One archive, every byte of it read and checked.

    Raises:
        ArchiveError: it is not there, or a file of it is missing, cut, changed, or one too many.
        StateError: the folder can't be read.
    """
    archive = load(folder, name)
    for sha256 in archive.files:
        archive.file(sha256)
    strange = set(folder.folders(f"{PART}/{name}")) - {MANIFEST, *archive.files}
    if strange:
        raise broken(folder, name, min(strange), "a file lies in the archive that is none of its own")
    return archive


def verify_with_journal(folder: StateFolder, name: str) -> tuple[Archive, Vouched]:
    """One archive, every byte of it checked, also against the journal of the apply that made it.

    Returns:
        The archive, and which journal vouches for it or why none does.

    Raises:
        ArchiveError: as for ``verify``, or the journal says something else of it.
        StateError: the folder can't be read.
    """
    archive = verify(folder, name)
    return archive, Journals(folder).vouch(archive)


def find(folder: StateFolder, word: str) -> str:
    """The name of the one archive that a word means.

    Args:
        folder: the account's state.
        word: an archive's name, the beginning of one, or the name of a namespace that only one is of.

    Raises:
        ArchiveError: there is none, or there are several; the hint lists those.
        StateError: the folder can't be read.
    """
    every = names(folder)
    if word in every:
        return word
    found = [name for name in every if word and name.startswith(word)]
    found = found or [name for name in every if _namespace_of(folder, name) == word]
    if len(found) == 1:
        return found[0]
    if not found:
        raise _none(folder, word)
    raise ArchiveError(
        f"there are several archives {word!r}: {', '.join(found)}",
        path=str(folder.path / PART),
        hint="give the name of the one that is meant",
    )


def rows(folder: StateFolder) -> list[dict[str, Any]]:
    """Every archive, the newest first, as rows of ``wfp_ops.frames.changing.ARCHIVES``.

    Each is checked from end to end, and against the journal of the apply that made it; what is wrong with
    one stands in its ``problem``.

    Raises:
        StateError: the folder can't be read.
    """
    journals = Journals(folder)
    return [_row(folder, name, journals) for name in reversed(names(folder))]


def _row(folder: StateFolder, name: str, journals: Journals) -> dict[str, Any]:
    try:
        archive = load(folder, name)
    except StateError as error:
        return {"archive": name, "taken_at": taken_at(name), "problem": error.message}
    row = {
        "archive": name,
        "namespace": archive.namespace.name,
        "namespace_id": archive.namespace.namespace_id,
        "taken_at": archive.taken_at,
        "workers": len(archive.workers),
        "bytes": archive.size,
        "plan": archive.plan,
    }
    try:
        vouched = journals.vouch(verify(folder, name))
    except StateError as error:
        return {**row, "problem": error.message}
    return {**row, "journal": None if vouched.journal is None else str(vouched.journal)}


def _namespace_of(folder: StateFolder, name: str) -> str | None:
    try:
        return load(folder, name).namespace.name
    except StateError:
        return None


def _none(folder: StateFolder, word: str) -> ArchiveError:
    return ArchiveError(
        f"there is no archive {word!r}",
        path=str(folder.path / PART),
        hint="list what there is: wfp-ops archive list",
    )
