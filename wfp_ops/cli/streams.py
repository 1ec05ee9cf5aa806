"""The streams that a command was started with: what is missing is made up for, what is there set to UTF-8."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Literal

from wfp_ops.cli.failures import FAILED


def prepare() -> None:
    """Make stdin, stdout and stderr fit to work with.

    A closed one (``2>&-``) is None in Python, and the next file to be opened, such as the rate budget's
    database, would take its number. So nowhere (the null device) stands in for it.

    Raises:
        SystemExit: stdout is closed: what a command is asked for has no place to go. Nothing was done.
    """
    nobody_reads = sys.stdout is None
    if sys.stdin is None:
        sys.stdin = _nowhere("r")
    if sys.stdout is None:
        sys.stdout = _nowhere("w")
    if sys.stderr is None:
        sys.stderr = _nowhere("w")
    if nobody_reads:
        sys.stderr.write("error: stdout is closed\n  what to do: to see no output, send it to /dev/null\n")
        raise SystemExit(FAILED)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # documents are UTF-8 wherever they go; a terminal that can't show a character gets its escape
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def _nowhere(mode: Literal["r", "w"]) -> io.TextIOWrapper:
    """The null device. Opening takes the lowest free number, which is that of the closed stream."""
    stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 (it stays open as long as we run)
    # a child, such as the built-in sandbox, is to have it as well
    os.set_inheritable(stream.fileno(), True)
    return stream
