"""An account at a sandbox of its own, with plans to apply: what the benchmarks of changes begin with."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
from measuring import own_state

import wfp_ops
from wfp_ops.account.account import Account
from wfp_ops.audit.result import Audit
from wfp_ops.change.apply import Progress
from wfp_ops.change.plan import Plan
from wfp_ops.clock import iso
from wfp_ops.sandbox.child import SandboxProcess, start_sandbox

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
# Far above what this machine can send: for measurements in which the budget is not to be the bound
NO_LIMIT = 1_000_000_000
CREATE, DELETE = "create", "delete"
REASONS = {"traffic": "a made-up account has none", "grace": "a made-up account has no past"}
SETTINGS = """
[customers]
source = "customers.csv"
[change]
max_deletions = 1000000
max_share = 1.0
[api]
rate_limit = {rate_limit}
"""


@dataclass(frozen=True)
class Prepared:
    """A sandbox, the account in it, and the folder with its settings and its customer list."""

    sandbox: SandboxProcess
    account: Account
    folder: Path

    def control(self, method: str, route: str, document: object = None) -> Any:
        """Call one of the sandbox's own routes; no rate limit counts it."""
        content = None if document is None else orjson.dumps(document)
        url = f"{self.sandbox.control_url}/{route}"
        answer = httpx.request(method, url, content=content, timeout=600, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def write_customers(self, size: int, status: str) -> None:
        """A list of so many customers, all of this status."""
        left = "2026-01-31" if status == "churned" else ""
        rows = [f"{number},Customer {number},{status},2025-01-01,{left}\n" for number in range(size)]
        head = "customer_id,name,status,started_on,churned_on\n"
        (self.folder / "customers.csv").write_text(head + "".join(rows), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """What another process needs to reach the account, beside the settings in ``folder``."""
        return {
            **os.environ,
            "CLOUDFLARE_ACCOUNT_ID": self.sandbox.account_id,
            "CLOUDFLARE_API_TOKEN": self.sandbox.token,
            "CLOUDFLARE_BASE_URL": self.sandbox.base_url,
            "WFP_OPS_NOW": iso(NOW),
        }

    def plan(self, kind: str, size: int) -> Plan:
        """The account made ready for a plan of so many steps of a kind, and the plan."""
        return self.creations(size) if kind == CREATE else self.deletions(size)

    def creations(self, size: int) -> Plan:
        """An empty account, and a plan that creates a namespace for each of so many customers."""
        self.control("POST", "load", {"namespaces": []})
        self.write_customers(size, "active")
        plan = self.account.plan_create(self.account.audit(save=False))
        return self._whole(plan, size)

    def deletions(self, size: int) -> Plan:
        """So many namespaces with one Worker each, and a plan that deletes them, for their customers left."""
        self.fill(size)
        return self.plan_deletions(self.accepted(), size)

    def fill(self, size: int) -> None:
        """Put so many namespaces with one Worker each into the account, whose customers have all left."""
        workers = [{"name": "site", "tags": ["production"]}]
        names = [f"customer-{number}" for number in range(size)]
        self.control("POST", "load", {"namespaces": [{"name": each, "workers": workers} for each in names]})
        self.write_customers(size, "churned")

    def accepted(self) -> Audit:
        """An audit whose customer list is accepted, and whose candidates stand in the ledger."""
        audit = self.account.audit()
        self.account.accept(audit, "made up for a measurement")
        self.account.mark(audit)
        return audit

    def plan_deletions(self, audit: Audit, size: int) -> Plan:
        """A plan that deletes all that is there."""
        return self._whole(self.account.plan_delete(audit, overrides=REASONS), size)

    def count_requests(self, delay_s: float = 0.0) -> None:
        """Count requests from here on, but not those that are refused for the rate limit (429).

        What counts is a fault, which tells how many requests it has met. It strikes none of them; with a
        delay it strikes all, and their answers come so much later.
        """
        self.control("DELETE", "faults")
        fault = {"kind": "slow", "delay_s": delay_s, "probability": 1 if delay_s else 0}
        self.control("POST", "faults", fault)

    def requests(self) -> int:
        """How many requests there were since."""
        (fault,) = self.control("GET", "faults")["faults"]
        return int(fault["met"])

    def _whole(self, plan: Plan, size: int) -> Plan:
        if len(plan.steps) != size or not plan.can_be_applied:
            raise SystemExit(f"the plan is not what is to be measured:\n{plan!r}")
        return plan


def apply(account: Account, plan: Plan, progress: Callable[[Progress], None] | None = None) -> None:
    """Apply a plan, every step of it; ``progress`` is told before each."""
    applied = account.apply(plan, confirm=plan.confirmation, progress=progress)
    if not applied.complete or any(step.outcome != "done" or not step.verified for step in applied.steps):
        raise SystemExit(f"not every step was done:\n{applied!r}")


@contextmanager
def prepared() -> Iterator[Prepared]:
    """Start a sandbox, and open its account as a user would, with settings in a file and no rate limit."""
    with (
        own_state(),
        tempfile.TemporaryDirectory() as folder,
        start_sandbox(scenario="empty", now=NOW) as sandbox,
        opened(sandbox, Path(folder)) as account,
    ):
        yield Prepared(sandbox, account, Path(folder))


def opened(sandbox: SandboxProcess, folder: Path, rate_limit: int = NO_LIMIT) -> Account:
    """The sandbox's account, for a token that is allowed so much."""
    config = folder / "wfp-ops.toml"
    config.write_text(SETTINGS.format(rate_limit=rate_limit), encoding="utf-8")
    return wfp_ops.connect(
        config=config,
        account_id=sandbox.account_id,
        token=sandbox.token,
        base_url=sandbox.base_url,
        now=NOW,
    )
