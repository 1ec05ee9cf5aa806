"""What an account remembers, over a real sandbox: audit, change something, audit again, compare."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from support.sandbox_server import clean_sandbox, running_sandbox

import wfp_ops
from wfp_ops.clock import parse_time
from wfp_ops.errors import RefusedError, SettingsError, SnapshotError, StateError

NOW = "2026-11-23T12:00:00Z"
LIST = pd.DataFrame({"customer_id": ["1", "2", "7"], "status": ["active", "active", "active"]})
NAMES = ("customer-1", "customer-2", "customer-07", "customer-9", "staging")


@pytest.fixture(scope="module")
def server():
    """One sandbox for the tests of this module."""
    with running_sandbox(now=parse_time(NOW)) as running:
        yield running


@pytest.fixture
def sandbox(server):
    """The same, with the five namespaces that each test begins with."""
    clean_sandbox(server).load(*NAMES)
    return server


@pytest.fixture
def connect(sandbox, tmp_path, monkeypatch):
    """Opens the account as of a moment, with settings of the test's choice and one state folder."""
    monkeypatch.chdir(tmp_path)
    for variable, value in sandbox.environment().items():
        monkeypatch.setenv(variable, value)
    opened = []

    def open_account(now: str = NOW, settings: str = "") -> wfp_ops.Account:
        (tmp_path / "wfp-ops.toml").write_text(f"state_dir = 'state'\n{settings}", encoding="utf-8")
        account = wfp_ops.connect(now=now)
        opened.append(account)
        return account

    yield open_account
    for account in opened:
        account.close()


def _rename(sandbox, old, new):
    assert sandbox.http.put(f"{sandbox.namespaces_url}/{old}", json={"name": new}).status_code == 200


def _state(audit, name):
    return audit.joined.set_index("namespace")["namespace_state"][name]


def test_audit_change_audit_again(connect, sandbox):
    """A rename, a deletion and a new namespace are told apart; findings are new, resolved and still open."""
    account = connect()
    first = account.audit(LIST)
    assert first.changes is None
    assert first.to_dict()["changes"] is None
    _rename(sandbox, "staging", "preview")
    assert sandbox.http.delete(f"{sandbox.namespaces_url}/customer-9").status_code == 200
    assert sandbox.http.post(sandbox.namespaces_url, json={"name": "customer-11"}).status_code == 200
    second = account.audit(LIST)
    rows = second.changes.namespaces[["change", "namespace"]].to_numpy().tolist()
    assert rows == [["added", "customer-11"], ["removed", "customer-9"], ["renamed", "preview"]]
    findings = set(
        second.changes.findings[["change", "kind", "namespace"]].itertuples(index=False, name=None)
    )
    assert {
        ("new", "orphaned", "customer-11"),
        ("resolved", "orphaned", "customer-9"),
        ("open", "unrecognised", "preview"),
    } <= findings
    stored = account.changes()
    assert (stored.before, stored.after) == (first.snapshot, second.snapshot)
    assert stored.to_dict() == second.changes.to_dict()
    assert second.to_dict()["changes"]["counts"]["findings"] == stored.counts["findings"]
    said = f"since the last audit ({stored.since:%Y-%m-%dT%H:%M:%SZ}): {stored.headline()}"
    assert said in repr(second)
    assert said in second._repr_html_()


def test_since_a_span_or_a_moment(connect, sandbox):
    """The newest audit against the last one of that time or before, by the account's own clock."""
    days = (2, 10, 20, 23)
    for number in days:
        connect(f"2026-11-{number:02}T12:00:00Z").audit(LIST)
        _rename(
            sandbox, "staging" if number == 2 else f"s{number}", f"s{days[min(days.index(number) + 1, 3)]}"
        )
    account = connect("2026-11-24T12:00:00Z")
    known = {name: name.split("-")[1][6:8] for name in account.snapshots()["snapshot"]}
    for since, base in (
        (None, "20"),
        ("24h", "23"),
        ("7d", "10"),
        ("2w", "10"),
        ("3w", "02"),
        (timedelta(days=4), "20"),
        ("2026-11-11", "10"),
        (datetime(2026, 11, 20, 13), "20"),  # noqa: DTZ001 (UTC, where nothing else is said)
        (datetime(2026, 11, 20, 12, 59, tzinfo=UTC), "20"),
        ("1w", "10"),
    ):
        changes = account.changes(since)
        assert known[changes.before] == base, since
        assert known[changes.after] == "23"
    assert account.changes("24h").empty
    assert "no audit since then" in account.changes("24h").notes[0]
    assert "nothing older is kept" in account.changes("90d").notes[0]
    assert account.changes(before="1", after="3").until == account.changes("3d").since
    for wrong in ("yesterday", "7", "-1d"):
        with pytest.raises(SettingsError, match="neither a span nor a moment"):
            account.changes(wrong)
    with pytest.raises(SettingsError, match="since"):
        account.changes("7d", before="1")


def test_nothing_and_only_one_to_compare(connect):
    """Without any audit that is said, with what to do; with one there is nothing to compare it with."""
    account = connect()
    with pytest.raises(SnapshotError, match="no audit"):
        account.changes()
    assert account.snapshots().empty
    account.audit(LIST)
    changes = account.changes()
    assert changes.empty
    assert "only one" in changes.notes[0]


def test_not_saved_and_saved_later(connect):
    """``save=False`` keeps nothing; ``save`` keeps it afterwards, once."""
    account = connect()
    audit = account.audit(LIST, save=False)
    assert (audit.snapshot, len(account.snapshots())) == (None, 0)
    saved = account.save(audit)
    assert account.save(saved) is saved
    frame = account.snapshots()
    assert frame["snapshot"].tolist() == [saved.snapshot]
    assert frame.loc[0, ["namespaces", "customers", "inventory", "accepted"]].tolist() == [
        5,
        3,
        "proven",
        False,
    ]


def test_suspects_stay_suspects_across_audits(connect, sandbox):
    """The near customer gets its own namespace, the suspect is renamed: it is one until it is accepted."""
    assert _state(connect().audit(LIST), "customer-07") == "suspect"
    sandbox.http.post(sandbox.namespaces_url, json={"name": "customer-7"})
    assert _state(connect().audit(LIST), "customer-07") == "suspect"
    _rename(sandbox, "customer-07", "customer-007")
    later = connect().audit(LIST)
    assert _state(later, "customer-007") == "suspect"
    assert "nobody has decided" in later.findings.set_index("kind")["detail"]["suspect"]
    decided = (
        '[[audit.accepted]]\nkind = "suspect"\nname = "customer-007"\nreason = "asked sales: nobody\'s"\n'
    )
    assert _state(connect(settings=decided).audit(LIST), "customer-007") == "orphaned"


def test_a_state_folder_that_can_not_be_used_is_said(connect, tmp_path):
    """The audit comes all the same, and its notes say what is not known and not kept; saving fails loudly."""
    account = connect()
    (tmp_path / "state" / "accounts").write_text("in the way", encoding="utf-8")
    audit = account.audit(LIST)
    assert audit.counts["namespaces"] == 5
    assert audit.snapshot is None
    notes = " ".join(audit.notes)
    assert "this audit is not kept" in notes
    assert "earlier audits are not known" in notes
    for attempt in (
        lambda: account.save(audit),
        lambda: account.accept(audit),
        account.snapshots,
        account.changes,
    ):
        with pytest.raises(StateError):
            attempt()


def test_a_broken_snapshot_is_passed_over_and_said(connect, tmp_path):
    """The next audit compares with the one before it, and says which one it could not use."""
    account = connect()
    good, bad = account.audit(LIST), account.audit(LIST)
    file = next(Path("state").rglob(f"{bad.snapshot}/states.parquet"))
    file.write_bytes(file.read_bytes()[:100])
    audit = account.audit(LIST)
    assert audit.changes.before == good.snapshot
    assert any(bad.snapshot in note for note in audit.notes)
    problems = account.snapshots().set_index("snapshot")["problem"]
    assert "states.parquet is cut" in problems[bad.snapshot]
    assert problems.isna().sum() == 2
    with pytest.raises(SnapshotError, match="cut"):
        account.changes(before=bad.snapshot)
    assert any(bad.snapshot in note for note in account.changes().notes)
    oldest = next(Path("state").rglob(f"{good.snapshot}/manifest.json"))
    oldest.write_bytes(b"{")
    assert any(good.snapshot in note for note in account.changes("90d").notes)


def test_retention(connect):
    """Old snapshots go with the next audit, but never the newest and never the accepted one."""
    settings = "[memory]\nkeep_days = 5\nkeep_at_least = 1\n"
    first = connect("2026-11-01T12:00:00Z", settings)
    accepted = first.accept(first.audit(LIST)).snapshot
    for number in (2, 3, 20):
        last = connect(f"2026-11-{number:02}T12:00:00Z", settings).audit(LIST)
    kept = connect("2026-11-20T13:00:00Z", settings).snapshots()
    assert kept["snapshot"].tolist() == [last.snapshot, accepted]
    assert kept["accepted"].tolist() == [False, True]


def test_accepting(connect):
    """A first list is accepted; one that lost too much, or an unproven inventory, is not."""
    account = connect()
    made = account.accept(account.audit(LIST, save=False))
    assert (made.customers, made.lost, made.gained) == (3, 0, 3)
    short = account.audit(LIST.iloc[:1])
    with pytest.raises(RefusedError, match="2 of the 3 accepted customers are gone"):
        account.accept(short)
    assert account.snapshots().set_index("accepted")["snapshot"][True] == made.snapshot
    assert account.accept(short, "two contracts ended").lost == 2
    with pytest.raises(RefusedError, match="another account"):
        account.accept(replace(short, account_id="f" * 32), "a slip")


def test_the_built_in_sandbox_remembers_as_long_as_it_lives():
    """It keeps its snapshots in a folder of its own, which goes with it."""
    with wfp_ops.connect("sandbox", now=NOW) as account:
        assert account.audit().snapshot == account.audit().changes.before
        folder = account.state_dir
        assert len(list(folder.rglob("manifest.json"))) == 2
    assert not folder.exists()
