"""What may be created, deleted or renamed, with everything that a person needs to decide, before any plan.

Cloudflare is not asked: guards that need a closer look have it when the plan is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pandas as pd

from wfp_ops.account.known import known_of
from wfp_ops.account.planning import names_to_be
from wfp_ops.change.guards import item_level
from wfp_ops.change.judge import NOT_LOOKED, Known, judge_item
from wfp_ops.change.overrides import Overrides, overrides_of
from wfp_ops.change.selection import Item, customers_of, named_anew, things_of
from wfp_ops.change.steps import DELETIONS, Action, GuardRow
from wfp_ops.errors import RefusedError, SettingsError
from wfp_ops.frames.changing import CANDIDATES

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.account.planning import GivenOverrides
    from wfp_ops.audit.result import Audit

What: TypeAlias = Literal["create", "delete", "rename"]

_STATES: Mapping[str, tuple[str, ...]] = {
    "create": ("missing", "conflict", "unusable"),
    "delete": ("churned", "orphaned"),
    "rename": ("misnamed",),
}
_WORST = ("refuse", "unknown", "overridden", "pass")


def candidates_frame(
    account: Account,
    audit: Audit,
    what: What,
    *,
    states: Iterable[str] | None,
    overrides: GivenOverrides,
    usage: pd.DataFrame | None,
) -> pd.DataFrame:
    """The frame ``CANDIDATES``, in the order of the names.

    Raises:
        SettingsError: there is no such action or state, or as for a plan in worker tenancy.
        RefusedError: the audit is of another account.
    """
    _refuse(account, audit, what)
    known = known_of(account, audit)
    wanted = _STATES[what] if states is None else tuple(states)
    reasons = overrides_of(overrides)
    rows = (
        _creations(audit, known, wanted, reasons)
        if what == "create"
        else _changes(audit, known, (_action_of(what, audit), wanted), reasons)
    )
    measured = _measured(usage, audit.tenancy)
    for row in rows:
        _add_traffic(row, measured)
    return CANDIDATES.build({name: [row.get(name) for row in rows] for name in CANDIDATES.names}, len(rows))


def _refuse(account: Account, audit: Audit, what: str) -> None:
    if what not in _STATES:
        raise SettingsError(
            f"there are no candidates to {what!r}", key="what", hint="say create, delete or rename"
        )
    if audit.account_id != account.account_id:
        raise RefusedError(
            "the audit is of another account",
            reasons=[f"it is of {audit.account_id}, and this is {account.account_id}"],
            hint="audit this account: account.audit(customers)",
        )
    if audit.tenancy == "worker" and what != "delete":
        raise SettingsError(
            "in worker tenancy a Worker belongs to each customer, not a namespace",
            key="audit.tenancy",
            hint="deploy a Worker for each customer, under the name that it is to have",
        )


def _action_of(what: What, audit: Audit) -> Action:
    if what == "rename":
        return "rename_namespace"
    return "delete_namespace" if audit.tenancy == "namespace" else "delete_worker"


# --- what is there, and may be deleted or renamed ------------------------------------------------


def _changes(
    audit: Audit, known: Known, wanted: tuple[Action, Sequence[str]], overrides: Overrides
) -> list[dict[str, Any]]:
    action, states = wanted
    items = [item for item in things_of(audit, action).values() if item.state in states]
    items.sort(key=lambda item: (item.namespace, item.worker or ""))
    facts = _facts(audit)
    return [_change(_renamed(item, audit), known, overrides, facts) for item in items]


def _renamed(item: Item, audit: Audit) -> Item:
    return named_anew(item, audit.convention) if item.action == "rename_namespace" else item


def _facts(audit: Audit) -> dict[tuple[str, str | None], dict[str, Any]]:
    """What the audit has beside an item: the customer's name, and what is inside."""
    names = [name for name in ("name", "workers", "trusted") if name in audit.joined.columns]
    rows = audit.joined.dropna(subset=["namespace", "namespace_state"])
    rows = rows.drop_duplicates(["namespace", "worker"])[["namespace", "worker", *names]].astype(object)
    keys = zip(rows["namespace"], rows["worker"].where(rows["worker"].notna(), None), strict=True)
    values = zip(*(rows[name].where(rows[name].notna(), None) for name in names), strict=True)
    return {key: dict(zip(names, each, strict=True)) for key, each in zip(keys, values, strict=True)}


def _change(
    item: Item, known: Known, overrides: Overrides, facts: Mapping[tuple[str, str | None], Mapping[str, Any]]
) -> dict[str, Any]:
    found = facts.get((item.namespace, item.worker), {})
    said = [row for row in judge_item(item, known, overrides) if _can_be_told(row, item, known)]
    said += _by_the_audit(item, known, overrides, found)
    return {
        **_about(item),
        "customer": found.get("name"),
        "churned_on": item.churned_on,
        "created_on": item.created_on,
        "age_days": None if item.created_on is None else (known.now - item.created_on).days,
        "workers": found.get("workers") if item.worker is None else None,
        "trusted": found.get("trusted"),
        **_verdict(said),
        "impossible": _impossible(item, facts),
    }


def _can_be_told(row: GuardRow, item: Item, known: Known) -> bool:
    """Whether a guard speaks of something that is known by now: the plan asks it again, with a look."""
    return row.detail != NOT_LOOKED and (row.guard != "traffic" or item.name in known.requests)


def _about(item: Item) -> dict[str, Any]:
    key = item.namespace_id if item.worker is None else item.name
    return {
        "key": key or item.name,
        "namespace": item.namespace,
        "worker": item.worker,
        "namespace_id": item.namespace_id,
        "new_name": item.new_name,
        "state": item.state,
        "customer_id": item.customer_id,
        "status": item.customer_status,
    }


def _by_the_audit(
    item: Item, known: Known, overrides: Overrides, found: Mapping[str, Any]
) -> Iterable[GuardRow]:
    """What can be told before anybody looks inside: the plan looks again."""
    if item.action not in DELETIONS or item.worker is not None:
        return
    about = {"namespace": item.namespace, "worker": None}
    inside, trusted = found.get("workers"), found.get("trusted")
    yield overrides.apply(
        "workers",
        item_level.workers(inside=None if inside is None else int(inside), most=known.limits.max_workers),
        **about,
    )
    yield overrides.apply(
        "trusted", item_level.trusted(is_trusted=None if trusted is None else bool(trusted)), **about
    )


def _impossible(item: Item, there: Mapping[tuple[str, str | None], object]) -> str | None:
    if item.namespace_id is None:
        return "Cloudflare gave no id of it, so nobody could tell later whether it is the same"
    if item.action != "rename_namespace":
        return None
    if item.new_name is None:
        return "its customer's id makes no valid name"
    if (item.new_name, None) in there:
        return f"a namespace {item.new_name!r} is there already"
    return None


def _verdict(said: Sequence[GuardRow]) -> dict[str, Any]:
    against = [row for row in said if row.verdict != "pass"]
    return {
        "verdict": min((row.verdict for row in said), key=_WORST.index, default="pass"),
        "guards": [row.guard for row in against],
        "detail": "; ".join(f"{row.guard}: {row.detail}" for row in against) or None,
    }


# --- what is not there, and may be created -------------------------------------------------------


def _creations(
    audit: Audit, known: Known, states: Sequence[str], overrides: Overrides
) -> list[dict[str, Any]]:
    names = names_to_be(audit)
    people = dict(zip(audit.customers["customer_id"], audit.customers["name"].astype(object), strict=True))
    details = _details(audit)
    there = set(audit.namespaces["namespace"])
    rows = [
        {
            **_about(item),
            "key": f"customer {item.customer_id}",
            "namespace": names.get(str(item.customer_id)),
            "customer": _known(people[item.customer_id]),
            **_verdict(list(judge_item(item, known, overrides))),
            "impossible": _no_creation(item, names, details, there),
        }
        for item in customers_of(audit, names)
        if item.state in states and item.customer_id in people
    ]
    rows.sort(key=lambda row: (row["namespace"] or "", row["customer_id"]))
    return [*rows, *(_unusable(audit) if "unusable" in states else ())]


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value


def _details(audit: Audit) -> dict[tuple[str, str], str]:
    """What the audit says of a customer, by kind and id."""
    found = pd.concat([audit.findings, audit.accepted[audit.findings.columns]], ignore_index=True)
    found = found.dropna(subset=["customer_id"])
    keys = zip(found["kind"], found["customer_id"], strict=True)
    return dict(zip(keys, found["detail"], strict=True))


def _no_creation(
    item: Item, names: Mapping[str, str], details: Mapping[tuple[str, str], str], there: set[str]
) -> str | None:
    customer = str(item.customer_id)
    if item.state in ("conflict", "unusable"):
        return details.get((item.state, customer), f"its state is {item.state}")
    if customer not in names:
        return "its id makes no valid name"
    if item.namespace in there:
        return f"a namespace {item.namespace!r} is there already"
    return None


def _unusable(audit: Audit) -> Iterable[dict[str, Any]]:
    """Records that were set aside: they have no id that could be relied on."""
    aside = audit.set_aside
    rows = zip(aside["row"], aside["reason"], aside["customer_ids"], strict=True)
    for place, (row, reason, ids) in enumerate(rows):
        where = "" if pd.isna(row) else f"row {row}: "
        yield {
            "key": f"record {place}",
            "customer_id": ids[0] if len(ids) else None,
            "state": "unusable",
            "verdict": "refuse",
            "guards": ["state"],
            "detail": f"{where}{reason}",
            "impossible": f"{where}{reason}",
        }


# --- when it was called last ---------------------------------------------------------------------


def _measured(usage: pd.DataFrame | None, tenancy: str) -> dict[str, tuple[int, Any]] | None:
    """Requests and the last bucket with any, by name; None where nobody asked the analytics."""
    if usage is None:
        return None
    called = usage[usage["requests"].fillna(0) > 0].dropna(subset=["namespace"])
    if tenancy == "worker":
        called = called.dropna(subset=["worker"])
        called = called.assign(thing=called["namespace"] + "/" + called["worker"])
    else:
        called = called.assign(thing=called["namespace"])
    by_name = called.groupby("thing", sort=False)
    totals, last = by_name["requests"].sum(), by_name["time"].max()
    return {str(name): (round(totals[name]), last[name]) for name in totals.index}


def _add_traffic(row: dict[str, Any], measured: Mapping[str, tuple[int, Any]] | None) -> None:
    if measured is None or row.get("namespace") is None or row.get("namespace_id") is None:
        return
    name = row["namespace"] if row["worker"] is None else f"{row['namespace']}/{row['worker']}"
    row["requests"], row["last_request"] = measured.get(name, (0, None))
