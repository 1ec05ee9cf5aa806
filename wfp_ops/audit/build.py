"""Inventory against customers → ``Audit``: the order in which the parts of this room are put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import pandas as pd

from wfp_ops.audit.activity import Activity, Thing, activity_flags, gone_things
from wfp_ops.audit.claims import claims_of
from wfp_ops.audit.findings import frame_of, split_accepted, state_findings
from wfp_ops.audit.flags import flags
from wfp_ops.audit.join import join
from wfp_ops.audit.kinds import BY_USAGE, CUSTOMER_STATES, THING_STATES, finding_kinds
from wfp_ops.audit.result import Audit
from wfp_ops.audit.rules import Accepted, Rules
from wfp_ops.audit.states import Verdicts, judge
from wfp_ops.audit.things import records_of, things_of
from wfp_ops.customers.set_aside import notes, rows_taken_out, set_aside, shortened
from wfp_ops.errors import CustomerListError
from wfp_ops.frames.columns import CUSTOMERS, NAMESPACES, WORKERS
from wfp_ops.frames.provenance import completeness

Look: TypeAlias = Callable[[Sequence[Thing]], Activity | str]


def build_audit(
    *,
    namespaces: pd.DataFrame,
    workers: pd.DataFrame | None = None,
    customers: pd.DataFrame,
    rules: Rules,
    account_id: str,
    account_name: str,
    taken_at: datetime,
    look: Look | None = None,
) -> Audit:
    """Audit an inventory against a customer list. Pure: reads nothing, and asks nobody but ``look``.

    Args:
        namespaces: all namespaces of the account (``NAMESPACES``), with their proof of completeness.
        workers: the Workers of the listed namespaces (``WORKERS``); in worker tenancy only.
        customers: a frame from ``read_customers``, with the records that were set aside.
        rules: convention, tenancy, ignore list and what was accepted.
        account_id: whose inventory it is.
        account_name: how its operator calls it.
        taken_at: when the inventory was read.
        look: what usage says of this account, asked once its states are known, with the things whose
            customers are gone; it answers with an ``Activity``, or with a sentence on why nothing is known.
            None: nobody wants to know.

    Raises:
        FrameError: a frame lacks a column or has one of another dtype.
        CustomerListError: customers were taken out of the frame since the list was read, or ids
            differ only in case where the rules take them for the same.
    """
    NAMESPACES.check(namespaces)
    CUSTOMERS.check(customers)
    _refuse_partial(customers)
    evidence = completeness(namespaces)
    if rules.tenancy == "worker" and workers is not None:
        WORKERS.check(workers)
        evidence = evidence.and_(completeness(workers))
    things = things_of(namespaces, workers, rules)
    records = records_of(customers, set_aside(customers), shortened(customers))
    _refuse_repeated(rules.keys(records.usable["customer_id"]))
    claims = claims_of(things, records, rules)
    verdicts = judge(things, records, claims, rules)
    seen = None if look is None else look(gone_things(things, verdicts))
    told = _told_by(seen)
    rows = [
        *state_findings(things, records, claims, verdicts, rules),
        *flags(namespaces, things, records, verdicts, rules),
    ]
    if isinstance(seen, Activity):
        rows += activity_flags(things, records, verdicts, seen, rules)
    account = (account_name, account_id)
    standing, accepted, in_vain = split_accepted(frame_of(rows), rules.accepted, taken_at.date(), account)
    return Audit(
        account_id=account_id,
        account_name=account_name,
        convention=rules.convention.pattern,
        tenancy=rules.tenancy,
        taken_at=taken_at,
        evidence=evidence,
        counts=_counts(namespaces, verdicts, standing, rules),
        findings=standing,
        accepted=accepted,
        joined=join(things, records, claims, verdicts, rules),
        namespaces=namespaces,
        customers=customers,
        set_aside=records.aside,
        workers=workers,
        notes=(
            *_names_for_ids(customers, rules),
            *notes(customers),
            *_of_traffic(seen),
            *(_matches_nothing(rule) for rule in in_vain if rule.kind not in BY_USAGE or rule.kind in told),
        ),
        by_usage=told,
    )


def _of_traffic(seen: Activity | str | None) -> list[str]:
    """Why nobody can say which namespaces are idle, or are called though their customer left."""
    if isinstance(seen, str):
        return [f"traffic is unknown, so nothing is said to be idle, or live after churn: {seen}"]
    if isinstance(seen, Activity):
        silence = [] if seen.silence is None else [f"nothing is said to be idle: {seen.silence}"]
        return [*silence, *seen.notes]
    return []


def _told_by(seen: Activity | str | None) -> tuple[str, ...]:
    """The kinds that usage tells of: who is idle only where silence is proven."""
    if not isinstance(seen, Activity):
        return ()
    return BY_USAGE if seen.silence is None else tuple(kind for kind in BY_USAGE if kind != "idle")


def _names_for_ids(customers: pd.DataFrame, rules: Rules) -> list[str]:
    """Say so when the id column seems to hold names: every namespace would look like nobody's."""
    if not (rules.convention.prefix or rules.convention.suffix):
        return []
    names = int(rules.convention.parse_all(customers["customer_id"]).notna().sum())
    if names * 2 <= len(customers):
        return []
    said = f"{names:,} of {len(customers):,} customer ids already follow the convention"
    return [f"{said} {rules.convention.pattern!r}: if they are names, map that column to namespace"]


def _refuse_partial(customers: pd.DataFrame) -> None:
    """Whoever was filtered out of the list would leave an orphan behind that is none."""
    if taken := rows_taken_out(customers):
        raise CustomerListError(
            f"{taken} customers were taken out of this frame since the list was read, "
            "so their namespaces would look orphaned",
            hint="audit the whole list, and filter audit.findings or audit.joined instead",
        )


def _refuse_repeated(keys: pd.Series[Any]) -> None:
    repeated = keys[keys.duplicated()]
    if len(repeated):
        raise CustomerListError(
            f"the customer id {repeated.iloc[0]!r} stands twice once case is levelled",
            column="customer_id",
            hint='read the list with id_case="fold", as the audit is set to',
        )


def _matches_nothing(rule: Accepted) -> str:
    """What is left of an acceptance whose finding is gone, or whose name was mistyped."""
    return f"accepted finding {rule.kind}/{rule.name} matches nothing (any more)"


def _counts(
    namespaces: pd.DataFrame, verdicts: Verdicts, findings: pd.DataFrame, rules: Rules
) -> dict[str, Any]:
    """How many of what, in the order of their declaration; zero counts are left out."""
    counts: dict[str, Any] = {"namespaces": len(namespaces)}
    if rules.tenancy == "worker":
        counts["workers"] = len(verdicts.things)
    counts["customers"] = len(verdicts.records)
    # one key for both tenancies, as the joined table has one column namespace_state for both
    counts["states"] = {
        "namespaces": _count(verdicts.things, [kind.name for kind in THING_STATES]),
        "customers": _count(verdicts.records, [kind.name for kind in CUSTOMER_STATES]),
    }
    counts["findings"] = _count(findings["kind"].to_numpy(), finding_kinds())
    return counts


def _count(values: Any, order: Any) -> dict[str, int]:
    by_name = Counter(values.tolist())
    return {name: by_name[name] for name in order if name in by_name}
