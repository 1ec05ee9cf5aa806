"""States with a severity, and flags, as the findings frame: worst first, then by kind and name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from wfp_ops.audit.claims import Claims
from wfp_ops.audit.flags import Finding, listed, workers_inside
from wfp_ops.audit.kinds import finding_kind, severity_rank
from wfp_ops.audit.rules import Accepted, Rules
from wfp_ops.audit.states import Verdicts
from wfp_ops.audit.things import Records, Things
from wfp_ops.frames.columns import ACCEPTED, FINDINGS


def state_findings(
    things: Things, records: Records, claims: Claims, verdicts: Verdicts, rules: Rules
) -> Iterator[Finding]:
    """One finding for each thing and each record whose state has a severity."""
    yield from _thing_findings(things, records, claims, verdicts, rules)
    yield from _record_findings(things, records, claims, verdicts, rules)
    yield from _aside_findings(records)


def frame_of(findings: Iterable[Finding]) -> pd.DataFrame:
    """The findings as a frame, sorted so that it does not depend on the order they came in."""
    rows = list(findings)
    kinds = [finding_kind(row.kind) for row in rows]
    frame = FINDINGS.build(
        {
            "kind": [row.kind for row in rows],
            "severity": [kind.severity for kind in kinds],
            "namespace": [row.namespace for row in rows],
            "worker": [row.worker for row in rows],
            "customer_id": [row.customer_id for row in rows],
            "detail": [row.detail for row in rows],
            "suggestion": [row.suggestion or kind.suggestion for row, kind in zip(rows, kinds, strict=True)],
        },
        length=len(rows),
    )
    rank = frame["severity"].map(severity_rank)
    order = frame.assign(rank=rank).sort_values(
        ["rank", "kind", "namespace", "worker", "customer_id", "detail"], kind="stable"
    )
    return frame.loc[order.index].reset_index(drop=True)


def split_accepted(
    findings: pd.DataFrame, accepted: Iterable[Accepted], today: date, account: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The findings that stand, and those that somebody accepted and whose time is not over.

    A finding about the whole account goes by the account's name or id.
    """
    named = ["namespace", "worker", "customer_id"]
    of_account = findings[named].isna().all(axis=1)
    reason: dict[Any, Accepted] = {}
    for rule in accepted:
        if rule.until is not None and today >= rule.until:
            continue
        about = findings[named].isin([rule.name]).any(axis=1) | (of_account & (rule.name in account))
        for row in findings.index[(findings["kind"] == rule.kind) & about]:
            reason.setdefault(row, rule)
    moved = findings.loc[list(reason)].sort_index()
    said = [reason[row] for row in moved.index]
    data: dict[str, Any] = {name: moved[name].reset_index(drop=True) for name in FINDINGS.names}
    data["reason"] = [rule.reason for rule in said]
    data["until"] = [rule.until.isoformat() if rule.until else None for rule in said]
    return findings.drop(index=list(reason)).reset_index(drop=True), ACCEPTED.build(data, length=len(moved))


def _thing_findings(
    things: Things, records: Records, claims: Claims, verdicts: Verdicts, rules: Rules
) -> Iterator[Finding]:
    details: dict[str, Callable[[int], tuple[str, str | None]]] = {
        "ambiguous": _ambiguous(records, claims, rules),
        "churned": _churned(records, verdicts),
        "suspect": lambda thing: (verdicts.why[thing], None),
        "orphaned": lambda thing: (f"no customer has the id {claims.parsed[thing]!r}", None),
        "misnamed": _misnamed(records, verdicts, rules),
        "unrecognised": lambda _: (f"it does not follow {rules.convention.pattern!r}", None),
    }
    has_worker = "worker" in things.frame
    inside = things.frame.get("workers")
    for thing in np.flatnonzero(np.isin(verdicts.things, list(details))):
        state = str(verdicts.things[thing])
        detail, suggestion = details[state](int(thing))
        if inside is not None:
            detail = f"{detail}; {workers_inside(inside[thing])}"
        owner = verdicts.owner[thing]
        customer = records.usable["customer_id"].iloc[owner] if owner >= 0 else claims.parsed[thing]
        yield Finding(
            kind=state,
            namespace=things.frame["namespace"][thing],
            worker=things.frame["worker"][thing] if has_worker else None,
            customer_id=None if pd.isna(customer) else customer,
            detail=detail,
            suggestion=suggestion,
        )


def _ambiguous(records: Records, claims: Claims, rules: Rules) -> Callable[[int], tuple[str, str | None]]:
    ids = records.ids
    mapped = claims.mapping_pairs.groupby("thing")["record"].agg(list)
    by_id = claims.id_pairs.groupby("thing")["record"].agg(list)
    aside = claims.aside_pairs.groupby("thing")["record"].agg(list)

    def detail(thing: int) -> tuple[str, str | None]:
        said = []
        if thing in mapped.index:
            said.append(f"mapped to {_customers(ids, mapped[thing])}")
        if claims.conforming[thing] > 1:
            said.append(f"its tags name {claims.conforming[thing]} customers")
        elif thing in mapped.index and thing in by_id.index:
            said.append(f"its {'tag' if rules.by_tag else 'name'} says {_customers(ids, by_id[thing])}")
        if thing in aside.index:
            rows = records.aside["row"].iloc[[record - len(records.usable) for record in aside[thing]]]
            numbers = [str(row) for row in rows if pd.notna(row)]
            where = f" ({'rows' if len(numbers) > 1 else 'row'} {listed(numbers)})" if numbers else ""
            said.append(f"claimed by what was set aside from the customer list{where}")
        return "; ".join(said), None

    return detail


def _customers(ids: pd.Series[Any], owners: list[int]) -> str:
    names = [repr(ids.iloc[owner]) for owner in owners]
    return f"customer{'' if len(names) == 1 else 's'} {listed(names)}"


def _churned(records: Records, verdicts: Verdicts) -> Callable[[int], tuple[str, str | None]]:
    when = records.usable["churned_on"]

    def detail(thing: int) -> tuple[str, str | None]:
        owner = verdicts.owner[thing]
        left = when.iloc[owner]
        day = "on an unknown day" if pd.isna(left) else f"on {left:%Y-%m-%d}"
        return f"customer {records.usable['customer_id'].iloc[owner]!r} left {day}", None

    return detail


def _misnamed(records: Records, verdicts: Verdicts, rules: Rules) -> Callable[[int], tuple[str, str | None]]:
    def detail(thing: int) -> tuple[str, str | None]:
        customer = records.usable["customer_id"].iloc[verdicts.owner[thing]]
        text = f"it is customer {customer!r} in another spelling"
        if rules.convention.problem(customer) is not None:
            return text, None
        name = rules.convention.format(customer)
        if rules.tenancy == "worker":
            return text, f"deploy it again as {name!r}: a Worker can't be renamed"
        return text, f"rename it to {name!r}, once no dispatcher binds the old name"

    return detail


def _record_findings(
    things: Things, records: Records, claims: Claims, verdicts: Verdicts, rules: Rules
) -> Iterator[Finding]:
    states = verdicts.records[: len(records.usable)]
    numbers = np.flatnonzero(np.isin(states, ["missing", "absent", "conflict", "unusable"]))
    rows = records.usable[["customer_id", "status", "namespace"]].iloc[numbers].to_dict("records")
    own = claims.id_pairs.drop_duplicates("record").set_index("record")["thing"].to_dict()
    for record, row in zip(numbers, rows, strict=True):
        state = str(states[record])
        detail, suggestion = _record_detail(state, row, rules)
        namespace = None
        if state == "conflict" and not claims.mapped_in_vain[record]:
            namespace = things.frame["namespace"][own[record]]
            detail = f"{things.name[own[record]]!r} bears its id, but is mapped to somebody else"
        yield Finding(
            kind=state,
            namespace=namespace,
            customer_id=row["customer_id"],
            detail=detail,
            suggestion=suggestion,
        )


def _record_detail(state: str, row: dict[Hashable, Any], rules: Rules) -> tuple[str, str | None]:
    customer, status = row["customer_id"], row["status"]
    if state == "conflict":
        return f"its mapping names {row['namespace']!r}, which does not exist", None
    if state == "unusable":
        return f"the id {customer!r} makes no valid name: {rules.convention.problem(customer)}", (
            "give this customer a name of its own in the customer list's namespace column"
        )
    name = rules.convention.format(customer)
    what = "namespace" if rules.tenancy == "namespace" else "Worker"
    if state == "missing" and rules.tenancy == "worker":
        return (
            f"{status}, and has no Worker",
            f"deploy a Worker {'tagged' if rules.by_tag else 'named'} {name!r}, or map the one it has",
        )
    if state == "missing":
        return (
            f"{status}, and has no namespace",
            f"create {name!r}, or map the one it has",
        )
    return f"{status}, and has no {what}", None


def _aside_findings(records: Records) -> Iterator[Finding]:
    for row, customer in zip(
        records.aside.to_dict("records"), records.ids.iloc[len(records.usable) :], strict=True
    ):
        place = f"row {row['row']}" if pd.notna(row["row"]) else "a row"
        yield Finding(
            kind="unusable",
            customer_id=None if pd.isna(customer) else customer,
            # The name alone: a path is long, and says where somebody's files lie to whoever gets the report
            detail=f"{place} of {PurePath(row['file']).name or row['file']}: {row['reason']}",
        )
