"""The flags: findings that stand beside the states.

Each rule is a generator of ``Finding`` rows; a new one is added to ``flags``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wfp_ops.audit.rules import Rules
from wfp_ops.audit.states import Verdicts
from wfp_ops.audit.things import Records, Things

# Cloudflare, "Workers for Platforms: pricing" and "limits" (2026-11): 1,000 scripts are included,
# each further one costs $0.02 a month; a script carries at most 8 tags.
INCLUDED_WORKERS = 1000
DOLLARS_PER_FURTHER_WORKER = 0.02
MAX_TAGS = 8
_NEAR = 0.9
# Cloudflare advises one namespace for all customers but names no size; below this many customers'
# namespaces a change would gain nothing worth a finding.
_LAYOUT_FROM = 10


@dataclass(frozen=True)
class Finding:
    """One row of the findings frame, without what its kind says."""

    kind: str
    detail: str
    namespace: str | None = None
    worker: str | None = None
    customer_id: str | None = None
    suggestion: str | None = None


def flags(
    namespaces: pd.DataFrame, things: Things, records: Records, verdicts: Verdicts, rules: Rules
) -> Iterator[Finding]:
    """All flags of this account, in no particular order."""
    watched = (
        namespaces[~rules.ignores(namespaces["namespace"])] if rules.tenancy == "namespace" else namespaces
    )
    if not rules.by_tag:
        yield from _duplicates(things, records, verdicts, rules)
    yield from _trusted(watched)
    yield from _empty(watched)
    yield from _near_worker_allotment(namespaces)
    yield from _near_tag_limit(things, rules)
    yield from _layout(namespaces, verdicts, rules)


def _duplicates(things: Things, records: Records, verdicts: Verdicts, rules: Rules) -> Iterator[Finding]:
    counted = (verdicts.owner >= 0) & ~np.isin(verdicts.things, ["ignored", "ambiguous"])
    owners = pd.Series(verdicts.owner[counted], index=np.flatnonzero(counted))
    several = owners[owners.duplicated(keep=False)]
    what = "namespaces" if rules.tenancy == "namespace" else "Workers"
    for record, group in several.groupby(several):
        names = sorted(things.name.iloc[group.index])
        yield Finding(
            kind="duplicate",
            customer_id=records.usable["customer_id"].iloc[int(record)],
            detail=f"{len(names)} {what}: {listed(names)}",
        )


def _trusted(namespaces: pd.DataFrame) -> Iterator[Finding]:
    for row in _rows(namespaces[namespaces["trusted"].fillna(False).astype(bool)]):
        yield Finding(
            kind="trusted",
            namespace=row["namespace"],
            customer_id=_text(row["customer_id"]),
            detail=f"trusted_workers is on, with {workers_inside(row['workers'])}",
        )


def _empty(namespaces: pd.DataFrame) -> Iterator[Finding]:
    for row in _rows(namespaces[namespaces["workers"].eq(0).fillna(False).astype(bool)]):
        yield Finding(
            kind="empty",
            namespace=row["namespace"],
            customer_id=_text(row["customer_id"]),
            detail="script_count is 0",
        )


def _near_worker_allotment(namespaces: pd.DataFrame) -> Iterator[Finding]:
    known = namespaces["workers"].dropna()
    total = int(known.sum())
    if INCLUDED_WORKERS * _NEAR <= total <= INCLUDED_WORKERS:
        unknown = len(namespaces) - len(known)
        rest = f" ({unknown} namespaces did not say)" if unknown else ""
        yield Finding(
            kind="near_limit",
            detail=f"{total:,} Workers in the account{rest}; {INCLUDED_WORKERS:,} are included in the plan",
            suggestion=f"each further Worker costs ${DOLLARS_PER_FURTHER_WORKER:.2f} a month",
        )


def _near_tag_limit(things: Things, rules: Rules) -> Iterator[Finding]:
    if rules.tenancy != "worker":
        return
    full = things.frame["tags"].map(lambda tags: len(tags) if isinstance(tags, list) else 0) >= MAX_TAGS
    for row in _rows(things.frame[full]):
        yield Finding(
            kind="near_limit",
            namespace=row["namespace"],
            worker=row["worker"],
            customer_id=_text(row["customer_id"]),
            detail=f"{len(row['tags'])} tags: Cloudflare allows {MAX_TAGS} on a Worker",
            suggestion="remove a tag that nothing reads, so that there is room for another",
        )


def _layout(namespaces: pd.DataFrame, verdicts: Verdicts, rules: Rules) -> Iterator[Finding]:
    if rules.tenancy != "namespace":
        return
    customers = int(np.isin(verdicts.things, ["matched", "churned", "suspect", "orphaned", "misnamed"]).sum())
    if customers >= _LAYOUT_FROM:
        yield Finding(
            kind="layout",
            detail=f"{customers:,} of {len(namespaces):,} namespaces hold one customer each; Cloudflare "
            "recommends one namespace for all customers' Workers, told apart by tags, and one for tests",
        )


def workers_inside(count: Any) -> str:
    """How many Workers, in words; a count that Cloudflare did not send is unknown, not none."""
    if pd.isna(count):
        return "an unknown number of Workers inside"
    return f"{int(count)} Worker{'' if count == 1 else 's'} inside"


def listed(names: list[str], most: int = 5) -> str:
    """Names in a row, the first few of many."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _rows(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return frame.to_dict("records")


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
