"""Starts an apply as a process of its own, which outlives the notebook or terminal that it was asked from."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from wfp_ops.account.apply_journal import absolute, journal_path
from wfp_ops.account.applying import check_first, check_journal
from wfp_ops.account.order import Alive, Begun, Failed, Order, order_of, received, send
from wfp_ops.account.running import Running
from wfp_ops.errors import RefusedError, StateError

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.account.order import Answer
    from wfp_ops.account.run import How
    from wfp_ops.change.control import Control
    from wfp_ops.change.plan import Plan

PROGRAM = "wfp_ops.account.apply_process"
_LOOK_EVERY_S = 0.2


def start_apply(account: Account, plan: Plan, how: How) -> Running:
    """Have a process of its own apply a plan; it comes back once the first change is about to be made.

    Raises:
        RefusedError, CustomerListError, StateError, APIError, SettingsError: as for ``apply_plan``, by this
            process or the other one. Nothing was changed.
    """
    check_first(account, plan, how)
    path = journal_path(account, plan, how.journal)
    return _begun(account, order_of(account, path, how, plan), how.control)


def start_resume(account: Account, journal: str | os.PathLike[str], how: How) -> Running:
    """Have a process of its own go on with an apply that was cut off.

    Raises:
        JournalError, RefusedError, CustomerListError, StateError, APIError: as for ``resume_apply``, until
            the journal says that it goes on; what happens later, ``Running`` tells.
    """
    path = absolute(journal)
    check_journal(account, path)
    return _begun(account, order_of(account, path, how, None), how.control)


def _begun(account: Account, order: Order, control: Control | None) -> Running:
    with tempfile.TemporaryFile() as complaints, _child(order, complaints) as answers:
        journal = _Answers(answers, control).journal()
        if journal is None:
            raise _ended_early(order, complaints)
    return Running(journal, account.clock)


@contextmanager
def _child(order: Order, complaints: IO[bytes]) -> Iterator[IO[bytes]]:
    """Start the process and hand the order over; its answers come back.

    What is started here only makes the process that does the work, and ends: so that one is nobody's child,
    is not ended with this process or its group, and leaves nothing to be waited for.
    """
    # -P: a file called json.py in the notebook's folder must not be taken for Python's own.
    process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
        [sys.executable, "-P", "-m", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env=_environment(),
        start_new_session=True,
    )
    if process.stdin is None or process.stdout is None:
        raise StateError("the process of the apply has no pipes", path=str(order.journal))
    try:
        with suppress(OSError), process.stdin:  # it died: its answer, or none, says so
            send(process.stdin, order)
        yield process.stdout
    finally:
        if os.name == "posix":  # elsewhere it does the work itself
            process.wait()


def _environment() -> dict[str, str]:
    """This process's, with the package's folder to be found where it runs from a checkout, not installed."""
    environment = dict(os.environ)
    root = Path(__file__).resolve().parents[2]
    if root.name not in ("site-packages", "dist-packages"):
        present = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{root}{os.pathsep}{present}" if present else str(root)
    return environment


class _Answers:
    """What the process says, read in a thread of its own: a pipe can't be read with an eye on a cancel.

    That thread closes the pipe too: closed by another one it could be gone in the middle of a read.
    """

    def __init__(self, stream: IO[bytes], control: Control | None) -> None:
        self._control = control
        self._found: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        self._pid: int | None = None
        self._was_ended = False
        threading.Thread(target=self._read, args=(stream,), name="wfp-ops-start", daemon=True).start()

    def journal(self) -> Path | None:
        """The journal, once it is begun; None where the process ended without a word.

        Raises:
            WfpOpsError: what the process said instead.
            RefusedError: somebody cancelled before the first change.
        """
        try:
            answer = self._next()
        except KeyboardInterrupt:
            while self._pid is None and isinstance(alive := self._found.get(), Alive):
                self._pid = alive.pid
            self._end()
            raise
        if isinstance(answer, Failed):
            raise answer.error()
        if answer is None and self._was_ended:
            raise RefusedError(
                "cancelled",
                reasons=["before the first change"],
                hint="apply the plan again, or resume its journal",
            )
        return None if answer is None else answer.journal

    def _next(self) -> Begun | Failed | None:
        while True:
            try:
                answer = self._found.get(timeout=None if self._control is None else _LOOK_EVERY_S)
            except queue.Empty:
                if self._control is not None and self._control.cancelled:
                    self._end()
                continue
            if not isinstance(answer, Alive):
                return answer
            self._pid = answer.pid

    def _end(self) -> None:
        """Before the first change this ends it at once, and later between two steps."""
        if self._pid is None or self._was_ended:
            return
        self._was_ended = True
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGTERM)

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while True:
                answer = received(stream)
                self._found.put(answer)
                if not isinstance(answer, Alive):
                    return


def _ended_early(order: Order, complaints: IO[bytes]) -> StateError:
    complaints.seek(0)
    said = complaints.read().decode(errors="replace").strip().splitlines()
    why = f": {said[-1]}" if said else ""
    return StateError(
        f"the process of the apply ended before its first change{why}",
        path=str(order.journal),
        hint="nothing was changed; try again, or apply it in this process: account.apply(plan, confirm=…)",
    )
