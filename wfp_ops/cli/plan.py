"""``wfp-ops plan``: make a plan, look at one, rehearse one. None of it changes the account."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    CustomersAgainOption,
    CustomersOption,
    DocumentFormatOption,
    ExceptOption,
    ExpiresOption,
    MaxOption,
    OnlyOption,
    OverrideOption,
    PlanFileArgument,
    PlanFormat,
    PlanFormatOption,
    PlanOutOption,
    QueryOption,
    examples,
)
from wfp_ops.cli.planned import check_given, check_out, deliver, print_plan, say_notes
from wfp_ops.cli.session import reading

app = typer.Typer(
    name="plan",
    help="Plan changes, look at a plan, rehearse it. Nothing is changed.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=examples(("wfp-ops plan delete --out plan.json", "what may be deleted, and why the rest may not")),
)


@app.callback()
def plan() -> None:
    """Plan changes, look at a plan, rehearse it. Nothing is changed."""


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What somebody wants to be planned."""

    action: Literal["create", "delete", "rename"]
    states: list[str] | None
    only: list[str] | None
    without: list[str] | None
    most: int | None
    overrides: list[str] | None
    expires: str | None
    customers: str | None
    query: str | None
    account: str | None
    config: Path | None


@app.command(
    "create",
    epilog=examples(
        ("wfp-ops plan create --customers customers.csv --out plan.json", "a namespace for who has none"),
        ("wfp-ops plan create --only 42 --only 43 --out plan.json", "for these two customers"),
    ),
)
def create_plan(
    *,
    out: PlanOutOption,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="STATE", help="Customers in this state. Default: missing."),
    ] = None,
    only: OnlyOption = None,
    without: ExceptOption = None,
    most: MaxOption = None,
    override: OverrideOption = None,
    expires: ExpiresOption = None,
    customers: CustomersOption = None,
    query: QueryOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: PlanFormatOption = "table",  # noqa: A002 (the flag's name)
) -> None:
    """Plan the namespaces that customers lack.

    It audits first. Whoever may have one already under another spelling (a suspect) is left out. Exits with
    4 if nothing is left to do.
    """
    _make(
        _Wanted(
            action="create",
            states=state,
            only=only,
            without=without,
            most=most,
            overrides=override,
            expires=expires,
            customers=customers,
            query=query,
            account=account,
            config=config,
        ),
        out,
        format,
    )


@app.command(
    "delete",
    epilog=examples(
        ("wfp-ops plan delete --customers customers.csv --out plan.json", "whatever is churned or orphaned"),
        ("wfp-ops plan delete --state churned --max 5 --out plan.json", "the first five who left"),
        (
            'wfp-ops plan delete --only customer-9 --override grace="contract ended" --out plan.json',
            "one before its grace is over, with the reason on record",
        ),
    ),
)
def delete_plan(
    *,
    out: PlanOutOption,
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="What is in this state (again for more). Default: churned and orphaned.",
        ),
    ] = None,
    only: OnlyOption = None,
    without: ExceptOption = None,
    most: MaxOption = None,
    override: OverrideOption = None,
    expires: ExpiresOption = None,
    customers: CustomersOption = None,
    query: QueryOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: PlanFormatOption = "table",  # noqa: A002
) -> None:
    """Plan the deletion of what is churned or orphaned.

    It audits first; in worker tenancy it is about Workers. What a guard refuses is left out with the
    reason; guards that refuse the whole plan, or nothing left, exit with 4. The file is written in any case.
    """
    _make(
        _Wanted(
            action="delete",
            states=state,
            only=only,
            without=without,
            most=most,
            overrides=override,
            expires=expires,
            customers=customers,
            query=query,
            account=account,
            config=config,
        ),
        out,
        format,
    )


@app.command(
    "rename",
    epilog=examples(
        ("wfp-ops plan rename --customers customers.csv --out plan.json", "whatever is misnamed"),
    ),
)
def rename_plan(
    *,
    out: PlanOutOption,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="STATE", help="What is in this state. Default: misnamed."),
    ] = None,
    only: OnlyOption = None,
    without: ExceptOption = None,
    most: MaxOption = None,
    override: OverrideOption = None,
    expires: ExpiresOption = None,
    customers: CustomersOption = None,
    query: QueryOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: PlanFormatOption = "table",  # noqa: A002
) -> None:
    """Plan the convention's name for what is misnamed.

    It audits first. What is called, bound or protected is left out with the reason. Exits with 4 if nothing
    is left to do.
    """
    _make(
        _Wanted(
            action="rename",
            states=state,
            only=only,
            without=without,
            most=most,
            overrides=override,
            expires=expires,
            customers=customers,
            query=query,
            account=account,
            config=config,
        ),
        out,
        format,
    )


@app.command(
    "show",
    epilog=examples(
        ("wfp-ops plan show plan.json", "what it does, what it leaves out, its digest and its words"),
        ("wfp-ops plan show plan.json --format markdown > plan.md", "for a pull request"),
        ("wfp-ops plan show plan.json --format html > plan.html", "a page that can be mailed"),
    ),
)
def show_plan(plan_file: PlanFileArgument, *, format: PlanFormatOption = "table") -> None:  # noqa: A002
    """Show a plan and its digest.

    It needs no account, token or network. A plan that was changed after it was made exits with 4.
    """
    from wfp_ops.change.plan_file import read_plan  # noqa: PLC0415 (loads what plans need)

    print_plan(read_plan(plan_file), format)


@app.command(
    "rehearse",
    epilog=examples(
        ("wfp-ops plan rehearse plan.json", "the same plan on a sandbox, with faults and a crash half way"),
        ("wfp-ops plan rehearse plan.json --faults 0.2 --seed 7", "with more of them, and others"),
    ),
)
def rehearse_plan(
    plan_file: PlanFileArgument,
    *,
    faults: Annotated[
        float,
        typer.Option("--faults", min=0, max=0.5, metavar="SHARE", help="The share of requests that fail."),
    ] = 0.05,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed makes others fail.")] = 1,
    customers: CustomersAgainOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: DocumentFormatOption = "table",  # noqa: A002
) -> None:
    """Carry a plan out on a sandbox first.

    The sandbox holds the inventory that the plan names; the account is neither asked nor changed. The
    report says which findings would be gone, which are left and new, and what failed on the way.
    """
    from wfp_ops.change.plan_file import read_plan  # noqa: PLC0415 (as above)

    read = read_plan(plan_file)
    with reading(account, config) as opened:
        from wfp_ops.cli.output import show_document, write  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.progress import progress  # noqa: PLC0415
        from wfp_ops.errors import visible  # noqa: PLC0415

        with progress("rehearsing"):
            result = opened.rehearse(read, faults=faults, seed=seed, customers=customers)
        if format == "json":
            show_document(result.to_dict())
        else:
            write("".join(f"{visible(line)}\n" for line in repr(result).split("\n")))


def _make(wanted: _Wanted, out: Path, chosen: PlanFormat) -> None:
    _check_states(wanted)
    check_out(out)
    check_given(wanted.overrides, wanted.expires)
    with reading(wanted.account, wanted.config) as opened:
        from wfp_ops.cli.progress import progress, say_forecast  # noqa: PLC0415 (loads Rich)

        with progress("auditing") as advance:
            audit = opened.audit(wanted.customers, query=wanted.query, progress=advance)
        say_notes(audit)
        plans = {"create": opened.plan_create, "delete": opened.plan_delete, "rename": opened.plan_rename}
        with progress("planning") as advance:
            made = plans[wanted.action](
                audit,
                wanted.states or None,
                only=wanted.only or (),
                without=wanted.without or (),
                limit=wanted.most,
                overrides=wanted.overrides or None,
                expires=wanted.expires,
                progress=advance,
                forecast=partial(say_forecast, what="requests to look into them"),
            )
        deliver(made, out, chosen, account=wanted.account, config=wanted.config)


def _check_states(wanted: _Wanted) -> None:
    """Refuse a word that is no state: a name given as one would be planned without a look at its state."""
    from wfp_ops.audit.kinds import CUSTOMER_STATES, THING_STATES  # noqa: PLC0415

    kinds = CUSTOMER_STATES if wanted.action == "create" else THING_STATES
    states = [kind.name for kind in kinds]
    for state in wanted.states or ():
        if state not in states:
            raise typer.BadParameter(
                f"there is no state {state!r}: the states are {', '.join(states)}", param_hint="--state"
            )
