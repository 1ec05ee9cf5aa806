"""What a journal needs of the file system, and its failures in words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wfp_ops.errors import JournalError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR}
_AS_IT_IS = getattr(os, "O_BINARY", 0)  # where a system would turn a newline into two bytes


def open_descriptor(path: Path, flags: int) -> int:
    """A file's descriptor; one that is made may be read by its owner only.

    Raises:
        OSError: it can't be opened.
    """
    return os.open(path, flags | _AS_IT_IS, 0o600)


def write_whole(descriptor: int, content: bytes) -> None:
    """Write it in one call, or fail: what comes after half a line would be lost with it.

    Raises:
        OSError: nothing, or not all of it, could be written.
    """
    written = os.write(descriptor, content)
    if written != len(content):
        raise OSError(errno.ENOSPC, f"only {written} of {len(content)} bytes could be written")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for this user alone, and put them on the disk.

    Raises:
        OSError: one can't be made.
    """
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():  # mkdir(parents=True) would leave those in between to the umask
            each.mkdir(mode=0o700, exist_ok=True)
            settle(each.parent)


def settle(folder: Path) -> None:
    """Put a folder's entries on the disk; other systems than POSIX's do so by themselves.

    Raises:
        OSError: that failed.
    """
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Every failure of the file system as a ``JournalError`` that says what to do.

    Raises:
        JournalError: something in the block raised an OSError.
    """
    try:
        yield
    except OSError as error:
        where = path if error.filename is None else Path(os.fsdecode(error.filename))
        raise _explain(error, where) from None


def _explain(error: OSError, path: Path) -> JournalError:
    why = error.strerror or type(error).__name__
    if error.errno in _FULL:
        message = f"the disk of the journal is full, or the file may not grow: {why}"
        hint = "make room, then resume this journal: what was done so far stands in it"
    elif error.errno in _FORBIDDEN:
        message = f"the journal may not be read or written: {why}"
        hint = "give this user the right to read and write there"
    elif error.errno == errno.ENOENT:
        message = "there is no such journal"
        hint = "look for the right path; journals lie in the state folder unless --journal said otherwise"
    elif error.errno in _NO_FOLDER:
        message = f"the journal can't be there: {why}"
        hint = "something else stands where a folder or a file is expected: choose another path"
    else:
        message = f"the journal can't be read or written: {why}"
        hint = "keep it on a disk of this machine; an apply that was under way can be resumed"
    return JournalError(message, path=str(path), hint=hint)
