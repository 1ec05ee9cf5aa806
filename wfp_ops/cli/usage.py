"""``wfp-ops usage``: what customers' Workers used; ``collect`` keeps it longer than analytics reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    CustomersOption,
    DocumentFormatOption,
    FormatOption,
    QueryOption,
    RawOption,
    check_raw,
    examples,
)
from wfp_ops.cli.session import reading
from wfp_ops.errors import APIError

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType


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
    ("wfp-ops usage collect", "keep what analytics would forget"),
)
COLLECT_EXAMPLES = examples(
    ("wfp-ops usage collect", "all that analytics still know and is not kept yet; in cron, once a day"),
    ("wfp-ops usage collect --last 7d", "the last week once more"),
    ("wfp-ops usage collect --into s3://bucket/usage --format json", "into an object store, for programs"),
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
    live: Annotated[
        bool, typer.Option("--live", help="By analytics alone, without what was collected.")
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
    Numbers come from the account's analytics, which reach back about three months, and from what
    `wfp-ops usage collect` kept of them; their newest minutes are incomplete. The token needs "Account
    Analytics: Read".
    """
    if context.invoked_subcommand is not None:
        _refuse_before(context)
        return
    check_raw(raw, format)
    with reading(account, config) as opened:
        from wfp_ops.cli.output import say, show_frame  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.progress import progress  # noqa: PLC0415

        known = customers is not None or opened.own_customers_source is not None
        listed = opened.customers(customers, query=query) if known else None
        with progress("reading usage") as advance:
            frame = opened.usage(
                last,
                every or ("none" if format == "table" else "1h"),
                _words(by),
                start=start,
                end=end,
                customers=listed,
                dispatchers=dispatchers,
                history=not live,
                progress=advance,
                forecast=_say_forecast,
            )
        if frame.empty and format == "table":
            say("No usage shows in that time.")
        else:
            show_frame(frame, format, partial(_table, frame, listed, limit), raw=raw)
        _say_evidence(frame)


@app.command("collect", epilog=COLLECT_EXAMPLES)
def collect(
    *,
    last: Annotated[
        str | None,
        typer.Option(
            "--last",
            metavar="SPAN",
            help="Read so much time again: 24h, 7d. Default: all that analytics still know and is not kept.",
        ),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(
            "--into",
            metavar="FOLDER|URL",
            help="Where it is kept: a folder, or a URL such as s3://bucket/usage. Default: [usage] history, "
            "else the state folder.",
        ),
    ] = None,
    customers: CustomersOption = None,
    query: QueryOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: DocumentFormatOption = "table",  # noqa: A002 (the flag's name)
) -> None:
    """Keep usage by the hour, before analytics forget it.

    Every hour is kept once, however often it is collected. A run that is cut off keeps what it has, and the
    next one goes on from there: exit code 5. The token needs "Account Analytics: Read".
    """
    with reading(account, config) as opened:
        from wfp_ops.cli.output import say, show_document, warn, write  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.progress import progress  # noqa: PLC0415

        kept = _Kept()
        with _in_part(kept), progress("collecting usage") as advance:
            collected = opened.collect_usage(
                last,
                into=into,
                customers=customers,
                query=query,
                progress=kept.counted(advance),
                forecast=_say_forecast,
            )
        if format == "json":
            show_document(collected.to_dict())
        else:
            write(f"{collected.url}\n")
        say(collected.headline())
        for note in collected.notes:
            warn(note)


class _Kept:
    """How many hours were put down so far."""

    hours = 0

    def counted(self, advance: Callable[[int, int], None]) -> Callable[[int, int], None]:
        """The same as a progress that counts."""

        def report(done: int, total: int) -> None:
            self.hours = done
            advance(done, total)

        return report


@contextmanager
def _in_part(kept: _Kept) -> Iterator[None]:
    """A failure after some hours were put down is explained, and ends in exit code 5."""
    try:
        yield
    except (APIError, KeyboardInterrupt) as error:
        if not kept.hours:
            raise
        from wfp_ops.cli.failures import DONE_IN_PART, explain  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.output import say  # noqa: PLC0415

        explain(error)
        say(f"{kept.hours:,} hours were put down; the same command goes on from there")
        raise typer.Exit(DONE_IN_PART) from None


def _refuse_before(context: typer.Context) -> None:
    """Options that stand before ``collect`` would count for nothing."""
    sources = {each.opts[0]: context.get_parameter_source(str(each.name)) for each in context.command.params}
    given = [option for option, source in sources.items() if source and source.name == "COMMANDLINE"]
    if given:
        raise typer.BadParameter("it stands before collect: put it after", param_hint=given[0])


def _words(by: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in by.split(",") if word.strip())
    return () if words == ("account",) else words


def _table(frame: pd.DataFrame, customers: pd.DataFrame | None, limit: int, width: int) -> RenderableType:
    from wfp_ops.cli.usage_view import usage_table  # noqa: PLC0415
    from wfp_ops.usage.overview import overview_of  # noqa: PLC0415

    return usage_table(frame, overview_of(frame, limit=limit, customers=customers), width)


def _say_forecast(queries: int, seconds: float) -> None:
    from wfp_ops.cli.progress import say_forecast  # noqa: PLC0415 (loads Rich)

    say_forecast(queries, seconds, "queries of analytics")


def _say_evidence(frame: pd.DataFrame) -> None:
    """What it covers, how whole it is, and what else should be known, on stderr."""
    from wfp_ops.cli.output import say, say_evidence  # noqa: PLC0415
    from wfp_ops.frames.provenance import completeness  # noqa: PLC0415
    from wfp_ops.usage.record import usage_record  # noqa: PLC0415

    record = usage_record(frame) or {}
    say(f"{record['start']} to {record['end']}; after {record['watermark']} not complete yet")
    say_evidence(len(frame), "row", completeness(frame))
    for each in record["sources"]:
        if each["source"] == "history":
            say(f"from the history: {each['start']} to {each['end']}")
    for names in record["renamed"]:
        say(f"note: one namespace was seen under several names: {', then '.join(names)}")
    for note in record["notes"]:
        say(f"note: {note}")
