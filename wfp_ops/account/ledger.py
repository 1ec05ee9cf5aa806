"""What an account marks and protects: the ledger beside the audits, and who may write marks into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import pandas as pd

from wfp_ops.account.marking import candidates_of, marks_frame, protections_frame, without_id
from wfp_ops.account.protecting import check_name
from wfp_ops.audit.result import Audit
from wfp_ops.change.clock_skew import clock_is_wrong
from wfp_ops.clock import Clock
from wfp_ops.errors import RefusedError, SettingsError
from wfp_ops.memory.baseline import Problem, judge, load_baseline
from wfp_ops.memory.folder import StateFolder
from wfp_ops.memory.kept import Kept
from wfp_ops.memory.ledger import Ledger, LedgerContent
from wfp_ops.memory.snapshots import Snapshots

_ANOTHER = "the audit is of another account"


class AccountLedger:
    """The marks and the dated protections of one account."""

    def __init__(
        self,
        folder: StateFolder,
        *,
        grace_days: int,
        clock: Clock,
        skew: Callable[[], timedelta] = timedelta,
    ) -> None:
        self._folder = folder
        self._ledger = Ledger(folder)
        self._grace_days = grace_days
        self._clock = clock
        self._skew = skew

    def mark(self, audit: Audit, kept: Kept) -> pd.DataFrame:
        """Bring the marks up to date with an audit, because somebody asked for it.

        Without an accepted list there is nothing to measure this one against; that is no reason to wait.

        Raises:
            RefusedError: the audit is of another account, its list is empty, its inventory is not proven
                complete, or something speaks against its list.
            StateError: the ledger can't be read or written, or nobody knows what was accepted.
        """
        if audit.account_id != self._folder.account_id:
            raise RefusedError("nothing is marked", reasons=[_ANOTHER])
        if (wrong := clock_is_wrong(self._skew())) is not None:
            raise RefusedError("nothing is marked", reasons=[wrong], hint="set the clock right, then mark")
        accepted = self._accepted()
        problems = [each for each in _problems(audit, kept, accepted) if each.final or accepted is not None]
        if problems:
            raise RefusedError(
                "nothing is marked",
                reasons=[each.detail for each in problems],
                hint="no reason overrides this"
                if any(each.final for each in problems)
                else "mend the customer list, or vouch for it: wfp-ops audit --accept --reason TEXT",
            )
        self._write(audit)
        return self.marks()

    def mark_if_fit(self, audit: Audit, kept: Kept) -> tuple[str, ...]:
        """The same for an audit that was made for another purpose; notes on what did not come of it.

        It marks only where a list was accepted and nothing speaks against this one.

        Raises:
            StateError: the ledger can't be read or written, or nobody knows what was accepted.
        """
        if audit.account_id != self._folder.account_id:
            return (f"deletion candidates are not marked: {_ANOTHER}",)
        if (wrong := clock_is_wrong(self._skew())) is not None:
            return (f"deletion candidates are not marked: {wrong}",)
        accepted = self._accepted()
        if accepted is None:
            return ()
        if problems := _problems(audit, kept, accepted):
            said = "; ".join(each.detail for each in problems)
            return (f"deletion candidates are not marked, because the customer list is not fit: {said}",)
        self._write(audit)
        return without_id(candidates_of(audit))

    def marks(self) -> pd.DataFrame:
        """The marks (``MARKS``).

        Raises:
            StateError: the ledger can't be read.
        """
        return marks_frame(self._ledger.load(), self._today)

    def protections(self) -> pd.DataFrame:
        """The dated protections (``PROTECTIONS``).

        Raises:
            StateError: the ledger can't be read.
        """
        return self._frame(self._ledger.load())

    def protect(self, name: str, until: date | str, reason: str, *, unseen: bool = False) -> pd.DataFrame:
        """Protect a name; all protections come back.

        Raises:
            SettingsError: the day is none or not in the future, the reason is too short, there is no name or
                a pattern, or the last kept audit does not know it and ``unseen`` is not said.
            StateError: the ledger can't be read or written.
        """
        check_name(name, self._folder, unseen=unseen)
        return self._frame(self._ledger.protect(name, _day(until), reason, self._clock.now()))

    def unprotect(self, name: str) -> pd.DataFrame:
        """Take a protection out; those that are left come back.

        Raises:
            SettingsError: there is none of this name.
            StateError: the ledger can't be read or written.
        """
        return self._frame(self._ledger.unprotect(name))

    @property
    def _today(self) -> date:
        return self._clock.now().date()

    def _frame(self, content: LedgerContent) -> pd.DataFrame:
        return protections_frame(content, self._today)

    def _accepted(self) -> Kept | None:
        record = load_baseline(self._folder)
        return None if record is None else Snapshots(self._folder).load(record.snapshot)

    def _write(self, audit: Audit) -> None:
        self._ledger.mark(
            candidates_of(audit),
            now=self._clock.now(),
            grace_days=self._grace_days,
            gone_known=audit.evidence.proven,
        )


def _problems(audit: Audit, kept: Kept, accepted: Kept | None) -> Sequence[Problem]:
    seen = set(audit.set_aside["customer_ids"].explode().dropna())
    return judge(kept, accepted, seen=seen).problems


def _day(until: date | str) -> date:
    """A whole day: a moment within one would end earlier than it says.

    Raises:
        SettingsError: it is none.
    """
    try:
        day = date.fromisoformat(until.strip()) if isinstance(until, str) else until
    except ValueError:
        day = None
    if day is None or isinstance(day, datetime):
        raise SettingsError(f"{str(until)!r} is no day", key="until", hint="write it as 2027-01-31")
    return day
