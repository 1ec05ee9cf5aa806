"""The audit of the demo's account against the truth that was written down while it was made."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.sandbox_server import running_sandbox

import wfp_ops
from wfp_ops.clock import parse_time

NOW = "2026-11-23T12:00:00Z"


@pytest.fixture(scope="module", params=[1, 2, 3], ids=lambda seed: f"seed {seed}")
def audited(request, tmp_path_factory) -> tuple[wfp_ops.Audit, dict[str, Any]]:
    """The audit of one made-up account, and what it ought to find."""
    folder: Path = tmp_path_factory.mktemp("acme")
    customers = folder / "customers.csv"
    with running_sandbox(
        "acme", seed=request.param, now=parse_time(NOW), write_customers=customers
    ) as server:
        truth = server.control("GET", "truth")["truth"]
        access = {"account_id": server.account_id, "token": server.token, "base_url": server.base_url}
        with (
            pytest.MonkeyPatch.context() as patch,
            wfp_ops.connect(**access, config=_settings(folder, patch), now=NOW) as account,
        ):
            return account.audit(customers), truth


def _settings(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    for name in ("WFP_OPS_NOW", "WFP_OPS_STATE_DIR"):
        patch.delenv(name, raising=False)
    path = folder / "wfp-ops.toml"
    path.write_text(f"state_dir = '{folder / 'state'}'\n", encoding="utf-8")
    return path


def test_every_namespace_has_its_true_state(audited):
    """Name by name, the audit says what the account's maker meant."""
    audit, truth = audited
    rows = audit.joined.dropna(subset="namespace").drop_duplicates("namespace")
    found = rows.set_index("namespace")["namespace_state"].to_dict()
    meant = {name: told["state"] for name, told in truth["namespaces"].items()}
    assert {name: (found.get(name), state) for name, state in meant.items() if found.get(name) != state} == {}
    assert found.keys() == meant.keys()


def test_every_customer_state_is_as_often_as_meant(audited):
    """The states of customers add up to the truth's counts."""
    audit, truth = audited
    assert audit.counts["states"]["customers"] == truth["counts"]["states"]["customers"]
    assert len(audit.set_aside) == truth["counts"]["set_aside"]


def test_every_flag_is_as_often_as_meant(audited):
    """Each flag of this version stands as often as the account's maker meant it to."""
    audit, truth = audited
    states = set(audit.counts["states"]["namespaces"]) | set(audit.counts["states"]["customers"])
    found = {kind: count for kind, count in audit.counts["findings"].items() if kind not in states}
    told = truth["counts"]["flags"]
    assert {kind: count for kind, count in found.items() if kind not in audit.by_usage} == told


def test_usage_flags_are_as_meant(audited):
    """Idle is who was never asked for, or not in a month; live after churn is the one whose traffic stayed."""
    audit, truth = audited
    empty = {flag["namespace"] for flag in truth["flags"] if flag["kind"] == "empty"}
    month_ago = parse_time(NOW) - timedelta(days=30)
    idle = {
        name
        for name, story in truth["traffic"].items()
        if story["kind"] == "quiet" or (story["until"] and parse_time(story["until"]) < month_ago)
    }
    stayed = {name for name, story in truth["traffic"].items() if story["kind"] == "after_churn"}
    changed = audit.namespaces[audit.namespaces["modified_on"] > month_ago]  # may have had another name
    found = audit.findings.groupby("kind")["namespace"].agg(set)
    assert found["idle"] == idle - empty - set(changed["namespace"])
    assert found["live_after_churn"] == stayed
    assert set(audit.by_usage) == {"idle", "live_after_churn"}
