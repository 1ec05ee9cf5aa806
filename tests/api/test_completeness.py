"""When a listing is believed to be whole, when it is only shown, and when it is an error."""

from __future__ import annotations

import pytest
from support.names import NS, namespace, namespaces
from support.stub_server import Received, html, ok, refused

from wfp_ops.api import completeness
from wfp_ops.api import transport as transport_module
from wfp_ops.errors import (
    APIStatusError,
    IncompleteListingError,
    InternalServerError,
    NamespaceNotFoundError,
    RateLimitError,
)

SCRIPTS = f"{NS}/production/scripts"


def page_of(got: Received) -> int:
    return int(got.query.get("page", "1"))


def paged(rows, per_page, **info):
    """A server that really pages, with the totals that it should send."""

    def react(got: Received):
        page = page_of(got)
        part = rows[(page - 1) * per_page : page * per_page]
        told = {"page": page, "per_page": per_page, "count": len(part), "total_count": len(rows)}
        return ok(part, result_info={**told, **info})

    return react


def bare(rows, per_page):
    """A server that really pages and says nothing of it."""
    return lambda got: ok(rows[(page_of(got) - 1) * per_page : page_of(got) * per_page])


@pytest.mark.parametrize("count", [1, 3, 99, 101, 412])
def test_no_page_has_this_length(stub_server, reads, count):
    """Without result_info, a length that is no multiple of 10 can't be a page's: one call proves it."""
    stub_server.on("GET", NS, ok(namespaces(count)))
    listing = reads.list_namespaces()
    assert listing.proof.proven
    assert len(listing) == count
    assert len(stub_server.received) == 1
    assert stub_server.received[0].query == {}


@pytest.mark.parametrize("count", [0, 10, 20, 100, 1000])
def test_paging_ignored_is_proof(stub_server, reads, count):
    """A page's length, and page 2 brings the same (or, for none, nothing) again."""
    stub_server.on("GET", NS, ok(namespaces(count)))
    listing = reads.list_namespaces()
    assert listing.proof.proven
    assert len(listing) == count
    assert [page_of(got) for got in stub_server.received] == [1, 2]


@pytest.mark.parametrize("result_info", [None, {}, {"count": 100}, {"page": 1}])
def test_empty_page_two_is_proof(stub_server, reads, result_info):
    """A page of exactly 100 rows and an empty one after it."""
    answers = [ok(namespaces(100), result_info=result_info), ok([])]
    stub_server.on("GET", NS, *answers)
    listing = reads.list_namespaces()
    assert listing.proof.proven
    assert len(listing) == 100


@pytest.mark.parametrize(("count", "per_page"), [(100, 50), (120, 100), (101, 100), (250, 100), (300, 100)])
def test_real_pages_without_result_info_are_followed(stub_server, reads, count, per_page):
    """When page 2 brings new rows, the listing was longer: read on to its end."""
    stub_server.on("GET", NS, bare(namespaces(count), per_page))
    listing = reads.list_namespaces()
    assert listing.proof.proven
    assert [item.name for item in listing] == [f"customer-{index}" for index in range(count)]


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_page_two_refused_is_unproven(stub_server, reads, status):
    """A 4xx to the probe leaves it open: the rows can be looked at, and it says why."""
    stub_server.on("GET", NS, ok(namespaces(100)), refused(status, 4711, "Unknown query parameter page"))
    listing = reads.list_namespaces()
    assert not listing.proof.proven
    assert "Unknown query parameter page" in listing.proof.how
    assert len(listing) == 100


@pytest.mark.parametrize("answer", [refused(500), refused(429, 971, retry_after="300"), html(200)])
def test_page_two_failed_is_an_error(stub_server, reads, answer):
    """Any other failure of the probe is no verdict at all."""
    stub_server.on("GET", NS, ok(namespaces(100)), answer)
    with pytest.raises(Exception) as caught:
        reads.list_namespaces()
    assert caught.type.__module__ == "wfp_ops.errors"


def test_promised_page_refused_is_an_error(stub_server, reads):
    """A refusal of a page that result_info promised is a refusal, not a doubt."""
    info = {"page": 1, "per_page": 100, "count": 100, "total_count": 200}
    stub_server.on("GET", NS, ok(namespaces(100), result_info=info), refused(400))
    with pytest.raises(APIStatusError):
        reads.list_namespaces()


@pytest.mark.parametrize(
    ("count", "per_page"), [(0, 20), (3, 20), (20, 20), (45, 20), (100, 100), (200, 100)]
)
@pytest.mark.parametrize("total_pages", [False, True])
def test_totals_agree(stub_server, reads, count, per_page, total_pages):
    """With totals, exactly the pages that are due are read, and they prove it."""
    more = {"total_pages": -(-count // per_page)} if total_pages else {}
    stub_server.on("GET", NS, paged(namespaces(count), per_page, **more))
    listing = reads.list_namespaces()
    assert listing.proof.proven
    assert len(listing) == count
    assert len(stub_server.received) == max(1, -(-count // per_page))


@pytest.mark.parametrize(
    "info",
    [
        {"page": 1, "per_page": 100, "count": 3, "total_count": 412},
        {"page": 1, "per_page": 100, "count": 412, "total_count": 412},
        {"count": 4},
        {"count": 2},
        {"total_count": 2},
        {"total_count": 0},
        {"total_count": 4, "cursor": ""},
    ],
)
def test_result_info_that_promises_something_else(stub_server, reads, info):
    """More promised than came (page 2 brings the same), or less: no listing."""
    stub_server.on("GET", NS, ok(namespaces(3), result_info=info))
    with pytest.raises(IncompleteListingError) as caught:
        reads.list_namespaces()
    assert caught.value.field.startswith("result_info.")


def test_promised_rows_that_never_come(stub_server, reads):
    """An empty page before the total is reached: no listing."""
    info = {"page": 1, "per_page": 100, "total_count": 412}
    stub_server.on("GET", NS, lambda got: ok(namespaces(100) if page_of(got) == 1 else [], result_info=info))
    with pytest.raises(IncompleteListingError):
        reads.list_namespaces()


def test_total_forgotten_on_page_two(stub_server, reads):
    """What page 1 promised holds, also when page 2 says nothing any more."""
    info = {"page": 1, "per_page": 100, "total_count": 412}
    stub_server.on("GET", NS, ok(namespaces(100), result_info=info), ok([]))
    with pytest.raises(IncompleteListingError):
        reads.list_namespaces()


def moving(changes: int):
    """Two pages whose second overlaps the first for so many reads of the listing."""
    reads_done = {"count": 0}

    def react(got: Received):
        if page_of(got) == 1:
            reads_done["count"] += 1
            return ok(namespaces(20), result_info={"total_count": 25, "per_page": 20, "page": 1})
        start = 19 if reads_done["count"] <= changes else 20
        return ok(namespaces(5, start=start), result_info={"total_count": 25, "per_page": 20, "page": 2})

    return react


@pytest.mark.parametrize("changes", [1, 2])
def test_the_same_namespace_twice_across_pages_is_read_again(stub_server, reads, changes):
    """It moved under us: read again, at most twice, and then it is whole."""
    stub_server.on("GET", NS, moving(changes))
    listing = reads.list_namespaces()
    assert [item.name for item in listing] == [f"customer-{index}" for index in range(25)]
    assert len(stub_server.received) == 2 * (changes + 1)


def test_a_listing_that_keeps_moving_is_an_error(stub_server, reads):
    """Three moving reads in a row are enough."""
    stub_server.on("GET", NS, moving(99))
    with pytest.raises(IncompleteListingError):
        reads.list_namespaces()
    assert len(stub_server.received) == 6


def test_a_total_that_changes_is_read_again(stub_server, reads):
    """The total of page 2 differs from page 1's: from the start again."""
    first = ok(namespaces(20), result_info={"total_count": 25, "per_page": 20, "page": 1})
    other = ok(namespaces(6, start=20), result_info={"total_count": 26, "per_page": 20, "page": 2})
    stub_server.on("GET", NS, first, other, paged(namespaces(26), 20))
    assert len(reads.list_namespaces()) == 26


@pytest.mark.parametrize(
    "twice", [namespace("customer-1", 7), namespace("other") | {"namespace_id": "id-customer-1-0"}]
)
def test_twice_in_one_page_is_an_error(stub_server, reads, twice):
    """Two namespaces of one name, or of one id, in one page contradict themselves."""
    stub_server.on("GET", NS, ok([*namespaces(4), twice]))
    with pytest.raises(IncompleteListingError) as caught:
        reads.list_namespaces()
    assert caught.value.field.startswith("result[4].")


def test_clamped_page_numbers_are_unproven(stub_server, reads):
    """A server that repeats its last page for every later one proves nothing."""
    rows = namespaces(40)
    stub_server.on("GET", NS, lambda got: ok(rows[:20] if page_of(got) == 1 else rows[20:]))
    listing = reads.list_namespaces()
    assert not listing.proof.proven
    assert len(listing) == 40


def test_endless_pages_end(stub_server, reads, monkeypatch):
    """A server that always has another page is stopped."""
    monkeypatch.setattr(completeness, "MAX_PAGES", 5)
    stub_server.on("GET", NS, lambda got: ok(namespaces(10, start=10 * page_of(got))))
    with pytest.raises(IncompleteListingError):
        reads.list_namespaces()
    assert len(stub_server.received) == 5


def workers(count, start=0):
    return [{"id": f"worker-{index}", "tags": ["pro"], "novel": 1} for index in range(start, start + count)]


def cursored(rows, per_page, last=""):
    """A server that pages by cursor; ``last`` is what ends it."""

    def react(got: Received):
        start = int(got.query.get("cursor", "0"))
        end = start + per_page
        cursor = str(end) if end < len(rows) else last
        info = {"count": len(rows[start:end]), "per_page": per_page, "cursor": cursor}
        return ok(rows[start:end], result_info={k: v for k, v in info.items() if v is not None})

    return react


def test_ten_thousand_workers(stub_server, reads):
    """In at most 15 calls, each with the limit, the cursor passed back."""
    stub_server.on("GET", SCRIPTS, cursored(workers(10_000), 1000))
    listing = reads.list_workers("production")
    assert len(listing) == 10_000
    assert listing.proof.proven
    assert len(stub_server.received) <= 15
    assert all(got.query["limit"] == "1000" for got in stub_server.received)


@pytest.mark.parametrize("last", ["", None])
@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
def test_a_cursor_that_ends(stub_server, reads, last, count):
    """An empty or missing cursor ends the listing."""
    stub_server.on("GET", SCRIPTS, cursored(workers(count), 100, last))
    listing = reads.list_workers("production")
    assert listing.proof.proven
    assert [item.name for item in listing] == [f"worker-{index}" for index in range(count)]


def test_a_cursor_that_repeats(stub_server, reads):
    """An endless loop is seen."""
    pages = iter(range(100))
    info = {"cursor": "same"}
    stub_server.on("GET", SCRIPTS, lambda _: ok(workers(10, start=10 * next(pages)), result_info=info))
    with pytest.raises(IncompleteListingError) as caught:
        reads.list_workers("production")
    assert caught.value.field == "result_info.cursor"
    assert len(stub_server.received) == 2


def test_a_worker_twice_across_pages(stub_server, reads):
    """Overlapping cursor pages mean that it moved; when it stays so, it is an error."""
    stub_server.on(
        "GET",
        SCRIPTS,
        lambda got: (
            ok(workers(10, start=5), result_info={"cursor": ""})
            if "cursor" in got.query
            else ok(workers(10), result_info={"cursor": "next"})
        ),
    )
    with pytest.raises(IncompleteListingError):
        reads.list_workers("production")
    assert len(stub_server.received) == 6


def test_the_tag_filter_is_encoded(stub_server, reads):
    """A filter may hold anything, and stays one parameter."""
    stub_server.on("GET", SCRIPTS, ok(workers(1)))
    reads.list_workers("production", tags="customer-42:yes,a b&limit=1:no")
    assert stub_server.received[0].query == {"limit": "1000", "tags": "customer-42:yes,a b&limit=1:no"}
    assert "customer-42%3Ayes%2Ca%20b%26limit%3D1%3Ano" in stub_server.received[0].raw_target


def test_workers_of_no_namespace(stub_server, reads):
    """A missing namespace is an error, not an empty list."""
    stub_server.on("GET", SCRIPTS, refused(404, 100119))
    with pytest.raises(NamespaceNotFoundError):
        reads.list_workers("production")


def test_errors_inside_a_listing_keep_their_kind(stub_server, reads):
    """Throttling and server errors in the middle come out as what they are."""
    stub_server.on("GET", SCRIPTS, ok(workers(10), result_info={"cursor": "x"}), refused(500))
    with pytest.raises(InternalServerError):
        reads.list_workers("production")
    stub_server.on("GET", SCRIPTS, refused(429, 971, retry_after="300"))
    with pytest.raises(RateLimitError):
        reads.list_workers("production")


def test_the_same_bytes_are_not_decoded_again(stub_server, reads, monkeypatch):
    """Page 2 of an endpoint that does not page: proven as ever, and its rows are made once."""
    stub_server.on("GET", NS, ok([{"namespace_name": f"customer-{number}"} for number in range(20)]))
    decoded = []
    original = transport_module.read_answer
    monkeypatch.setattr(
        transport_module, "read_answer", lambda reply, shape: decoded.append(1) or original(reply, shape)
    )
    found = reads.list_namespaces()
    assert len(found) == 20
    assert found.proof.proven
    assert len(decoded) == 1
