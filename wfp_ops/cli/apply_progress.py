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
_CANCELLING = "cancelling (Ctrl-C again cuts it off)"


@contextmanager
def applying(control: Control, *, cancelling: str = _CANCELLING) -> Iterator[Callable[[Steps], None] | None]:
    """What an apply reports to while this holds; None where nobody sits at a terminal.

    ``cancelling`` is shown once the control is cancelled.
    """
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
        TimeRemainingColumn,
    )
    from rich.table import Column  # noqa: PLC0415
    from rich.text import Text as Line  # noqa: PLC0415

    class Told(ProgressColumn):
        """How many of how many, how fast, and what did not go as planned."""

        def render(self, task: Task) -> Text:
            """In words."""
            return _told(task)

    class Doing(ProgressColumn):
        """What is being done; a cancel shows at once, not only after the step that is under way."""

        def render(self, task: Task) -> Text:
            """The name, or why it stands still."""
            return Line(cancelling, style="bold yellow") if control.cancelled else _doing(task)

    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        Told(),
        TimeRemainingColumn(),
        Doing(Column(no_wrap=True)),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        number = bar.add_task("", total=None, current="reading the account again", steps=None)

        def report(progress: Steps) -> None:
            bar.update(
                number,
                completed=progress.over,
                total=progress.total,
                current=progress.current,
                steps=progress,
            )

        yield report


def _told(task: Task) -> Text:
    from rich.text import Text  # noqa: PLC0415 (as above)

    steps: Steps | None = task.fields["steps"]
    if steps is None:
        return Text()
    parts = [f"{steps.over:,} of {steps.total:,}"]
    if task.speed:
        parts.append(f"{task.speed * 60:,.0f} a minute")
    if steps.dropped:
        parts.append(f"{steps.dropped:,} dropped out")
    if steps.failed:
        parts.append(f"{steps.failed:,} failed")
    return Text(", ".join(parts))


def _doing(task: Task) -> Text:
    from rich.text import Text  # noqa: PLC0415 (as above)

    steps: Steps | None = task.fields["steps"]
    if steps is not None and steps.paused:
        return Text("paused", style="bold yellow")
    name = visible(task.fields["current"])
    return Text(name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…", style="dim")
