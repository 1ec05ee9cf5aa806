"""What a base URL, a token and an account id must be before anything is sent."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from wfp_ops.errors import SettingsError

DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4"
_SHORTEST_TOKEN = 40
_ACCOUNT_ID = re.compile(r"[0-9a-fA-F]{32}")


def is_loopback(url: str) -> bool:
    """Whether a URL points at this very machine (``localhost``, ``127.0.0.0/8``, ``::1``)."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_base_url(url: str, *, key: str) -> str:
    """A base URL that a token may be sent to, without a slash at its end.

    Raises:
        SettingsError: it is neither https, nor http on loopback.
    """
    parts = urlsplit(url.strip())
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url.strip()))
    ):
        raise SettingsError(
            f"the base URL {_without_credentials(url)!r} would send the token unprotected",
            key=key,
            hint=f"use https, or http on this machine only; Cloudflare's is {DEFAULT_BASE_URL}",
        )
    if parts.username or parts.password:
        raise SettingsError("the base URL holds a user name or password", key=key, hint="leave them out")
    return url.strip().rstrip("/")


def _without_credentials(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", url)


def check_token(token: str, *, place: str, key: str) -> SecretStr:
    """A token that can stand in a header.

    Raises:
        SettingsError: it holds blanks, a line break or characters no token has; never shows it.
    """
    if not token.isascii() or not token.isprintable() or any(character.isspace() for character in token):
        raise SettingsError(
            f"the token in {place} holds a line break, a blank or another character that no token has",
            key=key,
            hint="copy it again, in one piece: a line break at its end is the usual slip",
        )
    return SecretStr(token)


def check_token_place(value: str) -> str:
    """The name of a variable or of a keyring entry, where somebody may have pasted the token itself.

    Raises:
        ValueError: it is empty or looks like a token; never shows it.
    """
    if not value.strip() or len(value) >= _SHORTEST_TOKEN:
        raise ValueError("write the name of the place that holds the token here, never the token itself")
    return value


def check_account_id(value: str) -> str:
    """The account id, if it is one.

    Raises:
        ValueError: it is not 32 hex characters.
    """
    if not _ACCOUNT_ID.fullmatch(value):
        # the value is not shown: pasted into the wrong place, it may be a token
        raise ValueError(f"that is no account id: it must be 32 hex characters, and has {len(value)}")
    return value


def check_zone(name: str) -> str:
    """The name of a time zone.

    Raises:
        ValueError: there is none of this name.
    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}: write it as UTC or Europe/Berlin") from None
    return name
