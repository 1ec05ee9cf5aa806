"""What an ``Account`` keeps between runs: audits, the accepted customer list, marks and protections."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from wfp_ops.clock import Clock
from wfp_ops.errors import SettingsError
from wfp_ops.settings.model import Settings

# What makes frames is loaded by the methods that make them: a first connect() needs no pandas
if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.account.ledger import AccountLedger
    from wfp_ops.account.memory import AccountMemory, Since
    from wfp_ops.api.reads import Reads
    from wfp_ops.audit.result import Audit
    from wfp_ops.memory.baseline import Baseline
    from wfp_ops.memory.changes import Changes
    from wfp_ops.memory.folder import StateFolder


class Remembering:
    """The part of ``Account`` that remembers.

    Attributes:
        state_dir: the folder under which everything is kept.
    """

    account_id: str
    base_url: str
    settings: Settings
    clock: Clock
    reads: Reads
    state_dir: Path

    def state_folder(self) -> StateFolder:
        """The folder of what is kept of this account between runs; it need not exist yet."""
        from wfp_ops.memory.folder import StateFolder  # noqa: PLC0415

        return StateFolder(
            self.state_dir, account_id=self.account_id, base_url=self.base_url, clock=self.clock
        )

    def changes(
        self, since: Since | None = None, *, before: str | None = None, after: str | None = None
    ) -> Changes:
        """What changed between two audits that are kept; Cloudflare is not asked.

        Args:
            since: a span (``"7d"``, ``"24h"``, a timedelta) or a moment: the newest audit is compared
                with the last one of that time or before. None: with the one before it.
            before: instead, a snapshot by its name or number, to compare from.
            after: with ``before``, the snapshot to compare with; None for the newest.

        Returns:
            ``Changes``, which show themselves; ``.namespaces``, ``.customers`` and ``.findings`` are
            DataFrames.

        Raises:
            SnapshotError: no audit is kept, or one that is named is not there or can't be used.
            SettingsError: ``since`` is no time, or is given beside ``before``.
        """
        if before is None and after is None:
            return self._memory().since(since)
        if before is None or since is not None:
            raise SettingsError(
                "give since, or before and after", key="since", hint='changes("7d"), changes(before="3")'
            )
        return self._memory().between(before, after)

    def snapshots(self) -> pd.DataFrame:
        """The audits that are kept, the newest first; one that can't be used says why.

        Returns:
            The frame ``wfp_ops.frames.changes.SNAPSHOTS``.

        Raises:
            StateError: the state folder can't be read.
        """
        return self._memory().frame()

    def save(self, audit: Audit) -> Audit:
        """Keep an audit that was made without ``save``; it comes back with its ``.snapshot``.

        Raises:
            StateError: the state folder can't be written.
        """
        return self._memory().save(audit)

    def accept(self, audit: Audit, reason: str | None = None) -> Baseline:
        """Make an audit's customer list the accepted one: a later list that lost too much is refused.

        Args:
            audit: an audit of this account; it is kept if it is not yet.
            reason: the words that override what speaks against it. No words override an empty list or
                an inventory that is not proven complete.

        Returns:
            What was accepted.

        Raises:
            RefusedError: something speaks against it; what was accepted before stays.
            StateError: the state folder can't be written.
        """
        return self._memory().accept(audit, reason)

    def accepted(self) -> Baseline | None:
        """Which customer list was accepted last, when and why; None where none was.

        Raises:
            StateError: the record of it can't be read.
        """
        return self._memory().accepted()

    def mark(self, audit: Audit) -> pd.DataFrame:
        """Write down since when what has been a candidate for deletion: its grace period runs from there.

        An audit that is kept does so by itself once a customer list was accepted, if nothing speaks
        against its own. This one need not have any accepted yet.

        Args:
            audit: an audit of this account. What is churned or orphaned in it is marked; what is not any
                more is unmarked, and would start anew.

        Returns:
            The frame ``wfp_ops.frames.columns.MARKS``.

        Raises:
            RefusedError: its inventory is not proven complete, its list is empty, or lost too much.
            StateError: the state folder can't be read or written.
        """
        return self._memory().mark(audit)

    def marks(self) -> pd.DataFrame:
        """The candidates for deletion, with the end of their grace and what protects them.

        Returns:
            The frame ``wfp_ops.frames.columns.MARKS``; Cloudflare is not asked.

        Raises:
            StateError: the ledger can't be read.
        """
        return self._ledger().marks()

    def protect(self, name: str, *, until: date | str, reason: str, unseen: bool = False) -> pd.DataFrame:
        """Keep a namespace or Worker from being deleted or renamed until a day, whatever an audit finds.

        Args:
            name: its exact name; ``[change] protect`` takes patterns, and holds without an end.
            until: the day on which the protection ends, at 00:00 UTC, as a date or as ``"2027-01-31"``.
            reason: why, in three characters or more.
            unseen: it is of something that the last kept audit has not seen, such as what is yet to come.

        Returns:
            All dated protections: the frame ``wfp_ops.frames.columns.PROTECTIONS``.

        Raises:
            SettingsError: the day is none or not in the future, there is no reason, the name is a pattern, or
                the last kept audit knows nothing of that name and ``unseen`` is not said.
            StateError: the state folder can't be read or written.
        """
        return self._ledger().protect(name, until, reason, unseen=unseen)

    def unprotect(self, name: str) -> pd.DataFrame:
        """End a dated protection; those that are left come back (``PROTECTIONS``).

        Raises:
            SettingsError: there is none of this name.
            StateError: the state folder can't be read or written.
        """
        return self._ledger().unprotect(name)

    def protections(self) -> pd.DataFrame:
        """The dated protections, those that are over among them.

        Returns:
            The frame ``wfp_ops.frames.columns.PROTECTIONS``.

        Raises:
            StateError: the ledger can't be read.
        """
        return self._ledger().protections()

    def _memory(self) -> AccountMemory:
        from wfp_ops.account.memory import AccountMemory  # noqa: PLC0415

        return AccountMemory(self.state_folder(), self.settings.memory, self.clock, self._ledger())

    def _ledger(self) -> AccountLedger:
        from wfp_ops.account.known import skew_of  # noqa: PLC0415
        from wfp_ops.account.ledger import AccountLedger  # noqa: PLC0415

        return AccountLedger(
            self.state_folder(),
            grace_days=self.settings.change.grace_days,
            clock=self.clock,
            skew=lambda: skew_of(self.base_url, self.reads),
        )
