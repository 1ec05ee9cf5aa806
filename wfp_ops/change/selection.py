"""What a plan is asked for: from states, names or a frame to items, each with what the audit says of it.

Pure: an audit in, items out. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from wfp_ops.audit.kinds import CUSTOMER_STATES, THING_STATES
from wfp_ops.audit.result import Audit
from wfp_ops.errors import SettingsError
from wfp_ops.naming.convention import Convention

if TYPE_CHECKING:
    from wfp_ops.change.steps import Action

Chosen: TypeAlias = "str | Iterable[str] | pd.DataFrame | None"

_THING_STATES = tuple(kind.name for kind in THING_STATES)
_CUSTOMER_STATES = tuple(kind.name for kind in CUSTOMER_STATES)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that somebody wants to be changed, as the audit saw it; what it does not know is None."""

    action: Action
    namespace: str
    worker: str | None = None
    customer_id: str | None = None
    state: str | None = None
    customer_status: str | None = None
    churned_on: datetime | None = None
    started_on: datetime | None = None
    created_on: datetime | None = None
    namespace_id: str | None = None
    new_name: str | None = None

    @property
    def name(self) -> str:
        """As a person calls it."""
        return self.namespace if self.worker is None else f"{self.namespace}/{self.worker}"


@dataclass(frozen=True)
class Filters:
    """``only`` and ``without`` are globs over names (case counts), ``most`` is how many at the most."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    most: int | None = None


def choose_things(
    audit: Audit, chosen: Chosen, action: Action, *, default: Sequence[str], filters: Filters
) -> tuple[list[Item], list[Item]]:
    """The namespaces (in worker tenancy: Workers) that are meant, and those beyond ``filters.most``.

    Args:
        audit: what there is.
        chosen: a state or several, names, or a frame with a column ``namespace`` (and ``worker``), which
            always means names; None: ``default``, or every state where names are given in ``filters.only``.
        action: what is to be done with them.
        default: the states that are meant where nothing is said.
        filters: what is picked out of it.

    Raises:
        SettingsError: a name, a state or a glob that means nothing.
    """
    every = things_of(audit, action)
    picked = _picked(every, chosen, _THING_STATES, default, filters)
    return _at_most(_filtered(picked, filters), filters.most)


def things_of(audit: Audit, action: Action) -> dict[str, Item]:
    """Everything that the audit judged, by name. One with several claims stands once, with the first.

    Where Workers are judged and namespaces are meant, one that holds a running customer's Worker is
    ``matched``, and the others have no state.
    """
    ids = dict(
        zip(audit.namespaces["namespace"], audit.namespaces["namespace_id"].astype(object), strict=True)
    )
    if audit.tenancy == "worker" and action.endswith("_namespace"):
        return _namespaces_of_workers(audit, action, ids)
    joined = audit.joined.dropna(subset=["namespace", "namespace_state"])
    joined = joined.drop_duplicates(["namespace", "worker"])
    names = [
        "namespace",
        "worker",
        "customer_id",
        "namespace_state",
        "status",
        "churned_on",
        "started_on",
        "created_on",
    ]
    rows = zip(*(joined[name].astype(object) for name in names), strict=True)
    items = [
        Item(
            action=action,
            namespace=namespace,
            worker=_or_none(worker),
            customer_id=_or_none(customer),
            state=state,
            customer_status=_or_none(status),
            churned_on=_moment(churned),
            started_on=_moment(started),
            created_on=_moment(created),
            namespace_id=_or_none(ids.get(namespace)),
        )
        for namespace, worker, customer, state, status, churned, started, created in rows
    ]
    return {item.name: item for item in items}


def _namespaces_of_workers(audit: Audit, action: Action, ids: Mapping[str, Any]) -> dict[str, Item]:
    running = set(audit.joined.loc[audit.joined["namespace_state"] == "matched", "namespace"])
    created = audit.namespaces["created_on"].astype(object)
    return {
        name: Item(
            action=action,
            namespace=name,
            state="matched" if name in running else None,
            namespace_id=_or_none(ids[name]),
            created_on=_moment(moment),
        )
        for name, moment in zip(audit.namespaces["namespace"], created, strict=True)
    }


def named_anew(item: Item, pattern: str) -> Item:
    """The item with the name that the convention gives its customer; as it was where that can't be one."""
    convention = Convention(pattern)
    if item.customer_id is None or convention.problem(item.customer_id) is not None:
        return item
    return replace(item, new_name=convention.format(item.customer_id))


def choose_customers(
    audit: Audit, chosen: Chosen, *, convention_name: Mapping[str, str], filters: Filters
) -> tuple[list[Item], list[Item]]:
    """The customers who are to get a namespace, and those beyond ``filters.most``.

    Args:
        audit: who there is.
        chosen: a customer's state, customer ids or names of namespaces to be, or a frame with a column
            ``customer_id``; None: those who are ``missing``.
        convention_name: the name that each customer's namespace would have, by id; without an entry it
            can't be named.
        filters: what is picked out of it, by that name or by the id.

    Raises:
        SettingsError: an id, a state or a glob that means nothing.
    """
    every = {item.namespace: item for item in customers_of(audit, convention_name)}
    by_id = {str(item.customer_id): name for name, item in every.items()}
    picked = _picked(every, chosen, _CUSTOMER_STATES, ("missing",), filters, also=by_id)
    return _at_most(_filtered(picked, filters), filters.most)


def customers_of(audit: Audit, convention_name: Mapping[str, str]) -> Iterable[Item]:
    """Every customer as somebody who may get a namespace; without a name for it, the id stands in."""
    rows = audit.joined.dropna(subset=["customer_id", "customer_state"]).drop_duplicates("customer_id")
    for customer, state, status in zip(
        rows["customer_id"], rows["customer_state"], rows["status"].astype(object), strict=True
    ):
        yield Item(
            action="create_namespace",
            namespace=convention_name.get(customer, customer),
            customer_id=customer,
            state=state,
            customer_status=_or_none(status),
        )


def _picked(
    every: Mapping[str, Item],
    chosen: Chosen,
    states: Sequence[str],
    default: Sequence[str],
    filters: Filters,
    *,
    also: Mapping[str, str] | None = None,
) -> list[Item]:
    words = _words(chosen)
    if words is None:
        wanted = states if filters.only else default
        return [item for item in every.values() if item.state in wanted]
    also = also or {}
    if words and not isinstance(chosen, pd.DataFrame) and all(word in states for word in words):
        _refuse_two_meanings(words, every, also)
        return [item for item in every.values() if item.state in words]
    if isinstance(chosen, str) and chosen not in every and chosen not in also:
        raise SettingsError(
            f"{chosen!r} is neither a state nor the name of anything in this account",
            key="state",
            hint=f"the states are {', '.join(states)}",
        )
    names = list(dict.fromkeys(also.get(word, word) for word in words))
    unknown = [name for name in names if name not in every]
    if unknown:
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        raise SettingsError(
            f"the audit knows no {unknown[0]!r}{more}",
            key="names",
            hint="check the names against a new audit: wfp-ops namespaces list, wfp-ops audit",
        )
    return [every[name] for name in names]


def _refuse_two_meanings(words: Sequence[str], *named: Mapping[str, Any]) -> None:
    """A namespace may be called ``orphaned``: then nobody can tell whether it or all orphans are meant."""
    both = next((word for word in words if any(word in names for names in named)), None)
    if both is not None:
        raise SettingsError(
            f"{both!r} is a state, and the name of something in this account",
            key="state",
            hint="mean the thing by only=NAME (--only), without a state; a frame of rows always means names",
        )


def _words(chosen: Chosen) -> list[str] | None:
    """The texts that were given; a frame's are its names."""
    if chosen is None:
        return None
    if isinstance(chosen, str):
        return [chosen]
    if isinstance(chosen, pd.DataFrame):
        return _names_in(chosen)
    words = list(chosen)
    for word in words:
        if not isinstance(word, str):
            raise SettingsError(f"{word!r} is no name", key="names", hint="give names as text")
    return words


def _names_in(frame: pd.DataFrame) -> list[str]:
    column = next((name for name in ("namespace", "customer_id") if name in frame.columns), None)
    if column is None:
        raise SettingsError(
            "the frame has neither a column 'namespace' nor 'customer_id'",
            key="names",
            hint="give rows of audit.joined or audit.findings, or a list of names",
        )
    values = frame[column]
    if column == "namespace" and values.isna().any() and "customer_id" in frame.columns:
        values = values.fillna(frame["customer_id"])
    if values.isna().any():
        row = int(values.isna().to_numpy().argmax())
        raise SettingsError(
            f"row {row} of the frame has no {column}", key=column, hint="leave rows without a name out"
        )
    if "worker" in frame.columns and frame["worker"].notna().any():
        return [
            str(name) if pd.isna(worker) else f"{name}/{worker}"
            for name, worker in zip(values, frame["worker"], strict=True)
        ]
    return [str(value) for value in values]


def _filtered(items: list[Item], filters: Filters) -> list[Item]:
    for glob in filters.only:
        if not any(_means(glob, item) for item in items):
            raise SettingsError(
                f"{glob!r} names nothing of what is asked for",
                key="only",
                hint="check the name and the state; globs are allowed, and case counts",
            )
    if filters.only:
        items = [item for item in items if any(_means(glob, item) for glob in filters.only)]
    return [item for item in items if not any(_means(glob, item) for glob in filters.without)]


def _means(glob: str, item: Item) -> bool:
    names = [item.namespace, item.name, *([item.worker] if item.worker else ())]
    if item.action == "create_namespace" and item.customer_id is not None:
        names.append(item.customer_id)
    return any(name == glob or fnmatchcase(name, glob) for name in names)


def _at_most(items: list[Item], most: int | None) -> tuple[list[Item], list[Item]]:
    ordered = sorted(items, key=lambda item: (item.namespace, item.worker or ""))
    if most is None:
        return ordered, []
    if most < 0:
        raise SettingsError(f"at most {most} makes no sense", key="max", hint="give 0 or more")
    return ordered[:most], ordered[most:]


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value


def _moment(value: Any) -> datetime | None:
    if pd.isna(value):
        return None
    moment: datetime = value.to_pydatetime()
    return moment
