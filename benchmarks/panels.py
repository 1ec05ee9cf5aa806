"""A table of 10,000 rows in a real JupyterLab: how soon it is seen, and how soon it answers.

    python benchmarks/panels.py [--rows 10000] [--rounds 5] [--peer]

Needs JupyterLab, Chromium and the playwright package. Each round runs a new notebook with a new kernel.
"Seen" is counted from the end of the cell, by the clock of the machine that kernel and browser share, to
the frame that shows the first row. An answer is counted from the event to the frame that shows it; one of
the kernel's, to the frame that shows what a handler in Python wrote. With --peer the same is done with
the table of itables, where it is installed.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import machine, show, spread
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.browser import chromium
from support.jupyter_server import JupyterServer, running_jupyter
from support.notebooks import opened_notebook

SEEN = """(selector) => {
  window.seen = new Promise((done) => {
    const look = () => {
      if (!document.querySelector(selector)) requestAnimationFrame(look);
      else requestAnimationFrame(() => setTimeout(() => done(Date.now() / 1000)));
    };
    look();
  });
}"""
# From the event to the frame that shows its answer: a task behind the next frame's begin
ANSWERED = """([selector, kind, value]) => new Promise((done) => {
  const element = document.querySelector(selector);
  if (value !== null) element.value = value;
  const start = performance.now();
  if (kind === "click") element.click();
  else element.dispatchEvent(new Event(kind, { bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""
# The same, to the frame after the kernel's answer has changed
HEARD = """([selector, kind]) => new Promise((done) => {
  const answer = document.querySelector(".answer");
  const before = answer.textContent;
  const start = performance.now();
  const look = () => {
    if (answer.textContent === before) requestAnimationFrame(look);
    else requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  };
  document.querySelector(selector).dispatchEvent(new MouseEvent(kind, { bubbles: true }));
  look();
})"""
FRAME = """import time, numpy as np, pandas as pd
n = {rows}
number = np.arange(n)
states = np.array(["matched", "churned", "orphaned", "suspect", "misnamed", "unrecognised"], dtype=object)
frame = pd.DataFrame({{
    "namespace_id": [f"id-{{k:08}}" for k in number],
    "namespace": [f"customer-{{k}}" for k in number],
    "state": states[number % 6],
    "customer": [f"Company {{k}} Ltd" for k in number],
    "churned_on": pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(number % 300, unit="D"),
    "workers": number % 23,
    "last_request": pd.Timestamp("2026-06-01", tz="UTC") + pd.to_timedelta(number * 7, unit="min"),
    "age_days": number % 900,
    "trusted": number % 50 == 0,
    "guards": [f"grace: {{k % 30}} of 30 days" for k in number],
}})"""
TIMER = """import ipywidgets
answer = ipywidgets.Label("0")
answer.add_class("answer")
clock = ipywidgets.Label("")
clock.add_class("clock")
def ended(_):
    if "table" in globals() and not clock.value:
        clock.value = repr(time.time())
get_ipython().events.register("post_run_cell", ended)
ipywidgets.HBox([answer, clock])"""
OURS = """from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.table import Table
kinds = {"namespace": "name", "state": "state", "churned_on": "date", "workers": "number",
         "last_request": "time", "age_days": "number"}
began = time.time()
table = Table("Candidates", [Column(name, kind=kinds.get(name, "text"), facet=name == "state")
                             for name in frame.columns if name != "namespace_id"])
blocked = {each: "the grace period is not over" for each in frame["namespace_id"].iloc[::9]}
table.show(frame, ids="namespace_id", blocked=blocked)
def heard(change):
    answer.value = f"{len(table.chosen)} chosen, {len(table.shown)} shown"
table.observe(heard, ["chosen", "_filter"])
took = time.time() - began
table"""
PEER = """from itables.widget import ITable
began = time.time()
table = ITable(frame, select=True, maxBytes=0)
def heard(change):
    answer.value = f"{len(table.selected_rows)} chosen"
table.observe(heard, "selected_rows")
took = time.time() - began
table"""
TOOK = """took_label = ipywidgets.Label(repr(took))
took_label.add_class("took")
took_label"""


@dataclass(frozen=True)
class Case:
    """One table: the cell that shows it, how its first row is found, and what is done to it."""

    cell: str
    row: str
    answers: Mapping[str, tuple[str, str, str | None]]
    heard: tuple[str, str]


TABLES = {
    "ours": Case(
        OURS,
        ".wfp-line",
        {
            "filter, first keystroke": (".wfp-search", "input", "c"),
            "filter, a further keystroke": (".wfp-search", "input", "customer-12"),
            "filter emptied": (".wfp-search", "input", ""),
            "filter by state": (".wfp-facet", "change", "orphaned"),
            "all states": (".wfp-facet", "change", "\0"),
            "sort by name, first click": ("[data-column=namespace] button", "click", None),
            "sort by name, second click": ("[data-column=namespace] button", "click", None),
            "sort by last request": ("[data-column=last_request] button", "click", None),
            "choose a row": (".wfp-line:not([aria-disabled]) .wfp-check", "click", None),
            "choose all": (".wfp-head .wfp-box", "click", None),
        },
        (".wfp-line:not([aria-disabled]) .wfp-check", "click"),
    ),
    "itables": Case(
        PEER,
        "table.dataTable tbody tr td",
        {
            "filter, first keystroke": (".dt-search input", "input", "c"),
            "filter, a further keystroke": (".dt-search input", "input", "customer-12"),
            "filter emptied": (".dt-search input", "input", ""),
            "sort by name, first click": ("thead th:nth-child(2) .dt-column-order", "click", None),
            "sort by name, second click": ("thead th:nth-child(2) .dt-column-order", "click", None),
            "choose a row": ("table.dataTable tbody tr td", "click", None),
        },
        ("table.dataTable tbody tr:nth-child(3) td", "click"),
    ),
}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--peer", action="store_true", help="the table of itables, too")
    chosen = options.parse_args()
    tables = TABLES if chosen.peer else {"ours": TABLES["ours"]}
    with running_jupyter("lab") as lab, chromium() as browser:
        times: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in tables}
        for turn in range(chosen.rounds + 1):
            for name, table in tables.items():
                found = one_round(browser, lab, table, chosen.rows)
                for what, value in found.items() if turn else ():
                    times[name][what].append(value)
        version = browser.version
    print(f"{machine()}, Chromium {version}")
    whats = list(dict.fromkeys(what for found in times.values() for what in found))
    rows = [
        (what, *(spread(times[name][what], " ms", 0) if times[name][what] else "" for name in tables))
        for what in whats
    ]
    show(f"A table of {chosen.rows:,} rows and 9 columns in JupyterLab", ("what", *tables), rows)


def one_round(browser: Browser, lab: JupyterServer, table: Case, rows: int) -> dict[str, float]:
    """Milliseconds of everything, once, in a notebook and a kernel of its own."""
    cells = [FRAME.format(rows=rows), TIMER, table.cell, TOOK]
    with opened_notebook(browser, lab, cells, run=False) as notebook:
        page = notebook.page
        page.evaluate(SEEN, table.row)
        notebook.run_all()
        seen = page.evaluate("window.seen")
        ended, took = float(text_of(page, ".clock")), float(text_of(page, ".took"))
        found = {"the cell itself": took * 1000, "seen after the cell's end": (seen - ended) * 1000}
        page.wait_for_timeout(500)
        for what, (selector, kind, value) in table.answers.items():
            found[what] = page.evaluate(ANSWERED, [selector, kind, value])
            page.wait_for_timeout(250)
        found["the kernel's answer to a choice"] = page.evaluate(HEARD, list(table.heard))
    lab.end_kernels()
    return found


def text_of(page: Page, selector: str) -> Any:
    """The text of a label, once it is there."""
    page.wait_for_function("(selector) => document.querySelector(selector)?.innerText", arg=selector)
    return page.locator(selector).inner_text()


if __name__ == "__main__":
    main()
