"""What tests of commands share: an account, a token that must never be seen, a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

NOW = "2026-11-23T12:00:00Z"
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
STUB_TOKEN = "cf-secret-token-0123456789"
LISTING = f"/accounts/{ACCOUNT}/workers/dispatch/namespaces"


def run_process(
    *words: str | Path, environment: dict[str, str] | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``wfp-ops`` to its end as a process of its own."""
    command = [sys.executable, "-m", "wfp_ops.cli.main", *map(str, words)]
    return subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
