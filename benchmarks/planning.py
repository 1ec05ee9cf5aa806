"""A plan of 1,000 deletions: how many requests it takes to make, and how long that is without a rate limit.

    python benchmarks/planning.py

Each namespace holds one Worker. The plan is made from an audit that is there, by a list that was accepted,
with a ledger that holds a mark of each; every guard judges every namespace. The requests are counted by the
sandbox. No rate limit holds it up, so the seconds are the machine's; the last column is what the requests
take at the real rate (960 in five minutes, the first 960 at once).
"""

from __future__ import annotations

import argparse

from measuring import machine, seconds, show, spread
from prepared import prepared

from wfp_ops.api.budget import QUOTA, WINDOW_S

ALLOWED = round(0.8 * QUOTA)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--size", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    times, calls = [], []
    with prepared() as world:
        world.fill(given.size)
        audit = world.accepted()
        for _ in range(given.rounds):
            world.count_requests()
            times.append(seconds(lambda: world.plan_deletions(audit, given.size)))
            calls.append(world.requests())
    print(machine())
    wait = max(0, max(calls) - ALLOWED) * WINDOW_S / ALLOWED
    row = [f"{given.size:,}", spread(calls, digits=0), spread(times, " s"), f"{wait / 60:.0f} min"]
    show(
        "a plan of deletions", ["deletions", "requests, by the server", "seconds", "at the real rate"], [row]
    )


if __name__ == "__main__":
    main()
