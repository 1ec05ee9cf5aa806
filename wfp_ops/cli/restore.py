"""``wfp-ops restore``: the way back of what was deleted, as a plan; or how an archive compares by now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wfp_ops.cli.failures import FINDINGS
from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    ExpiresOption,
    Format,
    OverrideOption,
    PlanFormat,
    RawOption,
    check_raw,
    examples,
)
from wfp_ops.cli.planned import check_given, check_out, deliver
from wfp_ops.cli.session import reading

if TYPE_CHECKING:
    from wfp_ops.account.account import Account

EXAMPLES = examples(
    ("wfp-ops restore customer-9 --out restore.json", "plan the way back, then apply it as any plan"),
    ("wfp-ops restore customer-9 --check", "what is equal, different or missing by now"),
)
_OF_A_PLAN: Mapping[str, PlanFormat] = {
    "table": "table",
    "json": "json",
    "markdown": "markdown",
    "html": "html",
}
_OF_A_CHECK: Mapping[str, Format] = {"table": "table", "json": "json", "csv": "csv"}


def restore(
    archive: Annotated[
        str,
        typer.Argument(
            metavar="ARCHIVE",
            help="Its name, the beginning of it, or the namespace's name where only one archive is of it.",
        ),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="PLAN.json", help="Where the plan goes. A plan that is there is replaced."
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Instead: compare the archive with the account. Exits with 3 if anything is left to do.",
        ),
    ] = False,
    override: OverrideOption = None,
    expires: ExpiresOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: Annotated[  # noqa: A002 (the flag's name)
        Literal["table", "json", "csv", "markdown", "html"],
        typer.Option(
            "--format", help="A table to read, or JSON; of a plan Markdown and HTML, of --check CSV as well."
        ),
    ] = "table",
    raw: RawOption = False,
) -> None:
    """Plan to bring back what an archive holds.

    That is the namespace and its Workers with code, settings, bindings and tags; what is there already is
    left alone. What can't come back (values of secrets, data held elsewhere) is listed, and again after
    `wfp-ops apply`.
    """
    _check_options(out=out, check=check, override=override, expires=expires, chosen=format, raw=raw)
    if out is not None:
        check_out(out)
    check_given(override, expires)
    with reading(account, config) as opened:
        if out is None:
            _compare(opened, archive, _OF_A_CHECK[format], raw=raw)
        else:
            plan = opened.plan_restore(archive, overrides=override or None, expires=expires)
            say_unvouched(opened, str(plan.restores))
            deliver(plan, out, _OF_A_PLAN[format], account=account, config=config)


def _check_options(
    *, out: Path | None, check: bool, override: list[str] | None, expires: str | None, chosen: str, raw: bool
) -> None:
    """Refuse options that mean nothing without another, or not with it."""
    if check == (out is not None):
        raise typer.BadParameter("say where the plan goes, or --check for none", param_hint="--out")
    if check and (override or expires is not None):
        raise typer.BadParameter("it is about a plan: --check makes none", param_hint="--override, --expires")
    if chosen not in (_OF_A_CHECK if check else _OF_A_PLAN):
        means = "a plan" if chosen != "csv" else "--check"
        raise typer.BadParameter(f"{chosen} is a format of {means} only", param_hint="--format")
    check_raw(raw, chosen)


def _compare(opened: Account, archive: str, chosen: Format, *, raw: bool) -> None:
    from wfp_ops.cli.applied_view import comparison_view  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.output import show_frame  # noqa: PLC0415
    from wfp_ops.cli.progress import progress  # noqa: PLC0415

    with progress("comparing"):
        frame = opened.compare(archive)
    say_unvouched(opened, archive)
    show_frame(frame, chosen, lambda _width: comparison_view(frame), raw=raw)
    if (frame["verdict"] != "equal").any() or frame["to_do"].notna().any():
        raise typer.Exit(FINDINGS)


def say_unvouched(opened: Account, archive: str) -> None:
    """Say it where no journal knows that an archive is what was saved."""
    from wfp_ops.account.restoring import unvouched  # noqa: PLC0415 (loads pandas)
    from wfp_ops.cli.output import say  # noqa: PLC0415 (loads Rich)

    note = unvouched(opened, archive)
    if note is not None:
        say(f"note: {note}")
