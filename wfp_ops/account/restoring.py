"""The way back: a plan from an archive, and a comparison of an archive with the account."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from wfp_ops.account.apply_journal import account_flag
from wfp_ops.account.planning import GivenOverrides, life_of
from wfp_ops.account.unlisted import unlisted_plan
from wfp_ops.change.archive.compare import compare
from wfp_ops.change.archive.model import Archive
from wfp_ops.change.archive.read import find, load, verify_with_journal
from wfp_ops.change.archive.restore import blobs, not_of, restore_steps
from wfp_ops.change.overrides import overrides_of
from wfp_ops.change.plan import Plan
from wfp_ops.errors import ArchiveError, RefusedError

if TYPE_CHECKING:
    from wfp_ops.account.account import Account

_MOST_REASONS = 5


def plan_restore(
    account: Account, word: str, *, overrides: GivenOverrides, expires: str | timedelta | None
) -> Plan:
    """The plan that brings an archive back; what is there already is left alone.

    Every byte of the archive is checked first: nothing is restored by halves, and nothing that the journal
    of the apply that made the archive does not know.
    """
    folder = account.state_folder()
    archive = _own(account, find(folder, word))
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
    """A restore's plan with the modules that its steps carry, from the archive that it restores.

    Whoever can write a plan's file can write its digest, and lay modules beside it: so nothing is believed of
    a restore but what its archive gives.

    Raises:
        ArchiveError: there is no such archive, it was changed, or it is of another account.
        RefusedError: the plan is not what the archive gives.
    """
    if plan.restores is None:
        return plan
    archive = _own(account, plan.restores)
    odd = not_of(archive, plan.steps, plan.excluded)
    if odd:
        more = [f"and {len(odd) - _MOST_REASONS} more"] if len(odd) > _MOST_REASONS else []
        raise RefusedError(
            "the plan is not what its archive gives",
            reasons=[*odd[:_MOST_REASONS], *more],
            hint=f"make it anew: wfp-ops restore {archive.name} --out plan.json{account_flag(plan)}",
        )
    return replace(plan, blobs=blobs(archive))


def unvouched(account: Account, word: str) -> str | None:
    """Why no journal vouches for an archive, as a sentence; None where one does.

    Raises:
        ArchiveError: the archive can't be trusted.
    """
    folder = account.state_folder()
    name = find(folder, word)
    _, vouched = verify_with_journal(folder, name)
    return None if vouched.journal is not None else f"no journal vouches for {name}: {vouched.why}"


def _own(account: Account, name: str) -> Archive:
    """An archive of this account, checked from end to end and against its journal."""
    archive, _ = verify_with_journal(account.state_folder(), name)
    if archive.account_id != account.account_id:
        raise ArchiveError(
            f"the archive is of account {archive.account_id}", path=archive.name, hint="restore it there"
        )
    return archive
