"""The usage history as it grows: one month by customer, and all of it by month, on DuckDB.

    python benchmarks/history.py
    python benchmarks/history.py --rows 1000000 10000000 100000000     # 3 GB of disk, half an hour

Hourly rows of some Workers over 416 days are made up from a seed, in the files of a real history, which are
removed afterwards. Each question is asked by a process of its own, which says how long it took and how much
memory it held at the most (Linux: ``VmHWM``), beyond what it holds with everything loaded and nothing asked.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from measuring import machine, show, spread

from wfp_ops.clock import SystemClock
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.dayfile import Day
from wfp_ops.usage.history.layout import CUSTOMERS, HOUR, SCHEMA, Hour, midnight
from wfp_ops.usage.history.store import LocalStore
from wfp_ops.usage.history.view import UsageHistory
from wfp_ops.usage.owners import Owners

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
LAST = date(2026, 11, 20)
MONTH = "2026-10"
HOURS = 24
SEED = 20261123
HEADER = ("rows", "files", "rows in memory", "rows asked about", "seconds", "peak", "of that, to answer")
_KIB, _MIB, _GIB = 1024, 1024**2, 1024**3
_QUESTIONS = {"one month by customer": "month", "all of it by month and customer": "all"}


def main() -> None:
    """Measure and print; or, as the process that is measured, ask."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    options.add_argument("--days", type=int, default=416)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--memory-limit", default="500MB")
    options.add_argument(
        "--folder", type=Path, help="where the files go for a while; default: the system's own"
    )
    options.add_argument("--ask", nargs=3, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.ask:
        ask(Path(given.ask[0]), given.ask[1], given.ask[2])
        return
    tables: dict[str, list[list[str]]] = {title: [] for title in _QUESTIONS}
    for rows in given.rows:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            root = Path(folder)
            held = make_up(root, rows, given.days)
            for title, question in _QUESTIONS.items():
                runs = [_asked(root, question, given.memory_limit) for _ in range(given.rounds)]
                tables[title].append(_row(root, held, runs))
    print(machine())
    for title, lines in tables.items():
        show(f"{title}, DuckDB may hold {given.memory_limit}", HEADER, lines)


def make_up(root: Path, rows: int, days: int) -> tuple[int, int]:
    """A history of about so many rows; how many it has, and how many bytes they take in memory."""
    workers = max(1, round(rows / days / HOURS))
    data = HistoryData(LocalStore(root), ACCOUNT)
    numbers = np.arange(workers)
    # a Worker in each namespace; one customer in fifty has the most
    weight = 1.0 / (1.0 + numbers)
    names = pa.array([f"customer-{number:06}" for number in numbers])
    made = size = 0
    for number in range(days):
        day = LAST - timedelta(days=days - 1 - number)
        table = _day_of(day, names, weight, np.random.default_rng([SEED, number]))
        data.write(CUSTOMERS, Day(day, table, _hours(day, table, workers)))
        made, size = made + table.num_rows, size + table.nbytes
    return made, size


def _day_of(day: date, names: pa.Array, weight: Any, random: Any) -> pa.Table:
    count = len(names) * HOURS
    requests = random.poisson(1 + 20_000 * np.tile(weight, HOURS)).astype(float)
    cpu = requests * random.gamma(4.0, 1.5, count).round(3)
    hours = np.repeat(np.arange(HOURS, dtype="int64"), len(names))
    begin = int(midnight(day).timestamp()) * 10**6
    columns: dict[str, Any] = {
        "namespace": pa.concat_arrays([names] * HOURS),
        "worker": pa.array(["web"] * count),
        "customer_id": pa.concat_arrays([pa.array([name.as_py()[9:] for name in names])] * HOURS),
        "time": pa.array(begin + hours * 3600 * 10**6).cast(pa.timestamp("us", "UTC")),
        "requests": requests,
        "errors": random.binomial(requests.astype(int), 0.002).astype(float),
        "subrequests": requests * 2,
        "cpu_ms": cpu,
        "wall_ms": (cpu * 7).round(3),
        **{name: random.gamma(4.0, 2.0, count).round(3) for name in ("cpu_ms_p50", "cpu_ms_p99")},
        **{name: random.gamma(4.0, 9.0, count).round(3) for name in ("wall_ms_p50", "wall_ms_p99")},
        "sample_interval": np.ones(count),
        "complete": np.ones(count, dtype=bool),
    }
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _hours(day: date, table: pa.Table, workers: int) -> dict[datetime, Hour]:
    requests = table["requests"].to_numpy().reshape(HOURS, workers).sum(axis=1)
    return {
        midnight(day) + n * HOUR: Hour(True, workers, float(requests[n]), 1.0, "2026-11-23T00:00:00Z")
        for n in range(HOURS)
    }


def _asked(root: Path, question: str, limit: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--ask", str(root), question, limit]
    said: dict[str, float] = orjson.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return said


def ask(root: Path, question: str, limit: str) -> None:
    """What the measured process does; it asks a history of nothing first, so that everything is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        make_up(Path(folder), 1, 1)
        _history(Path(folder)).by_customer(memory_limit=limit)
    history = _history(root)
    before = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak counts from here on
    start = time.perf_counter()
    month = question == "month"
    frame = history.by_customer(MONTH, memory_limit=limit) if month else history.by_month(memory_limit=limit)
    seconds = time.perf_counter() - start
    peak = _resident("VmHWM")
    days = history.days()
    asked = days[days["day"].str.startswith(MONTH)] if month else days
    if float(frame["requests"].sum()) != float(asked["requests"].sum()):
        raise SystemExit("the sums are wrong")
    said = {"seconds": seconds, "before": before, "peak": peak, "rows": int(asked["rows"].sum())}
    print(orjson.dumps(said).decode())


def _history(root: Path) -> UsageHistory:
    data = HistoryData(LocalStore(root), ACCOUNT)
    return UsageHistory(data, SystemClock(datetime(2026, 11, 23, tzinfo=UTC)), lambda *_: Owners())


def _row(root: Path, held: tuple[int, int], runs: list[dict[str, float]]) -> list[str]:
    files = sum(path.stat().st_size for path in root.rglob("*.parquet"))
    return [
        f"{held[0]:,}",
        _size(files),
        _size(held[1]),
        f"{runs[0]['rows']:,}",
        spread([run["seconds"] for run in runs], " s"),
        _size(max(run["peak"] for run in runs) * _KIB),
        _size(max(run["peak"] - run["before"] for run in runs) * _KIB),
    ]


def _size(count: float) -> str:
    return f"{count / _GIB:.1f} GiB" if count >= _GIB else f"{count / _MIB:.0f} MiB"


def _resident(field: str) -> int:
    """KiB that this process holds (``VmRSS``), or held at the most (``VmHWM``)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


if __name__ == "__main__":
    main()
