"""Every chart of 10,000 customers and 30 days, from the frame to a PNG.

python benchmarks/charts.py [--customers 10000] [--hours 720] [--rounds 5]

Twice: with a row for each customer and day, and with one for each customer and hour. matplotlib is loaded,
and one small chart drawn, before the first round.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from measuring import machine, show, spread

from wfp_ops import charts
from wfp_ops.frames.columns import CUSTOMERS
from wfp_ops.frames.usage import COST, USAGE

START = "2026-11-01T00:00Z"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--customers", type=int, default=10_000)
    options.add_argument("--hours", type=int, default=720)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    ids = [str(number + 1) for number in range(chosen.customers)]
    people, bill = customers_of(ids), cost_of(ids)
    hourly = usage_of(ids, chosen.hours, "1h")
    daily = usage_of(ids, max(chosen.hours // 24, 1), "24h")
    charts.concentration(daily.head(9)).savefig(io.BytesIO(), format="png")
    times = {
        name: [[timed(draw) for _ in range(chosen.rounds)] for draw in both]
        for name, *both in drawn(daily, hourly, people, bill)
    }
    print(machine())
    print(f"{chosen.customers:,} customers: {len(daily):,} rows by day, {len(hourly):,} by hour")
    rows = [(name, *(spread(each, " s", 2) for each in both)) for name, both in times.items()]
    rows += [("the slowest", *(f"{max(max(both[n]) for both in times.values()):.2f} s" for n in (0, 1)))]
    show("From the frame to a PNG of 1000 x 600", ("chart", "by day", "by hour"), rows)


def drawn(
    daily: pd.DataFrame, hourly: pd.DataFrame, people: pd.DataFrame, bill: pd.DataFrame
) -> Iterator[tuple[str, Callable[[], Figure], Callable[[], Figure]]]:
    """Each chart's name, and what draws it of either frame."""
    for name, make in {
        "usage_by_customer": lambda frame: charts.usage_by_customer(frame, customers=people),
        "customer_over_time": lambda frame: charts.customer_over_time(frame, "1", customers=people),
        "error_heatmap": lambda frame: charts.error_heatmap(frame, customers=people),
        "status_mix": lambda frame: charts.status_mix(frame.assign(status=frame["customer_id"].str[-1:])),
        "small_multiples": lambda frame: charts.small_multiples(frame, customers=people),
        "churn_view": lambda frame: charts.churn_view(frame, people),
        "concentration": lambda frame: charts.concentration(frame, customers=people),
        "cost_by_customer": lambda _: charts.cost_by_customer(bill),
    }.items():
        yield name, lambda make=make: make(daily), lambda make=make: make(hourly)


def timed(draw: Callable[[], Figure]) -> float:
    """Seconds from the frame to the picture's bytes."""
    start = time.perf_counter()
    draw().savefig(io.BytesIO(), format="png")
    return time.perf_counter() - start


def usage_of(ids: list[str], spans: int, step: str) -> pd.DataFrame:
    """A usage frame with a row for each customer and span; a heavy tail over customers."""
    draw = np.random.default_rng(1)
    count = len(ids)
    times = pd.Series(pd.date_range(START, periods=spans, freq=step, unit="us"))
    owners = pd.Series(ids, dtype="str").take(np.tile(np.arange(count), spans)).reset_index(drop=True)
    requests = draw.poisson(np.tile(draw.pareto(1.05, count) * 60 + 1, spans)).astype(float)
    measures = ("requests", "subrequests", "cpu_ms", "wall_ms")
    quantiles = ("cpu_ms_p50", "cpu_ms_p99", "wall_ms_p50", "wall_ms_p99")
    data = {
        "namespace": owners,
        "customer_id": owners,
        "time": times.take(np.repeat(np.arange(spans), count)).reset_index(drop=True),
        **dict.fromkeys(measures, requests),
        "errors": np.floor(requests * 0.01),
        **dict.fromkeys(quantiles, np.full(len(owners), 5.0)),
        "complete": np.ones(len(owners), dtype=bool),
    }
    return USAGE.build(data, length=len(owners))


def customers_of(ids: list[str]) -> pd.DataFrame:
    """A customers frame; every eighth has left."""
    left = [number % 8 == 0 for number in range(len(ids))]
    data = {
        "customer_id": ids,
        "name": [f"Company {each} Ltd." for each in ids],
        "status": ["churned" if gone else "active" for gone in left],
        "churned_on": ["2026-11-15" if gone else None for gone in left],
    }
    return CUSTOMERS.build(data, length=len(ids))


def cost_of(ids: list[str]) -> pd.DataFrame:
    """A cost frame."""
    draw = np.random.default_rng(2)
    fees = {
        name: draw.pareto(1.1, len(ids)) for name in ("base_fee", "requests_fee", "cpu_fee", "scripts_fee")
    }
    data = {"customer_id": ids, "name": ids, **fees, "total": np.round(sum(fees.values()), 2)}
    return COST.build(data, length=len(ids))


if __name__ == "__main__":
    main()
