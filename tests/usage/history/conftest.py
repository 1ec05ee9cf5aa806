"""An account whose history is empty, and a server that stands for analytics."""

from __future__ import annotations

import pytest
from support.history_site import Site
from support.spark import spark_session
from support.stub_server import StubServer


@pytest.fixture(scope="module")
def endpoint():
    """One server for all tests of a module."""
    with StubServer() as server:
        yield server


@pytest.fixture
def site(endpoint, tmp_path):
    """An account whose history is empty."""
    return Site(endpoint, tmp_path / "history")


@pytest.fixture(scope="session")
def spark():
    """Spark in local mode; it takes some seconds to start, so all tests share it."""
    session = spark_session()
    yield session
    session.stop()
