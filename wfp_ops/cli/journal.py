"""``wfp-ops journal``: what was changed and when, whether the record of it is whole, and going on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wfp_ops.cli import following
from wfp_ops.cli.apply import carried_out, finish
from wfp_ops.cli.failures import FAILED
from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    CustomersAgainOption,
    DetachOption,
    DocumentFormatOption,
    FormatOption,
    QueryOption,
    RawOption,
    check_raw,
    examples,
)
from wfp_ops.cli.planned import same_account
from wfp_ops.cli.session import reading
from wfp_ops.cli.started import show_started

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The journal's file.")]

app = typer.Typer(
    name="journal",
    help="List journals of changes; show, verify, resume or watch one.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=examples(("wfp-ops journal list", "every apply of this account, and which can be resumed")),
)


@app.callback()
def journal() -> None:
    """List journals of changes; show, verify, resume or watch one."""


@app.command(
    "list",
    epilog=examples(
        ("wfp-ops journal list", "the newest first"),
        ("wfp-ops journal list --account acme-prod --format json", "for programs"),
    ),
)
def list_journals(
    *,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002 (the flag's name)
    raw: RawOption = False,
) -> None:
    """List every apply of this account, the newest first.

    Each journal is read and checked from end to end; one that is missing or was changed is listed as such.
    """
    check_raw(raw, format)
    with reading(account, config) as opened:
        from wfp_ops.cli.journal_view import journals_view  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.output import say, show_frame  # noqa: PLC0415

        frame = opened.journals()
        if frame.empty and format == "table":
            say("Nothing was applied to this account from here.")
            return
        show_frame(frame, format, lambda _width: journals_view(frame), raw=raw)


@app.command(
    "show",
    epilog=examples(
        ("wfp-ops journal show acme.jsonl", "line by line, in words"),
        ("wfp-ops journal show --customer 42 > departure.json", "what was done for a customer who left"),
    ),
)
def show_journal(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="The journal's file. With --customer: default all of them."),
    ] = None,
    *,
    customer: Annotated[
        str | None,
        typer.Option(
            "--customer",
            metavar="ID",
            help="Instead: the JSON document of what was done for this customer, checkable by hash, without "
            "a word of others.",
        ),
    ] = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: DocumentFormatOption = "table",  # noqa: A002
) -> None:
    """Show a journal line by line.

    Each line is checked before it is shown; at the first that was changed it ends, with exit code 1. A
    file needs no account; --customer without a file asks the settings for the account whose journals count.
    """
    if customer is not None:
        _show_departure(file, customer, account, config)
        return
    if file is None:
        raise typer.BadParameter(
            "name a journal, or a --customer; see wfp-ops journal list", param_hint="FILE"
        )
    from wfp_ops.change.journal.reader import Reading  # noqa: PLC0415 (loads what plans need)
    from wfp_ops.change.journal.show import as_rows  # noqa: PLC0415
    from wfp_ops.cli.journal_view import record_lines  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.output import show_document, write  # noqa: PLC0415

    records = Reading(file)
    rows = as_rows(records)
    if format == "json" and records.problem is None:
        show_document(rows)
    elif format == "table":
        write("".join(f"{line}\n" for line in record_lines(rows)))
    if records.problem is not None:
        raise records.error()


@app.command(
    "verify",
    epilog=examples(
        ("wfp-ops journal verify acme.jsonl", "complete or unfinished; exit code 1 if it was tampered with"),
    ),
)
def verify_journal(file: FileArgument, *, format: DocumentFormatOption = "table") -> None:  # noqa: A002
    """Check a journal from end to end.

    It says whether the record is complete or unfinished (then it can be resumed); a journal that was
    changed, cut or reordered exits with 1. It needs no account.
    """
    from wfp_ops.change.journal.reader import verify  # noqa: PLC0415 (loads what plans need)
    from wfp_ops.cli.journal_view import verdict_lines  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.output import show_document, write  # noqa: PLC0415

    found = verify(file)
    if format == "json":
        show_document({**vars(found), "path": str(found.path), "notes": list(found.notes)})
    else:
        write("".join(f"{line}\n" for line in verdict_lines(found)))
    if found.problem is not None:
        raise typer.Exit(FAILED)


@app.command(
    "resume",
    epilog=examples(
        ("wfp-ops journal resume acme.jsonl", "settle what was in flight, then do what is left"),
        ("wfp-ops journal resume acme.jsonl --format json", "in CI: exit code 5 while something is left"),
        ("wfp-ops journal resume acme.jsonl --detach", "goes on when this terminal is closed"),
    ),
)
def resume_journal(
    file: FileArgument,
    *,
    detach: DetachOption = False,
    customers: CustomersAgainOption = None,
    query: QueryOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: DocumentFormatOption = "table",  # noqa: A002
) -> None:
    """Go on with an apply that was cut off.

    What was in flight is settled by reading; then every guard is asked again, and what is left is done. It
    was confirmed when it began, so nobody is asked again. Exit codes as for apply.
    """
    with reading(account, config) as opened:
        if detach:
            show_started(opened.start_resume(file, customers=customers, query=query), format)
            return
        applied = carried_out(
            lambda progress, control: opened.resume(
                file, customers=customers, query=query, control=control, progress=progress
            ),
            flags=same_account(account, config),
        )
    finish(applied, format, account=account, config=config)


app.command("follow", epilog=following.FOLLOW_EXAMPLES)(following.follow)
app.command("pause", epilog=following.PAUSE_EXAMPLES)(following.pause)
app.command("continue", epilog=following.CONTINUE_EXAMPLES)(following.go_on)
app.command("cancel", epilog=following.CANCEL_EXAMPLES)(following.cancel)


def _show_departure(file: Path | None, customer: str, account: str | None, config: Path | None) -> None:
    from wfp_ops.change.journal.departure import came_back, departure  # noqa: PLC0415 (loads what plans need)
    from wfp_ops.cli.output import say, show_document  # noqa: PLC0415 (loads Rich)

    if file is not None:
        document = departure([file], customer)
    else:
        with reading(account, config) as opened:
            document = opened.departure(customer)
    show_document(document)
    if not document["journals"]:
        say(f"No journal says that anything was done for customer {customer!r}.")
    for archive in came_back(document):
        say(f"This proves no departure: what the archive {archive} holds of customer {customer!r} came back.")
