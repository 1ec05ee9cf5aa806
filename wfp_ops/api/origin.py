"""Where requests go and with which token: both are checked before anything is sent."""

from __future__ import annotations

import ipaddress
from collections.abc import Generator

import httpx
from pydantic import SecretStr

from wfp_ops.errors import SettingsError

DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4"
_TOKEN_HINT = "copy the token again, without anything around it"  # noqa: S105 (a sentence, not a token)
_LAST_PORT = 65535
_URL_HINT = f"the base URL is {DEFAULT_BASE_URL} unless you run a sandbox or a proxy of your own"


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: ``localhost``, 127.0.0.0/8 or ``::1``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_base_url(text: str) -> str:
    """The base URL without its last slash.

    Raises:
        SettingsError: it is no URL, carries a user, a query or a fragment, or would send the token
            unencrypted to another machine.
    """
    url = _parsed(text)
    if url is None or url.scheme not in {"http", "https"} or not url.host or (url.port or 0) > _LAST_PORT:
        raise SettingsError("the base URL is no http(s) URL", hint=_URL_HINT)
    if url.userinfo or url.query or url.fragment:
        raise SettingsError("the base URL holds more than scheme, host, port and path", hint=_URL_HINT)
    if url.scheme == "http" and not is_loopback(url.host):
        raise SettingsError(
            f"the base URL is plain http to {url.host!r}, which would send the token unencrypted",
            hint="use https; plain http is for this machine only (127.0.0.1, ::1, localhost)",
        )
    return str(url).rstrip("/")


def _parsed(text: str) -> httpx.URL | None:
    if not text or text != text.strip() or not text.isprintable():
        return None
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        return None


def checked_token(token: SecretStr) -> SecretStr:
    """The token, if it can stand in a header.

    Raises:
        SettingsError: saying what is wrong with it, never what it is.
    """
    reason = _token_problem(token.get_secret_value())
    if reason:
        raise SettingsError(f"the API token can't be used: {reason}", hint=_TOKEN_HINT)
    return token


def _token_problem(text: str) -> str | None:
    if not text:
        return "it is empty"
    if "\n" in text or "\r" in text:
        return "it holds a line break"
    if any(char.isspace() for char in text):
        return "it holds a blank"
    if not text.isascii():
        return "it holds a character that is not ASCII"
    if not text.isprintable():
        return "it holds a control character"
    return None


class BearerAuth(httpx.Auth):
    """Puts the token into each request's header, so that no client, call or repr holds it in between."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header (API page "Authentication": ``Authorization: Bearer <token>``)."""
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        yield request

    def __repr__(self) -> str:
        return "BearerAuth(**********)"


class Redactor:
    """Takes the token out of text and bytes that came back, in case a server or a proxy echoes it."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def text(self, text: str) -> str:
        """The text with every occurrence of the token replaced."""
        return text.replace(self._token.get_secret_value(), "**********")

    def raw(self, body: bytes) -> bytes:
        """The same for bytes."""
        return body.replace(self._token.get_secret_value().encode("ascii"), b"**********")

    def __repr__(self) -> str:
        return "Redactor(**********)"
