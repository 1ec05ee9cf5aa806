"""``wfp-ops sandbox``: serve the embedded API server until told to stop."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from wfp_ops.cli.options import examples
from wfp_ops.clock import parse_time
from wfp_ops.errors import SandboxError
from wfp_ops.sandbox.options import (
    DEFAULT_ACCOUNT_ID,
    DEFAULT_SEED,
    DEFAULT_TOKEN,
    Options,
    SandboxSetupError,
)
from wfp_ops.sandbox.scenarios.registry import SCENARIO_NAMES

EXAMPLES = examples(
    (
        "wfp-ops sandbox --scenario acme --port 8787 --write-customers acme-customers.csv",
        "the demo's account and its customer list; point CLOUDFLARE_BASE_URL at it",
    ),
    ("wfp-ops sandbox --port 8787 --db sandbox.sqlite", "an empty account that outlives its server"),
)


def _time(text: str) -> datetime:
    try:
        return parse_time(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 time, such as 2026-11-23T12:00:00Z") from None


def _token(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._~+/=-]+", text):
        raise typer.BadParameter("a token holds letters, digits and any of ._~+/=- alone")
    return text


def _account_id(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{32}", text):
        raise typer.BadParameter("an account id is 32 hex characters, in lower case")
    return text


def _scenario(text: str) -> str:
    if text not in SCENARIO_NAMES:
        raise typer.BadParameter(f"{text!r} is none: choose one of {', '.join(SCENARIO_NAMES)}")
    return text


def sandbox(
    *,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="N", help="The port; 0 takes a free one.")
    ] = 0,
    db: Annotated[
        Path | None,
        typer.Option(
            "--db", metavar="FILE", help="Keep everything in this SQLite file instead of in memory."
        ),
    ] = None,
    scenario: Annotated[
        str,
        typer.Option(
            "--scenario",
            metavar="|".join(SCENARIO_NAMES),
            callback=_scenario,
            help="What is in it when it is new: nothing, or the demo's few hundred namespaces.",
        ),
    ] = "empty",
    seed: Annotated[
        int,
        typer.Option("--seed", metavar="N", help="Another number makes another account of the same kind."),
    ] = DEFAULT_SEED,
    now: Annotated[
        datetime | None,
        typer.Option("--now", metavar="TIME", parser=_time, help="ISO time from which its clock runs on."),
    ] = None,
    token: Annotated[
        str, typer.Option("--token", metavar="T", callback=_token, help="The one token that it takes.")
    ] = DEFAULT_TOKEN,
    account_id: Annotated[
        str,
        typer.Option("--account-id", metavar="ID", callback=_account_id, help="The one account that it has."),
    ] = DEFAULT_ACCOUNT_ID,
    rate_limit: Annotated[
        int | None,
        typer.Option(
            "--rate-limit", min=1, metavar="N", help="Requests in five minutes, then 429. Default: none."
        ),
    ] = None,
    write_customers: Annotated[
        Path | None,
        typer.Option("--write-customers", metavar="FILE", help="Write the scenario's customer list as CSV."),
    ] = None,
) -> None:
    """Serve a stand-in for Cloudflare's API, on this machine.

    Once it is ready it prints one line, and then serves until Ctrl-C:

    sandbox ready http://127.0.0.1:PORT/client/v4
    """
    options = Options(
        port=port,
        db=db,
        scenario=scenario,
        seed=seed,
        now=now,
        token=token,
        account_id=account_id,
        rate_limit=rate_limit,
        write_customers=write_customers,
    )
    _say_access(options)
    raise typer.Exit(_serve(options))


def _say_access(options: Options) -> None:
    typer.echo(f"account {options.account_id}, token {options.token}; Ctrl-C stops it", err=True)


def _serve(options: Options) -> int:
    from wfp_ops.account.required import require_sandbox  # noqa: PLC0415 (only this command asks)

    require_sandbox()
    from wfp_ops.sandbox.main import run  # noqa: PLC0415 (needs the extra)

    try:
        return run(options)
    except SandboxSetupError as error:
        raise SandboxError(str(error)) from None
