"""``wfp-ops usage`` against a real sandbox."""

from __future__ import annotations

import csv
import io
import json

import pytest
from support.fake_analytics import refusal

from wfp_ops.frames.usage import USAGE

DAY = ("--start", "2026-11-20", "--end", "2026-11-21", "--every", "none")


def numbers(line):
    """The figures of a table's line, without commas."""
    return [word.replace(",", "").rstrip("*%") for word in line.split() if word[0].isdigit()]


def test_the_table(command, acme):
    """Who used most, the others as one line, and the total; what it covers on stderr."""
    result = command("usage", *DAY[:4], "--by", "namespace", "--limit", "3", acme.environment)
    assert result.exit_code == 0, result.stderr
    lines = [line for line in result.stdout.splitlines() if line.strip()]
    heading, _, *top, others, total = lines
    assert "namespace" in heading
    assert "requests" in heading
    assert len(top) == 3
    assert " others" in others
    assert total.startswith("total of ")
    requests = [int(numbers(line)[-4 if "CPU (ms)" not in heading else -6]) for line in (*top, others, total)]
    assert sum(requests[:-1]) == requests[-1]
    assert requests[:3] == sorted(requests[:3], reverse=True)
    # one row for each, since a table shows no more
    assert f"{numbers(total)[0]} rows, proven complete" in result.stderr
    assert "2026-11-20T00:00:00Z to 2026-11-21T00:00:00Z" in result.stderr
    assert "proven complete: the rows add up to the total" in result.stderr
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_customers_by_name(command, acme):
    """Who reads the table knows customers by their names."""
    words = ("usage", *DAY, "--by", "customer", "--limit", "3", "--customers", acme.customers)
    result = command(*words, acme.environment)
    assert result.exit_code == 0, result.stderr
    names = {
        row["customer_id"]: row["name"]
        for row in csv.DictReader(acme.customers.read_text(encoding="utf-8").splitlines())
    }
    top = [line for line in result.stdout.splitlines()[2:5] if not line.startswith("—")]
    assert top
    assert all(names[line.split()[0]].split()[0] in line for line in top)


def test_for_programs(command, acme):
    """JSON and CSV hold every column of the frame, and the same number of rows."""
    words = ("usage", *DAY[:4], "--every", "6h", "--by", "namespace")
    rows = json.loads(command(*words, "--format", "json", acme.environment).stdout)
    lines = list(csv.DictReader(io.StringIO(command(*words, "--format", "csv").stdout)))
    assert list(rows[0]) == list(lines[0]) == USAGE.names
    assert len(rows) == len(lines) > 100
    assert {row["time"] for row in rows} == {f"2026-11-20T{hour:02}:00:00Z" for hour in (0, 6, 12, 18)}


@pytest.mark.parametrize("by", ["namespace,worker", "namespace", "customer", "account", "worker"])
def test_the_total_is_the_same(command, acme, by):
    """Whatever rows are told apart by."""
    words = ("usage", *DAY, "--customers", acme.customers, "--format", "json")
    rows = json.loads(command(*words, "--by", by, acme.environment).stdout)
    whole = json.loads(command(*words, "--by", "account", acme.environment).stdout)
    assert sum(row["requests"] for row in rows) == whole[0]["requests"]
    assert len(whole) == 1


def test_dispatchers(command, acme):
    """Stand apart."""
    result = command("usage", *DAY, "--dispatchers", "--format", "json", acme.environment)
    rows = json.loads(result.stdout)
    assert rows
    assert all(row["customer_id"] is None for row in rows)


def test_nothing_was_used(command, empty_sandbox):
    """A sentence, or an empty document."""
    environment = {**empty_sandbox.environment(), "WFP_OPS_NOW": "2026-11-23T12:00:00Z"}
    result = command("usage", *DAY, environment)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No usage shows in that time." in result.stderr
    assert json.loads(command("usage", *DAY, "--format", "json", environment).stdout) == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--start", "2027-01-01", "--end", "2027-02-01"), 2, "in the future"),
        (("--start", "2026-11-20", "--end", "2026-11-20"), 2, "when it begins"),
        (("--last", "year"), 2, "no span of time"),
        (("--every", "2h"), 2, "no buckets"),
        (("--by", "tenant"), 2, "not told apart"),
        (("--last", "400d"), 1, "reach back"),
        (("--raw",), 2, "--raw"),
        (("everything",), 2, "everything"),
    ],
)
def test_wrong_words(command, acme, words, code, said):
    """Each says what is wrong; nothing is on stdout."""
    result = command("usage", *words, acme.environment)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""


def test_no_permission(command, stub_server, stub_environment):
    """Exit code 1, and the permission by its name."""
    stub_server.on("POST", "/graphql", refusal("not authorized for that account"))
    result = command("usage", "--last", "1d", stub_environment)
    assert result.exit_code == 1
    assert "Account Analytics: Read" in result.stderr
