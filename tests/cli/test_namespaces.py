"""``wfp-ops namespaces`` and ``wfp-ops workers`` against a real sandbox."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import quote

import pytest
from support.commands import ACCOUNT, LISTING
from support.stub_server import ok

from wfp_ops.frames.columns import NAMESPACES, WORKERS


def test_list_as_table(command, acme):
    """A table on stdout, the evidence on stderr."""
    result = command("namespaces", "list", acme.environment)
    assert result.exit_code == 0
    assert "customer-8 " in result.stdout
    assert "412 namespaces, proven complete: " in result.stderr
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert "\x1b" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("words", "spec"), [(("namespaces", "list"), NAMESPACES), (("workers", "list", "--all"), WORKERS)]
)
def test_list_for_programs(command, acme, words, spec):
    """JSON and CSV hold every column of the frame, and the same number of rows."""
    rows = json.loads(command(*words, "--format", "json", acme.environment).stdout)
    lines = list(csv.DictReader(io.StringIO(command(*words, "--format", "csv").stdout)))
    assert list(rows[0]) == list(lines[0]) == spec.names
    assert len(rows) == len(lines) > 400


def test_get_one(command, acme):
    """One namespace as a card, as an object and as a row; one that is not there is a failure."""
    card = command("namespaces", "get", "staging", acme.environment)
    assert "namespace id" in card.stdout
    found = json.loads(command("namespaces", "get", "staging", "--format", "json").stdout)
    assert (found["namespace"], found["customer_id"]) == ("staging", None)
    assert len(command("namespaces", "get", "staging", "--format", "csv").stdout.splitlines()) == 2
    missing = command("namespaces", "get", "no-such")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "100119" in missing.stderr


def test_workers_of_one_namespace(command, acme):
    """The namespace is not repeated in each row; one that is not there is a failure."""
    result = command("workers", "list", "staging", acme.environment)
    assert result.exit_code == 0
    assert "namespace" not in result.stdout.splitlines()[0]
    assert "proven complete" in result.stderr
    missing = command("workers", "list", "no-such")
    assert (missing.exit_code, missing.stdout) == (1, "")


def test_create(command, empty_sandbox):
    """A created namespace is shown, and there; a taken name and a bad one are refused."""
    result = command("namespaces", "create", "customer-42", empty_sandbox.environment())
    assert result.exit_code == 0
    assert "created 'customer-42'" in result.stderr
    assert "warning" not in result.stderr
    assert list(empty_sandbox.state()) == ["customer-42"]
    again = command("namespaces", "create", "customer-42")
    assert (again.exit_code, again.stdout) == (1, "")
    assert "is there already" in again.stderr
    bad = command("namespaces", "create", "customer 43")
    assert bad.exit_code == 2
    assert "not allowed" in bad.stderr
    assert list(empty_sandbox.state()) == ["customer-42"]


@pytest.mark.parametrize("action", ["get", "create"])
def test_no_name_is_wrong_usage(command, stub_server, stub_environment, action):
    """An empty name exits with 2, whatever was to be done with it, and nothing is sent."""
    result = command("namespaces", action, "", stub_environment)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "error: ''" in result.stderr
    assert not stub_server.received


def test_create_against_the_convention_warns(command, empty_sandbox):
    """It is done all the same, with a word about what an audit will say."""
    result = command("namespaces", "create", "staging", "--format", "json", empty_sandbox.environment())
    assert result.exit_code == 0
    assert json.loads(result.stdout)["namespace"] == "staging"
    assert "'customer-{id}'" in result.stderr


def test_create_takes_the_write_token(command, empty_sandbox, tmp_path, monkeypatch):
    """A named account's read token is not what creates."""
    (tmp_path / "wfp-ops.toml").write_text(
        f'[accounts.a]\naccount_id = "{ACCOUNT}"\ntoken_env = "R"\nwrite_token_env = "W"\n'
        f'base_url = "{empty_sandbox.base_url}"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("R", "a-token-that-may-not")
    monkeypatch.setenv("W", empty_sandbox.token)
    assert command("namespaces", "create", "customer-1", "--account", "a").exit_code == 0
    assert command("namespaces", "list", "--account", "a").exit_code == 1


def test_a_creation_is_on_record(command, empty_sandbox):
    """A journal of its own, as of every change; the built-in sandbox, which ends with it, is no place for it."""
    assert command("namespaces", "create", "customer-42", empty_sandbox.environment()).exit_code == 0
    listed = json.loads(command("journal", "list", "--format", "json").stdout)
    assert [(each["state"], each["done"]) for each in listed] == [("complete", 1)]
    gone = command("namespaces", "create", "customer-43", "--account", "sandbox")
    assert gone.exit_code == 2
    assert "ends with the command" in gone.stderr


def test_a_creation_that_cloudflare_refuses(command, empty_sandbox):
    """It exits with 1, nothing on stdout, and Cloudflare's words."""
    empty_sandbox.fault("status", method="POST", status=403)
    result = command("namespaces", "create", "customer-42", empty_sandbox.environment())
    assert (result.exit_code, result.stdout) == (1, "")
    assert "was not created" in result.stderr
    assert empty_sandbox.state() == {}


def test_a_creation_that_nobody_can_settle(command, empty_sandbox):
    """The server dies with the answer: it exits with 5, and says how to find out."""
    empty_sandbox.fault("lost_answer", method="POST", count=1)
    empty_sandbox.fault("reset", method="GET", route="*/namespaces/*", skip=1)
    result = command("namespaces", "create", "customer-42", empty_sandbox.environment())
    assert (result.exit_code, result.stdout) == (5, "")
    assert "journal resume" in result.stderr
    empty_sandbox.control("DELETE", "faults")
    journal = json.loads(command("journal", "list", "--format", "json").stdout)[0]["journal"]
    resumed = command("journal", "resume", journal)
    assert resumed.exit_code == 0, resumed.stderr
    assert list(empty_sandbox.state()) == ["customer-42"]


def test_a_created_namespace_whose_answer_is_lost(command, empty_sandbox):
    """The lost answer is settled by a read: one namespace, exit code 0."""
    empty_sandbox.fault("lost_answer", method="POST", count=1)
    result = command("namespaces", "create", "customer-42", empty_sandbox.environment())
    assert result.exit_code == 0
    assert list(empty_sandbox.state()) == ["customer-42"]


EVIL = "a\x1b[31mred\x1b]0;title\x07\u202egnp.exe\n[bold]not bold[/bold]:smile:"


@pytest.mark.parametrize("words", [("namespaces", "list"), ("namespaces", "get", EVIL)], ids=["list", "get"])
def test_a_name_can_not_speak_to_the_terminal(command, stub_server, stub_environment, words, monkeypatch):
    """Escapes, bidi overrides, line breaks and markup are shown, not obeyed."""
    namespace = {"namespace_name": EVIL, "created_by": EVIL}
    stub_server.on("GET", LISTING, ok([namespace]))
    stub_server.on("GET", f"{LISTING}/{quote(EVIL, safe='')}", ok(namespace))
    monkeypatch.setenv("COLUMNS", "400")
    result = command(*words, stub_environment)
    assert result.exit_code == 0
    shown = result.stdout + result.stderr
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert "a\\x1b[31mred" in shown
    assert "\\u202egnp.exe\\n[bold]not bold[/bold]:smile:" in shown


def test_a_name_can_not_run_in_a_spreadsheet(command, stub_server, stub_environment):
    """CSV is defused unless asked for raw."""
    stub_server.on("GET", LISTING, ok([{"namespace_name": "=1+1"}]))
    safe = command("namespaces", "list", "--format", "csv", stub_environment)
    raw = command("namespaces", "list", "--format", "csv", "--raw")
    assert safe.stdout.splitlines()[1].startswith("'=1+1,")
    assert raw.stdout.splitlines()[1].startswith("=1+1,")
