"""A report of 10,000 findings in a real browser: how long it takes to open, to filter and to sort.

    python benchmarks/report.py [--findings 10000] [--rounds 5]

Needs Chromium and the playwright package. Each round opens the file in a new page. Opening ends when
the page's script has made filter and sort ready; a keystroke, a click on a head and a choice end with
the frame that shows their answer, so that drawing is in the figures.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from measuring import machine, show, spread
from playwright.sync_api import Browser, sync_playwright

import wfp_ops
from wfp_ops.audit.build import build_audit
from wfp_ops.audit.result import Audit
from wfp_ops.audit.rules import Rules
from wfp_ops.frames.columns import NAMESPACES
from wfp_ops.frames.provenance import Completeness, mark_complete

OPENED = """() => {
  const navigation = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return { shown: paint ? paint.startTime : NaN, ready: navigation.domContentLoadedEventEnd };
}"""
# From the event to the frame that shows its answer: a task behind the next frame's begin
ANSWERED = """([selector, kind, value]) => new Promise((done) => {
  const element = document.querySelector(selector);
  if (value !== null) element.value = value;
  const start = performance.now();
  if (kind === "click") element.click();
  else element.dispatchEvent(new Event(kind, { bubbles: true }));
  const script = performance.now() - start;
  requestAnimationFrame(() => setTimeout(() => done([script, performance.now() - start])));
})"""
SEARCH, KIND, DETAIL = ".tools input", ".by-kind", "th[data-key=detail] button"
NAMES = "th[data-key=namespace] button"
# The first keystroke and the first click come first, because they make what later ones use again
ACTIONS: tuple[tuple[str, str, str, str | None], ...] = (
    ("filter, first keystroke", SEARCH, "input", "c"),
    ("filter, a further keystroke", SEARCH, "input", "cu"),
    ("filter to a few", SEARCH, "input", "customer-1234"),
    ("filter emptied", SEARCH, "input", ""),
    ("filter by kind", KIND, "change", "missing"),
    ("all kinds", KIND, "change", ""),
    ("sort by namespace, first click", NAMES, "click", None),
    ("sort by namespace, second click", NAMES, "click", None),
    ("sort by what was seen", DETAIL, "click", None),
    ("show 200 more", ".more button", "click", None),
)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--findings", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    audit = audit_with(chosen.findings)
    start = time.perf_counter()
    page = audit.to_html()
    made = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        file = wfp_ops.write_report(audit, Path(folder) / "report.html")
        times, browser = measure(file, chosen.rounds)
    rows = [
        (name, *(spread(values, " ms", 0) if values else "" for values in both))
        for name, both in times.items()
    ]
    print(f"{machine()}, Chromium {browser}")
    print(f"{len(audit.findings):,} findings, {len(page.encode()) / 1e6:.1f} MB, made in {made:.1f} s")
    show("A report in the browser", ("what", "until it is seen", "of it script"), rows)


def audit_with(count: int) -> Audit:
    """An audit with this many findings of several kinds."""
    names = [f"customer-{number}" for number in range(count)]
    names += [f"internal tool {number}" for number in range(count // 10)]
    ids = [name.removeprefix("customer-") if name.startswith("customer-") else None for name in names]
    namespaces = NAMESPACES.build(
        {
            "namespace": names,
            "namespace_id": [f"id-{number}" for number in range(len(names))],
            "customer_id": ids,
            "conforms": [customer is not None for customer in ids],
            "workers": [number % 7 + 1 for number in range(len(names))],
            "trusted": [False] * len(names),
        }
    )
    mark_complete(namespaces, Completeness("proven", "made up"), key="namespace", taken_at="2026-11-23")
    # A tenth is unrecognised, two tenths are missing, the rest are orphans
    missing = count // 5
    matched = count - (count - count // 10 - missing - 1)
    customers = [str(number) for number in [*range(matched), *range(10 * count, 10 * count + missing)]]
    frame = pd.DataFrame({"customer_id": customers, "status": "active"}, dtype="str")
    return build_audit(
        namespaces=namespaces,
        customers=wfp_ops.read_customers(frame),
        rules=Rules(),
        account_id="0" * 32,
        account_name="benchmark",
        taken_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
    )


def measure(file: Path, rounds: int) -> tuple[dict[str, tuple[list[float], list[float]]], str]:
    """Milliseconds of each action in each round, to the frame and in the script; the browser's version."""
    times: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        one_round(browser, file, defaultdict(lambda: ([], [])))
        for _ in range(rounds):
            one_round(browser, file, times)
        version = browser.version
        browser.close()
    return dict(times), version


def one_round(browser: Browser, file: Path, times: Any) -> None:
    """Open the file, do each thing once, close it."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(file.as_uri())
    opened = page.evaluate(OPENED)
    times["opened: first sight"][0].append(opened["shown"])
    times["opened: filter and sort ready"][0].append(opened["ready"])
    for name, selector, kind, value in ACTIONS:
        script, seen = page.evaluate(ANSWERED, [selector, kind, value])
        times[name][0].append(seen)
        times[name][1].append(script)
    page.close()


if __name__ == "__main__":
    main()
