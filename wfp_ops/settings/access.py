"""Which account is meant, and its tokens.

What a named account says in ``wfp-ops.toml`` beats the environment and is never mixed with it:
``CLOUDFLARE_API_TOKEN``, ``CLOUDFLARE_ACCOUNT_ID`` and ``CLOUDFLARE_BASE_URL`` serve the unnamed
account only.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from pydantic import SecretStr

from wfp_ops.errors import SettingsError
from wfp_ops.settings.checks import DEFAULT_BASE_URL, check_account_id, check_base_url, check_token
from wfp_ops.settings.load import CONFIG_FILE
from wfp_ops.settings.model import Settings


@dataclass(frozen=True)
class Access:
    """One account with what it takes to reach it. Tokens are masked in every representation.

    ``named`` says that it is a block of the settings file, which ``name`` then names.
    """

    name: str
    account_id: str
    base_url: str
    token: SecretStr
    write_token: SecretStr | None = None
    named: bool = False


def resolve_access(
    settings: Settings,
    account: str | None = None,
    *,
    account_id: str | None = None,
    token: str | None = None,
    base_url: str | None = None,
) -> Access:
    """Which account is meant, and its token: a named one by its block alone, else the environment's.

    Raises:
        SettingsError: no such account, several and none named, no token, no account id.
    """
    explicit = account_id is not None or token is not None or base_url is not None
    if account is None and not explicit:
        account = _only_account(settings)
    if account is not None:
        if explicit:
            raise SettingsError(
                f"account {account!r} is named, and so is a token, an account id or a base URL",
                hint="give the name alone (its block says the rest), or the others without",
            )
        return _named(settings, account)
    return _unnamed(account_id=account_id, token=token, base_url=base_url)


def _only_account(settings: Settings) -> str | None:
    if len(settings.accounts) > 1:
        raise SettingsError(
            f"the settings hold several accounts: {', '.join(sorted(settings.accounts))}",
            key="accounts",
            hint=f"say which one: --account {min(settings.accounts)}",
        )
    return next(iter(settings.accounts), None)


def _named(settings: Settings, name: str) -> Access:
    block = settings.accounts.get(name)
    if block is None:
        known = ", ".join(sorted(settings.accounts)) or "none"
        raise SettingsError(
            f"there is no account {name!r} in the settings (known: {known})",
            key=f"accounts.{name}",
            hint=f"write a block [accounts.{name}] with account_id and token_env into {CONFIG_FILE}",
        )
    key = f"accounts.{name}"
    token = _stored_token(block.token_env, block.token_keyring, f"{key}.token")
    has_write_token = block.write_token_env or block.write_token_keyring
    write = (
        _stored_token(block.write_token_env, block.write_token_keyring, f"{key}.write_token")
        if has_write_token
        else None
    )
    return Access(name, block.account_id, block.base_url, token, write, named=True)


def _stored_token(variable: str | None, keyring_name: str | None, key: str) -> SecretStr:
    if variable is not None:
        value = os.environ.get(variable, "")
        place, hint = f"the variable {variable}", f"export {variable}=…"
        key = f"{key}_env"
    else:
        value = _from_keyring(keyring_name or "", f"{key}_keyring")
        place, hint = f"the keyring entry {keyring_name!r}", f"keyring set wfp-ops {keyring_name}"
        key = f"{key}_keyring"
    if not value:
        raise SettingsError(f"{place} holds no token", key=key, hint=hint)
    return check_token(value, place=place, key=key)


def _from_keyring(name: str, key: str) -> str:
    import keyring  # noqa: PLC0415 (heavy, and used by few)
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        return keyring.get_password("wfp-ops", name) or ""
    except KeyringError as error:
        raise SettingsError(
            f"the keyring can't be asked: {type(error).__name__}",
            key=key,
            hint="unlock it, or keep the token in a variable: token_env",
        ) from None


def _unnamed(*, account_id: str | None, token: str | None, base_url: str | None) -> Access:
    token = token if token is not None else os.environ.get("CLOUDFLARE_API_TOKEN", "")
    if not token:
        raise SettingsError(
            "no API token",
            key="CLOUDFLARE_API_TOKEN",
            hint="export CLOUDFLARE_API_TOKEN=… (permission 'Workers Scripts: Read' is enough to audit), "
            'or try it without an account: wfp-ops demo, wfp_ops.connect("sandbox")',
        )
    account_id = account_id or os.environ.get("CLOUDFLARE_ACCOUNT_ID", "")
    if not account_id:
        raise SettingsError(
            "no account id",
            key="CLOUDFLARE_ACCOUNT_ID",
            hint="export CLOUDFLARE_ACCOUNT_ID=… (32 hex characters, from the dashboard)",
        )
    try:
        check_account_id(account_id)
    except ValueError as error:
        raise SettingsError(
            str(error), key="CLOUDFLARE_ACCOUNT_ID", hint="copy it from the dashboard"
        ) from None
    url = (
        base_url
        or os.environ.get("CLOUDFLARE_BASE_URL")
        or os.environ.get("CLOUDFLARE_API_BASE_URL")
        or DEFAULT_BASE_URL
    )
    return Access(
        name=account_id,
        account_id=account_id,
        base_url=check_base_url(url, key="CLOUDFLARE_BASE_URL"),
        token=check_token(token, place="CLOUDFLARE_API_TOKEN", key="CLOUDFLARE_API_TOKEN"),
    )
