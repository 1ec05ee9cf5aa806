"""``wfp-ops usage``: what customers' Workers used."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    CustomersOption,
    FormatOption,
    QueryOption,
    RawOption,
    check_raw,
    examples,
)
from wfp_ops.cli.session import reading

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

_LONG_S = 30.0

EXAMPLES = examples(
    ("wfp-ops usage --last 7d", "who used most in the last week, and the total"),
    (
        "wfp-ops usage --last 24h --every 5m --by namespace --format csv > usage.csv",
        "every five minutes of a day",
    ),
    (
        "wfp-ops usage --start 2026-10-01 --end 2026-11-01 --by customer --customers customers.csv",
        "a month by customer",
    ),
    ("wfp-ops usage --account sandbox --last 7d", "try it on a made-up account"),
)

app = typer.Typer(
    name="usage",
    help="Show what customers' Workers used.",
    invoke_without_command=True,
    subcommand_metavar="",
    rich_markup_mode=None,
    epilog=EXAMPLES,
)


@app.callback()
def usage(
    context: typer.Context,
    *,
    last: Annotated[
        str,
        typer.Option(
            "--last", metavar="SPAN", help="How far back: 24h, 7d, 4w. With --start it does not count."
        ),
    ] = "30d",
    every: Annotated[
        str | None,
        typer.Option(
            "--every",
            metavar="SPAN",
            help="One row for so much time: 5m, 15m, 1h, 6h, 1d; none for all of it. Default: 1h; none for a "
            "table, which adds all of it up.",
        ),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="WORDS",
            help="What rows are told apart by: namespace, worker (with its namespace) or customer, joined by "
            "commas; account for all of it.",
        ),
    ] = "namespace,worker",
    start: Annotated[
        str | None, typer.Option("--start", metavar="TIME", help="From when, such as 2026-10-01; in UTC.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--end", metavar="TIME", help="Up to when; now, unless given. In UTC.")
    ] = None,
    dispatchers: Annotated[
        bool,
        typer.Option(
            "--dispatchers",
            help="The dispatchers' own rows instead. A request that passes one and a Worker is in both, "
            "and is billed once.",
        ),
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=0, metavar="N", help="In the table: how many things by themselves.")
    ] = 20,
    customers: CustomersOption = None,
    query: QueryOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002 (the flag's name)
    raw: RawOption = False,
) -> None:
    """Show what customers' Workers used: requests, errors, CPU time.

    The table adds all of the time up, most requests first; JSON and CSV hold a row for each span of it.
    Numbers come from the account's analytics, which reach back about three months; their newest minutes are
    incomplete. The token needs "Account Analytics: Read".
    """
    if context.invoked_subcommand is not None:
        return
    check_raw(raw, format)
    with reading(account, config) as opened:
        from wfp_ops.cli.output import say, show_frame  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.progress import progress  # noqa: PLC0415

        with progress("reading usage") as advance:
            frame = opened.usage(
                last,
                every or ("none" if format == "table" else "1h"),
                _words(by),
                start=start,
                end=end,
                customers=customers,
                query=query,
                dispatchers=dispatchers,
                progress=advance,
                forecast=_say_forecast,
            )
        if frame.empty and format == "table":
            say("Nothing was used in that time.")
        else:
            show_frame(frame, format, partial(_table, frame, limit), raw=raw)
        _say_evidence(frame)


def _words(by: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in by.split(",") if word.strip())
    return () if words == ("account",) else words


def _table(frame: pd.DataFrame, limit: int, width: int) -> RenderableType:
    from wfp_ops.cli.usage_view import usage_table  # noqa: PLC0415
    from wfp_ops.usage.overview import overview_of  # noqa: PLC0415

    return usage_table(overview_of(frame, limit=limit), width)


def _say_forecast(queries: int, seconds: float) -> None:
    """Say it before somebody wonders why nothing happens."""
    if seconds >= _LONG_S:
        from wfp_ops.cli.output import say  # noqa: PLC0415

        say(f"about {queries:,} queries of analytics, which take {seconds / 60:.0f} minutes or more")


def _say_evidence(frame: pd.DataFrame) -> None:
    """What it covers, how whole it is, and what else should be known, on stderr."""
    from wfp_ops.cli.output import say, say_evidence  # noqa: PLC0415
    from wfp_ops.frames.provenance import completeness  # noqa: PLC0415
    from wfp_ops.usage.record import usage_record  # noqa: PLC0415

    record = usage_record(frame) or {}
    say(f"{record['start']} to {record['end']}; after {record['watermark']} not complete yet")
    say_evidence(len(frame), "row", completeness(frame))
    for names in record["renamed"]:
        say(f"note: one namespace was seen under several names: {', then '.join(names)}")
    for note in record["notes"]:
        say(f"note: {note}")
