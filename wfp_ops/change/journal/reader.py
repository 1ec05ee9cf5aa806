"""Reading a journal: a stream of records, each checked against the chain, and the verdict on the whole.

The head is read before the journal, so that a run that is writing meanwhile can't look like one that
was cut off.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from wfp_ops.change.journal.disk import explained
from wfp_ops.change.journal.head import Head, read_head
from wfp_ops.change.journal.record import FIRST_PREV, Record, check, parse_line
from wfp_ops.errors import JournalError

State: TypeAlias = Literal["complete", "unfinished", "tampered"]

# Longer than any record of the kind end
_LONGEST_END = 4096
_HINT = "do not go on with it: compare it with a backup; for what is left to do, plan anew from a fresh audit"


@dataclass(frozen=True, kw_only=True)
class Verification:
    """The verdict on a journal.

    Attributes:
        path: which one.
        records: how many records are whole and in order, from the first.
        state: ``complete`` (the chain is whole and the last record says that nothing is left),
            ``unfinished`` (the chain is whole, and it can be resumed) or ``tampered``.
        problem: what is wrong, where something is.
        line: the line with the problem, from 1; None where it is the file as a whole.
        torn_bytes: how many bytes of a last line that was not written to its end.
        last_hash: the hash of the last record in order; None where there is none.
        notes: what else one should know, as sentences.
    """

    path: Path
    records: int
    state: State
    problem: str | None
    line: int | None
    torn_bytes: int
    last_hash: str | None
    notes: tuple[str, ...]


class Reading:
    """One reading of a journal from end to end, in flat memory; iterate once, then ask for the verdict.

    Iteration ends at the first problem without raising. Iterating again goes on with what was added since,
    checked against what was read before.

    Attributes:
        path: which one.
        records: how many whole records were read so far.
        last: the last of them.
        whole_bytes: how many bytes they take.
        torn_bytes: how many bytes follow them that are no whole line.
        problem: what is wrong, where something is; ``line`` says in which line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = 0
        self.last: Record | None = None
        self.whole_bytes = 0
        self.torn_bytes = 0
        self.problem: str | None = None
        self.line: int | None = None
        self._head: Head | None = None
        self._head_problem: str | None = None

    def __iter__(self) -> Generator[Record, None, None]:
        if self.problem is not None:
            return
        self.torn_bytes = 0
        with explained(self.path):
            self._read_head()
            with self.path.open("rb") as file:
                file.seek(self.whole_bytes)
                for line in file:
                    record = self._next(line)
                    if record is None:
                        break
                    yield record
                if file.seek(0, os.SEEK_END) < self.whole_bytes:
                    self._wrong("its end was cut off since it was read first")
        if self.problem is None:
            self._look_at_the_end()

    @property
    def is_all_there(self) -> bool:
        """Whether the head vouches for the last record, once it was read to its end: nothing was cut off."""
        if self.problem is not None or self.torn_bytes or self._head is None:
            return False
        return self._head.n == self.records - 1

    @property
    def end_is_vouched(self) -> bool:
        """Whether it ends with an ``end`` behind which nothing can have stood, once it was read so far.

        After one that says that nothing was left to do nothing is begun, so that one needs no head.
        """
        ended = self.problem is None and self.last is not None and self.last.kind == "end"
        return ended and (self._is_complete() or self.is_all_there)

    @property
    def has_no_head(self) -> bool:
        """Whether there is no head, or an empty one, once it was read so far."""
        return self._head is None and self._head_problem is None

    @property
    def end_in_doubt(self) -> bool:
        """Whether there is no head to tell that lines at its end are missing, once it was read so far."""
        return self.has_no_head and not self._is_complete()

    def verification(self) -> Verification:
        """The verdict, once it was read to its end."""
        return Verification(
            path=self.path,
            records=self.records,
            state=self._state(),
            problem=self.problem,
            line=self.line,
            torn_bytes=self.torn_bytes,
            last_hash=None if self.last is None else self.last.hash,
            notes=tuple(self._notes()),
        )

    def error(self) -> JournalError:
        """The problem as an error."""
        message = f"the journal was changed or is none: {self.problem}"
        return JournalError(message, path=str(self.path), line=self.line, hint=_HINT)

    def _read_head(self) -> None:
        try:
            self._head = read_head(self.path)
        except ValueError as error:
            self._head_problem = f"the file with its head was changed: {error}"

    def _next(self, line: bytes) -> Record | None:
        """The record of a line; None where it is torn or wrong, and that is noted."""
        if not line.endswith(b"\n"):
            self._note_torn(line)
            return None
        try:
            record = parse_line(line)
        except ValueError as error:
            self._wrong(str(error))
            return None
        prev = FIRST_PREV if self.last is None else self.last.hash
        if problem := check(record, self.records, prev) or self._misplaced(record):
            self._wrong(problem)
            return None
        self.last = record
        self.records += 1
        self.whole_bytes += len(line)
        return record

    def _misplaced(self, record: Record) -> str | None:
        if self._head is not None and record.n == self._head.n and record.hash != self._head.hash:
            return "it is not the record that the head knows: the journal was written anew, or the head was"
        if self.last is not None and self.last.kind == "end" and record.kind != "resumed":
            return f"it is of kind {record.kind!r}: after an 'end' only 'resumed' may follow"
        return None

    def _note_torn(self, tail: bytes) -> None:
        # A line that was being written is a beginning of one; a power cut may leave zeros behind it.
        start = b'{"n":%d,"at":"' % self.records
        written = tail.rstrip(b"\0")[: len(start)]
        if start.startswith(written):
            self.torn_bytes = len(tail)
        else:
            self._wrong("it is the beginning of no record, and has no end")

    def _wrong(self, problem: str) -> None:
        self.problem = problem
        self.line = self.records + 1

    def _look_at_the_end(self) -> None:
        if self._head_problem is not None:
            self.problem = self._head_problem
        elif self._head is not None and self._head.n >= self.records:
            self.problem = (
                f"its end was cut off: it has {self.records} whole records, and its head knows of"
                f" {self._head.n + 1}"
            )

    def _state(self) -> State:
        if self.problem is not None:
            return "tampered"
        return "complete" if self._is_complete() else "unfinished"

    def _is_complete(self) -> bool:
        last = self.last
        return (
            not self.torn_bytes and last is not None and last.kind == "end" and last.facts["complete"] is True
        )

    def _notes(self) -> Iterator[str]:
        if self.problem is not None:
            return
        if self.torn_bytes:
            yield (
                f"the last line is torn ({self.torn_bytes} bytes): the run was killed, or the disk was full,"
                " while it was written, or it is being written now; resuming cuts it off"
            )
        if not self.records:
            yield "it holds no record: the run died before it began, and changed nothing"
        elif self._head is None and self._is_complete():
            yield "its head is missing; its last record says that nothing was left to do"
        elif self._head is None:
            yield "its head is missing, so nothing vouches that no lines were cut off at its end"
        elif (behind := self.records - 1 - self._head.n) and not self._is_complete():
            lines = "1 record" if behind == 1 else f"{behind} records"
            yield (
                f"its head is behind by {lines}, which a kill or a power cut explains; nothing vouches that"
                " no more followed"
            )


def verify(path: Path) -> Verification:
    """Check a journal from end to end, in flat memory.

    Raises:
        JournalError: there is no such file, or it can't be read. What is wrong with its content
            stands in the verdict.
    """
    reading = Reading(path)
    for _ in reading:
        pass
    return reading.verification()


def read(path: Path, *, allow_torn: bool = False) -> Iterator[Record]:
    """The records of a journal one by one, each checked before it comes.

    What is wrong further on shows only there: do nothing that can't be undone before the end came.
    With ``allow_torn`` a last line that was not written to its end is passed by.

    Raises:
        JournalError: at the first problem (``line`` says where); or the file can't be read.
    """
    reading = Reading(path)
    yield from reading
    if reading.problem is not None:
        raise reading.error()
    if reading.torn_bytes and not allow_torn:
        raise JournalError(
            f"the last line is torn ({reading.torn_bytes} bytes): the run was killed, or the disk was full",
            path=str(path),
            line=reading.records + 1,
            hint="resume the journal: that cuts the torn line off",
        )


def begin_of(path: Path) -> Record:
    """The first record of a journal, with the plan; nothing after it is looked at.

    Raises:
        JournalError: there is none, it is wrong, or the file can't be read.
    """
    reading = Reading(path)
    with closing(iter(reading)) as records:
        first = next(records, None)
    if first is not None:
        return first
    if reading.problem is not None:
        raise reading.error()
    raise no_record(path)


def no_record(path: Path) -> JournalError:
    """The error for a journal that holds no whole record."""
    return JournalError(
        "the journal holds no record: the run died before it began, and changed nothing",
        path=str(path),
        hint="remove the file, and apply the plan again with a new journal",
    )


def ends_complete(path: Path) -> bool:
    """Whether the last line of a journal says that nothing was left to do: a quick look, and no proof.

    Raises:
        JournalError: the file can't be read.
    """
    with explained(path), path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _LONGEST_END))
        last = file.read().rpartition(b"\n")[0].rpartition(b"\n")[2]
    try:
        record = parse_line(last + b"\n")
    except ValueError:
        return False
    return record.kind == "end" and record.facts["complete"] is True
