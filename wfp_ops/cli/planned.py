"""What every command that makes a plan does with it: write it, show it, say what to do next, or refuse."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wfp_ops.cli.options import PlanFormat
from wfp_ops.errors import RefusedError

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit
    from wfp_ops.change.plan import Plan

STEPS_SHOWN = 100
_MOST_REASONS = 5


def check_out(path: Path) -> None:
    """Refuse a place that a plan may not be put at, before anything is read for it.

    Raises:
        typer.BadParameter: there is no such folder, or somebody's own file is there.
    """
    problem = None
    if not path.parent.is_dir():
        problem = "there is no such folder"
    elif path.is_dir():
        problem = "it is a folder: name a file in it"
    elif path.exists() and (not path.is_file() or _is_of_the_system(path)):
        # Looking what is in a pipe would wait for ever for what nobody writes, such as in one's own output
        problem = "it is no ordinary file: name one (--format json shows the plan on stdout)"
    elif path.exists() and not _is_plan(path):
        problem = "it is no plan of wfp-ops, and is left alone: name another file"
    if problem is not None:
        raise typer.BadParameter(f"{path}: {problem}", param_hint="--out")


def check_given(overrides: Sequence[str] | None, expires: str | None) -> None:
    """Refuse overrides and a span that mean nothing, before anything is read for them.

    Raises:
        SettingsError: no such guard, one that nothing overrides, no reason; no span, or too long a one.
    """
    from wfp_ops.account.planning import life_of  # noqa: PLC0415 (loads pandas)
    from wfp_ops.change.overrides import overrides_of  # noqa: PLC0415

    overrides_of(overrides or None)
    life_of(expires)


def _is_of_the_system(path: Path) -> bool:
    """Whether it is a link such as ``/dev/stdout``, which would be replaced, and not what it leads to."""
    return path.is_symlink() and path.absolute().parts[:2] in (("/", "dev"), ("/", "proc"))


def _is_plan(path: Path) -> bool:
    """Whether a file is a plan, if a damaged one, or empty and so nobody's loss."""
    from wfp_ops.change.plan import SCHEMA  # noqa: PLC0415

    try:
        content = path.read_bytes()
        document = json.loads(content or b"null")
    except (OSError, ValueError, RecursionError):
        return False
    return not content or (isinstance(document, dict) and document.get("schema") == SCHEMA)


def say_notes(audit: Audit) -> None:
    """What the audit behind a plan has to say beside its findings."""
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    for note in audit.notes:
        say(f"note: {note}")


def print_plan(plan: Plan, chosen: PlanFormat) -> None:
    """Show a plan on stdout."""
    from wfp_ops.cli.output import show, write  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.plan_view import plan_view  # noqa: PLC0415

    if chosen == "json":
        write(f"{plan.to_json()}\n")
    elif chosen == "markdown":
        write(plan.to_markdown())
    elif chosen == "html":
        write(plan.to_html())
    else:
        show(plan_view(plan, steps=STEPS_SHOWN))


def deliver(plan: Plan, out: Path, chosen: PlanFormat, *, account: str | None, config: Path | None) -> None:
    """Write a plan, show it, and say what to do next.

    Raises:
        RefusedError: it can't be applied; it is written all the same.
        PlanError: it can't be written.
    """
    from wfp_ops.change.plan_file import write_plan  # noqa: PLC0415 (loads pandas)

    written = write_plan(plan, out)
    print_plan(plan, chosen)
    refuse_idle(
        plan, hint=f"it is kept, to be looked at: {shlex.join(['wfp-ops', 'plan', 'show', str(written)])}"
    )
    _say_next(plan, written, account, config)


def refuse_idle(plan: Plan, *, hint: str) -> None:
    """Refuse a plan that a guard refuses as a whole, or in which nothing is left.

    Raises:
        RefusedError: with each reason.
    """
    if plan.can_be_applied:
        return
    if plan.refusals:
        reasons = [f"{row.guard}: {row.detail}" for row in plan.refusals]
        raise RefusedError("the plan can't be applied", reasons=reasons, hint=hint)
    raise RefusedError("no step is left in the plan", reasons=_why_nothing(plan), hint=hint)


def _why_nothing(plan: Plan) -> list[str]:
    from wfp_ops.change.show.words import subject  # noqa: PLC0415

    if not plan.excluded:
        return ["nothing was found that it could be about"]
    if len(plan.excluded) <= _MOST_REASONS:
        return [f"{subject(each.step)}: {each.guard}: {each.reason}" for each in plan.excluded]
    counts = Counter(each.guard for each in plan.excluded)
    first = {each.guard: each for each in reversed(plan.excluded)}
    return [
        f"{count:,} left out by {guard}, such as {subject(first[guard].step)}: {first[guard].reason}"
        for guard, count in counts.items()
    ]


def _say_next(plan: Plan, path: Path, account: str | None, config: Path | None) -> None:
    from wfp_ops.change.show.words import counted  # noqa: PLC0415
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    say(f"plan: {path} ({counted(len(plan.steps), 'step')}), digest {plan.digest}")
    flags = same_account(account, config)
    file = str(path)
    rehearse = (
        ["wfp-ops", "plan", "rehearse", file, *flags],
        "try it on a sandbox with this inventory first",
    )
    say_commands(
        [
            (["wfp-ops", "plan", "show", file], "look at it again; --format markdown or html to share it"),
            *([rehearse] if plan.inventory.snapshot is not None else []),
            (
                ["wfp-ops", "apply", file, *flags],
                f"do it; it asks for its words, until {plan.expires_at:%d %b %H:%M} UTC",
            ),
        ]
    )


def same_account(account: str | None, config: Path | None) -> list[str]:
    """The options again that name the account, for a command that can be typed next."""
    given = (("--account", account), ("--config", config))
    return [word for flag, value in given if value is not None for word in (flag, str(value))]


def say_commands(commands: Sequence[tuple[Sequence[str], str]]) -> None:
    """Commands that can be typed next, each with what it is for, on stderr."""
    from rich.text import Text  # noqa: PLC0415

    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    for words, purpose in commands:
        say(Text(f"  {shlex.join(words)}", style="cyan"))
        say(Text(f"      {purpose}", style="dim"))
