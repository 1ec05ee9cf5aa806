"""``UsageHistory``: what a notebook holds of an account's history."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from wfp_ops.clock import Clock, iso
from wfp_ops.frames.history import HISTORY_DAYS
from wfp_ops.frames.provenance import mark_complete
from wfp_ops.frames.show import facts_table
from wfp_ops.usage.history import engines
from wfp_ops.usage.history.chosen import Chosen, choose
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.layout import CUSTOMERS
from wfp_ops.usage.owners import Owners

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


class UsageHistory:
    """What was collected of one account. Made by ``account.usage_history()``.

    Attributes:
        url: where it is.
    """

    def __init__(
        self,
        data: HistoryData,
        clock: Clock,
        owners: Callable[[Any, str | None], Owners],
        *,
        namespaces: bool = True,
    ) -> None:
        self._data = data
        self._clock = clock
        self._owners = owners
        self._namespaces = namespaces
        self.url = data.store.url

    def days(self) -> pd.DataFrame:
        """Each day that was collected, by its file's footer.

        Returns:
            The frame ``wfp_ops.frames.history.HISTORY_DAYS``.

        Raises:
            HistoryError: a file can't be used.
        """
        days = self._data.days(CUSTOMERS)
        every = [list(self._data.hours_of(CUSTOMERS, day).values()) for day in days]
        columns = {
            "day": [day.isoformat() for day in days],
            "hours": [len(hours) for hours in every],
            "complete": [sum(hour.complete for hour in hours) for hours in every],
            "rows": [sum(hour.rows for hour in hours) for hours in every],
            "requests": [sum(hour.requests for hour in hours) for hours in every],
            "collected_at": [max((hour.collected_at for hour in hours), default=None) for hours in every],
            "file": [self._data.shown(CUSTOMERS, day) for day in days],
        }
        return HISTORY_DAYS.build(columns, length=len(days))

    def by_customer(
        self,
        month: str | None = None,
        *,
        start: date | str | None = None,
        end: date | str | None = None,
        engine: engines.Engine = "duckdb",
        customers: Any = None,
        query: str | None = None,
        memory_limit: str | None = None,
        spark: Any = None,
    ) -> pd.DataFrame:
        """Usage of each customer in a month, or between two days; most requests first.

        Args:
            month: such as ``"2026-10"``, in UTC.
            start: instead, the first day; by default the first that was collected.
            end: the day before which it ends; by default the day after the last that was collected.
            engine: what adds it up: ``"duckdb"`` (larger than memory), ``"pandas"`` (in memory) or
                ``"spark"``. All say the same.
            customers: a customer list, by which it is told again whose each row is. Without one it is as it
                was told when the row was collected.
            query: for a database: the SELECT.
            memory_limit: for DuckDB, such as ``"500MB"``: what does not fit goes to the disk.
            spark: a session of one's own; by default a local one.

        Returns:
            The frame ``wfp_ops.frames.history.HISTORY_USAGE``. ``wfp_ops.completeness(frame)`` says whether
            every hour of that time is complete.

        Raises:
            SettingsError: the month or a day is none, or the engine.
            MissingExtraError: the engine is not installed.
            HistoryError: nothing was collected of that time, or a file can't be used.
            CustomerListError: the customer list can't be read as one.
        """
        owners = None if customers is None else lambda: self._owners(customers, query)
        return self._summed(choose(self._data, month, start, end), engine, owners, memory_limit, spark)

    def by_month(
        self,
        *,
        start: date | str | None = None,
        end: date | str | None = None,
        engine: engines.Engine = "duckdb",
        customers: Any = None,
        query: str | None = None,
        memory_limit: str | None = None,
        spark: Any = None,
    ) -> pd.DataFrame:
        """Usage of each customer in each month (in UTC), between two days; arguments as for ``by_customer``.

        Raises:
            SettingsError, MissingExtraError, HistoryError, CustomerListError: as for ``by_customer``.
        """
        owners = None if customers is None else lambda: self._owners(customers, query)
        chosen = choose(self._data, None, start, end)
        return self._summed(chosen, engine, owners, memory_limit, spark, monthly=True)

    def duckdb(
        self,
        month: str | None = None,
        *,
        start: date | str | None = None,
        end: date | str | None = None,
        memory_limit: str | None = None,
    ) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection with the view ``usage``: hourly rows, with their ``day``, for SQL of one's own.

        Raises:
            SettingsError, MissingExtraError, HistoryError: as for ``by_customer``.
        """
        chosen = choose(self._data, month, start, end)
        scratch = tempfile.mkdtemp(prefix="wfp-ops-duckdb-")
        with engines.explained(self._data, CUSTOMERS, chosen.days):
            connection = engines.duckdb_connection(
                self._data, CUSTOMERS, chosen.days, memory_limit=memory_limit, scratch=scratch
            )
        weakref.finalize(connection, shutil.rmtree, scratch, ignore_errors=True)
        return connection

    def spark(
        self,
        session: Any = None,
        month: str | None = None,
        *,
        start: date | str | None = None,
        end: date | str | None = None,
    ) -> Any:
        """A Spark DataFrame of hourly rows, with their ``day``; in a local session, unless one is given.

        Raises:
            SettingsError, MissingExtraError, HistoryError: as for ``by_customer``.
        """
        chosen = choose(self._data, month, start, end)
        return engines.spark_rows(self._data, CUSTOMERS, chosen.days, session)

    def _summed(
        self,
        chosen: Chosen,
        engine: str,
        owners: Callable[[], Owners] | None,
        memory_limit: str | None,
        spark: Any,
        *,
        monthly: bool = False,
    ) -> pd.DataFrame:
        engines.require("narwhals", "history")
        from wfp_ops.usage.history.summing import Work, customers_frame  # noqa: PLC0415 (needs Narwhals)

        work = Work(engine, self._namespaces, owners, memory_limit, spark)
        frame = customers_frame(self._data, chosen, work, monthly=monthly)
        key = ["customer_id", "month"]
        mark_complete(frame, chosen.proof, key=key, taken_at=iso(self._clock.now()))
        return frame

    def __repr__(self) -> str:
        return f"UsageHistory({self.url!r})"

    def _repr_html_(self) -> str:
        days = self._data.days(CUSTOMERS)
        facts = {"where": self.url, "days": f"{len(days):,}"}
        if days:
            facts |= {"first": days[0].isoformat(), "last": days[-1].isoformat()}
        return facts_table("Usage history", facts)
