"""``wfp-ops customer``: one customer whole."""

from __future__ import annotations

from textwrap import TextWrapper
from typing import Annotated

import typer

from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    CustomersOption,
    DocumentFormatOption,
    QueryOption,
    examples,
)
from wfp_ops.cli.session import reading

EXAMPLES = examples(
    ("wfp-ops customer 42 --customers customers.csv", "record, namespaces, findings, usage, cost, history"),
    ("wfp-ops customer 42 --no-usage", "without analytics: a few requests, and no question to them"),
    ("wfp-ops customer 42 --format json > customer-42.json", "everything, for programs"),
    ("wfp-ops customer 100 --account sandbox", "try it on a made-up account"),
)


def customer(
    customer_id: Annotated[str, typer.Argument(metavar="ID", help="The customer's id, as the list has it.")],
    *,
    last: Annotated[
        str, typer.Option("--last", metavar="SPAN", help="How far back usage is read: 24h, 7d, 4w.")
    ] = "30d",
    month: Annotated[
        str | None,
        typer.Option(
            "--month", metavar="MONTH", help="Whose cost, such as 2026-10. Default: this one, so far."
        ),
    ] = None,
    usage: Annotated[
        bool, typer.Option("--usage/--no-usage", help="Ask the account's analytics for usage and cost.")
    ] = True,
    customers: CustomersOption = None,
    query: QueryOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: DocumentFormatOption = "table",  # noqa: A002 (the flag's name)
) -> None:
    """Show one customer whole.

    Record, state, namespaces, Workers, findings, what they used, what they cost, and what happened by the
    list, Cloudflare, the ledger and the journals of changes. It reads only. What can't be known is said to be
    unknown.
    """
    with reading(account, config) as opened:
        from wfp_ops.cli.output import say, show_document, write  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.progress import progress  # noqa: PLC0415
        from wfp_ops.report.one_customer_show import as_text  # noqa: PLC0415

        with progress("looking"):
            found = opened.customer(customer_id, customers, query=query, last=last, month=month, usage=usage)
        if format == "json":
            show_document(found.to_dict())
            for note in found.notes:
                say(f"note: {note}")
        else:
            write(f"{_folded(as_text(found))}\n")


def _folded(text: str) -> str:
    """In a terminal long lines are broken between words, and go on set in; elsewhere they are as they are."""
    from wfp_ops.cli.output import console  # noqa: PLC0415 (loads Rich)

    out = console()
    if not out.is_terminal:
        return text
    wrapper = TextWrapper(out.width, break_long_words=False, break_on_hyphens=False)
    lines: list[str] = []
    for line in text.split("\n"):
        wrapper.subsequent_indent = " " * (len(line) - len(line.lstrip()) + 4)
        lines += wrapper.wrap(line) or [""]
    return "\n".join(lines)
