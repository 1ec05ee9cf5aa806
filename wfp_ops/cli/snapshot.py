"""``wfp-ops snapshot``: keep an audit, list what is kept, compare."""

from __future__ import annotations

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
    from wfp_ops.memory.changes import Changes

app = typer.Typer(
    name="snapshot",
    help="Keep audits, list those that are kept, compare them.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=examples(("wfp-ops snapshot diff --since 7d", "what changed in the last week")),
)


@app.callback()
def snapshot() -> None:
    """Keep audits, list those that are kept, compare them."""


@app.command(
    "save",
    epilog=examples(
        ("wfp-ops snapshot save --customers customers.csv", "audit and keep it, without showing it"),
        ("wfp-ops snapshot save --account acme-prod", "in cron: exit code 1 if it could not be kept"),
    ),
)
def save_snapshot(
    *,
    customers: CustomersOption = None,
    query: QueryOption = None,
    account: AccountOption = None,
    config: ConfigOption = None,
) -> None:
    """Audit the account and keep the result.

    Every audit keeps a snapshot; this one shows nothing but its name, and fails if it can't be kept.
    """
    with reading(account, config) as opened:
        from wfp_ops.cli.output import say, write  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.progress import progress  # noqa: PLC0415

        with progress("auditing") as advance:
            saved = opened.save(opened.audit(customers, query=query, progress=advance, save=False))
        write(f"{saved.snapshot}\n")
        if saved.changes is not None:
            say(f"since the audit before: {saved.changes.headline()}")


@app.command(
    "list",
    epilog=examples(
        ("wfp-ops snapshot list", "the newest first, with those that can't be used and why"),
        ("wfp-ops snapshot list --account acme-prod --format json", "for programs"),
    ),
)
def list_snapshots(
    *,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002 (the flag's name)
    raw: RawOption = False,
) -> None:
    """List the audits that are kept, the newest first.

    Each is read and checked. One that is cut, was changed or is of another version is listed with its
    problem.
    """
    check_raw(raw, format)
    with reading(account, config) as opened:
        from wfp_ops.cli.output import say, show_frame, warn  # noqa: PLC0415 (loads Rich)
        from wfp_ops.cli.tables import frame_table  # noqa: PLC0415

        frame = opened.snapshots()
        if frame.empty and format == "table":
            say("No audit of this account is kept. To make one: wfp-ops audit")
            return
        show_frame(frame, format, partial(frame_table, frame, _COLUMNS), raw=raw)
        for name, problem in frame[["snapshot", "problem"]].dropna().itertuples(index=False):
            warn(f"{name} can't be used, the others can: {problem}")


_COLUMNS = (
    ("snapshot", "snapshot"),
    ("taken_at", "audited (UTC)"),
    ("inventory", "inventory"),
    ("namespaces", "namespaces"),
    ("customers", "customers"),
    ("findings", "findings"),
    ("accepted", "accepted"),
)


@app.command(
    "diff",
    epilog=examples(
        ("wfp-ops snapshot diff", "the newest audit against the one before it"),
        ("wfp-ops snapshot diff --since 7d", "against the last one of a week ago or before"),
        ("wfp-ops snapshot diff 12 15 --format json", "number 12 against number 15, for programs"),
    ),
)
def diff_snapshots(
    before: Annotated[
        str | None, typer.Argument(metavar="[A]", help="The earlier one, by its name or number.")
    ] = None,
    after: Annotated[
        str | None, typer.Argument(metavar="[B]", help="The later one. Default: the newest.")
    ] = None,
    *,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Instead of A and B: a span (24h, 7d, 2w) or a moment (2026-11-23, 2026-11-23T12:00:00Z).",
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=0, metavar="N", help="In the tables: how many rows of each.")
    ] = 50,
    account: AccountOption = None,
    config: ConfigOption = None,
    format: FormatOption = "table",  # noqa: A002
    raw: RawOption = False,
) -> None:
    """Show what changed between two audits that are kept.

    Namespaces added, removed, renamed (told by Cloudflare's id) and changed; customers; findings that are
    new, resolved, and still open since when. Cloudflare is not asked.
    """
    check_raw(raw, format)
    if since is not None and before is not None:
        raise typer.BadParameter("give --since, or the snapshots to compare", param_hint="--since")
    with reading(account, config) as opened:
        _print(opened.changes(since, before=before, after=after), format, raw=raw, limit=limit)


def _print(changes: Changes, chosen: Format, *, raw: bool, limit: int) -> None:
    from wfp_ops.cli.changes_view import changes_view  # noqa: PLC0415 (loads Rich)
    from wfp_ops.cli.output import show, show_document, warn, write  # noqa: PLC0415
    from wfp_ops.frames.export import to_csv  # noqa: PLC0415

    if chosen == "table":
        show(changes_view(changes, limit=limit))
        return
    if chosen == "json":
        show_document(changes.to_dict())
    else:
        write(to_csv(changes.table(), raw=raw))
    for note in changes.notes:
        warn(note)
