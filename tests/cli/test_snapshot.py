"""``wfp-ops snapshot`` and what ``wfp-ops audit`` says of earlier audits, over a real sandbox."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from support.commands import NOW

from wfp_ops.frames.changes import SNAPSHOTS

LIST = "customer_id,status\n1,active\n2,active\n7,active\n"


@pytest.fixture
def account(empty_sandbox, tmp_path):
    """A sandbox with three namespaces, a customer list in this folder, and what points a command there."""
    empty_sandbox.load("customer-1", "customer-2", "customer-9")
    (tmp_path / "customers.csv").write_text(LIST, encoding="utf-8")
    (tmp_path / "wfp-ops.toml").write_text('[customers]\nsource = "customers.csv"\n', encoding="utf-8")
    return {**empty_sandbox.environment(), "WFP_OPS_NOW": NOW}


def _change(sandbox):
    http, url = sandbox.http, sandbox.namespaces_url
    assert http.delete(f"{url}/customer-9").status_code == 200
    assert http.post(url, json={"name": "=1+1"}).status_code == 400
    assert http.post(url, json={"name": "-payload"}).status_code == 200


def test_save_list_diff(command, account, empty_sandbox):
    """Two audits kept, listed, compared in every format."""
    first = command("snapshot", "save", account)
    assert (first.exit_code, first.stdout) == (0, "0001-20261123T120000Z\n")
    _change(empty_sandbox)
    second = command("snapshot", "save")
    assert second.stdout.startswith("0002-20261123T1200")
    assert "since the audit before: " in second.stderr
    rows = json.loads(command("snapshot", "list", "--format", "json").stdout)
    assert [list(row) for row in rows] == [SNAPSHOTS.names] * 2
    assert [row["problem"] for row in rows] == [None, None]
    document = json.loads(command("snapshot", "diff", "--format", "json").stdout)
    assert document["schema"] == "wfp-ops/changes/1"
    assert document["counts"]["namespaces"] == {"added": 1, "removed": 1}
    assert {row["change"] for row in document["findings"]} == {"new", "resolved", "open"}
    table = command("snapshot", "diff")
    assert table.exit_code == 0
    assert re.search(r"removed +customer-9", table.stdout)
    assert re.search(r"resolved +warning +orphaned +customer-9", table.stdout)
    assert document == json.loads(command("snapshot", "diff", "1", "2", "--format", "json").stdout)
    back = json.loads(command("snapshot", "diff", "2", "1", "--format", "json").stdout)
    assert back["counts"]["findings"]["new"] == document["counts"]["findings"]["resolved"]


def test_csv_is_safe_for_a_spreadsheet(command, account, empty_sandbox):
    """One table with all three parts; a name that starts a formula is defused unless --raw is given."""
    command("snapshot", "save", account)
    _change(empty_sandbox)
    command("snapshot", "save")
    rows = list(csv.DictReader(io.StringIO(command("snapshot", "diff", "--format", "csv").stdout)))
    assert {row["about"] for row in rows} == {"namespace", "finding"}
    assert "'-payload" in {row["namespace"] for row in rows}
    raw = command("snapshot", "diff", "--format", "csv", "--raw").stdout
    assert ",-payload," in raw


def test_the_audit_says_what_changed(command, account, empty_sandbox):
    """Nothing on the first audit; then new, resolved and open in a line, and in the document."""
    assert "since the last audit" not in command("audit", account).stdout
    _change(empty_sandbox)
    page = command("audit").stdout
    said = "since the last audit (23 Nov 2026, 12:00 UTC): 2 new, 2 resolved, 3 still open (oldest since 2026-11-23)"
    assert said in " ".join(page.split())
    document = json.loads(command("audit", "--format", "json").stdout)
    assert document["changes"]["snapshot"].startswith("0002-")
    assert document["changes"]["counts"]["findings"].keys() == {"open"}


def test_no_save(command, account):
    """``--no-save`` leaves nothing behind."""
    assert command("audit", "--no-save", account).exit_code == 0
    listed = command("snapshot", "list")
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert "wfp-ops audit" in listed.stderr


def test_accepting_a_list(command, account, tmp_path):
    """What was accepted is said; a list that lost too much exits with 4 until a reason is given."""
    first = command("audit", "--accept", account)
    assert first.exit_code == 0
    assert "accepted: 3 customers of " in first.stderr
    assert "snapshot 0001-" in first.stderr
    (tmp_path / "customers.csv").write_text("customer_id,status\n1,active\n", encoding="utf-8")
    refused = command("audit", "--accept", "--format", "json")
    assert refused.exit_code == 4
    assert json.loads(refused.stdout)["schema"] == "wfp-ops/audit/1"
    assert "2 of the 3 accepted customers are gone" in refused.stderr
    assert "--reason" in refused.stderr
    listed = json.loads(command("snapshot", "list", "--format", "json").stdout)
    assert [row["accepted"] for row in listed] == [False, True]
    forced = command("audit", "--accept", "--reason", "two contracts ended")
    assert forced.exit_code == 0
    assert "0 more and 2 fewer" in forced.stderr


def test_a_broken_snapshot_is_listed_as_broken(command, account, tmp_path):
    """The list shows it with its problem and warns; naming it fails with the file's name."""
    for _ in range(3):
        command("snapshot", "save", account)
    (file,) = tmp_path.glob("state/accounts/*/snapshots/0002-*/findings.parquet")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    listed = command("snapshot", "list")
    assert listed.exit_code == 0
    assert "0002-20261123T1200" in listed.stdout
    assert re.search(r"0002-\S+ can't be used, the others can: findings.parquet is cut", listed.stderr)
    named = command("snapshot", "diff", "2")
    assert (named.exit_code, named.stdout) == (1, "")
    assert "findings.parquet" in named.stderr
    default = command("snapshot", "diff", "--format", "json")
    assert json.loads(default.stdout)["before"].startswith("0001-")
    assert "0002-" in default.stderr


def test_a_state_folder_in_the_way(command, account, tmp_path):
    """The audit is shown and says that it is not kept; saving and listing fail, with what to do."""
    (tmp_path / "state").write_text("no folder", encoding="utf-8")
    shown = command("audit", "--format", "csv", account)
    assert shown.exit_code == 0
    assert "orphaned" in shown.stdout
    assert "this audit is not kept" in shown.stderr
    assert "not kept" in command("audit").stdout
    for words in (("snapshot", "save"), ("snapshot", "list"), ("snapshot", "diff"), ("audit", "--accept")):
        failed = command(*words)
        assert failed.exit_code == 1, words
        assert "state_dir" in failed.stderr
        assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "--reason", "x"),
        ("audit", "--accept", "--no-save"),
        ("snapshot", "diff", "1", "--since", "7d"),
        ("snapshot", "diff", "--since", "yesterday"),
        ("snapshot", "list", "--raw"),
    ],
    ids=" ".join,
)
def test_wrong_usage(command, account, words):
    """What can't be meant exits with 2."""
    command("snapshot", "save", account)
    result = command(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_nothing_is_kept_yet(command, account):
    """A comparison without an audit fails with the way to make one."""
    result = command("snapshot", "diff", "--since", "7d", account)
    assert result.exit_code == 1
    assert "wfp-ops audit" in result.stderr
