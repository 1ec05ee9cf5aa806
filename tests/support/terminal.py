"""``wfp-ops`` at a pseudo-terminal: what is shown there is read, what is asked is answered."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 120
Answer = str | int | Callable[[], object]


@dataclass(frozen=True)
class Ended:
    """A command that has ended: ``shown`` is what stood at the terminal, ``stdout`` what went to a file."""

    code: int
    stdout: str
    shown: str

    @property
    def plain(self) -> str:
        """What was shown, without colours and movements."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.shown)


def at_a_terminal(
    *words: str | Path,
    environment: dict[str, str],
    folder: Path,
    answers: Sequence[tuple[str, Answer]] = (),
) -> Ended:
    """Run ``wfp-ops`` with stdin and stderr at a terminal of 100 columns, and stdout going to a file.

    ``answers`` are pairs of what has to be shown (after the answer before) and what is typed then, the
    number of a signal that is sent, or something that is called.
    """
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "wfp_ops.cli.main", *map(str, words)]
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            command,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
            cwd=folder,
            stdin=theirs,
            stderr=theirs,
            stdout=out,
        )
        os.close(theirs)
        try:
            shown = _watched(ours, process, list(answers))
            code = process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait()
            os.close(ours)
        out.seek(0)
        return Ended(code, out.read().decode(), shown)


def _watched(ours: int, process: subprocess.Popen, waiting: list[tuple[str, Answer]]) -> str:
    shown, seen, ends = "", 0, time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            return shown
        if not piece:
            return shown
        shown += piece.decode(errors="replace")
        while waiting and waiting[0][0] in shown[seen:]:
            seen = len(shown)
            answer = waiting.pop(0)[1]
            if isinstance(answer, int):
                process.send_signal(answer)
            elif callable(answer):
                answer()
            else:
                os.write(ours, answer.encode())
    raise AssertionError(f"nothing more came of it; up to then: {shown!r}")
