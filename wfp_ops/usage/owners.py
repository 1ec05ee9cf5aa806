"""Whose a namespace or a Worker is, by its name alone: usage knows names, some of which exist no more.

An explicit mapping beats the convention, as in an audit. A name that several customers map is nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from wfp_ops.naming.convention import Convention

if TYPE_CHECKING:
    from collections.abc import Hashable

Pair = tuple[str, str]


@dataclass(frozen=True)
class Owners:
    """Who owns what.

    Attributes:
        convention: reads an id in a name.
        tenancy: whether a namespace or a Worker belongs to one customer.
        namespaces: in worker tenancy, those that hold customers' Workers.
        mapped: explicit mappings, name → customer id; None where several customers map the name.
        spelled: ids as the list spells them, by their spelling without case; empty where case counts.
        tagged: in worker tenancy by tag, (namespace, Worker) → customer id; None where names tell.
    """

    convention: Convention = field(default_factory=Convention)
    tenancy: Literal["namespace", "worker"] = "namespace"
    namespaces: Collection[str] = ()
    mapped: Mapping[str, str | None] = field(default_factory=dict)
    spelled: Mapping[str, str] = field(default_factory=dict)
    tagged: Mapping[Pair, str] | None = None

    def of(self, namespaces: pd.Series[Any], workers: pd.Series[Any]) -> pd.Series[Any]:
        """The customer of each thing, null where nobody is known; the columns are text with nulls."""
        names = namespaces if self.tenancy == "namespace" else workers
        ids = self._read(namespaces, workers)
        if self.spelled:
            ids = ids.str.casefold().map(self.spelled).astype("str").fillna(ids)
        if self.mapped:
            known = names.isin(list(self.mapped))
            ids = ids.mask(known, names.map(self.mapped).astype("str"))
        if self.tenancy == "worker":
            ids = ids.where(namespaces.isin(list(self.namespaces)))
        return ids.astype("str")

    def with_kin(self, kin: Collection[set[str]]) -> Owners:
        """In worker tenancy: what a listed namespace was called before counts as listed, too."""
        if self.tenancy == "namespace" or not kin:
            return self
        other = {name: names for names in kin for name in names}
        listed = {name for each in self.namespaces for name in (each, *other.get(each, ()))}
        tagged = self.tagged and {
            (name, worker): customer
            for (namespace, worker), customer in self.tagged.items()
            for name in (*sorted(other.get(namespace, ())), namespace)
        }
        return replace(self, namespaces=tuple(sorted(listed)), tagged=tagged)

    def _read(self, namespaces: pd.Series[Any], workers: pd.Series[Any]) -> pd.Series[Any]:
        if self.tenancy == "namespace":
            return self.convention.parse_all(namespaces)
        if self.tagged is None:
            return self.convention.parse_all(workers)
        pairs = zip(namespaces, workers, strict=True)
        return pd.Series([self.tagged.get(pair) for pair in pairs], index=workers.index, dtype="str")


def owners_of(
    customers: pd.DataFrame | None,
    *,
    convention: Convention,
    tenancy: Literal["namespace", "worker"] = "namespace",
    namespaces: Collection[str] = (),
    id_case: Literal["exact", "fold"] = "exact",
    workers: pd.DataFrame | None = None,
) -> Owners:
    """Who owns what, by a customer list (None: by the convention alone).

    Args:
        customers: a frame from ``read_customers``.
        convention: the naming pattern.
        tenancy: as in the settings.
        namespaces: as in the settings.
        id_case: as in the settings.
        workers: where a tag says the customer: the inventory of the listed namespaces (``WORKERS``).
    """
    mapped: dict[str, str | None] = {}
    spelled: dict[str, str] = {}
    if customers is not None:
        explicit = customers.dropna(subset=["namespace"])
        for name, customer_id in zip(explicit["namespace"], explicit["customer_id"], strict=True):
            mapped[name] = customer_id if mapped.setdefault(name, customer_id) == customer_id else None
        if id_case == "fold":
            spelled = {str(each).casefold(): str(each) for each in customers["customer_id"]}
    return Owners(convention, tenancy, tuple(namespaces), mapped, spelled, _tagged(workers))


def _tagged(workers: pd.DataFrame | None) -> dict[Pair, str] | None:
    if workers is None:
        return None
    known = workers.dropna(subset=["customer_id"])
    columns = (known["namespace"], known["worker"], known["customer_id"])
    return {(str(ns), str(name)): str(customer) for ns, name, customer in zip(*columns, strict=True)}


def families(tags: Collection[Pair] | None) -> list[set[str]]:
    """Names of namespaces under which the same Workers were seen, by their tags: renames, in other words.

    Each set has two names or more; a namespace that was renamed twice has three.
    """
    seen: dict[str, set[str]] = {}
    for namespace, tag in tags or ():
        seen.setdefault(tag, set()).add(namespace)
    found: list[set[str]] = []
    for names in (each for each in seen.values() if len(each) > 1):
        others = [each for each in found if each & names]
        found = [each for each in found if not each & names]
        found.append(names.union(*others))
    return found


def inherited(owners: Mapping[Hashable, Any], kin: Collection[set[str]]) -> dict[str, str]:
    """The customer of each name that has none of its own, where its kin have one, and the same one."""
    found: dict[str, str] = {}
    for names in kin:
        known = {owners[name] for name in names if owners.get(name) is not None}
        if len(known) == 1:
            (customer,) = known
            found.update({name: customer for name in names if owners.get(name) is None})
    return found


def whose(
    owners: Owners, kin: Collection[set[str]], namespaces: pd.Series[Any], workers: pd.Series[Any]
) -> pd.Series[Any]:
    """The customer of each thing, also of a namespace's old names; the columns are text with nulls."""
    ids = owners.with_kin(kin).of(namespaces, workers)
    if kin and owners.tenancy == "namespace":
        known = dict(zip(namespaces, ids.astype(object).where(ids.notna(), None), strict=True))
        ids = ids.fillna(namespaces.map(inherited(known, kin)).astype("str"))
    return ids
