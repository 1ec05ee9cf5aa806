"""From a snapshot and a plan's evidence to what a sandbox is loaded with."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from support.archives import bench
from support.kept_audits import kept
from support.plans import deletion
from support.sandbox_server import clean_sandbox, running_sandbox

from wfp_ops.account.stage import inventory_document
from wfp_ops.change.gather import see
from wfp_ops.change.preconditions import check
from wfp_ops.change.steps import Step
from wfp_ops.frames.columns import WORKERS

SEEN = {
    "worker": "site",
    "tag": "a" * 32,
    "etag": "e" * 64,
    "created_on": "2026-01-02T03:04:05.678901Z",
    "modified_on": "2026-02-03T04:05:06.789012Z",
}


def documents(snapshot, *steps):
    """The namespaces by name."""
    return {each["namespace_name"]: each for each in inventory_document(snapshot, steps)["namespaces"]}


def names(document):
    """The Workers inside."""
    return [each["name"] for each in document["workers"]]


def with_workers(snapshot, *rows):
    """The same snapshot with Workers of (namespace, name, tags, etag)."""
    frame = WORKERS.build(
        {
            "namespace": [row[0] for row in rows],
            "worker": [row[1] for row in rows],
            "tags": [row[2] for row in rows],
            "etag": [row[3] for row in rows],
            "modified_on": ["2026-03-04T05:06:07.000008Z"] * len(rows),
        },
        length=len(rows),
    )
    return replace(snapshot, workers=frame)


def test_namespaces_as_the_snapshot_has_them():
    """Ids, dates to the microsecond, trusted mode; what is null stays null."""
    snapshot = kept({"customer-1": "id-1", "customer-2": "id-2"})
    snapshot.namespaces["trusted"] = pd.array([True, None], dtype="boolean")
    snapshot.namespaces["modified_on"] = pd.to_datetime(["2026-01-02T03:04:05.678901Z", None])
    found = documents(snapshot)
    assert list(found) == ["customer-1", "customer-2"]
    first, second = found.values()
    assert (first["namespace_id"], first["trusted_workers"]) == ("id-1", True)
    assert first["modified_on"] == "2026-01-02T03:04:05.678901Z"
    assert (second["trusted_workers"], second["modified_on"], second["created_by"]) == (False, None, None)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_as_many_workers_as_were_counted(count):
    """Under names of their own, each with code."""
    found = documents(kept(["customer-1"], workers={"customer-1": count}))["customer-1"]
    assert names(found) == [f"worker-{number}" for number in range(1, count + 1)]
    assert all(each["modules"][0]["name"] == "index.js" for each in found["workers"])


def test_a_count_that_is_not_known():
    """Counts as none."""
    snapshot = kept(["customer-1"])
    snapshot.namespaces["workers"] = pd.array([None], dtype="Int64")
    assert names(documents(snapshot)["customer-1"]) == []


def test_what_the_plan_has_seen_stands_instead():
    """Of what is to be deleted: exactly these Workers, and the date to compare."""
    step = deletion(
        evidence={"workers": [SEEN]}, preconditions={"modified_on": "2026-05-06T07:08:09.000001Z"}
    )
    found = documents(kept(["customer-9", "customer-8"], workers={"customer-9": 7}), step)
    one = found["customer-9"]
    assert names(one) == ["site"]
    facts = {name: one["workers"][0][name] for name in ("tag", "etag", "created_on", "modified_on")}
    assert facts == {name: SEEN[name] for name in facts}
    assert one["modified_on"] == "2026-05-06T07:08:09.000001Z"
    assert names(found["customer-8"]) == ["worker-1"]


def test_a_plan_that_has_seen_nothing_changes_nothing():
    """A creation, or a step without Workers in its evidence."""
    snapshot = kept(["customer-9"], workers={"customer-9": 2})
    bare = deletion(evidence={})
    creation = Step(action="create_namespace", namespace="customer-5", reason="r", evidence={})
    assert documents(snapshot, bare, creation) == documents(snapshot)


def test_facts_that_are_not_known_are_left_out():
    """The sandbox makes them up."""
    step = deletion(evidence={"workers": [{"worker": "site", "tag": None}]}, preconditions={})
    worker = documents(kept(["customer-9"]), step)["customer-9"]["workers"][0]
    assert sorted(worker) == ["modules", "name"]


def test_workers_of_a_snapshot():
    """In worker tenancy they are known: with tags, hashes and dates; what is null is left out."""
    rows = [
        ("production", "a", ["customer-1"], "e1"),
        ("production", "b", None, None),
        ("staging", "c", [], "e3"),
    ]
    found = documents(with_workers(kept(["production", "staging", "empty"]), *rows))
    assert names(found["production"]) == ["a", "b"]
    first, second = found["production"]["workers"]
    assert (first["tags"], first["etag"], first["modified_on"]) == (
        ["customer-1"],
        "e1",
        "2026-03-04T05:06:07.000008Z",
    )
    assert (second["tags"], "etag" in second) == ([], False)
    assert names(found["staging"]) == ["c"]


def test_several_workers_of_one_namespace_are_planned():
    """Each is as the plan has seen it; the others inside stay, once."""
    rows = [("production", name, None, f"e{name}") for name in "abc"]
    steps = [
        deletion(
            "production",
            action="delete_worker",
            worker=name,
            evidence={"workers": [{**SEEN, "worker": name, "tag": f"tag of {name}"}]},
            preconditions={"modified_on": SEEN["modified_on"]},
        )
        for name in "ab"
    ]
    snapshot = with_workers(kept(["production"]), *rows)
    found = documents(snapshot, *steps)["production"]
    assert sorted(names(found)) == ["a", "b", "c"]
    tags = {each["name"]: each.get("tag") for each in found["workers"]}
    assert tags == {"a": "tag of a", "b": "tag of b", "c": None}
    assert found["modified_on"] == documents(snapshot)["production"]["modified_on"]


@pytest.mark.parametrize("action", ["delete_namespace", "delete_worker", "rename_namespace"])
def test_a_sandbox_loaded_with_it_is_what_the_plan_saw(tmp_path, action):
    """So that a rehearsal finds nothing moved."""
    with running_sandbox() as sandbox, bench(clean_sandbox(sandbox), tmp_path) as one:
        sandbox.load(
            {
                "name": "customer-9",
                "workers": [{"name": name, "has_assets": False} for name in ("shop", "site")],
            }
        )
        seen = see(one.reads, "customer-9")
        snapshot = kept({"customer-9": seen.namespace.namespace_id}, workers={"customer-9": 2})
        inside = [each.to_dict() for each in seen.workers]
        planned = [
            Step(
                action=action,
                namespace="customer-9",
                worker=worker,
                reason="r",
                new_name="customer-90" if action == "rename_namespace" else None,
                evidence={"workers": [each for each in inside if worker in (None, each["worker"])]},
                preconditions=seen.worker_preconditions(worker) if worker else seen.preconditions(action),
            )
            for worker in (("shop", "site") if action == "delete_worker" else (None,))
        ]
        sandbox.load()
        document = inventory_document(snapshot, planned)
        sandbox.control("POST", "load", {"mode": "replace", **document})
        assert [check(step, one.reads) for step in planned] == [None] * len(planned)
