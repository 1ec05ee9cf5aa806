"""A client of the analytics endpoint of the stub server."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from support.names import ACCOUNT, TOKEN

from wfp_ops.api.analytics.client import Analytics


@pytest.fixture
def make_analytics(make_transport):
    """Builds clients, any setting changed; they are closed at the end."""
    made = []

    def make(**changes):
        made.append(Analytics(make_transport(), ACCOUNT, **{"token": SecretStr(TOKEN), **changes}))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def analytics(make_analytics):
    """A client as it is by default."""
    return make_analytics()
