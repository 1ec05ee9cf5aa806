"""Take ``docs/images/report.png``: the top of the made-up company's report, in a real Chromium.

    .venv/bin/python docs/report_picture.py

Needs Chromium. The clock is fixed, so that the picture changes only when the page does; letters look
as this machine's fonts make them look (with the font Inter installed: as its designer meant it).
"""

# ruff: noqa: INP001 (scripts, no package)

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parent / "images" / "report.png"
NOW = "2026-11-23T12:00:00Z"
WIDTH, HEIGHT = 1280, 1320
_OURS = ("CLOUDFLARE_", "CF_", "WFP_OPS_")


def main() -> None:
    """Take the picture anew."""
    with tempfile.TemporaryDirectory() as folder:
        page = make_report(Path(folder))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            opened = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
            opened.goto(page.as_uri())
            opened.screenshot(path=PICTURE)
            browser.close()
    sys.stdout.write(f"{PICTURE}: {PICTURE.stat().st_size / 1000:.0f} kB\n")


def make_report(folder: Path) -> Path:
    """The report of the made-up company; no settings and no state of anybody's play a part."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    environment |= {"WFP_OPS_NOW": NOW, "WFP_OPS_STATE_DIR": str(folder / "state")}
    subprocess.run(
        [sys.executable, "-m", "wfp_ops.cli.main", "report", "--account", "sandbox", "--out", "report.html"],
        cwd=folder,
        env=environment,
        check=True,
    )
    return folder / "report.html"


if __name__ == "__main__":
    main()
