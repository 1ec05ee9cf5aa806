"""``wfp-ops audit``: the account against the customer list."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wfp_ops.cli.failures import FINDINGS
from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    Format,
    FormatOption,
    RawOption,
    check_raw,
    examples,
)
from wfp_ops.cli.session import reading
from wfp_ops.errors import IncompleteListingError

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit

EXAMPLES = examples(
    ("wfp-ops audit --customers customers.csv", "the picture: counts, then findings, worst first"),
    (
        "wfp-ops audit --customers customers.csv --format csv > findings.csv",
        "every finding, for a spreadsheet",
    ),
    (
        "wfp-ops audit --check --fail-on critical --format json > audit.json",
        "in CI: exit code 3 if one stands",
    ),
    ("wfp-ops audit --account sandbox", "try it on a made-up account"),
)


def audit(
    *,
    customers: Annotated[
        Path | None,
        typer.Option(
            "--customers",
            metavar="FILE",
            help="The customer list: CSV, Excel, Parquet, JSON or JSON lines. Default: [customers] source.",
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with 3 if findings stand.")] = False,
    fail_on: Annotated[
        Literal["critical", "warning", "info"] | None,
        typer.Option("--fail-on", help="With --check: the least severity that counts. Default: warning."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=0, metavar="N", help="In the table: how many findings of each kind.")
    ] = 5,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002 (the flag's name)
    raw: RawOption = False,
) -> None:
    """Compare the account with the customer list.

    It says whose each namespace is, which customers lack one, and what is wrong with either. It only
    reads. A listing that is cut or fails ends it with exit code 1 and no document: no audit
    comes of incomplete data.
    """
    check_raw(raw, format)
    if fail_on is not None and not check:
        raise typer.BadParameter("it means something with --check only", param_hint="--fail-on")
    with reading(account, config) as opened:
        from wfp_ops.cli.progress import progress  # noqa: PLC0415 (loads Rich)

        with progress("auditing") as advance:
            result = opened.audit(customers, progress=advance)
    again = _command(account, config, customers)
    _print(result, format, raw=raw, limit=limit, again=again)
    if check and not result.failing(fail_on or "warning").empty:
        raise typer.Exit(FINDINGS)
    if check and not result.evidence.proven:
        raise IncompleteListingError(
            f"nothing was found, but the inventory is not proven complete: {result.evidence.how}",
            hint="a check can't pass on it: run it again; see 'proof of completeness' in docs/concepts.md",
        )


def _print(result: Audit, chosen: Format, *, raw: bool, limit: int, again: str) -> None:
    from wfp_ops.cli.audit_view import audit_view, next_steps  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.output import console, show, write  # noqa: PLC0415
    from wfp_ops.frames.export import to_csv  # noqa: PLC0415

    if chosen == "json":
        write(result.to_json() + "\n")
    elif chosen == "csv":
        write(to_csv(result.findings, raw=raw))
    else:
        show(audit_view(result, width=console().width, limit=limit), next_steps(_next(result, again)))


def _command(account: str | None, config: Path | None, customers: Path | None) -> str:
    """This command again, to be built upon."""
    given = {"--account": account, "--config": config, "--customers": customers}
    words = [word for flag, value in given.items() if value is not None for word in (flag, str(value))]
    return shlex.join(["wfp-ops", "audit", *words])


def _next(result: Audit, again: str) -> list[tuple[str, str]]:
    steps = []
    if len(result.findings):
        steps.append((f"{again} --format csv > findings.csv", "every finding, for a spreadsheet"))
    steps.append(
        (f"{again} --check --format json > audit.json", "in CI or cron: exit code 3 if findings stand")
    )
    return steps
