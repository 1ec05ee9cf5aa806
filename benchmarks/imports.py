"""What it costs to import wfp-ops, to connect for the first time, and to see the command line's help.

    python benchmarks/imports.py

Each run is a fresh interpreter; what an empty one costs is in every figure. ``connect()`` names a server on
this machine that nobody asks anything: no request is sent.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from measuring import machine, own_state, ratios, show, spread

CONNECT = "wfp_ops.connect(token='t', account_id='0' * 32, base_url='http://127.0.0.1:9/client/v4')"
PEER = "import pandas, httpx"
CASES = {
    PEER: [sys.executable, "-c", PEER],
    "import wfp_ops": [sys.executable, "-c", "import wfp_ops"],
    "import wfp_ops, first connect()": [sys.executable, "-c", f"import wfp_ops; {CONNECT}"],
    "the same after pandas and httpx": [sys.executable, "-c", f"{PEER}, wfp_ops; {CONNECT}"],
    "wfp-ops --help": [str(Path(sysconfig.get_path("scripts")) / "wfp-ops"), "--help"],
    "an empty interpreter": [sys.executable, "-c", "pass"],
}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rounds", type=int, default=15)
    given = options.parse_args()
    processor: dict[str, list[float]] = {name: [] for name in CASES}
    wall: dict[str, list[float]] = {name: [] for name in CASES}
    with own_state():
        for turn in range(given.rounds + 1):
            for name, command in CASES.items():
                cost = _cost(command)
                if turn:  # the first round warms the disk's cache and writes the bytecode
                    processor[name].append(cost[0])
                    wall[name].append(cost[1])
    print(machine())
    header = ["", "CPU, user and system", "of the peer", "wall", "of the peer"]
    rows = [
        [
            name,
            spread(processor[name], " s"),
            spread(ratios(processor[name], processor[PEER]), " x"),
            spread(wall[name], " s"),
            spread(ratios(wall[name], wall[PEER]), " x"),
        ]
        for name in CASES
    ]
    show(f"fresh interpreters; the peer is {PEER!r}", header, rows)


def _cost(command: list[str]) -> tuple[float, float]:
    """CPU seconds and wall seconds of one process from start to end."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=Path(os.sep))
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall


if __name__ == "__main__":
    main()
