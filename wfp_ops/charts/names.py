"""What customers are called in charts: by name where the list has one, else by id."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from wfp_ops.charts.lettering import drawable, shown
from wfp_ops.charts.tally import Row, needed


class Names:
    """Names of customers, from a customers frame (or anything with ``customer_id`` and ``name``)."""

    def __init__(self, customers: pd.DataFrame | None) -> None:
        self._names: dict[str, str] = {}
        self._shared: set[str] = set()
        if customers is None:
            return
        needed(customers, "customers", ["customer_id", "name"])
        there = customers[customers["customer_id"].notna() & customers["name"].notna()]
        for customer_id, name in zip(there["customer_id"], there["name"], strict=True):
            if str(name).strip():
                self._names.setdefault(str(customer_id), str(name).strip())
        seen: set[str] = set()
        for name in self._names.values():
            (self._shared if name in seen else seen).add(name)

    def of(self, customer_id: str) -> str:
        """Safe to draw: the name, with the id where several have it; the id where no font has its letters."""
        name = self._names.get(customer_id)
        if name is None or not drawable(name):
            return shown(customer_id)
        return f"{shown(name)} ({shown(customer_id)})" if name in self._shared else shown(name)

    def title(self, customer_id: str) -> str:
        """The same as a heading, where a bare id would not say what it is."""
        label = self.of(customer_id)
        return f"Customer {label}" if label == shown(customer_id) else label

    def of_rows(self, rows: Iterable[Row]) -> list[str]:
        """The label of each row."""
        return [self.of(row.customer_id) if row.customer_id is not None else row.label for row in rows]
