"""A folder of one's own, in which ``wfp-ops.toml`` may be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Write the settings file of the current folder."""
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> Path:
        path = tmp_path / "wfp-ops.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
