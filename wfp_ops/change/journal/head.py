"""The head: a small file beside a journal that holds the number and the hash of its last record.

The chain shows every change within a journal, but not that its last lines were cut off. The head does.
It is written after the journal is on the disk, so it may be behind (a kill, a power cut), never ahead.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from wfp_ops.change.journal.disk import write_whole

_HEAD = re.compile(rb'\{"n":( *)(0|[1-9][0-9]*),"hash":"([0-9a-f]{64})"\}\n')
_DIGITS = 15
_TRIES = 5
_LONGER = 200


@dataclass(frozen=True)
class Head:
    """The number and the hash of a record."""

    n: int
    hash: str


def head_path(journal: Path) -> Path:
    """Where the head of a journal lies."""
    return journal.with_name(f"{journal.name}.head")


def write_head(descriptor: int, head: Head) -> None:
    """Write the head over the one before: always of one width, in one call.

    Raises:
        OSError: it can't be written.
    """
    os.lseek(descriptor, 0, os.SEEK_SET)
    write_whole(descriptor, _text(head))


def read_head(journal: Path) -> Head | None:
    """The head of a journal, or None where there is none (or an empty one: a run killed as it began).

    Raises:
        ValueError: what is there is no head; nothing but a change or a broken disk makes one such.
        OSError: it can't be read.
    """
    path = head_path(journal)
    try:
        content = _read(path)
        for _ in range(_TRIES):  # a run that is under way may be writing it in this moment
            before, content = content, _read(path)
            if before == content:
                break
    except FileNotFoundError:
        return None
    if not content:
        return None
    found = _HEAD.fullmatch(content)
    if found is None:
        raise ValueError("it is no head of a journal")
    head = Head(int(found.group(2)), found.group(3).decode())
    if _text(head) != content:
        raise ValueError("it is not spelt as a head is spelt")
    return head


def _read(path: Path) -> bytes:
    """No more than shows that it is too long: whatever lies there, it is not read to its end."""
    with path.open("rb") as file:
        return file.read(_LONGER)


def _text(head: Head) -> bytes:
    return f'{{"n":{head.n:>{_DIGITS}},"hash":"{head.hash}"}}\n'.encode()
