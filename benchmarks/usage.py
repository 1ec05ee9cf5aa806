"""Usage of 1,000 namespaces, 30 days, hour by hour: queries sent, and the frame against bare libraries.

    python benchmarks/usage.py

The queries go to a sandbox, through a server of its own process that keeps what it answered. The frame is
then built again and again from those very bytes: by wfp-ops, and by httpx, orjson and pandas, which believe
everything, know no customers, and compare nothing with a total.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import orjson
import pandas as pd
from measuring import alternate, machine, own_state, ratios, show, spread

import wfp_ops
from wfp_ops.frames.usage import USAGE
from wfp_ops.sandbox.child import SandboxProcess, start_sandbox
from wfp_ops.usage.record import usage_record

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LIMIT = 10_000
PREFIX = "customer-"
_TARGET = 1.25


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--namespaces", type=int, default=1000)
    options.add_argument("--days", type=int, default=30)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--serve", metavar="URL", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve:
        serve(given.serve)
        return
    with ExitStack() as stack:
        sandbox = stack.enter_context(start_sandbox(scenario="empty", now=NOW))
        _load(sandbox, given.namespaces)
        proxy = stack.enter_context(_kept(sandbox.base_url))
        client = stack.enter_context(httpx.Client(timeout=600, trust_env=False))
        ours = partial(usage, sandbox, proxy, days=given.days)
        first = ours()
        bodies = [text.encode() for text in client.get(f"{proxy}/kept").json()]
        cases = {"bare": partial(bare, client, proxy, bodies), "wfp-ops": ours}
        pd.testing.assert_frame_equal(ours(), cases["bare"](), check_flags=False, check_dtype=True)
        times = alternate(cases, given.rounds)
        rows = [_counted("by namespace, hourly", first)]
        rows += [_counted(*_narrow(sandbox, days, given.days)) for days in (7, 1)]
    print(machine())
    show(
        f"queries for {given.namespaces:,} namespaces, {given.days} days",
        ["", "rows", "least", "sent", "of the least"],
        rows,
    )
    size = f"{len(first):,} rows"
    table = [
        ["bare: httpx, orjson, pandas", spread(times["bare"], " s"), ""],
        [
            "wfp-ops: account.usage()",
            spread(times["wfp-ops"], " s"),
            spread(ratios(times["wfp-ops"], times["bare"]), " x"),
        ],
    ]
    show(f"{size} from the same bytes into a frame", ["", "seconds", "of bare"], table)


def usage(sandbox: SandboxProcess, base_url: str, *, days: int) -> pd.DataFrame:
    """The frame, by a new account that knows nothing yet and has its whole budget."""
    with (
        own_state(),
        wfp_ops.connect(
            account_id=sandbox.account_id, token=sandbox.token, base_url=f"{base_url}/client/v4", now=NOW
        ) as account,
    ):
        end = datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC)
        return account.usage(every="1h", by="namespace", start=end - timedelta(days=days), end=end)


def bare(client: httpx.Client, base_url: str, bodies: list[bytes]) -> pd.DataFrame:
    """The same frame by hand, everything believed."""
    pages = []
    for body in bodies:
        answer = client.post(f"{base_url}/client/v4/graphql", content=body)
        rows = orjson.loads(answer.content)["data"]["viewer"]["accounts"][0]["page"]
        pages.append(
            pd.DataFrame(
                {
                    "namespace": [row["dimensions"]["dispatchNamespaceName"] for row in rows],
                    "time": [row["dimensions"]["datetimeHour"] for row in rows],
                    "requests": [row["sum"]["requests"] for row in rows],
                    "errors": [row["sum"]["errors"] for row in rows],
                    "subrequests": [row["sum"]["subrequests"] for row in rows],
                    "cpu_ms": [row["sum"]["cpuTimeUs"] for row in rows],
                    "wall_ms": [row["sum"]["wallTime"] for row in rows],
                    "cpu_ms_p50": [row["quantiles"]["cpuTimeP50"] for row in rows],
                    "cpu_ms_p99": [row["quantiles"]["cpuTimeP99"] for row in rows],
                    "wall_ms_p50": [row["quantiles"]["wallTimeP50"] for row in rows],
                    "wall_ms_p99": [row["quantiles"]["wallTimeP99"] for row in rows],
                    "sample_interval": [row["avg"]["sampleInterval"] for row in rows],
                }
            )
        )
    frame = pd.concat(pages, ignore_index=True)
    frame["time"] = pd.to_datetime(frame["time"], utc=True, format="ISO8601").dt.as_unit("us")
    for name in ("cpu_ms", "wall_ms", "cpu_ms_p50", "cpu_ms_p99", "wall_ms_p50", "wall_ms_p99"):
        frame[name] = frame[name] / 1000
    frame["worker"] = pd.Series([None] * len(frame), dtype="str")
    frame["customer_id"] = frame["namespace"].str.removeprefix(PREFIX)
    frame["complete"] = True
    dtypes = {column.name: column.dtype for column in USAGE.columns if column.name != "time"}
    return frame[USAGE.names].astype(dtypes)


def _load(sandbox: SandboxProcess, namespaces: int) -> None:
    """Namespaces of one Worker each, every one of which is asked for every hour."""
    created = "2026-01-01T00:00:00Z"
    document = {
        "namespaces": [
            {
                "name": f"{PREFIX}{number}",
                "created_on": created,
                "traffic": {"hourly": 20 + number % 50, "steady": True},
                "workers": [{"name": "web", "created_on": created}],
            }
            for number in range(namespaces)
        ]
    }
    answer = httpx.post(f"{sandbox.control_url}/load", content=orjson.dumps(document), timeout=600)
    answer.raise_for_status()


def _narrow(sandbox: SandboxProcess, widest: int, days: int) -> tuple[str, pd.DataFrame]:
    """The same on an account whose queries may be so many days wide."""
    settings = {"analytics_max_duration": widest * 86400, "analytics_rate_limit": None}
    httpx.post(f"{sandbox.control_url}/settings", json=settings).raise_for_status()
    url = sandbox.base_url.removesuffix("/client/v4")
    return f"the same, a query at most {widest} days wide", usage(sandbox, url, days=days)


def _counted(what: str, frame: pd.DataFrame) -> list[str]:
    sent, least = usage_record(frame)["queries"], math.ceil(len(frame) / LIMIT)
    if not wfp_ops.completeness(frame).proven:
        raise SystemExit(f"{what}: {wfp_ops.completeness(frame).how}")
    return [what, f"{len(frame):,}", f"{least:,}", f"{sent:,}", f"{sent / least:.3f} x"]


# --- a server that keeps what another one answered ----------------------------------------------


@contextmanager
def _kept(target: str) -> Iterator[str]:
    """The URL of a process that asks the target once for each question, and then answers from memory."""
    command = [sys.executable, __file__, "--serve", target]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def serve(target: str) -> None:
    """Serve on a free port until terminated."""
    kept: dict[bytes, bytes] = {}
    client = httpx.Client(timeout=600, trust_env=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """What was asked, in order."""
            self._answer(json.dumps([body.decode() for body in kept]).encode())

        def do_POST(self) -> None:
            """A question."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if body not in kept:
                headers = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
                answer = client.post(f"{target}/graphql", content=body, headers=headers)
                kept[body] = answer.raise_for_status().content
            self._answer(kept[body])

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
