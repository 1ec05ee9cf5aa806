"""States with a severity, and flags, as the findings frame: worst first, then by kind and name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date
from pathlib import PurePath
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from wfp_ops.audit.claims import Claims
from wfp_ops.audit.flags import Finding, listed, workers_inside
from wfp_ops.audit.kinds import finding_kind, severity_rank
from wfp_ops.audit.rules import Accepted, Rules
from wfp_ops.audit.states import Verdicts
from wfp_ops.audit.things import Flags, Records, Things
from wfp_ops.frames.columns import ACCEPTED, FINDINGS

# From a thing and the id of its customer (or the one read in it) to what is said of it, and what to do
Detail: TypeAlias = Callable[[int, Any], tuple[str, str | None]]


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
) -> tuple[pd.DataFrame, pd.DataFrame, list[Accepted]]:
    """The findings that stand, those that somebody accepted, and what was accepted and is not there.

    An acceptance whose time is over counts for none of it. A finding about the whole account goes by
    the account's name or id.
    """
    named = ["namespace", "worker", "customer_id"]
    of_account = findings[named].isna().all(axis=1)
    reason: dict[Any, Accepted] = {}
    in_vain = []
    for rule in accepted:
        if rule.until is not None and today >= rule.until:
            continue
        about = findings[named].isin([rule.name]).any(axis=1) | (of_account & (rule.name in account))
        rows = findings.index[(findings["kind"] == rule.kind) & about]
        if rows.empty:
            in_vain.append(rule)
        for row in rows:
            reason.setdefault(row, rule)
    moved = findings.loc[list(reason)].sort_index()
    said = [reason[row] for row in moved.index]
    data: dict[str, Any] = {name: moved[name].reset_index(drop=True) for name in FINDINGS.names}
    data["reason"] = [rule.reason for rule in said]
    data["until"] = [rule.until.isoformat() if rule.until else None for rule in said]
    standing = findings.drop(index=list(reason)).reset_index(drop=True)
    return standing, ACCEPTED.build(data, length=len(moved)), in_vain


def _thing_findings(
    things: Things, records: Records, claims: Claims, verdicts: Verdicts, rules: Rules
) -> Iterator[Finding]:
    details: dict[str, Detail] = {
        "ambiguous": _ambiguous(records, claims, verdicts, rules),
        "churned": _churned(records, verdicts),
        "suspect": lambda thing, _: (verdicts.why[thing], None),
        "orphaned": lambda _, customer: (f"no customer has the id {customer!r}", None),
        "misnamed": _misnamed(rules),
        "unrecognised": lambda *_: (f"it does not follow {rules.convention.pattern!r}", None),
    }
    numbers = np.flatnonzero(np.isin(verdicts.things, list(details)))
    # Columns are cut once: to take one value after the other out of them is many times as slow
    shown = [name for name in ("namespace", "worker", "workers") if name in things.frame]
    rows = things.frame[shown].iloc[numbers].to_dict("records")
    owner = verdicts.owner[numbers]
    customers = claims.parsed.iloc[numbers].to_numpy(dtype=object, copy=True)
    customers[owner >= 0] = records.usable["customer_id"].iloc[owner[owner >= 0]].to_numpy(dtype=object)
    for thing, row, customer in zip(numbers.tolist(), rows, customers, strict=True):
        state = str(verdicts.things[thing])
        detail, suggestion = details[state](thing, customer)
        yield Finding(
            kind=state,
            namespace=row["namespace"],
            worker=row.get("worker"),
            customer_id=None if pd.isna(customer) else customer,
            detail=f"{detail}; {workers_inside(row['workers'])}" if "workers" in row else detail,
            suggestion=suggestion,
        )


def _ambiguous(records: Records, claims: Claims, verdicts: Verdicts, rules: Rules) -> Detail:
    ids = records.ids
    wanted = verdicts.things == "ambiguous"
    mapped = _records_by_thing(claims.mapping_pairs, wanted)
    by_id = _records_by_thing(claims.id_pairs, wanted)
    aside = _records_by_thing(claims.aside_pairs, wanted)

    def detail(thing: int, _: Any) -> tuple[str, str | None]:
        said = []
        if thing in mapped:
            said.append(f"mapped to {_customers(ids, mapped[thing])}")
        if claims.conforming[thing] > 1:
            said.append(f"its tags name {claims.conforming[thing]} customers")
        elif thing in mapped and thing in by_id:
            said.append(f"its {'tag' if rules.by_tag else 'name'} says {_customers(ids, by_id[thing])}")
        if thing in aside:
            rows = records.aside["row"].iloc[[record - len(records.usable) for record in aside[thing]]]
            numbers = [str(row) for row in rows if pd.notna(row)]
            where = f" ({'rows' if len(numbers) > 1 else 'row'} {listed(numbers)})" if numbers else ""
            said.append(f"claimed by what was set aside from the customer list{where}")
        if pd.notna(verdicts.why[thing]):
            said.append(str(verdicts.why[thing]))
        return "; ".join(said), None

    return detail


def _records_by_thing(pairs: pd.DataFrame, wanted: Flags) -> dict[int, list[int]]:
    """The records that stand in pairs with each wanted thing."""
    chosen = pairs[wanted[pairs["thing"]]]
    found: defaultdict[int, list[int]] = defaultdict(list)
    for thing, record in zip(chosen["thing"].tolist(), chosen["record"].tolist(), strict=True):
        found[thing].append(record)
    return dict(found)


def _customers(ids: pd.Series[Any], owners: list[int]) -> str:
    names = [repr(ids.iloc[owner]) for owner in owners]
    return f"customer{'' if len(names) == 1 else 's'} {listed(names)}"


def _churned(records: Records, verdicts: Verdicts) -> Detail:
    when = records.usable["churned_on"]

    def detail(thing: int, customer: Any) -> tuple[str, str | None]:
        left = when.iloc[verdicts.owner[thing]]
        day = "on an unknown day" if pd.isna(left) else f"on {left:%Y-%m-%d}"
        return f"customer {customer!r} left {day}", None

    return detail


def _misnamed(rules: Rules) -> Detail:
    def detail(_: int, customer: Any) -> tuple[str, str | None]:
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
    in_conflict = claims.id_pairs[(states == "conflict")[claims.id_pairs["record"]]]
    own = in_conflict.drop_duplicates("record").set_index("record")["thing"].to_dict()
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
