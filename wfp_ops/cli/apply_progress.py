"""How far an apply is, on stderr, for a person at a terminal: bar, rate, time left, what is being done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wfp_ops.cli.output import console
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from rich.progress import Task
    from rich.text import Text

    from wfp_ops.change.apply import Progress as Steps
    from wfp_ops.change.control import Control

_LONGEST_NAME = 36


@contextmanager
def applying(control: Control) -> Iterator[Callable[[Steps], None] | None]:
    """What an apply reports to while this holds; None where nobody sits at a terminal."""
    err = console(stderr=True)
    # asked of the stream: FORCE_COLOR makes Rich take a file for a terminal
    if not (sys.stderr.isatty() and err.is_terminal):
        yield None
        return
    from rich.progress import (  # noqa: PLC0415 (a moment to load, and only for terminals)
        BarColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column  # noqa: PLC0415

    class Doing(ProgressColumn):
        """What is being done; a cancel shows at once, not only after the step that is under way."""

        def render(self, task: Task) -> Text:
            """The name, or why it stands still."""
            return _doing(control, task)

    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
        Doing(Column(no_wrap=True)),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        number = bar.add_task("", total=None, told="", current="reading the account again", paused=False)

        def report(progress: Steps) -> None:
            bar.update(
                number,
                completed=progress.over,
                total=progress.total,
                told=_told(progress, bar.tasks[0].speed),
                current=progress.current,
                paused=progress.paused,
            )

        yield report


def _told(progress: Steps, speed: float | None) -> str:
    """How many of how many, how fast, and what did not go as planned."""
    parts = [f"{progress.over:,} of {progress.total:,}"]
    if speed:
        parts.append(f"{speed * 60:,.0f} a minute")
    if progress.dropped:
        parts.append(f"{progress.dropped:,} dropped out")
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    return ", ".join(parts)


def _doing(control: Control, task: Task) -> Text:
    from rich.text import Text  # noqa: PLC0415 (as above)

    if control.cancelled:
        return Text("cancelling (Ctrl-C again cuts it off)", style="bold yellow")
    if task.fields["paused"]:
        return Text("paused", style="bold yellow")
    name = visible(task.fields["current"])
    return Text(name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…", style="dim")
