"""What an account knows when plans are judged: the list, the accepted one, the ledger, the journals."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from wfp_ops.account.memory import kept_of
from wfp_ops.audit.result import Audit
from wfp_ops.audit.suspicion import suspected_owners
from wfp_ops.change.judge import Known, Limits, ListFacts, Recent
from wfp_ops.change.recent import recent_deletions
from wfp_ops.change.traffic import TrafficLook
from wfp_ops.clock import Clock
from wfp_ops.customers.age import age_of
from wfp_ops.customers.set_aside import ids_unknown
from wfp_ops.errors import StateError, visible
from wfp_ops.memory.baseline import judge, load_baseline
from wfp_ops.memory.folder import StateFolder
from wfp_ops.memory.ledger import Ledger, LedgerContent
from wfp_ops.memory.names import Former, names_since
from wfp_ops.memory.snapshots import Snapshots
from wfp_ops.settings.checks import is_loopback

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from wfp_ops.account.account import Account
    from wfp_ops.api.reads import Reads


def known_of(account: Account, audit: Audit, reads: Reads | None = None) -> Known:
    """Everything that guards judge by, but for what is read from Cloudflare about each item, and traffic.

    What can't be read is unknown, and the guards refuse on that; nothing is raised.

    Args:
        account: whose state, thresholds and clock.
        audit: the inventory and the customers.
        reads: what the account was read by, if that is another connection than its own.
    """
    folder, clock = account.state_folder(), account.clock
    now = clock.now()
    ledger = _ledger(folder)
    recent, problem = _recent(folder, now)
    return Known(
        now=now,
        limits=Limits(**account.settings.change.model_dump(include=set(Limits.__dataclass_fields__))),
        evidence=audit.evidence,
        namespaces=len(audit.namespaces),
        customers=_list_facts(audit, folder, clock),
        recent=recent,
        recent_problem=problem,
        marks=None if ledger is None else ledger.by_key,
        protections=None if ledger is None else ledger.dated,
        doubtful=suspected_owners(audit),
        totals=_totals(audit.workers),
        skew=skew_of(account.base_url, reads or account.reads),
    )


def skew_of(base_url: str, reads: Reads) -> timedelta:
    """How far this machine's clock is ahead of Cloudflare's, by the answers so far; behind: below zero.

    A server on this machine has whatever time somebody gave it: there is nothing to compare.

    Args:
        base_url: the account's.
        reads: what the account was read by.
    """
    return timedelta(0) if is_loopback(base_url) else reads.transport.skew


def traffic_look(account: Account) -> TrafficLook:
    """Asks the account's analytics about traffic, as of now; earlier names are those of the audits kept."""
    snapshots = Snapshots(account.names_from or account.state_folder())

    def former(ids: Collection[str], since: datetime) -> Former:
        try:
            return names_since(snapshots, ids, since)
        except StateError:
            return Former()  # then nobody knows how they were called, and the guard says so where that counts

    return TrafficLook(
        analytics=account.analytics(),
        days=account.settings.change.traffic_days,
        now=account.clock.now(),
        former=former,
    )


def _ledger(folder: StateFolder) -> LedgerContent | None:
    try:
        return Ledger(folder).load()
    except StateError:
        return None  # the guards that ask it answer "unknown", which refuses


def _recent(folder: StateFolder, now: datetime) -> tuple[Recent | None, str]:
    """What was deleted lately; or None, likewise, and why that can't be told."""
    try:
        return recent_deletions(folder, now), ""
    except StateError as error:
        return None, visible(f"{error.message}: {error.path}: {error.hint}")


def _totals(workers: pd.DataFrame | None) -> dict[str, int]:
    if workers is None:
        return {}
    return {str(name): int(count) for name, count in workers["namespace"].value_counts().items()}


def _list_facts(audit: Audit, folder: StateFolder, clock: Clock) -> ListFacts:
    accepted, lost, share, namespaces = _against_accepted(audit, folder)
    return ListFacts(
        customers=len(audit.customers),
        read=audit.customers_read,
        set_aside=len(audit.set_aside),
        ids_unknown=ids_unknown(audit.customers),
        age=age_of(audit.customers, clock),
        accepted=accepted,
        lost=lost,
        lost_share=share,
        accepted_namespaces=namespaces,
    )


def _against_accepted(audit: Audit, folder: StateFolder) -> tuple[bool, int, float | None, int | None]:
    """Whether a list was accepted, how many of its ids are lost, their share, and the namespaces then."""
    try:
        baseline = load_baseline(folder)
        if baseline is None:
            return False, 0, None, None
        before = Snapshots(folder).load(baseline.snapshot)
    except StateError:
        return True, 0, None, None  # there is one, and nobody can compare with it
    seen = set(audit.set_aside["customer_ids"].explode().dropna())
    verdict = judge(kept_of(audit, None), before, seen=seen)
    return True, verdict.lost, verdict.lost_share, len(before.namespaces)
