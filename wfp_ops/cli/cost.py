"""``wfp-ops cost``: what a month costs, by customer."""

from __future__ import annotations

from functools import partial
from pathlib import Path
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

EXAMPLES = examples(
    ("wfp-ops cost --month 2026-10 --customers customers.csv", "what October cost, and whose part is whose"),
    ("wfp-ops cost", "the month that is under way, so far"),
    ("wfp-ops cost --month 2026-10 --format csv > cost.csv", "every column, for a spreadsheet"),
    ("wfp-ops cost --account sandbox", "try it on a made-up account"),
)


def cost(
    *,
    month: Annotated[
        str | None,
        typer.Option(
            "--month", metavar="MONTH", help="Such as 2026-10, in UTC. Default: this month, so far."
        ),
    ] = None,
    prices: Annotated[
        Path | None, typer.Option("--prices", metavar="FILE", help="A price table of your own (TOML).")
    ] = None,
    share: Annotated[
        str | None,
        typer.Option(
            "--share",
            metavar="RULE",
            help="How what the plan includes is shared: proportional (to what each used) or even.",
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=0, metavar="N", help="In the table: how many customers by name.")
    ] = 20,
    customers: CustomersOption = None,
    query: QueryOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002 (the flag's name)
    raw: RawOption = False,
) -> None:
    """Show what a month costs, by customer.

    The rows add up to the bill of Workers for Platforms, to the cent. What belongs to no customer of the
    list is the row "unallocated"; what the dispatchers used by themselves is the row "dispatcher". Usage
    comes from the account's analytics. The token needs "Account Analytics: Read" and "Workers Scripts: Read".
    """
    check_raw(raw, format)
    with reading(account, config) as opened:
        from wfp_ops.cli.output import say, show_document, show_frame  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.progress import progress  # noqa: PLC0415
        from wfp_ops.usage.cost.record import cost_record, to_document  # noqa: PLC0415

        with progress("reading usage") as advance:
            frame = opened.cost(month, customers, query=query, prices=prices, share=share, progress=advance)
        if format == "json":
            show_document(to_document(frame))
        else:
            show_frame(frame, format, partial(_table, frame, limit), raw=raw)
        record = cost_record(frame) or {}
        final = "" if record["complete"] else f", NOT complete: usage up to {record['through']}"
        say(f"{record['month']}: {record['total']:,.2f} US dollars{final}")
        by = record["prices"]
        say(f"prices of {by['from']} ({by['source']}); allotments: {record['share']}")
        for note in record["notes"]:
            say(f"note: {note}")


def _table(frame: pd.DataFrame, limit: int, width: int) -> RenderableType:
    from wfp_ops.cli.cost_view import cost_lines  # noqa: PLC0415

    return cost_lines(frame, limit, width)
