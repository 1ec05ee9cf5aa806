"""All benchmarks, one after the other, so that none disturbs another.

python benchmarks/run.py
python benchmarks/run.py imports demo
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
NOT_ONE = {"run", "measuring", "prepared"}


def known() -> list[str]:
    """The names of all benchmarks."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in NOT_ONE)


def main() -> int:
    """Run those that are named, or all; the number of those that failed comes back."""
    wanted = sys.argv[1:] or known()
    if unknown := set(wanted) - set(known()):
        raise SystemExit(f"no such benchmark: {', '.join(sorted(unknown))} (there are: {', '.join(known())})")
    failed = 0
    for name in wanted:
        print(f"\n## {name}\n", flush=True)
        failed += subprocess.run([sys.executable, FOLDER / f"{name}.py"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
