"""Work in a thread: progress, pause, cancel, errors, and that one click starts one."""

from __future__ import annotations

import threading

import pytest
from support.fake_clock import FakeClock

from wfp_ops.clock import SystemClock
from wfp_ops.errors import RefusedError
from wfp_ops.widgets.job import Cancelled, Job


class Watched:
    """A job, and what it told."""

    def __init__(self, clock=None):
        self.results, self.errors, self.changes, self.cancels = [], [], [], []
        self.job = Job(
            clock or SystemClock(),
            failed=self.errors.append,
            changed=lambda: self.changes.append(self.job.running),
            cancelled=lambda: self.cancels.append(True),
        )

    def start(self, work, **options):
        """Start it."""
        return self.job.start("reading", work, self.results.append, **options)

    @property
    def seen(self):
        """Whether anything of it is on the page."""
        return self.job.view.layout.display != "none"


@pytest.fixture
def watched():
    """A job that waits for nothing."""
    return Watched()


def test_work_brings_its_result_and_is_gone_from_the_page(watched):
    """It is seen only while it is under way."""
    held, gate = [], threading.Event()

    def work(ticket):
        held.append(watched.seen)
        gate.wait(10)
        return 42

    assert not watched.seen
    assert watched.start(work)
    assert watched.job.running
    gate.set()
    assert watched.job.wait(10)
    assert (watched.results, held, watched.seen) == ([42], [True], False)
    assert watched.changes == [True, False]


def test_a_second_start_does_nothing_while_the_first_is_under_way(watched):
    """A double click is two clicks."""
    gate, runs = threading.Event(), []

    def work(ticket):
        runs.append(1)
        gate.wait(10)

    assert [watched.start(work), watched.start(work)] == [True, False]
    gate.set()
    watched.job.wait(10)
    assert runs == [1]
    assert watched.start(lambda ticket: runs.append(2))
    watched.job.wait(10)
    assert runs == [1, 2]


def test_many_clicks_at_once_start_one(watched):
    """Also from several threads."""
    gate, together, started = threading.Event(), threading.Barrier(8), []

    def click():
        together.wait(10)
        started.append(watched.start(lambda ticket: gate.wait(10)))

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    gate.set()
    watched.job.wait(10)
    assert sorted(started) == [False] * 7 + [True]


def test_progress_is_told_in_words():
    """With pace and rest, by the clock."""
    clock = FakeClock()
    watched = Watched(clock)
    texts = []

    def work(ticket):
        ticket.advance(0, 20)
        texts.append(watched.job.text)
        clock.advance(2)
        ticket.advance(7, 20)
        texts.append(watched.job.text)
        ticket.advance(8, 20)
        texts.append(watched.job.text)
        ticket.advance(20, 20)
        texts.append(watched.job.text)

    watched.start(work)
    watched.job.wait(10)
    assert watched.errors == []
    assert texts == [
        "reading: 0/20",
        "reading: 7/20, 3.5 a second, about 4 s left",
        "reading: 7/20, 3.5 a second, about 4 s left",
        "reading: 20/20",
    ]


@pytest.mark.parametrize("error", [RefusedError("no", reasons=[]), ValueError("x"), SystemExit(3)])
def test_whatever_it_raises_is_handed_over(watched, error):
    """Nothing is swallowed, and other work can begin."""

    def work(ticket):
        raise error

    watched.start(work)
    assert watched.job.wait(10)
    assert watched.errors == [error]
    assert not watched.job.running
    assert watched.start(lambda ticket: 1)
    watched.job.wait(10)
    assert watched.results == [1]


def test_an_error_in_showing_the_result_is_handed_over(watched):
    """The work was well, what shows it was not."""
    error = ValueError("x")

    def show(result):
        raise error

    watched.job.start("reading", lambda ticket: 1, show)
    watched.job.wait(10)
    assert watched.errors == [error]


def test_a_cancelled_reading_is_given_up_at_once(watched):
    """The panel is free while the thread is still in a request; what that brings is dropped."""
    gate, stopped = threading.Event(), []

    def work(ticket):
        gate.wait(10)
        try:
            ticket.advance(1, 2)
        except Cancelled:
            stopped.append(True)
            raise
        return "late"

    watched.start(work)
    first = watched.job._thread
    watched.job.cancel()
    assert not watched.job.running
    assert watched.cancels == [True]
    assert watched.start(lambda ticket: "new")
    watched.job.wait(10)
    gate.set()
    first.join(10)
    watched.job.cancel()
    assert (watched.results, stopped, watched.errors, watched.cancels) == (["new"], [True], [], [True])


def test_a_cancelled_apply_is_waited_for(watched):
    """It hears it through its control, and hands over what it did."""
    begun = threading.Event()

    def work(ticket):
        begun.set()
        while not ticket.control.cancelled:
            threading.Event().wait(0.01)
        return "7 done"

    watched.start(work, to_its_end=True)
    begun.wait(10)
    watched.job.cancel()
    watched.job.cancel()
    watched.job.wait(10)
    assert (watched.results, watched.cancels) == (["7 done"], [])


def test_a_pause_holds_the_work_until_it_goes_on(watched):
    """And a cancel ends a pause."""
    passed, begun = [], threading.Event()

    def work(ticket):
        begun.set()
        for step in range(1000):
            ticket.advance(step, 1000)
            passed.append(step)
            threading.Event().wait(0.002)

    watched.start(work, pausable=True)
    begun.wait(10)
    watched.job.pause_or_go_on()
    threading.Event().wait(0.3)
    held = len(passed)
    threading.Event().wait(0.3)
    assert len(passed) == held < 1000
    assert watched.job.text == "reading: pausing ..."
    watched.job.pause_or_go_on()
    while len(passed) == held:
        threading.Event().wait(0.01)
    watched.job.pause_or_go_on()
    watched.job.cancel()
    assert watched.job.wait(10)
    assert (watched.results, watched.cancels) == ([], [True])


def test_a_sleep_ends_with_a_cancel():
    """Whoever polls hears it soon."""
    clock = FakeClock()
    watched = Watched(clock)

    def work(ticket):
        ticket.sleep(5)
        ticket.control.cancel()
        ticket.sleep(5)

    watched.start(work)
    watched.job.wait(10)
    assert watched.cancels == [True]
    assert clock.monotonic() == pytest.approx(5)


def test_buttons_of_a_job_that_does_not_run_do_nothing(watched):
    """Scripts click what is not there."""
    watched.job.cancel()
    watched.job.pause_or_go_on()
    watched.job._stop.click()
    watched.job._pause.click()
    assert watched.job.wait(1)
    assert (watched.cancels, watched.changes) == ([], [])
