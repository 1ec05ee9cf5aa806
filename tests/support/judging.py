"""What guards judge by, made by hand: an item that every one of them lets pass, to be changed fact by fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from wfp_ops.api.models import Namespace
from wfp_ops.change.gather import Gathered, Losses
from wfp_ops.change.judge import Known, Limits, ListFacts, Recent
from wfp_ops.change.seen import NamespaceSeen, WorkerSeen
from wfp_ops.change.selection import Item
from wfp_ops.frames.provenance import Completeness
from wfp_ops.memory.ledger import Mark

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=60)
PROVEN = Completeness("proven", "412 rows is no page's length")
NAME = "customer-9"


def worker(name: str = "site", **changes: Any) -> WorkerSeen:
    """A Worker of which everything is known."""
    facts: dict[str, Any] = {
        "name": name,
        "tag": f"tag of {name}",
        "etag": f"etag of {name}",
        "created_on": "2026-01-01T00:00:00Z",
        "modified_on": "2026-02-01T00:00:00Z",
        "has_assets": False,
    }
    return WorkerSeen(**{**facts, **changes})


def seen(
    name: str = NAME,
    workers: Sequence[WorkerSeen | str] = ("site",),
    *,
    complete: bool = True,
    **changes: Any,
) -> NamespaceSeen:
    """A namespace that is there, with these Workers inside; changes are of the namespace itself."""
    inside = tuple(worker(each) if isinstance(each, str) else each for each in workers)
    facts: dict[str, Any] = {
        "namespace_name": name,
        "namespace_id": f"id of {name}",
        "script_count": len(inside),
        "trusted_workers": False,
        "modified_on": "2026-08-01T00:00:00Z",
    }
    return NamespaceSeen(namespace=Namespace(**{**facts, **changes}), workers=inside, complete=complete)


def gathered(*each: NamespaceSeen, **changes: Any) -> Gathered:
    """What was read of these: nothing in them is lost for good, and nobody binds them."""
    there = each or (seen(),)
    losses = {(one.namespace.name, inside.name): Losses() for one in there for inside in one.workers}
    facts: dict[str, Any] = {
        "seen": {one.namespace.name: one for one in there},
        "losses": losses,
        "binders": {},
        "how": "none of the account's 2 Workers binds it",
        "looked": frozenset(one.namespace.name for one in there),
    }
    return Gathered(**{**facts, **changes})


def mark(name: str = NAME, inside: str | None = None, **changes: Any) -> Mark:
    """A candidate's mark, with a grace that is over."""
    facts: dict[str, Any] = {
        "namespace_id": f"id of {name}",
        "namespace": name,
        "worker": inside,
        "worker_tag": None if inside is None else f"tag of {inside}",
        "state": "churned",
        "customer_id": "9",
        "first_seen": LONG_AGO,
        "deadline": LONG_AGO + timedelta(days=30),
    }
    return Mark(**{**facts, **changes})


def item(**changes: Any) -> Item:
    """A namespace of a customer who left long ago, to be deleted."""
    facts: dict[str, Any] = {
        "action": "delete_namespace",
        "namespace": NAME,
        "customer_id": "9",
        "state": "churned",
        "customer_status": "churned",
        "churned_on": LONG_AGO,
        "started_on": LONG_AGO - timedelta(days=400),
        "created_on": LONG_AGO - timedelta(days=399),
        "namespace_id": f"id of {NAME}",
    }
    return Item(**{**facts, **changes})


def one_worker(**changes: Any) -> Item:
    """The Worker ``site`` in the same place, to be deleted alone."""
    return item(**{"action": "delete_worker", "worker": "site", **changes})


def renamed(**changes: Any) -> Item:
    """A misnamed namespace, to be called by the convention."""
    facts = {"action": "rename_namespace", "state": "misnamed", "namespace": "customer_9"}
    more = {"new_name": NAME, "namespace_id": "id of customer_9", "customer_status": "active"}
    return item(**{**facts, **more, "churned_on": None, **changes})


def created(**changes: Any) -> Item:
    """A customer without a namespace, who is to get one."""
    facts = {"action": "create_namespace", "state": "missing", "customer_status": "active"}
    none = {"namespace_id": None, "created_on": None, "churned_on": None, "started_on": None}
    return item(**{**facts, **none, **changes})


def list_facts(**changes: Any) -> ListFacts:
    """A customer list that nothing speaks against."""
    facts: dict[str, Any] = {
        "customers": 100,
        "read": 100,
        "set_aside": 0,
        "ids_unknown": 0,
        "age": timedelta(hours=1),
        "accepted": True,
        "lost": 0,
        "lost_share": 0.0,
        "accepted_namespaces": 100,
    }
    return ListFacts(**{**facts, **changes})


def known(**changes: Any) -> Known:
    """Everything that the guards judge by, so that each lets :func:`item` and its kin pass."""
    names = (NAME, f"{NAME}/site", "customer_9")
    marks = (mark(), mark(inside="site"))
    facts: dict[str, Any] = {
        "now": NOW,
        "limits": Limits(),
        "evidence": PROVEN,
        "namespaces": 100,
        "customers": list_facts(),
        "recent": Recent(),
        "marks": {each.key: each for each in marks},
        "protections": {},
        "gathered": gathered(seen(), seen("customer_9")),
        "totals": {NAME: 100},
        "requests": dict.fromkeys(names, (0, "by the analytics")),
    }
    return Known(**{**facts, **changes})


def with_seen(each: NamespaceSeen, **changes: Any) -> Known:
    """The same with this namespace instead, and other facts of what was read."""
    return replace(known(), gathered=gathered(each, **changes))
