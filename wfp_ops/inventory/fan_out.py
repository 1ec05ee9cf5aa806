"""Many reads at once, in threads: results in order, progress as they come, the first error ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def fan_out(
    read: Callable[[T], R],
    wanted: Sequence[T],
    *,
    threads: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[R]:
    """``read`` of each wanted thing, in the order wanted, by at most so many threads.

    ``progress(done, total)`` is called from the calling thread, after each read.
    The first error is raised at once, and so is a KeyboardInterrupt; no further read begins then.
    Those under way are not waited for, neither here nor when the program ends: that is why these
    are daemon threads and no ``ThreadPoolExecutor``, whose threads hold up a program that wants to
    end for as long as a server hangs. So ``read`` must change nothing.
    """
    todo: SimpleQueue[int] = SimpleQueue()
    done: SimpleQueue[tuple[int, R | BaseException]] = SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            try:
                at = todo.get_nowait()
            except Empty:
                return
            try:
                done.put((at, read(wanted[at])))
            except BaseException as error:  # noqa: BLE001 - handed to the calling thread, which raises it
                stop.set()
                done.put((at, error))

    for at in range(len(wanted)):
        todo.put(at)
    for number in range(min(max(threads, 1), len(wanted))):
        threading.Thread(target=work, name=f"wfp-ops-read-{number}", daemon=True).start()
    results: dict[int, R] = {}
    try:
        while len(results) < len(wanted):
            at, outcome = done.get()
            if isinstance(outcome, BaseException):
                raise outcome
            results[at] = outcome
            if progress is not None:
                progress(len(results), len(wanted))
    finally:
        stop.set()
    return [results[at] for at in range(len(wanted))]
