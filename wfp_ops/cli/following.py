"""``wfp-ops journal follow|pause|continue|cancel``: an apply that goes on in another process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wfp_ops.cli.apply import finish
from wfp_ops.cli.failures import CANCELLED
from wfp_ops.cli.options import DocumentFormatOption, examples
from wfp_ops.cli.started import say_how_to_watch

if TYPE_CHECKING:
    from wfp_ops.account.running import Running
    from wfp_ops.change.control import Control

RunningFileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The journal's file.")]

FOLLOW_EXAMPLES = examples(
    ("wfp-ops journal follow acme.jsonl", "until it ends; Ctrl-C leaves it running"),
    ("wfp-ops journal follow acme.jsonl --format json > applied.json", "in CI: exit codes as for apply"),
)
PAUSE_EXAMPLES = examples(("wfp-ops journal pause acme.jsonl", "the step that is under way ends first"))
CONTINUE_EXAMPLES = examples(("wfp-ops journal continue acme.jsonl", "after a pause"))
CANCEL_EXAMPLES = examples(("wfp-ops journal cancel acme.jsonl", "what is left can be resumed later"))

_LOOK_EVERY_S = 0.2


def follow(file: RunningFileArgument, *, format: DocumentFormatOption = "table") -> None:  # noqa: A002
    """Watch an apply that goes on, and print what came of it.

    It may run in any process of this machine: started with --detach, by a notebook, in another terminal.
    Ctrl-C ends the watching, not the apply. It needs no account. Exit codes as for apply.
    """
    from wfp_ops.change.control import Control  # noqa: PLC0415 (loads what plans need)
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    running = _found(file)
    try:
        _watch(running, Control())
    except KeyboardInterrupt:
        say("it goes on without you:")
        say_how_to_watch(running)
        raise typer.Exit(CANCELLED) from None
    finish(running.result(), format, account=_account_of(running), config=None)


def pause(file: RunningFileArgument) -> None:
    """Pause an apply that goes on.

    The step that is under way is brought to its end first. Exit code 4 where nothing goes on.
    """
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    _found(file).pause()
    say("asked: it pauses after the step that is under way")


def go_on(file: RunningFileArgument) -> None:
    """Let an apply go on that was paused.

    One that has ended goes on with resume instead. Exit code 4 where nothing goes on.
    """
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    _found(file).resume()
    say("asked: it goes on")


def cancel(file: RunningFileArgument) -> None:
    """End an apply that goes on, between two steps.

    What is left can be resumed. Exit code 4 where nothing goes on.
    """
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    _found(file).cancel()
    say("asked: it ends after the step that is under way; wfp-ops journal resume goes on with what is left")


def _found(file: Path) -> Running:
    from wfp_ops.account.running import Running  # noqa: PLC0415 (loads pandas)
    from wfp_ops.clock import SystemClock  # noqa: PLC0415

    return Running(file, SystemClock())


def _account_of(running: Running) -> str | None:
    """How the settings call its account; None where they don't."""
    plan = running.plan
    return None if plan.account == plan.account_id else plan.account


def _watch(running: Running, shown: Control) -> None:
    """Show how far it is, where somebody sits at a terminal, until it ends."""
    from wfp_ops.change.apply import Progress  # noqa: PLC0415 (loads what plans need)
    from wfp_ops.cli.apply_progress import applying  # noqa: PLC0415 (loads Rich)

    with applying(shown, cancelling="cancelling") as report:
        while not (progress := running.wait(_LOOK_EVERY_S)).ended:
            if progress.asked == "cancel":
                shown.cancel()
            if report is not None:
                report(
                    Progress(
                        total=progress.total,
                        done=progress.done,
                        dropped=progress.dropped,
                        failed=progress.failed,
                        current=progress.current,
                        paused=progress.paused,
                    )
                )
