"""``Running``: a hand on an apply that goes on in whichever process, by its journal."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from wfp_ops.account.apply_journal import absolute, account_flag, plan_in
from wfp_ops.change.journal.reader import Reading, begin_of
from wfp_ops.change.plan import Plan
from wfp_ops.change.result import Applied, StepResult
from wfp_ops.change.running.hold import Who, is_held, last_run, user_here
from wfp_ops.change.running.place import RunPlace
from wfp_ops.change.running.progress import Life, RunProgress, Tally
from wfp_ops.change.running.requests import Inbox, Request, Wish, ask, in_force
from wfp_ops.clock import Clock, iso, parse_time
from wfp_ops.errors import JournalError, RefusedError, visible

_EVERY_S = 0.2


class Running:
    """An apply as its journal shows it: it goes on, has ended, or was cut off. Threads may share it.

    Nothing of it lives in this process: it is read from the journal, as far as that was written since the
    last time, and what is asked of the apply lies in the folder beside the journal.

    Attributes:
        journal: the journal's file.
        plan: the plan, without the modules that its steps carry.
        log: what a run without a terminal wrote; the file need not be there.
    """

    def __init__(self, journal: str | os.PathLike[str], clock: Clock) -> None:
        self.journal: Path = absolute(journal)
        begin = begin_of(self.journal)
        self.plan: Plan = plan_in(begin.facts, self.journal)
        self._begin = begin.hash
        self._place = RunPlace(self.journal)
        self.log: Path = self._place.log
        self._clock = clock
        self._reading = Reading(self.journal)
        self._tally = Tally(self.plan)
        self._inbox: Inbox | None = None
        self._asked: list[Request] = []
        self._lock = threading.Lock()

    def progress(self) -> RunProgress:
        """How far it is.

        Raises:
            JournalError: the journal was changed, or can't be read.
        """
        with self._lock:
            # In this order: of a run that has ended by now every record is read
            life = self._life()
            self._read_on()
            return self._tally.progress(life)

    def pause(self) -> None:
        """Let the step that is under way end, and begin no other.

        Raises:
            RefusedError: nobody goes on with it.
            JournalError: it can't be asked.
        """
        self._ask("pause")

    def resume(self) -> None:
        """Go on after a pause. One that was cut off goes on by ``account.start_resume(journal)``.

        Raises:
            RefusedError, JournalError: as for ``pause``.
        """
        self._ask("resume")

    def cancel(self) -> None:
        """End after the step that is under way; what is left can be resumed.

        Raises:
            RefusedError, JournalError: as for ``pause``.
        """
        self._ask("cancel")

    def wait(self, timeout_s: float | None = None) -> RunProgress:
        """Wait until nobody goes on with it, or for so many seconds; then how far it is.

        Raises:
            JournalError: as for ``progress``.
        """
        ends = None if timeout_s is None else self._clock.monotonic() + timeout_s
        while True:
            progress = self.progress()
            if progress.ended or (ends is not None and self._clock.monotonic() >= ends):
                return progress
            self._clock.sleep(_EVERY_S)

    def result(self) -> Applied:
        """What came of each step up to now; a restore's comparison is not in it (``account.compare``).

        Raises:
            JournalError: as for ``progress``.
        """
        progress = self.progress()
        with self._lock:
            return Applied(
                account=self.plan.account,
                account_id=self.plan.account_id,
                digest=self.plan.digest,
                journal=self.journal,
                steps=tuple(map(StepResult.of, self.plan.steps, self._tally.states)),
                stopped=progress.stopped,
            )

    def _life(self) -> Life:
        goes_on = is_held(self.journal)
        who = self._who()
        if who is None:
            return Life(goes_on=goes_on)
        return Life(
            goes_on=goes_on,
            pid=who.pid,
            since=parse_time(who.since),
            asked=self._asked_of(who) if goes_on else None,
            problem=who.problem,
        )

    def _asked_of(self, who: Who) -> Wish | None:
        if self._inbox is None or self._inbox.run != who.run:
            self._inbox, self._asked = Inbox(self._place.requests, journal=who.journal, run=who.run), []
        self._asked += self._inbox.new()
        return in_force(self._asked)

    def _who(self) -> Who | None:
        """Who runs this journal; a folder that came from elsewhere says nothing about it."""
        who = last_run(self.journal)
        return who if who is not None and who.journal == self._begin else None

    def _read_on(self) -> None:
        records = list(self._reading)
        if self._reading.problem is not None:
            raise self._reading.error()
        try:
            self._tally.add(records)
        except ValueError as error:
            raise JournalError(f"the journal contradicts itself: {error}", path=str(self.journal)) from None

    def _ask(self, wish: Wish) -> None:
        who = self._who() if is_held(self.journal) else None
        if who is None:
            raise RefusedError(
                "this apply does not go on, so nothing can be asked of it",
                reasons=[self.progress().stopped or "it has ended"],
                hint="to go on with what is left: "
                f"wfp-ops journal resume {self.journal}{account_flag(self.plan)}",
            )
        request = Request(
            journal=who.journal, run=who.run, wish=wish, by=user_here(), at=iso(self._clock.now())
        )
        ask(self._place.requests, request)

    def __repr__(self) -> str:
        return "\n".join(
            [f"Apply to {visible(self.plan.account)}: {self._headline()}", f"journal: {self.journal}"]
        )

    def _repr_html_(self) -> str:
        from wfp_ops.frames.show import facts_table  # noqa: PLC0415 (only notebooks ask)

        facts = {"plan": self.plan.confirmation, "state": self._headline(), "journal": str(self.journal)}
        return facts_table(f"Apply to {self.plan.account}", facts)

    def _headline(self) -> str:
        try:
            progress = self.progress()
        except JournalError as error:
            return visible(error.message)
        said = f"{progress.state}, {progress.over:,} of {progress.total:,} steps"
        return f"{said}: {visible(progress.stopped)}" if progress.stopped else said
