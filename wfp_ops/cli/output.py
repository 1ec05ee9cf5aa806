"""What commands print: data on stdout, words for people on stderr.

Names come from other people. They are put into ``rich.text.Text``, which knows no markup, and what
can't be seen in them (control characters, bidi overrides) is shown as an escape.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.text import Text

from wfp_ops.cli.options import Format
from wfp_ops.errors import visible
from wfp_ops.frames.export import to_csv, to_json, to_rows
from wfp_ops.frames.provenance import Completeness

if TYPE_CHECKING:
    import pandas as pd

PIPED_WIDTH = 100


def console(*, stderr: bool = False) -> Console:
    """A console for the stream as it is now: no colours and a fixed width where nobody sits at it."""
    stream = sys.stderr if stderr else sys.stdout
    environment = dict(os.environ)
    if not _is_width(environment.get("COLUMNS", "")):
        environment.pop("COLUMNS", None)
    fixed = not stream.isatty() and "COLUMNS" not in environment
    return Console(
        file=stream,
        width=PIPED_WIDTH if fixed else None,
        _environ=environment,
        force_jupyter=False,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _is_width(columns: str) -> bool:
    """Whether COLUMNS says a width. Some terminals and CI runners set it to 0: they don't know."""
    return columns.isascii() and columns.isdigit() and int(columns) > 0


def show(*what: RenderableType) -> None:
    """Print for a person, on stdout."""
    out = console()
    with out.capture() as captured:
        # uncropped: a command that is longer than the line is there to be copied whole
        out.print(*what, sep="\n", crop=False)
    text = captured.get()
    write(text if out.is_terminal else "\n".join(line.rstrip() for line in text.split("\n")))


def write(text: str) -> None:
    """Put text on stdout. A reader that has gone away (``| head``) is no failure."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # whatever is still to come goes nowhere, also what the interpreter flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_document(document: object) -> None:
    """Print a JSON document, and nothing else."""
    write(to_json(document) + "\n")


def show_frame(
    frame: pd.DataFrame, chosen: Format, table: Callable[[int], RenderableType], *, raw: bool = False
) -> None:
    """Print a frame: as the table made of it for a width, as a JSON array of rows, or as CSV."""
    if chosen == "json":
        show_document(to_rows(frame))
    elif chosen == "csv":
        write(to_csv(frame, raw=raw))
    else:
        show(table(console().width))


def say(message: str | Text) -> None:
    """A line for the person at the terminal, on stderr, unbroken so that commands can be copied from it."""
    text = message if isinstance(message, Text) else Text(visible(message))
    console(stderr=True).print(text, soft_wrap=True)


def warn(message: str) -> None:
    """A line that should be seen, on stderr."""
    say(Text.assemble(("warning: ", "bold yellow"), visible(message)))


def say_evidence(count: int, what: str, proof: Completeness) -> None:
    """How much was read and whether that is all of it; in red where it is not proven."""
    start = f"{count:,} {what if count == 1 else what + 's'}, "
    verdict = ("proven complete", "green") if proof.proven else ("NOT proven complete", "bold red")
    say(Text.assemble(start, verdict, f": {visible(proof.how)}"))
