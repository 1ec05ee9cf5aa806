"""Take ``docs/images/workbench-*.png``: the workbench on the made-up company, in a real Voila and Chromium.

    .venv/bin/python docs/workbench_pictures.py

Needs Chromium and the test extras. The clock starts at a fixed moment and the traffic is seeded, so that the
pictures change only when the panels do, but for a second here and there; letters look as this machine's fonts
make them look.
"""

# ruff: noqa: INP001 (scripts, no package)

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.browser import chromium  # noqa: E402 (the servers that the tests of panels use)
from support.jupyter_server import JupyterServer, running_jupyter  # noqa: E402
from support.notebooks import NotebookPage, opened_notebook  # noqa: E402

IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1200, 1600
LONG_MS = 120_000
CELLS = [
    'import wfp_ops\naccount = wfp_ops.connect("sandbox", now="2026-11-23T12:00:00Z")',
    "wfp_ops.widgets.Workbench(account, account.customers())",
]


def main() -> None:
    """Take the pictures anew."""
    shown = {"light": {"overview": overview, "clean-up": clean_up}, "dark": {"usage": usage}}
    with chromium() as browser:
        for theme, pictures in shown.items():
            with running_jupyter("voila", options=[f"--theme={theme}"]) as voila:
                for name, show in pictures.items():
                    with workbench(browser, voila, theme) as notebook:
                        show(notebook)
                        take(notebook, IMAGES / f"workbench-{name}.png")


@contextmanager
def workbench(browser: Any, voila: JupyterServer, theme: str) -> Iterator[NotebookPage]:
    """The page, with the account read."""
    with opened_notebook(browser, voila, CELLS, width=WIDTH, height=HEIGHT, theme=theme) as notebook:
        panel = notebook.panel("OverviewPanel")
        panel.button("Read the account").click()
        panel.root.locator(".wfp-evidence b", has_text="analytics").wait_for(timeout=LONG_MS)
        yield notebook


def overview(notebook: NotebookPage) -> None:
    """Counts, evidence, what to do next."""
    notebook.panel("OverviewPanel").root.locator(".wfp-step").first.wait_for()


def clean_up(notebook: NotebookPage) -> None:
    """Who left, with what each guard says."""
    notebook.page.get_by_role("tab", name="Clean up").click()
    table = notebook.panel("DeletePanel").table()
    table.wait_for_rows()
    expect(table.row("none in 30 d").first).to_be_visible(timeout=LONG_MS)
    table.row("churned").first.click()


def usage(notebook: NotebookPage) -> None:
    """One customer over a week."""
    notebook.page.get_by_role("tab", name="Usage").click()
    panel = notebook.panel("UsagePanel")
    panel.button("Read the usage").click()
    panel.root.locator(".wfp-picture img").wait_for(timeout=LONG_MS)
    panel.table().filter("drift")
    panel.table().press("ArrowDown")
    expect(panel.root.get_by_role("img", name="Drift Apparel")).to_be_visible(timeout=LONG_MS)


def take(notebook: NotebookPage, picture: Path) -> None:
    """What the workbench shows; not more of it than fits a page."""
    notebook.page.mouse.move(0, 0)
    notebook.page.wait_for_timeout(500)
    box = notebook.page.locator(".wfp-Workbench").bounding_box()
    if box is None:
        raise SystemExit("the workbench is not on the page")
    area = {"x": 0, "y": 0, "width": WIDTH, "height": min(box["y"] + box["height"] + 12, 960)}
    notebook.page.screenshot(path=picture, clip=area)
    sys.stdout.write(f"{picture.name}: {picture.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
