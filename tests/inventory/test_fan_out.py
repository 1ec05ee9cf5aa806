"""Reads in threads: results in order, progress as they come, the first error ends it."""

from __future__ import annotations

import threading

import pytest

from wfp_ops.inventory.fan_out import fan_out

PATIENCE_S = 30.0


def test_results_stand_in_the_order_asked() -> None:
    """Whichever read ends first, the results are in the order of what was wanted."""
    last_is_done = threading.Event()

    def read(number: int) -> int:
        if number == 0:
            assert last_is_done.wait(PATIENCE_S)
        if number == 3:
            last_is_done.set()
        return number * 10

    assert fan_out(read, [0, 1, 2, 3], threads=2) == [0, 10, 20, 30]


@pytest.mark.parametrize("threads", [-1, 0, 1, 3, 50])
def test_no_more_threads_than_asked_read_at_once(threads: int) -> None:
    """The number of threads is a bound, at least one reads, and everything is read once."""
    lock, now, most, seen = threading.Lock(), 0, 0, []

    def read(number: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
            seen.append(number)
        with lock:
            now -= 1
        return number

    assert fan_out(read, range(40), threads=threads) == list(range(40))
    assert sorted(seen) == list(range(40))
    assert 1 <= most <= max(threads, 1)


def test_progress_comes_from_the_calling_thread() -> None:
    """One call after each read, counting up, never from a thread of ours (widgets and bars need that)."""
    calls = []

    def progress(done: int, total: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        calls.append((done, total))

    fan_out(str, range(5), threads=3, progress=progress)
    assert calls == [(done, 5) for done in range(1, 6)]


def test_nothing_wanted_reads_nothing() -> None:
    """Without anything to read there is no thread, no progress and no result."""

    def never(*_: object) -> None:
        raise AssertionError

    assert fan_out(never, [], threads=8, progress=never) == []


def test_the_first_error_ends_it_without_waiting_for_the_rest() -> None:
    """An error is raised while another read still hangs, and what had not begun never begins."""
    begun, release = [], threading.Event()

    def read(number: int) -> int:
        begun.append(number)
        if number == 0:
            release.wait(PATIENCE_S)
        if number == 1:
            raise LookupError(number)
        return number

    try:
        with pytest.raises(LookupError):
            fan_out(read, range(1000), threads=2)
        assert not release.is_set()
    finally:
        release.set()
    assert begun in ([0, 1], [1, 0], [1])


def test_an_interrupt_ends_it_without_waiting() -> None:
    """What the caller raises in between (Ctrl-C arrives like this) comes out, and no read begins after it."""
    begun, release = [], threading.Event()

    def read(number: int) -> int:
        begun.append(number)
        if number:
            release.wait(PATIENCE_S)
        return number

    def interrupted(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            fan_out(read, range(1000), threads=2, progress=interrupted)
    finally:
        release.set()
    assert len(begun) <= 3


def test_threads_do_not_hold_up_the_end_of_the_program() -> None:
    """A read that hangs runs in a daemon thread."""
    assert fan_out(lambda _: threading.current_thread().daemon, [1, 2], threads=2) == [True, True]
