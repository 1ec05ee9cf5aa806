"""A plan carried out on a sandbox first: the same code and guards, with faults and a crash on the way."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
from pydantic import SecretStr

from wfp_ops.account.again import CustomerListAgain
from wfp_ops.account.applying import apply_plan, resume_apply
from wfp_ops.account.customers import CustomerSource
from wfp_ops.account.required import require_sandbox
from wfp_ops.account.run import How
from wfp_ops.account.stage import inventory_document
from wfp_ops.audit.result import Audit
from wfp_ops.change.apply import Progress
from wfp_ops.change.forecast import in_words
from wfp_ops.change.plan import Plan
from wfp_ops.change.result import Applied
from wfp_ops.clock import QuickClock, SystemClock
from wfp_ops.errors import PlanError, RefusedError, SandboxError, SettingsError
from wfp_ops.frames.export import to_rows
from wfp_ops.memory.baseline import load_baseline
from wfp_ops.memory.folder import StateFolder
from wfp_ops.memory.snapshots import PART as SNAPSHOTS
from wfp_ops.memory.snapshots import Snapshots
from wfp_ops.sandbox.child import SandboxProcess, SandboxStartError, start_sandbox
from wfp_ops.settings.access import Access

if TYPE_CHECKING:
    from wfp_ops.account.account import Account

SCHEMA = "wfp-ops/rehearsal/1"
MOST_RESUMES = 20
# The rehearsed account may be a sandbox itself: with its seed, new ids would be those that are there
_OWN_SEEDS = 1_000_000
_FAULTS: tuple[Mapping[str, Any], ...] = (
    {"kind": "status", "status": 500, "method": "GET"},
    {"kind": "cut", "method": "GET"},
    {"kind": "status", "status": 429, "retry_after": 1},
    {"kind": "reset"},
    {"kind": "lost_answer", "method": "DELETE"},
    {"kind": "lost_answer", "method": "POST"},
    {"kind": "lost_answer", "method": "PUT"},
    {"kind": "status", "status": 502, "method": "DELETE"},
)

_FAULT_WORDS = {"cut": "cut off", "reset": "reset", "lost_answer": "answer lost"}


class _CrashError(BaseException):
    """The power goes. Nothing catches it but who made it."""


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Rehearsal:
    """What a rehearsal showed.

    Attributes:
        before, after: the audits of the sandbox.
        gone, left, new: findings that the plan does away with, that stay, and that it brings.
        applied: what came of each step in the end.
        crashed_after: how many steps were over when the apply was cut off; None where it was too short.
        resumed: how often it had to be gone on with.
        faults: how many requests failed, by kind.
        seconds: how long it will take at the account's rate budget, about.
    """

    plan: Plan
    before: Audit
    after: Audit
    applied: Applied
    crashed_after: int | None
    resumed: int
    faults: Mapping[str, int]
    seconds: int

    @property
    def gone(self) -> pd.DataFrame:
        """Findings before that are none after."""
        return _missing_in(self.before.findings, self.after.findings)

    @property
    def left(self) -> pd.DataFrame:
        """Findings that are there after as they were before."""
        gone = _keys(self.gone)
        return self.before.findings[[key not in gone for key in _keys_in_order(self.before.findings)]]

    @property
    def new(self) -> pd.DataFrame:
        """Findings after that were none before."""
        return _missing_in(self.after.findings, self.before.findings)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document ``wfp-ops/rehearsal/1``."""
        return {
            "schema": SCHEMA,
            "digest": self.plan.digest,
            "account_id": self.plan.account_id,
            "seconds": self.seconds,
            "crashed_after": self.crashed_after,
            "resumed": self.resumed,
            "faults": dict(self.faults),
            "counts": {"before": self.before.counts, "after": self.after.counts},
            "gone": to_rows(self.gone),
            "left": to_rows(self.left),
            "new": to_rows(self.new),
            "applied": {**self.applied.to_dict(), "journal": None},
        }

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """A screenful: what would come of it."""
        crash = (
            f"cut off after {self.crashed_after} steps, then gone on with {self.resumed} times"
            if self.crashed_after is not None
            else f"gone on with {self.resumed} times"
        )
        met = ", ".join(f"{number} x {_fault_in_words(kind)}" for kind, number in self.faults.items())
        said = [
            f"Rehearsal of {self.plan.confirmation!r}: {self.applied.headline()}",
            f"findings: {len(self.gone)} would be gone, {len(self.left)} left, {len(self.new)} new",
            f"on the way: {sum(self.faults.values())} requests failed ({met or 'none'}); {crash}",
            in_words(self.plan.forecast),
        ]
        for title, frame in (("gone", self.gone), ("new", self.new)):
            for kind, number in Counter(frame["kind"]).items():
                said.append(f"  {title}: {number} {kind}")
        said += [
            f"  {each.outcome}: {each.step.name}: {each.detail}"
            for each in self.applied.steps
            if each.outcome != "done"
        ]
        return said

    def _repr_html_(self) -> str:
        from wfp_ops.frames.show import facts_table  # noqa: PLC0415 (notebooks alone)

        title, *rest = self.lines()
        return facts_table(title, {str(number): line.strip() for number, line in enumerate(rest, 1)})


def rehearse(
    account: Account, plan: Plan, *, faults: float, seed: int, customers: CustomerSource | None
) -> Rehearsal:
    """Carry a plan out on a sandbox loaded with the inventory that it names; the account is not touched."""
    require_sandbox()
    if not 0 <= faults <= 0.5:
        raise SettingsError(
            f"{faults} is no share of requests that fail", key="faults", hint="give 0 to 0.5, such as 0.05"
        )
    if not plan.can_be_applied:
        raise RefusedError(
            "there is nothing to rehearse",
            reasons=[f"{row.guard}: {row.detail}" for row in plan.refusals] or ["the plan has no steps"],
        )
    lists = CustomerListAgain(account, plan, customers, None) if plan.needs_list else None
    records = account.customers() if lists is None else lists.read()
    document = _document(account, plan)
    with _stage(account, plan, document, seed) as (stage, server):
        before = stage.audit(records, usage=False, save=False)
        staged = replace(plan, base_url=stage.base_url)
        _set_faults(server, faults)
        how = How(approve=staged.digest, customers=records)
        crash = _crash_at(len(plan.steps))
        applied, crashed, resumed = _with_a_crash(stage, staged, how, crash)
        met = _met(server)
        _control(server, "DELETE", "faults")
        after = stage.audit(records, usage=False, save=False)
        return Rehearsal(
            plan=plan,
            before=before,
            after=after,
            applied=applied,
            crashed_after=crashed,
            resumed=resumed,
            faults=met,
            seconds=plan.forecast.seconds,
        )


def _document(account: Account, plan: Plan) -> dict[str, Any]:
    if plan.inventory.snapshot is None:
        raise PlanError(
            "the plan names no inventory",
            path=plan.digest,
            hint="plan from an audit that is kept: account.audit(customers), without save=False",
        )
    kept = Snapshots(account.state_folder()).load(plan.inventory.snapshot)
    silent = {
        row.namespace if row.worker is None else f"{row.namespace}/{row.worker}"
        for row in plan.guards
        if row.guard == "traffic" and row.verdict == "pass" and row.namespace is not None
    }
    return inventory_document(kept, plan.steps, silent)


def _crash_at(steps: int) -> int | None:
    return steps // 2 if steps > 1 else None


def _with_a_crash(
    stage: Account, plan: Plan, how: How, crash_at: int | None
) -> tuple[Applied, int | None, int]:
    """Apply until the crash, then go on until nothing is left, or nothing moves any more."""
    folder = stage.state_folder()
    journal = folder.path / "rehearsal.jsonl"
    over = 0

    def watch(progress: Progress) -> None:
        nonlocal over
        over = progress.over
        if crash_at is not None and over >= crash_at:
            raise _CrashError

    crashed = None
    try:
        applied = apply_plan(stage, plan, replace(how, journal=journal, progress=watch))
    except _CrashError:
        crashed = over
        applied = None
    resumed = 0
    while applied is None or (applied.left and resumed < MOST_RESUMES):
        applied = resume_apply(stage, journal, replace(how, approve=None))
        resumed += 1
    return applied, crashed, resumed


@contextmanager
def _stage(
    account: Account, plan: Plan, document: Mapping[str, Any], seed: int
) -> Iterator[tuple[Account, SandboxProcess]]:
    """A sandbox with this inventory, and the account in it with what the guards remember."""
    moment = min(account.clock.now(), plan.expires_at - timedelta(minutes=1))
    with tempfile.TemporaryDirectory(prefix="wfp-ops-rehearsal-") as scratch:
        try:
            server = start_sandbox(
                scenario="empty", now=moment, account_id=plan.account_id, seed=_OWN_SEEDS + seed
            )
        except SandboxStartError as error:
            raise SandboxError(str(error)) from None
        with server:
            _control(server, "POST", "load", document)
            access = Access(plan.account, plan.account_id, server.base_url, SecretStr(server.token))
            stage = account.staged(access, QuickClock(SystemClock(start=moment)), Path(scratch))
            with stage:
                _remember(account.state_folder(), stage.state_folder())
                stage.names_from = account.state_folder()
                yield stage, server


def _remember(real: StateFolder, stage: StateFolder) -> None:
    """What the guards ask the memory: marks, protections, the accepted list, and what was applied lately."""
    with stage.held("setting a rehearsal up"):
        for name in ("ledger.json", "baseline.json"):
            content = real.read(name)
            if content is not None:
                stage.write(name, content)
        if (real.path / "applied").is_dir():
            shutil.copytree(real.path / "applied", stage.path / "applied")
        baseline = load_baseline(real)
        newest = Snapshots(real).names()[:1]
        for name in {*newest, *([] if baseline is None else [baseline.snapshot])}:
            if (real.path / SNAPSHOTS / name).is_dir():
                shutil.copytree(real.path / SNAPSHOTS / name, stage.path / SNAPSHOTS / name)


def _set_faults(server: SandboxProcess, share: float) -> None:
    if share:
        each = share / len(_FAULTS)
        _control(server, "POST", "faults", [{**fault, "probability": each} for fault in _FAULTS])


def _fault_in_words(kind: str) -> str:
    return f"HTTP {kind}" if kind.isdecimal() else _FAULT_WORDS.get(kind, kind)


def _met(server: SandboxProcess) -> dict[str, int]:
    found: Counter[str] = Counter()
    for fault in _control(server, "GET", "faults")["faults"]:
        kind = fault["kind"] if fault["kind"] != "status" else str(fault["status"])
        found[kind] += fault["struck"]
    return {kind: number for kind, number in sorted(found.items()) if number}


def _control(server: SandboxProcess, method: str, route: str, body: object = None) -> Any:
    answer = httpx.request(method, f"{server.control_url}/{route}", json=body, trust_env=False, timeout=60)
    if answer.status_code != 200:
        raise SandboxError(f"the sandbox does not take {route}: {answer.text[:200]}")
    return answer.json()


_ABOUT = ["kind", "namespace", "worker", "customer_id"]


def _keys_in_order(findings: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(findings[_ABOUT].astype(object).fillna("").itertuples(index=False, name=None))


def _keys(findings: pd.DataFrame) -> set[tuple[Any, ...]]:
    return set(_keys_in_order(findings))


def _missing_in(these: pd.DataFrame, those: pd.DataFrame) -> pd.DataFrame:
    there = _keys(those)
    return these[[key not in there for key in _keys_in_order(these)]].reset_index(drop=True)
