"""What is tried again, what never is, and that every call ends."""

from __future__ import annotations

import socket
from datetime import timedelta
from email.utils import format_datetime

import pytest
from support.fake_clock import START
from support.names import ACCOUNT, NS, namespace, namespaces
from support.stub_server import Answer, Cut, Drip, Hang, Raw, Reset, html, ok, refused

from wfp_ops.api.reads import Reads
from wfp_ops.api.retries import RetryPolicy
from wfp_ops.api.writes import Writes
from wfp_ops.clock import SystemClock
from wfp_ops.errors import (
    AmbiguousOutcomeError,
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    InternalServerError,
    RateLimitError,
)

WHOLE = ok(namespaces(3)).body
BLIPS = [
    refused(500),
    refused(503, 10013),
    html(502),
    refused(429, 971),
    refused(429, 10429, retry_after="3"),
    html(429),
    Reset(),
    Cut(WHOLE, 40),
    Answer(WHOLE[:40]),
    Raw(b"this is no HTTP\r\n\r\n"),
    Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\ngarbage"),
    Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Encoding: gzip\r\n\r\nnot gzip!!"),
]


@pytest.mark.parametrize("blip", BLIPS, ids=lambda blip: type(blip).__name__)
def test_reads_are_tried_again(stub_server, reads, blip):
    """A GET survives any passing failure."""
    stub_server.on("GET", NS, blip, blip, ok(namespaces(3)))
    assert len(reads.list_namespaces()) == 3
    assert len(stub_server.received) == 3


@pytest.mark.parametrize("blip", BLIPS, ids=lambda blip: type(blip).__name__)
def test_lasting_failures_end_bounded(stub_server, reads, fake_clock, blip):
    """A failure that stays ends in an error after a bounded number of tries, within the deadline."""
    stub_server.on("GET", NS, blip)
    with pytest.raises(Exception) as caught:
        reads.list_namespaces()
    assert caught.type.__module__ == "wfp_ops.errors"
    assert 2 <= len(stub_server.received) <= 25
    assert fake_clock.monotonic() <= 121


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_refusals_are_final(stub_server, reads, status):
    """No means no: it is not asked again."""
    stub_server.on("GET", NS, refused(status))
    with pytest.raises(APIStatusError):
        reads.list_namespaces()
    assert len(stub_server.received) == 1


@pytest.mark.parametrize(
    "fate",
    [Reset(), Cut(WHOLE, 40), Raw(b""), Raw(b"junk\r\n\r\n"), Answer(WHOLE[:40]), refused(500), html(504)],
)
@pytest.mark.parametrize(("method", "path"), [("POST", NS), ("PUT", f"{NS}/a"), ("DELETE", f"{NS}/a")])
def test_changes_with_a_lost_answer_are_never_repeated(stub_server, transport, fate, method, path):
    """Nobody knows whether it happened: that is said, and it is sent once only."""
    stub_server.on(method, path, fate)
    writes = Writes(transport, ACCOUNT)
    call = {
        "POST": lambda: writes.create_namespace("a"),
        "PUT": lambda: writes.update_namespace("a", new_name="b", trusted_workers=False),
        "DELETE": lambda: writes.delete_namespace("a"),
    }[method]
    with pytest.raises(AmbiguousOutcomeError) as caught:
        call()
    assert len(stub_server.received) == 1
    assert "look whether it happened" in caught.value.hint
    if isinstance(fate, Answer) and fate.status >= 500:
        assert caught.value.status_code == fate.status


def test_a_change_that_times_out_is_ambiguous(stub_server, make_transport):
    """A hanging answer to a change may hide a change that was made."""
    stub_server.on("POST", NS, Hang())
    with pytest.raises(AmbiguousOutcomeError):
        Writes(make_transport(timeout_s=0.1), ACCOUNT).create_namespace("a")
    assert len(stub_server.received) == 1


def test_a_throttled_change_is_sent_again(stub_server, writes):
    """A 429 was not carried out, so a change may be sent again."""
    stub_server.on("POST", NS, refused(429, 971, retry_after="2"), ok(namespace("a")))
    assert writes.create_namespace("a").name == "a"


def test_a_change_that_never_left_is_sent_again_then_a_connection_error(make_transport):
    """Where nothing listens nothing was sent: tried again, and in the end no ambiguity."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    transport = make_transport(base_url=f"http://127.0.0.1:{port}/client/v4")
    with pytest.raises(APIConnectionError) as caught:
        Writes(transport, ACCOUNT).create_namespace("a")
    assert not isinstance(caught.value, APITimeoutError)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed(stub_server, reads, fake_clock, form):
    """Both forms of Retry-After are waited for, and a little more."""
    value = "30" if form == "seconds" else format_datetime(START + timedelta(seconds=30), usegmt=True)
    stub_server.on("GET", NS, refused(429, 971, retry_after=value), ok(namespaces(3)))
    reads.list_namespaces()
    assert 30 <= fake_clock.monotonic() < 32


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_past_the_deadline_says_when_to_come_back(stub_server, reads, fake_clock, form):
    """Five minutes do not fit in two: no waiting at all, and the time in UTC."""
    value = "300" if form == "seconds" else format_datetime(START + timedelta(seconds=300), usegmt=True)
    stub_server.on("GET", NS, refused(429, 971, retry_after=value))
    with pytest.raises(RateLimitError) as caught:
        reads.list_namespaces()
    assert fake_clock.sleeps == []
    assert caught.value.retry_after_s == 300
    assert "2026-11-23T12:05:01Z" in caught.value.hint


def test_the_whole_machine_knows_of_a_429(stub_server, reads, fake_clock):
    """After a 429 with five minutes to wait, the next call is not even sent."""
    stub_server.on("GET", NS, refused(429, 971, retry_after="300"), ok(namespaces(3)))
    with pytest.raises(RateLimitError):
        reads.list_namespaces()
    with pytest.raises(RateLimitError):
        reads.list_namespaces()
    assert len(stub_server.received) == 1
    fake_clock.advance(301)
    assert len(reads.list_namespaces()) == 3


def test_without_a_deadline_retry_after_is_waited_for(stub_server, transport, fake_clock):
    """An apply waits as long as Cloudflare asks."""
    stub_server.on("GET", NS, refused(429, 971, retry_after="300"), ok(namespaces(3)))
    assert len(Reads(transport.with_deadline(None), ACCOUNT).list_namespaces()) == 3
    assert fake_clock.monotonic() >= 300


def test_back_off_grows_and_differs(stub_server, reads, fake_clock):
    """Waits between tries grow and are jittered."""
    stub_server.on("GET", NS, refused(500))
    with pytest.raises(InternalServerError):
        reads.list_namespaces()
    assert len(fake_clock.sleeps) == RetryPolicy().attempts - 1
    assert fake_clock.sleeps == sorted(fake_clock.sleeps)
    assert all(wait != round(wait, 1) for wait in fake_clock.sleeps)


@pytest.mark.parametrize(
    "fate", [Hang(), Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), Drip(b" " * 500, 0.01)]
)
def test_a_server_that_hangs_ends_within_the_deadline(stub_server, make_transport, fate):
    """Silent, silent in the middle, or dripping without end: the call ends."""
    stub_server.on("GET", NS, fate)
    transport = make_transport(clock=SystemClock(), deadline_s=0.4, timeout_s=0.2)
    with pytest.raises(APITimeoutError) as caught:
        Reads(transport, ACCOUNT).list_namespaces()
    assert caught.value.endpoint == f"GET {NS}"


def test_a_post_that_changes_nothing_may_be_repeated(stub_server, transport):
    """A query sent as POST is tried again like a GET."""
    stub_server.on("POST", "/graphql", refused(503), ok([1]))
    assert transport.call("POST", "/graphql", list[int], json={"query": "{ }"}, safe=True).result == [1]


def test_threads_share_one_transport(stub_server, reads):
    """Many threads at once read what each asked for."""
    from concurrent.futures import ThreadPoolExecutor

    for index in range(40):
        stub_server.on("GET", f"{NS}/customer-{index}", ok(namespace(f"customer-{index}")))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda index: reads.get_namespace(f"customer-{index}").name, range(40)))
    assert found == [f"customer-{index}" for index in range(40)]


def test_closed_means_closed(transport, reads):
    """A closed transport says so; another deadline's copy closes nothing."""
    with transport.with_deadline(None):
        pass
    transport.close()
    transport.close()
    with pytest.raises(RuntimeError, match="closed"):
        reads.list_namespaces()


@pytest.mark.parametrize("value", [None, "soon", "-5", "1e999", "9" * 400, "0"])
def test_a_429_that_stays_without_a_time_is_the_block_of_five_minutes(stub_server, reads, fake_clock, value):
    """Three tries, then Cloudflare's five minutes are assumed, and everybody is held back for them."""
    stub_server.on("GET", NS, refused(429, 971, **({} if value is None else {"retry_after": value})))
    with pytest.raises(RateLimitError) as caught:
        reads.list_namespaces()
    assert len(stub_server.received) == 3
    assert caught.value.status_code == 429
    assert caught.value.retry_after_s == 300
    assert "come back at 2026-11-23T12:05" in caught.value.hint
    assert fake_clock.monotonic() < 10
    with pytest.raises(RateLimitError) as held:
        reads.list_namespaces()
    assert len(stub_server.received) == 3
    assert held.value.status_code == 0
    assert held.value.retry_after_s > 280


def test_without_a_deadline_the_five_minutes_are_waited_for(stub_server, transport, fake_clock):
    """An apply goes on after the block."""
    vague = refused(429, 971)
    stub_server.on("GET", NS, vague, vague, vague, ok(namespaces(3)))
    assert len(Reads(transport.with_deadline(None), ACCOUNT).list_namespaces()) == 3
    assert fake_clock.monotonic() >= 300
