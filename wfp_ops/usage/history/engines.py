"""The days of the history as rows of pandas, of DuckDB, or of Spark, with their ``day``; read as they lie."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import pandas as pd
import pyarrow as pa

from wfp_ops.errors import HistoryError, MissingExtraError, SettingsError
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.layout import SCHEMA, Kind, day_file
from wfp_ops.usage.history.store import LocalStore

if TYPE_CHECKING:
    import duckdb

Engine: TypeAlias = Literal["pandas", "duckdb", "spark"]
ENGINES: tuple[str, ...] = get_args(Engine)
VIEW = "usage"
_DUCKDB = ("_duckdb", "duckdb")
_SPARK = ("pyspark", "py4j")


def require(package: str, extra: str) -> Any:
    """An optional package.

    Raises:
        MissingExtraError: it is not installed; says the line to type.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError:
        raise MissingExtraError(package, extra) from None


def pandas_rows(data: HistoryData, kind: Kind, days: Sequence[date], columns: Sequence[str]) -> pd.DataFrame:
    """These columns and ``day`` (as text) in memory; every file is checked as it is read."""
    tables = []
    for day in days:
        table = data.read(kind, day, columns).table
        named = pa.array([day.isoformat()] * table.num_rows, type=pa.string())
        tables.append(table.append_column("day", named))
    schema = pa.schema([*(SCHEMA.field(name) for name in columns), pa.field("day", pa.string())])
    numbers = {pa.float64(): pd.Float64Dtype()}
    frame: pd.DataFrame = pa.concat_tables([schema.empty_table(), *tables]).to_pandas(
        types_mapper=numbers.get
    )
    return frame


def duckdb_connection(
    data: HistoryData, kind: Kind, days: Sequence[date], *, memory_limit: str | None, scratch: str
) -> duckdb.DuckDBPyConnection:
    """A database in memory with one view, ``usage``: the files of these days.

    What does not fit into ``memory_limit`` (such as ``"500MB"``; DuckDB's own is most of the machine's) goes
    into the folder ``scratch``.

    Raises:
        MissingExtraError: DuckDB is not installed.
        SettingsError: the limit is none.
    """
    module = require("duckdb", "history")
    connection: duckdb.DuckDBPyConnection = module.connect(config={"temp_directory": scratch})
    # a month begins at midnight in UTC, wherever the machine stands
    connection.execute("SET TimeZone = 'UTC'")
    if memory_limit is not None:
        try:
            connection.execute("SET memory_limit = ?", [memory_limit])
        except module.Error:
            raise SettingsError(
                f"{memory_limit!r} is no amount of memory", key="memory_limit", hint='write it as "500MB"'
            ) from None
    files = [_native(data, kind, day) for day in days]
    if not isinstance(data.store, LocalStore):
        connection.register_filesystem(data.store.filesystem)
    rows = connection.read_parquet(files, hive_partitioning=True)
    rows.create_view(VIEW)
    return connection


def spark_rows(data: HistoryData, kind: Kind, days: Sequence[date], session: Any | None) -> Any:
    """A Spark DataFrame of these days, in a session of one's own or in a local one.

    Raises:
        MissingExtraError: PySpark is not installed.
        SettingsError: the history lies behind a URL: there, Spark's own connectors read it.
    """
    require("pyspark", "spark")
    if not isinstance(data.store, LocalStore):
        raise SettingsError(
            "Spark reads what lies behind a URL with its own connectors, which only your session knows",
            key="engine",
            hint=f'read it there: spark.read.parquet("{data.store.url}/{kind}"), and pass it to '
            "wfp_ops.usage.history.tally.by_customer(...)",
        )
    spark = local_spark() if session is None else session
    files = [str(data.store.root / day_file(kind, day)) for day in days]
    with quiet_spark():
        return spark.read.option("basePath", str(data.store.root / kind)).parquet(*files)


def local_spark() -> Any:
    """A Spark session on this machine alone, or the one that is running.

    Raises:
        MissingExtraError: PySpark is not installed.
        SettingsError: it does not start: there is no Java.
    """
    sql = require("pyspark.sql", "spark")
    builder = sql.SparkSession.builder.master("local[*]").appName("wfp-ops")
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "8",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        with quiet_spark():
            return builder.getOrCreate()
    except Exception as error:
        if _library(error) not in _SPARK:
            raise
        raise SettingsError(
            f"Spark does not start here: {_first_line(error)}",
            key="engine",
            hint="it needs Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless); "
            'engine="duckdb" needs none',
        ) from None


@contextmanager
def explained(data: HistoryData, kind: Kind, days: Sequence[date]) -> Iterator[None]:
    """What an engine stumbles over, as the error of the very file that is broken.

    Raises:
        HistoryError: naming that file; or the history, where every file by itself can be read.
    """
    try:
        yield
    except Exception as error:
        if _library(error) not in (*_DUCKDB, *_SPARK):
            raise
        for day in days:
            data.read(kind, day)
        raise HistoryError(
            f"the engine failed: {_first_line(error)}",
            path=data.store.url,
            hint="each file can be read by itself: if a collector was at work, try again; if memory ran out, "
            "change memory_limit",
        ) from None


@contextmanager
def quiet_spark() -> Iterator[None]:
    """PySpark warns of every pandas from 3 on; what is asked of it here does not pass through pandas."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        yield


def _library(error: Exception) -> str:
    return type(error).__module__.partition(".")[0]


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _native(data: HistoryData, kind: Kind, day: date) -> str:
    path = day_file(kind, day)
    return str(data.store.root / path) if isinstance(data.store, LocalStore) else data.store.native(path)
