"""A control that heeds what is asked from outside, beside what is asked of it in its own process."""

from __future__ import annotations

from wfp_ops.change.control import Control
from wfp_ops.change.running.requests import Inbox


class Heeding(Control):
    """Another control's hand, moved by the requests of an inbox as well.

    The last word counts, wherever it was said; a cancel is never taken back. The inbox is looked into
    whenever it is asked whether to go on: between two steps, and several times a second in every wait.
    """

    def __init__(self, control: Control, inbox: Inbox | None = None) -> None:
        super().__init__()
        self._control = control
        self._inbox = inbox

    def heed(self, inbox: Inbox) -> None:
        """From now on heed this one."""
        self._inbox = inbox

    def pause(self) -> None:
        """Let the step that is under way end, and begin no other."""
        self._control.pause()

    def resume(self) -> None:
        """Go on."""
        self._control.resume()

    def cancel(self) -> None:
        """End after the step that is under way."""
        self._control.cancel()

    @property
    def paused(self) -> bool:
        """Whether it is paused."""
        self._look()
        return self._control.paused

    @property
    def cancelled(self) -> bool:
        """Whether somebody cancelled."""
        self._look()
        return self._control.cancelled

    def _look(self) -> None:
        if self._inbox is None:
            return
        for request in self._inbox.new():
            if request.wish == "pause" and not self._control.cancelled:
                self._control.pause()
            elif request.wish == "resume":
                self._control.resume()
            elif request.wish == "cancel":
                self._control.cancel()
