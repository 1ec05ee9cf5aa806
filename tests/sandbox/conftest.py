"""One sandbox for all tests of this room, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.sandbox_server import RunningSandbox, clean_sandbox, running_sandbox


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[RunningSandbox]:
    """A running sandbox that the tests share."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: RunningSandbox) -> RunningSandbox:
    """A running sandbox, empty and with its first settings."""
    return clean_sandbox(shared_sandbox)
