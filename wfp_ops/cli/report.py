"""``wfp-ops report``: the audit as a page that can be mailed; and the same page for ``audit --report``."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wfp_ops.cli.audit_all import audit_all_accounts, end, say_failed
from wfp_ops.cli.options import (
    AccountOption,
    AllAccountsOption,
    ConfigOption,
    CustomersOption,
    QueryOption,
    SaveOption,
    UsageOption,
    examples,
)
from wfp_ops.cli.session import reading

if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.account.account import Account
    from wfp_ops.audit.result import Audit
    from wfp_ops.audit.several import Audits

EXAMPLES = examples(
    ("wfp-ops report --customers customers.csv --out audit.html", "one file: open it, mail it, print it"),
    ("wfp-ops report --all-accounts --out audit.html", "every account of wfp-ops.toml in one page"),
    ("wfp-ops report --account sandbox --out audit.html", "try it on a made-up account"),
)


def report(
    *,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FILE.html", help="Where it goes. A report that is there is replaced."),
    ],
    customers: CustomersOption = None,
    query: QueryOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file also if it is something else than a report.")
    ] = False,
    save: SaveOption = True,
    usage: UsageOption = True,
    account: AccountOption = None,
    all_accounts: AllAccountsOption = False,
    config: ConfigOption = None,
) -> None:
    """Audit the account, and write it as one HTML page.

    The page needs nothing but itself: it opens from a mail, without a network, in light and dark, on a
    phone and on paper. Findings can be filtered and sorted in it. It holds names and ids of your
    customers: send it to nobody who may not see them.
    """
    if all_accounts and account is not None:
        raise typer.BadParameter("name one account, or all", param_hint="--all-accounts")
    check_place(out, "--out", force=force)
    if all_accounts:
        audits = audit_all_accounts(customers=customers, query=query, config=config, save=save, usage=usage)
        put(audits, out, force=force)
        say_failed(audits)
        end(audits, check=False, fail_on="warning")
        return
    with reading(account, config) as opened:
        from wfp_ops.cli.progress import progress  # noqa: PLC0415 (loads Rich)

        records = opened.customers(customers, query=query)
        used = read_usage(opened, records) if usage else None
        with progress("auditing") as advance:
            given = used is not None and told_to_audit(used)
            audited = opened.audit(records, usage=given, progress=advance, save=save)
        put(audited, out, force=force, usage=used, zone=opened.settings.usage.zone)


def read_usage(opened: Account, records: pd.DataFrame) -> pd.DataFrame | str:
    """The usage that a page shows: of as many days as make something idle; or why it is not known."""
    from wfp_ops.cli.progress import progress  # noqa: PLC0415 (loads Rich)
    from wfp_ops.errors import APIError, StateError  # noqa: PLC0415

    by = ("namespace",) if opened.rules.tenancy == "namespace" else ("namespace", "worker")
    try:
        with progress("reading usage") as advance:
            return opened.usage(
                timedelta(days=opened.rules.idle_days), "1d", by, customers=records, progress=advance
            )
    except (APIError, StateError) as error:
        return f"{error.message}. {error.hint or ''}".strip()


def told_to_audit(used: pd.DataFrame | str) -> pd.DataFrame | Literal[False]:
    """What the audit beside such a page is told of usage: the frame; nothing, where it is not known."""
    return False if isinstance(used, str) else used


def check_place(path: Path | None, flag: str, *, force: bool = False) -> None:
    """Refuse a place that a report may not be put at, before anything is read for it; None is no place.

    Raises:
        typer.BadParameter: somebody's own file is there, or no folder to put it in.
    """
    from wfp_ops.report.file import check_target  # noqa: PLC0415

    if path is None:
        return
    try:
        check_target(path, force=force)
    except OSError as error:
        hint = " (wfp-ops report --force replaces it)" if isinstance(error, FileExistsError) else ""
        raise typer.BadParameter(f"{error.filename}: {error.strerror}{hint}", param_hint=flag) from None


def put(
    audited: Audit | Audits,
    path: Path | None,
    *,
    force: bool = False,
    usage: pd.DataFrame | str | None = None,
    zone: str = "UTC",
) -> None:
    """Write the page, if it is wanted, and say where it is."""
    if path is None:
        return
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)
    from wfp_ops.report.file import write_report  # noqa: PLC0415 (loads Jinja2)

    written = write_report(audited, path, force=force, usage=usage, zone=zone)
    count = len(audited.findings)
    say(f"report: {written} ({count:,} finding{'' if count == 1 else 's'})")
