"""``wfp-ops journal``: what was changed and when, whether the record of it is whole, and going on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wfp_ops.cli.apply import carried_out, finish
from wfp_ops.cli.failures import FAILED
from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    CustomersAgainOption,
    DocumentFormatOption,
    FormatOption,
    QueryOption,
    RawOption,
    check_raw,
    examples,
)
from wfp_ops.cli.session import reading

if TYPE_CHECKING:
    from wfp_ops.change.journal.reader import Verification

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The journal's file.")]

app = typer.Typer(
    name="journal",
    help="List journals of what was changed, show, verify or resume one.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=examples(("wfp-ops journal list", "every apply of this account, and which can be resumed")),
)
_COLUMNS = (
    ("at", "begun (UTC)"),
    ("state", "state"),
    ("done", "done"),
    ("dropped", "dropped"),
    ("failed", "failed"),
    ("left", "left"),
    ("confirmation", "words"),
    ("journal", "journal"),
)
_LONGEST_NAME = 48


@app.callback()
def journal() -> None:
    """List journals of what was changed, show, verify or resume one."""


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
        from wfp_ops.cli.output import say, show_frame, warn  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.tables import frame_table  # noqa: PLC0415

        frame = opened.journals()
        if frame.empty and format == "table":
            say("Nothing was applied to this account from here.")
            return
        show_frame(frame, format, partial(frame_table, frame, _COLUMNS), raw=raw)
        for path, problem in frame[["journal", "problem"]].dropna().itertuples(index=False):
            warn(f"{path}: {problem}")


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
    from wfp_ops.cli.output import show_document, write  # noqa: PLC0415 (loads Rich)

    records = Reading(file)
    rows = as_rows(records)
    if format == "json" and records.problem is None:
        show_document(rows)
    elif format == "table":
        write("".join(f"{line}\n" for line in _lines(rows)))
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
    from wfp_ops.cli.output import show_document, write  # noqa: PLC0415 (loads Rich)

    found = verify(file)
    if format == "json":
        show_document({**vars(found), "path": str(found.path), "notes": list(found.notes)})
    else:
        write("".join(f"{line}\n" for line in _verdict(found)))
    if found.problem is not None:
        raise typer.Exit(FAILED)


@app.command(
    "resume",
    epilog=examples(
        ("wfp-ops journal resume acme.jsonl", "settle what was in flight, then do what is left"),
        ("wfp-ops journal resume acme.jsonl --format json", "in CI: exit code 5 while something is left"),
    ),
)
def resume_journal(
    file: FileArgument,
    *,
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
        applied = carried_out(
            lambda progress, control: opened.resume(
                file, customers=customers, query=query, control=control, progress=progress
            )
        )
    finish(applied, format, account=account, config=config)


def _show_departure(file: Path | None, customer: str, account: str | None, config: Path | None) -> None:
    from wfp_ops.change.journal.show import departure  # noqa: PLC0415 (loads what plans need)
    from wfp_ops.cli.output import say, show_document  # noqa: PLC0415 (loads Rich)

    if file is not None:
        paths = [file]
    else:
        with reading(account, config) as opened:
            paths = list(opened.journal_paths())
    document = departure(paths, customer)
    show_document(document)
    if not document["journals"]:
        say(f"No journal says that anything was done for customer {customer!r}.")


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each row, columns below each other; plain, because a journal may be very long."""
    from wfp_ops.errors import visible  # noqa: PLC0415

    about = [_about(row) for row in rows]
    digits = max((len(str(row["step"])) for row in rows if row["step"] is not None), default=1)
    longest = min(max(map(len, about), default=0), _LONGEST_NAME)
    for row, name in zip(rows, about, strict=True):
        step = "" if row["step"] is None else row["step"]
        at = str(row["at"])[:19].replace("T", " ")
        yield f"{at}  {step:>{digits}}  {name:<{longest}}  {visible(row['what'])}"


def _about(row: Mapping[str, Any]) -> str:
    from wfp_ops.errors import visible  # noqa: PLC0415

    if row["namespace"] is None:
        return ""
    verb = "" if row["action"] is None else f"{str(row['action']).partition('_')[0]} "
    inside = "" if row["worker"] is None else f"/{row['worker']}"
    return visible(f"{verb}{row['namespace']}{inside}")


def _verdict(found: Verification) -> Iterator[str]:
    from wfp_ops.change.show.words import counted  # noqa: PLC0415
    from wfp_ops.errors import visible  # noqa: PLC0415

    said = f"{found.state}: {counted(found.records, 'whole record')}"
    if found.problem is not None:
        where = "" if found.line is None else f" (line {found.line:,})"
        before = counted(found.records, "record")
        said = f"TAMPERED{where}: {visible(found.problem)}; whole before it: {before}"
    elif found.state == "unfinished":
        said += "; it can be resumed"
    yield said
    if found.last_hash is not None:
        yield f"last hash: {found.last_hash}"
    yield from (f"note: {visible(note)}" for note in found.notes)
