"""CI runs the very lines of the README."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "readme_command.py"


def taken(name):
    """What the script says about a command of this name."""
    return subprocess.run([sys.executable, SCRIPT, name], capture_output=True, encoding="utf-8", check=False)


@pytest.mark.parametrize(
    ("name", "end"), [("demo", ".venv/bin/wfp-ops demo"), ("tests", ".venv/bin/python -m pytest")]
)
def test_a_command_is_one_line_that_does_all_the_set_up(name, end):
    """Each of the two makes a virtual environment, installs, and runs."""
    done = taken(name)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 1
    steps = lines[0].split(" && ")
    assert steps[0] == "python3 -m venv .venv"
    assert steps[1].startswith(".venv/bin/pip install ")
    assert steps[2:] == [end]


def test_an_unknown_command_fails():
    """A README that lost a command fails CI in words."""
    done = taken("nothing")
    assert done.returncode == 1
    assert "0 commands named 'nothing'" in done.stderr
