"""The options that commands share, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

Format: TypeAlias = Literal["table", "json", "csv"]
AuditFormat: TypeAlias = Literal["table", "json", "csv", "markdown"]
PlanFormat: TypeAlias = Literal["table", "json", "markdown", "html"]
DocumentFormat: TypeAlias = Literal["table", "json"]

AllAccountsOption = Annotated[
    bool,
    typer.Option("--all-accounts", help="Audit every account of wfp-ops.toml, each with its own list."),
]
SaveOption = Annotated[
    bool, typer.Option("--save/--no-save", help="Keep a snapshot, to compare later audits with.")
]
UsageOption = Annotated[
    bool,
    typer.Option(
        "--usage/--no-usage",
        help="Ask the account's analytics as well: who is idle, and who is called though the customer left.",
    ),
]
AccountOption = Annotated[
    str | None,
    typer.Option(
        "--account",
        metavar="NAME",
        help="An account of wfp-ops.toml, or 'sandbox' for the built-in one. Without it: the "
        "environment's CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID.",
    ),
]
BrowserOption = Annotated[
    bool, typer.Option("--browser/--no-browser", help="Open it in the browser, or only say where it is.")
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="The settings file, instead of this folder's wfp-ops.toml."
    ),
]
FormatOption = Annotated[
    Format,
    typer.Option("--format", help="A table to read, or JSON or CSV for programs and spreadsheets."),
]
AuditFormatOption = Annotated[
    AuditFormat,
    typer.Option(
        "--format",
        help="A table to read, JSON or CSV for programs and spreadsheets, Markdown for a pull request.",
    ),
]
CustomersOption = Annotated[
    str | None,
    typer.Option(
        "--customers",
        metavar="FILE|URL",
        help="The customer list: CSV, Excel, Parquet, JSON or JSON lines, or a database's URL, with --query. "
        "Default: [customers] source.",
    ),
]
QueryOption = Annotated[
    str | None,
    typer.Option(
        "--query",
        metavar="SQL",
        help="For a database: the one SELECT that brings the customers. It can't change anything.",
    ),
]
RawOption = Annotated[
    bool,
    typer.Option(
        "--raw",
        help="With --format csv: every text as it is, also one that a spreadsheet would run as a formula.",
    ),
]
PlanFormatOption = Annotated[
    PlanFormat,
    typer.Option(
        "--format",
        help="A table to read, the plan's JSON document, Markdown for a pull request, or a page (HTML) that "
        "can be mailed.",
    ),
]
DocumentFormatOption = Annotated[
    DocumentFormat, typer.Option("--format", help="A table to read, or JSON for programs.")
]
PlanFileArgument = Annotated[
    Path, typer.Argument(metavar="PLAN.json", help="The plan's file, as `wfp-ops plan` wrote it.")
]
DetachOption = Annotated[
    bool,
    typer.Option(
        "--detach",
        help="Come back before the first change, and let it go on as a process of its own, whatever becomes "
        "of this terminal. `wfp-ops journal follow` watches it.",
    ),
]
PlanOutOption = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="PLAN.json",
        help="Where the plan goes, also one that is refused. A plan that is there is replaced.",
    ),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--only", metavar="NAME", help="Of those, the ones of this name (globs; again for more names)."
    ),
]
ExceptOption = Annotated[
    list[str] | None,
    typer.Option("--except", metavar="NAME", help="And none of this name (globs; again for more)."),
]
MaxOption = Annotated[
    int | None,
    typer.Option("--max", min=0, metavar="N", help="At most so many, in the order of their names."),
]
OverrideOption = Annotated[
    list[str] | None,
    typer.Option(
        "--override",
        metavar="GUARD[:NAME]=REASON",
        help="Override a guard, or a guard for one item, with a written reason, which becomes part of the "
        "plan's digest, words and journal. Again for more.",
    ),
]
ExpiresOption = Annotated[
    str | None,
    typer.Option(
        "--expires", metavar="SPAN", help="How long the plan is good for: 24h unless set, 7d at most."
    ),
]
JournalOption = Annotated[
    Path | None,
    typer.Option("--journal", metavar="FILE", help="Where the journal goes. Default: into the state folder."),
]
CustomersAgainOption = Annotated[
    str | None,
    typer.Option(
        "--customers",
        metavar="FILE|URL",
        help="Where the plan's customer list is by now, if it is not where it was: it is read again.",
    ),
]


def examples(*lines: tuple[str, str]) -> str:
    """A help text's last part: commands that work, each with what it is for."""
    shown = "\n".join(f"  {command}\n      {purpose}" for command, purpose in lines)
    # \b keeps the line breaks of the paragraph that it begins
    return f"\b\nExample{'s' if len(lines) > 1 else ''}:\n{shown}"


def check_raw(raw: bool, chosen: str) -> None:
    """Refuse ``--raw`` where it would mean nothing.

    Raises:
        typer.BadParameter: the format is not CSV.
    """
    if raw and chosen != "csv":
        raise typer.BadParameter("it means something with --format csv only", param_hint="--raw")
