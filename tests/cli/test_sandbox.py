"""``wfp-ops sandbox``: ready in one line, gone on a signal, clear about what it can't do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from support.commands import ACCOUNT, run_process


@pytest.mark.skipif(os.name != "posix", reason="signals of this kind are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_told_to_stop(tmp_path, number):
    """One line on stdout, then an API with the flags' token, account and customer list; exit code 0."""
    words = [
        "sandbox",
        "--scenario",
        "acme",
        "--seed",
        "3",
        "--now",
        "2026-11-23T12:00:00Z",
        "--token",
        "t-1",
    ]
    words += ["--write-customers", "customers.csv", "--db", "sandbox.sqlite", "--rate-limit", "1200"]
    command = [sys.executable, "-m", "wfp_ops.cli.main", *words]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    ready = process.stdout.readline()
    assert ready.startswith("sandbox ready http://127.0.0.1:")
    url = f"{ready.split()[-1]}/accounts/{ACCOUNT}/workers/dispatch/namespaces"
    answer = httpx.get(url, headers={"authorization": "Bearer t-1"}, trust_env=False)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert f"account {ACCOUNT}, token t-1" in err
    assert len(answer.json()["result"]) > 100
    assert (tmp_path / "customers.csv").read_text(encoding="utf-8").startswith("customer_id,")
    assert (tmp_path / "sandbox.sqlite").exists()


def test_a_port_in_use():
    """It can't start: exit code 1 and one complaint."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_process("sandbox", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_none(tmp_path):
    """A file that isn't a sandbox's is refused and left as it is."""
    (tmp_path / "notes.txt").write_text("precious" * 200, encoding="utf-8")
    done = run_process("sandbox", "--db", "notes.txt", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "precious" * 200
