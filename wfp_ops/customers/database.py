"""A customer list from a database: one query that reads, through SQLAlchemy, in chunks.

Nothing can be changed: the first word must be one of a query, the server takes one statement alone,
the transaction is read-only where the database knows that (PostgreSQL, MySQL, MariaDB, Oracle; a
SQLite file is opened read-only), and it is rolled back in any case.

No message holds anything of the URL but what ``database_url.shown`` shows, and no error carries
SQLAlchemy's or the driver's own along: those hold the URL, the statement and its parameters.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import numpy as np
import pandas as pd

from wfp_ops.customers.database_errors import driver_problem, explain
from wfp_ops.customers.database_url import shown
from wfp_ops.customers.formats.dataframe import rows_hash
from wfp_ops.customers.table import RawTable, typed_column
from wfp_ops.errors import CustomerListError, MissingExtraError

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Engine

T = TypeVar("T")

_ROWS_AT_ONCE = 10_000
_CONNECT_S = 10
_COMMENT = re.compile(r"\s+|--[^\n]*(?:\n|$)|/\*.*?\*/|\(", re.DOTALL)
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_READING = frozenset(("select", "with", "values", "table"))
# How a transaction is made read-only, by SQLAlchemy's name of the database. MySQL takes it for the next
# transaction on, so it is said before the first one begins; PostgreSQL's and Oracle's own comes first in it
_READ_ONLY = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}


def read(source: str, query: str | None) -> RawTable:
    """The rows of a query as a raw table, with a hash of their content that does not depend on their order.

    Args:
        source: the URL of a database, as SQLAlchemy takes it.
        query: one SELECT; its columns' names are the headers.

    Raises:
        CustomerListError: the database can't be reached or read, or the query is none, writes, or brings
            no rows.
        MissingExtraError: SQLAlchemy is not installed.
    """
    label = shown(source)
    _check_query(query, label)
    engine = _engine(source, label)
    try:
        headers, columns = _explained(lambda: _read(engine, str(query)), source)
    finally:
        engine.dispose()
    if not columns or not len(columns[0]):
        raise CustomerListError(
            "the query brings no rows",
            file=label,
            hint="run it in the database's own client, as the same user: is the condition right?",
        )
    rows = np.arange(2, len(columns[0]) + 2, dtype=np.int64)
    return RawTable(label, headers, columns, rows, sha256=rows_hash(headers, columns))


def _check_query(query: str | None, label: str) -> None:
    if query is None or not query.strip():
        raise CustomerListError(
            "a database needs a query that says who the customers are",
            file=label,
            hint='--query "select customer_id, name, status from customers", or [customers] query = "…"',
        )
    word = _first_word(query)
    if word not in _READING:
        raise CustomerListError(
            f"the query must only read, and begins with {word.upper() or query.strip()[:1]!r}",
            file=label,
            hint='one statement that begins with SELECT or WITH: --query "select … from …"',
        )


def _first_word(query: str) -> str:
    """The query's first word in lower case, whatever blanks, comments and brackets stand before it."""
    at = 0
    while skipped := _COMMENT.match(query, at):
        at = skipped.end()
    found = _WORD.match(query, at)
    return found.group().lower() if found else ""


def _engine(source: str, label: str) -> Engine:
    try:
        import sqlalchemy  # noqa: PLC0415 (an extra, and only databases need it)
    except ImportError:
        raise MissingExtraError(f"SQLAlchemy, which reads {label},", "sql") from None
    return _explained(lambda: _new_engine(sqlalchemy, source, label), source)


def _new_engine(sqlalchemy: Any, source: str, label: str) -> Engine:
    # "postgres" is what many hosts write; without a driver SQLAlchemy 2.0 would take psycopg2
    url = sqlalchemy.make_url(re.sub(r"^postgres(?:ql)?://", "postgresql+psycopg://", source))
    options: dict[str, Any] = {"poolclass": sqlalchemy.NullPool, "hide_parameters": True}
    if url.get_backend_name() == "sqlite":
        options["creator"] = _opener(url.database, label)
        url = sqlalchemy.make_url("sqlite://")
    elif url.get_driver_name() == "psycopg" and "connect_timeout" not in url.query:
        options["connect_args"] = {"connect_timeout": _CONNECT_S}
    engine: Engine = sqlalchemy.create_engine(url, **options)
    return engine


def _opener(database: str | None, label: str) -> Callable[[], sqlite3.Connection]:
    """Opens a SQLite file for reading alone, which never makes one."""
    if not database or database == ":memory:":
        raise CustomerListError(
            "the URL names no SQLite file",
            file=label,
            hint="sqlite:///customers.db, or sqlite:////data/crm.db",
        )
    path = Path(os.path.expanduser(database))  # noqa: PTH111 (Path's own fails where there is no such home)
    if not path.is_file():
        raise CustomerListError(
            "there is no such SQLite file",
            file=label,
            hint=f"looked for {path.absolute()}; a path from the root has four slashes: sqlite:////data/crm.db",
        )
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    return lambda: sqlite3.connect(address, uri=True)


def _read(engine: Engine, query: str) -> tuple[list[str], list[pd.Series[Any]]]:
    with engine.connect() as connection:
        try:
            _forbid_writing(connection)
            result = connection.exec_driver_sql(
                query,
                # as it stands: "%" and ":" in a query are no places for parameters
                execution_options={"stream_results": True, "no_parameters": True},
            )
            return list(map(str, result.keys())), _columns(result)
        finally:
            connection.rollback()


def _forbid_writing(connection: Connection) -> None:
    statement = _READ_ONLY.get(connection.dialect.name)
    if statement is None:
        return
    connection.exec_driver_sql(statement)
    if " SESSION " in statement:
        connection.rollback()


def _columns(result: CursorResult[Any]) -> list[pd.Series[Any]]:
    """The result column by column; at no time more than one chunk of it is held row by row."""
    chunks = list(_chunks(result))
    if not chunks:
        return [typed_column([]) for _ in result.keys()]  # noqa: SIM118 (a result is no mapping)
    parts = zip(*chunks, strict=True)
    return [_joined(list(column)) for column in parts]


def _chunks(result: CursorResult[Any]) -> Iterator[list[pd.Series[Any]]]:
    for rows in result.partitions(_ROWS_AT_ONCE):
        yield [typed_column(list(values)) for values in zip(*rows, strict=True)]


def _joined(parts: list[pd.Series[Any]]) -> pd.Series[Any]:
    """One column of its chunks; where one of them is not text, none is, so that no value changes its type."""
    if any(part.dtype != "str" for part in parts):
        parts = [part.astype(object) for part in parts]
    return pd.concat(parts, ignore_index=True)


def _explained(work: Callable[[], T], source: str) -> T:
    """What the work brings; what SQLAlchemy or the driver raises becomes an error that holds nothing of it.

    It is raised where theirs is forgotten already: not even as its context does it come along.
    """
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 (as above)

    try:
        return work()
    except SQLAlchemyError as error:
        problem = explain(error, source)
    except ImportError as error:
        problem = driver_problem(error.name, source)
    except (sqlite3.Error, ValueError) as error:
        problem = explain(error, source)
    raise problem
