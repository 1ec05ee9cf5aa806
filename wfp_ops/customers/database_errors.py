"""What a database or its driver raised → a sentence with what to do, and nothing of the URL's secrets."""

from __future__ import annotations

import re
from typing import Any

from wfp_ops.customers.database_url import secrets, shown, without
from wfp_ops.customers.text import short
from wfp_ops.errors import CustomerListError, visible

_LENGTH = 300
_ONE_STATEMENT = "give one SELECT alone, without a second statement behind a semicolon"
_GONE = "is it running, and may this machine reach it? Try the URL in the database's own client"

# What is found in the driver's words or in SQLSTATE (PostgreSQL, appendix A) → what it means, what to do.
# The driver's own words on a connection are never shown: they repeat the user's name
_CONNECTING: tuple[tuple[str, str, str], ...] = (
    (r"3D000|database .* does not exist|Unknown database", "there is no such database", "check its name"),
    (
        r"28P01|28000|password|authenti|Access denied|no pg_hba|role .* does not exist",
        "the database refuses the user or the password",
        "check both in the URL (@ : / ? # % in them must be percent-encoded), or what the database allows",
    ),
    (
        r"resolve|Name or service|getaddrinfo|nodename|not known",
        "the database's host is not known",
        "check the host's name in the URL",
    ),
    (r"timeout|timed out", "the database does not answer in time", _GONE),
    (
        r"SSL|TLS|certificate",
        "the encrypted connection to the database fails",
        "check its sslmode and certificate",
    ),
    (r"too many|53300", "the database takes no more connections", "try again later"),
)
_READING: tuple[tuple[str, str, str], ...] = (
    (
        r"25006|read-only|readonly|data-modifying|SELECT \.\.\. INTO",
        "the query writes, and nothing was changed",
        "give one that only reads: SELECT",
    ),
    (r"one statement at a time|multiple commands", "the query is several statements", _ONE_STATEMENT),
    (
        r"42P01|no such table|doesn't exist",
        "the query names a table that is not there",
        "check its name and schema",
    ),
    (r"42703|no such column|Unknown column", "the query names a column that is not there", "check its name"),
    (
        r"42501|permission denied|not authorized",
        "the database's user may not read this",
        "grant it SELECT on the tables",
    ),
    (
        r"unable to open",
        "the SQLite file can't be opened",
        "may you read it? If it is in WAL mode, the files beside it with -wal and -shm must be readable too",
    ),
    (r"is locked|busy", "the database is locked by somebody else", "wait until they are done, and try again"),
    (
        r"not a database|malformed|disk image|unsupported file format",
        "the file is no SQLite database, or it is damaged",
        "check the path",
    ),
    (
        r"could not decode|codec can't|22021|22P05|(date|timestamp) too (large|small)|before year",
        "a value can't be read as what its column says it is",
        "make it text in the query: cast(started_on as text) as started_on",
    ),
    (
        r"57014",
        "the database has cancelled the query",
        "it may take too long: ask for less, or raise its limit",
    ),
)


def explain(error: Exception, source: str) -> CustomerListError:
    """The error for what SQLAlchemy or a driver raised, told by its words and its SQLSTATE."""
    label = shown(source)
    original = getattr(error, "orig", None) or error
    words = f"{_sqlstate(original)} {original}"
    if type(error).__name__ == "NoSuchModuleError":
        return _unknown_kind(label)
    if type(error).__name__ == "ArgumentError" or (
        isinstance(error, ValueError) and not isinstance(error, UnicodeError)
    ):
        return CustomerListError(
            "this is no database URL",
            file=label,
            hint="postgresql://user:password@host:5432/database or sqlite:////folder/file.db; "
            "@ : / ? # % within a user's name or password must be percent-encoded",
        )
    if _is_about_connecting(error, original):
        meaning, hint = _first(_CONNECTING, words) or ("the database can't be reached", _GONE)
        return CustomerListError(meaning, file=label, hint=hint)
    meaning, hint = _first(_READING, words) or (
        "the query fails",
        "run it in the database's own client first",
    )
    said = _said(original, source)
    return CustomerListError(f"{meaning}: {said}" if said else meaning, file=label, hint=hint)


def driver_problem(module: str | None, source: str) -> CustomerListError:
    """The error for a driver that is not installed."""
    if (module or "").startswith("psycopg"):
        hint = "pip install 'wfp-ops[sql]'"
    elif source.startswith("mysql:"):
        hint = "pip install pymysql, and begin the URL with mysql+pymysql://"
    else:
        hint = "install it with pip, or name another in the URL: database+driver://"
    return CustomerListError(
        f"the driver {module or 'of this database'} is not installed", file=shown(source), hint=hint
    )


def _unknown_kind(label: str) -> CustomerListError:
    return CustomerListError(
        f"there is no driver for {label.partition(':')[0]!r}",
        file=label,
        hint="postgresql:// and sqlite:// are known by themselves; for others install a SQLAlchemy dialect",
    )


def _is_about_connecting(error: Exception, original: Any) -> bool:
    """Whether no query was sent yet: SQLAlchemy knows the statement of every one that was."""
    return getattr(error, "statement", None) is None and type(original).__module__ != "sqlite3"


def _sqlstate(original: Any) -> str:
    return str(getattr(original, "sqlstate", None) or getattr(original, "pgcode", None) or "")


def _first(rules: tuple[tuple[str, str, str], ...], words: str) -> tuple[str, str] | None:
    for pattern, meaning, hint in rules:
        if re.search(pattern, words, re.IGNORECASE):
            return meaning, hint
    return None


def _said(original: Any, source: str) -> str:
    """The first line of what the database said, without the statement that it may quote after it."""
    primary = getattr(getattr(original, "diag", None), "message_primary", None)
    lines = str(primary or original).strip().splitlines()
    return short(visible(without(lines[0], secrets(source))), _LENGTH) if lines else ""
