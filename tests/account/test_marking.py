"""Candidates for deletion over a real sandbox: marked, renamed, made again, come back; who may mark at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from support.audit_frames import audit_of, inventory, worker_inventory
from support.kept_audits import kept, state_folder
from support.sandbox_server import clean_sandbox, running_sandbox

import wfp_ops
from wfp_ops.account.marking import Difference, candidates_of, difference, without_id
from wfp_ops.account.protecting import check_name
from wfp_ops.audit.rules import Rules
from wfp_ops.clock import parse_time
from wfp_ops.errors import RefusedError, SettingsError, StateError
from wfp_ops.frames.columns import MARKS, PROTECTIONS, WORKERS
from wfp_ops.frames.provenance import Completeness, mark_complete
from wfp_ops.memory.snapshots import Snapshots

NOW = "2026-11-01T12:00:00Z"
LEFT = "2026-10-20"
LIST = pd.DataFrame(
    [("1", "active", None), ("2", "active", None), ("3", "churned", LEFT)],
    columns=["customer_id", "status", "churned_on"],
)
NAMES = ("customer-1", "customer-2", "customer-3", "customer-9")


def _at(number, hour=12):
    return f"2026-11-{number:02}T{hour:02}:00:00Z"


def _day(number):
    return pd.Timestamp(_at(number))


@pytest.fixture(scope="module")
def server():
    """One sandbox for the tests of this module."""
    with running_sandbox(now=parse_time(NOW)) as running:
        yield running


@pytest.fixture
def sandbox(server):
    """The same, with the four namespaces that each test begins with."""
    clean_sandbox(server).load(*({"name": name, "created_on": "2026-09-01T00:00:00Z"} for name in NAMES))
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


@pytest.fixture
def accepted(connect):
    """The account, once its list was accepted on the first of November."""
    account = connect()
    account.accept(account.audit(LIST))
    return account


def _seen(frame):
    """The day of the first sighting of each mark, by the namespace's name."""
    return {
        namespace: seen.day for namespace, seen in zip(frame["namespace"], frame["first_seen"], strict=True)
    }


def _rename(sandbox, old, new):
    assert sandbox.http.put(f"{sandbox.namespaces_url}/{old}", json={"name": new}).status_code == 200


def _make_again(sandbox, name):
    assert sandbox.http.delete(f"{sandbox.namespaces_url}/{name}").status_code == 200
    assert sandbox.http.post(sandbox.namespaces_url, json={"name": name}).status_code == 200


def _active(*ids):
    return LIST.assign(status=LIST["status"].mask(LIST["customer_id"].isin(ids), "active"))


def test_nothing_is_marked_before_a_list_is_accepted(connect):
    """Audits alone mark nothing, and make no fuss about it; accepting the list does."""
    account = connect()
    audit = account.audit(LIST)
    assert not any("marked" in note for note in audit.notes)
    assert account.marks().empty
    MARKS.check(account.marks())
    account.accept(audit)
    marks = account.marks()
    MARKS.check(marks)
    assert marks[["namespace", "state", "customer_id"]].to_numpy().tolist() == [
        ["customer-3", "churned", "3"],
        ["customer-9", "orphaned", "9"],
    ]
    assert (marks["deadline"] - marks["first_seen"] == timedelta(days=30)).all()
    assert marks["worker"].isna().all()


def test_the_clock_moves_on(accepted, connect):
    """Each kept audit brings the marks up to date; a first sighting stays, a new candidate gets its own."""
    first = accepted.marks()
    sandbox_list = LIST.assign(status=["active", "churned", "churned"])
    connect(_at(10)).audit(sandbox_list)
    assert _seen(connect(_at(20)).marks()) == {"customer-3": 1, "customer-9": 1, "customer-2": 10}
    connect(_at(30)).audit(sandbox_list)
    marks = connect(_at(30)).marks()
    assert marks["namespace"].tolist()[-1] == "customer-2"  # by the end of its grace
    pd.testing.assert_frame_equal(marks[marks["namespace"] != "customer-2"].reset_index(drop=True), first)
    assert marks["deadline"].iloc[-1].floor("D") == pd.Timestamp("2026-12-10", tz="UTC")


def test_a_later_date_of_leaving_moves_the_deadline_and_an_earlier_one_does_not(accepted, connect):
    """Nor does a shorter grace; a day that is still to come is no date."""
    for number, left, settings, ends in (
        (10, "2026-11-08", "", date(2026, 12, 8)),
        (11, LEFT, "[change]\ngrace_days = 1\n", date(2026, 12, 8)),
        (12, "2026-11-20", "", date(2026, 12, 8)),
        (13, "2026-11-08", "[change]\ngrace_days = 60\n", date(2027, 1, 7)),
    ):
        account = connect(_at(number), settings)
        account.audit(LIST.assign(churned_on=[None, None, left]))
        deadline = account.marks().set_index("namespace")["deadline"]["customer-3"]
        assert deadline.date() == ends, number


def test_a_rename_keeps_the_mark(accepted, connect, sandbox):
    """It is told by its id, and shown by its new name."""
    _rename(sandbox, "customer-9", "customer-90")
    connect(_at(10)).audit(LIST)
    assert _seen(accepted.marks()) == {"customer-3": 1, "customer-90": 1}


def test_deleted_and_made_again_starts_anew(accepted, connect, sandbox):
    """The name is the same, the namespace is not."""
    before = accepted.marks().set_index("namespace")["namespace_id"]["customer-9"]
    _make_again(sandbox, "customer-9")
    connect(_at(10)).audit(LIST)
    marks = accepted.marks().set_index("namespace")
    assert marks["first_seen"]["customer-9"].day == 10
    assert marks["namespace_id"]["customer-9"] != before
    assert len(marks) == 2


def test_a_customer_comes_back_and_leaves_again(accepted, connect):
    """In between it is no candidate; then it has its whole grace before it."""
    connect(_at(10)).audit(_active("3"))
    assert _seen(accepted.marks()) == {"customer-9": 1}
    connect(_at(20)).audit(LIST)
    assert _seen(accepted.marks()) == {"customer-9": 1, "customer-3": 20}


def test_a_clock_that_was_set_back_shortens_nothing(accepted, connect):
    """What it finds anew is dated to the latest marking, and what was known stays."""
    connect(_at(20)).audit(LIST)
    before = accepted.marks()
    account = connect("2026-06-01T00:00:00Z")
    account.audit(LIST.assign(status=["active", "churned", "churned"]))
    assert _seen(account.marks()) == {"customer-3": 1, "customer-9": 1, "customer-2": 20}
    kept = account.marks().head(2)
    pd.testing.assert_frame_equal(kept, before)


def test_a_list_that_lost_too_much_marks_nothing(accepted, connect):
    """The audit says so; asked for in so many words it is refused, and the marks stay as they are."""
    before = accepted.marks()
    account = connect(_at(10))
    short = account.audit(LIST.iloc[1:])
    assert any("not marked" in note and "1 of the 3 accepted" in note for note in short.notes)
    with pytest.raises(RefusedError, match="1 of the 3 accepted customers are gone"):
        account.mark(short)
    pd.testing.assert_frame_equal(account.marks(), before)
    account.accept(short, "the contract ended")
    assert _seen(account.marks()) == {"customer-3": 1, "customer-9": 1, "customer-1": 10}


def test_an_unproven_inventory_marks_nothing(accepted, connect, sandbox):
    """Neither by itself nor when asked to, with an accepted list or without."""
    before = accepted.marks()
    account = connect(_at(10))
    audit = account.audit(LIST, save=False)
    unproven = replace(audit, evidence=Completeness("unproven", "page 2 was refused"))
    assert any("page 2 was refused" in note for note in account.save(unproven).notes)
    with pytest.raises(RefusedError, match="page 2 was refused") as caught:
        account.mark(unproven)
    assert caught.value.hint == "no reason overrides this"
    pd.testing.assert_frame_equal(account.marks(), before)


def test_a_clock_that_is_wrong_marks_nothing(accepted, connect, monkeypatch):
    """A first sighting that is dated too early would shorten a grace by as much."""
    before = accepted.marks()
    account = connect(_at(10))
    audit = account.audit(LIST, save=False)
    monkeypatch.setattr("wfp_ops.account.known.is_loopback", lambda url: False)
    monkeypatch.setattr(account.reads.transport._server_clock, "_ahead_s", -45 * 86400.0)
    assert any(
        "not marked: this machine's clock is 45 days behind" in note for note in account.save(audit).notes
    )
    with pytest.raises(RefusedError, match="45 days behind"):
        account.mark(audit)
    pd.testing.assert_frame_equal(account.marks(), before)


def test_marking_without_an_accepted_list(connect):
    """It may be asked for; an audit that is not kept does nothing by itself. No list makes no marks."""
    account = connect()
    audit = account.audit(LIST, save=False)
    assert account.marks().empty
    assert account.accepted() is None
    assert _seen(account.mark(audit)) == {"customer-3": 1, "customer-9": 1}
    with pytest.raises(RefusedError, match="no customer"):
        account.mark(replace(audit, customers=audit.customers.iloc[:0]))
    with pytest.raises(RefusedError, match="another account"):
        account.mark(replace(audit, account_id="f" * 32))
    assert len(account.marks()) == 2


def test_the_audit_of_another_account_unmarks_nothing(accepted):
    """Saved here by mistake, it says that it marks nothing."""
    foreign = replace(accepted.audit(LIST.iloc[:1], save=False), account_id="f" * 32)
    assert any("another account" in note for note in accepted.save(foreign).notes)
    assert len(accepted.marks()) == 2


def test_an_audit_that_is_not_kept_marks_nothing(accepted, connect):
    """A look changes nothing; when it is saved later, it marks."""
    account = connect(_at(10))
    audit = account.audit(_active("3"), save=False)
    assert len(account.marks()) == 2
    account.save(audit)
    assert _seen(account.marks()) == {"customer-9": 1}


def test_a_damaged_ledger_is_noted_and_never_read_as_empty(accepted, connect, tmp_path):
    """The audit is shown and kept all the same; everything that needs the ledger fails."""
    (path,) = tmp_path.rglob("ledger.json")
    path.write_bytes(path.read_bytes()[:50])
    audit = accepted.audit(LIST)
    assert audit.snapshot is not None
    assert any("not marked" in note and "ledger.json" in note for note in audit.notes)
    for attempt in (
        lambda: accepted.mark(audit),
        accepted.marks,
        accepted.protections,
        lambda: accepted.protect("customer-3", until="2027-01-31", reason="because"),
        lambda: accepted.unprotect("customer-3"),
        lambda: accepted.accept(audit),
    ):
        with pytest.raises(StateError, match="the ledger"):
            attempt()
    assert len(path.read_bytes()) == 50


def test_an_accepted_list_that_can_not_be_read(accepted, tmp_path):
    """Nobody knows what was lost: nothing is marked, by itself or when asked to."""
    before = accepted.marks()
    next(tmp_path.rglob("customers.parquet")).write_bytes(b"")
    audit = accepted.audit(LIST)
    assert any("not marked" in note and "customers.parquet" in note for note in audit.notes)
    with pytest.raises(StateError):
        accepted.mark(audit)
    pd.testing.assert_frame_equal(accepted.marks(), before)


def test_protections(accepted, connect):
    """They show beside the marks until their day; one that is over stays on record until it is taken out."""
    frame = accepted.protect("customer-3", until="2026-11-20", reason="an open invoice")
    PROTECTIONS.check(frame)
    accepted.protect("elsewhere", until=date(2027, 1, 31), reason="no candidate", unseen=True)
    assert accepted.protections()["holds"].tolist() == [True, True]
    shown = accepted.marks().set_index("namespace")[["protected_until", "protected_reason"]]
    assert shown.loc["customer-3"].tolist() == ["2026-11-20", "an open invoice"]
    assert shown.loc["customer-9"].isna().all()
    later = connect(_at(20, hour=0))
    assert later.protections()["holds"].tolist() == [False, True]
    assert later.marks()["protected_until"].isna().all()
    assert later.unprotect("customer-3")["name"].tolist() == ["elsewhere"]
    assert len(later.marks()) == 2


@pytest.mark.parametrize("name", ["customer-*", "customer-?", "[c]ustomer-3"])
def test_a_pattern_protects_nothing(accepted, name):
    """It would be taken for a name that nobody bears, and say that it holds; also where none is looked for."""
    for unseen in (False, True):
        with pytest.raises(SettingsError, match="is a pattern") as caught:
            accepted.protect(name, until="2027-01-31", reason="because", unseen=unseen)
        assert "[change] protect" in caught.value.hint
    assert accepted.protections().empty


def test_a_name_that_the_last_audit_does_not_know(accepted, connect, sandbox):
    """A slip protects nothing: refused, with the nearest name; what is there since is known to the next audit."""
    for name, alike in (
        ("custmer-3", "did you mean 'customer-3'?"),
        ("Customer-3", "did you mean"),
        ("zz", ""),
    ):
        with pytest.raises(SettingsError, match="knows nothing of the name") as caught:
            accepted.protect(name, until="2027-01-31", reason="because")
        assert (caught.value.key, alike in caught.value.hint) == ("name", True)
        assert "--unseen, unseen=True" in caught.value.hint
    with pytest.raises(SettingsError):
        accepted.protect("customer-3/site", until="2027-01-31", reason="because")
    assert accepted.protections().empty
    sandbox.load("customer-new")
    later = connect(_at(24))
    later.audit(LIST)
    frame = later.protect("customer-new", until="2027-01-31", reason="because")
    assert frame["name"].tolist() == ["customer-new"]


def test_workers_are_known_in_worker_tenancy(tmp_path):
    """By their own name, and with that of their namespace before it; not those of another namespace."""
    audited = kept(["production", "staging"])
    inside = WORKERS.build({"namespace": ["production"], "worker": ["site"]}, length=1)
    folder = state_folder(tmp_path / "state")
    Snapshots(folder).save(replace(audited, workers=inside))
    for name in ("site", "production/site", "staging"):
        check_name(name, folder, unseen=False)
    for name in ("shop", "staging/site"):
        with pytest.raises(SettingsError):
            check_name(name, folder, unseen=False)


@pytest.mark.parametrize(
    "until", ["2026-11-01", "tomorrow", "2026-13-01", datetime(2027, 1, 31, 15, tzinfo=UTC)], ids=str
)
def test_a_protection_needs_a_whole_day_to_come(accepted, until):
    """A moment within a day would end before it says."""
    with pytest.raises(SettingsError) as caught:
        accepted.protect("customer-3", until=until, reason="because")
    assert caught.value.key == "until"
    assert accepted.protections().empty


def test_the_built_in_sandbox_has_a_ledger_that_goes_with_it():
    """As its snapshots do."""
    with wfp_ops.connect("sandbox", now=NOW) as account:
        marks = account.mark(account.audit())
        assert {"churned", "orphaned"} == set(marks["state"])
        folder = account.state_folder().path
        assert (folder / "ledger.json").exists()
    assert not folder.exists()


def test_candidates_in_namespace_tenancy():
    """What is churned or orphaned, with the dates of namespace and customer; suspects and the rest are none."""
    rows = [
        {"customer_id": "1"},
        {"customer_id": "3", "status": "churned", "churned_on": LEFT},
        {"customer_id": "4", "status": "churned", "namespace": "old-name"},
    ]
    audit = audit_of(["customer-1", "customer-3", "customer-9", "old-name", "customer-04", "nobody"], rows)
    found = {each.namespace: each for each in candidates_of(audit)}
    assert found.keys() == {"customer-3", "customer-9", "old-name", "customer-04"} - _suspects(audit)
    left, orphan, mapped = found["customer-3"], found["customer-9"], found["old-name"]
    assert (left.namespace_id, left.worker, left.worker_tag, left.state) == ("id-1", None, None, "churned")
    assert left.churned_on == datetime(2026, 10, 20, tzinfo=UTC)
    assert left.created_on == datetime(2026, 1, 1, tzinfo=UTC)
    assert left.started_on is None
    assert (orphan.state, orphan.customer_id, orphan.churned_on) == ("orphaned", "9", None)
    assert (mapped.state, mapped.customer_id, mapped.churned_on) == ("churned", "4", None)


def _suspects(audit):
    rows = audit.joined[audit.joined["namespace_state"] == "suspect"]
    return set(rows["namespace"])


def test_candidates_in_worker_tenancy():
    """Workers by name within the namespace's id; a namespace's own state plays no part."""
    rules = Rules(tenancy="worker")
    workers = worker_inventory(
        [
            ("production", "customer-1", None),
            ("production", "customer-9", None),
            ("other", "customer-9", None),
        ]
    )
    audit = audit_of(inventory(["production", "other", "customer-5"]), ["1"], rules, workers)
    found = [(each.namespace_id, each.worker, each.state, each.created_on) for each in candidates_of(audit)]
    assert found == [("id-0", "customer-9", "orphaned", None), ("id-1", "customer-9", "orphaned", None)]


def test_a_candidate_without_an_id_is_noted():
    """Cloudflare sent none: it can't be marked, and that is said."""
    frame = inventory(["customer-1", "customer-8", "customer-9"])
    frame["namespace_id"] = pd.Series(["id", None, "another"], dtype="str")
    mark_complete(frame, Completeness("proven", "made for a test"), key="namespace", taken_at=NOW)
    found = candidates_of(audit_of(frame, ["1"]))
    assert [each.namespace_id for each in found] == [None, "another"]
    (note,) = without_id(found)
    assert "customer-8" in note
    assert without_id(found[1:]) == ()


def test_the_difference_of_two_frames_of_marks(accepted, connect, sandbox):
    """New, kept and unmarked; one that starts anew counts as both unmarked and new."""
    before = accepted.marks()
    _make_again(sandbox, "customer-9")
    connect(_at(10)).audit(LIST)
    assert difference(before, accepted.marks()) == Difference(new=1, kept=1, unmarked=1)
    assert difference(before, before) == Difference(new=0, kept=2, unmarked=0)
    assert difference(before.head(0), before) == Difference(new=2, kept=0, unmarked=0)
