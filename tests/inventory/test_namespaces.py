"""Namespaces as a frame, over real HTTP."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from support.fake_clock import FakeClock
from support.names import NS, namespace, namespaces
from support.stub_server import StubServer, ok, refused

from wfp_ops.api.models import Listing, Namespace
from wfp_ops.api.reads import Reads
from wfp_ops.errors import APIError, APIResponseValidationError, IncompleteListingError
from wfp_ops.frames.columns import NAMESPACES
from wfp_ops.frames.provenance import ATTRS_KEY, Completeness, completeness
from wfp_ops.inventory.namespaces import load_namespaces, namespaces_frame
from wfp_ops.naming.convention import Convention


def _load(reads: Reads, clock: FakeClock, pattern: str = "customer-{id}") -> pd.DataFrame:
    return load_namespaces(reads, Convention(pattern), clock)


def test_every_field_has_its_column(reads: Reads, stub_server: StubServer, fake_clock: FakeClock) -> None:
    """All that Cloudflare sends stands in the frame, typed, in its order; what it leaves out is null."""
    full = namespace(
        "customer-007",
        script_count=412,
        trusted_workers=False,
        created_on="2026-01-12T08:30:00.123456Z",
        modified_on="2026-05-02T10:00:00Z",
        created_by="0123456789abcdef0123456789abcdef",
        modified_by="fedcba9876543210fedcba9876543210",
        something_new={"a": 1},
    )
    stub_server.on("GET", NS, ok([full, {"namespace_name": "a/<b>😀"}]))
    frame = _load(reads, fake_clock)
    NAMESPACES.check(frame)
    assert list(frame.columns) == NAMESPACES.names
    first, second = frame.astype(object).where(frame.notna(), None).to_dict("records")
    assert first == {
        "namespace": "customer-007",
        "namespace_id": "id-customer-007-0",
        "customer_id": "007",
        "conforms": True,
        "workers": 412,
        "trusted": False,
        "created_on": pd.Timestamp("2026-01-12T08:30:00.123456Z"),
        "modified_on": pd.Timestamp("2026-05-02T10:00:00Z"),
        "created_by": "0123456789abcdef0123456789abcdef",
        "modified_by": "fedcba9876543210fedcba9876543210",
    }
    assert second == {**dict.fromkeys(NAMESPACES.names), "namespace": "a/<b>😀", "conforms": False}


def test_the_convention_decides_what_conforms(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock
) -> None:
    """Another convention reads other ids."""
    stub_server.on("GET", NS, ok([namespace("customer-1"), namespace("c-2-prod"), namespace("c--prod")]))
    frame = _load(reads, fake_clock, "c-{id}-prod")
    assert frame["conforms"].tolist() == [False, True, False]
    assert frame["customer_id"].fillna("").tolist() == ["", "2", ""]


def test_the_proof_travels_with_the_frame(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock
) -> None:
    """A proven listing makes a proven frame, dated by the clock; a filtered one is proven no more."""
    stub_server.on("GET", NS, ok(namespaces(7)))
    frame = _load(reads, fake_clock)
    assert completeness(frame).proven
    assert frame.attrs[ATTRS_KEY]["taken_at"] == "2026-11-23T12:00:00Z"
    assert not completeness(frame.head(5)).proven


def test_an_unproven_listing_makes_an_unproven_frame(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock
) -> None:
    """A hundred rows that could be a page of more, where page 2 is refused: a frame that says so."""
    stub_server.on("GET", NS, lambda got: ok(namespaces(100)) if not got.query else refused(400, 7003))
    frame = _load(reads, fake_clock)
    assert len(frame) == 100
    assert not completeness(frame).proven
    assert "100 rows" in completeness(frame).how


def test_an_account_without_namespaces(reads: Reads, stub_server: StubServer, fake_clock: FakeClock) -> None:
    """An empty listing is a typed, proven, empty frame."""
    stub_server.on("GET", NS, ok([]))
    frame = _load(reads, fake_clock)
    assert frame.empty
    NAMESPACES.check(frame)
    assert completeness(frame).proven


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        [{"namespace_id": "x"}],
        [{"namespace_name": ""}],
        [{"namespace_name": None}],
        [namespace("a"), namespace("a", 1)],
        [{**namespace("a"), "script_count": "3"}],
        [{**namespace("a"), "created_on": 20260112}],
    ],
)
def test_no_frame_comes_of_a_broken_listing(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock, result: Any
) -> None:
    """Null, wrongly typed, nameless or doubled: an error that names the endpoint or field, never a frame."""
    stub_server.on("GET", NS, ok(result))
    with pytest.raises(APIError) as caught:
        _load(reads, fake_clock)
    assert caught.value.endpoint == f"GET {NS}"


@pytest.mark.parametrize("moment", ["soon", "now", "2026-13-01"])
def test_a_date_that_is_none_names_its_field(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock, moment: str
) -> None:
    """Text in a date's place is an error with endpoint and field, not a null."""
    good = namespace("good", created_on="2026-01-12T08:30:00Z")
    stub_server.on("GET", NS, ok([good, namespace("a", created_on=moment)]))
    with pytest.raises(APIResponseValidationError) as caught:
        _load(reads, fake_clock)
    assert caught.value.endpoint == f"GET {NS}"
    assert caught.value.field == "result[1].created_on"
    assert moment in caught.value.message


class _Careless:
    """A reader that lets a name through twice."""

    def list_namespaces(self) -> Listing[Namespace]:
        twice = [Namespace(namespace_name="a"), Namespace(namespace_name="a")]
        return Listing(twice, Completeness("proven", "said so"))


def test_a_name_that_stands_twice_is_refused_once_more(fake_clock: FakeClock) -> None:
    """Whatever reader there is, no frame has a namespace twice."""
    with pytest.raises(IncompleteListingError, match="'a' twice"):
        load_namespaces(_Careless(), Convention(), fake_clock)  # type: ignore[arg-type]


def test_single_namespaces_make_a_frame_too() -> None:
    """What a command reads singly has the same columns, and no proof."""
    frame = namespaces_frame([Namespace(namespace_name="customer-1", script_count=0)], Convention())
    NAMESPACES.check(frame)
    assert frame["customer_id"].tolist() == ["1"]
    assert not completeness(frame).proven
