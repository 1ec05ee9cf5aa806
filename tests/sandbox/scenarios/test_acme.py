"""The ``acme`` scenario: what it says of itself is true, for every seed and at every moment."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.sandbox.model import Scenario
from wfp_ops.sandbox.scenarios.acme import CUSTOMER_COLUMNS, build_acme
from wfp_ops.sandbox.scenarios.registry import build_scenario

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEEDS = st.integers(min_value=0, max_value=2**32)
MOMENTS = st.timedeltas(min_value=timedelta(days=-1000), max_value=timedelta(days=12_000)).map(NOW.__add__)

SPACE_STATES = {"matched", "churned", "ambiguous", "suspect", "orphaned", "misnamed", "unrecognised"}
CUSTOMER_STATES = {"matched", "missing", "absent", "customer_churned", "conflict", "unusable"}
FLAGS = {"duplicate", "trusted", "empty", "near_limit", "layout"}


@pytest.fixture(scope="module")
def acme() -> Scenario:
    return build_acme(seed=0, now=NOW)


def as_bytes(scenario: Scenario) -> bytes:
    return json.dumps(asdict(scenario), default=str, ensure_ascii=False).encode()


def names_in(scenario: Scenario, state: str) -> set[str]:
    return {name for name, space in scenario.truth["namespaces"].items() if space["state"] == state}


def rows_in(scenario: Scenario, state: str) -> list[dict[str, str]]:
    return [
        dict(scenario.customers[c["row"] - 2]) for c in scenario.truth["customers"] if c["state"] == state
    ]


def levelled(name: str) -> str:
    plain = re.sub(r"[-_. ]", "", name).lower()
    return re.sub(r"^cust(?=\d)", "customer", plain)


def test_same_seed_same_bytes():
    """Equal arguments give equal bytes, also when the moment is written in another time zone."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert as_bytes(build_acme(seed=5, now=NOW)) == as_bytes(build_acme(seed=5, now=elsewhere))


def test_other_seed_other_company():
    """Another seed gives other customers, ids and Workers."""
    one, other = build_acme(seed=5, now=NOW), build_acme(seed=6, now=NOW)
    assert {r["name"] for r in one.customers} != {r["name"] for r in other.customers}
    assert not {n.namespace_id for n in one.namespaces} & {n.namespace_id for n in other.namespaces}


def test_everything_moves_with_now():
    """A day later the same seed gives the same company, a day older."""
    one, other = build_acme(seed=5, now=NOW), build_acme(seed=5, now=NOW + timedelta(days=1))
    assert one.truth["counts"] == other.truth["counts"]
    created = [n.created_on for n in one.namespaces if n.name.startswith("customer-1")]
    assert [n.created_on for n in other.namespaces if n.name.startswith("customer-1")] == [
        moment + timedelta(days=1) for moment in created
    ]


def test_a_moment_without_time_zone_is_refused():
    """A naive moment would mean another time on each machine."""
    with pytest.raises(ValueError, match="time zone"):
        build_acme(seed=0, now=NOW.replace(tzinfo=None))


def test_registry_knows_it(acme):
    """The registry builds it under its name."""
    assert build_scenario("acme", seed=0, now=NOW) == acme


def test_truth_is_plain_json(acme):
    """The truth survives a round trip through JSON."""
    assert json.loads(json.dumps(acme.truth)) == acme.truth


def test_customers_survive_csv(acme):
    """Accents, commas, quotes and apostrophes in the names come back from a CSV as they went in."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, acme.customer_columns)
    writer.writeheader()
    writer.writerows(acme.customers)
    read = list(csv.DictReader(io.StringIO(text.getvalue().encode().decode(), newline="")))
    assert read == [dict(row) for row in acme.customers]
    assert tuple(read[0]) == CUSTOMER_COLUMNS


def test_names_are_awkward_enough(acme):
    """The list holds an apostrophe, a comma, quotes, accents, another script and a name of 40 characters."""
    names = [row["name"] for row in acme.customers]
    for awkward in ("'", ",", '"', "é", "Ł", "ü"):
        assert any(awkward in name for name in names)
    assert max(map(len, names)) == 40
    assert any(not re.search(r"[A-Za-z]", name) for name in names)


@given(SEEDS, MOMENTS)
def test_counts_add_up(seed, now):
    """Every state and flag occurs, most namespaces are matched, and the counts are of what is there."""
    acme = build_acme(seed=seed, now=now)
    counts, truth = acme.truth["counts"], acme.truth
    assert counts["namespaces"] == len(acme.namespaces) == sum(counts["states"]["namespaces"].values()) == 412
    assert counts["customers"] == len(acme.customers) == sum(counts["states"]["customers"].values()) == 405
    assert set(counts["states"]["namespaces"]) == SPACE_STATES
    assert set(counts["states"]["customers"]) == CUSTOMER_STATES
    assert counts["flags"] == Counter(flag["kind"] for flag in truth["flags"])
    assert set(counts["flags"]) == FLAGS
    assert counts["states"]["namespaces"]["matched"] > 0.9 * 405
    assert counts["set_aside"] == counts["states"]["customers"]["unusable"] < 0.01 * 405
    assert [c["row"] for c in truth["customers"]] == list(range(2, 407))
    assert [c["customer_id"] or "" for c in truth["customers"]] == [r["customer_id"] for r in acme.customers]
    assert set(truth["namespaces"]) == {n.name for n in acme.namespaces}
    assert all(entry["why"] and "{" not in entry["why"] for entry in _entries(truth))


def _entries(truth):
    return [*truth["namespaces"].values(), *truth["customers"], *truth["flags"]]


@given(SEEDS, MOMENTS)
def test_nothing_lies_after_now(seed, now):
    """Dates are in order and none is after the moment, nor a churn outside its 3 to 400 days."""
    acme = build_acme(seed=seed, now=now)
    for space in acme.namespaces:
        assert space.created_on <= space.modified_on <= now
        for worker in space.workers:
            assert space.created_on <= worker.created_on <= worker.modified_on <= now
            assert date.fromisoformat(worker.compatibility_date) <= now.date()
    for row in acme.customers:
        started = date.fromisoformat(row["started_on"])
        assert started < now.date()
        assert bool(row["churned_on"]) == (row["status"] == "churned")
        if row["churned_on"]:
            left = date.fromisoformat(row["churned_on"])
            assert started < left
            assert 3 <= (now.date() - left).days <= 400


@given(SEEDS)
def test_ids_are_plain_digits(seed):
    """Ids are numbers without leading zeros, one of them twice and one missing; no name stands twice."""
    acme = build_acme(seed=seed, now=NOW)
    ids = Counter(row["customer_id"] for row in acme.customers)
    assert all(re.fullmatch(r"[1-9][0-9]*", i) for i in ids if i)
    assert {i for i, n in ids.items() if n > 1 or not i} == {
        r["customer_id"] for r in rows_in(acme, "unusable")
    }
    assert len(rows_in(acme, "unusable")) == 3
    assert max(Counter(row["name"] for row in acme.customers).values()) == 2  # who left and came back
    assert len({n.name for n in acme.namespaces}) == len({n.namespace_id for n in acme.namespaces}) == 412


@given(SEEDS)
def test_namespaces_are_what_the_truth_says(seed):
    """Judged from names and list alone, no namespace falls by chance into a state it wasn't made for."""
    acme = build_acme(seed=seed, now=NOW)
    owners = {row["customer_id"]: row for row in acme.customers if row["customer_id"]}
    unusable = {row["customer_id"] for row in rows_in(acme, "unusable")}
    mapped = Counter(row["namespace"] for row in acme.customers if row["namespace"])
    without = {row["customer_id"] for state in ("missing", "absent") for row in rows_in(acme, state)}
    by_level = Counter(levelled(f"customer-{i}") for i in owners)
    for name, space in acme.truth["namespaces"].items():
        conforming = re.fullmatch(r"customer-(.+)", name)
        found = conforming.group(1) if conforming else None
        if mapped[name] > 1 or found in unusable:
            expected = "ambiguous"
        elif mapped[name] or found in owners:
            owner = next((r for r in acme.customers if r["namespace"] == name), owners.get(found))
            expected = "churned" if owner["status"] == "churned" else "matched"
            assert space["belongs_to"] == owner["customer_id"]
        elif found and (not found.isdigit() or found.lstrip("0") in without):
            expected = "suspect"
        elif found:
            expected = "orphaned"
            assert found == found.lstrip("0")
        else:
            expected = "misnamed" if by_level[levelled(name)] == 1 else "unrecognised"
        assert space["state"] == expected, name


@given(SEEDS)
def test_customers_are_what_the_truth_says(seed):
    """Judged from names and list alone, no customer falls by chance into a state it wasn't made for."""
    acme = build_acme(seed=seed, now=NOW)
    spaces = {n.name for n in acme.namespaces}
    misnamed = {levelled(name) for name in names_in(acme, "misnamed")}
    twice = Counter(row["customer_id"] for row in acme.customers)
    mapped = {row["namespace"]: row["customer_id"] for row in acme.customers if row["namespace"]}
    none_there = {"active": "missing", "trial": "missing", "suspended": "absent"}
    for row, said in zip(acme.customers, acme.truth["customers"], strict=True):
        i, own = row["customer_id"], f"customer-{row['customer_id']}"
        if not i or twice[i] > 1:
            expected = "unusable"
        elif row["namespace"] not in {"", *spaces} or mapped.get(own, i) != i:
            expected = "conflict"
        elif row["status"] == "churned":
            expected = "customer_churned"
        elif row["namespace"] or own in spaces or levelled(own) in misnamed:
            expected = "matched"
        else:
            expected = none_there[row["status"]]
        assert said["state"] == expected, row


@given(SEEDS)
def test_flags_are_what_is_there(seed):
    """The flags name every empty, every trusted and every second namespace, and no other."""
    acme = build_acme(seed=seed, now=NOW)
    flagged = {(flag["kind"], flag["namespace"] or flag["customer_id"]) for flag in acme.truth["flags"]}
    owned = Counter(
        space["belongs_to"]
        for space in acme.truth["namespaces"].values()
        if space["state"] in {"matched", "churned", "misnamed"}
    )
    assert flagged == {
        *(("empty", n.name) for n in acme.namespaces if not n.workers),
        *(("trusted", n.name) for n in acme.namespaces if n.trusted_workers),
        *(("duplicate", i) for i, count in owned.items() if count > 1),
        ("near_limit", None),
        ("layout", None),
    }


@given(SEEDS)
def test_workers_nearly_fill_the_account(seed):
    """Between 900 and 999 Workers, most namespaces with a few, some with many, none named twice in one."""
    acme = build_acme(seed=seed, now=NOW)
    counts = [len(n.workers) for n in acme.namespaces]
    assert sum(counts) == acme.truth["counts"]["workers"]
    assert 900 <= sum(counts) <= 999
    assert sum(1 <= count <= 4 for count in counts) > 300
    assert sum(count >= 10 for count in counts) >= 4
    for space in acme.namespaces:
        assert len({worker.name for worker in space.workers}) == len(space.workers)
        assert all(len(worker.tags) <= 8 and worker.modules for worker in space.workers)


def test_tags_say_whose_it_is(acme):
    """A customer's Workers are tagged with its id in the convention's form and with its plan."""
    plans = {row["customer_id"]: row["plan"] for row in acme.customers}
    for space in acme.namespaces:
        owner = acme.truth["namespaces"][space.name]["belongs_to"]
        if owner:
            assert {worker.tags for worker in space.workers} <= {(f"customer-{owner}", plans[owner])}


def test_scheduled_workers_export_a_handler(acme):
    """What the handlers say is what the code exports."""
    workers = [worker for space in acme.namespaces for worker in space.workers]
    assert {worker.handlers for worker in workers} == {("fetch",), ("fetch", "scheduled")}
    for worker in workers:
        assert ("async scheduled(" in worker.modules[0].content) == ("scheduled" in worker.handlers)


def test_revenue_has_a_heavy_tail(acme):
    """A tenth of the customers bring more than half of the revenue; who left or tries brings none."""
    revenue = sorted((float(row["mrr"]) for row in acme.customers), reverse=True)
    assert sum(revenue[:40]) > 0.5 * sum(revenue)
    assert {row["mrr"] for row in acme.customers if row["status"] in {"churned", "trial"}} == {"0.00"}


@given(SEEDS, MOMENTS)
def test_account_workers_are_what_the_truth_says(seed, now):
    """Two Workers of the account bind what the truth says: staging, and the first who left; dates in order."""
    acme = build_acme(seed=seed, now=now)
    spaces = {space.name: space for space in acme.namespaces}
    told = acme.truth["account_workers"]
    assert [worker.name for worker in acme.workers] == list(told) == ["dispatcher", "preview-router"]
    assert told["dispatcher"]["binds"] == ["staging"]
    churned = [row for row in acme.customers if row["status"] == "churned"]
    left = [row for row in churned if f"customer-{row['customer_id']}" in names_in(acme, "churned")]
    assert told["preview-router"]["binds"] == [f"customer-{left[0]['customer_id']}"]
    assert left[0]["churned_on"] in told["preview-router"]["why"]
    for worker, name in zip(acme.workers, ("STAGING", "PREVIEW"), strict=True):
        (binding,) = worker.bindings
        assert (binding["type"], binding["name"]) == ("dispatch_namespace", name)
        assert [binding["namespace"]] == told[worker.name]["binds"]
        created = spaces[binding["namespace"]].created_on
        assert created <= worker.created_on <= worker.modified_on <= now
        assert f"env.{name}.get(" in worker.modules[0].content
        assert told[worker.name]["why"]
