"""Joins what is known of one customer: the audit, their Workers, usage, cost, and what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfp_ops.account.happened import history_of
from wfp_ops.audit.result import Audit
from wfp_ops.errors import APIError, SettingsError, WfpOpsError
from wfp_ops.frames.columns import NAMESPACES, TEXT, WORKERS
from wfp_ops.frames.export import to_rows
from wfp_ops.memory.names import names_since
from wfp_ops.memory.snapshots import Snapshots
from wfp_ops.naming.levels import level
from wfp_ops.report.one_customer import OneCustomer

if TYPE_CHECKING:
    from wfp_ops.account.account import Account

_NEAREST = 5
_FAR = 4  # slips of the pen
_LONG = 5  # letters, in which there may be two slips
_PART = 4  # letters of a name that tell whose it is


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody wants to know of a customer, beside who it is."""

    last: str | timedelta = "30d"
    month: str | None = None
    usage: bool = True
    cost: bool = True


def one_customer(account: Account, audit: Audit, customer_id: str, wanted: Wanted) -> OneCustomer:
    """Everything about one customer.

    Raises:
        SettingsError: neither the list, nor the account, nor a journal knows this id; the hint has near ones.
        APIError: their Workers can't be listed.
    """
    own = _Own.of(account, audit, customer_id)
    notes: list[str] = list(own.notes())
    history, missing = history_of(account, customer_id, own.record, own.namespaces)
    if not own.known and not (history["source"] != "the list").any():
        raise _unknown(audit, customer_id)
    notes += missing
    usage = _usage(account, audit, own, wanted, notes) if wanted.usage else None
    month, cost = _cost(account, audit, customer_id, wanted, notes) if wanted.cost else (None, None)
    return OneCustomer(
        account=account.name,
        account_id=account.account_id,
        customer_id=customer_id,
        tenancy=audit.tenancy,
        taken_at=audit.taken_at,
        record=own.record,
        state=own.state,
        namespaces=own.namespaces,
        workers=own.workers,
        findings=own.findings,
        usage=usage,
        cost=cost,
        month=month,
        history=history,
        zone=account.settings.usage.zone,
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Own:
    """What of an audit is one customer's."""

    record: Mapping[str, Any]
    state: str | None
    namespaces: pd.DataFrame
    workers: pd.DataFrame
    findings: pd.DataFrame
    aside: pd.DataFrame

    @classmethod
    def of(cls, account: Account, audit: Audit, customer_id: str) -> _Own:
        joined = audit.joined[audit.joined["customer_id"] == customer_id]
        records = audit.customers[audit.customers["customer_id"] == customer_id]
        states = joined["customer_state"].dropna()
        names = list(dict.fromkeys(joined["namespace"].dropna()))
        by_name = joined.dropna(subset=["namespace"]).drop_duplicates("namespace").set_index("namespace")
        there = audit.namespaces[audit.namespaces["namespace"].isin(names)].reset_index(drop=True)
        spaces = NAMESPACES.build({name: there[name] for name in NAMESPACES.names}, length=len(there))
        states_there = [by_name["namespace_state"].get(name) for name in there["namespace"]]
        spaces["namespace_state"] = pd.Series(states_there, index=spaces.index, dtype=TEXT)
        if audit.workers is not None:
            theirs = audit.workers.merge(joined[["namespace", "worker"]].dropna().drop_duplicates())
            workers = WORKERS.build({name: theirs[name] for name in WORKERS.names}, length=len(theirs))
        else:
            workers = account.workers(names) if names else WORKERS.build({}, length=0)
        aside = audit.set_aside[[customer_id in (ids or ()) for ids in audit.set_aside["customer_ids"]]]
        about = audit.findings["customer_id"].eq(customer_id) | audit.findings["namespace"].isin(
            names if audit.tenancy == "namespace" else []
        )
        return cls(
            to_rows(records)[0] if len(records) else {},
            str(states.iloc[0]) if len(states) else None,
            spaces,
            workers,
            audit.findings[about.fillna(value=False)].reset_index(drop=True),
            aside,
        )

    @property
    def known(self) -> bool:
        """Whether the list or the account knows the id."""
        return bool(self.record) or len(self.namespaces) > 0 or len(self.aside) > 0

    def notes(self) -> Iterator[str]:
        """What should be known of the record."""
        for row in to_rows(self.aside):
            where = "a record" if row["row"] is None else f"row {row['row']}"
            yield f"{where} of the customer list with this id was set aside: {row['reason']}"
        if not self.record and not len(self.aside):
            yield "the customer list has no record of this id"


def _usage(
    account: Account, audit: Audit, own: _Own, wanted: Wanted, notes: list[str]
) -> pd.DataFrame | None:
    """By day, of their Workers alone; None where it is not known, which is noted."""
    from wfp_ops.usage.buckets import bucket_of  # noqa: PLC0415
    from wfp_ops.usage.fetch import Wish, fetch  # noqa: PLC0415
    from wfp_ops.usage.frames import usage_frame  # noqa: PLC0415
    from wfp_ops.usage.planner import Level  # noqa: PLC0415
    from wfp_ops.usage.span import span_of  # noqa: PLC0415

    bucket, now = bucket_of("1d"), account.clock.now()
    span = span_of(wanted.last, None, None, bucket=bucket, now=now)
    ids = set(own.namespaces["namespace_id"].dropna())
    former = names_since(Snapshots(account.state_folder()), ids, span.start)
    names = {*own.namespaces["namespace"], *(each.name for every in former.called.values() for each in every)}
    if not names:
        return None
    only: dict[str, Any] = {"dispatchNamespaceName_in": sorted(names)}
    if audit.tenancy == "worker":
        only["scriptName_in"] = sorted(set(own.workers["worker"]))
    wish = Wish(span, Level(bucket, ("dispatchNamespaceName", "scriptName")), only=only)
    try:
        fetched = fetch(account.analytics(), wish)
        owners = account.owners(audit.customers)
        return usage_frame(fetched, owners, by=("namespace", "worker"), taken_at=now)
    except APIError as error:
        notes.append(f"usage is unknown: {error.message}")
        return None


def _cost(
    account: Account, audit: Audit, customer_id: str, wanted: Wanted, notes: list[str]
) -> tuple[str | None, Mapping[str, Any] | None]:
    """Their row of the cost table, and its month; None where it is not known, which is noted."""
    try:
        table = account.cost(wanted.month, audit.customers)
    except SettingsError:
        raise
    except WfpOpsError as error:
        notes.append(f"cost is unknown: {error.message}")
        return wanted.month, None
    month = str(table.attrs["month"])
    rows = to_rows(table[table["customer_id"] == customer_id])
    if not rows:
        notes.append(f"the cost table of {month} has no row of this customer")
    return month, rows[0] if rows else None


def _unknown(audit: Audit, customer_id: str) -> SettingsError:
    near = _near(audit, customer_id)
    return SettingsError(
        f"no record, namespace or journal has the id {customer_id!r}",
        key="customer_id",
        hint=f"near ones: {', '.join(near)}" if near else "ids are text as the list has them, such as 007",
    )


def _near(audit: Audit, customer_id: str) -> list[str]:
    """Who may be meant: by id, name or namespace but for its spelling, else a slip away, else in part."""
    wanted = level(customer_id)
    ids, names = audit.customers["customer_id"], audit.customers["name"].fillna("")
    called = {each: f"{each} ({name})" if name else each for each, name in zip(ids, names, strict=True)}
    texts = [*zip(ids, ids, strict=True), *zip(names, ids, strict=True)]
    apart = [(_apart(wanted, level(str(text))), called[each]) for text, each in texts]
    spaces = audit.joined.dropna(subset=["namespace", "customer_id"])
    apart += [
        (0, called.get(each, each))
        for text, each in zip(spaces["namespace"], spaces["customer_id"], strict=True)
        if level(text) == wanted
    ]
    near = sorted((each for each in apart if each[0] < _FAR), key=lambda each: each[0])
    return list(dict.fromkeys(who for far, who in near if far == 0 or near[0][0] > 0))[:_NEAREST]


def _apart(wanted: str, text: str) -> int:
    """How many slips lie between two levelled texts, ``_FAR`` where they have nothing to do with each other.

    Between numbers another digit is no slip: the next number is the next customer.
    """
    from rapidfuzz.distance import OSA  # noqa: PLC0415 (only a slip needs it)

    if not wanted or not text:
        return _FAR
    slips = int(OSA.distance(wanted, text, score_cutoff=_FAR))
    if wanted.isdigit() and text.isdigit():
        replaced = len(wanted) == len(text) and sorted(wanted) != sorted(text)
        same = wanted.lstrip("0") == text.lstrip("0")
        return 0 if same else _FAR if replaced or slips > 1 else slips
    if slips <= (1 if min(len(wanted), len(text)) < _LONG else 2):
        return slips
    return _FAR - 1 if len(wanted) >= _PART and wanted in text and not text.isdigit() else _FAR
