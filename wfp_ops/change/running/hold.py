"""Who runs a journal: a lock that is held for as long as the run lives, and a note beside it.

The lock alone says whether a run lives: the system lets go of it with the process, and gives it to no other
process that happens to get the same number.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wfp_ops.change.journal.disk import explained, open_descriptor, write_whole
from wfp_ops.change.running.place import RunPlace
from wfp_ops.change.running.requests import Inbox
from wfp_ops.clock import Clock, iso, parse_time
from wfp_ops.errors import JournalError, RefusedError, StateBusyError, WfpOpsError

if TYPE_CHECKING:
    from filelock import FileLock

# Whoever looks whether a run lives holds the lock for a moment
_WAIT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Who:
    """The run that goes on, or the last one.

    Attributes:
        journal: the hash of the journal's first record.
        run: what this run is called; no other is called so.
        pid, host, by, since: the process, where, whose, and since when (ISO, UTC).
        problem: what ended it before its end and stands in no record, in words.
    """

    journal: str
    run: str
    pid: int
    host: str
    by: str
    since: str
    problem: str | None = None


@contextmanager
def held(path: Path, clock: Clock, *, journal: str) -> Iterator[Inbox]:
    """Be the one run of a journal, while this holds; what is asked of it comes back.

    Args:
        path: the journal's file.
        clock: what time it is.
        journal: the hash of its first record.

    Raises:
        StateBusyError: another run goes on.
        JournalError: the folder beside the journal can't be made or written.
    """
    place = RunPlace(path)
    place.make()
    lock = _lock(place, _WAIT_S)
    who = Who(
        journal=journal,
        run=secrets.token_hex(16),
        pid=os.getpid(),
        host=socket.gethostname(),
        by=user_here(),
        since=iso(clock.now()),
    )
    with _acquired(lock, path):
        with explained(place.who):
            _write(place, who)
        try:
            yield Inbox(place.requests, journal=journal, run=who.run)
        except BaseException as error:
            with suppress(OSError):  # the disk may be what is wrong: what was done stands in the journal
                _write(place, replace(who, problem=in_words(error)))
            raise


def is_held(path: Path) -> bool:
    """Whether a run of this journal goes on, in whichever process.

    Raises:
        JournalError: the lock can't be looked at.
    """
    from filelock import Timeout  # noqa: PLC0415 (a moment to load)

    place = RunPlace(path)
    with explained(place.lock):
        if not place.lock.exists():
            return False
        lock = _lock(place, 0.0)
        try:
            lock.acquire()
        except Timeout:
            return True
        except NotImplementedError:
            raise _no_locks(path) from None
        lock.release()
        return False


def last_run(path: Path) -> Who | None:
    """Who runs a journal, or ran it last; None where nothing tells, and where what tells is damaged."""
    try:
        who = Who(**json.loads(RunPlace(path).who.read_bytes()))
        parse_time(who.since)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    return who


def in_words(error: BaseException) -> str:
    """What ended a run, for whoever looks at it later. Of what is not ours the message may hold anything."""
    if isinstance(error, RefusedError):
        return ": ".join([error.message, *error.reasons[:3]])
    if isinstance(error, WfpOpsError):
        return error.message
    if isinstance(error, KeyboardInterrupt):
        return "it was cut off by hand"
    return f"this should not have happened: {type(error).__name__}"


def user_here() -> str:
    """Who asks, as ``user@host``."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


@contextmanager
def _acquired(lock: FileLock, path: Path) -> Iterator[None]:
    from filelock import Timeout  # noqa: PLC0415 (as above)

    with explained(Path(lock.lock_file)):
        try:
            lock.acquire()
        except Timeout:
            raise StateBusyError(
                "another run of this journal goes on",
                path=str(path),
                hint="look at it: wfp-ops journal follow FILE, account.attach(journal)",
            ) from None
        except NotImplementedError:
            raise _no_locks(path) from None
    try:
        yield
    finally:
        lock.release()


def _lock(place: RunPlace, timeout_s: float) -> FileLock:
    from filelock import FileLock  # noqa: PLC0415 (as above)

    return FileLock(place.lock, timeout=timeout_s, mode=0o600)


def _no_locks(path: Path) -> JournalError:
    return JournalError(
        "the file system of the journal knows no locks",
        path=str(path),
        hint="keep journals on a disk of this machine",
    )


def _write(place: RunPlace, who: Who) -> None:
    """Whole or not at all: others read it at any time.

    Raises:
        OSError: it can't be written.
    """
    beside = place.who.with_name(f".{place.who.name}.unfinished")
    descriptor = open_descriptor(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        write_whole(descriptor, json.dumps(asdict(who)).encode())
    finally:
        os.close(descriptor)
    beside.replace(place.who)
