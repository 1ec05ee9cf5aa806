"""The 10,000 Workers of one namespace into the frame: calls as the server counts them, and seconds.

    python benchmarks/workers.py

The calls are counted by the sandbox: its rate limit headers say how many of the five minutes' requests are
left, and what is missing from one look to the next was sent in between. The looks themselves are taken off.
"""

from __future__ import annotations

import argparse
import re
from contextlib import ExitStack

import httpx
import orjson
from measuring import machine, own_state, seconds, show, spread

import wfp_ops
from wfp_ops.sandbox.child import SandboxProcess, start_sandbox

NAMESPACE = "production"
_LEFT = re.compile(r"r=(\d+)")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--size", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    times, calls = [], []
    with ExitStack() as stack:
        stack.enter_context(own_state())
        sandbox = stack.enter_context(start_sandbox(scenario="empty"))
        _load(sandbox, given.size)
        account = stack.enter_context(
            wfp_ops.connect(account_id=sandbox.account_id, token=sandbox.token, base_url=sandbox.base_url)
        )
        for _ in range(given.rounds):
            before = _left(sandbox)
            times.append(seconds(lambda: account.workers(NAMESPACE)))
            calls.append(before - _left(sandbox) - 1)
        found = len(account.workers(NAMESPACE))
    print(machine())
    rows = [[f"{found:,}", spread(calls, digits=0), spread(times, " s")]]
    show("all Workers of one namespace into a frame", ["Workers", "calls, by the server", "seconds"], rows)


def _load(sandbox: SandboxProcess, size: int) -> None:
    workers = [{"name": f"customer-{number}", "tags": [f"customer-{number}"]} for number in range(size)]
    document = {"namespaces": [{"name": NAMESPACE, "workers": workers}]}
    answer = httpx.post(f"{sandbox.control_url}/load", content=orjson.dumps(document), timeout=600)
    answer.raise_for_status()


def _left(sandbox: SandboxProcess) -> int:
    """How many requests the server still grants after this one."""
    answer = httpx.get(
        f"{sandbox.base_url}/user/tokens/verify", headers={"Authorization": f"Bearer {sandbox.token}"}
    )
    left = _LEFT.search(answer.headers["ratelimit"])
    if left is None:
        raise SystemExit(f"the server does not say how many requests are left: {answer.headers!r}")
    return int(left.group(1))


if __name__ == "__main__":
    main()
