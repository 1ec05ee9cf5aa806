"""Finding applies again by their journals: one of them, or all that are not over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfp_ops.account.running import Running
from wfp_ops.change.journal.reader import ends_complete
from wfp_ops.change.running.hold import is_held
from wfp_ops.errors import JournalError, RefusedError
from wfp_ops.frames.applies import RUNNING
from wfp_ops.memory.applied import Applied, AppliedPlans

if TYPE_CHECKING:
    from wfp_ops.account.account import Account


def attach(account: Account, journal: str | os.PathLike[str]) -> Running:
    """An apply of this account.

    Raises:
        JournalError: there is no such journal, or it can't be trusted.
        RefusedError: it is of another account.
    """
    running = Running(journal, account.clock)
    running.progress()  # a journal that was changed is said to be so at once
    plan = running.plan
    if (plan.account_id, plan.base_url) != (account.account_id, account.base_url):
        raise RefusedError(
            "this journal is of another account",
            reasons=[
                f"it is of {plan.account_id} at {plan.base_url}",
                f"this is {account.account_id} at {account.base_url}",
            ],
            hint="open that account, and attach to it there",
        )
    return running


def running_frame(account: Account) -> pd.DataFrame:
    """Every apply that is not over, the newest first."""
    every = reversed(AppliedPlans(account.state_folder()).all())
    rows = [row for each in every if (row := _row(account, each)) is not None]
    return RUNNING.build({name: [row.get(name) for row in rows] for name in RUNNING.names}, length=len(rows))


def _row(account: Account, applied: Applied) -> dict[str, Any] | None:
    path = Path(applied.journal)
    row: dict[str, Any] = {"journal": applied.journal, "at": applied.at}
    if not path.exists():
        return {**row, "state": "missing", "stopped": "there is no such file any more"}
    try:
        # Of those that are over there may be many, and each is as long as its plan
        if ends_complete(path) and not is_held(path):
            return None
        running = Running(path, account.clock)
        progress = running.progress()
    except JournalError as error:
        return {**row, "state": "tampered", "stopped": error.message}
    if progress.state == "finished":
        return None
    return {
        **row,
        "state": progress.state,
        "confirmation": running.plan.confirmation,
        **{
            name: getattr(progress, name)
            for name in ("total", "done", "dropped", "failed", "left", "stopped")
        },
    }
