"""One browser and one server of each kind for the tests of a file."""

from __future__ import annotations

import pytest
from support.browser import chromium
from support.jupyter_server import need, running_jupyter


@pytest.fixture(scope="module")
def browser():
    """A real Chromium."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def _lab():
    need("lab")
    with running_jupyter("lab") as server:
        yield server


@pytest.fixture
def lab(_lab):
    """A real JupyterLab; the kernels that a test started end with it."""
    yield _lab
    _lab.end_kernels()


@pytest.fixture(scope="module")
def voila():
    """A real Voila."""
    need("voila")
    with running_jupyter("voila") as server:
        yield server
