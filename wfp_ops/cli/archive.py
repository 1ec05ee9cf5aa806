"""``wfp-ops archive``: what was saved before deletions, whether it is whole, and its removal for good."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from wfp_ops.cli.failures import FAILED
from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    DocumentFormat,
    DocumentFormatOption,
    FormatOption,
    RawOption,
    check_raw,
    examples,
)
from wfp_ops.cli.session import reading
from wfp_ops.errors import RefusedError

if TYPE_CHECKING:
    from datetime import timedelta

    import pandas as pd
    from rich.table import Table

app = typer.Typer(
    name="archive",
    help="List, verify and purge what was saved before deletions.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=examples(("wfp-ops archive list", "what can be restored")),
)
_COLUMNS = (
    ("archive", "archive"),
    ("namespace", "namespace"),
    ("taken_at", "made (UTC)"),
    ("workers", "Workers"),
    ("bytes", "bytes"),
)


@app.callback()
def archive() -> None:
    """List, verify and purge what was saved before deletions."""


@app.command(
    "list",
    epilog=examples(
        ("wfp-ops archive list", "the newest first"),
        ("wfp-ops archive list --account acme-prod --format json", "for programs, with sizes and plans"),
    ),
)
def list_archives(
    *,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002 (the flag's name)
    raw: RawOption = False,
) -> None:
    """List what was saved before deletions.

    The newest comes first. Each archive is read and checked; one that is broken is listed with its problem.
    """
    check_raw(raw, format)
    with reading(account, config) as opened:
        from wfp_ops.cli.output import say, show_frame, warn  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.tables import frame_table  # noqa: PLC0415

        frame = opened.archives()
        if frame.empty and format == "table":
            say("Nothing was archived for this account.")
            return
        show_frame(frame, format, partial(frame_table, frame, _COLUMNS), raw=raw)
        for name, problem in frame[["archive", "problem"]].dropna().itertuples(index=False):
            warn(f"{name} can't be restored: {problem}")


@app.command(
    "verify",
    epilog=examples(
        ("wfp-ops archive verify", "all of them; exit code 1 if one is broken"),
        ("wfp-ops archive verify customer-9", "those of this namespace, or the one of this name"),
    ),
)
def verify_archives(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="An archive, or a namespace. Default: all of them."),
    ] = None,
    *,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002
    raw: RawOption = False,
) -> None:
    """Check archives from end to end.

    Every byte is read. Exits with 1 and says why if one is broken. Cloudflare is not asked.
    """
    check_raw(raw, format)
    with reading(account, config) as opened:
        from wfp_ops.change.show.words import counted  # noqa: PLC0415
        from wfp_ops.cli.output import say, show_frame  # noqa: PLC0415 (loads Rich)

        frame = _named(opened.archives(), name)
        if len(frame) or format != "table":
            show_frame(frame, format, lambda _width: _verdicts(frame), raw=raw)
        for unknown in frame["archive"][frame["problem"].isna() & frame["journal"].isna()]:
            say(f"note: no journal vouches for {unknown}: only its own manifest says that it is whole")
        broken = int(frame["problem"].notna().sum())
        say(f"{counted(len(frame), 'archive')}, {broken:,} broken")
        if broken:
            raise typer.Exit(FAILED)


@app.command(
    "purge",
    epilog=examples(
        ("wfp-ops archive purge --older-than 400d", "asks for the words 'purge N archives'"),
        ("wfp-ops archive purge --namespace customer-9", "a customer's, as a duty to erase asks"),
        ("wfp-ops archive purge --older-than 400d --expect 3", "in cron: refused unless it is three"),
    ),
)
def purge_archives(
    *,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="SPAN", help="Those made longer ago than this: 400d, 52w."),
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option("--namespace", metavar="NAME", help="Those of the namespace of this name or id."),
    ] = None,
    expect: Annotated[
        int | None,
        typer.Option(
            "--expect",
            min=0,
            metavar="N",
            help="Instead of typing the words: how many are to go. Any other number is refused.",
        ),
    ] = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: DocumentFormatOption = "table",  # noqa: A002
) -> None:
    """Remove archives for good.

    What they hold can't be restored afterwards. Say how old or of which namespace, or both: then both must
    hold. Their names are printed, and what went stays on record without its content.
    """
    age = _age(older_than)
    if age is None and namespace is None:
        raise typer.BadParameter("say how old, or of which namespace", param_hint="--older-than, --namespace")
    with reading(account, config) as opened:
        meant = opened.purge_archives(older_than=age, namespace=namespace, dry_run=True)
        if meant or expect:
            _confirm(meant, expect)
        _print(opened.purge_archives(older_than=age, namespace=namespace) if meant else [], format)


def _age(text: str | None) -> timedelta | None:
    from wfp_ops.clock import is_span, parse_span  # noqa: PLC0415

    if text is None:
        return None
    if not is_span(text):
        raise typer.BadParameter(f"{text!r} is no span: write it as 400d or 52w", param_hint="--older-than")
    return parse_span(text)


def _confirm(meant: Sequence[str], expect: int | None) -> None:
    """Refuse another number than the expected one; where none was given ask at the terminal."""
    from wfp_ops.change.show.words import counted  # noqa: PLC0415
    from wfp_ops.cli.confirming import confirm  # noqa: PLC0415
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    number = counted(len(meant), "archive").replace(",", "")
    if expect is None:
        for name in meant:
            say(f"  {name}")
        confirm(f"purge {number}", instead=f"say how many are to go: --expect {len(meant)}")
    elif expect != len(meant):
        raise RefusedError(
            "another number of archives would go than was expected",
            reasons=[f"it would be {number}, and {expect} were expected"],
            hint="nothing was removed; look at wfp-ops archive list",
        )


def _print(gone: Sequence[str], chosen: DocumentFormat) -> None:
    from wfp_ops.change.show.words import counted  # noqa: PLC0415
    from wfp_ops.cli.output import say, show_document, write  # noqa: PLC0415 (loads Rich)

    if chosen == "json":
        show_document(list(gone))
    else:
        write("".join(f"{name}\n" for name in gone))
    say(f"purged: {counted(len(gone), 'archive')}")


def _named(frame: pd.DataFrame, name: str | None) -> pd.DataFrame:
    """Those that a name means.

    Raises:
        ArchiveError: there is none of this name.
    """
    from wfp_ops.errors import ArchiveError  # noqa: PLC0415

    if name is None:
        return frame
    found = frame[frame["archive"].str.startswith(name) | (frame["namespace"] == name).fillna(value=False)]
    if found.empty:
        raise ArchiveError(
            f"there is no archive {name!r}", path=name, hint="list what there is: wfp-ops archive list"
        )
    return found.reset_index(drop=True)


def _verdicts(frame: pd.DataFrame) -> Table:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from wfp_ops.errors import visible  # noqa: PLC0415

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(style="bold", overflow="fold")
    table.add_column(overflow="fold", ratio=1)
    for name, problem in frame[["archive", "problem"]].itertuples(index=False):
        broken = isinstance(problem, str)
        verdict = Text("✖ broken", style="bold red") if broken else Text("✔ whole", style="green")
        table.add_row(verdict, Text(visible(name)), Text(visible(problem) if broken else ""))
    return table
