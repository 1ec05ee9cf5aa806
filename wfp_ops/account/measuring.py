"""What an ``Account`` measures: usage, by analytics. Nothing here decides: the rooms below do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from wfp_ops.account.customers import CustomerSource
from wfp_ops.account.part import whole
from wfp_ops.api.reads import Reads
from wfp_ops.clock import Clock
from wfp_ops.errors import SettingsError
from wfp_ops.settings.access import Access
from wfp_ops.settings.model import Settings

# What makes frames is loaded by the methods that make them: a first connect() needs no pandas
if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.api.analytics.client import Analytics
    from wfp_ops.usage.buckets import Bucket
    from wfp_ops.usage.fetch import Wish
    from wfp_ops.usage.owners import Owners
    from wfp_ops.usage.span import Moment

Advance: TypeAlias = Callable[[int, int], None]
Forecast: TypeAlias = Callable[[int, float], None]

_DIMENSIONS = {"namespace": "dispatchNamespaceName", "worker": "scriptName"}


class Measuring:
    """The part of ``Account`` that asks analytics.

    Attributes:
        access, clock, reads, rate_state_dir: what the rooms of this package work with.
    """

    access: Access
    account_id: str
    settings: Settings
    clock: Clock
    reads: Reads
    rate_state_dir: Path | None
    _closing: list[Callable[[], None]]
    _analytics: Analytics | None = None

    def usage(
        self,
        last: str | timedelta = "30d",
        every: str | timedelta | None = "1h",
        by: str | Iterable[str] = ("namespace", "worker"),
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        customers: CustomerSource | None = None,
        query: str | None = None,
        dispatchers: bool = False,
        bounds: bool = False,
        history: bool | str | os.PathLike[str] = True,
        progress: Advance | None = None,
        forecast: Forecast | None = None,
    ) -> pd.DataFrame:
        """What customers' Workers used, by the account's analytics; all times are in UTC.

        What was collected (``collect_usage``) is read together with what analytics know now: hours that are
        complete there, or that analytics reach no more, come from there.

        Args:
            last: how far back from ``end``: ``"24h"``, ``"7d"``, ``"4w"``. It counts where no start is given.
            every: one row for so much time: ``"5m"``, ``"15m"``, ``"1h"``, ``"6h"``, ``"1d"``; None for one
                row for all of it.
            by: what rows are told apart by: ``("namespace", "worker")``, ``("namespace",)``,
                ``("customer",)``, or nothing for the whole account. A Worker is told apart by its namespace,
                too. Quantiles are never averaged: by customer they are null.
            start: instead of ``last``: a moment, or a day as ``"2026-11-01"``.
            end: up to when; now, where it is not given or lies in the future.
            customers: whose it is: a customer list, by default the settings' own where one is set. Without
                any the convention tells.
            query: for a database: the SELECT.
            dispatchers: the dispatchers' own rows instead of the customers'. A request that passes a
                dispatcher and a Worker stands in both and is billed once: never add the two.
            bounds: also the bounds of ``requests``, which is an estimate where Cloudflare sampled.
            history: False for analytics alone; or where it was collected to, if not where the settings say.
                It is by the hour: shorter buckets, and ``bounds``, come from analytics alone.
            progress: called with (buckets read, buckets in all).
            forecast: called once with (queries that it takes, seconds that these must take), where one
                answer does not hold all.

        Returns:
            The frame ``wfp_ops.frames.usage.USAGE`` (``USAGE_BOUNDS`` with ``bounds``), whole buckets by time
            and name. A bucket without a request has no row (``wfp_ops.usage.fill.with_zeros`` adds them).
            ``complete`` is false in the newest minutes and where rows do not add up to the total;
            ``wfp_ops.completeness(frame)`` says so of the whole, ``wfp_ops.usage.record.usage_record(frame)``
            holds the ratios, what came from where, and namespaces that were renamed. Quantiles of what comes
            from the history are null, unless it is by hour and Worker.

        Raises:
            SettingsError: a span, a moment or a word of ``by`` means nothing, or the time is in the future.
            CustomerListError: the customer list can't be read as one.
            AnalyticsRangeError: it begins before the account's analytics reach, and before the history.
            HistoryError: a file of the history can't be used.
            AnalyticsPermissionError: the token lacks "Account Analytics: Read".
            AnalyticsQuotaError: the queries of these five minutes are spent.
            APIError: a query failed; there is no frame of the others then.
        """
        from wfp_ops.usage.buckets import bucket_of  # noqa: PLC0415
        from wfp_ops.usage.fetch import Wish, fetch  # noqa: PLC0415
        from wfp_ops.usage.frames import usage_frame  # noqa: PLC0415
        from wfp_ops.usage.planner import Level  # noqa: PLC0415
        from wfp_ops.usage.span import span_of  # noqa: PLC0415

        told_apart = _told_apart(by)
        bucket = bucket_of(every)
        now = self.clock.now()
        span = span_of(last, start, end, bucket=bucket, now=now)
        owners = self.owners(customers, query)
        level = Level(bucket, _names_for(told_apart, owners))
        wish = Wish(span, level, dispatchers, bounds, progress, forecast)
        if history is not False and not bounds and _in_hours(bucket):
            known = self._with_history(wish, owners, told_apart, now, None if history is True else history)
            if known is not None:
                return known
        fetched = fetch(self.analytics(), wish)
        return usage_frame(fetched, owners, by=told_apart, taken_at=now)

    def _with_history(
        self,
        wish: Wish,
        owners: Owners,
        by: tuple[str, ...],
        now: datetime,
        at: str | os.PathLike[str] | None,
    ) -> pd.DataFrame | None:
        """The frame of both sources; None where nothing of it was collected."""
        from wfp_ops.usage.history.combine import combined  # noqa: PLC0415

        data = whole(self).history_data(at)
        return combined(self.analytics, data, wish, owners, by=by, now=now)

    def analytics(self) -> Analytics:
        """The account's analytics, to be asked with a budget of their own; one for each account."""
        from wfp_ops.api.analytics.client import Analytics  # noqa: PLC0415

        if self._analytics is None:
            self._analytics = Analytics(
                self.reads.transport,
                self.account_id,
                token=self.access.token,
                state_dir=self.rate_state_dir,
                rate_share=self.settings.api.rate_share,
                deadline_s=self.settings.api.deadline_s,
            )
            self._closing.append(self._analytics.close)
        return self._analytics

    def owners(self, customers: CustomerSource | None = None, query: str | None = None) -> Owners:
        """Whose a name is, by the customer list (by default the settings' own) and the settings.

        Raises:
            CustomerListError: the customer list can't be read as one.
            APIError: in worker tenancy by tag: the Workers can't be listed.
        """
        from wfp_ops.usage.owners import owners_of  # noqa: PLC0415

        account, audit = whole(self), self.settings.audit
        known = customers is not None or account.own_customers_source is not None
        by_tag = audit.tenancy == "worker" and audit.select == "tag"
        return owners_of(
            account.customers(customers, query=query) if known else None,
            convention=account.rules.convention,
            tenancy=audit.tenancy,
            namespaces=audit.namespaces,
            id_case=audit.id_case,
            workers=account.workers(list(audit.namespaces)) if by_tag else None,
        )


def _in_hours(bucket: Bucket) -> bool:
    """Whether a bucket is made of whole hours, as the history is."""
    return bucket.length is None or bucket.length >= timedelta(hours=1)


def _told_apart(by: str | Iterable[str]) -> tuple[str, ...]:
    """The words of ``by``, each once."""
    words = tuple(dict.fromkeys([by] if isinstance(by, str) else by))
    wrong = [word for word in words if word not in (*_DIMENSIONS, "customer")]
    if wrong:
        raise SettingsError(
            f"usage is not told apart by {wrong[0]!r}",
            key="by",
            hint="take namespace, worker or customer; none of them for the whole account",
        )
    if "customer" in words and len(words) > 1:
        raise SettingsError(
            "usage by customer adds up namespaces and Workers, and can't tell them apart as well",
            key="by",
            hint="by namespace and worker each row has its customer_id",
        )
    return words


def _names_for(by: tuple[str, ...], owners: Owners) -> tuple[str, ...]:
    """The names that rows must be told apart by, to answer that."""
    if by == ("customer",):
        by = ("namespace", "worker") if owners.tenancy == "worker" else ("namespace",)
    if "worker" in by:
        by = ("namespace", "worker")
    return tuple(_DIMENSIONS[word] for word in by)
