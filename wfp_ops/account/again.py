"""The customer list of a plan, read again: before the apply, and while it goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from wfp_ops.account.customers import CustomerSource, read_list
from wfp_ops.account.known import traffic_look
from wfp_ops.change.admission import changed_owner, items_now
from wfp_ops.change.guards import item_level
from wfp_ops.change.plan import CustomerList, Plan
from wfp_ops.change.selection import Item
from wfp_ops.change.steps import Step
from wfp_ops.change.traffic import Requests
from wfp_ops.customers.database_url import is_database, shown
from wfp_ops.customers.set_aside import record_of
from wfp_ops.errors import RefusedError, StateError
from wfp_ops.memory.ledger import FILE, Ledger

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.audit.result import Audit

# By name, the day on which each ends, and why it is there
Protections: TypeAlias = Mapping[str, tuple[date, str]]

_DATABASE_EVERY_S = 60.0
TRAFFIC_KEEPS_S = 1800.0
"""For so long what analytics said of a step is good."""


class CustomerListAgain:
    """Reads the plan's customer list anew; each read is another one."""

    def __init__(self, account: Account, plan: Plan, given: CustomerSource | None, query: str | None) -> None:
        self._account = account
        self._bound = plan.customers
        self._query = query
        self._source = self._found(given)

    def read(self) -> pd.DataFrame:
        """The list as it is now.

        It is read as the settings say now, never as the plan says: a status map in it could make anybody a
        customer who left.

        Raises:
            CustomerListError: it can't be read.
            RefusedError: it is another list than the one that the plan is bound to, or was read otherwise.
        """
        records = read_list(self._account.settings, self._source, self._query)
        self._refuse_other(records)
        if not isinstance(self._source, pd.DataFrame):  # one that somebody hands over says itself how
            self._refuse_other_reading(records)
        return records

    def read_stamped(self, now_s: float) -> tuple[pd.DataFrame, object]:
        """The list as it is now, and its stamp from before it was read: a change while it is read counts.

        Raises:
            CustomerListError, RefusedError: as for ``read``.
        """
        try:
            stamp = self.stamp(now_s)
        except OSError:
            stamp = None  # reading it says what is wrong with it
        return self.read(), stamp

    def stamp(self, now_s: float) -> object:
        """What changes when the list may have: a file's date and size, every minute for a database."""
        source = self._source
        if isinstance(source, pd.DataFrame):
            return None
        if is_database(str(source)):
            return int(now_s // _DATABASE_EVERY_S)
        found = Path(source).expanduser().stat()
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _found(self, given: CustomerSource | None) -> CustomerSource:
        if given is not None:
            return given
        own = self._account.own_customers_source
        if own is not None and (shown(own) == self._bound.source or _is_file(own, self._bound.path)):
            return own
        if own is not None:
            raise RefusedError(
                "the plan is bound to another customer list than the settings'",
                reasons=[f"it was made from {self._bound.source!r}, and the settings say {shown(own)!r}"],
                hint="give the list that is meant: --customers, account.apply(plan, customers=…)",
            )
        if self._bound.path is not None:
            return self._bound.path
        raise RefusedError(
            "the customer list can't be read again",
            reasons=[
                f"the plan is bound to {self._bound.source!r}, which is no file and not set as the list"
            ],
            hint="give the list again: --customers, account.apply(plan, customers=…)",
        )

    def _refuse_other(self, records: pd.DataFrame) -> None:
        """Another file than the plan's is another list, unless it holds the very same."""
        record = record_of(records) or {}
        if record.get("sha256") == self._bound.sha256 or _same_name(record.get("source"), self._bound):
            return
        raise RefusedError(
            "the plan is bound to another customer list",
            reasons=[f"it was made from {self._bound.source!r}, and this is {record.get('source')!r}"],
            hint="apply it with the list that it was made from, or make a new plan",
        )

    def _refuse_other_reading(self, records: pd.DataFrame) -> None:
        """Another column or status map than the plan's tells of other customers."""
        now, then = _said((record_of(records) or {}).get("reading")), _said(self._bound.reading)
        other = sorted(name for name in {*now, *then} if now.get(name) != then.get(name))
        if then and other:
            raise RefusedError(
                "the customer list was read otherwise when the plan was made",
                reasons=[
                    f"{name}: the plan says {then.get(name)!r}, the settings say {now.get(name)!r}"
                    for name in other
                ],
                hint="make a new plan; or, where the plan is right, say so in the settings ([customers]), or "
                "hand the list over as it was read: account.apply(plan, customers=…)",
            )


def _said(reading: Mapping[str, object] | None) -> dict[str, object]:
    """How a list was read, without what was left as it is by itself."""
    return {name: value for name, value in (reading or {}).items() if value}


def _is_file(own: str, path: str | None) -> bool:
    """Whether the settings' own list is the file that the plan was made from."""
    return (
        path is not None and not is_database(own) and Path(own).expanduser().resolve() == Path(path).resolve()
    )


def _same_name(source: object, bound: CustomerList) -> bool:
    if not isinstance(source, str) or bound.source is None:
        return False
    return source == bound.source or PurePath(source).name == PurePath(bound.source).name


class Watch:
    """Asked right before each change: has its customer come back, is it protected, is it called again?

    Analytics tell of nothing newer than ten minutes, and all steps were looked at as the apply began. So they
    are asked once more only where half an hour has passed since (a pause, or long work), about all that is
    left at once: a query for each change would tell nothing, and spend what others need.

    ``stamp`` is that of the list before it was read for ``audit``.
    """

    def __init__(
        self, account: Account, plan: Plan, lists: CustomerListAgain, audit: Audit, stamp: object
    ) -> None:
        self._account = account
        self._plan = plan
        self._lists = lists
        self._audit = audit
        self._stamp = stamp
        self._items: dict[tuple[str, ...], Item] | None = None
        self._folder = account.state_folder()
        self._protections: tuple[bytes | None, Protections] | None = None
        self._looked_at = account.clock.monotonic()
        self._requests: Requests = {}

    def __call__(self, step: Step) -> tuple[str, str] | None:
        """The guard and its words where something speaks against the step by now; else None.

        Raises:
            CustomerListError: the list can't be read any more.
            StateError: the ledger can't.
        """
        return self._protected(step) or self._owner(step) or self._called(step)

    def _owner(self, step: Step) -> tuple[str, str] | None:
        try:
            stamp = self._lists.stamp(self._account.clock.monotonic())
        except OSError as error:
            raise StateError(
                f"the customer list can't be looked at any more: {error.strerror}",
                path=str(error.filename),
                hint="bring it back, then resume from the journal",
            ) from None
        if stamp != self._stamp:
            audit = self._account.audited_again(self._audit, self._lists.read())
            steps = self._plan.steps
            self._items = dict(zip(map(_key, steps), items_now(steps, audit), strict=True))
            self._stamp = stamp
        if self._items is None:
            return None  # the list is what it was when this step was judged
        said = changed_owner(step, self._items[_key(step)])
        return None if said.verdict == "pass" else ("moved", said.detail)

    def _called(self, step: Step) -> tuple[str, str] | None:
        if self._account.clock.monotonic() - self._looked_at >= TRAFFIC_KEEPS_S:
            steps = self._plan.steps[self._plan.steps.index(step) :]
            items = items_now(steps, self._audit)
            self._requests = traffic_look(self._account).again(items, dict(map(_worker_ids, steps)))
            self._looked_at = self._account.clock.monotonic()
        seen = self._requests.get(step.name)
        if seen is None:
            return None  # not looked at again, or nothing that traffic speaks against
        said = item_level.traffic(
            requests=seen[0], days=self._account.settings.change.traffic_days, how=seen[1]
        )
        row = self._plan.overrides.apply("traffic", said, namespace=step.namespace, worker=step.worker)
        return ("traffic", row.detail) if row.holds_back else None

    def _protected(self, step: Step) -> tuple[str, str] | None:
        if not step.is_deletion and step.action != "rename_namespace":
            return None
        names = [name for name in (step.namespace, step.worker, step.name, step.new_name) if name]
        said = item_level.protected(
            names=names,
            globs=self._account.settings.change.protect,
            dated=self._protections_now(),
            today=self._account.clock.now().date(),
        )
        row = self._plan.overrides.apply("protected", said, namespace=step.namespace, worker=step.worker)
        return ("protected", row.detail) if row.holds_back else None

    def _protections_now(self) -> Protections:
        """The ledger's, read each time; taken apart only when it is another: it may hold thousands of marks.

        What is kept of it is its hash and the protections, for as long as the apply goes on.
        """
        content = self._folder.read(FILE)
        sha256 = None if content is None else hashlib.sha256(content).digest()
        if self._protections is None or self._protections[0] != sha256:
            # Should it change between these two reads, it is another one the next time as well
            self._protections = sha256, Ledger(self._folder).load().dated
        return self._protections[1]


def _worker_ids(step: Step) -> tuple[str, list[str]]:
    """A step's name, and the ids of the Workers that the plan saw go with it."""
    inside = step.evidence.get("workers") or ()
    return step.name, [worker["tag"] for worker in inside if worker.get("tag")]


def _key(step: Step) -> tuple[str, ...]:
    return step.action, step.name, step.customer_id or ""
