"""Accounts for panels: the demo's, to be read, and one in a sandbox of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.opened import opening
from support.panels import Firm
from support.sandbox_server import RunningSandbox, clean_sandbox, running_sandbox

import wfp_ops

NOW = "2026-11-23T12:00:00Z"


@pytest.fixture(scope="module")
def acme() -> Iterator[wfp_ops.Account]:
    """The account of ``connect("sandbox")``, read only."""
    with wfp_ops.connect("sandbox", now=NOW) as account:
        yield account


@pytest.fixture(scope="module")
def _server() -> Iterator[RunningSandbox]:
    with running_sandbox() as server:
        yield server


@pytest.fixture
def sandbox(_server: RunningSandbox) -> RunningSandbox:
    """An empty sandbox without faults."""
    return clean_sandbox(_server)


@pytest.fixture
def connect(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., wfp_ops.Account]]:
    """Opens its account, with settings of the test's choice and a state folder of its own."""
    with opening(sandbox, tmp_path, monkeypatch, now=NOW) as connect:
        yield connect


@pytest.fixture
def firm(connect: Callable[..., wfp_ops.Account], sandbox: RunningSandbox, tmp_path: Path) -> Firm:
    """A company that accepted its customer list long ago; the working folder is its own."""
    made = Firm(sandbox, tmp_path)
    made.accept()
    return made


@pytest.fixture
def account(firm: Firm) -> Iterator[wfp_ops.Account]:
    """Its account as of today."""
    with wfp_ops.connect(now=NOW) as opened:
        yield opened
