"""Opens the account of a sandbox as a person in a folder of their own would: by the environment and a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.sandbox_server import RunningSandbox

import wfp_ops

Connect = Callable[..., wfp_ops.Account]


@contextmanager
def opening(
    sandbox: RunningSandbox, folder: Path, monkeypatch: pytest.MonkeyPatch, *, now: str
) -> Iterator[Connect]:
    """``connect(settings="", now=…)``: more settings for the file, whose state folder lies beside it."""
    monkeypatch.chdir(folder)
    for variable, value in sandbox.environment().items():
        monkeypatch.setenv(variable, value)
    start = now
    with ExitStack() as opened:

        def connect(settings: str = "", now: str = start, **given: Any) -> wfp_ops.Account:
            (folder / "wfp-ops.toml").write_text(f"state_dir = 'state'\n{settings}", encoding="utf-8")
            account = wfp_ops.connect(now=now, **given)
            opened.callback(account.close)
            return account

        yield connect
