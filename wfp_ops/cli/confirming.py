"""Words that a person types at a terminal before something is changed."""

from __future__ import annotations

import sys

from wfp_ops.errors import RefusedError


def typed(words: str, *, instead: str) -> str:
    """Ask for these words on stderr; what was typed comes back, right or wrong.

    Args:
        words: what is to be typed.
        instead: what to do where nobody can type, for the hint of the refusal.

    Raises:
        RefusedError: stdin is no terminal, or its end came.
    """
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    check_terminal(instead)
    say(f"To go on, type: {words}")
    sys.stderr.write("> ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise RefusedError("nothing was typed", reasons=["nothing was changed"], hint=instead)
    return line.strip()


def check_terminal(instead: str) -> None:
    """Refuse where nobody can type.

    Raises:
        RefusedError: stdin is no terminal; ``instead`` says what to do.
    """
    if not sys.stdin.isatty():
        raise RefusedError(
            "there is no terminal to confirm on", reasons=["nothing was changed"], hint=instead
        )


def confirm(words: str, *, instead: str) -> None:
    """Ask for these words, and refuse any others.

    Raises:
        RefusedError: as for ``typed``, or other words were typed.
    """
    said = typed(words, instead=instead)
    if " ".join(said.split()) != words:
        raise RefusedError(
            "these are not the words",
            reasons=[f"the words are {words!r}, and {said[:200]!r} was typed"],
            hint="nothing was changed; look at what it is about, then type the words",
        )
