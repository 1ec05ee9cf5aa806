"""One sandbox for several processes: found by its folder, left by each, ended by who started it."""

from __future__ import annotations

import pytest

import wfp_ops
from wfp_ops.account.shared_sandbox import SHARED_VARIABLE, shared_sandbox
from wfp_ops.clock import parse_time
from wfp_ops.errors import SandboxError

NOW = "2026-11-23T12:00:00Z"


def test_who_joins_it_works_on_the_same_account(monkeypatch):
    """Changes, marks and journals of one are the other's; closing one leaves it to the other."""
    with shared_sandbox(now=parse_time(NOW)) as folder:
        monkeypatch.setenv(SHARED_VARIABLE, str(folder))
        with wfp_ops.connect("sandbox") as first:
            plan = first.plan_create_namespace("customer-9001")
            first.apply(plan, confirm=plan.confirmation)
        with wfp_ops.connect("sandbox") as second:
            assert second.namespace("customer-9001").name == "customer-9001"
            assert len(second.journals()) == 1
            assert len(second.customers()) > 100
            assert second.name == "sandbox"


def test_its_clock_counts(monkeypatch):
    """Who comes later has the sandbox's time, not the moment at which a notebook says it begins."""
    with shared_sandbox(now=parse_time("2026-12-01T08:00:00Z")) as folder:
        monkeypatch.setenv(SHARED_VARIABLE, str(folder))
        with wfp_ops.connect("sandbox", now=NOW) as account:
            assert account.clock.now().isoformat().startswith("2026-12-01T08:0")


def test_another_seed_is_another_sandbox(monkeypatch):
    """Who asks for a seed of their own gets one of their own."""
    with shared_sandbox(now=parse_time(NOW)) as folder:
        monkeypatch.setenv(SHARED_VARIABLE, str(folder))
        with wfp_ops.connect("sandbox") as shared, wfp_ops.connect("sandbox", seed=99, now=NOW) as own:
            assert own.base_url != shared.base_url


def test_one_that_has_ended(monkeypatch, tmp_path):
    """It is said in words, with what to do; nothing else is started in its place."""
    with shared_sandbox(now=parse_time(NOW)) as folder:
        word = (folder / "running.json").read_bytes()
    assert not folder.exists()
    monkeypatch.setenv(SHARED_VARIABLE, str(folder))
    with pytest.raises(SandboxError, match="names no sandbox that runs") as gone:
        wfp_ops.connect("sandbox")
    assert "wfp-ops lab --sandbox" in str(gone.value)
    (tmp_path / "running.json").write_bytes(word)
    monkeypatch.setenv(SHARED_VARIABLE, str(tmp_path))
    with pytest.raises(SandboxError, match="has ended"):
        wfp_ops.connect("sandbox")


def test_a_word_that_is_none(monkeypatch, tmp_path):
    """A file that says something else is no sandbox."""
    (tmp_path / "running.json").write_text('{"base_url": 1', encoding="utf-8")
    monkeypatch.setenv(SHARED_VARIABLE, str(tmp_path))
    with pytest.raises(SandboxError, match="names no sandbox"):
        wfp_ops.connect("sandbox")
