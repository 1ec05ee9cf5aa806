"""``wfp-ops namespaces create``: a plan of one, carried out at once; typing the name is its approval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from wfp_ops.api.reads import Reads
from wfp_ops.cli.apply import carried_out, say_next
from wfp_ops.cli.failures import DONE_IN_PART
from wfp_ops.cli.output import say
from wfp_ops.cli.planned import same_account
from wfp_ops.errors import APIError, NamespaceNameError, SettingsError
from wfp_ops.settings.model import SANDBOX_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from wfp_ops.account.account import Account
    from wfp_ops.api.models import Namespace

VISIBLE_WITHIN_S = 30.0


def create(opened: Account, name: str, *, account: str | None, config: Path | None) -> Namespace:
    """Create it; it comes back as a read shows it.

    Raises:
        SettingsError: the built-in sandbox is meant: it would be gone with the command.
        NamespaceNameError: the name is not allowed, or taken.
        APIError: Cloudflare refused.
        typer.Exit: nobody can tell yet whether it was created; how to go on was said.
    """
    if opened.name == SANDBOX_NAME:
        raise SettingsError(
            "the built-in sandbox ends with the command, and a change with it",
            key="--account",
            hint="start one that stays (wfp-ops sandbox --port 8787) and set CLOUDFLARE_BASE_URL to it",
        )
    plan = opened.plan_create_namespace(name)
    applied = carried_out(
        lambda progress, control: opened.apply(plan, approve=plan.digest, control=control, progress=progress),
        flags=same_account(account, config),
    )
    if applied.done:
        return _shown(opened, name)
    step = applied.steps[0]
    if applied.left:
        say(applied.stopped or f"{name}: {step.detail}")
        say_next(applied, account, config)
        raise typer.Exit(DONE_IN_PART)
    if step.outcome == "dropped":
        raise NamespaceNameError(
            f"nothing was created: {step.detail}", hint="choose another name, or use the one that is there"
        )
    raise APIError(f"{name!r} was not created: {step.detail}")


def _shown(opened: Account, name: str) -> Namespace:
    """Read with the token that created it: another may not see everything."""
    from wfp_ops.account.transport import open_transport  # noqa: PLC0415 (loads httpx)

    with open_transport(
        opened.access, opened.settings, opened.clock, state_dir=opened.rate_state_dir, write=True
    ) as transport:
        return Reads(transport, opened.account_id).get_namespace(name, wait_s=VISIBLE_WITHIN_S)
