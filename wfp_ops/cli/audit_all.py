"""``wfp-ops audit --all-accounts``: one document, one page, and no failure that hides the other accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wfp_ops.cli.failures import FAILED, FINDINGS
from wfp_ops.cli.options import AuditFormat

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wfp_ops.audit.several import Audits


def audit_all_accounts(
    *, customers: str | None, query: str | None, config: Path | None, save: bool, usage: bool = True
) -> Audits:
    """Audit each account of the settings, with progress for a person."""
    from wfp_ops.account.several import audit_all  # noqa: PLC0415 (loads httpx)
    from wfp_ops.cli.progress import progress  # noqa: PLC0415 (loads Rich)

    with progress("auditing all accounts") as advance:
        return audit_all(
            customers=customers,
            query=query,
            config=config,
            save=save,
            usage=usage,
            progress=lambda _name, done, all_of_them: advance(done, all_of_them),
        )


def print_audits(audits: Audits, chosen: AuditFormat, *, raw: bool, limit: int) -> None:
    """Print the document or the page on stdout, and on stderr what failed and what to do about it."""
    from wfp_ops.cli.output import show, write  # noqa: PLC0415 (loads Rich)
    from wfp_ops.frames.export import to_csv  # noqa: PLC0415

    if chosen == "json":
        write(audits.to_json() + "\n")
    elif chosen == "csv":
        write(to_csv(audits.findings, raw=raw))
    elif chosen == "markdown":
        write(audits.to_markdown(limit=limit))
    else:
        show(*_page(audits, limit))
    say_failed(audits)


def say_failed(audits: Audits) -> None:
    """Say on stderr which accounts could not be audited, and what to do about it."""
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    for failed in audits.failed:
        say(f"error: account {failed.account}: {failed.error}")
        if failed.what_to_do:
            say(f"  what to do: {failed.what_to_do}")


def end(audits: Audits, *, check: bool, fail_on: str) -> None:
    """Exit with what came of it.

    Raises:
        typer.Exit: 1 where an account failed, or a check would pass on an unproven inventory; 3 where a
            check found something.
    """
    if audits.failed:
        raise typer.Exit(FAILED)
    if not check:
        return
    if not audits.failing(fail_on).empty:
        raise typer.Exit(FINDINGS)
    unproven = [audit.account_name for audit in audits.audits if not audit.evidence.proven]
    if unproven:
        from wfp_ops.cli.output import say  # noqa: PLC0415

        say(f"error: nothing was found, but the inventory is not proven complete: {', '.join(unproven)}")
        raise typer.Exit(FAILED)


def _page(audits: Audits, limit: int) -> Iterator[RenderableType]:
    from rich.text import Text  # noqa: PLC0415

    from wfp_ops.cli.audit_view import audit_view  # noqa: PLC0415
    from wfp_ops.cli.output import console  # noqa: PLC0415
    from wfp_ops.cli.tables import frame_table  # noqa: PLC0415

    width = console().width
    summary = audits.summary
    yield Text(f"Audit of {len(summary)} account{'' if len(summary) == 1 else 's'}", style="bold")
    yield Text()
    yield frame_table(summary, [(name, name) for name in _SHOWN], width)
    for audit in audits.audits:
        yield from (Text(), Text(), audit_view(audit, width=width, limit=limit))


_SHOWN = ("account", "namespaces", "customers", "critical", "warning", "info", "proven", "error")
