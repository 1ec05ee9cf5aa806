"""Whose usage it is: mapping, convention, both tenancies, and what namespaces were called before."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_analytics import FakeAnalytics, request

from wfp_ops.customers.read import read_customers
from wfp_ops.frames.columns import WORKERS
from wfp_ops.naming.convention import Convention
from wfp_ops.usage.owners import Owners, families, inherited, owners_of
from wfp_ops.usage.record import usage_record

AT = "2026-11-20T10:20:00Z"
CONVENTION = Convention()


def listed(*rows):
    """A customer list of (id, mapping)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "namespace"]).assign(name="x", status="active")
    return read_customers(frame)


def owned(owners, *pairs):
    """The owners of some (namespace, Worker)."""
    frame = pd.DataFrame(pairs, columns=["namespace", "worker"], dtype="str")
    ids = owners.of(frame["namespace"], frame["worker"])
    assert str(ids.dtype) == "str"
    return [None if pd.isna(each) else each for each in ids]


def names(owners, *namespaces):
    return owned(owners, *((name, None) for name in namespaces))


def test_without_a_list_the_convention_tells():
    """The id in the name, or nobody."""
    owners = owners_of(None, convention=CONVENTION)
    assert names(owners, "customer-007", "acme", None) == ["007", None, None]


def test_a_mapping_beats_the_convention():
    """As in an audit; a name that two customers map is nobody's; two namespaces of one customer are both its."""
    customers = listed(("1", "acme"), ("2", None), ("3", "customer-2"), ("4", "both"), ("5", "both"))
    owners = owners_of(customers, convention=CONVENTION)
    assert names(owners, "acme", "customer-1", "customer-2", "both", "customer-9") == [
        "1",
        "1",
        "3",
        None,
        "9",
    ]


def test_case_that_does_not_count():
    """Ids are spelled as the list spells them."""
    owners = owners_of(listed(("AbC", None)), convention=CONVENTION, id_case="fold")
    assert names(owners, "customer-abc", "customer-ABC", "customer-x") == ["AbC", "AbC", "x"]
    exact = owners_of(listed(("AbC", None)), convention=CONVENTION)
    assert names(exact, "customer-abc") == ["abc"]


def test_worker_tenancy_by_name():
    """A Worker belongs to a customer in the listed namespaces only."""
    owners = owners_of(
        listed(("1", "legacy"), ("2", None)),
        convention=CONVENTION,
        tenancy="worker",
        namespaces=["production"],
    )
    pairs = [
        ("production", "customer-2"),
        ("production", "legacy"),
        ("staging", "customer-2"),
        ("production", "x"),
    ]
    assert owned(owners, *pairs) == ["2", "1", None, None]


def test_worker_tenancy_by_tag():
    """The inventory's tags tell; a Worker that is gone has none."""
    rows = {"namespace": ["production"] * 2, "worker": ["a", "b"], "customer_id": ["2", None]}
    owners = owners_of(
        None, convention=CONVENTION, tenancy="worker", namespaces=["production"], workers=WORKERS.build(rows)
    )
    assert owned(owners, ("production", "a"), ("production", "b"), ("production", "gone")) == [
        "2",
        None,
        None,
    ]


# --- renames ------------------------------------------------------------------------------------


def test_names_of_one_family():
    """The same Worker under several names; further renames join; equal names of Workers do not count."""
    tags = {("old", "t1"), ("new", "t1"), ("new", "t2"), ("newest", "t2"), ("other", "t3")}
    assert families(tags) == [{"old", "new", "newest"}]
    assert families(None) == families([]) == []


@given(st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from("123456"))))
def test_families_do_not_overlap(tags):
    """Each name is in one family at most, and names that share a tag are in the same."""
    found = families(tags)
    assert sum(map(len, found)) == len(set().union(*found)) if found else True
    for tag in {tag for _, tag in tags}:
        together = {name for name, other in tags if other == tag}
        assert len(together) == 1 or any(together <= each for each in found)


def test_what_is_inherited():
    """Only where the kin agree, and only by who has nothing of its own."""
    assert inherited({"old": None, "new": "1"}, [{"old", "new"}]) == {"old": "1"}
    assert inherited({"old": None, "a": "1", "b": "2"}, [{"old", "a", "b"}]) == {}
    assert inherited({"old": "7", "new": "1"}, [{"old", "new"}]) == {}
    assert inherited({"old": None}, [{"old", "gone"}]) == {}


@pytest.fixture
def renamed():
    """A namespace that got its proper name in the middle of the time, with its Worker in it."""
    return FakeAnalytics(
        [
            request("2026-11-19T10:00:00Z", "acme-test", tag="t1", requests=3),
            request("2026-11-21T10:00:00Z", "customer-1", tag="t1", requests=4),
            request("2026-11-21T10:00:00Z", "customer-2", tag="t2", requests=5),
        ]
    )


def test_a_renamed_namespace(world, renamed):
    """Old and new name stay visible; the old one's usage is the same customer's; the record says it."""
    frame = world.frame(renamed, "7d", "1d")
    assert list(zip(frame["namespace"], frame["customer_id"], frame["requests"], strict=True)) == [
        ("acme-test", "1", 3),
        ("customer-1", "1", 4),
        ("customer-2", "2", 5),
    ]
    assert usage_record(frame)["renamed"] == [["acme-test", "customer-1"]]
    by_customer = world.frame(renamed, every=None, start="2026-11-18", end="2026-11-22", by=("customer",))
    assert dict(zip(by_customer["customer_id"], by_customer["requests"], strict=True)) == {"1": 7, "2": 5}


def test_a_renamed_namespace_whose_workers_are_other_ones(world, renamed):
    """Where no tag joins them they are two things."""
    renamed.records[0]["scriptTag"] = "t9"
    frame = world.frame(renamed, "7d", "1d")
    assert pd.isna(frame["customer_id"].iloc[0])
    assert usage_record(frame)["renamed"] == []


def test_too_many_workers_to_look_for_renames(world, renamed):
    """Where tags do not fit into one answer nothing is concluded from half of them; a note says so."""
    renamed.limits["maxPageSize"] = 2
    frame = world.frame(renamed, "7d", "1d")
    assert len(frame) == 3
    assert pd.isna(frame["customer_id"].iloc[0])
    assert "too many Workers" in usage_record(frame)["notes"][0]


def test_a_renamed_namespace_of_worker_tenancy(world):
    """What a listed namespace was called before counts as listed, by name and by tag."""
    fake = FakeAnalytics(
        [
            request("2026-11-19T10:00:00Z", "prod", "customer-1", tag="t1"),
            request("2026-11-21T10:00:00Z", "production", "customer-1", tag="t1"),
            request("2026-11-21T10:00:00Z", "staging", "customer-1", tag="t5"),
        ]
    )
    for owners in (
        Owners(tenancy="worker", namespaces=("production",)),
        Owners(tenancy="worker", namespaces=("production",), tagged={("production", "customer-1"): "1"}),
    ):
        frame = world.frame(fake, "7d", "1d", owners=owners)
        ids = [None if pd.isna(each) else each for each in frame["customer_id"]]
        assert list(zip(frame["namespace"], ids, strict=True)) == [
            ("prod", "1"),
            ("production", "1"),
            ("staging", None),
        ]
