"""``wfp-ops dashboard``: the workbench as a page on this machine, for who doesn't read code."""

from __future__ import annotations

import tempfile
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from wfp_ops.cli.options import (
    AccountOption,
    BrowserOption,
    ConfigOption,
    CustomersOption,
    QueryOption,
    examples,
)
from wfp_ops.cli.session import reading

EXAMPLES = examples(
    ("wfp-ops dashboard --sandbox", "try it on a made-up account"),
    ("wfp-ops dashboard --customers customers.csv", "your own account"),
    ("wfp-ops dashboard --account acme-prod --port 8866 --no-browser", "an account of wfp-ops.toml"),
)
_PORT = 8866
_SANDBOX = "sandbox"


def dashboard(
    *,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="A made-up account, gone when the dashboard ends.")
    ] = False,
    account: AccountOption = None,
    config: ConfigOption = None,
    customers: CustomersOption = None,
    query: QueryOption = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=1, max=65535, metavar="N", help=f"The port. Default: {_PORT}, or a free one."
        ),
    ] = None,
    browser: BrowserOption = True,
) -> None:
    """Serve the workbench as a page, on this machine.

    Audit, batches, usage, cost and journals, without a line of code. The page can do what the token can:
    with one that may only read it changes nothing. Once it is ready one line says where, with the token
    that opens it, and it runs until Ctrl-C. An apply that was begun there goes on after that.

    dashboard ready http://127.0.0.1:PORT/?token=TOKEN
    """
    from wfp_ops.cli.made_up import shared_by_kernels  # noqa: PLC0415
    from wfp_ops.cli.page_server import Page, port_for, require_lab, serving, until_told_to_stop  # noqa: PLC0415
    from wfp_ops.cli.voila_page import (  # noqa: PLC0415
        page_environment,
        page_flags,
        voila_folders,
        write_page,
    )

    require_lab("voila", "Voila")
    account = _named(account, sandbox=sandbox)
    with until_told_to_stop(), ExitStack() as stack:
        port = port_for(port, _PORT)
        shared = stack.enter_context(shared_by_kernels()) if account == _SANDBOX else {}
        if not shared:
            _check(account, config, customers, query)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wfp-ops-dashboard-")))
        write_page(folder, voila_folders())
        choice = {
            "account": account,
            "config": None if config is None else str(config),
            "customers": customers,
            "query": query,
        }
        page = Page(
            title="Voila",
            module="voila",
            flags=page_flags(folder, port),
            folder=folder,
            environment={**shared, **page_environment(folder, choice)},
            port=port,
            alive="/login",
            shown="/",
        )
        running = stack.enter_context(serving(page))
        typer.echo(f"dashboard ready {running.url}")
        typer.echo("who has this address can use the page; Ctrl-C ends it", err=True)
        if browser:
            webbrowser.open(running.url)
        running.wait()


def _named(account: str | None, *, sandbox: bool) -> str | None:
    """The account that is meant.

    Raises:
        typer.BadParameter: two are named.
    """
    if sandbox and account not in (None, _SANDBOX):
        raise typer.BadParameter(
            f"--sandbox and --account {account} mean two accounts", param_hint="--sandbox"
        )
    return _SANDBOX if sandbox else account


def _check(account: str | None, config: Path | None, customers: str | None, query: str | None) -> None:
    """Fail here, in words and with an exit code, rather than on the page of whoever opens it first."""
    with reading(account, config) as opened:
        opened.customers(customers, query=query)
