"""Frames for charts: traffic with a daily rhythm and a heavy tail, customers, costs; and what stands in a chart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from wfp_ops import charts
from wfp_ops.frames.columns import CUSTOMERS
from wfp_ops.frames.usage import COST, USAGE

START = "2026-11-09T00:00Z"
HOSTILE = (
    "$\\frac{1}{0}$ & $x^2_",
    "two\nlines\tand tabs",
    "\u202eright to left\u202c",
    "--><script>alert(1)</script><!--",
    "\\input{/etc/passwd} %d {x}",
    "\u4e2d\u6587\u6709\u9650\u516c\u53f8",
    "\u05e9\u05dc\u05d5\u05dd \u05d1\u05e2\u05de",
    "Z" + "\u0301" * 40 + "algo",
    "W" * 300,
    "_",
    "a" * 41 + "\u200b",
    "  ",
)


def usage(customers=12, *, spans=48, step="1h", seed=1, unknown=True, incomplete=0, start=START):
    """A usage frame of so many customers (one more is nobody's), the first of them the largest."""
    rng = np.random.default_rng(seed)
    ids = [str(number + 1) for number in range(customers)] + ([None] if unknown else [])
    count = len(ids)
    times = pd.date_range(start, periods=spans, freq=step, unit="us")
    rhythm = 1 + 0.6 * np.sin((times.hour.to_numpy() - 9) / 24 * 2 * np.pi)
    size = 4000 / np.arange(1, count + 1) ** 1.2
    requests = rng.poisson(size[:, None] * rhythm).astype(float)
    errors = rng.binomial(requests.astype(int), 0.01).astype(float)
    p50 = rng.lognormal(1, 0.2, (count, spans))
    data = {
        "namespace": [f"customer-{each}" for each in ids for _ in times],
        "customer_id": [each for each in ids for _ in times],
        "time": pd.Series(np.tile(times, count)),
        "requests": requests.ravel(),
        "errors": errors.ravel(),
        "subrequests": (requests * 2).ravel(),
        "cpu_ms": (requests * p50).ravel(),
        "wall_ms": (requests * p50 * 9).ravel(),
        "cpu_ms_p50": p50.ravel(),
        "cpu_ms_p99": (p50 * 5).ravel(),
        "wall_ms_p50": p50.ravel() * 9,
        "wall_ms_p99": p50.ravel() * 45,
        "sample_interval": np.ones(count * spans),
        "complete": np.tile(np.arange(spans) < spans - incomplete, count),
    }
    return USAGE.build(data, length=count * spans)


def rows(*given):
    """A usage frame of (customer id, hour, requests) or of dicts."""
    made = [
        each if isinstance(each, dict) else dict(zip(("id", "hour", "requests"), each, strict=True))
        for each in given
    ]
    start = pd.Timestamp(START)
    return USAGE.build(
        {
            "namespace": [f"customer-{each['id']}" for each in made],
            "worker": [each.get("worker") for each in made],
            "customer_id": [each["id"] for each in made],
            "time": [start + pd.Timedelta(hours=each["hour"]) for each in made],
            "complete": [each.get("complete", True) for each in made],
            **{
                name: [each.get(name) for each in made]
                for name in ("requests", "errors", "cpu_ms", "cpu_ms_p50", "cpu_ms_p99")
            },
        },
        length=len(made),
    )


def customers(ids, names=None, churned=None):
    """A customers frame; ``churned`` is id → day, or None where only the status says it."""
    ids, churned = list(ids), churned or {}
    return CUSTOMERS.build(
        {
            "customer_id": ids,
            "name": [f"Customer number {each} of the list" for each in ids] if names is None else list(names),
            "status": ["churned" if each in churned else "active" for each in ids],
            "churned_on": [churned.get(each) for each in ids],
        },
        length=len(ids),
    )


def cost(count, *, nobodys=True, seed=3):
    """A cost frame of so many customers."""
    rng = np.random.default_rng(seed)
    ids = [str(number + 1) for number in range(count)] + ([None, None] if nobodys else [])
    names = [f"Customer number {each} of the list" if each else each for each in ids]
    if nobodys:
        names[-2:] = ["unallocated", "dispatcher"]
    fees = {
        name: np.round(rng.pareto(1.2, len(ids)), 4)
        for name in ("base_fee", "requests_fee", "cpu_fee", "scripts_fee")
    }
    data = {
        "customer_id": ids,
        "name": names,
        "requests": rng.poisson(1000, len(ids)).astype(float),
        **fees,
        "total": np.round(sum(fees.values()), 2),
    }
    return COST.build(data, length=len(ids))


def statuses(
    spans=48,
    words=("success", "clientDisconnected", "scriptThrewException", "exceededResources", "internalError"),
):
    """A frame of statuses, each less frequent than the one before."""
    times = pd.date_range(START, periods=spans, freq="1h", unit="us")
    return pd.DataFrame(
        {
            "time": np.repeat(times, len(words)),
            "status": pd.Series(list(words) * spans, dtype="str"),
            "requests": np.tile([10_000.0 / 9**place for place in range(len(words))], spans),
        }
    ).assign(time=lambda frame: frame["time"])


def every(frame, people, ways, bill, **options):
    """Each chart, by name, not yet drawn."""
    biggest = (
        frame.groupby("customer_id")["requests"].sum().idxmax()
        if frame["customer_id"].notna().any()
        else "42"
    )
    without_zone = {name: value for name, value in options.items() if name != "zone"}
    return {
        "usage_by_customer": lambda: charts.usage_by_customer(frame, customers=people, **options),
        "customer_over_time": lambda: charts.customer_over_time(frame, biggest, customers=people, **options),
        "error_heatmap": lambda: charts.error_heatmap(frame, customers=people, **options),
        "status_mix": lambda: charts.status_mix(ways, **options),
        "small_multiples": lambda: charts.small_multiples(frame, customers=people, **options),
        "churn_view": lambda: charts.churn_view(frame, people, **options),
        "concentration": lambda: charts.concentration(frame, customers=people, **options),
        "cost_by_customer": lambda: charts.cost_by_customer(bill, month="2026-11", **without_zone),
    }


def texts(figure):
    """All that can be read in a chart."""
    figure.canvas.draw()
    from matplotlib.text import Text

    return [each.get_text() for each in figure.findobj(Text) if each.get_visible() and each.get_text()]


def labels(axes):
    """The names beside the rows of a chart, from the top."""
    return [each.get_text() for each in axes.get_yticklabels()]


def bars(axes):
    """The lengths of the pieces of each bar, from the top."""
    found = {}
    for patch in axes.patches:
        found.setdefault(round(patch.get_y() + patch.get_height() / 2), []).append(patch.get_width())
    return [found[place] for place in sorted(found)]
