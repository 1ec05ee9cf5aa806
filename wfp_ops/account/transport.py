"""From an access to an open transport, with the clock that goes with its base URL."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from wfp_ops.api.transport import Transport
from wfp_ops.clock import Clock, SystemClock, parse_time
from wfp_ops.errors import SettingsError
from wfp_ops.settings.access import Access
from wfp_ops.settings.checks import is_loopback
from wfp_ops.settings.model import Settings

NOW_VARIABLE = "WFP_OPS_NOW"


def fixed_now(now: datetime | str | None) -> datetime | None:
    """The moment to start the clock from: as given, else ``WFP_OPS_NOW``, else None.

    Raises:
        SettingsError: it is no ISO 8601 time.
    """
    given = now if now is not None else os.environ.get(NOW_VARIABLE) or None
    if given is None:
        return None
    try:
        return parse_time(given.isoformat() if isinstance(given, datetime) else given)
    except ValueError:
        raise SettingsError(
            f"{given!r} is no time",
            key=NOW_VARIABLE if now is None else "now",
            hint="write it as 2026-11-23T12:00:00Z",
        ) from None


def clock_for(base_url: str, now: datetime | str | None = None) -> Clock:
    """The machine's clock; on loopback, one that starts from ``now`` or ``WFP_OPS_NOW`` and runs on.

    Raises:
        SettingsError: ``now`` is given for a base URL that is not on this machine, or is no time.
    """
    if is_loopback(base_url):
        return SystemClock(start=fixed_now(now))
    if now is not None:
        raise SettingsError(
            "a real account has the real time",
            key="now",
            hint='leave now out; it is for connect("sandbox") and other servers on this machine',
        )
    return SystemClock()


def open_transport(
    access: Access,
    settings: Settings,
    clock: Clock,
    *,
    state_dir: Path | None = None,
    write: bool = False,
) -> Transport:
    """A transport for this access; with ``write`` it bears the write token where the account has one.

    ``state_dir`` is where the rate budget is shared with the machine's other processes; None: not shared.
    """
    return Transport(
        base_url=access.base_url,
        token=_token(access, write=write),
        clock=clock,
        state_dir=state_dir,
        rate_share=settings.api.rate_share,
        rate_limit=settings.api.rate_limit,
        deadline_s=settings.api.deadline_s,
    )


def _token(access: Access, *, write: bool) -> SecretStr:
    return access.write_token if write and access.write_token is not None else access.token
