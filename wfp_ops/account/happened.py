"""What happened with one customer: by the list, Cloudflare, kept audits, the ledger and the journals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfp_ops.change.journal.departure import journals_about
from wfp_ops.clock import parse_time
from wfp_ops.errors import StateError
from wfp_ops.frames.customer import HISTORY
from wfp_ops.memory.ledger import Ledger
from wfp_ops.memory.names import names_since
from wfp_ops.memory.snapshots import Snapshots

if TYPE_CHECKING:
    from pathlib import Path

    from wfp_ops.account.account import Account

_ACTIONS = {
    "create_namespace": "create the namespace",
    "delete_namespace": "delete the namespace",
    "rename_namespace": "rename the namespace",
    "put_worker": "upload the Worker",
    "delete_worker": "delete the Worker",
    "tag_worker": "tag the Worker",
}
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

Row = dict[str, Any]


def history_of(
    account: Account, customer_id: str, record: Mapping[str, Any], namespaces: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """Everything dated (``HISTORY``), the oldest first; and notes on what can't be read.

    Args:
        account: whose memory and journals are asked.
        customer_id: who.
        record: the list's record.
        namespaces: what is theirs now.
    """
    rows: list[Row] = []
    notes: list[str] = []
    rows += _of_list(record)
    rows += _of_cloudflare(namespaces)
    try:
        rows += _of_audits(account, namespaces, notes)
    except StateError as error:
        notes.append(f"audits that are kept can't be read: {error.message}")
    try:
        rows += _of_ledger(account, customer_id, namespaces)
    except StateError as error:
        notes.append(f"the ledger can't be read: {error.message}")
    rows += _of_journals(account, customer_id, notes)
    rows.sort(key=lambda row: row["at"])
    columns = {name: [row.get(name) for row in rows] for name in HISTORY.names}
    return HISTORY.build(columns, length=len(rows)), notes


def _of_list(record: Mapping[str, Any]) -> Iterator[Row]:
    for name, what in (("started_on", "came"), ("churned_on", "left")):
        if record.get(name) is not None:
            yield {"at": parse_time(str(record[name])), "what": what, "source": "the list"}


def _of_cloudflare(namespaces: pd.DataFrame) -> Iterator[Row]:
    for row in namespaces.dropna(subset=["created_on"]).to_dict("records"):
        moment = row["created_on"].to_pydatetime()
        yield {"at": moment, "what": "created", "namespace": row["namespace"], "source": "Cloudflare"}


def _of_audits(account: Account, namespaces: pd.DataFrame, notes: list[str]) -> Iterator[Row]:
    """Renames, as far as audits saw them; one that can't be read is noted where it may have seen another."""
    ids = set(namespaces["namespace_id"].dropna())
    if not ids:
        return
    now = dict(zip(namespaces["namespace_id"], namespaces["namespace"], strict=True))
    former = names_since(Snapshots(account.state_folder()), ids, _LONG_AGO)
    notes += [f"the audit {each} can't be read: it may have seen a rename" for each in former.unread.values()]
    for namespace_id, called in former.called.items():
        names = [*called]
        for before, after in pairwise(names):
            if before.name != after.name:
                what = f"renamed from {before.name!r}, seen by an audit"
                yield {"at": after.at, "what": what, "namespace": after.name, "source": "an audit"}
        if names and names[-1].name != now[namespace_id]:
            what = f"renamed from {names[-1].name!r} since that audit"
            yield {"at": names[-1].at, "what": what, "namespace": now[namespace_id], "source": "an audit"}


def _of_ledger(account: Account, customer_id: str, namespaces: pd.DataFrame) -> Iterator[Row]:
    content = Ledger(account.state_folder()).load()
    for mark in content.marks:
        if mark.customer_id == customer_id:
            what = f"marked as {mark.state}; its grace ends {mark.deadline:%Y-%m-%d}"
            about = {"namespace": mark.namespace, "worker": mark.worker, "source": "the ledger"}
            yield {"at": mark.first_seen, "what": what, **about}
    names = set(namespaces["namespace"])
    for each in content.protections:
        if each.name.partition("/")[0] in names:
            what = f"protected until {each.until.isoformat()}: {each.reason}"
            yield {"at": each.since, "what": what, "namespace": each.name, "source": "the ledger"}


def _of_journals(account: Account, customer_id: str, notes: list[str]) -> Iterator[Row]:
    """Each step of this customer, by the journals; one that can't be trusted is noted, and hides no other."""
    try:
        paths = account.journal_paths()
    except StateError as error:
        notes.append(f"journals are not known: {error.message}")
        return

    def broken(path: Path, error: Exception) -> None:
        notes.append(f"the journal {path.name} can't be used: {getattr(error, 'message', error)}")

    for journal in journals_about(paths, customer_id, broken=broken):
        for step in journal["steps"]:
            yield from _of_step(step, f"journal {journal['file']}")


def _of_step(step: Mapping[str, Any], source: str) -> Iterator[Row]:
    at = step["outcome_at"] or step["intent_at"]
    if at is None:
        return
    result = (step["result"] or "begun").replace("_", " ")
    verified = ", verified" if step["verified_at"] else ""
    detail = f": {step['detail']}" if step["detail"] else ""
    yield {
        "at": parse_time(at),
        "what": f"{_ACTIONS.get(step['action'], step['action'])}: {result}{verified}{detail}",
        "namespace": step["namespace"],
        "worker": step["worker"],
        "source": source,
    }
