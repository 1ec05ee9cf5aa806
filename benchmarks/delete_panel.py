"""The panel for deletions with 10,000 candidates in a real JupyterLab: how soon it is seen and answers.

    python benchmarks/delete_panel.py [--namespaces 10000] [--rounds 5]

Needs JupyterLab, Chromium and the playwright package. A sandbox holds so many namespaces whose customers have
left. The audit is read in a cell of its own; what is measured is the cell that shows the panel, from its
end to the frame that shows the first row, and each answer as in ``panels.py``. "A choice" goes to the kernel
and back: to the frame that shows the button that previews a plan as one that can be clicked.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from measuring import machine, show, spread
from panels import ANSWERED, SEEN, text_of
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.browser import chromium
from support.jupyter_server import JupyterServer, running_jupyter
from support.notebooks import account_cell, opened_notebook
from support.sandbox_server import RunningSandbox, running_sandbox

NOW = "2026-11-23T12:00:00Z"
TIMER = """import ipywidgets, time
from wfp_ops.widgets.desk import Desk
desk = Desk(account, customers)
desk.put(account.audit(customers))
clock = ipywidgets.Label("")
clock.add_class("clock")
def ended(_):
    if "panel" in globals() and not clock.value:
        clock.value = repr(time.time())
get_ipython().events.register("post_run_cell", ended)
clock"""
SHOWN = """began = time.time()
panel = wfp_ops.widgets.DeletePanel(account, desk=desk)
took = time.time() - began
panel"""
TOOK = """took_label = ipywidgets.Label(repr(took))
took_label.add_class("took")
took_label"""
ROW = ".wfp-DeletePanel .wfp-line"
ANSWERS = {
    "filter, first keystroke": (".wfp-search", "input", "c"),
    "filter, a further keystroke": (".wfp-search", "input", "customer-12"),
    "filter emptied": (".wfp-search", "input", ""),
    "filter by state": (".wfp-facet[data-column=state]", "change", "churned"),
    "all states": (".wfp-facet[data-column=state]", "change", "\0"),
    "sort by name": ("[data-column=namespace] button", "click", None),
    "sort by last request": ("[data-column=last] button", "click", None),
    "choose a row": (".wfp-line .wfp-check", "click", None),
    "choose all": (".wfp-head .wfp-box", "click", None),
}
HEARD = """(selector) => new Promise((done) => {
  const button = [...document.querySelectorAll(".wfp-DeletePanel button")]
    .find((each) => each.textContent === "Preview the plan");
  const start = performance.now();
  const look = () => {
    if (button.disabled) requestAnimationFrame(look);
    else requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  };
  document.querySelector(selector).dispatchEvent(new MouseEvent("click", { bubbles: true }));
  look();
})"""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--namespaces", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    times: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, running_sandbox() as sandbox:
        customers = fill(sandbox, Path(folder), chosen.namespaces)
        cells = [
            account_cell(sandbox, Path(folder) / "state", customers=customers, now=NOW),
            *(TIMER, SHOWN, TOOK),
        ]
        with running_jupyter("lab") as lab, chromium() as browser:
            for turn in range(chosen.rounds + 1):
                found = one_round(browser, lab, cells)
                for what, value in found.items() if turn else ():
                    times[what].append(value)
            version = browser.version
    print(f"{machine()}, Chromium {version}")
    rows = [(what, spread(values, " ms", 0)) for what, values in times.items()]
    show(f"DeletePanel with {chosen.namespaces:,} candidates in JupyterLab", ("what", "time"), rows)


def fill(sandbox: RunningSandbox, folder: Path, number: int) -> Path:
    """So many namespaces, and a list of as many customers who have left."""
    created = "2025-01-05T08:00:00.000000Z"
    sandbox.load(*({"name": f"customer-{each}", "created_on": created} for each in range(number)))
    path = folder / "customers.csv"
    lines = (f"{each},Company {each} Ltd,churned,2025-01-01,2026-06-01" for each in range(number))
    path.write_text("\n".join(["customer_id,name,status,started_on,churned_on", *lines]), encoding="utf-8")
    return path


def one_round(browser: Browser, lab: JupyterServer, cells: list[str]) -> dict[str, float]:
    """Milliseconds of everything, once, in a notebook and a kernel of its own."""
    with opened_notebook(browser, lab, cells, run=False) as notebook:
        page = notebook.page
        page.evaluate(SEEN, ROW)
        notebook.run_all()
        seen = page.evaluate("window.seen")
        ended, took = float(text_of(page, ".clock")), float(text_of(page, ".took"))
        found = {"the cell itself": took * 1000, "seen after the cell's end": (seen - ended) * 1000}
        page.locator(".wfp-DeletePanel .wfp-job").first.wait_for(state="hidden")
        page.wait_for_timeout(3000)
        found["a choice, to the kernel and back"] = page.evaluate(HEARD, ".wfp-line .wfp-check")
        for what, (selector, kind, value) in ANSWERS.items():
            found[what] = page.evaluate(ANSWERED, [f".wfp-DeletePanel {selector}", kind, value])
            page.wait_for_timeout(300)
    lab.end_kernels()
    return found


if __name__ == "__main__":
    main()
