"""``wfp-ops audit``: the account against the customer list."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wfp_ops.cli.audit_all import audit_all_accounts, end, print_audits
from wfp_ops.cli.failures import FINDINGS
from wfp_ops.cli.options import (
    AccountOption,
    AllAccountsOption,
    AuditFormat,
    AuditFormatOption,
    ConfigOption,
    CustomersOption,
    QueryOption,
    RawOption,
    SaveOption,
    UsageOption,
    check_raw,
    examples,
)
from wfp_ops.cli.report import check_place, put, read_usage, told_to_audit
from wfp_ops.cli.session import reading
from wfp_ops.customers.database_url import shown
from wfp_ops.errors import IncompleteListingError

if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.account.account import Account
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
    (
        "wfp-ops audit --all-accounts --check --format markdown > audit.md",
        "every account of wfp-ops.toml, as a summary for a pull request",
    ),
    (
        "wfp-ops audit --customers customers.csv --report audit.html",
        "the same as a page that can be mailed",
    ),
    (
        "wfp-ops audit --customers customers.csv --accept",
        "vouch for this list: later ones are measured against it",
    ),
    ("wfp-ops audit --account sandbox", "try it on a made-up account"),
)


def audit(
    *,
    customers: CustomersOption = None,
    query: QueryOption = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with 3 if findings stand.")] = False,
    fail_on: Annotated[
        Literal["critical", "warning", "info"] | None,
        typer.Option("--fail-on", help="With --check: the least severity that counts. Default: warning."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=0, metavar="N", help="In the table: how many findings of each kind.")
    ] = 5,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept",
            help="Make this customer list the accepted one. A list that lost too much is refused: exit 4.",
        ),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE.html", help="Write it as a page that can be mailed as well."),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="TEXT", help="With --accept: why it is right all the same."),
    ] = None,
    save: SaveOption = True,
    usage: UsageOption = True,
    account: AccountOption = None,
    all_accounts: AllAccountsOption = False,
    config: ConfigOption = None,
    format: AuditFormatOption = "table",  # noqa: A002 (the flag's name)
    raw: RawOption = False,
) -> None:
    """Compare the account with the customer list.

    It says whose each namespace is, which customers lack one, what is wrong with either, and what
    changed since the audit before. At Cloudflare it only reads. A listing that is cut or fails ends it
    with exit code 1 and no document: no audit comes of incomplete data.
    """
    check_raw(raw, format)
    if all_accounts and (account is not None or accept):
        raise typer.BadParameter("name one account for that", param_hint="--all-accounts")
    _check_options(check=check, fail_on=fail_on, accept=accept, reason=reason, save=save)
    check_place(report, "--report")
    if all_accounts:
        audits = audit_all_accounts(customers=customers, query=query, config=config, save=save, usage=usage)
        print_audits(audits, format, raw=raw, limit=limit)
        put(audits, report)
        end(audits, check=check, fail_on=fail_on or "warning")
        return
    with reading(account, config) as opened:
        from wfp_ops.cli.progress import progress  # noqa: PLC0415 (loads Rich)

        used = None
        records: pd.DataFrame | str | None = customers
        if report is not None and usage:
            # read once for both, the page and the flags
            records = opened.customers(customers, query=query)
            query, used = None, read_usage(opened, records)
        with progress("auditing") as advance:
            given = usage if used is None else told_to_audit(used)
            result = opened.audit(records, query=query, usage=given, progress=advance, save=save)
        again = _command(account, config, customers, query)
        _print(result, format, raw=raw, limit=limit, again=again)
        put(result, report, usage=used, zone=opened.settings.usage.zone)
        if accept:
            _accept(opened, result, reason)
    if check and not result.failing(fail_on or "warning").empty:
        raise typer.Exit(FINDINGS)
    if check and not result.evidence.proven:
        raise IncompleteListingError(
            f"nothing was found, but the inventory is not proven complete: {result.evidence.how}",
            hint="a check can't pass on it: run it again; see 'proof of completeness' in docs/concepts.md",
        )


def _check_options(*, check: bool, fail_on: str | None, accept: bool, reason: str | None, save: bool) -> None:
    """Refuse options that mean nothing without another, or not with it."""
    if fail_on is not None and not check:
        raise typer.BadParameter("it means something with --check only", param_hint="--fail-on")
    if reason is not None and not accept:
        raise typer.BadParameter("it means something with --accept only", param_hint="--reason")
    if accept and not save:
        raise typer.BadParameter("what is accepted must be kept", param_hint="--no-save")


def _print(result: Audit, chosen: AuditFormat, *, raw: bool, limit: int, again: str) -> None:
    from wfp_ops.cli.audit_view import audit_view, next_steps  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.output import console, say, show, write  # noqa: PLC0415
    from wfp_ops.frames.export import to_csv  # noqa: PLC0415

    if chosen not in ("table", "markdown"):
        for note in result.notes:
            say(f"note: {note}")
    if chosen == "json":
        write(result.to_json() + "\n")
    elif chosen == "csv":
        write(to_csv(result.findings, raw=raw))
    elif chosen == "markdown":
        write(result.to_markdown(limit=limit))
    else:
        show(audit_view(result, width=console().width, limit=limit), next_steps(_next(result, again)))


def _accept(opened: Account, result: Audit, reason: str | None) -> None:
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    made = opened.accept(result, reason)
    source = "" if made.source is None else f" of {made.source}"
    say(
        f"accepted: {made.customers:,} customers{source} ({made.gained:,} more and {made.lost:,} fewer than "
        f"accepted before), {made.namespaces:,} namespaces, snapshot {made.snapshot}"
    )


def _command(account: str | None, config: Path | None, customers: str | None, query: str | None) -> str:
    """This command again, to be built upon; a database's URL without user and password."""
    source = None if customers is None else shown(customers)
    given = {"--account": account, "--config": config, "--customers": source, "--query": query}
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
