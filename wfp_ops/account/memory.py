"""What an account knows of its earlier audits: recalled before an audit, kept after it, compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pandas as pd

from wfp_ops.account.ledger import AccountLedger
from wfp_ops.audit.result import Audit
from wfp_ops.audit.rules import Rules
from wfp_ops.clock import Clock, is_span, iso, parse_span, parse_time
from wfp_ops.customers.set_aside import record_of
from wfp_ops.errors import RefusedError, SettingsError, SnapshotError, StateError
from wfp_ops.frames.changes import SNAPSHOTS
from wfp_ops.memory.baseline import Baseline, accept, load_baseline
from wfp_ops.memory.changes import Changes
from wfp_ops.memory.diff import dated, diff
from wfp_ops.memory.folder import StateFolder
from wfp_ops.memory.kept import CUSTOMERS_KEPT, FINDINGS_KEPT, STATES_KEPT, Facts, Kept
from wfp_ops.memory.snapshots import Snapshots
from wfp_ops.memory.suspects import carry, names_of
from wfp_ops.settings.model import MemorySettings

Since = str | timedelta | datetime


@dataclass(frozen=True)
class Recalled:
    """The audit before, None where there is none, and what a person should know about the memory."""

    before: Kept | None
    notes: tuple[str, ...] = ()

    def suspects(
        self, rules: Rules, namespaces: pd.DataFrame, workers: pd.DataFrame | None, now: datetime
    ) -> frozenset[str]:
        """The present names of those who were suspects and on whom nobody has decided."""
        if self.before is None:
            return frozenset()
        decided = {
            each.name
            for each in rules.accepted
            if each.kind == "suspect" and (each.until is None or now.date() < each.until)
        }
        return names_of(self.before.suspects, namespaces, workers, decided=decided)


class AccountMemory:
    """The snapshots and the accepted customer list of one account; what is kept, marks in its ledger."""

    def __init__(
        self, folder: StateFolder, keep: MemorySettings, clock: Clock, ledger: AccountLedger
    ) -> None:
        self._folder = folder
        self._snapshots = Snapshots(folder)
        self._keep = keep
        self._clock = clock
        self._ledger = ledger

    def recall(self) -> Recalled:
        """The newest snapshot. A memory that can't be read is no reason not to audit: it is noted."""
        try:
            before, problems = self._snapshots.newest()
        except StateError as error:
            return Recalled(
                None, (f"earlier audits are not known, nor which suspects they found: {_in_one_line(error)}",)
            )
        return Recalled(before, tuple(problems))

    def complete(self, audit: Audit, recalled: Recalled, *, save: bool) -> Audit:
        """The same audit with what changed since the one before, and kept if that is wanted.

        Where it can't be kept, a note says why: that is no reason to withhold it.
        """
        kept = kept_of(audit, recalled.before)
        changes = None if recalled.before is None else diff(recalled.before, kept)
        done = replace(audit, changes=changes, notes=(*audit.notes, *recalled.notes))
        if not save:
            return done
        try:
            return self._saved(done, kept)
        except StateError as error:
            return replace(done, notes=(*done.notes, f"this audit is not kept: {_in_one_line(error)}"))

    def save(self, audit: Audit) -> Audit:
        """The same audit, kept, if it is not yet; old snapshots go.

        Raises:
            StateError: the state folder can't be read or written.
        """
        if audit.snapshot is not None:
            return audit
        return self._saved(audit, kept_of(audit, self._snapshots.newest()[0]))

    def _saved(self, audit: Audit, kept: Kept) -> Audit:
        name = str(self._snapshots.save(kept).name)
        changes = None if audit.changes is None else replace(audit.changes, after=name)
        notes = audit.notes
        try:
            self._prune(name)
        except StateError as error:
            notes = (*notes, f"old snapshots could not be removed: {_in_one_line(error)}")
        try:
            notes = (*notes, *self._ledger.mark_if_fit(audit, kept))
        except StateError as error:
            notes = (*notes, f"deletion candidates are not marked: {_in_one_line(error)}")
        return replace(audit, snapshot=name, changes=changes, notes=notes)

    def accept(self, audit: Audit, reason: str | None) -> Baseline:
        """Make the audit's customer list and inventory the accepted ones; it is saved if it was not.

        If its list is fit now, its deletion candidates are marked: their grace need not wait for the next
        audit.

        Raises:
            RefusedError: something speaks against them.
            StateError: the state folder can't be written, or the ledger in it not be read.
        """
        if audit.account_id != self._folder.account_id:
            raise RefusedError(
                "the customer list is not accepted", reasons=["the audit is of another account"]
            )
        kept = self._snapshots.load(str(self.save(audit).snapshot))
        accepted = accept(
            self._folder,
            kept,
            now=self._clock.now(),
            reason=reason,
            seen=set(audit.set_aside["customer_ids"].explode().dropna()),
        )
        self._ledger.mark_if_fit(audit, kept)
        return accepted

    def accepted(self) -> Baseline | None:
        """What was accepted last; None where nothing was.

        Raises:
            StateError: its record can't be read.
        """
        return load_baseline(self._folder)

    def mark(self, audit: Audit) -> pd.DataFrame:
        """Bring the ledger's marks up to date with an audit (``MARKS``).

        Raises:
            RefusedError: the audit or its list is not fit for it.
            StateError: the ledger can't be read or written, or nobody knows what was accepted.
        """
        return self._ledger.mark(audit, kept_of(audit, None))

    def since(self, since: Since | None) -> Changes:
        """The newest snapshot against the last one of that moment or before; None: against the one before it.

        Raises:
            SnapshotError: nothing that can be used is kept.
            SettingsError: ``since`` is no span and no moment.
        """
        moment = None if since is None else _moment(since, self._clock.now())
        after, notes = self._snapshots.newest()
        if after is None:
            raise SnapshotError(
                "no audit of this account is kept",
                path=str(self._folder.path),
                hint="make one: wfp-ops audit, account.audit()",
            )
        before, more = self._snapshots.newest(self._base(after, moment))
        notes += [note for note in more if note not in notes]
        if before is None:
            oldest, more = self._snapshots.newest(oldest=True)
            before = oldest or after
            notes += [note for note in more if note not in notes]
            notes.append(
                f"nothing older is kept: compared with the first, of {iso(before.facts.taken_at)}"
                if before.name != after.name
                else "only one audit is kept: there is nothing to compare it with"
            )
        elif before.name == after.name:
            notes.append(f"no audit since then: the newest is of {iso(after.facts.taken_at)}")
        return diff(before, after, notes=notes)

    def between(self, before: str, after: str | None) -> Changes:
        """One snapshot against another, each by its name or number; None: the newest.

        Raises:
            SnapshotError: one of them is not there or can't be used.
        """
        first = self._snapshots.load(self._snapshots.find(before))
        if after is not None:
            return diff(first, self._snapshots.load(self._snapshots.find(after)))
        second, notes = self._snapshots.newest()
        return diff(first, second or first, notes=notes)

    def frame(self) -> pd.DataFrame:
        """All snapshots, the newest first, the broken ones with their problem (``SNAPSHOTS``).

        Raises:
            StateError: the state folder can't be read, or the record of what was accepted.
        """
        baseline = load_baseline(self._folder)
        entries = list(self._snapshots.entries())
        facts = [entry.manifest or {"files": {}} for entry in entries]
        return SNAPSHOTS.build(
            {
                "snapshot": [entry.name for entry in entries],
                **{
                    name: [each.get(name) for each in facts]
                    for name in ("taken_at", "inventory", "convention")
                },
                **{
                    name: [each["files"].get(f"{name}.parquet", {}).get("rows") for each in facts]
                    for name in ("namespaces", "customers", "findings")
                },
                "accepted": [baseline is not None and entry.name == baseline.snapshot for entry in entries],
                "problem": [entry.problem for entry in entries],
            },
            length=len(entries),
        )

    def _prune(self, newest: str) -> None:
        baseline = load_baseline(self._folder)
        self._snapshots.prune(
            keep_days=self._keep.keep_days,
            keep_at_least=self._keep.keep_at_least,
            now=self._clock.now(),
            keep={newest} if baseline is None else {newest, baseline.snapshot},
        )

    def _base(self, after: Kept, moment: datetime | None) -> Callable[[str], bool]:
        """Which snapshots a comparison may start from: of that moment or before, or any but the newest."""
        if moment is None:
            return lambda name: name != after.name
        return lambda name: self._snapshots.taken_at(name) <= moment


def kept_of(audit: Audit, before: Kept | None) -> Kept:
    """An audit as it is kept: without names and money, each finding and suspect dated."""
    record = record_of(audit.customers) or {}
    facts = Facts(
        account_id=audit.account_id,
        taken_at=audit.taken_at.astimezone(UTC).replace(microsecond=0),
        convention=audit.convention,
        tenancy=audit.tenancy,
        inventory=audit.evidence.verdict,
        how=audit.evidence.how,
        customers_source=record.get("source"),
        customers_sha256=record.get("sha256"),
        customers_read=audit.customers_read,
        set_aside=len(audit.set_aside),
        by_usage=audit.by_usage,
    )
    kept = Kept(
        facts=facts,
        namespaces=audit.namespaces,
        workers=audit.workers,
        customers=_part(CUSTOMERS_KEPT.names, audit.customers),
        states=_part(STATES_KEPT.names, audit.joined),
        findings=_findings(audit, facts.taken_at),
        suspects=pd.DataFrame(),
        name=audit.snapshot,
    )
    if before is not None:
        kept = replace(kept, findings=dated(before, kept))
    return replace(kept, suspects=carry(before, kept))


def _part(names: list[str], frame: pd.DataFrame) -> pd.DataFrame:
    return frame[names].reset_index(drop=True)


def _findings(audit: Audit, taken_at: datetime) -> pd.DataFrame:
    parts = [audit.findings.assign(accepted=None), audit.accepted.assign(accepted=audit.accepted["reason"])]
    columns = {
        name: pd.concat([part[name].astype("str") for part in parts], ignore_index=True)
        for name in FINDINGS_KEPT.names
        if name != "since"
    }
    length = sum(map(len, parts))
    return FINDINGS_KEPT.build({**columns, "since": [taken_at] * length}, length=length)


def _moment(since: Since, now: datetime) -> datetime:
    if isinstance(since, datetime):
        return since.replace(tzinfo=UTC) if since.tzinfo is None else since.astimezone(UTC)
    if isinstance(since, timedelta):
        return now - since
    try:
        return now - parse_span(since) if is_span(since) else parse_time(since)
    except (ValueError, OverflowError):
        raise SettingsError(
            f"{since!r} is neither a span nor a moment",
            key="since",
            hint="write it as 7d, 24h or 2w, or as 2026-11-23 or 2026-11-23T12:00:00Z",
        ) from None


def _in_one_line(error: StateError) -> str:
    hint = f"; {error.hint}" if error.hint else ""
    return f"{error.message} ({error.path}{hint})"
