"""Applying a plan to an account, and resuming an apply: everything is read and judged again before."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from wfp_ops.account.apply_journal import (
    absolute,
    account_flag,
    begun_journal,
    journal_path,
    plan_in,
    registered,
)
from wfp_ops.account.restoring import blobs_again
from wfp_ops.account.run import How, check_here, opened
from wfp_ops.change.admission import Admission
from wfp_ops.change.journal.progress import StepState, fold
from wfp_ops.change.journal.reader import begin_of, read
from wfp_ops.change.journal.record import Record
from wfp_ops.change.journal.writer import Journal
from wfp_ops.change.permission import check_words
from wfp_ops.change.plan import Plan
from wfp_ops.change.plan_file import needed_blobs
from wfp_ops.change.recorder import Recorder
from wfp_ops.change.result import Applied
from wfp_ops.change.running.hold import held, user_here
from wfp_ops.errors import JournalError, PlanError, RefusedError
from wfp_ops.memory.applied import AppliedPlans

if TYPE_CHECKING:
    from wfp_ops.account.account import Account


def apply_plan(account: Account, plan: Plan, how: How) -> Applied:
    """Apply a plan that a person has confirmed.

    Raises:
        RefusedError: it may not be applied, or these are not its words; nothing was changed.
        CustomerListError: the customer list can't be read again; nothing was changed.
        StateError: the journal can't be written, or another apply is going on; before the first change also
            where what the plan carries is missing, or the archive that holds it was changed.
        APIError: the account can't be read; nothing was changed.
    """
    approved_by, plan = check_first(account, plan, how)
    folder = account.state_folder()
    register = AppliedPlans(folder)
    path = journal_path(account, plan, how.journal)
    # What says that the run lives is let go of last: from then on another may take the lock
    with ExitStack() as lives, folder.apply_lock(f"applying plan {plan.digest[:12]}"):
        _refuse_again(register, plan)
        states = [StepState() for _ in plan.steps]
        with opened(account, plan, how) as run:
            admission = run.admit(range(len(plan.steps)))
            if len(admission.dropped) == len(plan.steps):
                raise _nothing_left(plan, admission)
            with begun_journal(account, plan, path, approved_by, run.reads) as journal:
                run.control.heed(lives.enter_context(held(path, account.clock, journal=journal.last_hash)))
                # On record before the first change: from now on this confirmation is used up
                register.record(registered(plan, path, account))
                _say_begun(how, path)
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
    path = absolute(path)
    begin, plan = check_journal(account, path)
    folder = account.state_folder()
    with ExitStack() as lives, folder.apply_lock(f"resuming plan {plan.digest[:12]}"):
        _refuse_unregistered(AppliedPlans(folder), plan, path)
        inbox = lives.enter_context(held(path, account.clock, journal=begin.hash))
        states = fold(read(path, allow_torn=True), len(plan.steps))
        plan = _with_blobs(account, plan, states, path)
        with (
            Journal.reopen(path, account.clock) as journal,
            opened(account, plan, how, inbox) as run,
        ):
            journal.append(
                "resumed",
                by=user_here(),
                torn_bytes=journal.torn_bytes,
                end_in_doubt=journal.end_in_doubt,
                detail="settling, then going on",
            )
            _say_begun(how, path)
            return run.go_on(Recorder(plan.steps, states, journal))


def check_first(account: Account, plan: Plan, how: How) -> tuple[str, Plan]:
    """What can be said before anything is read.

    Returns:
        How it was approved, as ``check_words`` says; and the plan, a restore's with what its archive holds.

    Raises:
        RefusedError: it may not be applied, was applied already, these are not its words, or it is a restore
            and not what its archive gives.
        SettingsError: the words and a digest are given.
        PlanError, ArchiveError: what the plan carries is missing or was changed.
    """
    check_here(account, plan)
    approved_by = check_words(plan, confirm=how.confirm, approve=how.approve)
    plan = blobs_again(account, plan)
    _refuse_incomplete(plan)
    _refuse_again(AppliedPlans(account.state_folder()), plan)
    return approved_by, plan


def check_journal(account: Account, path: Path) -> tuple[Record, Plan]:
    """The begin of a journal that may be gone on with here, and the plan in it.

    Raises:
        JournalError: it is none, or holds no plan.
        RefusedError: it was not confirmed here.
    """
    begin = begin_of(path)
    plan = plan_in(begin.facts, path)
    _refuse_unregistered(AppliedPlans(account.state_folder()), plan, path)
    return begin, plan


def _refuse_again(register: AppliedPlans, plan: Plan) -> None:
    """Refuse a plan that was applied before."""
    before = register.find(plan.digest)
    if before is not None:
        raise RefusedError(
            "this plan was applied already",
            reasons=[f"a confirmation is good once; its journal is {before.journal}"],
            hint="if it was cut off, go on with it: "
            f"wfp-ops journal resume {before.journal}{account_flag(plan)}",
        )


def _refuse_unregistered(register: AppliedPlans, plan: Plan, path: Path) -> None:
    """A journal alone confirms nothing: whoever can write a file could write one."""
    before = register.find(plan.digest)
    if before is None or Path(before.journal) != path:
        where = "nowhere" if before is None else before.journal
        hint = "resume it on the machine, and with the state_dir, on which it was begun"
        if before is None and sum(1 for _ in read(path, allow_torn=True)) == 1:
            hint = "it was cut off before its first change: nothing was done, so apply its plan again"
        raise RefusedError(
            "this journal is of no apply that was confirmed here",
            reasons=[f"by this account's register, the plan's journal is {where}"],
            hint=hint,
        )


def _refuse_incomplete(plan: Plan) -> None:
    """What the steps carry is there, and whole, before the first of them is begun."""
    for digest in needed_blobs(plan):
        if plan.blobs.get(digest) is None:  # an archive's file is read and checked by that
            raise PlanError(
                "what the plan carries is missing",
                path=digest,
                hint="copy the folder beside the plan along with it, or make the plan anew",
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


def _say_begun(how: How, path: Path) -> None:
    if how.begun is not None:
        how.begun(path)


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
