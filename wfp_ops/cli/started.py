"""What is said of an apply that was let go: where its journal is, and how to watch it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wfp_ops.cli.options import DocumentFormat

if TYPE_CHECKING:
    from wfp_ops.account.running import Running


def show_started(running: Running, chosen: DocumentFormat) -> None:
    """Say of an apply that was let go how it stands, and how to watch it."""
    from wfp_ops.cli.output import say, write  # noqa: PLC0415 (loads Rich)

    progress = running.progress()
    if chosen == "json":
        write(f"{running.result().to_json()}\n")
    else:
        write(f"{running.journal}\n")
    # a short one may be over by now
    by = (
        "it went on by itself, and has ended"
        if progress.pid is None
        else (f"it goes on by itself, as process {progress.pid}")
    )
    say(f"{by}: {running.plan.confirmation}")
    say_how_to_watch(running)


def say_how_to_watch(running: Running) -> None:
    """Commands for an apply that goes on elsewhere."""
    from wfp_ops.cli.planned import say_commands  # noqa: PLC0415 (loads Rich)

    journal = str(running.journal)
    say_commands(
        [
            (["wfp-ops", "journal", "follow", journal], "shows how far it is"),
            (["wfp-ops", "journal", "cancel", journal], "ends it between two steps; pause and continue, too"),
        ]
    )
