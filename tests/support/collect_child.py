"""A collector in a process of its own, which can be killed at a given moment.

::

    python collect_child.py ROOT_OR_URL BASE_URL [DIE_AT]

With ``DIE_AT`` it kills itself with SIGKILL right before its so many-th ``fsync``: files are then written in
part, written but not renamed, or renamed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from pydantic import SecretStr
from support.fake_clock import FakeClock
from support.names import ACCOUNT, TOKEN

from wfp_ops.api.analytics.client import Analytics
from wfp_ops.api.transport import Transport
from wfp_ops.errors import WfpOpsError
from wfp_ops.usage.history.collect import Order, collect
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.store import open_store
from wfp_ops.usage.owners import Owners


def main(where: str, base_url: str, die_at: int | None = None) -> None:
    """Collect; an error's words go to stderr, and its class to stdout."""
    if die_at is not None:
        _die_before_fsync(die_at)
    clock = FakeClock()
    with Transport(base_url=base_url, token=SecretStr(TOKEN), clock=clock, deadline_s=None) as transport:
        analytics = Analytics(transport, ACCOUNT, token=SecretStr(TOKEN), deadline_s=None)
        try:
            collected = collect(analytics, HistoryData(open_store(where), ACCOUNT), clock, Order(Owners()))
            sys.stdout.write(f"{collected.hours}\n")
        except WfpOpsError as error:
            sys.stdout.write(f"{type(error).__name__}\n")
            sys.stderr.write(f"{error}\n")
        finally:
            analytics.close()


def _die_before_fsync(number: int) -> None:
    really, calls = os.fsync, iter(range(1, number + 1))

    def fsync(descriptor: int) -> None:
        if next(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        really(descriptor)

    os.fsync = fsync


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None)
