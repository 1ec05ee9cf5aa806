"""How much of the request rate that it is allowed an apply uses, and whether it is ever told to slow down.

    python benchmarks/apply.py

A plan of creates and a plan of deletions (each namespace with a Worker, archived before) are applied by
``account.apply`` to a sandbox that limits requests as Cloudflare does, with a client whose ``[api]
rate_limit`` is the sandbox's. Its share of that, 80 %, is what it is allowed in any stretch of the limit's
window: so no more than that can go out in a whole window, and in k whole windows k times as many. The figure
is how many of these it used: the sandbox's own count of requests from the beginning of the apply to the end
of its last whole window, over what was allowed in that time. What the last, broken window holds is left out,
for nothing more is to be done at its end. Before each apply a window passes without a request.

Cloudflare's window is five minutes, in which the client may send 960 requests. 1,000 creates and 1,000
deletions are 16,000 requests, or an hour and a half of that. So the window is made shorter:

- in the first table twenty times, with the same 960 requests in it (64 a second): time runs faster, and
  the program, the server and the disk of this machine must keep up with it;
- in the second fifteen times, with as many fewer requests (3.2 a second, the real rate), and answers that
  take as long as real ones do: what counts is whether so slow a conversation, one change at a time, keeps up.

The third table has no limit at all, and answers that take their time: what an apply can send at the most,
as its changes never overlap. An account that is allowed more than that is not used to the full.

The client has no setting for the window (Cloudflare's is what it is), so this script opens its transport
with another one; ``--window 300`` measures with the real one. Answers are counted by their status as well.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from measuring import machine, show
from prepared import CREATE, DELETE, NO_LIMIT, Prepared, apply, opened, prepared

from wfp_ops.account import transport as account_transport
from wfp_ops.api.budget import QUOTA, WINDOW_S
from wfp_ops.api.reply import Reply
from wfp_ops.api.transport import Transport
from wfp_ops.change.plan import Plan

SHARE = 0.8
# About how many requests one takes: only to choose how many there are to be
REQUESTS = {CREATE: 3, DELETE: 13}
NO_LIMIT_HEADER = ("steps", "answers take", "requests", "seconds", "requests a second")
HEADER = ("steps", "answers take", "allowed", "requests", "seconds", "whole windows", "used of it", "429")


@dataclass(frozen=True)
class Limit:
    """A rate limit: requests in a window."""

    requests: int
    window_s: float

    @property
    def allowed(self) -> int:
        """What the client may send of it."""
        return round(self.requests * SHARE)


@dataclass(frozen=True)
class Run:
    """One apply: steps and their kind, requests, seconds, counts at the end of each whole window."""

    kind: str
    steps: int
    latency_s: float
    limit: Limit
    requests: int
    seconds: float
    at_windows: tuple[int, ...]
    refused: int

    def row(self) -> list[str]:
        """As a row of the tables with a limit."""
        windows = len(self.at_windows)
        used = f"{self.at_windows[-1] / (windows * self.limit.allowed):.1%}" if windows else "no whole window"
        about, sent = self._about(), self._sent()
        allowed = f"{self.limit.allowed} in {self.limit.window_s:g} s"
        return [*about, allowed, *sent, str(windows), used, str(self.refused)]

    def free_row(self) -> list[str]:
        """As a row of the table without one."""
        return [*self._about(), *self._sent(), f"{self.requests / self.seconds:.1f}"]

    def _about(self) -> tuple[str, str]:
        take = f"{1000 * self.latency_s:.0f} ms more" if self.latency_s else "as they come"
        return f"{self.steps:,} x {self.kind}", take

    def _sent(self) -> tuple[str, str]:
        return f"{self.requests:,}", f"{self.seconds:.0f} s"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--steps", type=int, default=1000, help="creates, and deletions, of the first table")
    options.add_argument("--window", type=float, default=15.0, help="its window, with 1,200 requests in it")
    options.add_argument(
        "--latencies", type=float, nargs="*", default=[0.05, 0.3], help="of the second table"
    )
    options.add_argument("--slow-window", type=float, default=20.0, help="its window, at the real rate")
    options.add_argument("--slow-windows", type=float, default=3.3, help="how many of them an apply takes")
    options.add_argument("--free-steps", type=int, default=50, help="of each kind in the third table")
    given = options.parse_args()
    print(machine())
    quick = Limit(QUOTA, given.window)
    show(
        f"at {quick.allowed / quick.window_s:.3g} requests a second",
        HEADER,
        [run.row() for run in _both(quick, {CREATE: given.steps, DELETE: given.steps}, 0.0)],
    )
    real = Limit(max(1, round(QUOTA * given.slow_window / WINDOW_S)), given.slow_window)
    steps = {kind: max(1, round(given.slow_windows * real.allowed / each)) for kind, each in REQUESTS.items()}
    if not given.latencies:
        return
    rows = [run.row() for latency_s in given.latencies for run in _both(real, steps, latency_s)]
    show(f"at the real {real.allowed / real.window_s:.3g} requests a second", HEADER, rows)
    none = Limit(NO_LIMIT, WINDOW_S)
    steps = dict.fromkeys(REQUESTS, given.free_steps)
    rows = [run.free_row() for latency_s in given.latencies for run in _both(none, steps, latency_s)]
    show("without a limit", NO_LIMIT_HEADER, rows)


def _both(limit: Limit, steps: dict[str, int], latency_s: float) -> list[Run]:
    """Creates, then deletions, in a sandbox with this limit. Planning them is not limited."""
    runs = []
    with _window(limit) as statuses, prepared() as world:
        world.control("POST", "settings", {"rate_window_s": limit.window_s})
        for kind, size in steps.items():
            plan = world.plan(kind, size)
            runs.append(_run(world, plan, limit, statuses, kind=kind, latency_s=latency_s))
            world.control("POST", "settings", {"rate_limit": None})
            world.control("DELETE", "faults")
    return runs


@contextmanager
def _window(limit: Limit) -> Iterator[Counter[int]]:
    """Let accounts open transports with this window; their answers are counted by status."""
    statuses: Counter[int] = Counter()

    class Counted(Transport):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings, rate_window_s=limit.window_s)
            self._see = self._count

        def _count(self, reply: Reply) -> None:
            statuses[reply.status] += 1

    with patch.object(account_transport, "Transport", Counted):
        yield statuses


def _run(
    world: Prepared, plan: Plan, limit: Limit, statuses: Counter[int], *, kind: str, latency_s: float
) -> Run:
    if limit.requests != NO_LIMIT:
        _wait(limit.window_s + 1)  # what was sent for the plan counts no more, on either side
        world.control("POST", "settings", {"rate_limit": limit.requests})
    world.count_requests(latency_s)
    statuses.clear()
    with opened(world.sandbox, world.folder, limit.requests) as account, _counted(world, limit) as at_windows:
        start = time.perf_counter()
        apply(account, plan)
        seconds = time.perf_counter() - start
    requests = world.requests()
    if requests != statuses.total() - statuses[429]:
        raise SystemExit(f"the server counts {requests} requests, the client these answers: {statuses}")
    return Run(kind, len(plan.steps), latency_s, limit, requests, seconds, tuple(at_windows), statuses[429])


@contextmanager
def _counted(world: Prepared, limit: Limit) -> Iterator[list[int]]:
    """How many requests the server has let pass at the end of each whole window of the block."""
    counts: list[int] = []
    ended = threading.Event()
    start = time.perf_counter()

    def count() -> None:
        while not ended.wait(start + (len(counts) + 1) * limit.window_s - time.perf_counter()):
            counts.append(world.requests())

    counting = threading.Thread(target=count)
    counting.start()
    try:
        yield counts
    finally:
        ended.set()
        counting.join()


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


if __name__ == "__main__":
    main()
