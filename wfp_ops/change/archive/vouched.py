"""What the journals say of archives: each was written down with its manifest's hash before a deletion.

A manifest vouches for every file beside it, and for itself only against an accident: whoever changes it on
purpose makes its digest anew. The journal of the apply that made it knows what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from wfp_ops.change.archive.model import MANIFEST, PART, Archive
from wfp_ops.change.journal.reader import read
from wfp_ops.errors import ArchiveError, JournalError, StateError
from wfp_ops.memory.applied import Applied, AppliedPlans
from wfp_ops.memory.folder import StateFolder


@dataclass(frozen=True)
class Vouched:
    """``journal`` has the archive's manifest as it is; None where none has it, and ``why`` says why not."""

    journal: Path | None
    why: str = ""


@dataclass(frozen=True)
class _Said:
    """What a journal says of archives, name to the manifest's hash; and what is wrong with the journal."""

    hashes: dict[str, str]
    problem: str | None


@dataclass
class Journals:
    """The journals that a state folder's register knows; all is read once, and when it is asked for."""

    folder: StateFolder
    _read: dict[Path, _Said] = field(default_factory=dict)

    def vouch(self, archive: Archive) -> Vouched:
        """Whether the journal of the apply that made an archive has it as it is now.

        Raises:
            ArchiveError: the journal has another one: the archive was changed since, or the journal was.
        """
        why = "no journal of the apply that made it is on record in this state folder"
        try:
            for applied in self._makers(archive):
                path = Path(applied.journal)
                said = self._said(path)
                found = said.hashes.get(archive.name)
                if found not in (None, archive.manifest_sha256):
                    raise _changed(self.folder, archive, path, str(found))
                if found is not None and said.problem is None:
                    return Vouched(path)
                why = said.problem or f"its journal {path} says nothing of it"
        except ArchiveError:
            raise
        except StateError as error:
            why = f"the register of applies can't be read: {error.message}"
        return Vouched(None, why)

    @cached_property
    def _register(self) -> Sequence[Applied]:
        return AppliedPlans(self.folder).all()

    def _makers(self, archive: Archive) -> Iterator[Applied]:
        """The applies that it may be of, by the mark in its name, and by what its manifest says."""
        mark = archive.name.split("-")[1]
        for applied in self._register:
            if applied.digest.startswith(mark) or applied.digest == archive.plan:
                yield applied

    def _said(self, path: Path) -> _Said:
        if path not in self._read:
            self._read[path] = _said_by(path)
        return self._read[path]


def _said_by(path: Path) -> _Said:
    """What a journal says; of one that can't be trusted what it says up to there."""
    hashes: dict[str, str] = {}
    try:
        for record in read(path, allow_torn=True):
            if record.kind == "archived":
                hashes[record.facts["archive"]] = record.facts["manifest_sha256"]
    except JournalError as error:
        return _Said(hashes, f"its journal {path} can't be trusted: {error.message}")
    return _Said(hashes, None)


def _changed(folder: StateFolder, archive: Archive, journal: Path, said: str) -> ArchiveError:
    return ArchiveError(
        f"the archive was changed after it was made: by its journal {journal} the SHA-256 of its manifest is "
        f"{said}, and it is {archive.manifest_sha256}",
        path=str(folder.path / PART / archive.name / MANIFEST),
        hint="bring the archive's folder back from a backup; nothing is restored from it as it is",
    )
