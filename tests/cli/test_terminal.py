"""At a terminal: colours where they are wanted, none where they are not, progress gone when done."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from support.commands import run_process

pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX's")

_COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7][0-9;]*m")


def _at_a_terminal(*words, environment, stream):
    """What one stream of a command shows at a terminal of 100 columns, the other going to a pipe."""
    ours, theirs = pty.openpty()
    other = "stderr" if stream == "stdout" else "stdout"
    process = subprocess.Popen(
        [sys.executable, "-m", "wfp_ops.cli.main", *map(str, words)],
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
        **{stream: theirs, other: subprocess.DEVNULL},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(60), shown.decode()


def test_colours_and_their_absence(acme):
    """Severity has its colour at a terminal; NO_COLOR takes it away and leaves symbols and words."""
    words = ("audit", "--customers", acme.customers)
    code, shown = _at_a_terminal(*words, environment=acme.environment, stream="stdout")
    assert code == 0
    assert _COLOUR.search(shown)
    code, shown = _at_a_terminal(*words, environment={**acme.environment, "NO_COLOR": "1"}, stream="stdout")
    assert code == 0
    assert not _COLOUR.search(shown)
    assert "▲" in shown


def test_a_customer_is_told_in_lines_of_the_terminal(acme):
    """Long lines are broken between words and go on set in; in a pipe each stays one line."""
    words = ("customer", "100", "--customers", acme.customers)
    narrow = {**acme.environment, "COLUMNS": "60"}
    code, shown = _at_a_terminal(*words, environment=narrow, stream="stdout")
    assert code == 0
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 60
    (place,) = (place for place, line in enumerate(lines) if line.startswith("usage: "))
    assert lines[place + 1].startswith("    ")
    piped = run_process(*words, environment=narrow).stdout.splitlines()
    (whole,) = (line for line in piped if line.startswith("usage: "))
    assert whole.endswith(f" {lines[place + 1].strip()}")
    assert len(whole) > 60


@pytest.mark.parametrize("columns", ["0", "-3", "wide", "²", ""])
def test_a_width_that_is_none_counts_as_unset(command, acme, columns, monkeypatch):
    """COLUMNS=0 and its like say nothing about the width, and hide nothing."""
    plain = command("namespaces", "list", acme.environment)
    monkeypatch.setenv("COLUMNS", columns)
    odd = command("namespaces", "list")
    assert (odd.exit_code, odd.stdout) == (0, plain.stdout)
    assert "customer-" in odd.stdout


def test_forced_colour_makes_no_terminal_of_a_file(acme):
    """FORCE_COLOR brings colour into a log, but neither a spinner nor a hidden cursor."""
    words = ("workers", "list", "--all", "--format", "csv")
    done = run_process(*words, environment={**acme.environment, "FORCE_COLOR": "1"})
    assert done.returncode == 0
    assert "proven complete" in done.stderr
    assert "reading" not in done.stderr
    assert not re.search(r"\x1b\[(\?25|2K|\d*A)", done.stderr)


def test_progress_is_for_terminals(acme):
    """Reading all Workers shows how far it is, and then the evidence alone."""
    words = ("workers", "list", "--all", "--format", "csv")
    code, shown = _at_a_terminal(*words, environment=acme.environment, stream="stderr")
    assert code == 0
    assert "reading Workers" in shown
    assert re.search(r"\d+ of 412", shown)
    last = shown.split("\x1b[2K")[-1]
    assert "reading Workers" not in last
    assert "proven complete" in last
