"""The way back: a plan from an archive, and a comparison of an archive with the account."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from wfp_ops.account.planning import GivenOverrides, life_of
from wfp_ops.change.archive.compare import compare
from wfp_ops.change.archive.read import find, load, verify
from wfp_ops.change.archive.restore import blobs, restore_steps
from wfp_ops.change.forecast import requests_for
from wfp_ops.change.overrides import overrides_of
from wfp_ops.change.plan import CustomerList, Forecast, InventorySeen, Plan
from wfp_ops.clock import iso
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
    now: datetime = account.clock.now()
    present = account.reads.list_namespaces()
    there = archive.namespace.name in {each.name for each in present}
    inside = account.reads.list_workers(archive.namespace.name) if there else None
    steps, excluded = restore_steps(archive, present, inside)
    requests = requests_for(steps)
    return Plan(
        account=account.name,
        account_id=account.account_id,
        base_url=account.base_url,
        created_at=now,
        expires_at=now + life_of(expires),
        convention=account.settings.audit.convention,
        tenancy=account.settings.audit.tenancy,
        customers=CustomerList(source=None, sha256=None, customers=0, set_aside=0),
        inventory=InventorySeen(
            snapshot=None,
            verdict=present.proof.verdict,
            how=present.proof.how,
            taken_at=iso(now),
            namespaces=len(present),
        ),
        steps=tuple(steps),
        excluded=tuple(excluded),
        overrides=overrides_of(overrides),
        forecast=Forecast(requests=requests, seconds=round(account.reads.transport.forecast_s(requests))),
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
