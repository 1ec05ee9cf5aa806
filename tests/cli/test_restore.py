"""``wfp-ops restore``: the way back as a plan, what it can't bring, and the comparison, over a real sandbox."""

from __future__ import annotations

import csv
import io
import json

import pytest
from support.shop import TRAFFIC

from wfp_ops.change.plan_file import read_plan
from wfp_ops.frames.changing import COMPARISON

BACK = ("restore", "customer-50", "--out", "back.json")


@pytest.fixture
def deleted(command, shop):
    """The account after its deletions."""
    assert command("plan", "delete", *TRAFFIC, "--out", "plan.json").exit_code == 0
    digest = read_plan("plan.json").digest
    assert command("apply", "plan.json", "--approve", digest).exit_code == 0
    return shop


def test_there_and_back(command, deleted):
    """Compared, planned, applied, compared again: all but the secret is back, and that is said each time."""
    before = command("restore", "customer-50", "--check")
    assert before.exit_code == 3
    assert "✖ missing  the namespace" in before.stdout
    made = command(*BACK)
    assert made.exit_code == 0, made.stderr
    assert "What does not come back with it" in made.stdout
    assert "'API_KEY'" in made.stdout
    plan = read_plan("back.json")
    assert [step.action for step in plan.steps] == ["create_namespace", "put_worker"]
    assert "wfp-ops apply back.json" in made.stderr
    assert "plan rehearse" not in made.stderr
    done = command("apply", "back.json", "--approve", plan.digest)
    assert done.exit_code == 0, done.stderr
    assert "What did not come back with it" in done.stdout
    assert "The archive against what is there now" in done.stdout
    assert "put the secrets API_KEY again" in " ".join(done.stdout.split())
    assert "customer-50" in deleted.names
    after = command("restore", "customer-50", "--check", "--format", "json")
    assert after.exit_code == 3
    rows = json.loads(after.stdout)
    assert [list(row) for row in rows] == [COMPARISON.names] * 2
    assert [row["verdict"] for row in rows] == ["equal", "equal"]


def test_all_is_equal(command, deleted):
    """Nothing is left to do: exit 0."""
    assert command("restore", "customer-51", "--out", "back.json").exit_code == 0
    digest = read_plan("back.json").digest
    assert command("apply", "back.json", "--approve", digest, "--format", "json").exit_code == 0
    check = command("restore", "customer-51", "--check", "--format", "csv")
    assert check.exit_code == 0
    assert [row["verdict"] for row in csv.DictReader(io.StringIO(check.stdout))] == ["equal"]


def test_what_is_there_is_left_alone(command, deleted):
    """A restore of what is back already has nothing to do: exit 4, with the reason."""
    assert command(*BACK).exit_code == 0
    assert command("apply", "back.json", "--approve", read_plan("back.json").digest).exit_code == 0
    again = command(*BACK)
    assert again.exit_code == 4
    assert "a Worker of that name is there already" in again.stderr


def test_an_unknown_archive(command, deleted):
    """Exit 1, and where to look."""
    for words in (("--out", "back.json"), ("--check",)):
        result = command("restore", "nobody", *words)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "there is no archive 'nobody'" in result.stderr
        assert "wfp-ops archive list" in result.stderr


def test_formats_of_the_plan(command, deleted):
    """As for any plan."""
    for chosen in ("json", "markdown", "html"):
        result = command(*BACK, "--format", chosen)
        assert (chosen, result.exit_code) == (chosen, 0)
        assert read_plan("back.json").digest in result.stdout


WRONG = [
    (),
    ("--check", "--out", "back.json"),
    ("--check", "--expires", "2d"),
    ("--check", "--override", "state=because"),
    ("--check", "--format", "markdown"),
    ("--out", "back.json", "--format", "csv"),
    ("--out", "back.json", "--raw"),
    ("--out", "back.json", "--expires", "9d"),
    ("--out", "back.json", "--override", "nope=because"),
    ("--out", "customers.csv"),
]


def test_wrong_usage(command, shop):
    """What can't be meant exits with 2."""
    for words in WRONG:
        result = command("restore", "customer-50", *words)
        assert (words, result.exit_code, result.stdout) == (words, 2, "")
        assert result.stderr
