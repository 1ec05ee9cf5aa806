"""The token is shown nowhere, goes nowhere else, and a bad one or a bad base URL is refused at once."""

from __future__ import annotations

import logging
import traceback

import pytest
from pydantic import SecretStr
from support.names import ACCOUNT, NS, TOKEN
from support.stub_server import Answer, Cut, Hang, Raw, Reset, as_json, html, ok, refused

from wfp_ops.api.client import Cloudflare
from wfp_ops.api.origin import checked_base_url, checked_token
from wfp_ops.api.reads import Reads
from wfp_ops.api.retries import RetryPolicy
from wfp_ops.api.transport import Transport
from wfp_ops.errors import SettingsError, WfpOpsError

ECHO = {"success": False, "errors": [{"code": 10000, "message": f"bad token {TOKEN}"}], "result": None}
FATES = [
    Reset(),
    Hang(),
    Cut(b"x" * 100, 10),
    Raw(b"junk\r\n\r\n"),
    Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n"),
    html(200),
    html(403, cf_mitigated=f"challenge {TOKEN}", cf_ray=TOKEN),
    refused(401, 1000),
    refused(500),
    refused(429, 971, retry_after="300"),
    as_json(ECHO, status=403),
    as_json(ECHO),
    as_json({"code": 1, "error": TOKEN}, status=400),
    as_json({"success": True, "result": TOKEN}),
    Answer(b"", 302, {"Location": f"https://evil.example/{TOKEN}"}),
]


def everything_about(error: BaseException) -> str:
    """All that a debugger, a log or a notebook could show of an error, its chain and its locals."""
    # the first frame is the test's own, which knows the token
    error = error.with_traceback(error.__traceback__.tb_next if error.__traceback__ else None)
    seen = [repr(error), str(error), repr(getattr(error, "__dict__", ""))]
    if isinstance(error, WfpOpsError):
        seen += [error._repr_html_(), *error._render_traceback_()]
    walk: BaseException | None = error
    while walk is not None:
        told = traceback.TracebackException.from_exception(walk, capture_locals=True)
        seen += list(told.format())
        walk = walk.__cause__ or walk.__context__
    return "\n".join(seen)


@pytest.mark.parametrize("fate", FATES, ids=lambda fate: type(fate).__name__)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_error_holds_the_token(stub_server, make_transport, fate, method):
    """Not in message, body, repr, chain, or any local variable of any frame, even when it is echoed."""
    stub_server.on(method, NS, fate)
    transport = make_transport(timeout_s=0.1, retries=RetryPolicy(attempts=2))
    with pytest.raises(WfpOpsError) as caught:
        transport.call(method, NS, list)
    assert TOKEN not in everything_about(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_an_interrupt_leaves_no_frames_with_the_token(stub_server, make_transport, monkeypatch):
    """Ctrl-C in the middle of a request: it comes through, without the frames below."""
    transport = make_transport()
    stub_server.on("GET", NS, ok([]))

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("httpx.Response.iter_bytes", interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        transport.call("GET", NS, list)
    assert TOKEN not in everything_about(caught.value)


def test_no_repr_and_no_log_line_holds_the_token(stub_server, transport, caplog):
    """Objects can be shown and logging can be turned up as far as it goes."""
    caplog.set_level(logging.DEBUG)
    stub_server.on("GET", NS, ok([]))
    reads = Reads(transport, ACCOUNT)
    reads.list_namespaces()
    shown = repr(transport) + repr(reads) + repr(vars(transport)) + repr(vars(transport._wire)) + caplog.text
    assert TOKEN not in shown
    with Cloudflare(api_token=TOKEN, base_url=stub_server.base_url) as client:
        assert TOKEN not in repr(client) + repr(vars(client)) + repr(client.workers_for_platforms)


def test_the_token_goes_into_the_header_and_only_there(stub_server, transport):
    """Bearer, as Cloudflare asks."""
    stub_server.on("GET", NS, ok([]))
    Reads(transport, ACCOUNT).list_namespaces()
    for got in stub_server.received:
        assert got.headers["authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in got.raw_target


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "empty"),
        ("abc\n", "line break"),
        ("abc\r\nX-Evil: 1", "line break"),
        (" abc", "blank"),
        ("ab cd", "blank"),
        ("abc\t", "blank"),
        ("tökén", "ASCII"),
        ("abc\x00", "control"),
        ("abc\u2028d", "blank"),
    ],
)
def test_bad_tokens(token, reason):
    """Refused before anything is sent, saying why and never what."""
    with pytest.raises(SettingsError) as caught:
        checked_token(SecretStr(token))
    assert reason in caught.value.message
    assert not token.strip() or token.strip() not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.cloudflare.com/client/v4",
        "https://api.cloudflare.com/client/v4/",
        "http://127.0.0.1:8080/client/v4",
        "http://127.8.9.1/x",
        "http://[::1]:80/client/v4",
        "http://localhost:1/client/v4",
        "http://LOCALHOST:1",
    ],
)
def test_good_base_urls(url):
    """Encrypted anywhere, plain on this machine."""
    assert not checked_base_url(url).endswith("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.cloudflare.com",
        "ftp://127.0.0.1",
        "http://api.cloudflare.com/client/v4",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://2130706433/",
        "https://user:password@api.cloudflare.com/",
        "https://api.cloudflare.com/?x=1",
        "https://api.cloudflare.com/#x",
        "https://api.cloudflare.com/\nx",
        "https://",
        "http://[::1",
        "http://127.0.0.1:99999999/",
    ],
)
def test_bad_base_urls(url, fake_clock):
    """Whatever could carry the token in the clear, or is no URL, is refused; no password is repeated."""
    with pytest.raises(SettingsError) as caught:
        Transport(base_url=url, token=SecretStr(TOKEN), clock=fake_clock)
    assert "password" not in str(caught.value)


def test_a_proxy_never_sees_what_goes_to_this_machine(stub_server, make_transport, monkeypatch):
    """HTTP_PROXY holds for the outside only."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    stub_server.on("GET", NS, ok([]))
    assert len(Reads(make_transport(), ACCOUNT).list_namespaces()) == 0
