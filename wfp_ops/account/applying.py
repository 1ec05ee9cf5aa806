"""Applying a plan to an account, and resuming an apply: everything is read and judged again before."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wfp_ops.account.again import CustomerListAgain, Watch
from wfp_ops.account.customers import CustomerSource
from wfp_ops.account.known import known_of
from wfp_ops.account.restoring import blobs_again
from wfp_ops.account.transport import open_transport
from wfp_ops.api.reads import Reads
from wfp_ops.api.transport import Transport
from wfp_ops.change.admission import Admission, admit
from wfp_ops.change.apply import Progress
from wfp_ops.change.archive.compare import compare
from wfp_ops.change.archive.read import load
from wfp_ops.change.carry_out import Job, carry_out
from wfp_ops.change.control import CancelledError, Control, InterruptibleClock, cancel_on_interrupt
from wfp_ops.change.journal.progress import Status, StepState, fold
from wfp_ops.change.journal.reader import begin_of, read
from wfp_ops.change.journal.writer import Journal
from wfp_ops.change.one_step import Recheck
from wfp_ops.change.permission import check_plan, check_words
from wfp_ops.change.plan import Plan
from wfp_ops.change.plan_file import needed_blobs
from wfp_ops.change.recorder import Recorder
from wfp_ops.change.result import Applied, Outcome, StepResult
from wfp_ops.change.steps import Step
from wfp_ops.errors import APIError, JournalError, RefusedError
from wfp_ops.memory.applied import Applied as Registered
from wfp_ops.memory.applied import AppliedPlans

if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.account.account import Account
    from wfp_ops.audit.result import Audit

JOURNALS = "journals"


@dataclass(frozen=True, kw_only=True)
class How:
    """How an apply is to go about it, beside the plan itself."""

    confirm: str | None = None
    approve: str | None = None
    customers: CustomerSource | None = None
    query: str | None = None
    journal: str | os.PathLike[str] | None = None
    control: Control | None = None
    progress: Callable[[Progress], None] | None = None


def apply_plan(account: Account, plan: Plan, how: How) -> Applied:
    """Apply a plan that a person has confirmed.

    Raises:
        RefusedError: it may not be applied, or these are not its words; nothing was changed.
        CustomerListError: the customer list can't be read again; nothing was changed.
        StateError: the journal can't be written, or another apply is going on.
        APIError: the account can't be read; nothing was changed.
    """
    now = account.clock.now()
    check_plan(plan, account_id=account.account_id, base_url=account.base_url, now=now)
    approved_by = check_words(plan, confirm=how.confirm, approve=how.approve)
    folder = account.state_folder()
    register = AppliedPlans(folder)
    path = _journal_path(account, plan, how)
    with folder.apply_lock(f"applying plan {plan.digest[:12]}"):
        _refuse_again(register, plan)
        states = [StepState() for _ in plan.steps]
        with _opened(account, plan, how) as run:
            admission = run.admit(range(len(plan.steps)))
            if len(admission.dropped) == len(plan.steps):
                raise _nothing_left(plan, admission)
            begin = {**_begin(plan, approved_by), "token_id": _token_id(run.reads)}
            with Journal.create(path, account.clock, **begin) as journal:
                # On record before the first change: from now on this confirmation is used up
                register.record(_registered(plan, path, account))
                recorder = Recorder(plan.steps, states, journal)
                return run.through(recorder, admission)


def resume_apply(account: Account, path: Path, how: How) -> Applied:
    """Go on with an apply that was cut off: settle what was in flight, then do what is left.

    Raises:
        JournalError: the journal is tampered with, or is none.
        RefusedError: it is of another account, was not confirmed here, or its plan has expired; what was in
            flight is settled first even so.
        StateError, APIError: as for ``apply_plan``.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 (resolve() would follow links, and name another file)
    begin = begin_of(path).facts
    plan = _plan_in(begin, path)
    folder = account.state_folder()
    with folder.apply_lock(f"resuming plan {plan.digest[:12]}"):
        _refuse_unregistered(AppliedPlans(folder), plan, path)
        states = fold(read(path, allow_torn=True), len(plan.steps))
        plan = _with_blobs(account, plan, states, path)
        with (
            Journal.reopen(path, account.clock) as journal,
            _opened(account, plan, how) as run,
        ):
            journal.append(
                "resumed", by=_who(), torn_bytes=journal.torn_bytes, detail="settling, then going on"
            )
            recorder = Recorder(plan.steps, states, journal)
            places = [place for place, state in enumerate(states) if state.status == "pending"]
            return run.through(recorder, run.admit_late(places))


@dataclass(kw_only=True)
class _Run:
    """One apply with everything open: the transport that may change things, the lists, the watch.

    ``audit`` is None for a restore, which is bound to an archive and to no customer list.
    """

    account: Account
    plan: Plan
    how: How
    control: Control
    clock: InterruptibleClock
    transport: Transport
    reads: Reads
    audit: Audit | None
    watch: Recheck

    def admit(self, places: Sequence[int]) -> Admission:
        """What of these steps may still be done.

        Raises:
            RefusedError: the plan has expired, or a plan-level guard refuses.
        """
        if self.audit is None:
            return Admission({}, ())  # what is there already is found right before each change
        known = known_of(
            self.audit, self.account.state_folder(), self.account.settings.change, self.account.clock
        )
        return admit(self.plan, places, self.audit, known, self.reads)

    def admit_late(self, places: Sequence[int]) -> Admission | RefusedError:
        """The same for a resume, whose open steps must be settled even if nothing more may be done."""
        try:
            check_plan(
                self.plan,
                account_id=self.account.account_id,
                base_url=self.account.base_url,
                now=self.account.clock.now(),
            )
            return self.admit(places) if places else Admission({}, ())
        except RefusedError as error:
            return error

    def through(self, recorder: Recorder, admission: Admission | RefusedError) -> Applied:
        """Carry out what was admitted, and write the end down."""
        refused = admission if isinstance(admission, RefusedError) else None
        if isinstance(admission, Admission):
            for place, (guard, detail) in admission.dropped.items():
                recorder.dropped(place, guard, detail)
        with cancel_on_interrupt(self.control):
            stopped = carry_out(self._job(), recorder, only_settle=refused is not None)
        left = recorder.count("pending", "in_flight")
        recorder.say(
            "end",
            done=recorder.count("done"),
            dropped=recorder.count("dropped"),
            failed=recorder.count("failed"),
            left=left,
            complete=left == 0,
        )
        if refused is not None and left:
            raise refused
        return self._result(recorder, stopped)

    def _job(self) -> Job:
        return Job(
            plan=self.plan,
            transport=self.transport,
            folder=self.account.state_folder(),
            clock=self.clock,
            control=self.control,
            recheck=self.watch,
            known_ids=self._known_ids(),
            report=self.how.progress,
        )

    def _known_ids(self) -> frozenset[str] | None:
        """The ids that were there before; None where the inventory may not be whole."""
        if self.audit is not None:
            ids = self.audit.namespaces["namespace_id"].dropna()
            return frozenset(ids) if self.audit.evidence.proven else None
        listing = self.reads.list_namespaces()
        if not listing.proof.proven:
            return None
        return frozenset(each.namespace_id for each in listing if each.namespace_id is not None)

    def _result(self, recorder: Recorder, stopped: str | None) -> Applied:
        return Applied(
            account=self.account.name,
            account_id=self.account.account_id,
            digest=self.plan.digest,
            journal=recorder.journal.path,
            steps=tuple(map(_step_result, self.plan.steps, recorder.states)),
            stopped=stopped,
            comparison=self._comparison(),
        )

    def _comparison(self) -> pd.DataFrame | None:
        """After a restore: what is equal to the archive, and what a person must still do."""
        if self.plan.restores is None:
            return None
        folder = self.account.state_folder()
        return compare(self.reads, load(folder, self.plan.restores), folder)


@contextmanager
def _opened(account: Account, plan: Plan, how: How) -> Iterator[_Run]:
    """Read customers and account again, with the token for changes; nothing is changed by that."""
    lists = None if plan.restores is not None else CustomerListAgain(account, plan, how.customers, how.query)
    records = None if lists is None else lists.read()  # unreadable: not even a connection is made
    control = how.control or Control()
    clock = InterruptibleClock(account.clock, control)
    opened = open_transport(
        account.access, account.settings, clock, state_dir=account.rate_state_dir, write=True
    )
    with opened, _cancelled_in_words():
        transport = opened.with_deadline(None)
        reads = Reads(transport, account.account_id)
        audit: Audit | None = None
        watch: Recheck = _nothing_to_watch
        if lists is not None and records is not None:
            audit = account.audited_by(reads, records)
            _refuse_other_rules(plan, audit)
            watch = Watch(account, plan, lists, audit)
        yield _Run(
            account=account,
            plan=plan,
            how=how,
            control=control,
            clock=clock,
            transport=transport,
            reads=reads,
            audit=audit,
            watch=watch,
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


def _nothing_to_watch(_: Step) -> None:
    """A restore is bound to an archive, and to no customer list."""


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


def _journal_path(account: Account, plan: Plan, how: How) -> Path:
    if how.journal is not None:
        return Path(os.path.abspath(os.path.expanduser(how.journal)))  # noqa: PTH100, PTH111 (~nobody stays)
    name = f"{account.clock.now():%Y%m%dT%H%M%SZ}-{plan.digest[:8]}.jsonl"
    return Path(os.path.abspath(account.state_folder().path / JOURNALS / name))  # noqa: PTH100


def _refuse_again(register: AppliedPlans, plan: Plan) -> None:
    before = register.find(plan.digest)
    if before is not None:
        raise RefusedError(
            "this plan was applied already",
            reasons=[f"a confirmation is good once; its journal is {before.journal}"],
            hint=f"if it was cut off, go on with it: wfp-ops journal resume {before.journal}",
        )


def _refuse_unregistered(register: AppliedPlans, plan: Plan, path: Path) -> None:
    """A journal alone confirms nothing: whoever can write a file could write one."""
    before = register.find(plan.digest)
    if before is None or Path(before.journal) != path:
        where = "nowhere" if before is None else before.journal
        raise RefusedError(
            "this journal is of no apply that was confirmed here",
            reasons=[f"by this account's register, the plan's journal is {where}"],
            hint="resume it on the machine, and with the state_dir, on which it was begun",
        )


def _nothing_left(plan: Plan, admission: Admission) -> RefusedError:
    reasons = [
        f"{plan.steps[place].name}: {guard}: {detail}" for place, (guard, detail) in admission.dropped.items()
    ]
    return RefusedError(
        "there is nothing left to do: every step has dropped out",
        reasons=reasons[:20],
        hint="nothing was changed; make a new plan",
    )


def _begin(plan: Plan, approved_by: str) -> dict[str, object]:
    return {
        "schema": "wfp-ops/journal/1",
        "account_id": plan.account_id,
        "account": plan.account,
        "base_url": plan.base_url,
        "digest": plan.digest,
        "plan": plan.to_dict(),
        "approved_by": approved_by,
        "confirmation": plan.confirmation,
        "by": _who(),
        "version": version("wfp-ops"),
    }


def _who() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def _token_id(reads: Reads) -> str | None:
    """Which token changes things, by Cloudflare's id of it: for the record. It may not be told."""
    try:
        return reads.verify_token().id
    except APIError:
        return None  # the journal says null: a token may be allowed to change and not to be looked up


def _registered(plan: Plan, path: Path, account: Account) -> Registered:
    return Registered(
        digest=plan.digest,
        at=account.clock.now().replace(microsecond=0),
        journal=str(path),
        deletions=tuple(
            (step.action, step.namespace, step.worker, step.preconditions.get("namespace_id"))
            for step in plan.steps
            if step.is_deletion
        ),
    )


def _plan_in(begin: Mapping[str, Any], path: Path) -> Plan:
    try:
        plan = Plan.from_dict(begin["plan"])
        if plan.digest != begin["digest"]:
            raise ValueError("its digest is another one")  # noqa: TRY301 (one place says it)
    except (KeyError, TypeError, ValueError) as error:
        raise JournalError(
            f"the journal holds no plan that can be gone on with: {error}", path=str(path), line=1
        ) from None
    return plan


def _with_blobs(account: Account, plan: Plan, states: Sequence[StepState], path: Path) -> Plan:
    """A restore's modules again, from the archive that it restores."""
    if all(state.status == "done" for state in states) or not set(needed_blobs(plan)):
        return plan
    if plan.restores is None:
        raise JournalError(
            "what the plan carries is not beside the journal",
            path=str(path),
            hint="make a new plan of what is left",
        )
    return blobs_again(account, plan)


_OUTCOMES: Mapping[Status, Outcome] = {
    "pending": "left",
    "in_flight": "unknown",
    "done": "done",
    "dropped": "dropped",
    "failed": "failed",
}


def _step_result(step: Step, state: StepState) -> StepResult:
    return StepResult(
        step=step,
        outcome=_OUTCOMES[state.status],
        detail=state.detail,
        guard=state.guard,
        archive=state.archive,
        verified=state.verified,
    )
