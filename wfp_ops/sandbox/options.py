"""What the sandbox is started with, and what can go wrong before it serves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

DEFAULT_ACCOUNT_ID = "023e105f4ecef8ad9ca31a8372d0c353"
DEFAULT_TOKEN = "sandbox-token"  # noqa: S105 - it opens nothing but a toy on loopback
DEFAULT_SEED = 1
READY_PREFIX = "sandbox ready "
# What the extra ``wfp-ops[sandbox]`` brings for the server.
SERVER_PACKAGES = ("starlette", "uvicorn", "python_multipart", "graphql")


class SandboxSetupError(RuntimeError):
    """The sandbox can't start as asked: a port in use, a file that can't be written or isn't a sandbox's."""


@dataclass(frozen=True)
class Options:
    """The flags of ``wfp-ops sandbox``.

    ``port`` 0 takes a free one; ``db`` None keeps everything in memory; ``now`` (aware) is the moment from
    which the sandbox's clock runs on, None the machine's own time; ``rate_limit`` is a number of requests in
    five minutes, None no limit; ``exit_with_parent`` ends the server when its standard input is closed;
    ``scratch`` is a folder that is removed when the server ends, however its parent ended.
    """

    port: int = 0
    db: Path | None = None
    scenario: str = "empty"
    seed: int = DEFAULT_SEED
    now: datetime | None = None
    token: str = DEFAULT_TOKEN
    account_id: str = DEFAULT_ACCOUNT_ID
    rate_limit: int | None = None
    write_customers: Path | None = None
    exit_with_parent: bool = False
    scratch: Path | None = None
