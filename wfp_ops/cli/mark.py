"""``wfp-ops mark``: since when what has been a candidate for deletion, and what must stay until when."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from wfp_ops.cli.options import (
    AccountOption,
    ConfigOption,
    CustomersOption,
    Format,
    FormatOption,
    QueryOption,
    RawOption,
    check_raw,
    examples,
)
from wfp_ops.cli.session import reading

if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.account.account import Account

EXAMPLES = examples(
    ("wfp-ops mark --customers customers.csv", "audit, mark, and show whose grace ends when"),
    ("wfp-ops mark --account acme-prod --format json", "in cron: so that no first sighting is missed"),
    (
        'wfp-ops mark --protect customer-42 --until 2027-01-31 --reason "asked to come back"',
        "nothing deletes or renames it before that day",
    ),
    (
        'wfp-ops mark --protect customer-77 --until 2027-01-31 --reason "moves in soon" --unseen',
        "also of what no audit has seen yet",
    ),
    ("wfp-ops mark --unprotect customer-42", "end a protection before its day"),
)
_MARKS = (
    ("namespace", "namespace"),
    ("worker", "Worker"),
    ("state", "state"),
    ("customer_id", "customer"),
    ("first_seen", "first seen (UTC)"),
    ("deadline", "grace ends (UTC)"),
    ("protected_until", "protected until"),
)
_PROTECTIONS = (("name", "name"), ("until", "until"), ("holds", "holds"), ("reason", "reason"))


def mark(
    *,
    customers: CustomersOption = None,
    query: QueryOption = None,
    protect: Annotated[
        str | None,
        typer.Option(
            "--protect",
            metavar="NAME",
            help="Instead: keep what bears exactly this name from being deleted or renamed until a day.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="DATE",
            help="With --protect: the day (2027-01-31) on which that ends, 00:00 UTC.",
        ),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="With --protect: why it must stay.")
    ] = None,
    unseen: Annotated[
        bool,
        typer.Option(
            "--unseen",
            help="With --protect: of a name that the last audit does not know, such as one to come.",
        ),
    ] = False,
    unprotect: Annotated[
        str | None, typer.Option("--unprotect", metavar="NAME", help="Instead: end such a protection.")
    ] = None,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002 (the flag's name)
    raw: RawOption = False,
) -> None:
    """Audit the account and mark its candidates for deletion.

    The grace period of a namespace or Worker that is churned or orphaned runs from the moment it is marked
    first. What is no candidate any more is unmarked. Nothing is changed at Cloudflare.
    """
    check_raw(raw, format)
    day = _check_options(protect=protect, until=until, reason=reason, unprotect=unprotect)
    if unseen and protect is None:
        raise typer.BadParameter("it means something with --protect only", param_hint="--unseen")
    if (protect or unprotect) is not None and (customers or query) is not None:
        raise typer.BadParameter("a protection needs no audit", param_hint="--customers")
    with reading(account, config) as opened:
        if protect is not None and day is not None and reason is not None:
            frame = opened.protect(protect, until=day, reason=reason, unseen=unseen)
            _print_protections(frame, format, raw=raw)
            _say_unseen(opened, protect, unseen=unseen)
        elif unprotect is not None:
            _print_protections(opened.unprotect(unprotect), format, raw=raw)
        else:
            _mark(opened, customers, query, format, raw=raw)


def _check_options(
    *, protect: str | None, until: str | None, reason: str | None, unprotect: str | None
) -> date | None:
    """Refuse options that mean nothing without another, or not with it; the day of ``--until`` comes back."""
    for flag, value in {"--until": until, "--reason": reason}.items():
        if protect is None and value is not None:
            raise typer.BadParameter("it means something with --protect only", param_hint=flag)
        if protect is not None and value is None:
            raise typer.BadParameter("say until when and why: --until DATE --reason TEXT", param_hint=flag)
    if protect is not None and unprotect is not None:
        raise typer.BadParameter("one at a time", param_hint="--unprotect")
    try:
        return None if until is None else date.fromisoformat(until)
    except ValueError:
        raise typer.BadParameter(
            f"{until!r} is no day: write it as 2027-01-31", param_hint="--until"
        ) from None


def _mark(opened: Account, customers: str | None, query: str | None, chosen: Format, *, raw: bool) -> None:
    from wfp_ops.account.marking import candidates_of, difference, without_id  # noqa: PLC0415 (loads pandas)
    from wfp_ops.cli.output import say, show_frame, warn  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.progress import progress  # noqa: PLC0415
    from wfp_ops.cli.tables import frame_table  # noqa: PLC0415

    before = opened.marks()
    with progress("auditing") as advance:
        audit = opened.audit(customers, query=query, progress=advance)
    for note in dict.fromkeys((*audit.notes, *without_id(candidates_of(audit)))):
        say(f"note: {note}")
    frame = opened.mark(audit)
    if len(frame) or chosen != "table":
        shown = [column for column in _MARKS if column[0] != "worker" or frame["worker"].notna().any()]
        show_frame(frame, chosen, partial(frame_table, frame, shown), raw=raw)
    counts = difference(before, frame)
    say(f"candidates for deletion: {counts.new:,} new, {counts.kept:,} kept, {counts.unmarked:,} unmarked")
    if opened.accepted() is None:
        warn("no customer list was accepted yet, and nothing is deleted before: wfp-ops audit --accept")


def _say_unseen(opened: Account, name: str, *, unseen: bool) -> None:
    """That nobody has looked whether there is anything of this name."""
    from wfp_ops.account.protecting import last_audit  # noqa: PLC0415 (loads pandas)
    from wfp_ops.cli.output import warn  # noqa: PLC0415 (loads Rich)

    if unseen:
        warn(f"nobody has looked whether there is anything of the name {name!r}: it protects what bears it")
    elif last_audit(opened.state_folder()) is None:
        warn(f"no audit is kept, so nobody has looked whether there is anything of the name {name!r}")


def _print_protections(frame: pd.DataFrame, chosen: Format, *, raw: bool) -> None:
    from wfp_ops.cli.output import say, show_frame  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.tables import frame_table  # noqa: PLC0415

    if frame.empty and chosen == "table":
        say("Nothing is protected by date.")
        return
    show_frame(frame, chosen, partial(frame_table, frame, _PROTECTIONS), raw=raw)
