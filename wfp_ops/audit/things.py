"""The things that are judged, and the records that may claim them, each numbered from 0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from wfp_ops.audit.rules import Rules
from wfp_ops.naming.levels import as_arrow

Positions = np.ndarray[Any, np.dtype[np.intp]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Things:
    """Namespaces, or in worker tenancy Workers.

    ``frame`` is the inventory frame with a fresh index; ``name`` what mappings and the ignore list
    speak of; ``labels`` the texts that the convention reads (the name, or each tag), by thing.
    """

    frame: pd.DataFrame
    name: pd.Series[Any]
    labels: pd.Series[Any]

    def __len__(self) -> int:
        return len(self.frame)


def things_of(namespaces: pd.DataFrame, workers: pd.DataFrame | None, rules: Rules) -> Things:
    """The things to judge: the namespaces, or the Workers when each of them belongs to a customer."""
    if rules.tenancy == "namespace":
        frame = namespaces.reset_index(drop=True)
        return Things(frame, frame["namespace"], frame["namespace"])
    if workers is None:
        raise ValueError("worker tenancy needs the Workers of the listed namespaces")
    frame = workers.reset_index(drop=True)
    names = frame["worker"]
    labels = frame["tags"].explode().dropna().astype("str") if rules.by_tag else names
    return Things(frame, names, labels)


@dataclass(frozen=True)
class Records:
    """All records of the customer list: the usable ones first, then those that were set aside.

    ``usable`` is the customers frame with a fresh index, ``aside`` the set-aside frame; record
    number n is row n of ``usable``, or row n - len(usable) of ``aside``. ``shortened`` are ids that
    a program cut: the digits that are left, and how many there were (0: any number of characters).
    """

    usable: pd.DataFrame
    aside: pd.DataFrame
    shortened: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        return len(self.usable) + len(self.aside)

    @property
    def mapping(self) -> pd.Series[Any]:
        """The explicit mappings, by record; records without one are left out.

        For a record that was set aside any id seen in it counts too: in a row with a field too many
        nobody knows which of them is the mapping.
        """
        both = pd.concat([self.usable["namespace"], self.aside["namespace"]], ignore_index=True)
        named = pd.concat([both.dropna(), self.aside_ids])
        repeated = pd.DataFrame({"name": named, "record": named.index}).duplicated()
        once: pd.Series[Any] = named.loc[~repeated.to_numpy()]
        return once

    @property
    def aside_ids(self) -> pd.Series[Any]:
        """Every id seen in a set-aside record, by record."""
        ids = self.aside["customer_ids"].explode().dropna().astype("str")
        return ids.set_axis(ids.index + len(self.usable))

    @property
    def ids(self) -> pd.Series[Any]:
        """One id for each record: its own, or the only one seen in a record that was set aside."""
        only = [
            ids[0] if isinstance(ids, list) and len(ids) == 1 else None for ids in self.aside["customer_ids"]
        ]
        return pd.concat([self.usable["customer_id"], pd.Series(only, dtype="str")], ignore_index=True)


def records_of(
    customers: pd.DataFrame, aside: pd.DataFrame, shortened: Iterable[tuple[str, int]] = ()
) -> Records:
    """Both parts of the list, renumbered."""
    return Records(customers.reset_index(drop=True), aside.reset_index(drop=True), tuple(shortened))


def positions(keys: pd.Series[Any], wanted: pd.Series[Any]) -> Positions:
    """For each wanted key its place among ``keys`` (which must be unique), or -1; a null matches nothing."""
    # Arrow's own, since pandas' index goes through Python objects
    found = pc.index_in(as_arrow(wanted), value_set=as_arrow(keys), skip_nulls=True)
    places: Positions = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
    return places
