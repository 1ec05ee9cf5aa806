"""Long work of a panel: in a thread, with its progress in words, to be paused and cancelled.

A click's handler must return at once, or no other click is heard meanwhile. So it starts a job; the job's
thread draws the progress and, at the end, hands over the result or the error.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import ipywidgets

from wfp_ops.change.control import Control
from wfp_ops.clock import Clock
from wfp_ops.widgets.look import row, visible_if
from wfp_ops.widgets.words import progress_in_words

T = TypeVar("T")

# How often progress is drawn, and how long a pause sleeps between two looks
_DRAWN_EVERY_S = 0.1
_SLICE_S = 0.1


class Cancelled(Exception):  # noqa: N818 (it is no error: a person wished it)
    """Somebody cancelled the work that asks. Never leaves a job."""


class Ticket:
    """What a piece of work holds of its job: it says how far it is, and hears that it is to stop.

    Attributes:
        control: the same for an apply, to be handed on to it.
    """

    def __init__(self, clock: Clock, draw: Callable[[str, int, int], None]) -> None:
        self.control = Control()
        self._clock = clock
        self._draw = draw
        self._began = clock.monotonic()
        self._drawn: float | None = None
        self._live = True

    def advance(self, done: int, total: int) -> None:
        """So much of so much is done; fits every ``progress=`` of the library.

        Raises:
            Cancelled: somebody cancelled.
        """
        now = self._clock.monotonic()
        if self._drawn is None or now - self._drawn >= _DRAWN_EVERY_S or done >= total:
            self._drawn = now
            self.say(progress_in_words(done, total, now - self._began), done, total)
        self.checkpoint()

    def say(self, text: str, done: int = 0, total: int = 0) -> None:
        """What it is doing, in words; with how far it is, where that is known."""
        if self._live:
            self._draw(text, done, total)

    def checkpoint(self) -> None:
        """Wait while it is paused.

        Raises:
            Cancelled: somebody cancelled.
        """
        while self.control.paused and self._live:
            self._clock.sleep(_SLICE_S)
        if self.control.cancelled:
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        """Wait, unless somebody cancels.

        Raises:
            Cancelled: somebody cancelled.
        """
        ends = self._clock.monotonic() + seconds
        while (left := ends - self._clock.monotonic()) > 0:
            self.checkpoint()
            self._clock.sleep(min(left, _SLICE_S))
        self.checkpoint()

    def abandon(self) -> None:
        """Nobody looks at it any more: whatever it still says or brings is dropped."""
        self._live = False
        self.control.cancel()

    @property
    def live(self) -> bool:
        """Whether somebody waits for what it brings."""
        return self._live


class Job:
    """One piece of work at a time, with what a person sees of it.

    Attributes:
        view: progress, what is done in words, pause and cancel; there only while work is under way.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        failed: Callable[[BaseException], None],
        changed: Callable[[], None] = lambda: None,
        cancelled: Callable[[], None] = lambda: None,
    ) -> None:
        """Nothing is started yet.

        Args:
            clock: tells the time that work takes.
            failed: called with whatever the work raises.
            changed: called when work begins and when it has ended.
            cancelled: called when work was given up before its end.
        """
        self._clock = clock
        self._failed = failed
        self._changed = changed
        self._cancelled = cancelled
        self._lock = threading.Lock()
        self._ticket: Ticket | None = None
        self._thread: threading.Thread | None = None
        self._to_its_end = False
        self._what = ""
        self._make_view()

    def _make_view(self) -> None:
        self._bar = ipywidgets.IntProgress(value=0, min=0, max=1)
        self._said = ipywidgets.Label()
        self._said.add_class("wfp-said")
        self._pause = ipywidgets.Button(description="Pause")
        self._stop = ipywidgets.Button(description="Cancel")
        self._pause.on_click(lambda _: self.pause_or_go_on())
        self._stop.on_click(lambda _: self.cancel())
        self.view = row(self._bar, self._said, self._pause, self._stop, classes="wfp-job")
        visible_if(self.view, condition=False)

    @property
    def running(self) -> bool:
        """Whether work is under way that somebody waits for."""
        return self._ticket is not None

    @property
    def text(self) -> str:
        """What a person reads of it, such as ``reading the account: 7/20``."""
        return str(self._said.value)

    def start(
        self,
        what: str,
        work: Callable[[Ticket], T],
        then: Callable[[T], object],
        *,
        pausable: bool = False,
        to_its_end: bool = False,
    ) -> bool:
        """Do some work in a thread.

        Args:
            what: what it is, in words: ``reading the account``.
            work: the work; it calls ``ticket.advance``, and may be asked to stop there.
            then: called in the thread with what the work brought.
            pausable: whether it can be paused: it must call ``ticket.checkpoint`` or hand on
                ``ticket.control``.
            to_its_end: whether a cancelled work is waited for and its result handed over, as with an
                apply. Otherwise it is given up at once, and what it brings is dropped.

        Returns:
            False, and nothing is started, while other work is under way: a double click is two clicks.
        """
        with self._lock:
            if self._ticket is not None:
                return False
            self._ticket = ticket = Ticket(self._clock, self._draw)
        self._what, self._to_its_end = what, to_its_end
        self._draw("", 0, 0)
        self._pause.description = "Pause"
        visible_if(self._pause, pausable)
        self._stop.disabled = False
        visible_if(self.view, condition=True)
        self._changed()
        self._thread = threading.Thread(target=self._run, args=(ticket, work, then), daemon=True)
        self._thread.start()
        return True

    def pause_or_go_on(self) -> None:
        """Pause what is under way, or go on with it."""
        ticket = self._ticket
        if ticket is None:
            return
        if ticket.control.paused:
            ticket.control.resume()
            self._pause.description = "Pause"
        else:
            ticket.control.pause()
            self._pause.description = "Go on"
            self._said.value = f"{self._what}: pausing ..."

    def cancel(self) -> None:
        """Stop what is under way; clicking twice is no mistake."""
        ticket = self._ticket
        if ticket is None:
            return
        if self._to_its_end:
            self._stop.disabled = True
            self._said.value = "cancelling: what is in flight is brought to its end"
            ticket.control.cancel()
            return
        ticket.abandon()
        if self._end(ticket):
            self._cancelled()

    def wait(self, timeout: float | None = None) -> bool:
        """Until the work has ended and its result is shown; whether it has."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return not self.running
        thread.join(timeout)
        return not thread.is_alive()

    def _run(self, ticket: Ticket, work: Callable[[Ticket], T], then: Callable[[T], object]) -> None:
        try:
            result = work(ticket)
        except Cancelled:
            if self._end(ticket):
                self._cancelled()
        except BaseException as error:  # noqa: BLE001 (whatever it is, it must stand on the panel)
            self._hand_over(ticket, self._failed, error)
        else:
            self._hand_over(ticket, then, result)

    def _hand_over(self, ticket: Ticket, take: Callable[[Any], object], what: object) -> None:
        """Show how it ended, unless nobody waits any more; an error in showing it is shown, too."""
        if not self._end(ticket):
            return
        try:
            take(what)
        except Exception as error:  # noqa: BLE001 (as above)
            self._failed(error)

    def _end(self, ticket: Ticket) -> bool:
        """Be free for other work; False where this ticket was given up before."""
        with self._lock:
            if self._ticket is not ticket:
                return False
            self._ticket = None
        visible_if(self.view, condition=False)
        self._changed()
        return True

    def _draw(self, text: str, done: int, total: int) -> None:
        self._bar.max = max(total, 1)
        self._bar.value = done if total else 1
        if total:
            self.view.remove_class("wfp-endless")
        else:
            self.view.add_class("wfp-endless")
        self._said.value = f"{self._what}: {text}" if text else f"{self._what} ..."
