"""``connect``: from a name, the settings or the environment to an ``Account``."""

from __future__ import annotations

import os
from datetime import datetime

from wfp_ops.account.account import Account
from wfp_ops.account.rules import rules_of
from wfp_ops.account.sandbox import open_sandbox
from wfp_ops.account.transport import clock_for, open_transport
from wfp_ops.audit.rules import Rules
from wfp_ops.errors import SettingsError
from wfp_ops.settings.access import resolve_access
from wfp_ops.settings.load import load_settings, located
from wfp_ops.settings.model import SANDBOX_NAME, Settings
from wfp_ops.settings.overrides import settings_of


def connect(
    account: str | None = None,
    *,
    config: str | os.PathLike[str] | None = None,
    account_id: str | None = None,
    token: str | None = None,
    base_url: str | None = None,
    seed: int | None = None,
    now: datetime | str | None = None,
) -> Account:
    """An account to read. Nothing is sent before its first method is called.

        account = wfp_ops.connect()               # the environment, or the one account of wfp-ops.toml
        account = wfp_ops.connect("acme-prod")    # [accounts.acme-prod] of wfp-ops.toml, and nothing else
        account = wfp_ops.connect("sandbox")      # an account to try things on; needs neither

    Args:
        account: the name of an account in the settings, or "sandbox".
        config: the settings file; by default ``wfp-ops.toml`` of this folder, if it is there.
        account_id: Cloudflare's id; by default ``CLOUDFLARE_ACCOUNT_ID``.
        token: an API token with the permission "Workers Scripts: Read"; by default
            ``CLOUDFLARE_API_TOKEN``.
        base_url: of the API; by default ``CLOUDFLARE_BASE_URL``, else Cloudflare's own.
        seed: for the sandbox: another seed gives another account of the same kind.
        now: the moment from which its clock runs on; for the sandbox and other servers on this machine.

    Raises:
        SettingsError: no token, no such account, several and none named, a wrong setting.
        MissingExtraError: the sandbox is not installed.
        SandboxError: the sandbox did not start.
    """
    if account == SANDBOX_NAME:
        _refuse_beside_sandbox(config=config, account_id=account_id, token=token, base_url=base_url)
        return open_sandbox(seed=seed, now=now)
    if seed is not None:
        raise SettingsError("a real account has no seed", key="seed", hint='it is for connect("sandbox")')
    settings = load_settings(config)
    access = resolve_access(settings, account, account_id=account_id, token=token, base_url=base_url)
    name = access.name if access.named else None
    rules = _rules(settings, name, config)
    settings = settings_of(settings, name)
    clock = clock_for(access.base_url, now)
    return Account(
        access,
        settings,
        rules,
        clock,
        open_transport(access, settings, clock, state_dir=settings.state_dir),
        customers_source=settings.customers.source,
        rate_state_dir=settings.state_dir,
    )


def _rules(settings: Settings, name: str | None, config: str | os.PathLike[str] | None) -> Rules:
    try:
        return rules_of(settings_of(settings, name).audit)
    except SettingsError as error:
        raise located(error, config, settings=settings, account=name) from None


def _refuse_beside_sandbox(**given: object) -> None:
    beside = [name for name, value in given.items() if value is not None]
    if beside:
        raise SettingsError(
            f"the built-in sandbox has its own settings, and {' and '.join(beside)} can't be given with it",
            key=beside[0],
            hint='connect("sandbox") alone; to reach a sandbox that runs already, give its base_url, '
            "token and account_id without a name",
        )
