"""One sandbox for the tests of archives, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.archives import Bench, bench, put_api, put_legacy
from support.sandbox_server import RunningSandbox, clean_sandbox, running_sandbox


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[RunningSandbox]:
    """A running sandbox that the tests share."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def one(shared_sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Bench]:
    """An empty account and an empty state folder."""
    with bench(clean_sandbox(shared_sandbox), tmp_path) as found:
        yield found


@pytest.fixture
def filled(one: Bench) -> Bench:
    """The namespace ``customer-9`` with the Workers ``api`` and ``legacy``."""
    one.sandbox.load("customer-9")
    put_api(one.writes, "customer-9")
    put_legacy(one.writes, "customer-9")
    return one
