"""Vouching for a customer list on a panel: nothing is deleted or renamed on one that nobody accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wfp_ops.change.show.words import counted
from wfp_ops.errors import RefusedError, StateError
from wfp_ops.widgets.look import row, stack, visible_if
from wfp_ops.widgets.markup import box, element, put

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit
    from wfp_ops.memory.baseline import Baseline
    from wfp_ops.widgets.panel import Panel


class Vouching:
    """Whether the list was accepted; where none was, words to type that accept the one that was read.

    Attributes:
        confirm: the words.
        view: there only where no list was accepted yet.
    """

    def __init__(self, panel: Panel, accepted: Callable[[], object]) -> None:
        """Nothing is asked yet.

        Args:
            panel: the panel that it stands on.
            accepted: called once a list was accepted.
        """
        self._panel = panel
        self._accepted = accepted
        self._said = box()
        self.begin = panel.button("Vouch for this list", self.ask)
        self.confirm = panel.confirmation("Accept the list", self._confirmed)
        self._asking = row(self._said, self.begin)
        self.view = stack(self._asking, self.confirm.view, classes="wfp-vouching")
        visible_if(self.view, condition=False)

    def look(self, audit: Audit | None) -> None:
        """Whether somebody must vouch for the list of this audit first."""
        self.confirm.withdraw()
        visible_if(self.view, audit is not None and self._nobody_did())
        if audit is not None:
            records = counted(audit.customers_read, "record")
            said = (
                "Nobody has vouched for a customer list yet, so nothing can be deleted or renamed. Look "
                f"whether these {records} are all of them; grace begins with that day."
            )
            put(self._said, element("div", said, classes="wfp-note wfp-warned"))

    def ask(self) -> None:
        """Ask for the words.

        Raises:
            RefusedError: there is no list to vouch for.
        """
        audit = self._panel.desk.audit
        if audit is None:
            raise RefusedError("there is no list yet", reasons=["nothing was read"], hint="read the account")
        self.confirm.offer(f"accept {counted(audit.customers_read, 'customer record')}", audit)

    def _nobody_did(self) -> bool:
        try:
            return self._panel.account.accepted() is None
        except StateError:
            return False  # there is a record that can't be read: the guards say so

    def _confirmed(self, audit: Audit) -> None:
        self._panel.work("accepting the list", lambda _: self._panel.account.accept(audit), self._done)

    def _done(self, baseline: Baseline) -> None:
        del baseline
        self._panel.say("the customer list is accepted", tone="done", hint="Grace runs from today.")
        visible_if(self.view, condition=False)
        self._accepted()
