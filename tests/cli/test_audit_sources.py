"""``wfp-ops audit`` on a customer database, and as Markdown."""

from __future__ import annotations

import json
import sqlite3

import pytest
from support.commands import LISTING
from support.stub_server import ok

QUERY = "select id as customer_id, state as status from crm"
SECRET = "postgresql://joe:hunter2@127.0.0.1:9/crm?sslpassword=hunter3"


@pytest.fixture
def database(tmp_path, stub_server):
    """A SQLite file with one customer, and a server with that customer's namespace and an orphan."""
    stub_server.on(
        "GET",
        LISTING,
        ok([{"namespace_name": name, "script_count": 1} for name in ("customer-1", "customer-9")]),
    )
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("create table crm (id integer, state text)")
        connection.execute("insert into crm values (1, 'active')")
    connection.close()
    return f"sqlite:///{tmp_path / 'crm.db'}"


def test_an_audit_of_a_database(command, database, stub_environment):
    """``--customers URL --query SQL`` is all it takes; the next command shown can be typed."""
    words = ("audit", "--customers", database, "--query", QUERY)
    result = command(*words, "--format", "json", stub_environment)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["counts"]["states"]["namespaces"] == {"matched": 1, "orphaned": 1}
    page = command(*words).stdout
    assert f"--customers {database} --query '{QUERY}' --check" in page


def test_a_database_in_the_settings(command, database, stub_environment, tmp_path):
    """``[customers] source`` and ``query``; a file given instead needs no query."""
    (tmp_path / "wfp-ops.toml").write_text(
        f'[customers]\nsource = "{database}"\nquery = "{QUERY}"\n', encoding="utf-8"
    )
    (tmp_path / "other.csv").write_text("customer_id\n1\n9\n", encoding="utf-8")
    assert (
        json.loads(command("audit", "--format", "json", stub_environment).stdout)["counts"]["customers"] == 1
    )
    other = command("audit", "--customers", "other.csv", "--format", "json")
    assert json.loads(other.stdout)["counts"]["customers"] == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--customers", SECRET, "--query", "select 1"), 1, "can't be reached"),
        (("--customers", SECRET), 1, "a database needs a query"),
        (("--customers", SECRET, "--query", "drop table crm"), 1, "must only read"),
        (("--customers", "customers.csv", "--query", "select 1"), 2, "no database"),
    ],
)
def test_what_goes_wrong_shows_no_secret(command, stub_environment, words, code, said):
    """Neither the message nor a traceback holds user, password or options."""
    for first in ((), ("--traceback",)):
        result = command(*first, "audit", *words, stub_environment)
        assert result.exit_code == code
        assert said in result.stderr
        for word in ("hunter", "joe"):
            assert word not in result.stdout + result.stderr


def test_markdown(command, database, stub_environment):
    """``--format markdown`` prints the page alone, with as many rows as ``--limit`` says."""
    words = ("audit", "--customers", database, "--query", QUERY, "--format", "markdown")
    result = command(*words, "--check", stub_environment)
    assert result.exit_code == 3
    assert result.stdout.startswith("## Audit of `")
    assert "| `customer-9` | `9` |" in result.stdout
    assert "`customer-9`" not in command(*words, "--limit", "0").stdout
