"""Notebooks on the pages of a real JupyterLab and a real Voila, in a real Chromium.

::

    cells = [account_cell(sandbox, state, customers=file), "wfp_ops.widgets.AuditPanel(account, customers)"]
    with opened_notebook(browser, lab, cells) as notebook:
        panel = notebook.panel("AuditPanel")
        panel.button("Run the audit").click()
        panel.table().wait_for_rows()
        notebook.shoot(tmp_path / "audit.png")
        assert notebook.scripts_run() == []
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as WaitedTooLongError
from support.jupyter_server import FINISHED, TOKEN, JupyterServer
from support.sandbox_server import RunningSandbox

WAIT_MS = 30_000
# the notebook's own mark says so before there is a kernel
_IDLE = "() => document.querySelector('#jp-main-statusbar')?.innerText.includes('| Idle')"
_BEGUN = """() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].some(
  (prompt) => /[*\\d]/.test(prompt.textContent))"""
_FAILED = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']"


def account_cell(
    sandbox: RunningSandbox, state_dir: Path, *, customers: Path | None = None, now: str | None = None
) -> str:
    """The cell that connects to a sandbox: it makes ``account`` and ``customers``."""
    moment = "" if now is None else f", now={now!r}"
    return f"""import os
os.environ["WFP_OPS_STATE_DIR"] = {str(state_dir)!r}
import wfp_ops
account = wfp_ops.connect(account_id={sandbox.account_id!r}, token={sandbox.token!r}, base_url={sandbox.base_url!r}{moment})
customers = {None if customers is None else str(customers)!r}"""


@dataclass
class TablePage:
    """One of our tables on a page."""

    root: Locator

    def wait_for_rows(self) -> None:
        """Until a row is drawn."""
        self.root.locator(".wfp-line").first.wait_for()

    def filter(self, text: str) -> None:
        """Type into its filter."""
        self.root.locator(".wfp-search").fill(text)

    def facet(self, column: str, value: str) -> None:
        """Show the rows of one value of a column alone."""
        self.root.locator(f".wfp-facet[data-column={column}]").select_option(value)

    def row(self, text: str) -> Locator:
        """The row that holds this text, among those that are drawn."""
        return self.root.locator(".wfp-line", has_text=text)

    def choose(self, text: str) -> None:
        """Click the box of the row that holds this text."""
        self.row(text).first.locator(".wfp-check").click()

    def sort(self, column: str) -> None:
        """Click the head of a column."""
        self.root.locator(f".wfp-head [data-column={column}] button").click()

    def press(self, *keys: str) -> None:
        """Press keys while its rows have the focus."""
        for key in keys:
            self.root.locator(".wfp-scroller").press(key)

    def texts(self) -> list[list[str]]:
        """The cells of the rows that are drawn, from the top."""
        return self.root.evaluate(
            """root => [...root.querySelectorAll('.wfp-line')]
                 .sort((a, b) => a.dataset.row - b.dataset.row)
                 .map(row => [...row.querySelectorAll('.wfp-cell:not(.wfp-check)')].map(cell => cell.textContent))"""
        )

    @property
    def told(self) -> Locator:
        """Such as "3 chosen, 1 of them hidden by the filter"."""
        return self.root.locator(".wfp-told")

    @property
    def count(self) -> Locator:
        """Such as "9 of 64 findings"."""
        return self.root.locator(".wfp-count")


@dataclass
class PanelPage:
    """One of our panels on a page."""

    root: Locator

    def button(self, name: str) -> Locator:
        """A button by what it says."""
        return self.root.get_by_role("button", name=name, exact=True)

    def field(self, label: str) -> Locator:
        """A text line by its label."""
        return self.root.get_by_label(label)

    def table(self, number: int = 0) -> TablePage:
        """Its first table, or another one."""
        return TablePage(self.root.locator(".wfp-table").nth(number))

    def wait_for_said(self, text: str) -> None:
        """Until this stands in what it says."""
        expect(self.said).to_contain_text(text)

    @property
    def said(self) -> Locator:
        """What it says: a message or an error."""
        return self.root.locator(".wfp-status")


@dataclass
class NotebookPage:
    """A page, and whatever it should not have done."""

    page: Page
    server: JupyterServer
    name: str
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    lab_dialogs: list[str] = field(default_factory=list)

    def panel(self, kind: str, number: int = 0) -> PanelPage:
        """A panel by the name of its class."""
        root = self.page.locator(f".wfp-{kind}").nth(number)
        root.wait_for()
        return PanelPage(root)

    def table(self, number: int = 0) -> TablePage:
        """A table, in a panel or not."""
        return TablePage(self.page.locator(".wfp-table").nth(number))

    def wait_until_finished(self) -> None:
        """Until every cell has run; a cell that fails fails the test with its words."""
        both = self.page.locator(f".{FINISHED}, {_FAILED}").first
        try:
            both.wait_for(state="attached", timeout=3 * WAIT_MS)
        except WaitedTooLongError:
            prompts = self.page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
            self._leave_dialogs()
            raise AssertionError(f"not all cells have run: {prompts}, dialogs: {self.lab_dialogs}") from None
        failed = self.page.locator(_FAILED)
        assert failed.count() == 0, failed.first.inner_text()

    def run_all(self) -> None:
        """JupyterLab: run all cells, and wait until they have run."""
        self.start_all()
        self.wait_until_finished()

    def start_all(self) -> None:
        """JupyterLab: run all cells. What is asked for before the kernel has said that it is idle is dropped."""
        self.page.wait_for_function(_IDLE, timeout=3 * WAIT_MS)
        for _ in range(6):
            self._leave_dialogs()
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            try:
                self.page.wait_for_function(_BEGUN, timeout=5_000)
            except WaitedTooLongError:
                continue
            return
        raise AssertionError(f"the notebook does not run; dialogs: {self.lab_dialogs}")

    def _leave_dialogs(self) -> None:
        """JupyterLab asks things of its own while a kernel is slow to come."""
        for dialog in self.page.locator("dialog.jp-Dialog").all():
            self.lab_dialogs.append(dialog.inner_text())
            dialog.locator("button").last.click()

    def scripts_run(self) -> list[str]:
        """What hostile names would have left behind: ``window.ran``, dialogs, pictures that were asked for."""
        ran = ["window.ran"] if self.page.evaluate("Boolean(window.ran)") else []
        return ran + [f"dialog {text}" for text in self.dialogs]

    def shoot(self, file: Path, locator: Locator | None = None) -> None:
        """A picture of the page, or of a part of it."""
        (self.page if locator is None else locator).screenshot(path=file)


@contextmanager
def opened_notebook(
    browser: Browser,
    server: JupyterServer,
    cells: Sequence[str],
    *,
    width: int = 1280,
    height: int = 900,
    theme: str = "light",
    run: bool = True,
) -> Iterator[NotebookPage]:
    """A notebook of these cells, run from top to bottom."""
    name = server.write(cells)
    with opened_page(browser, server, name, width=width, height=height, theme=theme, run=run) as notebook:
        yield notebook


@contextmanager
def opened_page(
    browser: Browser,
    server: JupyterServer,
    name: str,
    *,
    width: int = 1280,
    height: int = 900,
    theme: str = "light",
    run: bool = True,
) -> Iterator[NotebookPage]:
    """A notebook that is there already: another tab on it, say."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, accept_downloads=True
    )
    notebook = NotebookPage(context.new_page(), server, name)
    _watch(notebook)
    notebook.page.set_default_timeout(WAIT_MS)
    if server.kind == "lab":
        server.set_theme(theme)
    notebook.page.goto(_address(server, name, theme), wait_until="domcontentloaded")
    if run and server.kind == "lab":
        notebook.run_all()
    elif run:
        notebook.wait_until_finished()
    try:
        yield notebook
    finally:
        context.close()


def _address(server: JupyterServer, name: str, theme: str) -> str:
    if server.kind == "lab":
        return f"{server.url}doc/tree/{name}?reset&token={TOKEN}"
    return f"{server.url}voila/render/{name}?token={TOKEN}&theme={theme}"


def _watch(notebook: NotebookPage) -> None:
    page = notebook.page

    def go(route):
        address = urlsplit(route.request.url)
        if address.scheme in ("data", "blob") or address.hostname == "127.0.0.1":
            route.continue_()
            return
        notebook.outside.append(route.request.url)
        route.abort()

    def dismiss(dialog):
        if dialog.type == "beforeunload":  # JupyterLab's own: are you sure to leave
            dialog.accept()
            return
        notebook.dialogs.append(dialog.message)
        dialog.dismiss()

    page.route("**/*", go)
    page.on("dialog", dismiss)
    page.on("pageerror", lambda error: notebook.errors.append(str(error)))
