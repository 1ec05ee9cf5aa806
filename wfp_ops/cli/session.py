"""The account that a command works on, opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wfp_ops.account.account import Account


@contextmanager
def reading(account: str | None, config: Path | None) -> Iterator[Account]:
    """The account that the options mean."""
    from wfp_ops.account.connect import connect  # noqa: PLC0415 (loads pandas and httpx)

    with connect(account, config=config) as opened:
        yield opened
