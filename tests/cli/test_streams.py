"""Streams that are closed before a command begins."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="streams are closed by a POSIX shell")


def _run(redirection, *words, environment=None):
    """What a command leaves on the streams that it has, started by a shell with others closed."""
    line = f"exec {shlex.join([sys.executable, '-m', 'wfp_ops.cli.main', *map(str, words)])} {redirection}"
    return subprocess.run(
        ["/bin/sh", "-c", line],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("redirection", ["2>&-", "<&- 2>&-"])
def test_data_comes_without_stderr(acme, redirection):
    """Nowhere to put words for people is no reason to keep the data back."""
    done = _run(redirection, "namespaces", "list", "--format", "json", environment=acme.environment)
    assert done.returncode == 0
    assert json.loads(done.stdout)


def test_the_sandbox_starts_without_stderr():
    """A child process gets by without it as well."""
    done = _run("2>&-", "audit", "--account", "sandbox", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["findings"]


@pytest.mark.parametrize("redirection", [">&-", "<&- >&-"])
def test_no_stdout_is_a_failure_that_is_said(empty_sandbox, redirection):
    """What has no place to go is not asked for, and nothing is changed."""
    words = ("namespaces", "create", "customer-42")
    done = _run(redirection, *words, environment=empty_sandbox.environment())
    assert done.returncode == 1
    assert done.stderr.startswith("error: stdout is closed\n")
    assert "this should not have happened" not in done.stderr
    assert list(empty_sandbox.state()) == []


def test_neither_is_there():
    """With both closed the exit code alone speaks."""
    assert _run(">&- 2>&-", "demo").returncode == 1
