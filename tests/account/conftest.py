"""One sandbox for the tests of this room: the acme scenario at a fixed moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import wfp_ops

NOW = "2026-11-23T12:00:00Z"


@pytest.fixture(scope="module")
def acme() -> Iterator[wfp_ops.Account]:
    """The account of ``connect("sandbox")``, read only."""
    with wfp_ops.connect("sandbox", now=NOW) as account:
        yield account
