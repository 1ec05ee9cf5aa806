"""An account with traffic, asked through the endpoint's own code without a server: for laws, and by HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from wfp_ops.sandbox.analytics.execution import Outcome, Scope, run
from wfp_ops.sandbox.analytics.lives import read_lives
from wfp_ops.sandbox.analytics.profiles import build_profiles
from wfp_ops.sandbox.analytics.schema import load_schema
from wfp_ops.sandbox.analytics.settings import node_settings
from wfp_ops.sandbox.analytics.truth import exact_usage
from wfp_ops.sandbox.inventory import InventoryReader
from wfp_ops.sandbox.loading import load_inventory
from wfp_ops.sandbox.options import DEFAULT_ACCOUNT_ID
from wfp_ops.sandbox.store.database import Database
from wfp_ops.sandbox.switches import Switches

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SINCE = "2025-01-01T00:00:00Z"
QUERY = """
query Usage($account: string!, $filter: AccountWorkersInvocationsAdaptiveFilter_InputObject!, $limit: uint64!,
            $order: [AccountWorkersInvocationsAdaptiveOrderBy!]) {
  cost
  viewer {
    budget
    accounts(filter: {accountTag: $account}) {
      workersInvocationsAdaptive(limit: $limit, filter: $filter, orderBy: $order) { %s }
    }
  }
}
"""


def question(
    fields: str, where: Mapping[str, Any], *, limit: int = 10_000, order: Sequence[str] | None = None
) -> dict[str, Any]:
    """The request's document; ``fields`` are those of a row."""
    variables = {"account": DEFAULT_ACCOUNT_ID, "filter": where, "limit": limit, "order": order}
    return {"query": QUERY % fields, "variables": variables}


def rows_of(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of an answer, which must have no error."""
    assert answer["errors"] is None, answer["errors"]
    return answer["data"]["viewer"]["accounts"][0]["workersInvocationsAdaptive"]


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without its groups: ``{"date": …, "requests": …}``."""
    return {name: value for group in row.values() for name, value in group.items()}


def namespace(
    name: str, *workers: str, traffic: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A namespace that has been there for long, with Workers that have been, too."""
    made = [{"name": worker, "created_on": more.get("created_on", SINCE)} for worker in workers]
    document = {"name": name, "created_on": SINCE, "workers": made, **more}
    return document if traffic is None else {**document, "traffic": dict(traffic)}


class UsageWorld:
    """An account in memory, asked as the endpoint is asked."""

    def __init__(self, *listed: Mapping[str, Any], now: datetime = NOW, seed: int = 1, **more: Any) -> None:
        self.now = now
        self.switches = Switches()
        self.database = Database(None)
        document = {"namespaces": list(listed), **more}
        inventory = InventoryReader(seed=seed, now=now).read(document)
        with self.database.transaction():
            load_inventory(self.database, inventory, replace_all=True)
        self.profiles = build_profiles(read_lives(self.database), seed)

    def ask(self, document: Mapping[str, Any]) -> Outcome:
        """The answer to a request."""
        schema = load_schema()
        scope = Scope(
            schema=schema,
            profiles=self.profiles,
            settings=node_settings(self.switches, schema),
            account_id=DEFAULT_ACCOUNT_ID,
            now=self.now,
            budget=300,
            most_nodes=self.switches.analytics_max_nodes,
            sampling=self.switches.analytics_sampling,
            permitted=self.switches.analytics_permitted,
        )
        return run(json.dumps(document).encode(), scope)

    def rows(
        self,
        fields: str,
        where: Mapping[str, Any],
        *,
        limit: int = 10_000,
        order: Sequence[str] | None = None,
    ) -> list[dict[str, Any]]:
        """The rows, each without its groups."""
        outcome = self.ask(question(fields, where, limit=limit, order=order))
        return [flat(row) for row in rows_of({"data": outcome.data, "errors": outcome.errors})]

    def message(self, fields: str, where: Mapping[str, Any], **more: Any) -> str:
        """The words of the refusal; the answer must be one, without data."""
        outcome = self.ask(question(fields, where, **more))
        assert outcome.data is None
        return outcome.errors[0]["message"]

    def truth(self, start: str, end: str, *by: str) -> list[dict[str, Any]]:
        """What really happened."""
        moments = (datetime.fromisoformat(text) for text in (start, end))
        return exact_usage(self.profiles, *moments, self.now, by=by)
