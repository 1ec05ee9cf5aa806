"""A real PostgreSQL for the tests of databases, one for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.postgres import Postgres, require_postgres, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of this session's own; each test makes the tables that it needs."""
    with running_postgres(require_postgres()) as server:
        yield server
