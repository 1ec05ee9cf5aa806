"""``wfp-ops usage collect``: what it prints, where it writes, how it ends."""

from __future__ import annotations

import json

import pytest
from support.fake_analytics import LIMITS, FakeAnalytics, refusal
from support.history_site import traffic

DAYS = ("2026-11-21T12:00:00Z", 48)


@pytest.fixture
def environment(stub_environment):
    """The account, at a moment that does not change."""
    return {**stub_environment, "WFP_OPS_NOW": "2026-11-23T12:00:00Z"}


@pytest.fixture
def endpoint(stub_server):
    """An account of four Workers, two days of which can be told."""
    fake = FakeAnalytics(traffic(*DAYS), limits={**LIMITS, "notOlderThan": 3 * 86400})
    stub_server.on("POST", "/graphql", fake)
    return fake


def test_collected(command, endpoint, environment, tmp_path):
    """The folder on stdout, what was done on stderr; again, there is nothing new."""
    result = command("usage", "collect", environment)
    assert result.exit_code == 0
    (folder,) = (tmp_path / "state" / "accounts").glob("*/history")
    assert result.stdout == f"{folder}\n"
    assert "71 hours between 2026-11-20T13:00:00Z and 2026-11-23T13:00:00Z" in result.stderr
    result = command("usage", "collect", "--format", "json", environment)
    document = json.loads(result.stdout)
    assert document["schema"] == "wfp-ops/collect/1"
    assert document["history"] == str(folder)
    assert document["hours"] == 1


def test_read_with_what_was_collected(command, endpoint, environment):
    """``wfp-ops usage`` says what came from where; ``--live`` asks analytics alone."""
    command("usage", "collect", environment)
    words = ("usage", "--start", "2026-11-22", "--end", "2026-11-23", "--format", "json")
    kept = command(*words, environment)
    live = command(*words, "--live", environment)
    assert json.loads(kept.stdout) == json.loads(live.stdout)
    assert "from the history: 2026-11-22T00:00:00Z to 2026-11-23T00:00:00Z" in kept.stderr
    assert "history" not in live.stderr


def test_into_a_folder(command, endpoint, environment, tmp_path):
    """Of one's own choice."""
    result = command("usage", "collect", "--last", "1d", "--into", tmp_path / "kept", environment)
    assert result.exit_code == 0
    assert len(list((tmp_path / "kept").glob("*/hours/day=*/usage.parquet"))) == 2


def test_a_failure_after_some_of_it(command, endpoint, stub_server, environment):
    """Exit code 5: what was put down stays, and the same command goes on from there."""
    asked = []

    def failing(got):
        asked.append(got)
        return refusal("query contains error: no") if len(asked) > 3 else endpoint(got)

    stub_server.on("POST", "/graphql", failing)
    result = command("usage", "collect", environment)
    assert result.exit_code == 5
    assert "11 hours were put down" in result.stderr
    assert result.stdout == ""
    stub_server.on("POST", "/graphql", endpoint)
    assert command("usage", "collect", environment).exit_code == 0


def test_a_failure_before_anything(command, stub_server, environment):
    """Exit code 1, as ever."""
    stub_server.on("POST", "/graphql", refusal("not authorized for that account"))
    result = command("usage", "collect", environment)
    assert result.exit_code == 1
    assert "Account Analytics: Read" in result.stderr


def test_a_broken_file(command, endpoint, environment, tmp_path):
    """Exit code 1, with its path and what to do."""
    command("usage", "collect", environment)
    (path,) = (tmp_path / "state").rglob("hours/day=2026-11-22/usage.parquet")
    path.write_bytes(b"PAR1")
    result = command("usage", "--start", "2026-11-22", "--end", "2026-11-23", environment)
    assert result.exit_code == 1
    assert str(path) in result.stderr
    assert "backup" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("collect", "--last", "year"), "no span"),
        (("--last", "3d", "collect"), "put it after"),
        (("collect", "--into", "nonsense://x"), "URL"),
        (("collect", "--format", "csv"), "csv"),
    ],
)
def test_wrong_words(command, endpoint, environment, words, said):
    """Exit code 2, and nothing on stdout."""
    result = command("usage", *words, environment)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
