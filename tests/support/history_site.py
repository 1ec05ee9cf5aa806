"""An account's history in a folder, collected from a fake analytics endpoint over real HTTP."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from pydantic import SecretStr
from support.fake_analytics import LIMITS, FakeAnalytics, request
from support.fake_clock import START, FakeClock
from support.names import ACCOUNT, TOKEN
from support.stub_server import StubServer

from wfp_ops.api.analytics.client import Analytics
from wfp_ops.api.transport import Transport
from wfp_ops.usage.buckets import bucket_of
from wfp_ops.usage.fetch import Wish, fetch
from wfp_ops.usage.frames import usage_frame
from wfp_ops.usage.history.collect import Collected, Order, collect
from wfp_ops.usage.history.combine import combined
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.store import LocalStore
from wfp_ops.usage.owners import Owners
from wfp_ops.usage.planner import Level
from wfp_ops.usage.span import span_of

BY = ("namespace", "worker")
_NAMES = {"namespace": "dispatchNamespaceName", "worker": "scriptName"}


def traffic(start: str, hours: int, *, names: tuple[str, ...] = ("customer-1", "customer-2"), **more: Any):
    """Requests of some namespaces' Workers in so many hours, no two alike; dispatchers' beside them."""
    begin = datetime.fromisoformat(start)
    records = []
    for hour in range(hours):
        at = (begin + timedelta(hours=hour, minutes=7)).isoformat()
        for place, name in enumerate(names):
            for worker in ("api", "web"):
                count = 1 + (7 * hour + 3 * place + len(worker)) % 11
                records.append(request(at, name, worker, requests=count, **more))
        records.append(request(at, "", "dispatcher", requests=5 + hour % 3, dispatcher=True))
    return records


def reaching(days: float) -> dict[str, Any]:
    """The limits of an account whose analytics reach so many days back."""
    return {**LIMITS, "notOlderThan": int(days * 86400)}


class Site:
    """One account with its history in ``root``; the clock is the test's, and the endpoint keeps up with it."""

    def __init__(self, server: StubServer, root: Any) -> None:
        self.server = server
        self.clock = FakeClock(START)
        self.root = root
        self.data = HistoryData(LocalStore(root), ACCOUNT)

    def collect(
        self, fake: FakeAnalytics, last: Any = None, owners: Owners | None = None, **more: Any
    ) -> Collected:
        """What one run of the collector does."""
        with ExitStack() as stack:
            order = Order(owners or Owners(), last, **more)
            return collect(self._client(fake, stack), self.data, self.clock, order)

    def usage(
        self,
        fake: FakeAnalytics,
        last: Any = "2d",
        every: Any = "1h",
        *,
        history: bool = True,
        owners: Owners | None = None,
        **more: Any,
    ) -> pd.DataFrame:
        """The usage frame, as ``Account.usage`` makes it."""
        by = more.pop("by", BY)
        owners = owners or Owners()
        bucket = bucket_of(every)
        span = span_of(
            last, more.pop("start", None), more.pop("end", None), bucket=bucket, now=self.clock.now()
        )
        names = ("namespace",) if by == ("customer",) else by
        wish = Wish(span, Level(bucket, tuple(_NAMES[word] for word in names)), **more)
        with ExitStack() as stack:
            client = self._client(fake, stack)
            frame = (
                combined(lambda: client, self.data, wish, owners, by=by, now=self.clock.now())
                if history
                else None
            )
            if frame is not None:
                return frame
            return usage_frame(fetch(client, wish), owners, by=by, taken_at=self.clock.now())

    def _client(self, fake: FakeAnalytics, stack: ExitStack) -> Analytics:
        fake.now = self.clock.now()
        self.server.on("POST", "/graphql", fake)
        transport = stack.enter_context(
            Transport(
                base_url=self.server.base_url, token=SecretStr(TOKEN), clock=self.clock, deadline_s=None
            )
        )
        client = Analytics(transport, ACCOUNT, token=SecretStr(TOKEN), deadline_s=None)
        stack.callback(client.close)
        return client
