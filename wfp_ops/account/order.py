"""Everything that a process of its own needs to carry a plan out, and its answer: how both cross the pipe.

The order holds tokens. It goes through the standard input of the child, which no other process can read, and
never into a file, an argument or a variable.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from wfp_ops.account.customers import CustomerSource
from wfp_ops.account.restoring import blobs_again
from wfp_ops.audit.rules import Rules
from wfp_ops.change.plan import Plan
from wfp_ops.clock import Clock, SystemClock
from wfp_ops.errors import WfpOpsError
from wfp_ops.settings.access import Access
from wfp_ops.settings.checks import is_loopback
from wfp_ops.settings.model import Settings

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.account.run import How


@dataclass(frozen=True, kw_only=True)
class Order:
    """An account as another process opens it, and what is to be done: a plan, or else a journal to resume.

    ``plan`` is its document; ``blobs`` is what its steps carry, None for a restore, which has its archive.
    """

    access: Access
    settings: Settings
    rules: Rules
    clock: Clock
    customers_source: str | None
    state_dir: Path
    rate_state_dir: Path | None
    journal: Path
    plan: Mapping[str, Any] | None
    blobs: Mapping[str, bytes] | None
    confirm: str | None
    approve: str | None
    customers: CustomerSource | None
    query: str | None

    def plan_again(self, account: Account) -> Plan | None:
        """The plan with what its steps carry; None where a journal is to be resumed.

        Raises:
            ArchiveError: what a restore brings back is not there any more, or was changed.
        """
        if self.plan is None:
            return None
        plan = Plan.from_dict(self.plan)
        return blobs_again(account, plan) if self.blobs is None else replace(plan, blobs=self.blobs)

    def __repr__(self) -> str:
        return f"Order({self.access.name!r}, {str(self.journal)!r})"


@dataclass(frozen=True)
class Alive:
    """The process that does it is there."""

    pid: int


@dataclass(frozen=True)
class Begun:
    """Everything is on record, and the first change comes next."""

    journal: Path


@dataclass(frozen=True)
class Failed:
    """It ended before that, as an error of ours says; its parts, for it may want arguments to be made."""

    kind: type[WfpOpsError]
    words: tuple[Any, ...]
    facts: dict[str, Any]

    @classmethod
    def of(cls, error: WfpOpsError) -> Failed:
        """The parts of an error."""
        return cls(type(error), error.args, dict(vars(error)))

    def error(self) -> WfpOpsError:
        """The same error again."""
        made = self.kind.__new__(self.kind, *self.words)
        made.args = self.words
        vars(made).update(self.facts)
        return made


Answer: TypeAlias = Alive | Begun | Failed


def order_of(account: Account, journal: Path, how: How, plan: Plan | None) -> Order:
    """The order to apply a plan, or (None) to resume a journal."""
    carries = None if plan is None or plan.restores is not None else dict(plan.blobs)
    return Order(
        access=account.access,
        settings=account.settings,
        rules=account.rules,
        clock=_clock_of(account),
        customers_source=account.own_customers_source,
        state_dir=account.state_dir,
        rate_state_dir=account.rate_state_dir,
        journal=journal,
        plan=None if plan is None else plan.to_dict(),
        blobs=carries,
        confirm=how.confirm,
        approve=how.approve,
        customers=how.customers,
        query=how.query,
    )


def send(stream: IO[bytes], thing: Order | Answer) -> None:
    """Put an order or an answer into a pipe.

    Raises:
        OSError: nobody reads it.
    """
    pickle.dump(thing, stream)
    stream.flush()


def received(stream: IO[bytes]) -> Any:
    """The next order or answer of a pipe between processes of ours; None at its end, or where it was cut."""
    try:
        return pickle.load(stream)  # noqa: S301 (both ends of the pipe are ours, and nobody else holds one)
    except (EOFError, pickle.UnpicklingError):
        return None


def _clock_of(account: Account) -> Clock:
    """The same time in the other process; what a clock in this one leaves out is waited for there."""
    if isinstance(account.clock, SystemClock):
        return account.clock
    return SystemClock(start=account.clock.now() if is_loopback(account.base_url) else None)
