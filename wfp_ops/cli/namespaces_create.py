"""``wfp-ops namespaces create``: a plan of one, carried out at once; typing the name is its approval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from wfp_ops.api.reads import Reads
from wfp_ops.cli.apply import carried_out
from wfp_ops.cli.failures import DONE_IN_PART
from wfp_ops.cli.output import say
from wfp_ops.errors import APIError, NamespaceNameError, SettingsError
from wfp_ops.settings.model import SANDBOX_NAME

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.api.models import Namespace
    from wfp_ops.change.result import Applied, StepResult

VISIBLE_WITHIN_S = 30.0


def create(opened: Account, name: str) -> Namespace:
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
        lambda progress, control: opened.apply(plan, approve=plan.digest, control=control, progress=progress)
    )
    if applied.done:
        return _shown(opened, name)
    raise _not_created(applied, applied.steps[0])


def _shown(opened: Account, name: str) -> Namespace:
    """Read with the token that created it: another may not see everything."""
    from wfp_ops.account.transport import open_transport  # noqa: PLC0415 (loads httpx)

    with open_transport(
        opened.access, opened.settings, opened.clock, state_dir=opened.rate_state_dir, write=True
    ) as transport:
        return Reads(transport, opened.account_id).get_namespace(name, wait_s=VISIBLE_WITHIN_S)


def _not_created(applied: Applied, step: StepResult) -> Exception:
    name = step.step.namespace
    if step.outcome == "dropped":
        return NamespaceNameError(
            f"nothing was created: {step.detail}", hint="choose another name, or use the one that is there"
        )
    if step.outcome == "failed":
        return APIError(f"{name!r} was not created: {step.detail}")
    say(f"{name!r}: {applied.stopped or step.detail}")
    say(f"to find out, and to go on: wfp-ops journal resume {applied.journal}")
    return typer.Exit(DONE_IN_PART)
