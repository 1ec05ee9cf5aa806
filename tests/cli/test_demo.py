"""``wfp-ops demo``: it works anywhere, touches nobody's account and nobody's files."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import sys

from support.commands import STUB_TOKEN, run_process

FILES = {
    "README.txt",
    "report.html",
    "findings.csv",
    "joined.csv",
    "customers.csv",
    "audit.xlsx",
    "audit.json",
}


def test_the_demo(stub_server, stub_environment, tmp_path):
    """In a hostile environment: the page, six files and their explanation; the real account is left alone."""
    (tmp_path / "wfp-ops.toml").write_text("no TOML", encoding="utf-8")
    done = run_process("demo", environment=stub_environment, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing left it" in done.stdout
    folder = tmp_path / "wfp-ops-demo"
    assert {path.name for path in folder.iterdir()} == FILES
    document = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    findings = (folder / "findings.csv").read_text(encoding="utf-8").splitlines()
    assert len(document["findings"]) == len(findings) - 1
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert ">Usage" in page
    assert not stub_server.received
    assert STUB_TOKEN not in done.stdout
    assert not any(STUB_TOKEN.encode() in path.read_bytes() for path in folder.iterdir())


def test_every_finding_of_the_contract_is_there(command):
    """The made-up account shows each state and flag of this version."""
    result = command("demo", "--out", "out")
    assert result.exit_code == 0
    kinds = ["ambiguous", "churned", "suspect", "orphaned", "misnamed", "unrecognised"]
    kinds += ["missing", "absent", "conflict", "unusable", "duplicate", "trusted", "empty", "layout"]
    for kind in kinds:
        assert re.search(rf"^[✖▲●] {kind}  ", result.stdout, re.MULTILINE), kind


def test_it_runs_twice_into_its_own_folder_and_into_no_other(command, tmp_path):
    """Its own files are overwritten; a folder with somebody's files, or a file, is refused and left as it is."""
    assert command("demo", "--out", "mine").exit_code == 0
    assert command("demo", "--out", "mine").exit_code == 0
    (tmp_path / "empty").mkdir()
    assert command("demo", "--out", "empty").exit_code == 0
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "findings.csv").write_text("precious", encoding="utf-8")
    refused = command("demo", "--out", "foreign")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert (foreign / "findings.csv").read_text(encoding="utf-8") == "precious"
    assert command("demo", "--out", "foreign/findings.csv").exit_code == 2


def test_what_it_says_to_try_next_works(command, tmp_path):
    """The commands of the last lines, typed as they stand (but for the port, which may be taken)."""
    page = command("demo").stdout
    steps = [
        line.strip()
        for line in page.split("What next")[1].splitlines()
        if re.match(r"  (wfp-ops|export|unset) ", line)
    ]
    serve, export, audit = steps[:3]
    assert serve.startswith("wfp-ops sandbox ")
    port = _free_port()
    words = [sys.executable, "-m", "wfp_ops.cli.main", *shlex.split(serve.replace("8787", port))[1:]]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    try:
        assert server.stdout.readline().startswith(f"sandbox ready http://127.0.0.1:{port}/")
        environment = dict(word.split("=", 1) for word in shlex.split(export.replace("8787", port))[1:])
        done = run_process(*shlex.split(audit)[1:], environment=environment, folder=tmp_path)
    finally:
        server.terminate()
        server.communicate(timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert "▲ orphaned" in done.stdout


def _free_port() -> str:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return str(sock.getsockname()[1])
