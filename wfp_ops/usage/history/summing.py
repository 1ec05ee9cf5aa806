"""Runs the functions of ``tally`` over chosen days on one of the engines, and checks what comes."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa

from wfp_ops.errors import HistoryError, SettingsError
from wfp_ops.frames.history import HISTORY_USAGE
from wfp_ops.usage.history import engines, tally
from wfp_ops.usage.history.chosen import Chosen
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.layout import CUSTOMERS
from wfp_ops.usage.history.names import read_names
from wfp_ops.usage.owners import Owners, families, inherited, whose
from wfp_ops.usage.sums import MEASURES

_COLUMNS = ("namespace", "worker", "customer_id", *MEASURES, "sample_interval", "complete")
_SAME = 1e-9


@dataclass(frozen=True)
class Work:
    """How sums are to be made.

    ``owners`` says whose a name is; None: as it was told when the rows were collected. ``namespaces`` says
    that a namespace is one customer's: then its old names have the customer of the one that it has now.
    """

    engine: str
    namespaces: bool = True
    owners: Callable[[], Owners] | None = None
    memory_limit: str | None = None
    spark: Any = None


def customers_frame(data: HistoryData, chosen: Chosen, work: Work, *, monthly: bool) -> pd.DataFrame:
    """The frame ``HISTORY_USAGE`` of these days.

    Raises:
        SettingsError, MissingExtraError, HistoryError: see ``UsageHistory.by_customer``.
    """
    if work.engine not in engines.ENGINES:
        raise SettingsError(
            f"there is no engine {work.engine!r}", key="engine", hint=f"take {', '.join(engines.ENGINES)}"
        )
    within = [tally.MONTH] if monthly else []
    kin = families(read_names(data))
    by = ["namespace", "worker"]
    if work.owners is None:
        by = ["customer_id", *(["namespace"] if kin and work.namespaces else [])]
    sums = _run(data, chosen, work, [*by, *within])
    _check(data, chosen, sums)
    if by != ["customer_id"]:
        told = _told(sums, kin, None if work.owners is None else work.owners())
        sums = tally.totals(told, ["customer_id", *within])
    frame = tally.with_shares(sums, within=within)
    order = [*within, "requests", "customer_id"]
    frame = frame.sort_values(order, ascending=[name != "requests" for name in order], kind="stable")
    columns = {name: frame[name].reset_index(drop=True) for name in HISTORY_USAGE.names if name in frame}
    return HISTORY_USAGE.build(columns, length=len(frame))


def in_pandas(native: Any) -> pd.DataFrame:
    """A frame of any engine, carried out and brought here."""
    frame = nw.from_native(native)
    if isinstance(frame, nw.LazyFrame):
        numbers = {pa.float64(): pd.Float64Dtype()}
        there: pd.DataFrame = frame.collect("pyarrow").to_native().to_pandas(types_mapper=numbers.get)
        return there
    here: pd.DataFrame = frame.to_native()
    return here


def _run(data: HistoryData, chosen: Chosen, work: Work, by: Sequence[str]) -> pd.DataFrame:
    """The sums, as the engine makes them."""
    days = chosen.days
    if work.engine == "pandas":
        return in_pandas(tally.totals(engines.pandas_rows(data, CUSTOMERS, days, _COLUMNS), by))
    with engines.explained(data, CUSTOMERS, days):
        if work.engine == "spark":
            with engines.quiet_spark():
                return in_pandas(tally.totals(engines.spark_rows(data, CUSTOMERS, days, work.spark), by))
        with (
            tempfile.TemporaryDirectory(prefix="wfp-ops-duckdb-") as scratch,
            engines.duckdb_connection(
                data, CUSTOMERS, days, memory_limit=work.memory_limit, scratch=scratch
            ) as connection,
        ):
            return in_pandas(tally.totals(connection.view(engines.VIEW), by))


def _check(data: HistoryData, chosen: Chosen, sums: pd.DataFrame) -> None:
    """Engines look at no checksums: what they added up is held against what the footers say."""
    found = float(sums["requests"].sum())
    same = math.isclose(found, chosen.requests, rel_tol=_SAME, abs_tol=_SAME)
    if not same or int(sums["rows"].sum()) != chosen.rows:
        for day in chosen.days:
            data.read(CUSTOMERS, day)
        raise HistoryError(
            f"the rows add up to {found:,.0f} requests, and their files say {chosen.requests:,.0f}",
            path=data.store.url,
            hint="if the collector was at work, try again",
        )


def _told(sums: pd.DataFrame, kin: list[set[str]], owners: Owners | None) -> pd.DataFrame:
    """The sums of names, each with its customer: by a list of today, or as kept, old names as their kin."""
    namespaces = sums["namespace"].astype("str")
    if owners is not None:
        ids = whose(owners, kin, namespaces, sums["worker"].astype("str"))
    else:
        # an old name's rows may have been collected before the new name was seen, some or all of them
        renamed = {name for names in kin for name in names}
        known = sums[sums["customer_id"].notna() & namespaces.isin(renamed)]
        by_name = dict(zip(known["namespace"], known["customer_id"], strict=True))
        by_kin = {**by_name, **inherited(by_name, kin)}
        ids = sums["customer_id"].fillna(namespaces.map(by_kin).astype("str"))
    told = sums.assign(customer_id=ids)
    return told.assign(day=told[tally.MONTH]) if tally.MONTH in told else told
