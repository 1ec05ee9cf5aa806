"""The account that a command works on, opened for reading, or its transport, opened for a change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wfp_ops.errors import SettingsError

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.api.transport import Transport
    from wfp_ops.settings.access import Access
    from wfp_ops.settings.model import Settings


@contextmanager
def reading(account: str | None, config: Path | None) -> Iterator[Account]:
    """The account that the options mean."""
    from wfp_ops.account.connect import connect  # noqa: PLC0415 (loads pandas and httpx)

    with connect(account, config=config) as opened:
        yield opened


@contextmanager
def changing(account: str | None, config: Path | None) -> Iterator[tuple[Transport, Access, Settings]]:
    """A transport that bears the write token, if the account has one.

    Raises:
        SettingsError: the built-in sandbox is meant: it would be gone with the command.
    """
    from wfp_ops.account.transport import clock_for, open_transport  # noqa: PLC0415 (as above)
    from wfp_ops.settings.access import resolve_access  # noqa: PLC0415
    from wfp_ops.settings.load import load_settings  # noqa: PLC0415
    from wfp_ops.settings.model import SANDBOX_NAME  # noqa: PLC0415

    if account == SANDBOX_NAME:
        raise SettingsError(
            "the built-in sandbox ends with the command, and a change with it",
            key="--account",
            hint="start one that stays (wfp-ops sandbox --port 8787) and set CLOUDFLARE_BASE_URL to it",
        )
    settings = load_settings(config)
    access = resolve_access(settings, account)
    clock = clock_for(access.base_url)
    with open_transport(access, settings, clock, state_dir=settings.state_dir, write=True) as transport:
        yield transport, access, settings
