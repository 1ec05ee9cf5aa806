"""Who has traffic: every Worker there is or was, with the names that its namespace had."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wfp_ops.sandbox.store import past
from wfp_ops.sandbox.store.database import Database
from wfp_ops.sandbox.traffic import Traffic, seconds

FOREVER = math.inf


@dataclass(frozen=True)
class Life:
    """One Worker from its creation to its deletion; times are seconds since 1970.

    ``names`` are those of its namespace, each with the moment until which it was called so; the last one is
    for ever. An ordinary Worker of the account has the namespace id and name ``""``; it ``binds`` dispatch
    namespaces (by name) where it is a dispatcher.
    """

    namespace_id: str
    names: tuple[tuple[str, float], ...]
    worker_id: str
    name: str
    version_id: str
    usage_model: str
    created: float
    deleted: float
    traffic: Traffic
    binds: tuple[str, ...] = ()

    @property
    def is_dispatcher(self) -> bool:
        """Whether requests that it gets go on to Workers of namespaces."""
        return bool(self.binds)


def read_lives(db: Database) -> list[Life]:
    """Every Worker that the database knows of, also those that were deleted."""
    reader = _Reader(db)
    return [*reader.present(), *reader.gone()]


class _Reader:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._traffics = {key: Traffic(**story) for key, story in past.read_traffics(db).items()}
        self._names: dict[str, list[tuple[str, float]]] = {}
        for old in past.list_past_names(db):
            self._names.setdefault(old.namespace_id, []).append((old.name, _moment(old.until)))

    def present(self) -> Iterator[Life]:
        rows = self._db.connection.execute(
            "SELECT coalesce(n.namespace_id, '') AS namespace_id, coalesce(n.name, '') AS namespace,"
            " w.worker_id, w.name, w.deployment_id, w.created_on, w.bindings, w.settings"
            " FROM workers w LEFT JOIN namespaces n ON n.key = w.namespace_key"
        )
        for row in rows:
            home = str(row["namespace_id"])
            yield Life(
                namespace_id=home,
                names=self._names_of(home, row["namespace"]),
                worker_id=row["worker_id"],
                name=row["name"],
                version_id=row["deployment_id"],
                usage_model=str(json.loads(row["settings"]).get("usage_model", "standard")),
                created=_moment(row["created_on"]),
                deleted=FOREVER,
                traffic=self._traffic_of(row["worker_id"], home),
                binds=() if home else tuple(_bound(json.loads(row["bindings"]))),
            )

    def gone(self) -> Iterator[Life]:
        for worker in past.list_past_workers(self._db):
            yield Life(
                namespace_id=worker.namespace_id,
                names=self._names_of(worker.namespace_id, worker.namespace),
                worker_id=worker.worker_id,
                name=worker.name,
                version_id=worker.version_id,
                usage_model=worker.usage_model,
                created=_moment(worker.created_on),
                deleted=_moment(worker.deleted_on),
                traffic=self._traffic_of(worker.worker_id, worker.namespace_id),
                binds=() if worker.namespace_id else worker.binds,
            )

    def _names_of(self, namespace_id: str, name: str) -> tuple[tuple[str, float], ...]:
        return (*self._names.get(namespace_id, ()), (name, FOREVER))

    def _traffic_of(self, worker_id: str, namespace_id: str) -> Traffic:
        return self._traffics.get(worker_id) or self._traffics.get(namespace_id) or Traffic()


def _bound(bindings: list[Mapping[str, Any]]) -> Iterator[str]:
    for binding in bindings:
        if binding.get("type") == "dispatch_namespace":
            yield str(binding.get("namespace"))


def _moment(text: str) -> float:
    return seconds(text) or 0.0
