"""From an audit to the candidates of the ledger, and from the ledger to frames. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import pandas as pd

from wfp_ops.audit.result import Audit
from wfp_ops.frames.columns import MARKS, PROTECTIONS
from wfp_ops.memory.ledger import Candidate, LedgerContent
from wfp_ops.memory.marks import STATES, State

_NAMES_SHOWN = 3
_ONE_MARK = ["namespace_id", "worker", "first_seen"]
_FACTS = [
    "namespace_id",
    "namespace",
    "worker",
    "namespace_state",
    "customer_id",
    "churned_on",
    "started_on",
    "created_on",
]


def candidates_of(audit: Audit) -> list[Candidate]:
    """The churned and orphaned things of an audit: namespaces or, in worker tenancy, Workers; each once."""
    rows = audit.joined[audit.joined["namespace_state"].isin(STATES)].drop_duplicates(["namespace", "worker"])
    ids = audit.namespaces.set_index("namespace")["namespace_id"]
    rows = rows.assign(namespace_id=rows["namespace"].map(ids))
    return [
        Candidate(
            namespace_id=_text(row["namespace_id"]),
            namespace=str(row["namespace"]),
            worker=_text(row["worker"]),
            worker_tag=None,  # no frame of an inventory holds it; the Worker's day of creation is there
            state=cast("State", str(row["namespace_state"])),
            customer_id=_text(row["customer_id"]),
            churned_on=_moment(row["churned_on"]),
            started_on=_moment(row["started_on"]),
            created_on=_moment(row["created_on"]),
        )
        for row in rows[_FACTS].to_dict("records")
    ]


def without_id(candidates: Iterable[Candidate]) -> tuple[str, ...]:
    """A note on the candidates that can't be marked, if there are any."""
    names = sorted({each.namespace for each in candidates if each.namespace_id is None})
    if not names:
        return ()
    shown = ", ".join(names[:_NAMES_SHOWN]) + (", ..." if len(names) > _NAMES_SHOWN else "")
    note = (
        f"Cloudflare sent no id for {len(names):,} of the namespaces with deletion candidates ({shown}): "
        "these are not marked, so nothing deletes them"
    )
    return (note,)


def marks_frame(content: LedgerContent, today: date) -> pd.DataFrame:
    """The marks with what protects them today (``MARKS``), those whose grace ends first at the top."""
    marks = sorted(content.marks, key=lambda mark: mark.deadline)
    protections = [
        content.protection_of(mark.namespace, mark.worker, f"{mark.namespace}/{mark.worker}", today=today)
        for mark in marks
    ]
    names = [name for name in MARKS.names if not name.startswith("protected_")]
    return MARKS.build(
        {
            **{name: [getattr(mark, name) for mark in marks] for name in names},
            "protected_until": [None if each is None else each.until.isoformat() for each in protections],
            "protected_reason": [None if each is None else each.reason for each in protections],
        },
        length=len(marks),
    )


def protections_frame(content: LedgerContent, today: date) -> pd.DataFrame:
    """The dated protections by name (``PROTECTIONS``), those that are over among them."""
    every = content.protections
    return PROTECTIONS.build(
        {
            "name": [each.name for each in every],
            "until": [each.until.isoformat() for each in every],
            "reason": [each.reason for each in every],
            "since": [each.since for each in every],
            "holds": [each.holds(today) for each in every],
        },
        length=len(every),
    )


@dataclass(frozen=True)
class Difference:
    """How many marks are new, were there before, and are there no more."""

    new: int
    kept: int
    unmarked: int


def difference(before: pd.DataFrame, after: pd.DataFrame) -> Difference:
    """What is different between two frames of marks; one that starts anew is unmarked and new."""
    earlier, later = _marks(before), _marks(after)
    return Difference(len(later - earlier), len(later & earlier), len(earlier - later))


def _marks(frame: pd.DataFrame) -> set[tuple[Any, ...]]:
    return set(frame[_ONE_MARK].fillna({"worker": ""}).itertuples(index=False, name=None))


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _moment(value: Any) -> datetime | None:
    return None if pd.isna(value) else cast("pd.Timestamp", value).to_pydatetime()
