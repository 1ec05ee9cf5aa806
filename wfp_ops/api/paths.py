"""Paths and queries: every part that comes from outside is percent-encoded, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from wfp_ops.errors import BadNameError


def path_part(text: str, what: str = "name") -> str:
    """One path segment, percent-encoded so that ``/``, ``?``, ``%`` and line breaks can't leave it.

    Raises:
        BadNameError: the text is empty, ``.`` or ``..`` (which would address something else), or
            holds half a surrogate pair, which no URL can carry.
    """
    if text in {"", ".", ".."}:
        raise BadNameError(
            f"{text!r} can't be the {what} in a request: it would address something else",
            hint=f"give the {what} in full",
        )
    encoded = _quoted(text)
    if encoded is None:
        raise BadNameError(f"the {what} {text!r} is no valid text: it holds half a character")
    return encoded


def _quoted(text: str) -> str | None:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        return None


def with_query(path: str, query: Mapping[str, str]) -> str:
    """The path with its query, every value percent-encoded."""
    return f"{path}?{urlencode(query, quote_via=quote, safe='')}" if query else path


def account_path(account_id: str) -> str:
    """``/accounts/{account_id}``."""
    return f"/accounts/{path_part(account_id, 'account id')}"


def account_scripts_path(account_id: str) -> str:
    """The account's ordinary Workers, which lie in no namespace."""
    return f"{account_path(account_id)}/workers/scripts"


def account_script_path(account_id: str, worker: str) -> str:
    """One ordinary Worker of the account."""
    return f"{account_scripts_path(account_id)}/{path_part(worker, 'Worker')}"


def namespaces_path(account_id: str) -> str:
    """Where dispatch namespaces are listed and created."""
    return f"{account_path(account_id)}/workers/dispatch/namespaces"


def namespace_path(account_id: str, namespace: str) -> str:
    """One dispatch namespace."""
    return f"{namespaces_path(account_id)}/{path_part(namespace, 'namespace')}"


def scripts_path(account_id: str, namespace: str) -> str:
    """The Workers of one namespace."""
    return f"{namespace_path(account_id, namespace)}/scripts"


def script_path(account_id: str, namespace: str, worker: str) -> str:
    """One Worker in one namespace."""
    return f"{scripts_path(account_id, namespace)}/{path_part(worker, 'Worker')}"
