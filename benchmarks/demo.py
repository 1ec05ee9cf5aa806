"""From installed to report: how long ``wfp-ops demo`` takes, from the shell to its last line.

python benchmarks/demo.py
"""

from __future__ import annotations

import argparse
import subprocess
import sysconfig
import tempfile
from pathlib import Path

from measuring import machine, own_state, seconds, show, spread

COMMAND = Path(sysconfig.get_path("scripts")) / "wfp-ops"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    with own_state():
        times = [seconds(_demo) for _ in range(given.rounds)]
    print(machine())
    rows = [["wfp-ops demo", spread(times[:1], " s"), spread(times, " s")]]
    show("a made-up account audited, with report and files", ["", "first run", "all runs"], rows)


def _demo() -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([COMMAND, "demo", "--out", "demo"], check=True, capture_output=True, cwd=folder)


if __name__ == "__main__":
    main()
