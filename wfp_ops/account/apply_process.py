"""The process that applies a plan on its own: ``python -m wfp_ops.account.apply_process``.

It is started by ``starting`` and by nobody else. It reads its order from standard input, answers on standard
output until its first change, and needs neither of them any more from then on.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from types import TracebackType
from typing import IO, TYPE_CHECKING

# What carries plans out is loaded by the process that does: the one that makes it ends at once, and no
# library's thread is lost in between
if TYPE_CHECKING:
    from pathlib import Path

    from wfp_ops.account.account import Account
    from wfp_ops.account.order import Answer, Order
    from wfp_ops.change.result import Applied
    from wfp_ops.clock import Clock


def main() -> int:
    """Take an order, and carry it out in a process that has no parent."""
    if hasattr(os, "fork") and os.fork():
        return 0
    answers = _own_answers()
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return _work(answers)


def _own_answers() -> IO[bytes]:
    """Standard output for the answers alone: whatever else is printed goes where complaints go."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _work(answers: IO[bytes]) -> int:
    from wfp_ops.account.order import Alive, Failed, received  # noqa: PLC0415 (see above)
    from wfp_ops.errors import WfpOpsError  # noqa: PLC0415

    sys.excepthook = _say_where
    _answer(answers, Alive(os.getpid()))
    order = received(sys.stdin.buffer)
    if order is None:
        return 1  # who gave the order is gone, and it did not come whole
    _read_no_more()
    try:
        with _opened(order) as account:
            applied = _applied(account, order, lambda journal: _begun(answers, journal, account.clock))
            _say(account.clock, f"ended: {applied.headline()}; stopped: {applied.stopped or 'no'}")
    except WfpOpsError as error:
        _answer(answers, Failed.of(error))
        _say(order.clock, f"ended: {type(error).__name__}: {error}")
        return 1
    return 0


def _opened(order: Order) -> Account:
    from wfp_ops.account.account import Account  # noqa: PLC0415 (as above)
    from wfp_ops.account.transport import open_transport  # noqa: PLC0415

    transport = open_transport(order.access, order.settings, order.clock, state_dir=order.rate_state_dir)
    return Account(
        order.access,
        order.settings,
        order.rules,
        order.clock,
        transport,
        customers_source=order.customers_source,
        state_dir=order.state_dir,
        rate_state_dir=order.rate_state_dir,
    )


def _applied(account: Account, order: Order, begun: Callable[[Path], None]) -> Applied:
    from wfp_ops.account.applying import apply_plan, resume_apply  # noqa: PLC0415 (as above)
    from wfp_ops.account.run import How  # noqa: PLC0415

    how = How(
        confirm=order.confirm,
        approve=order.approve,
        customers=order.customers,
        query=order.query,
        journal=order.journal,
        begun=begun,
    )
    plan = order.plan_again(account)
    return resume_apply(account, order.journal, how) if plan is None else apply_plan(account, plan, how)


def _begun(answers: IO[bytes], journal: Path, clock: Clock) -> None:
    """From here on nobody need be there who hears it: what there is to say goes into the log."""
    from wfp_ops.account.order import Begun  # noqa: PLC0415 (as above)

    _open_log(journal)
    _say(clock, f"begun: process {os.getpid()}, {version('wfp-ops')}, {journal}")
    _answer(answers, Begun(journal))
    with suppress(OSError):
        answers.close()


def _open_log(journal: Path) -> None:
    from wfp_ops.change.running.place import RunPlace  # noqa: PLC0415 (as above)

    try:
        log = os.open(RunPlace(journal).log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:  # the record is the journal; without a log it goes on all the same
        log = os.open(os.devnull, os.O_WRONLY)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    os.close(log)


def _read_no_more() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)


def _answer(answers: IO[bytes], answer: Answer) -> None:
    from wfp_ops.account.order import send  # noqa: PLC0415 (as above)

    # Who asked may be gone, and after the first answer that counts the pipe is closed
    with suppress(OSError, ValueError):
        send(answers, answer)


def _say(clock: Clock, text: str) -> None:
    from wfp_ops.clock import iso  # noqa: PLC0415 (as above)

    _write(f"{iso(clock.now())} {text}\n")


def _say_where(kind: type[BaseException], _: BaseException, trace: TracebackType | None) -> None:
    """Of what nobody foresaw its kind and its place; its words may hold anything."""
    places = [f"{each.filename}:{each.lineno}" for each in traceback.extract_tb(trace)]
    _write(f"this should not have happened: {kind.__name__} at {', '.join(places[-5:])}\n")


def _write(text: str) -> None:
    with suppress(OSError):  # a full disk must not end an apply: the journal knows best whether it can go on
        sys.stderr.write(text)
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
