"""The journal of an apply: where it lies, how it begins, the plan in it, and the register's record of it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from importlib.metadata import version
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wfp_ops.api.reads import Reads
from wfp_ops.change.journal.writer import Journal
from wfp_ops.change.plan import Plan
from wfp_ops.change.running.hold import user_here
from wfp_ops.errors import APIError, JournalError
from wfp_ops.memory.applied import JOURNALS
from wfp_ops.memory.applied import Applied as Registered

if TYPE_CHECKING:
    from wfp_ops.account.account import Account


def absolute(path: str | os.PathLike[str]) -> Path:
    """A journal's path as the register knows it."""
    return Path(os.path.abspath(path))  # noqa: PTH100 (resolve() would follow links, and name another file)


def journal_path(account: Account, plan: Plan, given: str | os.PathLike[str] | None) -> Path:
    """Where the journal of a new apply goes: where it is told to, or into the state folder."""
    if given is not None:
        return absolute(os.path.expanduser(given))  # noqa: PTH111 (~nobody stays)
    name = f"{account.clock.now():%Y%m%dT%H%M%SZ}-{plan.digest[:8]}"
    folder = absolute(account.state_folder().path / JOURNALS)
    # One that was cut off before the register knew of it keeps its name
    numbered = (folder / f"{name}-{number}.jsonl" for number in count(2))
    return next(path for path in chain([folder / f"{name}.jsonl"], numbered) if not path.exists())


def account_flag(plan: Plan) -> str:
    """What a command that is to be typed says besides, so that it is about the plan's account."""
    return "" if plan.account == plan.account_id else f" {shlex.join(['--account', plan.account])}"


def plan_in(begin: Mapping[str, Any], path: Path) -> Plan:
    """The plan in the first record of a journal, without what its steps carry.

    Raises:
        JournalError: there is none, or another than the record says.
    """
    try:
        plan = Plan.from_dict(begin["plan"])
        if plan.digest != begin["digest"]:
            raise ValueError("its digest is another one")  # noqa: TRY301 (one place says it)
    except (KeyError, ValueError) as error:
        raise JournalError(
            f"the journal holds no plan that can be gone on with: {error}", path=str(path), line=1
        ) from None
    return plan


def begun_journal(account: Account, plan: Plan, path: Path, approved_by: str, reads: Reads) -> Journal:
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
        "by": user_here(),
        "version": version("wfp-ops"),
    }


def _token_id(reads: Reads) -> str | None:
    """Which token changes things, by Cloudflare's id of it: for the record. It may not be told."""
    try:
        return reads.verify_token().id
    except APIError:
        return None  # the journal says null: a token may be allowed to change and not to be looked up


def registered(plan: Plan, path: Path, account: Account) -> Registered:
    """What the register of applies is to know of this one."""
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
