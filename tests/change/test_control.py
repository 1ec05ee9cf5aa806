"""Pause and cancel take effect between two steps and in every wait; nothing in flight is cut."""

from __future__ import annotations

import signal
import threading

import pytest
from support.fake_clock import START, FakeClock

from wfp_ops.change.control import CancelledError, Control, InterruptibleClock, cancel_on_interrupt


class ActingClock(FakeClock):
    """Does something after so many sleeps."""

    def __init__(self, after, act):
        super().__init__()
        self._after = after
        self._act = act

    def sleep(self, seconds):
        super().sleep(seconds)
        if len(self.sleeps) == self._after:
            self._act()


def test_a_checkpoint_lets_go_on():
    """Where nobody asked for anything, at once."""
    clock = FakeClock()
    control = Control()
    control.checkpoint(clock)
    assert clock.sleeps == []
    assert (control.paused, control.cancelled) == (False, False)


def test_a_pause_is_waited_out():
    """Until somebody says to go on."""
    control = Control()
    clock = ActingClock(5, control.resume)
    control.pause()
    assert control.paused
    control.checkpoint(clock)
    assert len(clock.sleeps) == 5
    assert not control.paused


def test_a_cancel_ends_a_pause():
    """It is no longer paused, and nothing further begins."""
    control = Control()
    clock = ActingClock(3, control.cancel)
    control.pause()
    with pytest.raises(CancelledError):
        control.checkpoint(clock)
    assert (control.paused, control.cancelled) == (False, True)


def test_a_cancel_stays():
    """Also after a pause and a resume."""
    control = Control()
    control.cancel()
    control.pause()
    control.resume()
    with pytest.raises(CancelledError):
        control.checkpoint(FakeClock())


@pytest.mark.parametrize("seconds", [0, 0.1, 0.2, 1, 300])
def test_a_wait_is_as_long_as_it_was(seconds):
    """In slices, to the end."""
    clock = FakeClock()
    InterruptibleClock(clock, Control()).sleep(seconds)
    assert clock.monotonic() == pytest.approx(seconds)
    assert max(clock.sleeps, default=0) <= 0.2


def test_a_wait_that_is_over_already():
    """Less than nothing is nothing."""
    clock = FakeClock()
    InterruptibleClock(clock, Control()).sleep(-1)
    assert clock.sleeps == []


def test_a_cancel_cuts_a_wait():
    """Within a slice; before the first one where it came earlier."""
    control = Control()
    clock = ActingClock(2, control.cancel)
    waiting = InterruptibleClock(clock, control)
    with pytest.raises(CancelledError):
        waiting.sleep(300)
    assert len(clock.sleeps) == 2
    with pytest.raises(CancelledError):
        waiting.sleep(0)


def test_it_tells_the_time_of_the_clock_inside():
    """Both kinds of it."""
    clock = FakeClock()
    clock.advance(7)
    waiting = InterruptibleClock(clock, Control())
    assert waiting.monotonic() == 7
    assert (waiting.now() - START).total_seconds() == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_cancels(number):
    """And nothing is raised; afterwards the signals are as they were."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    control = Control()
    with cancel_on_interrupt(control):
        signal.raise_signal(number)
        assert control.cancelled
    assert {each: signal.getsignal(each) for each in before} == before


def _twice(number):
    signal.raise_signal(number)
    signal.raise_signal(number)


def test_the_second_signal_is_as_usual():
    """Ctrl-C twice ends it."""
    control = Control()
    with pytest.raises(KeyboardInterrupt), cancel_on_interrupt(control):
        _twice(signal.SIGINT)
    assert control.cancelled


def test_the_second_sigterm_ends_it_too():
    """Its default is no function to be called: it is raised as an interrupt."""
    with pytest.raises(KeyboardInterrupt), cancel_on_interrupt(Control()):
        _twice(signal.SIGTERM)


def test_somebody_elses_handler_gets_the_second_one():
    """With the signal's number."""
    got = []
    before = signal.signal(signal.SIGTERM, lambda number, _: got.append(number))
    try:
        with cancel_on_interrupt(Control()):
            signal.raise_signal(signal.SIGTERM)
            assert got == []
            signal.raise_signal(signal.SIGTERM)
        assert got == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_signals_are_as_they_were_after_an_error():
    """Whatever ended the block."""
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="no"), cancel_on_interrupt(Control()):
        raise ValueError("no")
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_catches_none():
    """It works as it does without; nothing changes."""
    before = signal.getsignal(signal.SIGINT)
    inside = []

    def work():
        with cancel_on_interrupt(Control()):
            inside.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert inside == [before]
