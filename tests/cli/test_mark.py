"""``wfp-ops mark`` over a real sandbox: candidates marked and shown, protections written down and ended."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from support.commands import NOW

from wfp_ops.frames.columns import MARKS, PROTECTIONS

LIST = "customer_id,status,churned_on\n1,active,\n2,active,\n3,churned,2026-10-20\n"
LATER = "2026-12-10T12:00:00Z"
PROTECT = ("mark", "--protect", "customer-9", "--until", "2027-01-31", "--reason", "asked to come back")


@pytest.fixture
def account(empty_sandbox, tmp_path):
    """A sandbox with four namespaces, a customer list in this folder, and what points a command there."""
    empty_sandbox.load("customer-1", "customer-2", "customer-3", "customer-9")
    (tmp_path / "customers.csv").write_text(LIST, encoding="utf-8")
    (tmp_path / "wfp-ops.toml").write_text('[customers]\nsource = "customers.csv"\n', encoding="utf-8")
    return {**empty_sandbox.environment(), "WFP_OPS_NOW": NOW}


def test_marking(command, account, empty_sandbox):
    """The marks on stdout, how many are new, kept and unmarked on stderr; the first sighting stays."""
    first = command("mark", "--format", "json", account)
    assert first.exit_code == 0
    rows = json.loads(first.stdout)
    assert [list(row) for row in rows] == [MARKS.names] * 2
    assert {row["namespace"]: row["state"] for row in rows} == {
        "customer-3": "churned",
        "customer-9": "orphaned",
    }
    assert all(row["first_seen"].startswith("2026-11-23T12:0") for row in rows)
    assert all(row["deadline"].startswith("2026-12-23T12:0") for row in rows)
    assert "candidates for deletion: 2 new, 0 kept, 0 unmarked" in first.stderr
    assert "no customer list was accepted yet" in first.stderr
    assert empty_sandbox.http.delete(f"{empty_sandbox.namespaces_url}/customer-9").status_code == 200
    later = command("mark", "--format", "json", {"WFP_OPS_NOW": LATER})
    assert json.loads(later.stdout) == [row for row in rows if row["namespace"] == "customer-3"]
    assert "0 new, 1 kept, 1 unmarked" in later.stderr


def test_the_table(command, account):
    """For a person: no column for Workers where there are none; nothing to show is said."""
    shown = command("mark", account)
    assert re.search(r"customer-3 +churned +3 +2026-11-23 12:\d\d +2026-12-23 12:\d\d", shown.stdout)
    assert "Worker" not in shown.stdout
    nothing = command("mark", "--customers", "all.csv", "--format", "table")
    assert nothing.exit_code == 1
    assert "all.csv" in nothing.stderr


def test_nothing_to_mark(command, account, empty_sandbox):
    """An empty array for programs, and no table for people."""
    empty_sandbox.load("customer-1", "customer-2")
    assert command("mark", "--format", "json", account).stdout == "[]\n"
    shown = command("mark")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "0 new, 0 kept, 0 unmarked" in shown.stderr


def test_what_the_audit_marked_already_is_new_to_who_asks(command, account):
    """With an accepted list the audit marks by itself; the counts are those of the whole command."""
    assert command("audit", "--accept", account).exit_code == 0
    done = command("mark")
    assert "0 new, 2 kept, 0 unmarked" in done.stderr
    assert "accepted yet" not in done.stderr


def test_the_audit_marks_once_a_list_is_accepted(command, account, empty_sandbox):
    """What comes after is marked by the plain audit, and ``mark`` counts it as new if it comes first."""
    command("audit", "--accept", account)
    empty_sandbox.load("customer-10", mode="merge")
    assert "1 new, 2 kept, 0 unmarked" in command("mark").stderr
    empty_sandbox.load("customer-11", mode="merge")
    assert command("audit").exit_code == 0
    assert "0 new, 4 kept, 0 unmarked" in command("mark").stderr


def test_a_list_that_lost_too_much_is_refused(command, account, tmp_path):
    """Exit 4, nothing on stdout, and the marks stay."""
    command("audit", "--accept", account)
    (tmp_path / "customers.csv").write_text("customer_id,status\n1,active\n", encoding="utf-8")
    refused = command("mark", "--format", "json")
    assert (refused.exit_code, refused.stdout) == (4, "")
    assert "2 of the 3 accepted customers are gone" in refused.stderr
    (tmp_path / "customers.csv").write_text(LIST, encoding="utf-8")
    assert "0 new, 2 kept, 0 unmarked" in command("mark").stderr


def test_an_unproven_inventory_is_refused(command, account, empty_sandbox):
    """Exit 4 as well: what is not seen may be there."""
    empty_sandbox.load(*(f"customer-{number}" for number in range(1, 11)))
    empty_sandbox.fault("status", status=400, route="*/dispatch/namespaces", skip=1)  # its second page
    refused = command("mark", account)
    assert (refused.exit_code, refused.stdout) == (4, "")
    assert "not proven complete" in refused.stderr


def test_protecting(command, account, tmp_path):
    """No audit and no list is needed; all protections are printed, and show beside the marks."""
    (tmp_path / "customers.csv").unlink()
    done = command(*PROTECT, "--format", "json", account)
    assert done.exit_code == 0
    (row,) = json.loads(done.stdout)
    assert list(row) == PROTECTIONS.names
    assert (row["name"], row["until"], row["reason"], row["holds"]) == (
        "customer-9",
        "2027-01-31",
        "asked to come back",
        True,
    )
    (tmp_path / "customers.csv").write_text(LIST, encoding="utf-8")
    rows = {row["namespace"]: row for row in json.loads(command("mark", "--format", "json").stdout)}
    assert rows["customer-9"]["protected_until"] == "2027-01-31"
    assert rows["customer-9"]["protected_reason"] == "asked to come back"
    assert rows["customer-3"]["protected_until"] is None
    assert re.search(r"customer-9 +2027-01-31 +yes +asked to come back", command(*PROTECT).stdout)


def test_protecting_what_nobody_has_looked_for(command, account):
    """Without an audit, or where somebody insists, a warning says it; else a name without a bearer is no name."""
    done = command(*PROTECT, account)
    assert (done.exit_code, "no audit is kept" in done.stderr) == (0, True)
    assert command("mark", account).exit_code == 0
    slip = ("mark", "--protect", "custmer-9", *PROTECT[3:])
    refused = command(*slip)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "did you mean 'customer-9'?" in refused.stderr
    insisted = command(*slip, "--unseen")
    assert (insisted.exit_code, "nobody has looked" in insisted.stderr) == (0, True)
    usual = command(*PROTECT)
    assert (usual.exit_code, "warning" in usual.stderr, "nobody" in usual.stderr) == (0, False, False)


def test_unprotecting(command, account):
    """What is left is printed; a name without a protection exits with 2."""
    command(*PROTECT, account)
    ended = command("mark", "--unprotect", "customer-9", "--format", "json")
    assert (ended.exit_code, ended.stdout) == (0, "[]\n")
    again = command("mark", "--unprotect", "customer-9")
    assert (again.exit_code, again.stdout) == (2, "")
    assert "no dated protection of 'customer-9'" in again.stderr


def test_csv_is_safe_for_a_spreadsheet(command, account):
    """A reason that starts a formula is defused, unless --raw is given."""
    words = ("mark", "--protect", "a", "--until", "2027-01-31", "--reason", "=1+1", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(command(*words, account).stdout))
    assert row["reason"] == "'=1+1"
    (row,) = csv.DictReader(io.StringIO(command(*words, "--raw").stdout))
    assert row["reason"] == "=1+1"


@pytest.mark.parametrize(
    "words",
    [
        ("--protect", "a"),
        ("--protect", "a", "--until", "2027-01-31"),
        ("--protect", "a", "--reason", "because"),
        ("--protect", "a", "--until", "2027-01-31", "--reason", "x"),
        ("--protect", "a", "--until", "2026-11-23", "--reason", "because"),
        ("--protect", "a", "--until", "2025-01-31", "--reason", "because"),
        ("--protect", "a", "--until", "soon", "--reason", "because"),
        ("--protect", "", "--until", "2027-01-31", "--reason", "because"),
        ("--protect", "a", "--until", "2027-01-31", "--reason", "because", "--customers", "customers.csv"),
        ("--protect", "a", "--until", "2027-01-31", "--reason", "because", "--unprotect", "b"),
        ("--protect", "a*", "--until", "2027-01-31", "--reason", "because"),
        ("--unprotect", "a", "--query", "select 1"),
        ("--unprotect", "a", "--unseen"),
        ("--unseen",),
        ("--until", "2027-01-31"),
        ("--reason", "because"),
        ("--raw",),
    ],
    ids=" ".join,
)
def test_wrong_usage(command, account, tmp_path, words):
    """What can't be meant, and a day that is over, exits with 2; nothing is written down."""
    result = command("mark", *words, account)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr
    assert not list(tmp_path.rglob("ledger.json"))


def test_a_damaged_ledger(command, account, tmp_path):
    """Exit 1 with the file's name and what to do; a plain audit says so and goes on."""
    command("audit", "--accept", account)
    (path,) = tmp_path.rglob("ledger.json")
    path.write_text("{}", encoding="utf-8")
    for words in (("mark",), PROTECT, ("mark", "--unprotect", "customer-9")):
        failed = command(*words)
        assert (failed.exit_code, failed.stdout) == (1, "")
        assert "ledger.json" in failed.stderr
        assert "restore it" in failed.stderr
    shown = command("audit", "--format", "json")
    assert shown.exit_code == 0
    assert "not marked" in shown.stderr
