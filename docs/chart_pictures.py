"""Draw ``docs/images/chart-*.svg``: charts of the made-up company's usage, as docs/charts.md shows them.

    .venv/bin/python docs/chart_pictures.py

The clock is fixed and the traffic is seeded, so that the pictures change only when the charts do.
"""

# ruff: noqa: INP001 (scripts, no package)

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import wfp_ops

IMAGES = Path(__file__).parent / "images"
NOW = "2026-11-23T12:00:00Z"
SIZE = (800, 460)


def main() -> None:
    """Draw the pictures anew; no settings and no state of anybody's play a part."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        account = wfp_ops.connect("sandbox", now=NOW)
        customers = account.customers()
        usage = account.usage(last="7d", every="1h")
        busiest = usage.groupby("customer_id")["requests"].sum().idxmax()
        charts = {
            "chart-usage": wfp_ops.charts.usage_by_customer(usage, customers=customers, size=SIZE),
            "chart-errors": wfp_ops.charts.error_heatmap(usage, top=10, customers=customers, size=SIZE),
            "chart-customer": wfp_ops.charts.customer_over_time(
                usage, busiest, customers=customers, style="dark", size=SIZE
            ),
        }
        for name, figure in charts.items():
            picture = wfp_ops.charts.save(figure, IMAGES / f"{name}.svg")
            sys.stdout.write(f"{picture.name}: {picture.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
