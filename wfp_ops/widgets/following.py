"""Watching an apply that runs as a process of its own: its progress in words, pause and cancel passed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from wfp_ops.errors import APIError, RefusedError, StateError
from wfp_ops.widgets.words import span_in_words

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.account.running import Running
    from wfp_ops.change.control import Control
    from wfp_ops.change.result import Applied
    from wfp_ops.change.running.progress import RunProgress
    from wfp_ops.widgets.job import Ticket

_EVERY_S = 0.25


def follow(
    account: Account,
    running: Running,
    ticket: Ticket,
    paused_elsewhere: Callable[[], None],
    told: Callable[[Running, RunProgress], None] = lambda _running, _progress: None,
) -> Applied:
    """Watch an apply until it has ended; what came of it comes back.

    Args:
        account: whose clock it goes by.
        running: the apply.
        ticket: shows how far it is; its pause and cancel are passed on.
        paused_elsewhere: called where somebody else has paused it or gone on, to press the button here, too.
        told: called with each look at how far it is.

    Raises:
        JournalError: its journal was tampered with.
    """
    hand = _Hand(running, ticket.control, paused_elsewhere)
    while not (progress := running.progress()).ended:
        hand.pass_on(progress)
        told(running, progress)
        ticket.say(apply_in_words(progress, pausing=hand.pausing), progress.over, progress.total)
        account.clock.sleep(_EVERY_S)
    return _with_comparison(account, running)


def apply_in_words(progress: RunProgress, *, pausing: bool = False) -> str:
    """Such as ``7/20, 3.5 a second, about 4 s left, now customer-9``."""
    told = [f"{progress.over:,}/{progress.total:,}"]
    if progress.asked == "cancel":
        return f"{told[0]}, cancelling: what is in flight is brought to its end"
    if progress.paused:
        return f"{told[0]}, paused"
    if pausing or progress.asked == "pause":
        return f"{told[0]}, pausing: the step in flight is brought to its end"
    if progress.rate:
        by_minute = progress.rate < 1
        told.append(f"{progress.rate * 60:,.1f} a minute" if by_minute else f"{progress.rate:,.1f} a second")
    if progress.seconds_left is not None:
        told.append(f"about {span_in_words(progress.seconds_left)} left")
    if progress.current:
        told.append(f"now {progress.current}")
    return ", ".join(told)


class _Hand:
    """A person's hand on an apply, here and on other pages."""

    def __init__(self, running: Running, control: Control, paused_elsewhere: Callable[[], None]) -> None:
        self._running = running
        self._control = control
        self._paused_elsewhere = paused_elsewhere
        self._paused = self._cancelled = False

    @property
    def pausing(self) -> bool:
        """Whether a pause was clicked here, whatever the apply knows of it by now."""
        return self._control.paused

    def pass_on(self, progress: RunProgress) -> None:
        """Pause, go on or cancel as was clicked here; show what was clicked elsewhere."""
        try:
            if self._control.cancelled and not self._cancelled:
                self._running.cancel()
                self._cancelled = True
            elif self._control.paused != self._paused:
                self._paused = self._control.paused
                (self._running.pause if self._paused else self._running.resume)()
            elif progress.asked is None and progress.paused != self._paused and not self._cancelled:
                self._paused = progress.paused
                self._paused_elsewhere()
        except RefusedError:
            return  # it has ended in between: the next look says so


def _with_comparison(account: Account, running: Running) -> Applied:
    """After a restore also what is equal to the archive; where that can't be read, without it."""
    applied = running.result()
    archive = running.plan.restores
    if archive is None or not applied.done:
        return applied
    try:
        return replace(applied, comparison=account.compare(archive))
    except (APIError, StateError):
        return applied  # what was done must be told; the journal panel compares again
