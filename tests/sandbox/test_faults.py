"""Faults: each kind as a client meets it, and which requests are struck."""

from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import httpx
import pytest
from support.sandbox_server import RunningSandbox

from wfp_ops.sandbox.control_input import InputError
from wfp_ops.sandbox.faults import KINDS, Fault, FaultBook, read_fault


def test_status_with_code_and_retry_after(sandbox: RunningSandbox) -> None:
    """A refusal with chosen status, code, message and Retry-After in seconds; nothing is done."""
    sandbox.fault("status", method="POST", status=503, code=1234, message="later", retry_after=7, count=1)
    answer = sandbox.http.post(sandbox.namespaces_url, json={"name": "a"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"
    assert answer.json()["errors"] == [{"code": 1234, "message": "later"}]
    assert sandbox.state() == {}
    assert sandbox.http.post(sandbox.namespaces_url, json={"name": "a"}).status_code == 200


def test_retry_after_as_a_date(sandbox: RunningSandbox) -> None:
    """``date:300`` is a date five minutes after the answer's own."""
    sandbox.fault("status", status=429, retry_after="date:300")
    headers = sandbox.http.get(sandbox.namespaces_url).headers
    ahead = parsedate_to_datetime(headers["retry-after"]) - parsedate_to_datetime(headers["date"])
    assert 295 <= ahead.total_seconds() <= 305


def test_reset_does_nothing(sandbox: RunningSandbox) -> None:
    """The connection is reset, and nothing was created."""
    sandbox.fault("reset", count=1)
    with pytest.raises(httpx.ReadError):
        sandbox.http.post(sandbox.namespaces_url, json={"name": "a"})
    assert sandbox.state() == {}


def test_a_lost_answer_is_done(sandbox: RunningSandbox) -> None:
    """The connection is reset, and the change is there."""
    sandbox.fault("lost_answer", count=1)
    with pytest.raises(httpx.ReadError):
        sandbox.http.post(sandbox.namespaces_url, json={"name": "a"})
    assert set(sandbox.state()) == {"a"}


def test_a_cut_body_is_shorter_than_promised(sandbox: RunningSandbox) -> None:
    """The client notices, since the length was promised."""
    sandbox.load("a")
    sandbox.fault("cut", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.http.get(sandbox.namespaces_url)


def test_a_timeout_never_answers(sandbox: RunningSandbox) -> None:
    """The client gives up; the next request is served."""
    sandbox.fault("timeout", count=1)
    with pytest.raises(httpx.ReadTimeout):
        sandbox.http.get(sandbox.namespaces_url, timeout=0.2)
    assert sandbox.http.get(sandbox.namespaces_url).status_code == 200


def test_a_timeout_may_end_in_a_reset(sandbox: RunningSandbox) -> None:
    """After ``delay_s`` the server hangs up."""
    sandbox.fault("timeout", count=1, delay_s=0.05)
    with pytest.raises(httpx.ReadError):
        sandbox.http.get(sandbox.namespaces_url)


def test_slow_is_answered(sandbox: RunningSandbox) -> None:
    """A slow answer is a proper one."""
    sandbox.load("a")
    sandbox.fault("slow", delay_s=0.05)
    assert len(sandbox.http.get(sandbox.namespaces_url).json()["result"]) == 1


def test_slow_ends_with_the_fault(sandbox: RunningSandbox) -> None:
    """Whoever waits is answered once the faults are taken back, and what was asked for is done by then."""
    with sandbox.holding("POST") as held, ThreadPoolExecutor(1) as other:
        asked = other.submit(sandbox.http.post, sandbox.namespaces_url, json={"name": "late"})
        held.wait()
        assert sandbox.state() == {}
        assert not asked.done()
        held.release()
        assert asked.result(30).status_code == 200
    assert set(sandbox.state()) == {"late"}


def test_answers_that_lie(sandbox: RunningSandbox) -> None:
    """Each kind that answers 200 with something wrong."""
    sandbox.load(*"abcd")
    sandbox.switch(listing="paged")
    seen = {}
    for kind in ("success_false", "empty_result", "null_result", "wrong_result", "short_result", "not_json"):
        sandbox.fault(kind, count=1)
        seen[kind] = sandbox.http.get(sandbox.namespaces_url)
        assert seen[kind].status_code == 200
    assert seen["success_false"].json()["success"] is False
    assert seen["empty_result"].json() == {"success": True, "errors": [], "messages": [], "result": []}
    assert seen["null_result"].json()["result"] is None
    assert seen["wrong_result"].json()["result"] == "unexpected"
    assert len(seen["short_result"].json()["result"]) == 2
    assert seen["short_result"].json()["result_info"]["count"] == 4
    with pytest.raises(ValueError):
        seen["not_json"].json()


def test_the_firewall_page(sandbox: RunningSandbox) -> None:
    """HTML with 403 and the header that tells a challenge."""
    sandbox.fault("html")
    answer = sandbox.http.get(sandbox.namespaces_url)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cf-mitigated"] == "challenge"
    assert "cf-ray" in answer.headers


def test_faults_are_shown_and_cleared(sandbox: RunningSandbox) -> None:
    """Met and struck are counted; after clearing everything works."""
    sandbox.fault("status", route="*/namespaces/a*", status=500, skip=1)
    for name in ("a", "a", "b"):
        sandbox.http.get(f"{sandbox.namespaces_url}/{name}")
    (fault,) = sandbox.control("GET", "faults")["faults"]
    assert (fault["met"], fault["struck"]) == (2, 1)
    assert sandbox.control("DELETE", "faults") == {"faults": []}


def test_the_control_routes_are_never_struck(sandbox: RunningSandbox) -> None:
    """Otherwise a fault could not be taken back."""
    sandbox.fault("reset")
    assert sandbox.state() == {}


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"kind": "nonsense"},
        {"kind": "status", "status": 99},
        {"kind": "status", "status": True},
        {"kind": "status", "stutus": 500},
        {"kind": "reset", "probability": 2},
        {"kind": "reset", "probability": None},
        {"kind": "reset", "count": -1},
        {"kind": "reset", "count": 1.5},
        {"kind": "reset", "method": "FETCH"},
        {"kind": "reset", "route": 7},
        {"kind": "status", "retry_after": "soon"},
        {"kind": "slow", "delay_s": "1"},
    ],
)
def test_bad_faults_are_refused_with_words(document: object) -> None:
    """Nothing is guessed."""
    with pytest.raises(InputError, match=r"\w+"):
        read_fault(document)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_read(kind: str) -> None:
    """With nothing but its name."""
    assert read_fault({"kind": kind}) == Fault(kind=kind)


def test_probability_is_seeded() -> None:
    """The same seed strikes the same requests, about as many as asked for."""

    def struck(seed: int) -> list[bool]:
        book = FaultBook(seed)
        book.add(Fault("reset", probability=0.3))
        return [book.strike("GET", "/accounts") is not None for _ in range(500)]

    assert struck(1) == struck(1) != struck(2)
    assert 100 < sum(struck(1)) < 200


def test_the_first_fault_that_strikes_has_the_request() -> None:
    """Spent faults let the next one in."""
    book = FaultBook(1)
    book.add(Fault("reset", count=1))
    book.add(Fault("cut", method="GET", route="/accounts/*"))
    strikes = [
        book.strike("GET", "/accounts/x"),
        book.strike("GET", "/accounts/x"),
        book.strike("PUT", "/accounts/x"),
    ]
    assert [fault and fault.kind for fault in strikes] == ["reset", "cut", None]
