"""``wfp-ops cost`` against a real sandbox."""

import csv
import io
import json

import pytest

from wfp_ops.frames.usage import COST


def money(line):
    """The last figure of a table's line."""
    return float(line.split()[-1].replace(",", ""))


def test_the_table(command, acme):
    """Who costs most, the others as one line, nobody's rows, and a total that they add up to."""
    result = command("cost", "--month", "2026-10", "--limit", "3", acme.environment)
    assert result.exit_code == 0, result.stderr
    lines = [line.rstrip() for line in result.stdout.splitlines() if line.strip()]
    heading, _, *rows = lines
    assert heading.split()[-2:] == ["total", "$"]
    assert [line.split("  ")[0] for line in rows[-3:]] == ["unallocated", "dispatcher", "total"]
    assert " others" in rows[3]
    assert round(sum(map(money, rows[:-1])), 2) == money(rows[-1])
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert f"2026-10: {money(rows[-1]):,.2f} US dollars" in result.stderr
    assert "allotments: proportional" in result.stderr
    assert "note: no customer list is given" in result.stderr


def test_a_wide_table_shows_what_was_used(command, acme, monkeypatch):
    """With revenue in the list there is a margin."""
    monkeypatch.setenv("COLUMNS", "150")
    words = ("cost", "--month", "2026-10", "--limit", "2", "--customers", acme.customers)
    result = command(*words, acme.environment)
    assert result.exit_code == 0, result.stderr
    heading = result.stdout.splitlines()[0]
    for word in ("requests", "CPU (s)", "Workers", "base $", "margin"):
        assert word in heading
    assert "records are set aside, and what is theirs is unallocated" in result.stderr
    monkeypatch.setenv("COLUMNS", "60")
    narrow = command(*words, acme.environment)
    assert max(map(len, narrow.stdout.splitlines())) <= 60


def test_the_margin_is_that_of_the_total_beside_it(command, acme, monkeypatch):
    """What all customers pay less all that is shown: also what is unallocated is paid for."""
    monkeypatch.setenv("COLUMNS", "150")
    words = ("cost", "--month", "2026-10", "--limit", "2", "--customers", acme.customers, acme.environment)
    table = command(*words).stdout
    document = json.loads(command(*words, "--format", "json").stdout)
    paid = sum(row["mrr"] or 0 for row in document["rows"])
    total, margin = (float(word.replace(",", "")) for word in table.splitlines()[-1].split()[-2:])
    assert total == float(document["total"])
    assert margin == pytest.approx(paid - total, abs=0.005)
    unowned = sum(row["total"] for row in document["rows"] if row["mrr"] is None)
    assert unowned > 0


def test_for_programs(command, acme):
    """The document on stdout and nothing else; CSV with every column."""
    result = command("cost", "--month", "2026-10", "--format", "json", acme.environment)
    document = json.loads(result.stdout)
    assert document["schema"] == "wfp-ops/cost/1"
    assert document["complete"] is True
    cents = [round(row["total"] * 100) for row in document["rows"]]
    assert sum(cents) == round(float(document["total"]) * 100)
    table = command("cost", "--month", "2026-10", "--format", "csv", acme.environment)
    rows = list(csv.reader(io.StringIO(table.stdout)))
    assert rows[0] == list(COST.names)
    assert len(rows) == len(document["rows"]) + 1


def test_wrong_usage(command, acme, tmp_path):
    """A month that is none or has not begun, a table that is none: exit code 2, and what to do."""
    for words, said in (
        (("--month", "soon"), "no month"),
        (("--month", "2027-01"), "has not begun"),
        (("--share", "fair"), "no way to share"),
        (("--prices", tmp_path / "none.toml"), "can't be read"),
    ):
        result = command("cost", *words, acme.environment)
        assert (result.exit_code, result.stdout) == (2, ""), result.stderr
        assert said in result.stderr


def test_a_revenue_that_is_text(command, acme, tmp_path):
    """It leaves no margin, and the row and its words are told; the others keep theirs."""
    lines = acme.customers.read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("mrr")
    cells = lines[1].split(",")
    cells[place] = "a lot"
    path = tmp_path / "text.csv"
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]), encoding="utf-8")
    result = command("cost", "--month", "2026-10", "--customers", path, "--format", "json", acme.environment)
    assert result.exit_code == 0, result.stderr
    rows = {row["customer_id"]: row for row in json.loads(result.stdout)["rows"]}
    assert (rows[cells[0]]["mrr"], rows[cells[0]]["margin"]) == (None, None)
    assert "(row 2: 'a lot')" in result.stderr


def test_what_is_not_complete_says_so(command, acme):
    """The month under way: on stderr, and in each row of the CSV, which goes on without it."""
    result = command("cost", "--format", "csv", acme.environment)
    assert result.exit_code == 0, result.stderr
    assert "NOT complete: usage up to 2026-11-23T12:00" in result.stderr
    assert {row["complete"] for row in csv.DictReader(io.StringIO(result.stdout))} == {"False"}
    beyond = command("cost", "--month", "2026-08", acme.environment)
    assert (beyond.exit_code, beyond.stdout) == (1, "")
    assert "wfp-ops usage collect" in beyond.stderr
    assert "as a whole is 2026-09" in beyond.stderr
