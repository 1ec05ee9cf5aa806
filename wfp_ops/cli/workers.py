"""``wfp-ops workers``: the user Workers in dispatch namespaces."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from wfp_ops.cli.options import AccountOption, ConfigOption, FormatOption, RawOption, check_raw, examples
from wfp_ops.cli.session import reading

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    name="workers",
    help="List the user Workers in dispatch namespaces.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=examples(("wfp-ops workers list production", "the Workers in the namespace production")),
)


@app.callback()
def workers() -> None:
    """List the user Workers in dispatch namespaces."""


@app.command(
    "list",
    epilog=examples(
        ("wfp-ops workers list production", "the Workers of one namespace"),
        (
            "wfp-ops workers list --all --format csv > workers.csv",
            "those of every namespace, for a spreadsheet",
        ),
    ),
)
def list_workers(
    namespace: Annotated[
        str | None, typer.Argument(metavar="NAMESPACE", help="The namespace whose Workers are meant.")
    ] = None,
    *,
    all_namespaces: Annotated[bool, typer.Option("--all", help="The Workers of every namespace.")] = False,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002 (the flag's name)
    raw: RawOption = False,
) -> None:
    """List the user Workers of one namespace, or of all.

    With --all every namespace is asked, one request each, within the token's rate budget.
    """
    check_raw(raw, format)
    if all_namespaces == (namespace is not None):
        raise typer.BadParameter("give a namespace's name or --all, one of the two", param_hint="NAMESPACE")
    with reading(account, config) as opened:
        from wfp_ops.cli.output import say, say_evidence, show_frame  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.progress import progress  # noqa: PLC0415
        from wfp_ops.cli.tables import frame_table  # noqa: PLC0415
        from wfp_ops.frames.provenance import completeness  # noqa: PLC0415

        with progress("reading Workers") as advance:
            frame = opened.workers(namespace, progress=advance)
        if frame.empty and format == "table":
            say("There is no Worker in it." if namespace else "There is no Worker in any namespace.")
        else:
            show_frame(frame, format, partial(frame_table, frame, _columns(frame, namespace)), raw=raw)
        say_evidence(len(frame), "Worker", completeness(frame))


def _columns(frame: pd.DataFrame, namespace: str | None) -> list[tuple[str, str]]:
    """The namespace is said where there are several, the customer where any is known."""
    shown = [] if namespace is not None else [("namespace", "namespace")]
    shown.append(("worker", "Worker"))
    if frame["customer_id"].notna().any():
        shown.append(("customer_id", "customer"))
    return [*shown, ("tags", "tags"), ("created_on", "created (UTC)"), ("modified_on", "changed (UTC)")]
