"""The last accepted customer list: against it a later list is judged before anything is deleted.

It is a snapshot that somebody has vouched for. A list that is refused never becomes the baseline.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wfp_ops.clock import iso, parse_time
from wfp_ops.errors import RefusedError, StateError
from wfp_ops.memory.folder import StateFolder
from wfp_ops.memory.kept import Kept
from wfp_ops.memory.snapshots import Snapshots

SCHEMA = "wfp-ops/baseline/1"
FILE = "baseline.json"
MOST_SET_ASIDE = 0.01
MOST_LOST = 0.20
SHORTEST_REASON = 3
_EXAMPLES = 3


@dataclass(frozen=True)
class Problem:
    """One reason not to trust a list or an inventory; ``final`` means that no words override it."""

    name: str
    detail: str
    final: bool = False


@dataclass(frozen=True)
class Verdict:
    """A customer list, with the inventory beside it, against the accepted one.

    ``lost`` and ``gained`` count customer ids; ``lost_share`` is a share of the accepted ones, None
    where nothing was accepted yet. ``problems`` is empty where nothing speaks against the list.
    """

    problems: tuple[Problem, ...]
    lost: int
    gained: int
    lost_share: float | None


@dataclass(frozen=True)
class Baseline:
    """What was accepted: the snapshot's name, when, and the reason where rules were overridden.

    ``lost`` and ``gained`` count customer ids against what was accepted before it.
    """

    snapshot: str
    accepted_at: datetime
    source: str | None
    sha256: str | None
    customers: int
    namespaces: int
    lost: int
    gained: int
    reason: str | None
    overridden: tuple[str, ...]


def judge(candidate: Kept, baseline: Kept | None, *, seen: Collection[str] = ()) -> Verdict:
    """What speaks against a list and its inventory. Pure.

    Args:
        candidate: the audit that they are from.
        baseline: the accepted snapshot, None where nothing was accepted yet.
        seen: ids of records that were set aside: they are not lost.
    """
    problems = list(_by_itself(candidate))
    ids = set(candidate.customers["customer_id"])
    if baseline is None:
        return Verdict(tuple(problems), 0, len(ids), None)
    accepted = set(baseline.customers["customer_id"])
    lost = accepted - ids - set(seen)
    share = len(lost) / len(accepted) if accepted else 0.0
    if share > MOST_LOST:
        some = ", ".join(sorted(lost)[:_EXAMPLES])
        problems.append(
            Problem(
                "lost_ids",
                f"{len(lost):,} of the {len(accepted):,} accepted customers are gone ({share:.0%}; such as "
                f"{some}); at most {MOST_LOST:.0%} may be",
            )
        )
    problems += _shrunk(candidate, baseline)
    return Verdict(tuple(problems), len(lost), len(ids - accepted), share)


def load_baseline(folder: StateFolder) -> Baseline | None:
    """What was accepted last; None where nothing was.

    Raises:
        StateError: its file can't be read, or was changed.
    """
    content = folder.read(FILE)
    if content is None:
        return None
    try:
        said = json.loads(content)
        if said["schema"] != SCHEMA or said["digest"] != _digest(said):
            raise ValueError(said["schema"])  # noqa: TRY301 (one place explains every kind of damage)
        rest = {key: value for key, value in said.items() if key not in ("schema", "digest")}
        overridden = tuple(rest.pop("overridden"))
        return Baseline(**{**rest, "accepted_at": parse_time(rest["accepted_at"])}, overridden=overridden)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StateError(
            "the record of the accepted customer list is cut, was changed, or is of another version",
            path=str(folder.path / FILE),
            hint="restore it from a backup, or accept a list anew: wfp-ops audit --accept",
        ) from None


def accept(
    folder: StateFolder,
    candidate: Kept,
    *,
    now: datetime,
    reason: str | None = None,
    seen: Collection[str] = (),
) -> Baseline:
    """Make a saved audit's customer list and inventory the accepted ones.

    Args:
        folder: where it is kept.
        candidate: the saved audit.
        now: the moment of acceptance.
        reason: the words that override what speaks against it.
        seen: ids of records that were set aside.

    Raises:
        RefusedError: something speaks against it and no reason was given, or no reason helps; what
            was accepted before stays.
        StateError: the folder can't be written.
    """
    if candidate.name is None:
        raise ValueError("only a saved snapshot can be accepted")
    verdict = _verdict(folder, candidate, seen)
    _refuse(verdict, reason)
    accepted = Baseline(
        snapshot=candidate.name,
        accepted_at=now,
        source=candidate.facts.customers_source,
        sha256=candidate.facts.customers_sha256,
        customers=len(candidate.customers),
        namespaces=len(candidate.namespaces),
        lost=verdict.lost,
        gained=verdict.gained,
        reason=reason if verdict.problems else None,
        overridden=tuple(problem.name for problem in verdict.problems),
    )
    with folder.held("accepting a customer list"):
        folder.write(FILE, _to_json(accepted))
    return accepted


def _verdict(folder: StateFolder, candidate: Kept, seen: Collection[str]) -> Verdict:
    """Against the accepted one; where that can't be read, nobody knows what was lost."""
    try:
        before = load_baseline(folder)
        kept = None if before is None else Snapshots(folder).load(before.snapshot)
        return judge(candidate, kept, seen=seen)
    except StateError as error:
        verdict = judge(candidate, None, seen=seen)
        unknown = Problem(
            "baseline_unreadable", f"it can't be compared with the list accepted before: {error.message}"
        )
        return Verdict((*verdict.problems, unknown), 0, verdict.gained, None)


def _refuse(verdict: Verdict, reason: str | None) -> None:
    final = [problem.detail for problem in verdict.problems if problem.final]
    if final:
        raise RefusedError(
            "the customer list is not accepted", reasons=final, hint="no reason overrides this"
        )
    if verdict.problems and (reason is None or len(reason.strip()) < SHORTEST_REASON):
        raise RefusedError(
            "the customer list is not accepted",
            reasons=[problem.detail for problem in verdict.problems],
            hint='if this is right all the same, say why: --accept --reason "…", account.accept(audit, "…")',
        )


def _by_itself(candidate: Kept) -> list[Problem]:
    """What speaks against it without any comparison."""
    problems = []
    facts = candidate.facts
    if candidate.customers.empty:
        problems.append(Problem("empty", "the customer list has no customer that can be used", final=True))
    if not candidate.proven:
        problems.append(Problem("unproven", f"the inventory is not proven complete: {facts.how}", final=True))
    if facts.set_aside > MOST_SET_ASIDE * facts.customers_read:
        problems.append(
            Problem(
                "set_aside",
                f"{facts.set_aside:,} of {facts.customers_read:,} records can't be used "
                f"({facts.set_aside / facts.customers_read:.1%}); at most {MOST_SET_ASIDE:.0%} may be",
            )
        )
    return problems


def _shrunk(candidate: Kept, baseline: Kept) -> list[Problem]:
    now, then = len(candidate.namespaces), len(baseline.namespaces)
    if not then or (then - now) / then <= MOST_LOST:
        return []
    return [
        Problem(
            "shrunk",
            f"the inventory shrank from {then:,} to {now:,} namespaces ({(then - now) / then:.0%}); at most "
            f"{MOST_LOST:.0%} may be gone",
        )
    ]


def _to_json(baseline: Baseline) -> bytes:
    document: dict[str, Any] = {
        "schema": SCHEMA,
        **vars(baseline),
        "accepted_at": iso(baseline.accepted_at),
        "overridden": list(baseline.overridden),
    }
    return (
        json.dumps({**document, "digest": _digest(document)}, indent=2, ensure_ascii=False).encode() + b"\n"
    )


def _digest(document: dict[str, Any]) -> str:
    rest = {key: value for key, value in document.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
