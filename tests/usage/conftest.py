"""Usage read from a fake analytics endpoint over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
from pydantic import SecretStr
from support.fake_analytics import FakeAnalytics
from support.fake_clock import START, FakeClock
from support.names import ACCOUNT, TOKEN
from support.stub_server import StubServer

from wfp_ops.api.analytics.client import Analytics
from wfp_ops.api.transport import Transport
from wfp_ops.usage.buckets import bucket_of
from wfp_ops.usage.fetch import Fetched, Wish, fetch
from wfp_ops.usage.frames import usage_frame
from wfp_ops.usage.owners import Owners
from wfp_ops.usage.planner import Level
from wfp_ops.usage.span import span_of

BY = ("namespace", "worker")
_NAMES = {"namespace": "dispatchNamespaceName", "worker": "scriptName"}


@dataclass
class World:
    """A stub server with a fake endpoint on it; each ``fetch`` is made by a new client, which knows nothing."""

    server: StubServer

    def client(self, fake: FakeAnalytics, stack: ExitStack) -> Analytics:
        """A client of this endpoint, without a deadline."""
        self.server.on("POST", "/graphql", fake)
        transport = stack.enter_context(
            Transport(
                base_url=self.server.base_url, token=SecretStr(TOKEN), clock=FakeClock(), deadline_s=None
            )
        )
        analytics = Analytics(transport, ACCOUNT, token=SecretStr(TOKEN), deadline_s=None)
        stack.callback(analytics.close)
        return analytics

    def fetch(
        self,
        fake: FakeAnalytics,
        last: Any = "30d",
        every: Any = "1h",
        by: tuple[str, ...] = BY,
        *,
        start: Any = None,
        end: Any = None,
        **wish: Any,
    ) -> Fetched:
        """What comes of asking this endpoint."""
        bucket = bucket_of(every)
        span = span_of(last, start, end, bucket=bucket, now=START)
        with ExitStack() as stack:
            return fetch(
                self.client(fake, stack),
                Wish(span, Level(bucket, tuple(_NAMES[word] for word in by)), **wish),
            )

    def frame(
        self, fake: FakeAnalytics, *words: Any, owners: Owners | None = None, by: Any = BY, **more: Any
    ) -> pd.DataFrame:
        """The same as a frame."""
        level = ("namespace",) if by == ("customer",) else by
        fetched = self.fetch(fake, *words, by=level, **more)
        return usage_frame(fetched, owners or Owners(), by=by, taken_at=START)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """One server for all tests of a module."""
    with StubServer() as server:
        yield World(server)
