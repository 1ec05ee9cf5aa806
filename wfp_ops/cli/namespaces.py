"""``wfp-ops namespaces``: list, look at one, create one, delete one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wfp_ops.cli import namespaces_delete
from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    CustomersOption,
    ExpiresOption,
    Format,
    FormatOption,
    JournalOption,
    OverrideOption,
    PlanFormatOption,
    QueryOption,
    RawOption,
    check_raw,
    examples,
)
from wfp_ops.cli.session import reading
from wfp_ops.errors import SettingsError

if TYPE_CHECKING:
    from wfp_ops.api.models import Namespace
    from wfp_ops.naming.convention import Convention

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The namespace's name.")]

app = typer.Typer(
    name="namespaces",
    help="List dispatch namespaces; look at one, create one, delete one.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=examples(("wfp-ops namespaces list", "what there is, and whether that is proven to be all of it")),
)


@app.command(
    "list",
    epilog=examples(
        ("wfp-ops namespaces list", "a table, with the customer that each name says"),
        ("wfp-ops namespaces list --format csv > namespaces.csv", "every column, for a spreadsheet"),
        (
            "wfp-ops namespaces list --account acme-prod --format json | jq -r '.[].namespace'",
            "the names alone",
        ),
    ),
)
def list_namespaces(
    *,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002 (the flag's name)
    raw: RawOption = False,
) -> None:
    """List all dispatch namespaces of the account.

    On stderr it says how it is known that none is left out, or why that is not known.
    """
    check_raw(raw, format)
    with reading(account, config) as opened:
        from wfp_ops.cli.output import say, say_evidence, show_frame  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.progress import progress  # noqa: PLC0415
        from wfp_ops.cli.tables import frame_table  # noqa: PLC0415
        from wfp_ops.frames.provenance import completeness  # noqa: PLC0415

        with progress("reading namespaces"):
            frame = opened.namespaces()
        if frame.empty and format == "table":
            say("This account has no dispatch namespace. To make one: wfp-ops namespaces create NAME")
        else:
            show_frame(frame, format, partial(frame_table, frame, _COLUMNS), raw=raw)
        say_evidence(len(frame), "namespace", completeness(frame))


_COLUMNS = (
    ("namespace", "namespace"),
    ("customer_id", "customer"),
    ("workers", "Workers"),
    ("trusted", "trusted"),
    ("created_on", "created (UTC)"),
    ("modified_on", "changed (UTC)"),
)


@app.command(
    "get",
    epilog=examples(("wfp-ops namespaces get customer-42", "its id, its Workers, who made it and when")),
)
def get_namespace(
    name: NameArgument,
    *,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002
    raw: RawOption = False,
) -> None:
    """Show one dispatch namespace: its id, its Workers, its dates."""
    check_raw(raw, format)
    with reading(account, config) as opened:
        from wfp_ops.account.rules import rules_of  # noqa: PLC0415

        convention = rules_of(opened.settings.audit).convention
        _show(opened.namespace(name), convention, format, raw=raw)


@app.command(
    "create",
    epilog=examples(
        ("wfp-ops namespaces create customer-42", "an empty namespace of that name"),
        ("wfp-ops namespaces create customer-42 --account acme-prod", "with acme-prod's write token"),
    ),
)
def create_namespace(
    name: NameArgument,
    *,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002
    raw: RawOption = False,
) -> None:
    """Create an empty dispatch namespace.

    It is put on record in a journal, as every change. A name that breaks the convention is created all the
    same, with a warning. It takes the account's write token where there is one; the permission is "Workers
    Scripts: Edit".
    """
    check_raw(raw, format)
    _refuse_impossible(name)
    with reading(account, config) as opened:
        from wfp_ops.account.rules import rules_of  # noqa: PLC0415
        from wfp_ops.cli.namespaces_create import create  # noqa: PLC0415 (loads what plans need)
        from wfp_ops.cli.output import say, warn  # noqa: PLC0415

        convention = rules_of(opened.settings.audit).convention
        if convention.parse(name) is None:
            warn(f"{name!r} does not follow the convention {convention.pattern!r}: an audit will say so")
        made = create(opened, name, account=account, config=config)
        say(f"created {made.name!r} in {opened.name}")
        _show(made, convention, format, raw=raw)


@app.command("delete", epilog=namespaces_delete.EXAMPLES)
def delete_namespace(
    name: NameArgument,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PLAN.json",
            help="Only write the plan, for wfp-ops apply. A plan that is there is replaced.",
        ),
    ] = None,
    override: OverrideOption = None,
    expires: ExpiresOption = None,
    journal: JournalOption = None,
    customers: CustomersOption = None,
    query: QueryOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: PlanFormatOption = "table",  # noqa: A002
) -> None:
    """Delete a dispatch namespace, as a plan of one.

    Every Worker in it goes with it. It audits, asks every guard, shows the plan and asks for its words;
    then the namespace is archived and deleted. A guard that refuses exits with 4 and says why. Where nobody
    can type, write the plan with --out and approve its digest: wfp-ops apply plan.json --approve DIGEST.
    """
    namespaces_delete.delete(
        namespaces_delete.Wanted(
            name=name,
            overrides=override,
            expires=expires,
            journal=journal,
            customers=customers,
            query=query,
            account=account,
            config=config,
        ),
        out,
        format,
    )


def _refuse_impossible(name: str) -> None:
    """A name that can't be is wrong usage, as it is for ``get``: nothing is asked and nothing sent."""
    from wfp_ops.naming.convention import NAME_HINT, name_problem  # noqa: PLC0415 (only a creation needs it)

    if problem := name_problem(name):
        raise SettingsError(
            f"{name[:80]!r} can't be the name of a namespace: {problem}",
            hint=NAME_HINT,
        )


_LABELS = {"workers": "Workers", "created_on": "created (UTC)", "modified_on": "changed (UTC)"}


def _show(namespace: Namespace, convention: Convention, chosen: Format, *, raw: bool) -> None:
    from wfp_ops.cli.output import show_document, show_frame  # noqa: PLC0415
    from wfp_ops.cli.tables import card  # noqa: PLC0415
    from wfp_ops.frames.export import to_rows  # noqa: PLC0415
    from wfp_ops.inventory.namespaces import namespaces_frame  # noqa: PLC0415

    frame = namespaces_frame([namespace], convention)
    if chosen == "json":
        # one thing, so an object and not an array of rows
        show_document(to_rows(frame)[0])
    else:
        show_frame(frame, chosen, lambda _width: card(frame, _LABELS), raw=raw)
