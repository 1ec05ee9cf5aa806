"""Plans from an audit: who is meant, what the guards say of it, and what a plan is bound to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from wfp_ops.account.known import known_of, traffic_look
from wfp_ops.api.reads import Reads
from wfp_ops.change.overrides import overrides_of
from wfp_ops.change.plan import DEFAULT_LIFE, LONGEST_LIFE, CustomerList, InventorySeen, Plan
from wfp_ops.change.planner import Asked, Frame, make_plan
from wfp_ops.change.selection import Chosen, Filters, Item, choose_customers, choose_things, named_anew
from wfp_ops.change.steps import Action
from wfp_ops.clock import is_span, iso, parse_span
from wfp_ops.customers.set_aside import record_of
from wfp_ops.errors import RefusedError, SettingsError, StateError
from wfp_ops.naming.convention import Convention

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.audit.result import Audit

GivenOverrides = Mapping[str, str] | Iterable[str] | None
Progress = Callable[[int, int], None]
Forecast = Callable[[int, float], None]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants to be planned, beside the action itself."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    most: int | None = None
    overrides: GivenOverrides = None
    expires: str | timedelta | None = None
    progress: Progress | None = None
    forecast: Forecast | None = None

    @property
    def filters(self) -> Filters:
        """What is picked out."""
        return Filters(tuple(self.only), tuple(self.without), self.most)


def plan_deletions(account: Account, audit: Audit, chosen: Chosen, wish: Wish) -> Plan:
    """A plan that deletes namespaces (in worker tenancy: Workers)."""
    action: Action = "delete_namespace" if audit.tenancy == "namespace" else "delete_worker"
    items, beyond = choose_things(
        audit, chosen, action, default=("churned", "orphaned"), filters=wish.filters
    )
    return _plan(account, audit, action, (items, beyond), wish)


def plan_namespace_deletion(account: Account, audit: Audit, name: str, wish: Wish) -> Plan:
    """A plan of one: this namespace, whatever the tenancy."""
    # A frame holds names: a namespace that is called like a state is meant by itself
    named = pd.DataFrame({"namespace": [name]}, dtype="str")
    items, beyond = choose_things(audit, named, "delete_namespace", default=(), filters=wish.filters)
    return _plan(account, audit, "delete_namespace", (items, beyond), wish)


def plan_creations(account: Account, audit: Audit, chosen: Chosen, wish: Wish) -> Plan:
    """A plan that creates the namespaces that customers lack.

    Raises:
        SettingsError: Workers belong to customers: creating means deploying.
    """
    _refuse_worker_tenancy(audit, "created: deploy a Worker for each customer")
    items, beyond = choose_customers(audit, chosen, convention_name=names_to_be(audit), filters=wish.filters)
    return _plan(account, audit, "create_namespace", (items, beyond), wish)


def names_to_be(audit: Audit) -> dict[str, str]:
    """By customer id the name that the customer's namespace has or would have; none where none is valid."""
    ids = audit.customers["customer_id"]
    names = Convention(audit.convention).format_all(ids)
    known = dict(zip(ids[names.notna()].astype("str"), names.dropna(), strict=True))
    mapped = audit.customers.dropna(subset=["namespace"])
    # A mapping beats the convention: what it names is what is missing
    return known | {
        str(customer): str(name)
        for customer, name in zip(mapped["customer_id"], mapped["namespace"], strict=True)
    }


def plan_renames(account: Account, audit: Audit, chosen: Chosen, wish: Wish) -> Plan:
    """A plan that gives misnamed namespaces the convention's name.

    Raises:
        SettingsError: Workers belong to customers, and a Worker can't be renamed.
    """
    _refuse_worker_tenancy(audit, "renamed: deploy the Worker again under its new name")
    items, beyond = choose_things(
        audit, chosen, "rename_namespace", default=("misnamed",), filters=wish.filters
    )
    named = [named_anew(item, audit.convention) for item in items]
    later = [named_anew(item, audit.convention) for item in beyond]
    return _plan(account, audit, "rename_namespace", (named, later), wish)


def _refuse_worker_tenancy(audit: Audit, instead: str) -> None:
    if audit.tenancy == "worker":
        raise SettingsError(
            "in worker tenancy a Worker belongs to each customer, not a namespace",
            key="audit.tenancy",
            hint=f"nothing is {instead}",
        )


def _plan(
    account: Account,
    audit: Audit,
    action: Action,
    asked_for: tuple[Sequence[Item], Sequence[Item]],
    wish: Wish,
) -> Plan:
    if audit.account_id != account.account_id:
        raise RefusedError(
            "the audit is of another account",
            reasons=[f"it is of {audit.account_id}, and this is {account.account_id}"],
            hint="audit this account: account.audit(customers)",
        )
    audit = _kept(account, audit)
    items, beyond = asked_for
    asked = Asked(action=action, items=items, beyond=beyond, overrides=overrides_of(wish.overrides))
    known = known_of(account, audit)
    return make_plan(
        asked,
        frame_of(account, audit, life_of(wish.expires)),
        known,
        partial(_patient, account, wish.forecast),
        forecast_s=account.reads.transport.forecast_s,
        look=traffic_look(account),
        progress=wish.progress,
    )


def _patient(account: Account, forecast: Forecast | None, requests: int) -> Reads:
    """The reads of so many requests: where the rate budget does not suffice, they wait for it like an apply.

    Each of them alone would give up after two minutes, and whoever came back would have to begin anew.
    """
    transport = account.reads.transport
    seconds = transport.forecast_s(requests)
    if seconds <= 0:
        return account.reads
    if forecast is not None:
        forecast(requests, seconds)
    return Reads(transport.with_deadline(None), account.account_id)


def _kept(account: Account, audit: Audit) -> Audit:
    """The audit with a snapshot, which the plan names; where none can be kept the plan goes without."""
    if audit.snapshot is not None:
        return audit
    try:
        return account.save(audit)
    except StateError:
        return audit  # a rehearsal will say that it has nothing to load


def life_of(expires: str | timedelta | None) -> timedelta:
    """How long a plan is good for: ``24h`` unless set otherwise, a week at the most.

    Raises:
        SettingsError: it is no span, or too long or too short a one.
    """
    hint = "write it as 24h or 3d; a week at the most"
    if expires is None:
        return DEFAULT_LIFE
    if isinstance(expires, str):
        if not is_span(expires):
            raise SettingsError(f"{expires!r} is no span of time", key="expires", hint=hint)
        expires = parse_span(expires)
    if not timedelta(0) < expires <= LONGEST_LIFE:
        raise SettingsError(f"a plan can't be good for {expires}", key="expires", hint=hint)
    return expires


def frame_of(account: Account, audit: Audit, life: timedelta) -> Frame:
    """What a plan from this audit is bound to."""
    return Frame(
        account=account.name,
        account_id=account.account_id,
        base_url=account.base_url,
        created_at=account.clock.now(),
        life=life,
        convention=audit.convention,
        tenancy=audit.tenancy,
        customers=customer_list_of(audit),
        inventory=InventorySeen(
            snapshot=audit.snapshot,
            verdict=audit.evidence.verdict,
            how=audit.evidence.how,
            taken_at=iso(audit.taken_at),
            namespaces=len(audit.namespaces),
        ),
    )


def customer_list_of(audit: Audit) -> CustomerList:
    """Which list the audit read, and how."""
    record = record_of(audit.customers) or {}
    return CustomerList(
        source=record.get("source"),
        sha256=record.get("sha256"),
        customers=len(audit.customers),
        set_aside=len(audit.set_aside),
        path=record.get("path"),
        as_of=record.get("as_of"),
        reading={key: value for key, value in (record.get("reading") or {}).items() if value},
    )
