"""One apply with everything open: what is judged again, carried out, settled and written down at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wfp_ops.account.again import CustomerListAgain, Watch
from wfp_ops.account.customers import CustomerSource
from wfp_ops.account.known import known_of, traffic_look
from wfp_ops.account.transport import open_transport
from wfp_ops.api.reads import Reads
from wfp_ops.api.transport import Transport
from wfp_ops.change.admission import Admission, admit
from wfp_ops.change.apply import Progress
from wfp_ops.change.archive.compare import compare
from wfp_ops.change.archive.read import load
from wfp_ops.change.carry_out import Job, carry_out
from wfp_ops.change.control import CancelledError, Control, InterruptibleClock, cancel_on_interrupt
from wfp_ops.change.journal.reader import verify
from wfp_ops.change.one_step import Recheck
from wfp_ops.change.permission import check_plan
from wfp_ops.change.plan import Plan
from wfp_ops.change.recorder import Recorder
from wfp_ops.change.result import Applied, StepResult
from wfp_ops.change.running.heeding import Heeding
from wfp_ops.change.running.requests import Inbox
from wfp_ops.change.steps import Step
from wfp_ops.errors import APIError, JournalError, RefusedError, StateError
from wfp_ops.memory.snapshots import Snapshots

if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.account.account import Account
    from wfp_ops.audit.result import Audit


PAUSE_KEEPS_S = 300.0
"""After a pause of so long everything is read and judged again, as by a resume."""


@dataclass(frozen=True, kw_only=True)
class How:
    """How an apply is to go about it, beside the plan itself.

    ``begun`` is told the journal once everything is on record and the first change comes next.
    """

    confirm: str | None = None
    approve: str | None = None
    customers: CustomerSource | None = None
    query: str | None = None
    journal: str | os.PathLike[str] | None = None
    control: Control | None = None
    progress: Callable[[Progress], None] | None = None
    begun: Callable[[Path], None] | None = None


@dataclass(kw_only=True)
class Run:
    """One apply with everything open: the transport that may change things, the lists, the watch.

    ``audit`` is None for what is bound to no customer list: a restore, a creation by name.
    """

    account: Account
    plan: Plan
    how: How
    control: Heeding
    clock: InterruptibleClock
    transport: Transport
    reads: Reads
    audit: Audit | None
    watch: Recheck
    lists: CustomerListAgain | None = None

    def admit(self, places: Sequence[int]) -> Admission:
        """What of these steps may still be done.

        Raises:
            RefusedError: the plan has expired, or a plan-level guard refuses.
        """
        if self.audit is None:
            return Admission({}, ())  # what is there already is found right before each change
        known = known_of(self.account, self.audit, self.reads)
        look = traffic_look(self.account)
        return admit(self.plan, places, self.audit, known, self.reads, look=look)

    def admit_late(self, places: Sequence[int]) -> Admission | RefusedError:
        """The same for a resume, whose open steps must be settled even if nothing more may be done."""
        try:
            check_here(self.account, self.plan)
            return self.admit(places) if places else Admission({}, ())
        except RefusedError as error:
            return error

    def go_on(self, recorder: Recorder) -> Applied:
        """Settle what was in flight, then judge what is left by then, and carry that out.

        What turns out not to have been done is judged like any other step that was not begun.
        """
        if recorder.count("in_flight"):
            stopped = self._carry_out(recorder, only_settle=True)
            if stopped is not None:
                return self._ended(recorder, stopped)
        places = [place for place, state in enumerate(recorder.states) if state.status == "pending"]
        return self.through(recorder, self.admit_late(places))

    def through(self, recorder: Recorder, admission: Admission | RefusedError) -> Applied:
        """Carry out what was admitted, and write the end down."""
        refused = admission if isinstance(admission, RefusedError) else None
        dropped = admission.dropped if isinstance(admission, Admission) else {}
        stopped = self._carry_out(recorder, only_settle=refused is not None, dropped=dropped)
        return self._ended(recorder, stopped, refused)

    def _carry_out(
        self,
        recorder: Recorder,
        *,
        only_settle: bool,
        dropped: Mapping[int, tuple[str, str]] | None = None,
    ) -> str | None:
        try:
            for place, (guard, detail) in (dropped or {}).items():
                recorder.dropped(place, guard, detail)
            with cancel_on_interrupt(self.control):
                return carry_out(self._job(recorder), recorder, only_settle=only_settle)
        except JournalError as error:
            return _unwritten(recorder, error)

    def _ended(self, recorder: Recorder, stopped: str | None, refused: RefusedError | None = None) -> Applied:
        left = recorder.count("pending", "in_flight")
        try:
            recorder.say(
                "end",
                done=recorder.count("done"),
                dropped=recorder.count("dropped"),
                failed=recorder.count("failed"),
                left=left,
                complete=left == 0,
            )
        except JournalError as error:
            if not left:
                raise  # all is done and nothing to be resumed: only the record of it lacks its end
            stopped = stopped or _unwritten(recorder, error)
        if refused is not None and left:
            raise refused
        return self._result(recorder, stopped)

    def _job(self, recorder: Recorder) -> Job:
        return Job(
            plan=self.plan,
            transport=self.transport,
            folder=self.account.state_folder(),
            clock=self.clock,
            control=self.control,
            recheck=self._recheck,
            after_pause=lambda seconds: self._judge_again(recorder, seconds),
            known_ids=self._known_ids(recorder),
            report=self.how.progress,
        )

    def _recheck(self, step: Step) -> tuple[str, str] | None:
        """By the watch as it is: after a long pause it is another one."""
        return self.watch(step)

    def _judge_again(self, recorder: Recorder, seconds: float) -> None:
        """After a pause: whether the plan still holds, and after a longer one every guard about what is left.

        Raises:
            RefusedError: nothing more may be done.
            CustomerListError, StateError, APIError: it can't be told.
        """
        check_here(self.account, self.plan)
        if self.lists is None or seconds < PAUSE_KEEPS_S:
            return
        records, stamp = self.lists.read_stamped(self.account.clock.monotonic())
        self.audit = self.account.audited_by(self.reads, records)
        _refuse_other_rules(self.plan, self.audit)
        self.watch = Watch(self.account, self.plan, self.lists, self.audit, stamp)
        places = [place for place, state in enumerate(recorder.states) if state.status == "pending"]
        for place, (guard, detail) in self.admit(places).dropped.items():
            recorder.dropped(place, guard, detail)

    def _known_ids(self, recorder: Recorder) -> frozenset[str] | None:
        """The ids that were there before the first change; None where the inventory may not be whole.

        Of a resumed apply the inventory shows what it had created already. Its intent was written right
        after a read had found nothing of that name, so what bears the name now came later: unless it
        stands in the inventory that the plan rests on, and was renamed since.
        """
        there = self._ids_now()
        if there is None:
            return None
        begun = {
            step.namespace
            for step, state in zip(recorder.steps, recorder.states, strict=True)
            if step.action == "create_namespace" and state.status == "in_flight"
        }
        if not begun:
            return frozenset(there.values())
        before = {namespace_id for name, namespace_id in there.items() if name not in begun}
        return frozenset(before | self._ids_planned())

    def _ids_now(self) -> dict[str, str] | None:
        """Names to ids, as they were read when this run began."""
        if self.audit is not None:
            known = self.audit.namespaces.dropna(subset=["namespace_id"])
            ids = dict(zip(known["namespace"], known["namespace_id"], strict=True))
            return ids if self.audit.evidence.proven else None
        listing = self.reads.list_namespaces()
        if not listing.proof.proven:
            return None
        return {each.name: each.namespace_id for each in listing if each.namespace_id is not None}

    def _ids_planned(self) -> set[str]:
        """The ids in the inventory that the plan rests on; none where it is not kept any more."""
        if self.plan.inventory.snapshot is None:
            return set()
        try:
            kept = Snapshots(self.account.state_folder()).load(self.plan.inventory.snapshot)
        except StateError:
            return set()
        return set(kept.namespaces["namespace_id"].dropna())

    def _result(self, recorder: Recorder, stopped: str | None) -> Applied:
        return Applied(
            account=self.account.name,
            account_id=self.account.account_id,
            digest=self.plan.digest,
            journal=recorder.journal.path,
            steps=tuple(map(StepResult.of, self.plan.steps, recorder.states)),
            stopped=stopped,
            comparison=self._comparison(),
        )

    def _comparison(self) -> pd.DataFrame | None:
        """After a restore: what is equal to the archive, and what a person must still do.

        By reads that no cancel cuts short. Where they fail it is left out: what was done must be told.
        """
        if self.plan.restores is None:
            return None
        folder = self.account.state_folder()
        try:
            return compare(self.account.reads, load(folder, self.plan.restores), folder)
        except (APIError, StateError):
            return None  # `restore --check` makes it again, and says what is wrong


def check_here(account: Account, plan: Plan) -> None:
    """Refuse a plan that may not be applied to this account now.

    Raises:
        RefusedError: as for ``check_plan``.
    """
    check_plan(
        plan,
        account=account.name,
        account_id=account.account_id,
        base_url=account.base_url,
        now=account.clock.now(),
    )


@contextmanager
def opened(account: Account, plan: Plan, how: How, inbox: Inbox | None = None) -> Iterator[Run]:
    """Read customers and account again, with the token for changes; nothing is changed by that.

    ``inbox`` is heeded from the start, where there is one already.
    """
    lists = CustomerListAgain(account, plan, how.customers, how.query) if plan.needs_list else None
    # unreadable: not even a connection is made
    records, stamp = (None, None) if lists is None else lists.read_stamped(account.clock.monotonic())
    control = Heeding(how.control or Control(), inbox)
    clock = InterruptibleClock(account.clock, control)
    connection = open_transport(
        account.access, account.settings, clock, state_dir=account.rate_state_dir, write=True
    )
    with connection, _cancelled_in_words():
        transport = connection.with_deadline(None)
        reads = Reads(transport, account.account_id)
        audit: Audit | None = None
        watch: Recheck = _nothing_to_watch
        if lists is not None and records is not None:
            audit = account.audited_by(reads, records)
            _refuse_other_rules(plan, audit)
            watch = Watch(account, plan, lists, audit, stamp)
        yield Run(
            account=account,
            plan=plan,
            how=how,
            control=control,
            clock=clock,
            transport=transport,
            reads=reads,
            audit=audit,
            watch=watch,
            lists=lists,
        )


@contextmanager
def _cancelled_in_words() -> Iterator[None]:
    """A cancel while the account is still being read: nothing was changed by then."""
    try:
        yield
    except CancelledError:
        raise RefusedError(
            "cancelled",
            reasons=["before the first change"],
            hint="apply the plan again, or resume its journal",
        ) from None


def _unwritten(recorder: Recorder, error: JournalError) -> str:
    """Why it ended, where nothing more could be written down: what was done is told, the rest can be resumed.

    Raises:
        JournalError: the journal is none that can be gone on with.
    """
    try:
        resumable = verify(recorder.journal.path).state == "unfinished"
    except JournalError:
        resumable = False
    if not resumable:
        raise error
    return f"nothing more can be written down: {error.message}; {error.hint}"


def _nothing_to_watch(_: Step) -> None:
    """A plan that no customer list has a say in."""


def _refuse_other_rules(plan: Plan, audit: Audit) -> None:
    if (plan.convention, plan.tenancy) != (audit.convention, audit.tenancy):
        raise RefusedError(
            "the plan was made by other rules",
            reasons=[
                f"it went by {plan.convention!r} in {plan.tenancy} tenancy",
                f"the settings say {audit.convention!r} in {audit.tenancy} tenancy",
            ],
            hint="bring the settings back, or make a new plan",
        )
