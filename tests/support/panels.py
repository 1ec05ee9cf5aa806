"""A small company behind a panel: what left, what is lacking, what is misnamed, and hands to click with."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from support.company import (
    DELETED,
    EARLIER,
    LACKING,
    LOOKED,
    NAMESPACES,
    NOW,
    ROWS,
    Company,
    customer,
    namespace,
)
from support.sandbox_server import Held, RunningSandbox
from support.waiting import wait_for

import wfp_ops

__all__ = [
    "DELETED",
    "EARLIER",
    "LACKING",
    "LOOKED",
    "NOW",
    "Firm",
    "carried_out",
    "choose",
    "click",
    "customer",
    "in_the_middle",
    "namespace",
    "override",
    "point",
    "seen",
    "settle",
    "type_words",
    "wait_for",
]
SHARES = "max_share = 1.0\n"


class Firm:
    """The company of ``support.company``, connected to as a notebook does: by environment and settings file.

    The working folder must be the company's.
    """

    def __init__(self, sandbox: RunningSandbox, folder: Path) -> None:
        self.company = Company(sandbox, folder)
        self.sandbox = sandbox
        self.folder = folder
        self.settings()
        self.write(ROWS)
        sandbox.load(*NAMESPACES)

    def settings(self, change: str = "", more: str = "") -> None:
        """Write the settings; shares are out of the way unless told otherwise."""
        text = f"state_dir = 'state'\n[customers]\nsource = 'customers.csv'\n[change]\n{change or SHARES}\n{more}\n"
        (self.folder / "wfp-ops.toml").write_text(text, encoding="utf-8")

    def write(self, rows: Any) -> None:
        """Another customer list."""
        self.company.write_list(rows)

    def accept(self) -> None:
        """Somebody vouched for the list, so long ago that every grace is over."""
        with wfp_ops.connect(now=EARLIER) as account:
            account.accept(account.audit())

    @property
    def names(self) -> set[str]:
        """The namespaces that are there."""
        return set(self.sandbox.state())


def in_the_middle(sandbox: RunningSandbox) -> AbstractContextManager[Held]:
    """An apply's second deletion waits until it is released, however long that takes a slow machine."""
    return sandbox.holding("DELETE", "*/dispatch/namespaces/*", skip=1)


def settle(panel: Any, seconds: float = 60.0) -> Any:
    """Wait until a panel works on nothing any more; one piece of work may begin another."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        assert panel.wait(max(0.1, ends - time.monotonic()))
        if not panel.job.running:
            return panel
    raise AssertionError(f"still at work: {panel.job.text}")


def click(panel: Any, button: Any) -> Any:
    """Click, and wait for what comes of it."""
    button.click()
    return settle(panel)


def point(table: Any, key: str) -> None:
    """Put the cursor on a row, as a click does."""
    table._cursor = {"of": table._version, "id": key}


def seen(widget: Any) -> bool:
    """Whether it is on the page, as far as it says itself."""
    return widget.layout.display != "none"


def choose(panel: Any, *names: str) -> None:
    """Choose rows by their names."""
    rows = panel.candidates.set_index("namespace")["key"]
    panel.table.choose([rows[name] for name in names])


def override(panel: Any, guard: str, reason: str, item: str | None = None) -> None:
    """Override a guard as a person does."""
    editor = panel.overrides
    editor.guard.value = guard
    if item is not None:
        editor.item.value = item
    editor.reason.value = reason
    editor.add.click()


def type_words(panel: Any, words: str | None = None) -> None:
    """Type the words that confirm the plan that is shown, or others, and click."""
    confirm = panel.flow.confirm
    confirm.typed.value = panel.flow.plan.confirmation if words is None else words
    confirm.button.click()


def carried_out(panel: Any) -> Any:
    """Type the words, click, and wait for the end; what came of it comes back."""
    type_words(panel)
    settle(panel)
    assert panel.error is None, panel.error
    return panel.flow.result.applied
