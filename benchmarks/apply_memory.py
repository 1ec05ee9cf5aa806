"""How much memory an apply takes with many steps: the plan, what the plan is judged again by, and no more.

    python benchmarks/apply_memory.py

A plan is made and written to a file; then a process of its own reads the file, applies the plan and says
what it held: before (interpreter, libraries, the plan; the account was audited once, so that what every
apply loads is there), at the most while the apply lasted, and how much more at its last step than at its
first. The peak is the system's own (``VmHWM``, set back in between), so this needs Linux. Reading,
judging and writing down the plan as a whole come before the first step, and take several times its size for
a moment; the steps themselves should take nothing. No rate limit holds them up.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import orjson
from measuring import machine, show
from prepared import CREATE, DELETE, Prepared, apply, prepared

import wfp_ops

HEADER = ("steps", "plan file", "before", "peak of the apply", "over all steps", "seconds")
_KIB, _MIB = 1024, 1024 * 1024


def main() -> None:
    """Measure and print; or, as the process that is measured, apply a plan."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--sizes", type=int, nargs="+", default=[200, 1000, 5000])
    options.add_argument("--kinds", nargs="+", choices=[CREATE, DELETE], default=[CREATE, DELETE])
    options.add_argument("--apply", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.apply is not None:
        _apply(given.apply)
        return
    print(machine())
    for kind in given.kinds:
        with prepared() as world:
            rows = [_row(world, kind, size) for size in given.sizes]
        show(f"memory of an apply: {kind}", HEADER, rows)


def _row(world: Prepared, kind: str, size: int) -> list[str]:
    plan = world.plan(kind, size)
    path = wfp_ops.write_plan(plan, world.folder / f"{kind}-{size}.json")
    command = [sys.executable, __file__, "--apply", str(path)]
    environment = world.environment()
    done = subprocess.run(command, check=True, capture_output=True, cwd=world.folder, env=environment)
    said = orjson.loads(done.stdout)
    return [
        f"{size:,}",
        f"{path.stat().st_size / _MIB:.1f} MiB",
        f"{said['before'] / _KIB:.0f} MiB",
        f"{said['peak'] / _KIB:.0f} MiB",
        f"{said['last'] - said['first']:+,} KiB",
        f"{said['seconds']:.0f} s",
    ]


def _apply(path: Path) -> None:
    """What the measured process does."""
    plan = wfp_ops.read_plan(path)
    with wfp_ops.connect() as account:
        account.audit(save=False)
        before = _resident("VmRSS")
        held: list[int] = []
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak counts from here on
        start = time.perf_counter()
        apply(account, plan, lambda _: held.append(_resident("VmRSS")))
        seconds = time.perf_counter() - start
    said = {"before": before, "peak": _resident("VmHWM"), "first": held[0], "last": held[-1]}
    print(orjson.dumps({**said, "seconds": seconds}).decode())


def _resident(field: str) -> int:
    """KiB that this process holds (``VmRSS``), or held at the most (``VmHWM``)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


if __name__ == "__main__":
    main()
