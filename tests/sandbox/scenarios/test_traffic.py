"""What the customers of ``acme`` use is what the scenario's truth says of it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from support.usage_world import UsageWorld

from wfp_ops.sandbox.documents import scenario_document
from wfp_ops.sandbox.scenarios.acme import build_acme

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module", params=[(1, NOW), (11, NOW + timedelta(days=333, hours=5))])
def acme(request):
    """The company with its traffic, at one moment."""
    seed, now = request.param
    scenario = build_acme(seed=seed, now=now)
    return scenario, UsageWorld(**_split(scenario_document(scenario)), now=now, seed=seed)


def _split(document):
    return {name: document[name] for name in ("workers", "deleted")} | {"namespaces": document["namespaces"]}


def used(world, days, until=None, by="namespace"):
    """Requests by namespace in so many days."""
    end = until or world.now
    rows = world.truth((end - timedelta(days=days)).isoformat(), end.isoformat(), by)
    return {row[by]: row for row in rows}


def test_every_namespace_is_as_remarkable_as_the_truth_says(acme):
    """Live ones have traffic in 30 days, quiet and idle ones none; what stopped did so when it is said."""
    scenario, world = acme
    told, days = scenario.truth["traffic"], {}
    start = (world.now - timedelta(days=93)).isoformat()
    for row in world.truth(start, world.now.isoformat(), "namespace", "day"):
        days.setdefault(row["namespace"], set()).add(row["day"])
    month = (world.now - timedelta(days=29)).date().isoformat()
    assert set(told) == {space.name for space in scenario.namespaces}
    for name, story in told.items():
        assert story["why"]
        seen = days.get(name, set())
        lately = any(day > month for day in seen)
        if story["kind"] in ("live", "after_churn"):
            assert lately, name
        if story["kind"] in ("idle", "quiet"):
            assert not lately, name
        if story["kind"] == "quiet":
            assert not seen, name
        if story["until"]:
            assert not any(day > story["until"][:10] for day in seen), name
    counts = Counter(story["kind"] for story in told.values())
    assert counts["after_churn"] == 1
    assert min(counts["idle"], counts["quiet"], counts["stopped"]) >= 6


def test_one_customer_left_and_traffic_stayed(acme):
    """It left more than a month ago, its namespace is there, and so are requests since."""
    scenario, world = acme
    (name,) = [name for name, story in scenario.truth["traffic"].items() if story["kind"] == "after_churn"]
    assert scenario.truth["namespaces"][name]["state"] == "churned"
    owner = scenario.truth["namespaces"][name]["belongs_to"]
    (row,) = [row for row in scenario.customers if row["customer_id"] == owner]
    since = datetime.fromisoformat(row["churned_on"]).replace(tzinfo=UTC)
    assert world.now - since > timedelta(days=35)
    assert used(world, 30)[name]["requests"] > 1000


def test_some_went_quiet_within_reach_and_one_fails_now(acme):
    """There is a before to compare with; and one customer's requests have failed for hours."""
    scenario, world = acme
    idle = {name for name, story in scenario.truth["traffic"].items() if story["kind"] == "idle"}
    assert len(idle & set(used(world, 90))) > 0.8 * len(idle)
    (failing,) = [name for name, story in scenario.truth["traffic"].items() if "failed" in story["why"]]
    lately, before = used(world, 2 / 24)[failing], used(world, 20, world.now - timedelta(days=1))[failing]
    assert lately["errors"] / lately["requests"] > 0.3
    assert before["errors"] / before["requests"] < 0.15


def test_the_deleted_are_remembered(acme):
    """Customers who were cleaned up have history under their names until they left, if that is not too long ago."""
    scenario, world = acme
    gone = {past.namespace.name for past in scenario.deleted}
    assert len(gone) == 4
    assert not gone & {space.name for space in scenario.namespaces}
    assert gone & set(used(world, 93))
    assert not gone & set(used(world, 30))
    assert all(past.deleted_on < world.now for past in scenario.deleted)


def test_the_tail_is_heavy_and_follows_what_customers_pay(acme):
    """A tenth of the namespaces has most requests; who pays most uses more than who pays least."""
    scenario, world = acme
    month = {name: row["requests"] for name, row in used(world, 30).items() if name}
    ordered = sorted(month.values(), reverse=True)
    assert sum(ordered[: len(ordered) // 10]) > 0.5 * sum(ordered)
    assert 3e7 < sum(ordered) < 1e9
    paying = sorted(
        (row for row in scenario.customers if row["status"] == "active"), key=lambda r: float(r["mrr"])
    )
    uses = [month.get(f"customer-{row['customer_id']}", 0) for row in paying]
    assert sum(uses[-40:]) > 5 * sum(uses[:40])


def test_the_dispatcher_stands_under_no_namespace(acme):
    """Its rows are marked, and are those of staging, which it binds."""
    _, world = acme
    start = (world.now - timedelta(days=9)).isoformat()
    rows = world.truth(start, world.now.isoformat(), "dispatcher", "worker", "namespace")
    (own,) = [row for row in rows if row["worker"] == "dispatcher"]
    staging = sum(row["requests"] for row in rows if row["namespace"] == "staging")
    assert (own["dispatcher"], own["namespace"], own["requests"]) == (True, "", staging)
