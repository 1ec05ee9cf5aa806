"""A database's URL: told from a file's path, shown without what is secret in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

_URL = re.compile(r"([a-z][a-z0-9_]*)(?:\+([a-z0-9_]+))?://", re.IGNORECASE)
# Addresses of files and pages: no database answers there
_NOT_A_DATABASE = frozenset(
    ("http", "https", "ftp", "ftps", "sftp", "file", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "hdfs")
)
_REST = re.compile(r"[?#;].*", re.DOTALL)


def is_database(source: str) -> bool:
    """Whether a customer source is the URL of a database rather than a file."""
    found = _URL.match(source)
    return found is not None and found.group(1).lower() not in _NOT_A_DATABASE


def shown(source: str) -> str:
    """A source for messages and records: a path as it is, a URL without user, password and options.

    Where it can't be told where a user's name ends (a second ``@``), nothing but the kind is shown.
    """
    if "://" not in source:
        return source
    scheme, _, rest = source.partition("://")
    if rest.startswith("/"):  # a file's path (sqlite) or a socket: no user stands before it
        return f"{scheme}://{_REST.sub('', rest)}"
    before, at, after = rest.rpartition("@")
    if "@" in before or _REST.search(before):
        return f"{scheme}://…"
    return f"{scheme}://{_REST.sub('', after if at else rest)}"


def secrets(source: str) -> list[str]:
    """What must not be seen of a URL: user, password and the values of its options, in either spelling."""
    rest = source.partition("://")[2]
    user, _, _ = rest.rpartition("@")
    options = re.split(r"[?#;&]", rest)[1:]
    parts = [*user.split(":", 1), *(option.partition("=")[2] for option in options)]
    both = {spelling for part in parts for spelling in (part, unquote(part), unquote(part.replace("+", " ")))}
    return sorted(filter(None, both), key=len, reverse=True)


def without(text: str, hidden: Iterable[str]) -> str:
    """A text with each of these put out of sight."""
    for secret in hidden:
        text = text.replace(secret, "…")
    return text
