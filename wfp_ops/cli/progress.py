"""Progress on stderr, for a person at a terminal and nobody else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wfp_ops.cli.output import console, say

_LONG_S = 30.0


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A spinner, and a bar once it is known how much there is; gone when the work is done."""
    err = console(stderr=True)
    # asked of the stream: FORCE_COLOR makes Rich take a file for a terminal
    if not (sys.stderr.isatty() and err.is_terminal):
        yield _silent
        return
    from rich.progress import (  # noqa: PLC0415 (a moment to load, and only for terminals)
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(what, total=None, told="")
        yield lambda done, total: bar.update(task, completed=done, total=total, told=f"{done:,} of {total:,}")


def say_forecast(requests: int, seconds: float, what: str) -> None:
    """Say how long it takes, before somebody wonders why nothing happens; nothing where it is soon over."""
    if seconds >= _LONG_S:
        minutes = max(1, round(seconds / 60))
        say(f"about {requests:,} {what}, which take {minutes:,} min or more by the rate budget")


def _silent(_done: int, _total: int) -> None:
    """Nobody is looking."""
