"""Fixtures for every room's tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import settings
from pydantic import SecretStr
from support.fake_clock import FakeClock
from support.names import ACCOUNT, TOKEN
from support.stub_server import StubServer

from wfp_ops.api.reads import Reads
from wfp_ops.api.transport import Transport
from wfp_ops.api.writes import Writes

_OURS = ("CLOUDFLARE_", "CF_", "WFP_OPS_")

# A slow machine is no failure: no test asserts a time. The campaign is for a night:
# HYPOTHESIS_PROFILE=campaign pytest tests/audit tests/naming
# CI tries the same examples each time, so that a change and not chance makes it fail.
settings.register_profile(
    "default", deadline=None, max_examples=40, derandomize=os.environ.get("CI") == "true"
)
settings.register_profile("campaign", deadline=None, max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# A shell has what it starts in the background ignore interrupts, which some tests send
signal.signal(signal.SIGINT, signal.default_int_handler)

MakeTransport = Callable[..., Transport]
# Where several processes share the tests, these begin, so that nobody waits for one of them at the end
_LONG = ("tests/change/test_laws.py", "tests/benchmarks/", "tests/widgets/browser/", "tests/account/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, where pytest-xdist hands them out (with ``--no-loadscope-reorder``)."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: [not item.nodeid.startswith(each) for each in _LONG])


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out every variable that could point a test at somebody's account."""
    for name in list(os.environ):
        if name.startswith(_OURS):
            monkeypatch.delenv(name)


@pytest.fixture
def stub_server() -> Iterator[StubServer]:
    """A scriptable HTTP server on loopback (see ``support/stub_server.py``)."""
    with StubServer() as server:
        yield server


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock that sleeping moves on at once."""
    return FakeClock()


@pytest.fixture
def make_transport(stub_server: StubServer, fake_clock: FakeClock) -> Iterator[MakeTransport]:
    """Builds transports to the stub server, any setting changed; they are closed at the end."""
    with ExitStack() as stack:

        def make(**changes: Any) -> Transport:
            chosen = {"base_url": stub_server.base_url, "token": SecretStr(TOKEN), "clock": fake_clock}
            return stack.enter_context(Transport(**{**chosen, **changes}))

        yield make


@pytest.fixture
def transport(make_transport: MakeTransport) -> Transport:
    """A transport to the stub server, as it is by default."""
    return make_transport()


@pytest.fixture
def reads(transport: Transport) -> Reads:
    """The reads of the test's account on the stub server."""
    return Reads(transport, ACCOUNT)


@pytest.fixture
def writes(transport: Transport) -> Writes:
    """The writes of the test's account on the stub server."""
    return Writes(transport, ACCOUNT)
