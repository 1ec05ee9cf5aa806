"""What is asked of a running apply from outside: to pause, to go on, to cancel. It can be asked nothing else.

A file of lines that is only ever added to, so that nothing asked is lost. Each line names the journal (by
the hash of its first record) and the run that it is meant for: a later run passes it by.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from wfp_ops.change.journal.disk import explained, open_descriptor, write_whole

Wish: TypeAlias = Literal["pause", "resume", "cancel"]
WISHES: tuple[Wish, ...] = get_args(Wish)

_AT_ONCE = 65_536


@dataclass(frozen=True, kw_only=True)
class Request:
    """One wish: of which run of which journal, by whom (``user@host``) and when (ISO, UTC)."""

    journal: str
    run: str
    wish: Wish
    by: str
    at: str


def ask(path: Path, request: Request) -> None:
    """Add a request to the file.

    Raises:
        JournalError: it can't be written.
    """
    line = json.dumps(asdict(request)).encode() + b"\n"
    with explained(path):
        descriptor = open_descriptor(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            write_whole(descriptor, line)
        finally:
            os.close(descriptor)


class Inbox:
    """The requests of one run, ``run``, as they come in. Threads may share it."""

    def __init__(self, path: Path, *, journal: str, run: str) -> None:
        self.run = run
        self._path = path
        self._meant = (journal, run)
        self._read = 0
        # A signal's handler may look in while its own thread does
        self._lock = threading.RLock()

    def new(self) -> list[Request]:
        """What was asked of this run since the last time, in order.

        What can't be read is as if nothing were asked: an apply goes on by its plan.
        """
        with self._lock:
            return self._requests(self._more())

    def _more(self) -> bytes:
        try:
            size = self._path.stat().st_size
            if size == self._read:
                return b""
            with self._path.open("rb") as file:
                file.seek(self._read)
                content = file.read(_AT_ONCE)
        except OSError:
            return b""
        whole = content.rfind(b"\n") + 1
        # A line without an end is still being written, unless it is longer than any request
        self._read += whole or (len(content) if len(content) == _AT_ONCE else 0)
        return content[:whole]

    def _requests(self, lines: bytes) -> list[Request]:
        found = map(_request, lines.splitlines())
        return [each for each in found if each is not None and (each.journal, each.run) == self._meant]


def in_force(requests: Iterable[Request]) -> Wish | None:
    """What they come to: a cancel stands, of the others the last does."""
    last: Wish | None = None
    for each in requests:
        if each.wish == "cancel":
            return "cancel"
        last = each.wish
    return last


def _request(line: bytes) -> Request | None:
    try:
        said = json.loads(line)
        request = Request(**said)
    except (ValueError, TypeError, RecursionError):
        return None
    return request if request.wish in WISHES else None
