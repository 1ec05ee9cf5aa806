"""A real Chromium, and a page in it that remembers whatever it should not have done."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from support.required import lacking

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; where there is none the test is skipped, and fails where CI=true."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        reason = "needs Chromium (Debian: apt-get install chromium)"
        lacking(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page with what it asked for, complained about or tried to show."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@contextmanager
def opened(
    browser: Browser, file: Path, *, width: int = 1280, scheme: str = "light", scripts: bool = True
) -> Iterator[Watched]:
    """The file in a page of this width, without a network."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        java_script_enabled=scripts,
        offline=True,
    )
    watched = Watched(context.new_page())
    watched.page.set_default_timeout(10_000)
    watched.page.on("request", lambda request: watched.requests.append(request.url))
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    watched.page.on("console", lambda message: watched.complaints.append(message.text))

    def dismiss(dialog):
        watched.dialogs.append(dialog.message)
        dialog.dismiss()

    watched.page.on("dialog", dismiss)
    watched.page.goto(file.as_uri())
    yield watched
    context.close()
