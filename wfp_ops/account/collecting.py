"""What an ``Account`` keeps of its usage, longer than analytics reach. The rooms below do the work."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from wfp_ops.account.customers import CustomerSource
from wfp_ops.account.part import whole
from wfp_ops.errors import SettingsError

# What makes frames is loaded by the methods that make them: a first connect() needs no pandas
if TYPE_CHECKING:
    from wfp_ops.usage.history.collect import Collected
    from wfp_ops.usage.history.dataset import HistoryData
    from wfp_ops.usage.history.view import UsageHistory

Advance: TypeAlias = Callable[[int, int], None]
Place: TypeAlias = "str | os.PathLike[str]"


class Collecting:
    """The part of ``Account`` that collects usage, and gives access to what was collected."""

    def collect_usage(
        self,
        last: str | timedelta | None = None,
        *,
        into: Place | None = None,
        customers: CustomerSource | None = None,
        query: str | None = None,
        progress: Advance | None = None,
        forecast: Callable[[int, float], None] | None = None,
    ) -> Collected:
        """Put down usage by the hour, for each Worker, before analytics forget it.

        Every hour is kept once, however often it is collected: a complete one replaces an incomplete one, a
        later reading an earlier one. What was put down stays, wherever it is cut off.

        Args:
            last: read so much time again, such as ``"7d"``; by default all that analytics still know and
                the history lacks.
            into: a folder, or a URL as ``"s3://bucket/usage"``, in which this account has a folder of its
                own; by default the settings' ``[usage] history``, else the state folder.
            customers: the customer list, by default the settings' own where one is set: whose each row is
                is kept with it.
            query: for a database: the SELECT.
            progress: called with (hours collected, hours in all).
            forecast: called once, if it takes a while, with (queries that are left, seconds that these must
                take by the rate budget alone).

        Returns:
            A ``Collected``: where it is, how many hours and rows, how many are complete, notes.

        Raises:
            SettingsError: ``last`` is no span, or the URL can't be opened.
            StateBusyError: another collector is at work there.
            HistoryError: a file that is there can't be used; it is not touched.
            StateError: the history can't be written.
            CustomerListError: the customer list can't be read as one.
            AnalyticsRangeError: ``last`` begins before analytics reach.
            APIError: a query failed; what was put down before stays.
        """
        from wfp_ops.usage.history.collect import Order, collect  # noqa: PLC0415

        account = whole(self)
        order = Order(account.owners(customers, query), last, progress, forecast)
        return collect(account.analytics(), self.history_data(into), account.clock, order)

    def usage_history(self, at: Place | None = None) -> UsageHistory:
        """What was collected, whether or not there is anything yet; Cloudflare is not asked.

        Args:
            at: where it was put, if that is not where the settings say.

        Returns:
            A ``UsageHistory``: usage by customer and month on DuckDB, pandas or Spark, and its rows.

        Raises:
            SettingsError: the URL can't be opened.
        """
        from wfp_ops.usage.history.view import UsageHistory  # noqa: PLC0415

        account = whole(self)

        def owners(customers: Any, query: str | None) -> Any:
            return account.owners(customers, query)

        namespaces = account.settings.audit.tenancy == "namespace"
        return UsageHistory(self.history_data(at), account.clock, owners, namespaces=namespaces)

    def history_data(self, at: Place | None = None) -> HistoryData:
        """The files of this account's history.

        Raises:
            SettingsError: the URL can't be opened.
        """
        from wfp_ops.usage.history.dataset import HistoryData  # noqa: PLC0415
        from wfp_ops.usage.history.store import LocalStore, open_store  # noqa: PLC0415

        account = whole(self)
        folder = account.state_folder().path
        where = account.settings.usage.history if at is None else os.fspath(at)
        if where is None:
            return HistoryData(LocalStore(folder / "history"), account.account_id)
        if not where:
            raise SettingsError("the history's place is empty", key="history", hint="give a folder or a URL")
        # accounts, and a sandbox beside a real one, never mix: each has a folder of its own
        return HistoryData(open_store(where, folder.name), account.account_id)
