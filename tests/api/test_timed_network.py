"""A call ends by its deadline whatever a server does, with and without a proxy between."""

from __future__ import annotations

import httpcore
import httpx
import pytest
from support.fake_clock import FakeClock
from support.names import ACCOUNT, NS
from support.stub_server import DripHead, Hang, ok

from wfp_ops.api.reads import Reads
from wfp_ops.api.retries import Deadline
from wfp_ops.api.timed_network import TimedNetwork, put_under
from wfp_ops.clock import SystemClock
from wfp_ops.errors import APITimeoutError


def test_a_head_that_drips_ends_by_the_deadline(stub_server, make_transport):
    """Header lines that keep coming restart no clock; another call on the transport works as before."""
    stub_server.on("GET", NS, DripHead(0.05), ok([]))
    transport = make_transport(clock=SystemClock(), deadline_s=0.5, timeout_s=30.0)
    with pytest.raises(APITimeoutError) as caught:
        Reads(transport, ACCOUNT).list_namespaces()
    assert caught.value.endpoint == f"GET {NS}"
    assert len(Reads(transport, ACCOUNT).list_namespaces()) == 0


def test_a_proxy_is_timed_too(stub_server, monkeypatch):
    """A proxy from the environment gets the same network; a host excepted from it as well."""
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{stub_server.port}")
    monkeypatch.setenv("no_proxy", "excepted.invalid")
    stub_server.on("GET", "http://example.invalid/x", DripHead(0.05))
    network = TimedNetwork()
    with httpx.Client() as client:
        put_under(client, network)
        deadline = Deadline.after(SystemClock(), 0.5)
        with network.until(deadline), pytest.raises(httpx.TimeoutException):
            client.get("http://example.invalid/x")
    assert stub_server.count("GET", "http://example.invalid/x") == 1


def test_what_is_left_shrinks_each_timeout(fake_clock: FakeClock):
    """The shorter of timeout and time left counts; none left is an error, no deadline no limit."""
    network = TimedNetwork()
    assert network.shorten(None, httpcore.ReadTimeout) is None
    assert network.shorten(5, httpcore.ReadTimeout) == 5
    with network.until(Deadline.after(fake_clock, 3)):
        assert network.shorten(5, httpcore.ReadTimeout) == 3
        assert network.shorten(None, httpcore.ReadTimeout) == 3
        assert network.shorten(1, httpcore.ReadTimeout) == 1
        fake_clock.advance(3)
        with pytest.raises(httpcore.WriteTimeout):
            network.shorten(5, httpcore.WriteTimeout)
    assert network.shorten(5, httpcore.ReadTimeout) == 5


def test_a_client_that_can_not_be_timed_is_refused():
    """Rather no client than one without a deadline."""
    with (
        httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client,
        pytest.raises(TypeError, match="deadline"),
    ):
        put_under(client, TimedNetwork())


def test_a_read_timeout_is_still_one_try(stub_server, make_transport):
    """Within the deadline, silence is what the timeout of one try is for."""
    stub_server.on("GET", NS, Hang(), ok([]))
    transport = make_transport(clock=SystemClock(), deadline_s=30.0, timeout_s=0.2)
    assert len(Reads(transport, ACCOUNT).list_namespaces()) == 0
