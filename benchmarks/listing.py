"""100,000 namespaces from a local server into a typed frame: ours, bare libraries, the official SDK.

    python benchmarks/listing.py

All of them ask the same sandbox, which sends the same bytes from memory to each. The bare peer reads with
httpx, decodes with orjson, and makes the same columns of the same dtypes with pandas; it checks nothing: not
the envelope, not a field's type, no name twice, not whether the listing is whole.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import cloudflare
import httpx
import orjson
import pandas as pd
from measuring import alternate, machine, own_state, ratios, show, spread

import wfp_ops
from wfp_ops.frames.columns import NAMESPACES
from wfp_ops.sandbox.child import SandboxProcess, start_sandbox

PREFIX = "customer-"
OURS_NAMES = {
    "namespace_name": "namespace",
    "script_count": "workers",
    "trusted_workers": "trusted",
}
TIMES = ["created_on", "modified_on"]
OTHER_DTYPES = {column.name: column.dtype for column in NAMESPACES.columns if column.name not in TIMES}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    # one above, because a listing whose length could be a page's is read twice (see the last table)
    options.add_argument("--size", type=int, default=100_001)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--sdk-rounds", type=int, default=3)
    given = options.parse_args()
    with ExitStack() as stack:
        stack.enter_context(own_state())
        sandbox = stack.enter_context(start_sandbox(scenario="empty"))
        cases = _cases(sandbox, stack)
        _load(sandbox, given.size)
        pd.testing.assert_frame_equal(cases["wfp-ops"](), cases["bare"](), check_flags=False)
        quick = alternate({name: cases[name] for name in ("bare", "wfp-ops", "transfer")}, given.rounds)
        slow = alternate({name: cases[name] for name in ("sdk", "wfp-ops")}, given.sdk_rounds, warm=False)
        _load(sandbox, round(given.size, -1))
        again = alternate({name: cases[name] for name in ("bare", "wfp-ops")}, given.rounds)
    print(machine())
    _show(given.size, quick, slow)
    rows = [["bare", spread(again["bare"], " s"), ""], _row("wfp-ops", again["wfp-ops"], again["bare"])]
    show(f"{round(given.size, -1):,} namespaces: read twice, as a proof", ["", "seconds", "of bare"], rows)


def _load(sandbox: SandboxProcess, size: int) -> None:
    """Fill the sandbox with namespaces, nine in ten of which conform."""
    names = [f"{PREFIX}{number}" if number % 10 else f"team-{number}" for number in range(size)]
    document = {"namespaces": [{"name": name} for name in names]}
    answer = httpx.post(f"{sandbox.control_url}/load", content=orjson.dumps(document), timeout=600)
    answer.raise_for_status()


def _cases(sandbox: SandboxProcess, stack: ExitStack) -> dict[str, Callable[[], Any]]:
    client = stack.enter_context(
        httpx.Client(headers={"Authorization": f"Bearer {sandbox.token}"}, timeout=60, trust_env=False)
    )
    url = f"{sandbox.base_url}/accounts/{sandbox.account_id}/workers/dispatch/namespaces"
    account = stack.enter_context(
        wfp_ops.connect(account_id=sandbox.account_id, token=sandbox.token, base_url=sandbox.base_url)
    )
    sdk = stack.enter_context(cloudflare.Cloudflare(api_token=sandbox.token, base_url=sandbox.base_url))
    return {
        "transfer": lambda: client.get(url).content,
        "bare": partial(bare, client, url),
        "wfp-ops": account.namespaces,
        "sdk": partial(official, sdk, sandbox.account_id),
    }


def bare(client: httpx.Client, url: str) -> pd.DataFrame:
    """The same frame by hand, everything believed."""
    frame = pd.DataFrame.from_records(orjson.loads(client.get(url).content)["result"])
    frame = frame.rename(columns=OURS_NAMES)
    frame["conforms"] = frame["namespace"].str.startswith(PREFIX)
    frame["customer_id"] = frame["namespace"].str.removeprefix(PREFIX).where(frame["conforms"])
    for name in TIMES:
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601").dt.as_unit("us")
    return frame[NAMESPACES.names].astype(OTHER_DTYPES)


def official(sdk: cloudflare.Cloudflare, account_id: str) -> pd.DataFrame:
    """What the official SDK's listing gives, as a frame, with whatever dtypes come of it."""
    page = sdk.workers_for_platforms.dispatch.namespaces.list(account_id=account_id)
    return pd.DataFrame([namespace.model_dump() for namespace in page])


def _row(name: str, times: list[float], peer: list[float]) -> list[str]:
    return [name, spread(times, " s"), spread(ratios(times, peer), " x")]


def _show(size: int, quick: dict[str, list[float]], slow: dict[str, list[float]]) -> None:
    rows = [
        ["bytes alone (httpx)", spread(quick["transfer"], " s"), ""],
        ["bare: httpx, orjson, pandas", spread(quick["bare"], " s"), ""],
        _row("wfp-ops: account.namespaces()", quick["wfp-ops"], quick["bare"]),
    ]
    show(f"{size:,} namespaces into a frame", ["", "seconds", "of bare"], rows)
    rows = [
        ["wfp-ops: account.namespaces()", spread(slow["wfp-ops"], " s"), ""],
        _row(f"official SDK {cloudflare.__version__}", slow["sdk"], slow["wfp-ops"]),
    ]
    show("the same against the official SDK", ["", "seconds", "of wfp-ops"], rows)


if __name__ == "__main__":
    main()
