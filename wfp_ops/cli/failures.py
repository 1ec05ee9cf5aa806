"""What went wrong → what a person reads and the exit code. No traceback, and no value that may be secret."""

from __future__ import annotations

import sys

from wfp_ops.errors import REPORT_TO, RefusedError, SettingsError, WfpOpsError, place_in_code

FAILED = 1
WRONG_USAGE = 2
FINDINGS = 3
REFUSED = 4
DONE_IN_PART = 5
CANCELLED = 130


def explain(error: BaseException) -> int:
    """Say on stderr what happened and what to do about it; the exit code comes back."""
    if isinstance(error, WfpOpsError):
        _say(*str(error).split("\n"))
        return exit_code(type(error))
    if isinstance(error, KeyboardInterrupt):
        _say_plain("cancelled")
        return CANCELLED
    if isinstance(error, OSError) and error.strerror:
        _say(error.strerror if error.filename is None else f"{error.filename}: {error.strerror}")
        return FAILED
    _say(
        f"this should not have happened: {type(error).__name__} in {place_in_code(error)}",
        f"  what to do: please report this line at {REPORT_TO}",
        "  more for the report: the same command as wfp-ops --traceback …",
    )
    return FAILED


def exit_code(kind: type[WfpOpsError]) -> int:
    """What a command that ends with an error of this kind exits with."""
    if issubclass(kind, SettingsError):
        return WRONG_USAGE
    return REFUSED if issubclass(kind, RefusedError) else FAILED


def _say(first: str, *rest: str) -> None:
    from rich.text import Text  # noqa: PLC0415 (only a failure pays for it)

    from wfp_ops.cli.output import say  # noqa: PLC0415
    from wfp_ops.errors import visible  # noqa: PLC0415

    say(Text.assemble(("error: ", "bold red"), (visible(first), "bold")))
    for line in rest:
        say(line)


def _say_plain(message: str) -> None:
    sys.stderr.write(f"{message}\n")
