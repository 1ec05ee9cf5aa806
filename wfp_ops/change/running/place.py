"""The folder beside a journal that is about its runs: ``acme.jsonl`` has ``acme.jsonl.run``.

It holds who runs the journal, what was asked of the run, and the log of a run without a terminal. Nothing in
it is part of the record: an apply whose folder is gone can be resumed all the same.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from wfp_ops.change.journal.disk import explained, make_folder
from wfp_ops.errors import JournalError


@dataclass(frozen=True)
class RunPlace:
    """Where everything about the runs of one journal lies."""

    journal: Path

    @property
    def folder(self) -> Path:
        """The folder of all of it, its owner's alone."""
        return self.journal.with_name(f"{self.journal.name}.run")

    @property
    def lock(self) -> Path:
        """Held by a run for as long as it lives, however it ends."""
        return self.folder / "lock"

    @property
    def who(self) -> Path:
        """Who runs it, or ran it last."""
        return self.folder / "who.json"

    @property
    def requests(self) -> Path:
        """What was asked of its runs, a line each."""
        return self.folder / "requests.jsonl"

    @property
    def log(self) -> Path:
        """What a run without a terminal had to say."""
        return self.folder / "log"

    def make(self) -> None:
        """Have the folder there, and for its owner alone: who may write into it may stop the apply.

        Raises:
            JournalError: it can't be made, or is somebody else's.
        """
        with explained(self.folder):
            make_folder(self.folder)
            if self._is_strange():
                raise JournalError(
                    "the folder for the run of the journal is somebody else's, or a link",
                    path=str(self.folder),
                    hint="remove it, or put the journal where only you may write",
                )
            if os.name == "posix" and stat.S_IMODE(self.folder.stat().st_mode) & 0o077:
                self.folder.chmod(0o700)

    def _is_strange(self) -> bool:
        found = self.folder.lstat()
        if not stat.S_ISDIR(found.st_mode):
            return True
        return os.name == "posix" and found.st_uid != os.geteuid()
