"""What goes wrong becomes the right exit code and words for a person: never a traceback, never a token."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from support.commands import ACCOUNT, LISTING, STUB_TOKEN, run_process
from support.stub_server import Hang

from wfp_ops.inventory import namespaces as namespaces_module

GOOD = {"CLOUDFLARE_API_TOKEN": STUB_TOKEN, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT}


def _is_said_well(result, code):
    assert result.exit_code == code
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert STUB_TOKEN not in result.stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "no API token"),
        ({**GOOD, "CLOUDFLARE_API_TOKEN": f"{STUB_TOKEN}\n"}, "line break"),
        ({"CLOUDFLARE_API_TOKEN": STUB_TOKEN}, "no account id"),
        ({**GOOD, "CLOUDFLARE_ACCOUNT_ID": "acme"}, "32 hex"),
        ({**GOOD, "CLOUDFLARE_BASE_URL": "http://example.com/client/v4"}, "unprotected"),
        ({**GOOD, "WFP_OPS_AUDIT__CONVENTION": "customer"}, "exactly once"),
        ({**GOOD, "WFP_OPS_AUDT__X": "1"}, "did you mean 'audit'"),
    ],
)
@pytest.mark.parametrize(
    "words", [("namespaces", "list"), ("workers", "list", "a"), ("audit", "--customers", "c.csv")]
)
def test_wrong_settings_exit_with_2(command, environment, said, words):
    """Settings that can't be right end before anything is sent."""
    result = command(*words, environment)
    _is_said_well(result, 2)
    assert said in result.stderr
    assert "what to do: " in result.stderr or "key: " in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("bogus",),
        ("namespaces", "list", "--format", "xml"),
        ("namespaces", "list", "--raw"),
        ("namespaces", "get"),
        ("workers", "list"),
        ("workers", "list", "production", "--all"),
        ("audit", "--fail-on", "critical"),
        ("audit", "--check", "--fail-on", "dreadful"),
        ("audit", "--limit", "-1"),
        ("audit", "--config", "missing.toml"),
        ("sandbox", "--port", "70000"),
        ("sandbox", "--scenario", "acne"),
        ("sandbox", "--now", "yesterday"),
        ("sandbox", "--token", "two words"),
        ("namespaces", "create", "a", "--account", "sandbox"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(command, words):
    """A command that can't be meant is refused with what is wrong about it."""
    result = command(*words, GOOD)
    _is_said_well(result, 2)
    assert result.stderr


def test_several_accounts_and_none_named(command, tmp_path):
    """Which account is meant is never guessed."""
    block = f'[accounts.{{}}]\naccount_id = "{ACCOUNT}"\ntoken_env = "T"\n'
    (tmp_path / "wfp-ops.toml").write_text(block.format("a") + block.format("b"), encoding="utf-8")
    result = command("namespaces", "list", GOOD)
    _is_said_well(result, 2)
    assert "--account a" in result.stderr


def test_no_customer_source(command, acme):
    """An audit without a list says both ways to give one."""
    result = command("audit", acme.environment)
    _is_said_well(result, 2)
    assert "--customers FILE" in result.stderr


def test_a_server_that_is_not_there(command):
    """No connection is a failure, not a usage error."""
    nowhere = {"CLOUDFLARE_BASE_URL": "http://127.0.0.1:9/client/v4", "WFP_OPS_API__DEADLINE_S": "1"}
    result = command("namespaces", "list", {**GOOD, **nowhere})
    _is_said_well(result, 1)


def test_a_mistake_of_ours_is_owned_up_to(command, monkeypatch):
    """An unexpected exception shows its place and where to report it, and nothing of its values."""

    def broken(*_args):
        raise KeyError(STUB_TOKEN)

    monkeypatch.setattr(namespaces_module, "load_namespaces", broken)
    result = command("namespaces", "list", GOOD)
    _is_said_well(result, 1)
    assert "KeyError in wfp_ops/account/account.py, line " in result.stderr
    assert "/issues" in result.stderr
    shown = command("--traceback", "namespaces", "list", GOOD)
    assert shown.exit_code == 1
    assert "Traceback" in shown.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals of this kind are POSIX's")
def test_ctrl_c_is_one_line_and_130(stub_server, stub_environment):
    """An interrupted command says so in one line."""
    stub_server.on("GET", LISTING, Hang())
    command = [sys.executable, "-m", "wfp_ops.cli.main", "namespaces", "list"]
    env = {**os.environ, **stub_environment, "WFP_OPS_API__DEADLINE_S": "60"}
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not stub_server.received:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "cancelled\n")


def test_a_reader_that_goes_away_is_no_failure(acme):
    """``wfp-ops … | head -1`` ends quietly, with the command's own exit code."""
    command = [sys.executable, "-m", "wfp_ops.cli.main", "workers", "list", "--all", "--format", "csv"]
    env = {**os.environ, **acme.environment}
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 0
    assert "Broken" not in err
    assert "Traceback" not in err


def test_a_file_that_can_not_be_written(tmp_path):
    """A folder that refuses is a failure with the path in it."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    done = run_process("demo", "--out", tmp_path / "file" / "demo")
    assert done.returncode == 1
    assert "file" in done.stderr
    assert "Traceback" not in done.stderr
