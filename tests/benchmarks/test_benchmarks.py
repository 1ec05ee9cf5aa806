"""Each benchmark still runs, on little; nothing is said about its figures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from support.pages import ROOT

FOLDER = ROOT / "benchmarks"
LITTLE = {
    "apply": [
        "--steps=3",
        "--window=1",
        "--latencies",
        "0.01",
        "--slow-window=1",
        "--slow-windows=1.2",
        "--free-steps=2",
    ],
    "apply_memory": ["--sizes", "2", "4"],
    "charts": ["--customers=40", "--hours=48", "--rounds=1"],
    "delete_panel": ["--namespaces=60", "--rounds=1"],
    "demo": ["--rounds=1"],
    "history": ["--rows", "960", "1920", "--days=40", "--rounds=1"],
    "imports": ["--rounds=1"],
    "journal": ["--steps=9", "--written=3", "--rounds=1"],
    "listing": ["--size=31", "--rounds=1", "--sdk-rounds=1"],
    "panels": ["--rows=60", "--rounds=1"],
    "planning": ["--size=3", "--rounds=1"],
    "reconcile": ["--sizes", "100", "200", "--rounds=1"],
    "report": ["--findings=50", "--rounds=1"],
    "usage": ["--namespaces=5", "--days=2", "--rounds=1"],
    "workers": ["--size=1001", "--rounds=1"],
}

_IN_A_BROWSER = ("delete_panel", "panels", "report")


def test_every_benchmark_is_tried():
    """What ``benchmarks/run.py`` runs is tried below."""
    code = "import run; print(*run.known())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER
    )
    assert done.stdout.split() == sorted(LITTLE)


@pytest.mark.parametrize("name", LITTLE)
def test_a_benchmark_runs(name, tmp_path):
    """It ends well and prints a table."""
    if name in _IN_A_BROWSER and shutil.which("chromium") is None and os.environ.get("CI") != "true":
        pytest.skip("Chromium is not installed")
    command = [sys.executable, FOLDER / f"{name}.py", *LITTLE[name]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "| -" in done.stdout


def test_the_server_counts_the_calls(tmp_path):
    """1,001 Workers are two pages, and so two calls."""
    command = [sys.executable, FOLDER / "workers.py", *LITTLE["workers"]]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    last = done.stdout.splitlines()[-1]
    assert [cell.strip() for cell in last.split("|")][1:3] == ["1,001", "2"]


def test_two_requests_for_each_planned_deletion(tmp_path):
    """The Workers of each, and the settings of the one; four more for all, one of them to the analytics."""
    command = [sys.executable, FOLDER / "planning.py", "--size=13", "--rounds=1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    last = done.stdout.splitlines()[-1]
    assert [cell.strip() for cell in last.split("|")][1:3] == ["13", str(2 * 13 + 4)]


def test_an_unknown_benchmark_is_refused():
    """A slip in a name runs nothing."""
    done = subprocess.run(
        [sys.executable, FOLDER / "run.py", "lsting"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no such benchmark: lsting" in done.stderr
