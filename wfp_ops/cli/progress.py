"""Progress on stderr, for a person at a terminal and nobody else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wfp_ops.cli.output import console


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


def _silent(_done: int, _total: int) -> None:
    """Nobody is looking."""
