"""``--sandbox`` of what serves notebooks: one made-up account for all of their kernels."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_ACCOUNT = ("CLOUDFLARE_", "CF_")


@contextmanager
def shared_by_kernels(now: str | None = None) -> Iterator[Mapping[str, str | None]]:
    """Start it; what tells kernels of it comes back.

    The variables of a real account are hidden from them (None): ``connect()`` must not reach it by mistake.

    Raises:
        MissingExtraError: the sandbox is not installed.
        SandboxError: it did not start.
    """
    from wfp_ops.account.shared_sandbox import SHARED_VARIABLE, shared_sandbox  # noqa: PLC0415 (needs httpx)
    from wfp_ops.account.transport import NOW_VARIABLE, fixed_now  # noqa: PLC0415

    moment = fixed_now(os.environ.get(NOW_VARIABLE) or now)
    with shared_sandbox(now=moment) as folder:
        hidden = dict.fromkeys(name for name in os.environ if name.startswith(_ACCOUNT))
        yield {**hidden, SHARED_VARIABLE: str(folder)}
