"""``connect("sandbox")``: a sandbox of one's own, with the demo's account and customer list."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from wfp_ops.account.account import Account
from wfp_ops.account.required import require_sandbox
from wfp_ops.account.rules import rules_of
from wfp_ops.account.shared_sandbox import CUSTOMERS, SCENARIO, STATE, Running, running_sandbox
from wfp_ops.account.transport import clock_for, fixed_now, open_transport
from wfp_ops.errors import SandboxError
from wfp_ops.sandbox.child import SandboxProcess, SandboxStartError, start_sandbox
from wfp_ops.settings.access import Access
from wfp_ops.settings.load import default_settings
from wfp_ops.settings.model import SANDBOX_NAME


def open_sandbox(*, seed: int | None = None, now: datetime | str | None = None) -> Account:
    """Start a sandbox as a child process, and the account in it.

    Neither the environment nor a settings file has a say in it: the demo shows the same everywhere. But where
    ``wfp-ops lab --sandbox`` started one for all of its notebooks, that one is joined; its clock counts, not
    ``now``.

    Raises:
        MissingExtraError: the sandbox is not installed.
        SandboxError: it did not start, or the one to join has ended.
    """
    require_sandbox()
    shared = running_sandbox(seed)
    if shared is not None:
        return _account_beside(shared)
    moment = fixed_now(now)
    folder = Path(tempfile.mkdtemp(prefix="wfp-ops-sandbox-"))
    try:
        customers = folder / CUSTOMERS
        process = _start(seed, moment, customers)
        return _account_in(process, customers, moment)
    except BaseException:
        _remove(folder)
        raise


def _start(seed: int | None, now: datetime | None, customers: Path) -> SandboxProcess:
    try:
        return start_sandbox(
            scenario=SCENARIO, seed=seed, now=now, write_customers=customers, scratch=customers.parent
        )
    except SandboxStartError as error:
        raise SandboxError(str(error)) from None


def _account_in(process: SandboxProcess, customers: Path, now: datetime | None) -> Account:
    access = Access(
        name=SANDBOX_NAME,
        account_id=process.account_id,
        base_url=process.base_url,
        token=SecretStr(process.token),
    )
    return _account(access, customers, now, closing=(process.stop, lambda: _remove(customers.parent)))


def _account_beside(shared: Running) -> Account:
    """The account in a sandbox that others work on, too: what is kept of it is kept for all of them."""
    access = Access(
        name=SANDBOX_NAME,
        account_id=shared.account_id,
        base_url=shared.base_url,
        token=SecretStr(shared.token),
    )
    return _account(access, shared.folder / CUSTOMERS, shared.now)


def _account(
    access: Access, customers: Path, now: datetime | None, closing: Sequence[Callable[[], None]] = ()
) -> Account:
    settings = default_settings()
    clock = clock_for(access.base_url, now)
    return Account(
        access,
        settings,
        rules_of(settings.audit),
        clock,
        open_transport(access, settings, clock),
        customers_source=str(customers),
        state_dir=customers.parent / STATE,
        closing=closing,
    )


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
