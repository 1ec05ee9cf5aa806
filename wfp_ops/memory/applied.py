"""Which plans were applied, each once: one small file for each, on the disk before its first change.

It is what a confirmation is good once by, and where the journals are found that count deletions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from wfp_ops.clock import iso, parse_time
from wfp_ops.errors import RefusedError, StateError
from wfp_ops.memory.folder import StateFolder
from wfp_ops.memory.sealed import read_sealed, seal

Deletion: TypeAlias = tuple[str, str, str | None, str | None]

SCHEMA = "wfp-ops/applied/1"
PART = "applied"
JOURNALS = "journals"
"""The part beside it in which journals lie that nobody wanted elsewhere."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_HINT = (
    "restore it from a backup. Without it nobody knows how much was deleted lately, nor whether that plan "
    "was applied: move it out of the folder only if you know both"
)


@dataclass(frozen=True)
class Applied:
    """One plan that was applied, in whole or in part.

    ``digest`` is the plan's, ``at`` the moment before its first change (to the second), ``journal`` the
    absolute path of the record of what became of it. ``deletions`` are those that it was to make: action,
    namespace, Worker and namespace id.
    """

    digest: str
    at: datetime
    journal: str
    deletions: tuple[Deletion, ...]


class AppliedPlans:
    """The register of one account's applies."""

    def __init__(self, folder: StateFolder) -> None:
        self._folder = folder

    def find(self, digest: str) -> Applied | None:
        """The apply of the plan of this digest; None where it was not applied.

        Raises:
            RefusedError: it is no digest, so nobody can say.
            StateError: its file can't be read, is cut, was changed, or is of another version.
        """
        _refuse_other(digest)
        return read_sealed(
            self._folder,
            PART,
            f"{digest}.json",
            schema=SCHEMA,
            parse=lambda said: _applied(said, digest),
            what="the record of an applied plan",
            hint=_HINT,
        )

    def record(self, applied: Applied) -> None:
        """Write down that a plan is about to be applied; it is on the disk when this comes back.

        Raises:
            RefusedError: that plan was applied already, or its digest is none.
            StateBusyError: another run is writing and does not end.
            StateError: it can't be written, or what is there can't be read. Then nothing may be changed.
        """
        if not Path(applied.journal).is_absolute():
            raise ValueError("the journal's path must be absolute: it is read from other folders")
        with self._folder.held("recording an apply"):
            before = self.find(applied.digest)
            if before is not None:
                raise RefusedError(
                    "this plan was applied already",
                    reasons=[f"a confirmation is good once: at {iso(before.at)}, journal {before.journal}"],
                    hint="finish that apply from its journal, or make a new plan of what is left",
                )
            facts = {
                "plan": applied.digest,
                "at": iso(applied.at),
                "journal": applied.journal,
                "deletions": list(map(list, applied.deletions)),
            }
            self._folder.write(f"{applied.digest}.json", seal(SCHEMA, facts), part=PART)

    def all(self) -> list[Applied]:
        """Every apply, the oldest first.

        Raises:
            StateError: one of the files is broken, or something else stands among them: then nobody knows
                what was applied.
        """
        found = [self._named(name) for name in self._folder.folders(PART)]
        return sorted(found, key=lambda each: (each.at, each.digest))

    def since(self, moment: datetime) -> list[Applied]:
        """Those that began at this moment or later, the oldest first.

        Raises:
            StateError: as for ``all``.
        """
        whole = moment.replace(microsecond=0)
        return [each for each in self.all() if each.at >= whole]

    def _named(self, name: str) -> Applied:
        digest = name.removesuffix(".json")
        applied = self.find(digest) if name.endswith(".json") and _DIGEST.fullmatch(digest) else None
        if applied is None:
            raise StateError(
                "something else stands among the records of applied plans, or one was just removed",
                path=str(self._folder.path / PART / name),
                hint=_HINT,
            )
        return applied


def _applied(said: Mapping[str, Any], digest: str) -> Applied:
    """The apply of a document.

    Raises:
        KeyError, TypeError, ValueError: it is none, or that of another plan.
    """
    if said["plan"] != digest:
        raise ValueError(said["plan"])
    return Applied(
        digest=digest,
        at=parse_time(said["at"]),
        journal=said["journal"],
        deletions=tuple(_deletion(*each) for each in said["deletions"]),
    )


def _deletion(action: str, namespace: str, worker: str | None, namespace_id: str | None) -> Deletion:
    return action, namespace, worker, namespace_id


def _refuse_other(digest: str) -> None:
    if _DIGEST.fullmatch(digest) is None:
        raise RefusedError(
            "the plan's digest can't be checked",
            reasons=[f"{digest[:80]!r} is no SHA-256 in 64 small hex digits"],
        )
