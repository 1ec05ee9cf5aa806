"""Whatever in an answer speaks of another page keeps a listing from being proven whole."""

from __future__ import annotations

import pytest
from support.names import NS, namespaces
from support.stub_server import ok

from wfp_ops.api import completeness
from wfp_ops.errors import APIResponseValidationError, IncompleteListingError

SIGNS = [
    {"next": "http://x/?page=2"},
    {"next_page": 2},
    {"nextCursor": "z"},
    {"has_more": True},
    {"more": True},
    {"links": {"next": "/x"}},
    {"cursors": {"next": "z"}},
    {"count": 3, "total_count": 3, "has_more": True},
]


@pytest.mark.parametrize("info", SIGNS)
def test_signs_of_another_page_are_no_proof(stub_server, reads, info):
    """The rows can be looked at, and the verdict says which key is the doubt."""
    stub_server.on("GET", NS, ok(namespaces(3), result_info=info))
    listing = reads.list_namespaces()
    assert len(listing) == 3
    assert not listing.proof.proven
    assert "result_info." in listing.proof.how


@pytest.mark.parametrize(
    "info",
    [{"next": None}, {"next_page": ""}, {"has_more": False}, {"cursors": {}}, {"cursors": {"after": ""}}],
)
def test_empty_signs_are_none(stub_server, reads, info):
    """A key that says that there is no other page is no doubt."""
    stub_server.on("GET", NS, ok(namespaces(3), result_info=info))
    assert reads.list_namespaces().proof.proven


def test_a_link_header_is_a_sign(stub_server, reads):
    """``Link: <…>; rel="next"`` is another page; other relations are not."""
    stub_server.on("GET", NS, ok(namespaces(3)).with_headers(Link='<x?page=2>; rel="next"'))
    assert "Link" in reads.list_namespaces().proof.how
    stub_server.on("GET", NS, ok(namespaces(3)).with_headers(Link='<x?next=1>; rel="prev"'))
    assert reads.list_namespaces().proof.proven


def test_cursors_after_is_a_cursor(stub_server, reads):
    """It is followed to its end."""
    stub_server.on(
        "GET",
        NS,
        lambda got: (
            ok(namespaces(3, start=10), result_info={"cursors": {"after": None}})
            if got.query.get("cursor") == "two"
            else ok(namespaces(10), result_info={"cursors": {"after": "two"}})
        ),
    )
    listing = reads.list_namespaces()
    assert len(listing) == 13
    assert listing.proof.proven


def test_a_cursor_that_is_ignored(stub_server, reads):
    """The same rows for the next cursor: an error at once, not a listing that moved."""
    stub_server.on("GET", NS, ok(namespaces(3), result_info={"cursors": {"after": "zzz"}}))
    with pytest.raises(IncompleteListingError) as caught:
        reads.list_namespaces()
    assert "ignored" in caught.value.message
    assert len(stub_server.received) == 2


@pytest.mark.parametrize(
    ("info", "field"),
    [
        ([], "result_info"),
        ({"cursors": "x"}, "result_info.cursors"),
        ({"cursors": {"after": 5}}, "result_info.cursors.after"),
    ],
)
def test_a_wrong_paging_part_names_its_field(stub_server, reads, info, field):
    """What can't be read is an error with the path in the whole answer."""
    stub_server.on("GET", NS, ok(namespaces(3), result_info=info))
    with pytest.raises(APIResponseValidationError) as caught:
        reads.list_namespaces()
    assert caught.value.field == field


def test_endless_pages_leave_most_of_the_budget(stub_server, reads, transport):
    """A runaway listing fails long before the rate budget is spent."""
    stub_server.on("GET", NS, lambda got: ok(namespaces(10, start=10 * int(got.query.get("page", "1")))))
    with pytest.raises(IncompleteListingError):
        reads.list_namespaces()
    assert len(stub_server.received) == completeness.MAX_PAGES
    assert transport._budget.limit > 4 * completeness.MAX_PAGES


def test_a_total_may_need_more_pages(stub_server, reads, monkeypatch):
    """A listing that says how long it is may be longer than one that does not."""
    monkeypatch.setattr(completeness, "MAX_PAGES", 2)
    stub_server.on(
        "GET",
        NS,
        lambda got: ok(
            namespaces(10, start=10 * int(got.query.get("page", "1"))), result_info={"total_count": 50}
        ),
    )
    assert len(reads.list_namespaces()) == 50
