"""Commands run against a real sandbox: in this process for speed, in one of their own where that matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.commands import ACCOUNT, NOW, STUB_TOKEN
from support.sandbox_server import RunningSandbox, running_sandbox
from support.shop import Shop, open_shop
from support.stub_server import StubServer
from typer.testing import CliRunner, Result

from wfp_ops.cli.main import app
from wfp_ops.clock import parse_time

Command = Callable[..., Result]


@dataclass(frozen=True)
class Acme:
    """The demo's account as a server, with its customer list."""

    environment: dict[str, str]
    customers: Path


@pytest.fixture(scope="session")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acme]:
    """One sandbox for all tests that only read."""
    customers = tmp_path_factory.mktemp("acme") / "customers.csv"
    with running_sandbox("acme", now=parse_time(NOW), write_customers=customers) as server:
        yield Acme({**server.environment(), "WFP_OPS_NOW": NOW}, customers)


@pytest.fixture
def empty_sandbox() -> Iterator[RunningSandbox]:
    """A sandbox of one's own, to be changed."""
    with running_sandbox(now=parse_time(NOW)) as server:
        yield server


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but the test's own, and no state in the home of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WFP_OPS_STATE_DIR", str(tmp_path / "state"))
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in this process: ``command("audit", "--check", acme.environment)``."""

    def run(*words: str | Path | dict[str, str]) -> Result:
        for word in words:
            if isinstance(word, dict):
                for name, value in word.items():
                    monkeypatch.setenv(name, value)
        return CliRunner().invoke(app, [str(word) for word in words if not isinstance(word, dict)])

    return run


@pytest.fixture
def stub_environment(stub_server: StubServer) -> dict[str, str]:
    """What points a command at the scriptable server, with little patience."""
    return {
        "CLOUDFLARE_API_TOKEN": STUB_TOKEN,
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
        "CLOUDFLARE_BASE_URL": stub_server.base_url,
        "WFP_OPS_API__DEADLINE_S": "1",
    }


@pytest.fixture
def shop(
    empty_sandbox: RunningSandbox, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> Shop:
    """A small company that may be changed (see ``support/shop.py``), its list accepted months ago."""
    opened = open_shop(empty_sandbox, tmp_path)
    accepted = command("audit", "--accept", {**opened.environment, "WFP_OPS_NOW": NOW})
    assert accepted.exit_code == 0, accepted.stderr
    for name, value in opened.environment.items():
        monkeypatch.setenv(name, value)
    return opened
