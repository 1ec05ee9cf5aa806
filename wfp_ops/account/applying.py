"""Applying a plan to an account, and resuming an apply: everything is read and judged again before."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wfp_ops.account.restoring import blobs_again
from wfp_ops.account.run import How, opened
from wfp_ops.api.reads import Reads
from wfp_ops.change.admission import Admission
from wfp_ops.change.journal.progress import StepState, fold
from wfp_ops.change.journal.reader import begin_of, read
from wfp_ops.change.journal.writer import Journal
from wfp_ops.change.permission import check_plan, check_words
from wfp_ops.change.plan import Plan
from wfp_ops.change.plan_file import needed_blobs
from wfp_ops.change.recorder import Recorder
from wfp_ops.change.result import Applied
from wfp_ops.errors import APIError, JournalError, PlanError, RefusedError
from wfp_ops.memory.applied import Applied as Registered
from wfp_ops.memory.applied import AppliedPlans

if TYPE_CHECKING:
    from wfp_ops.account.account import Account

JOURNALS = "journals"


def apply_plan(account: Account, plan: Plan, how: How) -> Applied:
    """Apply a plan that a person has confirmed.

    Raises:
        RefusedError: it may not be applied, or these are not its words; nothing was changed.
        CustomerListError: the customer list can't be read again; nothing was changed.
        StateError: the journal can't be written, or another apply is going on; before the first change also
            where what the plan carries is missing, or the archive that holds it was changed.
        APIError: the account can't be read; nothing was changed.
    """
    now = account.clock.now()
    check_plan(plan, account_id=account.account_id, base_url=account.base_url, now=now)
    approved_by = check_words(plan, confirm=how.confirm, approve=how.approve)
    _refuse_incomplete(plan)
    folder = account.state_folder()
    register = AppliedPlans(folder)
    path = _journal_path(account, plan, how)
    with folder.apply_lock(f"applying plan {plan.digest[:12]}"):
        _refuse_again(register, plan)
        states = [StepState() for _ in plan.steps]
        with opened(account, plan, how) as run:
            admission = run.admit(range(len(plan.steps)))
            if len(admission.dropped) == len(plan.steps):
                raise _nothing_left(plan, admission)
            with _begun(account, plan, path, approved_by, run.reads) as journal:
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
            opened(account, plan, how) as run,
        ):
            journal.append(
                "resumed", by=_who(), torn_bytes=journal.torn_bytes, detail="settling, then going on"
            )
            return run.go_on(Recorder(plan.steps, states, journal))


def _journal_path(account: Account, plan: Plan, how: How) -> Path:
    if how.journal is not None:
        return Path(os.path.abspath(os.path.expanduser(how.journal)))  # noqa: PTH100, PTH111 (~nobody stays)
    name = f"{account.clock.now():%Y%m%dT%H%M%SZ}-{plan.digest[:8]}"
    folder = Path(os.path.abspath(account.state_folder().path / JOURNALS))  # noqa: PTH100
    # One that was cut off before the register knew of it keeps its name
    numbered = (folder / f"{name}-{number}.jsonl" for number in count(2))
    return next(path for path in chain([folder / f"{name}.jsonl"], numbered) if not path.exists())


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


def _begun(account: Account, plan: Plan, path: Path, approved_by: str, reads: Reads) -> Journal:
    """The plan's journal with its first record; that holds the whole plan, and is not kept in memory."""
    facts = {**_begin(plan, approved_by), "token_id": _token_id(reads)}
    return Journal.create(path, account.clock, **facts)


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
