"""The way back: a plan from an archive, and a comparison of an archive with the account."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from wfp_ops.account.planning import GivenOverrides, life_of
from wfp_ops.account.unlisted import unlisted_plan
from wfp_ops.change.archive.compare import compare
from wfp_ops.change.archive.read import find, load, verify
from wfp_ops.change.archive.restore import blobs, restore_steps
from wfp_ops.change.overrides import overrides_of
from wfp_ops.change.plan import Plan
from wfp_ops.errors import ArchiveError

if TYPE_CHECKING:
    from wfp_ops.account.account import Account


def plan_restore(
    account: Account, word: str, *, overrides: GivenOverrides, expires: str | timedelta | None
) -> Plan:
    """The plan that brings an archive back; what is there already is left alone.

    Every byte of the archive is checked first: nothing is restored by halves.
    """
    folder = account.state_folder()
    archive = verify(folder, find(folder, word))
    if archive.account_id != account.account_id:
        raise ArchiveError(
            f"the archive is of account {archive.account_id}", path=archive.name, hint="restore it there"
        )
    present = account.reads.list_namespaces()
    there = archive.namespace.name in {each.name for each in present}
    inside = account.reads.list_workers(archive.namespace.name) if there else None
    steps, excluded = restore_steps(archive, present, inside)
    seen = (present.proof.verdict, present.proof.how, len(present))
    return replace(
        unlisted_plan(account, steps, life=life_of(expires), seen=seen),
        excluded=tuple(excluded),
        overrides=overrides_of(overrides),
        restores=archive.name,
        blobs=blobs(archive),
    )


def compare_archive(account: Account, word: str) -> pd.DataFrame:
    """An archive against what is in the account now, Worker by Worker."""
    folder = account.state_folder()
    return compare(account.reads, load(folder, find(folder, word)), folder)


def blobs_again(account: Account, plan: Plan) -> Plan:
    """A restore's plan with the modules that its steps carry, from the archive that it restores."""
    if plan.restores is None:
        return plan
    return replace(plan, blobs=blobs(verify(account.state_folder(), plan.restores)))
