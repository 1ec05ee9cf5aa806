"""``wfp-ops namespaces delete``: a plan of one, confirmed and carried out at once, or only written."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wfp_ops.cli.apply import asked, carried_out, finish
from wfp_ops.cli.options import PlanFormat, examples
from wfp_ops.cli.planned import check_given, check_out, deliver, refuse_idle, same_account, say_notes
from wfp_ops.cli.session import reading

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.change.plan import Plan
    from wfp_ops.change.result import Applied

EXAMPLES = examples(
    ("wfp-ops namespaces delete customer-9", "if every guard lets it pass, and its words are typed"),
    (
        'wfp-ops namespaces delete customer-9 --override grace="contract ended in May"',
        "before its grace is over, with the reason on record",
    ),
    ("wfp-ops namespaces delete customer-9 --out plan.json", "only the plan, for who approves it"),
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which namespace is to be deleted, and how."""

    name: str
    overrides: list[str] | None
    expires: str | None
    journal: Path | None
    customers: str | None
    query: str | None
    account: str | None
    config: Path | None


def delete(wanted: Wanted, out: Path | None, chosen: PlanFormat) -> None:
    """Plan it; then write the plan, or ask for its words and carry it out.

    Raises:
        RefusedError: a guard refuses, or the words are not those of the plan.
        typer.Exit: it was not done, or not in whole.
    """
    _check_options(wanted, out, chosen)
    if out is not None:
        check_out(out)
    check_given(wanted.overrides, wanted.expires)
    with reading(wanted.account, wanted.config) as opened:
        plan = _planned(opened, wanted)
        if out is not None:
            deliver(plan, out, chosen, account=wanted.account, config=wanted.config)
            return
        refuse_idle(plan, hint=_way_past(plan))
        applied = _applied(opened, plan, wanted)
    finish(applied, "json" if chosen == "json" else "table", account=wanted.account, config=wanted.config)


def _check_options(wanted: Wanted, out: Path | None, chosen: PlanFormat) -> None:
    """Refuse options that mean nothing without another, or not with it."""
    if out is None and chosen not in ("table", "json"):
        raise typer.BadParameter(f"{chosen} is a format of a plan: it needs --out", param_hint="--format")
    if out is None and wanted.expires is not None:
        raise typer.BadParameter("it means something with --out only", param_hint="--expires")
    if out is not None and wanted.journal is not None:
        raise typer.BadParameter("nothing is applied with --out", param_hint="--journal")


def _way_past(plan: Plan) -> str:
    """What would let it in: each guard that holds it back is overridden by name, if any reason does."""
    from wfp_ops.change.guards.table import GUARDS  # noqa: PLC0415 (loads what plans need)

    left_out = [(guard, each.step.namespace) for each in plan.excluded for guard in each.guards]
    never = {guard.name for guard in GUARDS if guard.never}
    final = [guard for guard, _ in left_out if guard in never]
    if final:
        return f"no reason overrides {final[0]}: look at it as it is now, and try again"
    keys = [f"{guard}:{name}" if guard == "state" else guard for guard, name in left_out]
    keys += [row.guard for row in plan.refusals]
    words = [word for key in keys for word in ("--override", f"{key}=REASON")]
    return f"if it is to go all the same, say why for each guard: {shlex.join(words)}"


def _planned(opened: Account, wanted: Wanted) -> Plan:
    from wfp_ops.cli.progress import progress  # noqa: PLC0415 (loads Rich)

    with progress("auditing") as advance:
        audit = opened.audit(wanted.customers, query=wanted.query, progress=advance)
    say_notes(audit)
    with progress("planning"):
        return opened.plan_delete_namespace(
            audit, wanted.name, overrides=wanted.overrides or None, expires=wanted.expires
        )


def _applied(opened: Account, plan: Plan, wanted: Wanted) -> Applied:
    write_it = ["wfp-ops", "namespaces", "delete", wanted.name, "--out", "plan.json"]
    flags = same_account(wanted.account, wanted.config)
    words = asked(
        opened,
        plan,
        instead=f"write the plan ({shlex.join([*write_it, *flags])}), and once a person has seen it, "
        f"approve it: {shlex.join(['wfp-ops', 'apply', 'plan.json', '--approve', 'DIGEST', *flags])}",
    )
    return carried_out(
        lambda progress, control: opened.apply(
            plan,
            confirm=words,
            customers=wanted.customers,
            query=wanted.query,
            journal=wanted.journal,
            control=control,
            progress=progress,
        ),
        flags=flags,
    )
