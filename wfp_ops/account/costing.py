"""What an ``Account`` costs: a month's bill, and each customer's part of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from wfp_ops.account.customers import CustomerSource
from wfp_ops.account.part import whole
from wfp_ops.account.worker_counts import Counted, workers_in
from wfp_ops.errors import AnalyticsRangeError, SettingsError

# What makes frames is loaded by the methods that make them: a first connect() needs no pandas
if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.account.account import Account
    from wfp_ops.usage.cost.month import Month

Advance: TypeAlias = Callable[[int, int], None]


class Costing:
    """The part of ``Account`` that reckons what a month costs."""

    def cost(
        self,
        month: str | None = None,
        customers: CustomerSource | None = None,
        *,
        query: str | None = None,
        prices: str | os.PathLike[str] | None = None,
        share: str | None = None,
        progress: Advance | None = None,
    ) -> pd.DataFrame:
        """What Workers for Platforms costs in a month, by customer; the rows add up to the bill, to the cent.

        Args:
            month: such as ``"2026-10"``, in UTC; by default the one that is under way, so far.
            customers: the customer list, by default the settings' own where one is set. Without any the
                convention tells whose a namespace is.
            query: for a database: the SELECT.
            prices: a price table of one's own (TOML); by default the settings' or the shipped one.
            share: how what is included in the plan is shared: ``"proportional"`` (to what each used) or
                ``"even"`` (the same for each who used anything); by default the settings'.
            progress: called with (buckets read, buckets in all).

        Returns:
            The frame ``wfp_ops.frames.usage.COST``: one row per customer, dearest first; then the row
            ``unallocated`` (what belongs to no customer of the list) and the row ``dispatcher`` (the
            dispatchers' CPU time, and requests that reached no customer's Worker). Money is in US dollars.
            ``margin`` is ``mrr`` less ``total``, as if both were in dollars; null where the list has no
            number. ``complete`` is false as long as the month is not over, and where something is not proven
            whole. ``frame.attrs["month"]`` is the month; ``wfp_ops.usage.cost.record.cost_record(frame)``
            holds prices, rule, how far it goes and notes.

        Raises:
            SettingsError: the month is none or in the future, it has no prices, or a price can't be.
            CustomerListError: the customer list can't be read as one.
            AnalyticsRangeError: it begins before the account's analytics reach, and was not collected.
            APIError: Cloudflare refused, or an answer was not whole.
        """
        from wfp_ops.usage.cost.month import Month  # noqa: PLC0415
        from wfp_ops.usage.cost.parts import parts_of  # noqa: PLC0415
        from wfp_ops.usage.cost.prices import read_prices  # noqa: PLC0415
        from wfp_ops.usage.cost.record import Basis, attach  # noqa: PLC0415
        from wfp_ops.usage.cost.shares import rule_of  # noqa: PLC0415
        from wfp_ops.usage.cost.table import cost_table  # noqa: PLC0415

        account = whole(self)
        now = account.clock.now()
        meant = Month.at(now) if month is None else Month.parse(month)
        _refuse_future(meant, now)
        own = account.settings.cost
        rule = rule_of(own.share if share is None else share)
        table = read_prices((own.prices or None) if prices is None else prices)
        applied = table.of(meant)
        known = customers is not None or account.own_customers_source is not None
        records = account.customers(customers, query=query) if known else None
        used = _Used.read(account, meant, now, records, progress)
        counted = workers_in(account, meant, records, now)
        frame, bill = cost_table(parts_of(used.own, used.passed, counted.scripts, records), applied, rule)
        basis = Basis(
            account_id=account.account_id,
            month=meant,
            through=min(now, meant.end),
            taken_at=now,
            prices=applied,
            prices_from=table.source,
            rule=rule,
            doubts=list(dict.fromkeys([*_not_over(meant, now), *used.doubts, *_of_workers(counted, used)])),
            notes=[counted.how, *counted.passed_by, *_of_list(records)],
        )
        attach(frame, basis, bill)
        return frame


def _refuse_future(month: Month, now: datetime) -> None:
    if month.start > now:
        raise SettingsError(
            f"{month} has not begun", key="month", hint=f"it is {now:%Y-%m-%d}; a month is written as 2026-10"
        )


@dataclass(frozen=True, eq=False)
class _Used:
    """What customers' Workers used, what dispatchers did, and why that may not be all."""

    own: pd.DataFrame
    passed: pd.DataFrame
    doubts: Sequence[str]

    @classmethod
    def read(
        cls,
        account: Account,
        month: Month,
        now: datetime,
        records: pd.DataFrame | None,
        progress: Advance | None,
    ) -> _Used:
        span: dict[str, Any] = {
            "every": None,
            "start": month.start,
            "end": min(now, month.end),
            "customers": records,
        }
        try:
            own = account.usage(by=("customer",), progress=progress, **span)
        except AnalyticsRangeError as error:
            raise _out_of_reach(account, month, now, error) from None
        doubts = _doubts(own, over=month.end <= now)
        try:
            passed = account.usage(by=(), dispatchers=True, **span)
            doubts += _doubts(passed, over=month.end <= now)
        except AnalyticsRangeError:
            # customers' usage was collected in time, the dispatchers' was not: unknown, and said to be
            passed = own.iloc[:0]
            doubts.append(f"what the dispatchers used in {month} is not known any more, and not counted")
        return cls(own, passed, doubts)


def _doubts(used: pd.DataFrame, *, over: bool) -> list[str]:
    """Why usage is not all of what was used; that a month is not over is said elsewhere."""
    from wfp_ops.frames.provenance import completeness  # noqa: PLC0415

    if used[["requests", "cpu_ms"]].isna().any(axis=None):
        return ["the account's analytics do not say all requests and CPU time: what is unknown counts as 0"]
    if not over:
        return []
    proof = completeness(used)
    if not proof.proven:
        return [f"usage is not proven complete: {proof.how}"]
    if not used["complete"].all():
        return ["Cloudflare has not settled the last minutes of the month yet: ask again in half an hour"]
    return []


def _out_of_reach(account: Account, month: Month, now: datetime, error: AnalyticsRangeError) -> Exception:
    from wfp_ops.usage.cost.month import Month  # noqa: PLC0415

    limits = account.analytics().known_limits
    reach = None if limits is None else limits.not_older_than
    hint = "what was used so long ago is known only if it was collected in time: wfp-ops usage collect"
    if reach is not None:
        first = Month.at(now - timedelta(seconds=reach)).next
        holds = f"the first month that analytics still hold as a whole is {first}"
        holds = holds if first.start <= now else "analytics hold no month as a whole"
        hint = f"{holds}; {hint}"
    return AnalyticsRangeError(f"usage of {month} is out of reach: {error.message}", hint=hint)


def _of_workers(counted: Counted, used: _Used) -> list[str]:
    """Why there may be more Workers: what ran was there, so no Worker at all is an answer to be doubted."""
    if not float(counted.scripts.sum()) and float(used.own["requests"].sum()):
        return ["Workers had requests, but none is listed: their number is not known"]
    return [] if counted.doubt is None else [counted.doubt]


def _not_over(month: Month, now: datetime) -> list[str]:
    if month.end <= now:
        return []
    whole = "the plan's price and mrr count in whole"
    return [f"{month} is not over: usage counts up to {now:%Y-%m-%d %H:%M} UTC, {whole}"]


def _of_list(records: pd.DataFrame | None) -> list[str]:
    """What a reader of the table should know of the customer list."""
    from wfp_ops.customers.set_aside import notes, set_aside  # noqa: PLC0415

    if records is None:
        return ["no customer list is given: each id that the names hold is a customer"]
    said = [f"customer list: {note}" for note in notes(records)]
    if count := len(set_aside(records)):
        records_are = "1 record is" if count == 1 else f"{count} records are"
        said.append(f"customer list: {records_are} set aside, and what is theirs is unallocated")
    return said
