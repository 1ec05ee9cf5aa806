"""The two files of a journal that is being written: the journal itself, and its head beside it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from wfp_ops.change.journal.disk import make_folder, open_descriptor, settle, write_whole
from wfp_ops.change.journal.head import Head, head_path, write_head
from wfp_ops.errors import JournalError

_NEW = os.O_CREAT | os.O_EXCL
_APPENDING = os.O_WRONLY | os.O_APPEND


class Files:
    """Both files, open; every line is on the disk before the head knows of it."""

    def __init__(self, path: Path, file: int, head: int, size: int) -> None:
        self._path = path
        self._file = file
        self._head = head
        self._size = size

    @classmethod
    def create(cls, path: Path, line: bytes, head: Head) -> Files:
        """Make both, with a first line; where that fails nothing of them stays.

        Raises:
            JournalError: one of them exists already.
            OSError: they can't be made or written.
        """
        make_folder(path.parent)
        if head_path(path).exists() and not path.exists():
            raise _taken(head_path(path), "the head of a journal that is gone")
        try:
            file = open_descriptor(path, _APPENDING | _NEW)
        except FileExistsError:
            raise _taken(path, "a journal or another file") from None
        try:
            write_whole(file, line)
            os.fsync(file)
            head_file = _first_head(path, head, os.O_WRONLY | _NEW)
        except BaseException:
            os.close(file)
            with suppress(OSError):  # nothing was done yet, so nothing need be on record
                path.unlink()
            raise
        return cls(path, file, head_file, len(line))

    @classmethod
    def reopen(cls, path: Path, whole_bytes: int, head: Head) -> Files:
        """Open both to go on after ``whole_bytes`` of the journal; what stands behind them is cut off.

        Raises:
            OSError: they can't be opened or written.
        """
        file = open_descriptor(path, _APPENDING)
        try:
            if os.fstat(file).st_size != whole_bytes:
                os.ftruncate(file, whole_bytes)
            os.fsync(file)
            head_file = _first_head(path, head, os.O_WRONLY | os.O_CREAT)
        except BaseException:
            os.close(file)
            raise
        return cls(path, file, head_file, whole_bytes)

    def put(self, line: bytes, head: Head) -> None:
        """Add a line, put it on the disk, then let the head know.

        Raises:
            JournalError: somebody else wrote to the journal, cut or removed it.
            OSError: it can't be written; how much of the line is there is not known.
        """
        found = os.fstat(self._file)
        if found.st_size != self._size or not found.st_nlink:
            raise JournalError(
                "somebody else changed or removed the journal while it was written",
                path=str(self._path),
                hint="find out who; what this run did up to here stands in what is left of the file",
            )
        write_whole(self._file, line)
        os.fsync(self._file)
        self._size += len(line)
        write_head(self._head, head)

    def close(self) -> None:
        """Close both.

        Raises:
            OSError: the system reports a failure as they close.
        """
        try:
            os.close(self._file)
        finally:
            os.close(self._head)


def _first_head(path: Path, head: Head, flags: int) -> int:
    """The head's file, on the disk at its full width: from then on a power cut leaves a whole head."""
    file = open_descriptor(head_path(path), flags)
    try:
        write_head(file, head)
        os.fsync(file)
        settle(path.parent)
    except BaseException:
        os.close(file)
        if flags & os.O_EXCL:
            with suppress(OSError):
                head_path(path).unlink()
        raise
    return file


def _taken(path: Path, what: str) -> JournalError:
    return JournalError(
        f"there is {what} already",
        path=str(path),
        hint="a journal is never written over: choose another name, or resume the one that is there",
    )
