"""Several accounts, each on a server of its own with a token of its own: never mixed, never hidden."""

from __future__ import annotations

import csv
import io
import json
import sqlite3

import pytest
from support.commands import ACCOUNT, LISTING, NOW
from support.sandbox_server import running_sandbox
from support.stub_server import StubServer, ok, refused

from wfp_ops.clock import parse_time

TOKENS = {"east": "token-of-east", "west": "token-of-west"}
BLOCK = '[accounts.{name}]\naccount_id = "{account}"\ntoken_env = "{name}_TOKEN"\nbase_url = "{url}"\n'


@pytest.fixture(scope="module")
def sandboxes():
    """Two servers that take one token each; east has an orphan, west is in order."""
    with (
        running_sandbox(now=parse_time(NOW), token=TOKENS["east"]) as east,
        running_sandbox(now=parse_time(NOW), token=TOKENS["west"]) as west,
    ):
        east.load("customer-1", "customer-77")
        west.load("tenant-2")
        yield {"east": east, "west": west}


@pytest.fixture
def third():
    """The account that the environment means, which nobody asks for."""
    with StubServer() as server:
        server.on("GET", LISTING, ok([{"namespace_name": "customer-third"}]))
        yield server


@pytest.fixture
def environment(third):
    return {
        "CLOUDFLARE_API_TOKEN": "token-of-third",
        "CLOUDFLARE_ACCOUNT_ID": "f" * 32,
        "CLOUDFLARE_BASE_URL": third.base_url,
        "east_TOKEN": TOKENS["east"],
        "west_TOKEN": TOKENS["west"],
        "WFP_OPS_NOW": NOW,
        "WFP_OPS_API__DEADLINE_S": "1",
    }


@pytest.fixture
def settings(sandboxes, tmp_path):
    """Both accounts; west has a list and a convention of its own."""
    blocks = [
        BLOCK.format(name=name, account=ACCOUNT, url=server.base_url) for name, server in sandboxes.items()
    ]
    path = tmp_path / "wfp-ops.toml"
    path.write_text(
        '[customers]\nsource = "customers.csv"\n[customers.columns]\ncustomer_id = "No"\n'
        + "".join(blocks)
        + '[accounts.west.audit]\nconvention = "tenant-{id}"\n'
        + '[accounts.west.customers]\nsource = "west.csv"\n',
        encoding="utf-8",
    )
    (tmp_path / "customers.csv").write_text("No,status\n1,active\n", encoding="utf-8")
    (tmp_path / "west.csv").write_text("No,status\n2,active\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "namespaces"), [("east", {"customer-1", "customer-77"}), ("west", {"tenant-2"})]
)
@pytest.mark.usefixtures("settings")
def test_an_account_is_its_block_and_nothing_else(command, environment, third, name, namespaces):
    """Neither the other account nor the environment's has a say in it: not token, id or address."""
    result = command("namespaces", "list", "--account", name, "--format", "json", environment)
    assert result.exit_code == 0, result.stderr
    assert {row["namespace"] for row in json.loads(result.stdout)} == namespaces
    assert third.received == []


@pytest.mark.usefixtures("settings")
def test_a_token_of_another_account_is_refused(command, environment):
    """With east's token in west's variable the server says no, and the token is not shown."""
    swapped = {**environment, "west_TOKEN": TOKENS["east"]}
    result = command("namespaces", "list", "--account", "west", swapped)
    assert (result.exit_code, result.stdout) == (1, "")
    assert TOKENS["east"] not in result.stderr


@pytest.mark.usefixtures("settings")
def test_a_missing_token_is_not_replaced(command, environment, third):
    """Without west's token the environment's own is no stand-in."""
    result = command("namespaces", "list", "--account", "west", {**environment, "west_TOKEN": ""})
    assert result.exit_code == 2
    assert "west_TOKEN holds no token" in result.stderr
    assert third.received == []


@pytest.mark.usefixtures("settings")
def test_one_document_for_all(command, environment, third):
    """Each account with its own list, convention and column map, in the settings' order."""
    result = command("audit", "--all-accounts", "--format", "json", environment)
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["schema"] == "wfp-ops/audits/1"
    east, west = document["audits"]
    assert (east["account"], west["account"]) == ("east", "west")
    assert (east["schema"], east["convention"], west["convention"]) == (
        "wfp-ops/audit/1",
        "customer-{id}",
        "tenant-{id}",
    )
    assert east["counts"]["states"]["namespaces"] == {"matched": 1, "orphaned": 1}
    assert west["counts"]["states"]["namespaces"] == {"matched": 1}
    assert document["failed"] == []
    assert third.received == []
    for token in TOKENS.values():
        assert token not in result.stdout + result.stderr


@pytest.mark.usefixtures("settings")
def test_other_formats_for_all(command, environment):
    """A page with a summary and a section for each; CSV with the account in front; Markdown."""
    page = command("audit", "--all-accounts", environment).stdout
    assert "Audit of 2 accounts" in page
    assert page.index("Audit of 2 accounts") < page.index("Audit of east") < page.index("Audit of west")
    rows = list(csv.DictReader(io.StringIO(command("audit", "--all-accounts", "--format", "csv").stdout)))
    assert {"east"} <= {row["account"] for row in rows}
    markdown = command("audit", "--all-accounts", "--format", "markdown").stdout
    assert "| `east` | 2 | 1 |" in markdown
    assert "## `west`" in markdown


@pytest.mark.parametrize(
    ("words", "code"),
    [((), 0), (("--check",), 3), (("--check", "--fail-on", "critical"), 0)],
)
@pytest.mark.usefixtures("settings")
def test_a_check_of_all(command, environment, words, code):
    """A finding in one of them is enough; the document is printed all the same."""
    result = command("audit", "--all-accounts", *words, "--format", "json", environment)
    assert result.exit_code == code
    assert len(json.loads(result.stdout)["audits"]) == 2


@pytest.mark.parametrize("words", [(), ("--check",)])
def test_one_that_fails_hides_no_other(command, environment, settings, words):
    """Its name and what to do stand in the document and on stderr; the exit code is 1, whatever a check says."""
    text = settings.read_text(encoding="utf-8")
    down = BLOCK.format(name="down", account=ACCOUNT, url="http://127.0.0.1:9/client/v4")
    settings.write_text(down + text.replace("west.csv", "none.csv"), encoding="utf-8")
    result = command(
        "audit", "--all-accounts", *words, "--format", "json", {**environment, "down_TOKEN": "t"}
    )
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert [each["account"] for each in document["audits"]] == ["east"]
    assert [each["account"] for each in document["failed"]] == ["down", "west"]
    assert "none.csv" in document["failed"][1]["error"]
    assert "account down: no answer" in result.stderr
    page = command("audit", "--all-accounts").stdout
    assert "Audit of 3 accounts" in page
    assert "no answer" in page


def test_an_unproven_account_fails_a_check(command, environment, tmp_path):
    """Nothing found in a listing that may have been cut is no proof, in any of the accounts."""
    rows = [{"namespace_name": f"customer-{number}", "script_count": 1} for number in range(10)]
    with StubServer() as server:
        server.on("GET", LISTING, lambda got: refused(400, 1234) if "page" in got.query else ok(rows))
        block = BLOCK.format(name="east", account=ACCOUNT, url=server.base_url)
        (tmp_path / "wfp-ops.toml").write_text('[customers]\nsource = "c.csv"\n' + block, encoding="utf-8")
        ids = "".join(f"{number},active\n" for number in range(10))
        (tmp_path / "c.csv").write_text("customer_id,status\n" + ids, encoding="utf-8")
        result = command("audit", "--all-accounts", "--check", environment)
    assert result.exit_code == 1
    assert "not proven complete: east" in result.stderr


@pytest.mark.parametrize(
    "words",
    [("--all-accounts", "--account", "east"), ("--all-accounts", "--accept"), ("--all-accounts",)],
)
def test_wrong_usage(command, environment, words):
    """One account or all; and all is nothing where none is described."""
    result = command("audit", *words, environment)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_each_account_has_a_database(command, environment, settings, tmp_path):
    """One query for all, a database for each."""
    for name, number in (("east", 1), ("west", 2)):
        with sqlite3.connect(tmp_path / f"{name}.db") as connection:
            connection.execute("create table c (No integer)")
            connection.execute("insert into c values (?)", (number,))
        connection.close()
    text = settings.read_text(encoding="utf-8").replace('"customers.csv"', '"sqlite:///east.db"')
    text = text.replace('"west.csv"', '"sqlite:///west.db"')
    settings.write_text(text.replace("[customers]\n", '[customers]\nquery = "select * from c"\n', 1))
    result = command("audit", "--all-accounts", "--format", "json", environment)
    assert result.exit_code == 0, result.stderr
    states = [each["counts"]["states"]["customers"] for each in json.loads(result.stdout)["audits"]]
    assert states == [{"matched": 1}, {"matched": 1}]
