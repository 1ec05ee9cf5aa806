"""Workers of many namespaces as one frame, over real HTTP."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from support.fake_clock import FakeClock
from support.names import NS
from support.stub_server import Answer, Hang, StubServer, ok, refused

from wfp_ops.api.reads import Reads
from wfp_ops.errors import (
    APIError,
    APIResponseValidationError,
    IncompleteListingError,
    NamespaceNotFoundError,
    RateLimitError,
)
from wfp_ops.frames.columns import WORKERS
from wfp_ops.frames.provenance import ATTRS_KEY, completeness
from wfp_ops.inventory.workers import load_workers
from wfp_ops.naming.convention import Convention


def _path(namespace: str) -> str:
    return f"{NS}/{namespace}/scripts"


def _page(*names: str, cursor: str = "", **more: Any) -> Answer:
    rows = [{"id": name, **more} for name in names]
    return ok(rows, result_info={"count": len(rows), "cursor": cursor})


def _load(reads: Reads, clock: FakeClock, *namespaces: str, **how: Any) -> pd.DataFrame:
    return load_workers(reads, namespaces, Convention(), clock, **how)


def _nullable(frame: pd.DataFrame, column: str) -> list[Any]:
    return [None if pd.isna(value) else value for value in frame[column]]


def test_every_field_has_its_column(reads: Reads, stub_server: StubServer, fake_clock: FakeClock) -> None:
    """All that Cloudflare sends stands in the frame, typed; what it leaves out is null."""
    full = {
        "id": "customer-42",
        "tags": ["customer-42", "pro"],
        "etag": "b1946ac9",
        "created_on": "2026-03-01T09:00:00Z",
        "modified_on": "2026-11-20T17:12:03.5Z",
        "usage_model": "standard",
        "compatibility_date": "2026-01-01",
        "handlers": ["fetch", "scheduled"],
        "something_new": 1,
    }
    stub_server.on("GET", _path("production"), ok([full, {"id": "other"}], result_info={"cursor": ""}))
    frame = _load(reads, fake_clock, "production")
    WORKERS.check(frame)
    assert list(frame.columns) == WORKERS.names
    first, second = frame.astype(object).to_dict("records")
    assert first == {
        "namespace": "production",
        "worker": "customer-42",
        "customer_id": "42",
        "tags": ["customer-42", "pro"],
        "created_on": pd.Timestamp("2026-03-01T09:00:00Z"),
        "modified_on": pd.Timestamp("2026-11-20T17:12:03.5Z"),
        "etag": "b1946ac9",
        "usage_model": "standard",
        "compatibility_date": "2026-01-01",
        "handlers": ["fetch", "scheduled"],
    }
    assert {name: value for name, value in second.items() if not pd.isna(value)} == {
        "namespace": "production",
        "worker": "other",
    }


def test_rows_stand_by_namespace_as_asked_then_by_name(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock
) -> None:
    """Whichever listing comes first, the order is that of the question; a name asked twice is read once."""
    for namespace in ("b", "a", "c"):
        stub_server.on("GET", _path(namespace), _page("y", "x"))
    frame = _load(reads, fake_clock, "b", "a", "b", "c", threads=3)
    rows = list(zip(frame["namespace"], frame["worker"], strict=True))
    assert rows == [("b", "x"), ("b", "y"), ("a", "x"), ("a", "y"), ("c", "x"), ("c", "y")]
    assert stub_server.count("GET", _path("b")) == 1


def test_cursors_are_followed(reads: Reads, stub_server: StubServer, fake_clock: FakeClock) -> None:
    """A listing in pages is one listing, and an empty cursor proves its end."""
    stub_server.on(
        "GET", _path("a"), lambda got: _page("z") if got.query.get("cursor") else _page("y", cursor="next")
    )
    frame = _load(reads, fake_clock, "a")
    assert frame["worker"].tolist() == ["y", "z"]
    assert completeness(frame).proven


def test_all_listings_proven_make_a_proven_frame(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock
) -> None:
    """The proof names how many listings it rests on, and is bound to namespace and name."""
    for namespace in ("a", "b"):
        stub_server.on("GET", _path(namespace), _page("x"))
    frame = _load(reads, fake_clock, "a", "b")
    assert completeness(frame).proven
    assert completeness(frame).how.startswith("2 listings, each proven: ")
    assert frame.attrs[ATTRS_KEY]["taken_at"] == "2026-11-23T12:00:00Z"
    assert completeness(frame.iloc[::-1]).proven
    assert not completeness(frame.head(1)).proven


def test_one_listing_in_doubt_makes_the_frame_unproven(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock
) -> None:
    """The doubt is told with the namespace's name; the rows are there to look at."""
    rows = [{"id": f"w{number}"} for number in range(100)]
    stub_server.on("GET", _path("a"), _page("x"))
    for namespace in ("b", "c"):
        stub_server.on(
            "GET", _path(namespace), lambda got: refused(400, 7003) if "page" in got.query else ok(rows)
        )
    frame = _load(reads, fake_clock, "a", "b", "c")
    found = completeness(frame)
    assert len(frame) == 201
    assert not found.proven
    assert found.how.startswith("namespace 'b': ")
    assert "1 more" in found.how


def test_no_namespace_asked_for(reads: Reads, stub_server: StubServer, fake_clock: FakeClock) -> None:
    """Nothing asked is nothing read: a typed, proven, empty frame."""
    frame = _load(reads, fake_clock, select="tag")
    WORKERS.check(frame)
    assert frame.empty
    assert (completeness(frame).proven, completeness(frame).how) == (True, "no namespace was asked for")
    assert stub_server.received == []


@pytest.mark.parametrize("select", ["name", "tag"])
def test_an_empty_namespace(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock, select: str
) -> None:
    """A namespace without Workers is a typed, proven, empty frame."""
    stub_server.on("GET", _path("a"), _page())
    frame = _load(reads, fake_clock, "a", select=select)
    WORKERS.check(frame)
    assert frame.empty
    assert completeness(frame).proven


def test_by_tag_the_one_conforming_tag_says_the_customer(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock
) -> None:
    """One customer in the tags is read, twice the same too; none, or two different, is null; names don't count."""
    tags: dict[str, list[str] | None] = {
        "customer-1": ["pro", "customer-42"],
        "customer-2": ["pro"],
        "customer-3": None,
        "customer-4": [],
        "customer-5": ["customer-7", "customer-8"],
        "customer-6": ["customer-7", "customer-7"],
    }
    rows = [{"id": name, "tags": each} for name, each in tags.items()]
    stub_server.on("GET", _path("a"), ok(rows, result_info={"cursor": ""}))
    frame = _load(reads, fake_clock, "a", select="tag")
    WORKERS.check(frame)
    assert _nullable(frame, "customer_id") == ["42", None, None, None, None, "7"]
    assert frame["tags"].tolist() == list(tags.values())
    by_name = _load(reads, fake_clock, "a")
    assert _nullable(by_name, "customer_id") == ["1", "2", "3", "4", "5", "6"]


def test_progress_counts_namespaces(reads: Reads, stub_server: StubServer, fake_clock: FakeClock) -> None:
    """One call for each namespace that was read."""
    calls: list[tuple[int, int]] = []
    for namespace in ("a", "b", "c"):
        stub_server.on("GET", _path(namespace), _page("x"))
    _load(reads, fake_clock, "a", "b", "c", threads=2, progress=lambda *call: calls.append(call))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_a_namespace_that_vanished_is_an_error(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock
) -> None:
    """A namespace that is gone is not skipped: the error names it and says that the inventory moved."""
    stub_server.on("GET", _path("a"), _page("x"))
    stub_server.on("GET", _path("gone"), refused(404, 100119, "no such namespace"))
    with pytest.raises(NamespaceNotFoundError) as caught:
        _load(reads, fake_clock, "a", "gone")
    assert "'gone'" in str(caught.value)
    assert "the inventory moved" in str(caught.value)
    assert caught.value.code == 100119


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ok(None), APIError),
        (ok([{"id": "x"}, {"id": "x"}]), IncompleteListingError),
        (ok([{"id": "x"}], result_info={"count": 2, "cursor": ""}), IncompleteListingError),
        (refused(429, 971, Retry_After="300"), RateLimitError),
    ],
)
def test_an_error_names_the_namespace_and_keeps_its_kind(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock, answer: Answer, kind: type[APIError]
) -> None:
    """One failing listing is the end of the frame, with its own kind of error and the namespace's name."""
    stub_server.on("GET", _path("a"), _page("x"))
    stub_server.on("GET", _path("b"), answer)
    with pytest.raises(kind) as caught:
        _load(reads, fake_clock, "a", "b")
    assert "the Workers of namespace 'b' could not be listed: " in caught.value.message
    assert caught.value.endpoint == f"GET {_path('b')}"
    assert caught.value.args == (caught.value.message,)


def test_an_error_does_not_wait_for_a_server_that_hangs(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock
) -> None:
    """The first error is raised although another listing never answers, and the rest is left unread."""
    stub_server.on("GET", _path("hangs"), Hang())
    stub_server.on("GET", _path("fails"), refused(403, 10000))
    others = [f"n{number}" for number in range(50)]
    with pytest.raises(APIError, match="'fails'"):
        _load(reads, fake_clock, "hangs", "fails", *others, threads=2)
    assert sum(stub_server.count("GET", _path(name)) for name in others) < len(others)


def test_a_date_that_is_none_names_its_field(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock
) -> None:
    """Endpoint and field of the Worker's listing, in the order that Cloudflare sent."""
    stub_server.on("GET", _path("good"), _page("z", "a"))
    rows = [{"id": "z"}, {"id": "a", "modified_on": "yesterday"}]
    stub_server.on("GET", _path("bad"), ok(rows, result_info={"cursor": ""}))
    with pytest.raises(APIResponseValidationError) as caught:
        _load(reads, fake_clock, "good", "bad")
    assert caught.value.endpoint == f"GET {_path('bad')}"
    assert caught.value.field == "result[1].modified_on"


@pytest.mark.parametrize(("expected", "proven"), [(0, True), (1, True), (2, True), (250, False)])
def test_fewer_than_cloudflare_counts_is_no_proof(
    reads: Reads, stub_server: StubServer, fake_clock: FakeClock, expected: int, proven: bool
) -> None:
    """A listing shorter than its namespace's script_count is shown, and not called whole."""
    stub_server.on("GET", _path("production"), _page("a", "b"))
    frame = _load(reads, fake_clock, "production", expected={"production": expected, "other": 9})
    assert len(frame) == 2
    assert completeness(frame).proven is proven
    if not proven:
        assert "production has 250 Workers by its script_count, 2 were listed" in completeness(frame).how
