"""``wfp-ops doctor``: what keeps an account from being worked with, and what to click."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wfp_ops.cli.failures import FAILED
from wfp_ops.cli.options import AccountOption, ConfigOption, examples
from wfp_ops.cli.session import reading

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

EXAMPLES = examples(
    ("wfp-ops doctor", "the account of the environment, or the only one of wfp-ops.toml"),
    ("wfp-ops doctor --account acme-prod", "one of several accounts"),
    ("wfp-ops doctor --format json", "in CI: exit code 1 if a check fails"),
)
_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red", "unknown": "dim"}


def doctor(
    *,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: Annotated[  # noqa: A002 (the flag's name)
        Literal["table", "json"],
        typer.Option("--format", help="A table to read, or a JSON array of rows for programs."),
    ] = "table",
) -> None:
    """Say what keeps audits from working, and what to click.

    It looks at settings, token, permissions, account, rate budget, clock, state folder and customer list,
    with one small read for each permission. It changes nothing and shows no secret. It exits with 1 if a
    check fails; a warning or what could not be told is no failure.
    """
    from wfp_ops.cli.output import console, show, show_document  # noqa: PLC0415 (loads Rich)
    from wfp_ops.frames.export import to_rows  # noqa: PLC0415 (loads pandas)

    checks = _examined(account, config)
    if format == "json":
        show_document(to_rows(checks))
    else:
        show(_table(checks, console().width), _headline(checks))
    if (checks["verdict"] == "fail").any():
        raise typer.Exit(FAILED)


def _examined(account: str | None, config: Path | None) -> pd.DataFrame:
    from wfp_ops.account.doctor.check import frame_of  # noqa: PLC0415 (loads pandas)
    from wfp_ops.account.doctor.examine import examine  # noqa: PLC0415 (loads httpx)
    from wfp_ops.cli.progress import progress  # noqa: PLC0415
    from wfp_ops.settings.model import SANDBOX_NAME  # noqa: PLC0415

    with progress("examining"):
        if account == SANDBOX_NAME:
            with reading(account, config) as opened:
                return opened.doctor()
        return frame_of(examine(account, config))


def _table(checks: pd.DataFrame, width: int) -> RenderableType:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from wfp_ops.account.doctor.check import checks_of, symbol  # noqa: PLC0415
    from wfp_ops.errors import visible  # noqa: PLC0415

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold", max_width=max(40, width - 34))
    for check in checks_of(checks):
        detail = Text(visible(check.detail))
        if check.what_to_do:
            detail.append(f"\n→ {visible(check.what_to_do)}", style="" if check.verdict == "fail" else "dim")
        verdict = Text(f"{symbol(check.verdict)} {check.verdict}", style=_STYLES[check.verdict])
        table.add_row(verdict, check.name, detail)
    return table


def _headline(checks: pd.DataFrame) -> RenderableType:
    from rich.text import Text  # noqa: PLC0415

    verdicts: Sequence[str] = checks["verdict"].tolist()
    failed, warned, unknown = (verdicts.count(each) for each in ("fail", "warn", "unknown"))
    if failed:
        return Text(f"\n{failed} of {len(verdicts)} checks fail", style="bold red")
    more = [f"{number} {word}" for number, word in ((warned, "to look at"), (unknown, "unknown")) if number]
    return Text(f"\nNothing fails{': ' if more else ''}{', '.join(more)}", style="bold green")
