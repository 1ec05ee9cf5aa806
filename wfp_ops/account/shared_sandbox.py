"""One sandbox for many processes: who starts it leaves word in a folder, ``connect("sandbox")`` joins it.

Notebooks come and go with their kernels; the sandbox that they work on stays, with what was changed in it,
its journals and its archives.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from wfp_ops.account.required import require_sandbox
from wfp_ops.clock import parse_time
from wfp_ops.errors import SandboxError
from wfp_ops.sandbox.child import SandboxStartError, start_sandbox

SHARED_VARIABLE = "WFP_OPS_SANDBOX"
SCENARIO = "acme"
CUSTOMERS = "customers.csv"
STATE = "state"
_WORD = "running.json"
_START_AGAIN = f"start it again (wfp-ops lab --sandbox), or unset {SHARED_VARIABLE} for one of your own"


@dataclass(frozen=True, kw_only=True)
class Running:
    """A sandbox that runs already; ``folder`` holds its customer list and the state of who works on it."""

    folder: Path
    base_url: str
    token: str
    account_id: str
    now: datetime
    seed: int


@contextmanager
def shared_sandbox(*, now: datetime | None = None) -> Iterator[Path]:
    """Start one, and the folder by which others join it; both are gone at the end.

    Raises:
        MissingExtraError: the sandbox is not installed.
        SandboxError: it did not start.
    """
    require_sandbox()
    with tempfile.TemporaryDirectory(prefix="wfp-ops-sandbox-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        try:
            process = start_sandbox(
                scenario=SCENARIO, now=now, write_customers=folder / CUSTOMERS, scratch=folder
            )
        except SandboxStartError as error:
            raise SandboxError(str(error)) from None
        with process:
            word = {"base_url": process.base_url, "token": process.token, "account_id": process.account_id}
            (folder / _WORD).write_text(json.dumps(word), encoding="utf-8")
            yield folder


def running_sandbox(seed: int | None = None) -> Running | None:
    """The one that the environment names, by its own clock; None where it names none, or has another seed.

    Raises:
        SandboxError: it is named, and does not run any more.
    """
    named = os.environ.get(SHARED_VARIABLE)
    if not named:
        return None
    word = _word(Path(named))
    facts = _facts(word)
    if seed is not None and seed != facts["seed"]:
        return None
    return Running(folder=Path(named), **asdict(word), now=parse_time(facts["now"]), seed=facts["seed"])


@dataclass(frozen=True)
class _Word:
    base_url: str
    token: str
    account_id: str


def _word(folder: Path) -> _Word:
    try:
        return _Word(**json.loads((folder / _WORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise SandboxError(f"{SHARED_VARIABLE} names no sandbox that runs", hint=_START_AGAIN) from None


def _facts(word: _Word) -> dict[str, Any]:
    """Its own time and seed, by which it also shows that it lives."""
    url = word.base_url.removesuffix("/client/v4") + "/sandbox/state"
    try:
        answer = httpx.get(url, trust_env=False, timeout=30)
        answer.raise_for_status()
        facts: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError):
        raise SandboxError(f"the sandbox that {SHARED_VARIABLE} names has ended", hint=_START_AGAIN) from None
    return facts
