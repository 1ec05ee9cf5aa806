"""What is seen of a namespace: whole or not, the same or another one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.judging import seen, worker

from wfp_ops.api.models import Listing, Namespace, Worker
from wfp_ops.change.seen import namespace_seen, worker_seen, workers_digest
from wfp_ops.frames.provenance import Completeness

PROVEN = Completeness("proven", "made for a test")
FACTS = ("name", "tag", "etag", "modified_on")


def _on_the_wire(name, **more):
    return Worker(id=name, etag="e", modified_on="m", **more)


def test_a_worker_as_a_listing_shows_it():
    """What is compared, what is evidence, and whether it has assets; its own name beats its id."""
    wire = Worker(
        id="x", script_name="site", tag="t", etag="e", created_on="c", modified_on="m", has_assets=True
    )
    found = worker_seen(wire)
    assert found == worker(tag="t", etag="e", created_on="c", modified_on="m", has_assets=True)
    assert found.to_dict() == {
        "worker": "site",
        "tag": "t",
        "etag": "e",
        "created_on": "c",
        "modified_on": "m",
    }


@pytest.mark.parametrize(
    ("count", "said", "proof", "complete"),
    [
        (2, 2, "proven", True),
        (2, 1, "proven", True),
        (2, None, "proven", True),
        (0, 0, "proven", True),
        (2, 3, "proven", False),
        (0, 1, "proven", False),
        (2, 2, "unproven", False),
    ],
)
def test_a_listing_that_is_not_whole(count, said, proof, complete):
    """Not proven, or shorter than Cloudflare's own count."""
    listing = Listing([_on_the_wire(f"w{n}") for n in range(count)], Completeness(proof, "for a test"))
    found = namespace_seen(Namespace(namespace_name="a", script_count=said), listing)
    assert found.complete is complete
    facts = found.preconditions("delete_namespace")
    assert facts["workers"] == (count if complete else None)
    assert (facts["workers_digest"] is not None) is complete


def test_workers_stand_in_order():
    """Whatever the listing's."""
    listing = Listing([_on_the_wire(name) for name in ("b", "c", "a")], PROVEN)
    found = namespace_seen(Namespace(namespace_name="a"), listing)
    assert [each.name for each in found.workers] == ["a", "b", "c"]


def test_preconditions_of_a_namespace():
    """A rename sends trusted mode along, so that is compared as well."""
    one = seen(trusted_workers=True)
    facts = {
        "namespace_id": "id of customer-9",
        "modified_on": "2026-08-01T00:00:00Z",
        "workers": 1,
        "workers_digest": workers_digest(one.workers),
    }
    assert one.preconditions("delete_namespace") == facts
    assert one.preconditions("rename_namespace") == {**facts, "trusted": True}


def test_preconditions_of_a_worker():
    """Its own facts, in that namespace; all null where there is none, which can't be compared."""
    one = seen(workers=("site", "shop"))
    assert one.worker_preconditions("shop") == {
        "namespace_id": "id of customer-9",
        "worker_tag": "tag of shop",
        "etag": "etag of shop",
        "modified_on": "2026-02-01T00:00:00Z",
    }
    assert one.worker_preconditions("none") == {
        "namespace_id": "id of customer-9",
        "worker_tag": None,
        "etag": None,
        "modified_on": None,
    }


def test_an_empty_namespace_has_a_digest():
    """It is told from one with something in it."""
    assert workers_digest([]) not in (None, workers_digest([worker()]))


TEXT = st.text(min_size=1, max_size=4)
WORKERS = st.lists(
    st.builds(worker, TEXT, tag=st.none() | TEXT, etag=TEXT, modified_on=TEXT),
    min_size=1,
    max_size=5,
    unique_by=lambda each: each.name,
)


@given(workers=WORKERS, data=st.data())
def test_the_digest_goes_with_every_fact_and_no_order(workers, data):
    """Another order makes the same one; another name, id, hash or date another; one Worker less, too."""
    digest = workers_digest(workers)
    assert digest is not None
    assert workers_digest(data.draw(st.permutations(workers))) == digest
    at = data.draw(st.integers(0, len(workers) - 1))
    fact = data.draw(st.sampled_from(FACTS))
    other = replace(workers[at], **{fact: f"{getattr(workers[at], fact)}x"})
    assert workers_digest([*workers[:at], other, *workers[at + 1 :]]) != digest
    assert workers_digest([*workers[:at], *workers[at + 1 :]]) != digest


@given(workers=WORKERS, data=st.data())
def test_a_fact_that_is_not_known_makes_no_digest(workers, data):
    """A hash or a date, of any of them, whatever the names are; the id alone may be missing."""
    at = data.draw(st.integers(0, len(workers) - 1))
    fact = data.draw(st.sampled_from(["etag", "modified_on"]))
    others = [*workers[:at], *workers[at + 1 :]]
    assert workers_digest([replace(workers[at], **{fact: None}), *others]) is None
    assert workers_digest([replace(workers[at], **{fact: None}), *workers]) is None
    assert workers_digest([replace(workers[at], tag=None), *others]) is not None
