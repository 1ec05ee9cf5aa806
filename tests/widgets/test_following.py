"""Watching an apply: what a person reads of it, and how pause and cancel travel between pages."""

from __future__ import annotations

from collections import deque

import pytest
from support.fake_clock import FakeClock

from wfp_ops.change.control import Control
from wfp_ops.change.running.progress import RunProgress
from wfp_ops.errors import RefusedError
from wfp_ops.widgets.following import apply_in_words, follow


def progress(state="running", done=7, **facts):
    """How far it is."""
    return RunProgress(state=state, total=20, done=done, dropped=0, failed=0, left=20 - done, **facts)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "7/20"),
        (
            {"rate": 3.5, "seconds_left": 4.0, "current": "customer-9"},
            "7/20, 3.5 a second, about 4 s left, now customer-9",
        ),
        ({"rate": 0.5, "seconds_left": 26.0}, "7/20, 30.0 a minute, about 26 s left"),
        ({"state": "paused"}, "7/20, paused"),
        ({"asked": "pause", "rate": 2.0}, "7/20, pausing: the step in flight is brought to its end"),
        ({"asked": "cancel", "rate": 2.0}, "7/20, cancelling: what is in flight is brought to its end"),
    ],
)
def test_in_words(facts, words):
    """Progress, rate, time left, what is done now."""
    assert apply_in_words(progress(**facts)) == words


class Apply:
    """An apply that is as far as the test says, and remembers what was asked of it."""

    plan = type("Plan", (), {"restores": None})()

    def __init__(self, *states, over=False):
        self.states = deque(states)
        self.asked = []
        self.over = over

    def progress(self):
        return self.states.popleft()

    def ask(self, wish):
        if self.over:
            raise RefusedError("it does not go on", reasons=["it has ended"])
        self.asked.append(wish)

    def pause(self):
        self.ask("pause")

    def resume(self):
        self.ask("resume")

    def cancel(self):
        self.ask("cancel")

    def result(self):
        return "what came of it"


class Page:
    """The ticket of a job, and a person who presses its buttons while it is shown."""

    def __init__(self, *presses):
        self.control = Control()
        self.presses = deque(presses)
        self.said = []
        self.pressed_elsewhere = 0

    def say(self, text, done, total):
        self.said.append((text, done, total))
        if self.presses:
            press = self.presses.popleft()
            if press:
                getattr(self.control, press)()

    def elsewhere(self):
        self.pressed_elsewhere += 1
        (self.control.resume if self.control.paused else self.control.pause)()


def followed(running, page):
    """Watched to its end."""
    account = type("Account", (), {"clock": FakeClock()})()
    return follow(account, running, page, page.elsewhere)


def test_it_is_watched_to_its_end():
    """And what came of it comes back."""
    page = Page()
    running = Apply(progress(done=1), progress(done=2), progress("finished", done=20))
    assert followed(running, page) == "what came of it"
    assert [done for _, done, _ in page.said] == [1, 2]
    assert running.asked == []


def test_pause_go_on_and_cancel_are_passed_on_once_each():
    """In the order in which they were pressed."""
    page = Page("pause", None, "resume", "cancel", None)
    running = Apply(
        progress(),
        progress(asked="pause"),
        progress("paused"),
        progress("paused"),
        progress(),
        progress(asked="cancel"),
        progress("interrupted"),
    )
    followed(running, page)
    assert running.asked == ["pause", "resume", "cancel"]
    assert page.pressed_elsewhere == 0


def test_a_pause_elsewhere_presses_the_button_here():
    """Once, and is not passed back."""
    page = Page()
    running = Apply(
        progress(), progress("paused"), progress("paused"), progress(), progress("finished", done=20)
    )
    followed(running, page)
    assert page.pressed_elsewhere == 2
    assert running.asked == []


def test_what_is_asked_after_its_end_is_no_error():
    """It ended between the look and the click."""
    page = Page("cancel")
    running = Apply(progress(), progress(), progress("finished", done=20), over=True)
    assert followed(running, page) == "what came of it"


def test_a_pause_is_said_before_the_apply_knows_of_it():
    """No pace stands there while the step in flight ends."""
    page = Page("pause")
    running = Apply(progress(rate=2.0), progress(rate=2.0), progress("paused"), progress("finished", done=20))
    followed(running, page)
    first, second, *_ = [text for text, _, _ in page.said]
    assert "a second" in first
    assert second == "7/20, pausing: the step in flight is brought to its end"
