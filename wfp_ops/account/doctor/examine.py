"""The checks in their order: for an account that is open, or from the settings on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from wfp_ops.account.doctor import cloudflare, machine
from wfp_ops.account.doctor.check import Check
from wfp_ops.account.transport import clock_for, open_transport
from wfp_ops.api.reads import Reads
from wfp_ops.clock import Clock
from wfp_ops.errors import SettingsError
from wfp_ops.settings.access import Access, resolve_access
from wfp_ops.settings.load import CONFIG_FILE, load_settings
from wfp_ops.settings.model import ENV_PREFIX, SANDBOX_NAME, Settings
from wfp_ops.settings.overrides import settings_of

_OURS = ("CLOUDFLARE_", ENV_PREFIX)


@dataclass(frozen=True)
class Patient:
    """An account that is open: what the checks look at."""

    name: str
    settings: Settings
    reads: Reads
    clock: Clock
    state_dir: Path
    customers_source: str | None


def examine(account: str | None, config: Path | None) -> list[Check]:
    """Every check, from the settings on; where they are wrong, most others can't be made."""
    try:
        settings = load_settings(config)
    except SettingsError as error:
        return [_wrong("settings", error), machine.versions()]
    found = _settings(settings, config)
    try:
        access = resolve_access(settings, account)
        clock = clock_for(access.base_url)
    except SettingsError as error:
        return [found, _wrong("account and token", error), *_of_machine(settings, settings.state_dir)]
    settings = settings_of(settings, access.name if access.named else None)
    # nothing is to be made: a folder that is not there yet stays so
    state_dir = settings.state_dir if settings.state_dir.is_dir() else None
    with open_transport(access, settings, clock, state_dir=state_dir) as transport:
        patient = Patient(
            name=access.name,
            settings=settings,
            reads=Reads(transport, access.account_id),
            clock=clock,
            state_dir=settings.state_dir,
            customers_source=settings.customers.source,
        )
        checks = [found, _access(access, settings), *examine_open(patient)]
    return [*checks, *_write_token(access, settings, clock)]


def examine_open(patient: Patient) -> list[Check]:
    """Every check of an account that is open."""
    visit = cloudflare.Visit(patient.reads.transport, patient.reads.account_id, patient.clock)
    token = cloudflare.token(visit)
    asked = [*cloudflare.workers(visit), cloudflare.analytics(visit), cloudflare.account_settings(visit)]
    told = [cloudflare.rate_budget(visit), cloudflare.clock(visit)]
    local = _of_machine(patient.settings, patient.state_dir, patient.customers_source)
    if patient.name == SANDBOX_NAME:
        local[0] = Check(local[0].name, "ok", "the built-in sandbox keeps nothing: what it has goes with it")
    return [cloudflare.server(visit), token, *asked, *told, *local]


def _of_machine(settings: Settings, state_dir: Path, source: str | None = None) -> list[Check]:
    source = source or settings.customers.source
    return [machine.state_folder(state_dir), machine.customer_list(settings, source), machine.versions()]


def _settings(settings: Settings, config: Path | None) -> Check:
    path = Path(CONFIG_FILE) if config is None else config
    file = f"{path.absolute()}" if path.exists() else f"no {CONFIG_FILE} in {Path.cwd()}"
    names = ", ".join(settings.accounts)
    variables = sorted(name for name in os.environ if name.upper().startswith(_OURS))
    parts = [
        file,
        f"accounts: {names}" if names else "",
        f"variables: {', '.join(variables)}" if variables else "",
    ]
    return Check("settings", "ok", "; ".join(part for part in parts if part))


def _access(access: Access, settings: Settings) -> Check:
    if not access.named:
        place = "CLOUDFLARE_API_TOKEN"
        return Check("account and token", "ok", f"account {access.account_id}, token from {place}")
    block = settings.accounts[access.name]
    place = block.token_env or f"the keyring's entry {block.token_keyring}"
    ignored = [
        name
        for name in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_BASE_URL")
        if name in os.environ
    ]
    said = f"account {access.name} ({access.account_id}), token from {place}"
    beside = f"; {', '.join(ignored)} not used: a named account stands by itself" if ignored else ""
    return Check("account and token", "ok", f"{said}{beside}")


def _write_token(access: Access, settings: Settings, clock: Clock) -> list[Check]:
    """The token for changes, where there is one; what it may change can't be seen by looking."""
    if access.write_token is None:
        return []
    state_dir = settings.state_dir if settings.state_dir.is_dir() else None
    with open_transport(access, settings, clock, state_dir=state_dir, write=True) as transport:
        visit = cloudflare.Visit(transport, access.account_id, clock)
        return [cloudflare.token(visit, name="token for changes")]


def _wrong(name: str, error: SettingsError) -> Check:
    where = "; ".join(f"{label}: {text}" for label, text in error.facts().items() if text)
    return Check(name, "fail", f"{error.message} ({where})" if where else error.message, error.hint)
