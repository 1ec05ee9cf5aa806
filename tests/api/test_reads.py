"""Single reads: the right thing, or an error that says what is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.names import ACCOUNT, NS, namespace
from support.stub_server import as_json, html, ok, refused

from wfp_ops.api.paths import path_part, with_query
from wfp_ops.errors import (
    AccountTokenError,
    APIResponseValidationError,
    AuthenticationError,
    FirewallError,
    NamespaceNotFoundError,
    NotFoundError,
    NotPurchasedError,
    SettingsError,
    WorkerNotFoundError,
)

SC = f"{NS}/production/scripts/worker"
USER = "/user/tokens/verify"
OWN = f"/accounts/{ACCOUNT}/tokens/verify"
TOKEN_ID = "ed17574386854bf78a67040be0a770b0"


def test_another_name_than_asked_for(stub_server, reads):
    """An answer about something else is not believed."""
    stub_server.on("GET", f"{NS}/a", ok(namespace("b")))
    with pytest.raises(APIResponseValidationError) as caught:
        reads.get_namespace("a")
    assert caught.value.field == "result.namespace_name"


@pytest.mark.parametrize("early", [refused(404, 100119), refused(403, 10000)])
def test_a_fresh_namespace_is_waited_for(stub_server, reads, fake_clock, early):
    """404 and 403 right after a create are waited out when asked to."""
    stub_server.on("GET", f"{NS}/a", early, early, early, ok(namespace("a")))
    assert reads.get_namespace("a", wait_s=10).name == "a"
    assert 0 < fake_clock.monotonic() <= 10


def test_waiting_is_bounded(stub_server, reads, fake_clock):
    """What never shows is missing, and without a wait at once."""
    stub_server.on("GET", f"{NS}/a", refused(404, 100119))
    with pytest.raises(NamespaceNotFoundError):
        reads.get_namespace("a", wait_s=10)
    assert 5 < fake_clock.monotonic() <= 10
    slept = len(fake_clock.sleeps)
    with pytest.raises(NamespaceNotFoundError):
        reads.get_namespace("a")
    assert len(fake_clock.sleeps) == slept


@pytest.mark.parametrize(
    ("answer", "error"),
    [(refused(403, 10121), NotPurchasedError), (html(403, cf_mitigated="challenge"), FirewallError)],
)
def test_what_waiting_can_not_cure_is_not_waited_for(stub_server, reads, fake_clock, answer, error):
    """A product not bought and a firewall do not go away in seconds."""
    stub_server.on("GET", f"{NS}/a", answer)
    with pytest.raises(error):
        reads.get_namespace("a", wait_s=10)
    assert fake_clock.sleeps == []


@pytest.mark.parametrize(
    "answer",
    [
        refused(404, 10007),
        refused(404, 10090),
        refused(404, 10092),
        ok({"script": None, "dispatch_namespace": "production"}),
        ok({}),
    ],
)
def test_a_missing_worker_in_every_form(stub_server, reads, answer):
    """404 with any of the codes, or 200 with ``script: null``, all mean that there is none."""
    stub_server.on("GET", SC, answer)
    with pytest.raises(WorkerNotFoundError):
        reads.get_worker("production", "worker")


@pytest.mark.parametrize("script", [{"id": "worker"}, {"id": "some-uuid", "script_name": "worker"}])
def test_a_worker(stub_server, reads, script):
    """``script_name`` counts before ``id``."""
    stub_server.on("GET", SC, ok({"script": script, "dispatch_namespace": "production"}))
    assert reads.get_worker("production", "worker").name == "worker"


def test_another_worker_than_asked_for(stub_server, reads):
    """An answer about another Worker is not believed."""
    stub_server.on("GET", SC, ok({"script": {"id": "other"}}))
    with pytest.raises(APIResponseValidationError):
        reads.get_worker("production", "worker")


def test_a_user_token(stub_server, reads):
    """One call, and the note that it is fine is no error."""
    message = {"code": 10000, "message": "This API Token is valid and active", "type": None}
    stub_server.on("GET", USER, ok({"id": TOKEN_ID, "status": "active"}, messages=[message]))
    status = reads.verify_token()
    assert status.active
    assert status.id == TOKEN_ID
    assert len(stub_server.received) == 1


@pytest.mark.parametrize(
    "refusal",
    [refused(401, 1000), refused(400, 1000), refused(403, 9106), refused(400, 9106), refused(403, 10000)],
)
def test_an_account_owned_token(stub_server, reads, refusal):
    """It fails on the user's endpoint although it works: the account's endpoint decides."""
    stub_server.on("GET", USER, refusal)
    stub_server.on(
        "GET", OWN, ok({"id": TOKEN_ID, "status": "disabled", "expires_on": "2027-01-01T00:00:00Z"})
    )
    assert reads.verify_token().status == "disabled"


def test_a_bad_token(stub_server, reads):
    """Both endpoints refuse: now it is bad, and not merely account-owned."""
    stub_server.on("GET", USER, refused(401, 1000))
    stub_server.on("GET", OWN, refused(401, 1000))
    with pytest.raises(AuthenticationError) as caught:
        reads.verify_token()
    assert not isinstance(caught.value, AccountTokenError)
    assert caught.value.__context__ is None


def test_a_firewall_is_no_bad_token(stub_server, reads):
    """A challenge says nothing about the token."""
    stub_server.on("GET", USER, html(403, cf_mitigated="challenge"))
    with pytest.raises(FirewallError):
        reads.verify_token()


def test_what_lies_below_a_worker(stub_server, reads):
    """Settings, bindings, secrets and tags come as Cloudflare sends them; null tags are none."""
    stub_server.on("GET", f"{SC}/settings", ok({"tags": ["pro"]}))
    stub_server.on("GET", f"{SC}/bindings", ok([{"name": "A", "type": "plain_text"}]))
    stub_server.on("GET", f"{SC}/secrets", ok([{"name": "S", "type": "secret_text"}]))
    stub_server.on("GET", f"{SC}/secrets/S%2F1", ok({"name": "S/1", "type": "secret_text"}))
    stub_server.on("GET", f"{SC}/tags", ok(None), ok(["pro"]))
    assert reads.get_settings("production", "worker") == {"tags": ["pro"]}
    assert reads.get_bindings("production", "worker")[0]["type"] == "plain_text"
    assert reads.list_secrets("production", "worker")[0]["name"] == "S"
    assert reads.get_secret("production", "worker", "S/1")["name"] == "S/1"
    assert reads.list_tags("production", "worker") == []
    assert reads.list_tags("production", "worker") == ["pro"]


@pytest.mark.parametrize(
    "answer",
    [html(200), refused(404, 10007), as_json({"success": False, "errors": [{"code": 10007}]}, status=404)],
)
def test_content_that_is_none(stub_server, reads, answer):
    """A page or a refusal is not taken for a Worker's code."""
    stub_server.on("GET", f"{SC}/content", answer)
    with pytest.raises((APIResponseValidationError, WorkerNotFoundError)):
        reads.get_content("production", "worker")


@pytest.mark.parametrize("name", ["", ".", "..", "\ud800"])
def test_names_that_would_address_something_else(reads, name, stub_server):
    """Refused before anything is sent."""
    for call in (reads.get_namespace, reads.list_workers, lambda text: reads.get_worker("production", text)):
        with pytest.raises(SettingsError):
            call(name)
    assert stub_server.received == []


@given(st.text(min_size=1, max_size=300).filter(lambda text: text not in {".", ".."}))
def test_a_path_part_can_be_read_back(text):
    """Encoding is undone by decoding, and what is encoded is one plain segment."""
    from urllib.parse import unquote

    try:
        encoded = path_part(text)
    except SettingsError:
        assert any(0xD800 <= ord(char) <= 0xDFFF for char in text)
        return
    assert unquote(encoded) == text
    assert encoded.isascii()
    assert not set(encoded) & set("/?#\\ \r\n;,&=")


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8")))
)
def test_a_query_can_be_read_back(query):
    """Every parameter arrives as it was meant."""
    from urllib.parse import parse_qsl, urlsplit

    url = urlsplit(with_query("/x", query))
    assert dict(parse_qsl(url.query, keep_blank_values=True)) == query


@pytest.mark.parametrize("name", ["a/../b", "a?b", "a#b", "a%2e%2e", "a\r\nX-Evil: 1", "☕", "..;", "\\..\\"])
def test_names_arrive_as_one_segment(stub_server, reads, name):
    """On the wire, too: httpx does not undo the encoding, and no header is smuggled in."""
    from urllib.parse import unquote

    with pytest.raises(NotFoundError):
        reads.get_namespace(name)
    (got,) = stub_server.received
    assert unquote(got.path.removeprefix(f"{NS}/")) == name
    assert "/" not in got.path.removeprefix(f"{NS}/")
    assert "x-evil" not in got.headers
