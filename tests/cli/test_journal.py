"""``wfp-ops journal``: list, show, verify, resume, and the record for a customer who left, over a real sandbox."""

from __future__ import annotations

import csv
import io
import json
import re
import signal

import pytest
from support.journals import begin_facts, chain, facts_of, step, whole, write_journal
from support.shop import TRAFFIC

from wfp_ops.change.plan_file import read_plan
from wfp_ops.frames.applies import JOURNALS

pytest.importorskip("pty", reason="pseudo-terminals are POSIX's")
from support.terminal import at_a_terminal


@pytest.fixture
def applied(command, shop):
    """The journal of three deletions."""
    assert command("plan", "delete", *TRAFFIC, "--out", "plan.json").exit_code == 0
    digest = read_plan("plan.json").digest
    result = command("apply", "plan.json", "--approve", digest, "--journal", "acme.jsonl")
    assert result.exit_code == 0, result.stderr
    return shop.folder / "acme.jsonl"


@pytest.fixture
def cut(command, shop):
    """The journal of an apply of three deletions that Ctrl-C ended after the first."""
    assert command("plan", "delete", *TRAFFIC, "--out", "plan.json").exit_code == 0
    digest = read_plan("plan.json").digest
    with shop.sandbox.holding("DELETE") as held:
        ended = at_a_terminal(
            *("apply", "plan.json", "--approve", digest, "--journal", "acme.jsonl"),
            environment=shop.environment,
            folder=shop.folder,
            answers=[("0 of 3", signal.SIGINT), ("cancelling", held.release)],
        )
    assert ended.code == 5, ended.shown
    return shop.folder / "acme.jsonl"


def test_show(command, applied):
    """Line by line in words, the steps' names below each other; as JSON the very rows."""
    result = command("journal", "show", "acme.jsonl")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert re.match(r"2027-02-15 12:00:\d\d {4,}began: delete 3 namespaces in ", lines[0])
    assert "approved by digest" in lines[0]
    assert re.match(
        r"2027-02-15 12:00:\d\d  0  delete customer-50  archived as \S+; can't be brought", lines[1]
    )
    assert lines[-1].endswith("ended: 3 done, 0 dropped, 0 failed, 0 left; complete")
    rows = json.loads(command("journal", "show", "acme.jsonl", "--format", "json").stdout)
    assert len(rows) == len(lines)
    assert set(rows[1]) == {"at", "step", "action", "namespace", "worker", "what"}


def test_show_and_verify_need_no_account(command, tmp_path):
    """A journal that was copied somewhere can be looked at there."""
    write_journal(tmp_path / "copied.jsonl", whole())
    assert command("journal", "show", "copied.jsonl").exit_code == 0
    result = command("journal", "verify", "copied.jsonl")
    assert result.exit_code == 0
    assert result.stdout.startswith("complete: 14 whole records\nlast hash: ")
    departure = command("journal", "show", "copied.jsonl", "--customer", "8")
    assert departure.exit_code == 0
    assert json.loads(departure.stdout)["schema"] == "wfp-ops/departure/1"


def test_verify_an_unfinished_one(command, tmp_path):
    """It says that it can be resumed, and what was torn; that is no failure."""
    path = write_journal(tmp_path / "cut.jsonl", chain("begin", "archived", "intent"))
    path.write_bytes(path.read_bytes() + b'{"n":3,"at":"2026')
    result = command("journal", "verify", "cut.jsonl")
    assert result.exit_code == 0
    assert result.stdout.startswith("unfinished: 3 whole records; it can be resumed\n")
    assert "note: the last line is torn" in result.stdout
    document = json.loads(command("journal", "verify", "cut.jsonl", "--format", "json").stdout)
    assert (document["state"], document["records"], document["torn_bytes"]) == ("unfinished", 3, 17)


def test_a_tampered_one(command, tmp_path):
    """Verify exits with 1 and says where; show ends where it was changed, without a document."""
    path = write_journal(tmp_path / "t.jsonl", whole())
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b"it is gone", b"it is here")
    path.write_bytes(b"".join(lines))
    result = command("journal", "verify", "t.jsonl")
    assert result.exit_code == 1
    assert result.stdout.startswith("TAMPERED (line 5): ")
    document = json.loads(command("journal", "verify", "t.jsonl", "--format", "json").stdout)
    assert (document["state"], document["line"]) == ("tampered", 5)
    shown = command("journal", "show", "t.jsonl")
    assert (shown.exit_code, len(shown.stdout.splitlines())) == (1, 4)
    assert "line: 5" in shown.stderr
    assert command("journal", "show", "t.jsonl", "--format", "json").stdout == ""
    departure = command("journal", "show", "t.jsonl", "--customer", "7")
    assert (departure.exit_code, departure.stdout) == (1, "")


def test_hostile_names_in_a_journal(command, tmp_path):
    """They stand in their own line, spelt out."""
    begin = begin_facts(step("new\nline\x1b[31m"), confirmation="delete\x1b[2J")
    facts = facts_of("dropped", 0, detail="\u202eback\r\n")
    write_journal(tmp_path / "h.jsonl", chain(("begin", begin), ("dropped", facts)))
    shown = command("journal", "show", "h.jsonl").stdout
    assert len(shown.splitlines()) == 2
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_departure_of_one_customer(command, shop, applied):
    """All journals of the account where no file is named: what was done for this one, not a word of others."""
    result = command("journal", "show", "--customer", "50")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    (found,) = document["journals"]
    assert [each["namespace"] for each in found["steps"]] == ["customer-50"]
    assert "customer-51" not in result.stdout
    nobody = command("journal", "show", "--customer", "1")
    assert json.loads(nobody.stdout)["journals"] == []
    assert "No journal says" in nobody.stderr


def test_what_was_brought_back_is_no_departure(command, shop, applied):
    """The restore stands in the file, and is said beside it."""

    def document():
        result = command("journal", "show", "--customer", "50")
        assert result.exit_code == 0, result.stderr
        assert "customer-51" not in result.stdout
        return json.loads(result.stdout)["journals"], "proves no departure" in result.stderr

    ((deleted,), said) = document()
    assert (deleted["restores"], said) == (None, False)
    archive = deleted["steps"][0]["archive"]
    assert command("restore", archive, "--out", "back.json").exit_code == 0
    later = {"WFP_OPS_NOW": "2027-02-15T12:10:00Z"}
    assert command("apply", "back.json", "--approve", read_plan("back.json").digest, later).exit_code == 0
    journals, said = document()
    assert said
    (restored,) = [each for each in journals if each["restores"] == archive]
    first = restored["steps"][0]
    assert (first["action"], first["result"]) == ("create_namespace", "done")
    assert {each["namespace"] for each in restored["steps"]} == {"customer-50"}


def test_list(command, shop, applied):
    """Each apply with its counts, words and path; one whose file is gone is told."""
    rows = json.loads(command("journal", "list", "--format", "json").stdout)
    assert [list(row) for row in rows] == [JOURNALS.names]
    assert (rows[0]["state"], rows[0]["done"], rows[0]["journal"]) == ("complete", 3, str(applied))
    shown = command("journal", "list").stdout
    assert re.search(r"✔ complete +2027-02-15 12:00 UTC  3 done\n", shown)
    assert f"  {applied}\n" in shown
    (row,) = csv.DictReader(io.StringIO(command("journal", "list", "--format", "csv").stdout))
    assert row["state"] == "complete"
    applied.unlink()
    gone = command("journal", "list").stdout
    assert "✖ missing" in gone
    assert "there is no such file any more" in gone


def test_an_empty_list(command, shop):
    """Nothing was applied: said on stderr, an empty array for programs."""
    result = command("journal", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing was applied" in result.stderr
    assert command("journal", "list", "--format", "json").stdout == "[]\n"


def test_resume(command, shop, cut):
    """What was left is done, without a question; the record is one, and complete."""
    assert len(shop.deletable) == 2
    assert "▲ unfinished" in command("journal", "list").stdout
    result = command("journal", "resume", "acme.jsonl", "--format", "json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert (document["done"], document["left"], document["complete"]) == (3, 0, True)
    assert shop.deletable == set()
    assert command("journal", "verify", "acme.jsonl").stdout.startswith("complete: ")
    again = command("journal", "resume", "acme.jsonl")
    assert (again.exit_code, shop.deletable) == (0, set())


def test_resume_that_is_cut_again(shop, cut):
    """Ctrl-C ends a resume as it ends an apply: exit 5, and on it goes another time."""
    with shop.sandbox.holding("DELETE") as held:
        ended = at_a_terminal(
            *("journal", "resume", "acme.jsonl"),
            environment=shop.environment,
            folder=shop.folder,
            answers=[("1 of 3", signal.SIGINT), ("cancelling", held.release)],
        )
    assert ended.code == 5, ended.shown
    assert "2 done, 1 left" in ended.stdout


def test_resume_refuses(command, shop, cut, tmp_path):
    """A journal of nobody's apply exits with 4, a tampered one and a missing one with 1."""
    write_journal(tmp_path / "other.jsonl", whole())
    assert command("journal", "resume", "missing.jsonl").exit_code == 1
    content = cut.read_bytes()
    (tmp_path / "copy.jsonl").write_bytes(content)
    copied = command("journal", "resume", "copy.jsonl")
    assert (copied.exit_code, copied.stdout) == (4, "")
    assert "no apply that was confirmed here" in copied.stderr
    cut.write_bytes(content.replace(b"customer-51", b"customer-11"))
    assert command("journal", "resume", "acme.jsonl").exit_code == 1
    assert len(shop.deletable) == 2


@pytest.mark.parametrize(
    "words", [("show",), ("verify",), ("resume",), ("list", "--raw"), ("show", "a", "--format", "csv")]
)
def test_wrong_usage(command, tmp_path, words):
    """What can't be meant exits with 2."""
    result = command("journal", *words)
    assert (result.exit_code, result.stdout) == (2, "")
