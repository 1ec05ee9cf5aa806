"""Writing a journal: each record is on the disk before the call that it announces is made.

That only one process writes a journal is the business of the lock that an apply holds on its account.
"""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from wfp_ops.change.journal.disk import explained
from wfp_ops.change.journal.files import Files
from wfp_ops.change.journal.head import Head
from wfp_ops.change.journal.reader import Reading, no_record
from wfp_ops.change.journal.record import FIRST_PREV, SCHEMA, Record, seal, stamp, to_line
from wfp_ops.clock import Clock
from wfp_ops.errors import JournalError


class Journal:
    """A journal that is open for writing; made by ``create`` or ``reopen``, closed by ``close`` or ``with``.

    It holds no records, so that its memory stays flat in the number of steps. Threads may share it.

    Attributes:
        path: where it is.
        torn_bytes: how many bytes of a torn last line ``reopen`` cut off.
        end_in_doubt: whether ``reopen`` found no head, so that lines at its end may have been missing.
        notes: what the check before reopening had to say beside its verdict, as sentences.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        files: Files,
        last: Record,
        *,
        torn_bytes: int = 0,
        end_in_doubt: bool = False,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.torn_bytes = torn_bytes
        self.end_in_doubt = end_in_doubt
        self.notes = notes
        self._clock = clock
        self._files: Files | None = files
        self._last = _Place.of(last)
        self._in_doubt = False
        self._lock = threading.Lock()

    @classmethod
    def create(cls, path: Path, clock: Clock, **begin_facts: Any) -> Journal:
        """Begin a journal; its ``begin`` record is on the disk when this comes back.

        The folder is made where it is missing. ``schema`` need not be among the facts.

        Raises:
            ValueError: a fact of ``begin`` is missing or wrong; nothing was written.
            JournalError: there is such a file already, or it can't be written; then nothing of it stays.
        """
        begin = seal(0, stamp(clock.now()), "begin", {"schema": SCHEMA, **begin_facts}, FIRST_PREV)
        with explained(path):
            files = Files.create(path, to_line(begin), _Place.of(begin).head)
        return cls(path, clock, files, begin)

    @classmethod
    def reopen(cls, path: Path, clock: Clock) -> Journal:
        """Open a journal to go on with it. The whole file is checked first; a torn last line is cut off.

        Raises:
            JournalError: anything else is wrong with it, it holds no record, or it can't be written.
        """
        reading = Reading(path)
        for _ in reading:
            pass
        if reading.problem is not None:
            raise reading.error()
        if reading.last is None:
            raise no_record(path)
        with explained(path):
            files = Files.reopen(path, reading.whole_bytes, _Place.of(reading.last).head)
        found = reading.verification()
        return cls(
            path,
            clock,
            files,
            reading.last,
            torn_bytes=found.torn_bytes,
            end_in_doubt=reading.end_in_doubt,
            notes=found.notes,
        )

    @property
    def last_hash(self) -> str:
        """The hash of the last record, which vouches for all before it."""
        return self._last.head.hash

    def append(self, kind: str, **facts: Any) -> Record:
        """Write one record; it is on the disk when this comes back.

        Raises:
            ValueError: an unknown kind, or a fact that is missing or wrong; nothing was written.
            JournalError: it can't be written: the disk is full, somebody else touched the file, the
                journal is closed or has ended. After a failed write every further append fails.
        """
        with self._lock:
            files = self._ready_for(kind)
            last = self._last.head
            record = seal(last.n + 1, stamp(self._clock.now()), kind, facts, last.hash)
            place = _Place.of(record)
            self._in_doubt = True  # whatever interrupts the write, an interrupt among it, leaves it so
            with explained(self.path):
                files.put(to_line(record), place.head)
            self._last = place
            self._in_doubt = False
            return record

    def close(self) -> None:
        """Close the files; a second time does nothing.

        Raises:
            JournalError: the system reports a failure as they close.
        """
        with self._lock, explained(self.path):
            files, self._files = self._files, None
            if files is not None:
                files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ready_for(self, kind: str) -> Files:
        """The files, if such a record may be written now."""
        if kind == "begin":
            raise ValueError("a journal begins only once")
        if self._files is None:
            raise self._refusal("the journal is closed")
        if self._in_doubt:
            raise self._refusal(
                "a write to the journal failed, so its end is in doubt: no more is written to it"
            )
        if self._last.kind == "end" and kind != "resumed":
            raise self._refusal(f"the journal has ended: only 'resumed' may follow, not {kind!r}")
        return self._files

    def _refusal(self, why: str) -> JournalError:
        hint = "end this run and resume the journal: it is checked then, and a torn line is cut off"
        return JournalError(why, path=str(self.path), hint=hint)


class _Place:
    """What the next record needs to know of the last one."""

    def __init__(self, head: Head, kind: str) -> None:
        self.head = head
        self.kind = kind

    @classmethod
    def of(cls, record: Record) -> _Place:
        return cls(Head(record.n, record.hash), record.kind)
