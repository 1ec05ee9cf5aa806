"""Accounts for panels: the demo's, to be read, and one in a sandbox of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
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
    monkeypatch.chdir(tmp_path)
    for variable, value in sandbox.environment().items():
        monkeypatch.setenv(variable, value)
    opened = []

    def open_account(settings: str = "", now: str = NOW, **given: Any) -> wfp_ops.Account:
        (tmp_path / "wfp-ops.toml").write_text(f"state_dir = 'state'\n{settings}", encoding="utf-8")
        account = wfp_ops.connect(now=now, **given)
        opened.append(account)
        return account

    yield open_account
    for account in opened:
        account.close()


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
