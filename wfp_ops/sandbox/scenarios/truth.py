"""The truth about a scenario, written down while it is made: states, flags, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Truth:
    """Collects what an audit ought to find; ``as_json`` gives it out.

    Nothing here judges: whoever makes a namespace or a record says what it is.
    """

    convention: str
    namespaces: dict[str, dict[str, str | None]] = field(default_factory=dict)
    customers: list[dict[str, Any]] = field(default_factory=list)
    flags: list[dict[str, str | None]] = field(default_factory=list)
    account_workers: dict[str, dict[str, Any]] = field(default_factory=dict)
    traffic: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def namespace(self, name: str, state: str, why: str, belongs_to: str | None) -> None:
        """Note one namespace; ``belongs_to`` is the customer whose it really is, if it is one's alone."""
        if name in self.namespaces:
            raise ValueError(f"the namespace {name!r} is made twice")
        self.namespaces[name] = {"state": state, "why": why, "belongs_to": belongs_to}

    def customer(self, customer_id: str, state: str, why: str) -> None:
        """Note the next record of the customer list; rows count from 2, for the header is row 1."""
        row = len(self.customers) + 2
        self.customers.append({"row": row, "customer_id": customer_id or None, "state": state, "why": why})

    def flag(
        self, kind: str, why: str, *, namespace: str | None = None, customer_id: str | None = None
    ) -> None:
        """Note one flag; one that is about the whole account names neither namespace nor customer."""
        self.flags.append({"kind": kind, "namespace": namespace, "customer_id": customer_id, "why": why})

    def account_worker(self, name: str, binds: Sequence[str], why: str) -> None:
        """Note one ordinary Worker of the account and the namespaces that it binds."""
        self.account_workers[name] = {"binds": list(binds), "why": why}

    def usage(self, namespace: str, kind: str, why: str, until: datetime | None) -> None:
        """Note what is remarkable about a namespace's traffic, and when it ended, if it did."""
        end = None if until is None else until.isoformat()
        self.traffic[namespace] = {"kind": kind, "why": why, "until": end}

    def as_json(self, *, workers: int) -> dict[str, Any]:
        """The whole truth as plain JSON values.

        ``namespaces`` and ``account_workers`` are keyed by name, ``customers`` is in the order of the rows,
        ``counts`` holds totals and how often each state and each flag occurs.
        """
        customers = Counter(record["state"] for record in self.customers)
        return {
            "convention": self.convention,
            "tenancy": "namespace",
            "counts": {
                "namespaces": len(self.namespaces),
                "customers": len(self.customers),
                "set_aside": customers["unusable"],
                "workers": workers,
                "states": {
                    "namespaces": dict(Counter(str(space["state"]) for space in self.namespaces.values())),
                    "customers": dict(customers),
                },
                "flags": dict(Counter(str(flag["kind"]) for flag in self.flags)),
            },
            "namespaces": self.namespaces,
            "customers": self.customers,
            "flags": self.flags,
            "account_workers": self.account_workers,
            "traffic": self.traffic,
        }
