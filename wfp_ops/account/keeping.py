"""What an ``Account`` keeps of the changes that were made: journals, archives, a customer's proof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wfp_ops.account.part import whole
from wfp_ops.account.remembering import Remembering

# What makes frames is loaded by the methods that make them: a first connect() needs no pandas
if TYPE_CHECKING:
    import pandas as pd


class Keeping(Remembering):
    """The part of ``Account`` that knows what is kept of its changes."""

    def journals(self) -> pd.DataFrame:
        """Every apply of this account, the newest first (``wfp_ops.frames.applies.JOURNALS``).

        Raises:
            StateError: the register of applies can't be read.
        """
        from wfp_ops.account.kept import journals_frame  # noqa: PLC0415

        return journals_frame(self.state_folder())

    def journal_paths(self) -> Sequence[Path]:
        """The journals of every apply of this account, the oldest first.

        Raises:
            StateError: the register of applies can't be read.
        """
        from wfp_ops.account.kept import journal_paths  # noqa: PLC0415

        return journal_paths(self.state_folder())

    def departure(self, customer_id: str) -> dict[str, Any]:
        """What was done for one customer, by every journal of this account, with the hashes that prove it.

        Returns:
            The document ``wfp-ops/departure/1``: ``customer_id``, ``journals`` (an entry for each with steps
            of this customer, or that brought back what such a step had removed) and ``how_to_check``, for
            JSON. Of other customers it holds hashes alone.

        Raises:
            JournalError: a journal was tampered with, or can't be read.
            StateError: the register of applies can't be read.
        """
        from wfp_ops.change.journal.departure import departure  # noqa: PLC0415

        return departure(self.journal_paths(), customer_id)

    def archives(self) -> pd.DataFrame:
        """Everything that was archived before a deletion (``wfp_ops.frames.changing.ARCHIVES``).

        Raises:
            StateError: the state folder can't be read.
        """
        from wfp_ops.account.kept import archives_frame  # noqa: PLC0415

        return archives_frame(self.state_folder())

    def compare(self, archive: str) -> pd.DataFrame:
        """An archive against what is in the account now (``wfp_ops.frames.changing.COMPARISON``).

        Raises:
            ArchiveError: there is no such archive, or it can't be trusted.
            APIError: Cloudflare refused, or an answer was not whole.
        """
        from wfp_ops.account.restoring import compare_archive  # noqa: PLC0415

        return compare_archive(whole(self), archive)

    def purge_archives(
        self, *, older_than: timedelta | None = None, namespace: str | None = None, dry_run: bool = False
    ) -> list[str]:
        """Remove archives for good, as a duty to erase asks; their names come back.

        Args:
            older_than: those that were made longer ago than this.
            namespace: those of the namespace of this name.
            dry_run: only say which would go.

        Raises:
            SettingsError: neither is given: that would be all of them.
            ArchiveError: there is no archive of that namespace, and there was none that was removed.
            StateError: one can't be removed.
        """
        from wfp_ops.account.kept import purge_archives  # noqa: PLC0415

        return purge_archives(
            self.state_folder(),
            older_than=older_than,
            namespace=namespace,
            dry_run=dry_run,
            now=self.clock.now(),
        )
