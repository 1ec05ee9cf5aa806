"""Measures one thing against another in one run, turn by turn, so that both meet the same machine."""

from __future__ import annotations

import gc
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest

Times = dict[str, list[float]]


def alternate(cases: Mapping[str, Callable[[], object]], rounds: int, *, warm: bool = True) -> Times:
    """Seconds of each case in each round; the order turns with the rounds; a first one is thrown away."""
    times: Times = {name: [] for name in cases}
    if warm:
        for run in cases.values():
            run()
    for turn in range(rounds):
        names = list(cases)
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            times[name].append(seconds(cases[name]))
    return times


def seconds(run: Callable[[], object]) -> float:
    """How long one run takes on the clock, garbage of earlier runs collected before."""
    gc.collect()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def ratios(times: Sequence[float], peer: Sequence[float]) -> list[float]:
    """Round by round, how many times as long as the peer."""
    return [one / other for one, other in zip(times, peer, strict=True)]


def spread(values: Iterable[float], unit: str = "", digits: int = 2) -> str:
    """The median, and in brackets the lowest and highest value."""
    known = sorted(values)
    if len(known) == 1:
        return f"{known[0]:.{digits}f}{unit}"
    return f"{statistics.median(known):.{digits}f}{unit} ({known[0]:.{digits}f} to {known[-1]:.{digits}f})"


def show(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table that Markdown takes as it stands."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip_longest(*lines, fillvalue="")]
    printed = [
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    ]
    printed.insert(1, " | ".join("-" * width for width in widths))
    print(f"\n{title}\n")
    print("\n".join(f"| {line} |" for line in printed), flush=True)


@contextmanager
def own_state() -> Iterator[None]:
    """Let wfp-ops keep what it keeps in a folder that ends with the block, and not in the user's."""
    before = os.environ.get("WFP_OPS_STATE_DIR")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WFP_OPS_STATE_DIR"] = folder
        try:
            yield
        finally:
            os.environ.pop("WFP_OPS_STATE_DIR")
            if before is not None:
                os.environ["WFP_OPS_STATE_DIR"] = before


def machine() -> str:
    """What kind of machine this is, in a line."""
    python = platform.python_version()
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {python}"
