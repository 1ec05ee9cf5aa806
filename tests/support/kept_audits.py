"""Audits as they are kept, made from plain values; and a folder to keep them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.audit_frames import NOW, PROVEN, audit_of, customer_list
from support.fake_clock import FakeClock

from wfp_ops.account.memory import kept_of
from wfp_ops.audit.rules import Rules
from wfp_ops.frames.columns import NAMESPACES
from wfp_ops.frames.provenance import Completeness, mark_complete
from wfp_ops.memory.folder import StateFolder
from wfp_ops.memory.kept import Kept

ACCOUNT = "0" * 32
BASE_URL = "http://127.0.0.1:8787/client/v4"


def kept(
    namespaces: Mapping[str, str | None] | Sequence[str],
    customers: Sequence[Any] = ("1",),
    *,
    before: Kept | None = None,
    at: datetime = NOW,
    rules: Rules | None = None,
    proof: Completeness = PROVEN,
    workers: Mapping[str, int] | None = None,
) -> Kept:
    """An audit of namespaces, given as name → id (or names alone), against ids or rows of customers."""
    ids = namespaces if isinstance(namespaces, Mapping) else {name: f"id of {name}" for name in namespaces}
    rules = rules or Rules()
    parsed = [rules.convention.parse(name) for name in ids]
    frame = NAMESPACES.build(
        {
            "namespace": list(ids),
            "namespace_id": list(ids.values()),
            "customer_id": parsed,
            "conforms": [each is not None for each in parsed],
            "workers": [(workers or {}).get(name, 1) for name in ids],
            "trusted": [False] * len(ids),
        },
        length=len(ids),
    )
    mark_complete(frame, proof, key="namespace", taken_at="2026-11-23T12:00:00Z")
    rows = [row if isinstance(row, Mapping) else {"customer_id": row} for row in customers]
    audit = audit_of(frame, customer_list(rows), rules)
    return kept_of(replace(audit, taken_at=at), before)


def state_folder(path: Path, *, wait_s: float = 20.0, base_url: str = BASE_URL) -> StateFolder:
    """A state folder under this path, with a clock that stands at ``FakeClock``'s moment."""
    return StateFolder(path, account_id=ACCOUNT, base_url=base_url, clock=FakeClock(), wait_s=wait_s)


def day(number: int) -> datetime:
    """Noon of a day of November 2026."""
    return datetime(2026, 11, number, 12, tzinfo=UTC)
