"""``wfp-ops``: the commands put together, and the one place where an error becomes an exit code.

| exit | meaning |
|---|---|
| 0 | done |
| 1 | failed: the API, the network, a file, a tampered journal or archive |
| 2 | wrong usage or settings, no token, no customer list |
| 3 | ``--check`` found something |
| 4 | refused: a guard, nothing left to do, a digest, a confirmation, no terminal to confirm on |
| 5 | done in part, resumable |
| 130 | cancelled |
"""

from __future__ import annotations

import traceback
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from wfp_ops.cli import (
    apply,
    archive,
    audit,
    cost,
    customer,
    dashboard,
    demo,
    doctor,
    journal,
    lab,
    mark,
    namespaces,
    plan,
    report,
    restore,
    sandbox,
    snapshot,
    usage,
    workers,
)
from wfp_ops.cli.failures import explain
from wfp_ops.cli.options import examples
from wfp_ops.cli.streams import prepare


class Commands(TyperGroup):
    """The commands, with every failure caught and explained."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command.

        Raises:
            typer.Exit: with the exit code of what went wrong.
        """
        try:
            return super().invoke(ctx)
        except (Exception, KeyboardInterrupt) as error:
            # wrong usage and a command's own exit bring their code with them: Typer deals with those
            if isinstance(error, typer.Abort) or hasattr(error, "exit_code"):
                raise
            if ctx.params.get("traceback"):
                traceback.print_exception(error)
            raise typer.Exit(explain(error)) from None


app = typer.Typer(
    name="wfp-ops",
    cls=Commands,
    no_args_is_help=True,
    # plain help: it is there at once, and reads well in a pipe
    rich_markup_mode=None,
    # a pretty traceback shows local variables, and tokens among them
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        ("wfp-ops demo", "audit a made-up company on this machine: no account, no token"),
        ("wfp-ops audit --customers customers.csv", "audit your own account, read-only"),
        ("wfp-ops plan delete --customers customers.csv --out plan.json", "what may go, and why"),
    ),
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wfp-ops {version('wfp-ops')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
    traceback: Annotated[bool, typer.Option("--traceback", hidden=True)] = False,
) -> None:
    """Operate Cloudflare Workers for Platforms: see whose each dispatch namespace is, and keep it true.

    Data goes to stdout, everything else to stderr. What deletes makes a plan first, asks every guard, and
    waits for a person's words or for the digest that a person saw.
    """


app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.command("audit", epilog=audit.EXAMPLES)(audit.audit)
app.command("report", epilog=report.EXAMPLES)(report.report)
app.add_typer(snapshot.app)
app.command("mark", epilog=mark.EXAMPLES)(mark.mark)
app.add_typer(plan.app)
app.command("apply", epilog=apply.EXAMPLES)(apply.apply)
app.add_typer(journal.app)
app.add_typer(archive.app)
app.command("restore", epilog=restore.EXAMPLES)(restore.restore)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.add_typer(namespaces.app)
app.add_typer(workers.app)
app.add_typer(usage.app)
app.command("cost", epilog=cost.EXAMPLES)(cost.cost)
app.command("customer", epilog=customer.EXAMPLES)(customer.customer)
app.command("lab", epilog=lab.EXAMPLES)(lab.lab)
app.command("dashboard", epilog=dashboard.EXAMPLES)(dashboard.dashboard)
app.command("sandbox", epilog=sandbox.EXAMPLES)(sandbox.sandbox)


def run() -> None:
    """The entry point of ``wfp-ops``."""
    prepare()
    app()


if __name__ == "__main__":
    run()
