"""``wfp-ops apply``: a plan carried out, once a person has typed its words or approved its digest."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wfp_ops.cli.failures import DONE_IN_PART, FAILED
from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    CustomersAgainOption,
    DetachOption,
    DocumentFormat,
    DocumentFormatOption,
    JournalOption,
    PlanFileArgument,
    QueryOption,
    examples,
)
from wfp_ops.cli.planned import same_account, say_commands
from wfp_ops.cli.restore import say_unvouched
from wfp_ops.cli.session import reading
from wfp_ops.cli.started import show_started

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.change.apply import Progress
    from wfp_ops.change.control import Control
    from wfp_ops.change.plan import Plan
    from wfp_ops.change.result import Applied

EXAMPLES = examples(
    ("wfp-ops apply plan.json", "shows it once more, and asks for its words"),
    (
        "wfp-ops apply plan.json --approve 1c32cd1a...8d1cfa --format json > applied.json",
        "in CI, with the digest that a person saw in plan show",
    ),
    ("wfp-ops apply plan.json --journal acme.jsonl", "with the journal in a place of your own"),
    ("wfp-ops apply plan.json --detach", "goes on when this terminal is closed"),
)
# As many as may be deleted in a day: nobody approves what they did not see
_STEPS_SHOWN = 25

# Does it, reporting to the one and heeding the other
Deed = Callable[["Callable[[Progress], None]", "Control"], "Applied"]


def apply(
    plan_file: PlanFileArgument,
    *,
    approve: Annotated[
        str | None,
        typer.Option(
            "--approve", metavar="DIGEST", help="Instead of typing the words: the digest that a person saw."
        ),
    ] = None,
    journal: JournalOption = None,
    detach: DetachOption = False,
    customers: CustomersAgainOption = None,
    query: QueryOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: DocumentFormatOption = "table",  # noqa: A002 (the flag's name)
) -> None:
    """Carry a plan out.

    Customers and account are read again and every guard is asked again: the plan can only shrink. What is
    deleted is archived before, and everything is on record in a journal. Ctrl-C ends it between two steps;
    `wfp-ops journal resume` goes on. It takes the account's write token where there is one. Exit codes: 0
    done, 1 some steps failed, 4 refused, 5 done in part and resumable.
    """
    from wfp_ops.change.plan_file import read_plan  # noqa: PLC0415 (loads what plans need)

    plan = read_plan(plan_file)
    with reading(account, config) as opened:
        if plan.restores is not None:
            say_unvouched(opened, plan.restores)
        words = None
        if approve is None:
            again = ["wfp-ops", "apply", str(plan_file), "--approve", plan.digest]
            given = (("--journal", journal), ("--customers", customers), ("--query", query))
            again += [word for flag, value in given if value is not None for word in (flag, str(value))]
            again += [*(["--detach"] if detach else []), *same_account(account, config)]
            words = asked(opened, plan, instead=f"once a person has seen the plan: {shlex.join(again)}")
        if detach:
            running = opened.start(
                plan, confirm=words, approve=approve, customers=customers, query=query, journal=journal
            )
            show_started(running, format)
            return
        applied = carried_out(
            lambda progress, control: opened.apply(
                plan,
                confirm=words,
                approve=approve,
                customers=customers,
                query=query,
                journal=journal,
                control=control,
                progress=progress,
            ),
            flags=same_account(account, config),
        )
    finish(applied, format, account=account, config=config)


def asked(opened: Account, plan: Plan, *, instead: str) -> str:
    """Show a plan on stderr and ask for its words; what was typed comes back, right or wrong.

    Raises:
        RefusedError: it may not be applied whatever is typed, or there is no terminal to type at.
    """
    from wfp_ops.account.restoring import blobs_again  # noqa: PLC0415 (as above)
    from wfp_ops.account.run import check_here  # noqa: PLC0415
    from wfp_ops.cli.confirming import check_terminal, typed  # noqa: PLC0415
    from wfp_ops.cli.output import console  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.plan_view import plan_view  # noqa: PLC0415

    # Nobody should type words in vain
    check_here(opened, plan)
    blobs_again(opened, plan)
    check_terminal(instead)
    console(stderr=True).print(plan_view(plan, steps=_STEPS_SHOWN), crop=False)
    return typed(plan.confirmation, instead=instead)


def carried_out(deed: Deed, *, flags: Sequence[str] = ()) -> Applied:
    """Do it, with progress on a terminal; a second Ctrl-C, which cuts it off, says how to go on.

    ``flags`` name the account again, for the command that can be typed next.

    Raises:
        typer.Exit: it was cut off after it had begun to change things, so something is left.
        KeyboardInterrupt: it was cut off before that.
    """
    from wfp_ops.change.control import Control  # noqa: PLC0415
    from wfp_ops.cli.apply_progress import applying  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.output import say  # noqa: PLC0415

    control = Control()
    begun = False
    try:
        with applying(control) as shown:

            def report(progress: Progress) -> None:
                nonlocal begun
                begun = True  # it is told for the first time once the journal is begun
                if shown is not None:
                    shown(progress)

            return deed(report, control)
    except KeyboardInterrupt:
        if not begun:
            raise
        listed = shlex.join(["wfp-ops", "journal", "list", *flags])
        say(f"cut off: what was begun is on record; {listed} shows where, journal resume goes on")
        raise typer.Exit(DONE_IN_PART) from None


def finish(applied: Applied, chosen: DocumentFormat, *, account: str | None, config: Path | None) -> None:
    """Print what came of it, say what can be done next, and end with the exit code of that.

    Raises:
        typer.Exit: something is left or failed.
    """
    from wfp_ops.cli.applied_view import summary  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.output import show, write  # noqa: PLC0415

    if chosen == "json":
        write(f"{applied.to_json()}\n")
    else:
        show(summary(applied))
    say_next(applied, account, config)
    if applied.left:
        raise typer.Exit(DONE_IN_PART)
    if applied.failed:
        raise typer.Exit(FAILED)


def say_next(applied: Applied, account: str | None, config: Path | None) -> None:
    """What can be typed next: to go on with what is left, and to bring back what was deleted."""
    flags = same_account(account, config)
    journal = str(applied.journal)
    commands = []
    if applied.left:
        commands.append((["wfp-ops", "journal", "resume", journal, *flags], "goes on with what is left"))
    archives = [each.archive for each in applied.steps if each.outcome == "done" and each.archive]
    if archives:
        restore = ["wfp-ops", "restore", archives[0], "--out", "restore.json", *flags]
        every = shlex.join(["wfp-ops", "archive", "list", *flags])
        more = f"; {len(archives):,} archives were made: {every}" if len(archives) > 1 else ""
        commands.append((restore, f"plans the way back of what was deleted{more}"))
    say_commands(commands)
