"""First sightings, grace deadlines and dated protections: what may move, what never does, and damage."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.kept_audits import day, state_folder

from wfp_ops.errors import SettingsError, StateBusyError, StateError
from wfp_ops.memory.ledger import Candidate, Ledger, LedgerContent, Mark, Protection, remark

SOME = "7c0e52c5-0000-0000-0000-000000000001"


def _candidate(namespace_id=SOME, **facts):
    """A namespace that a customer left, without any date."""
    plain = {
        "namespace": "customer-1",
        "worker": None,
        "worker_tag": None,
        "state": "churned",
        "customer_id": "1",
        "churned_on": None,
        "started_on": None,
        "created_on": None,
    }
    return Candidate(namespace_id=namespace_id, **{**plain, **facts})


def _worker(tag, **facts):
    return _candidate(namespace="production", worker="site", worker_tag=tag, **facts)


def _remark(marks, *candidates, now, grace_days=30, gone_known=True):
    return remark(marks, candidates, now=now, grace_days=grace_days, gone_known=gone_known)


def _first(number=1, *candidates):
    """The marks of a first audit on a day of November."""
    return _remark((), *(candidates or (_candidate(),)), now=day(number)).marks


@pytest.fixture
def ledger(tmp_path):
    """A ledger of the test's own."""
    return Ledger(state_folder(tmp_path))


def test_a_first_sighting():
    """It is dated to now, and its grace runs from there, however long ago the customer left."""
    done = _remark((), _candidate(churned_on=day(1) - timedelta(days=900)), now=day(1))
    (mark,) = done.marks
    assert (mark.first_seen, mark.deadline) == (day(1), day(1) + timedelta(days=30))
    assert (done.new, done.kept, done.removed) == (done.marks, (), ())


def test_a_known_one_keeps_its_first_sighting():
    """Names, state and customer are those of the latest audit."""
    (mark,) = _remark(_first(), _candidate(state="orphaned", customer_id="2"), now=day(20)).marks
    assert (mark.first_seen, mark.deadline) == (day(1), day(1) + timedelta(days=30))
    assert (mark.state, mark.customer_id) == ("orphaned", "2")


@pytest.mark.parametrize(
    ("facts", "grace_days", "deadline"),
    [
        ({"churned_on": day(9)}, 30, day(9) + timedelta(days=30)),
        ({"created_on": day(9)}, 30, day(9) + timedelta(days=30)),
        ({"churned_on": day(3), "created_on": day(9)}, 30, day(9) + timedelta(days=30)),
        ({"created_on": day(9) + timedelta(microseconds=1)}, 30, day(9) + timedelta(days=30, seconds=1)),
        ({}, 60, day(1) + timedelta(days=60)),
        ({}, 10**9, datetime.max.replace(microsecond=0, tzinfo=UTC)),
    ],
)
def test_what_moves_a_deadline_later(facts, grace_days, deadline):
    """A later date of leaving or creation, or a longer grace."""
    (mark,) = _remark(_first(), _candidate(**facts), now=day(10), grace_days=grace_days).marks
    assert mark.deadline == deadline


@pytest.mark.parametrize(
    "facts",
    [
        {"churned_on": day(11)},
        {"created_on": day(11)},
        {"churned_on": day(9), "started_on": day(10)},
        {"churned_on": day(9), "started_on": day(12)},
    ],
    ids=["leaving in the future", "creation in the future", "before the start", "before a start to come"],
)
def test_what_is_no_date(facts):
    """It neither moves the deadline nor stands in the way of the others."""
    (mark,) = _remark(_first(), _candidate(**facts), now=day(10)).marks
    assert mark.deadline == day(1) + timedelta(days=30)


def test_nothing_moves_a_deadline_earlier():
    """Neither a shorter grace nor a corrected date of leaving."""
    marks = _remark(_first(), _candidate(churned_on=day(9)), now=day(10), grace_days=60).marks
    (mark,) = _remark(marks, _candidate(churned_on=day(2)), now=day(11), grace_days=0).marks
    assert mark.deadline == day(9) + timedelta(days=60)


def test_who_is_no_candidate_any_more_starts_anew():
    """It is unmarked, and when it comes back it gets its whole grace again."""
    done = _remark(_first(), now=day(5))
    assert (done.marks, done.removed) == ((), _first())
    (mark,) = _remark(done.marks, _candidate(), now=day(20)).marks
    assert mark.first_seen == day(20)


def test_an_unproven_inventory_unmarks_nothing():
    """What is missing in it may only be missing; what is there is marked all the same."""
    done = _remark(_first(), _candidate("another"), now=day(5), gone_known=False)
    assert {mark.namespace_id for mark in done.marks} == {SOME, "another"}
    assert ([mark.namespace_id for mark in done.new], done.kept, done.removed) == (["another"], _first(), ())


def test_deleted_and_made_again_is_another_one():
    """Same name, another id: a new mark, and the old one goes."""
    done = _remark(_first(), _candidate("another"), now=day(5))
    assert [(mark.namespace_id, mark.first_seen) for mark in done.marks] == [("another", day(5))]
    assert done.removed == _first()


def test_a_rename_keeps_the_mark():
    """It is told by its id; the name is the new one."""
    (mark,) = _remark(_first(), _candidate(namespace="customer-1-old"), now=day(5)).marks
    assert (mark.namespace, mark.first_seen) == ("customer-1-old", day(1))


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [("a", "a", True), ("a", None, True), (None, "a", True), (None, None, True), ("a", "b", False)],
)
@pytest.mark.parametrize("gone_known", [True, False])
def test_a_worker_is_another_one_if_both_tags_are_known_and_differ(before, after, same, gone_known):
    """A tag that was known once is not forgotten."""
    marks = _first(1, _worker(before))
    done = _remark(marks, _worker(after), now=day(5), gone_known=gone_known)
    (mark,) = done.marks
    assert mark.first_seen == (day(1) if same else day(5))
    assert (done.new, done.kept, done.removed) == (((), done.marks, ()) if same else (done.marks, (), marks))
    assert mark.worker_tag == (after or before)


def test_namespaces_and_workers_are_kept_apart():
    """A namespace and each Worker in it have marks of their own."""
    done = _remark((), _candidate(), _candidate(worker="a"), _candidate(worker="b"), now=day(1))
    assert [mark.key for mark in done.marks] == [(SOME, None), (SOME, "a"), (SOME, "b")]


def test_without_an_id_there_is_no_mark():
    """Not even where one of that name had one: nobody knows whether it is the same."""
    assert _remark(_first(), _candidate(None), now=day(5)).marks == ()


DATES = st.none() | st.integers(0, 40 * 86_400_000).map(lambda ms: day(1) + timedelta(milliseconds=ms))
CANDIDATES = st.lists(
    st.builds(
        _candidate,
        st.sampled_from(["a", "b", "c", None]),
        worker=st.sampled_from([None, "site"]),
        namespace=st.sampled_from(["x", "y"]),
        state=st.sampled_from(["churned", "orphaned"]),
        churned_on=DATES,
        started_on=DATES,
        created_on=DATES,
    ),
    max_size=5,
)
AUDITS = st.lists(
    st.tuples(CANDIDATES, st.timedeltas(timedelta(0), timedelta(days=20)), st.integers(0, 90), st.booleans()),
    min_size=1,
    max_size=6,
)


@given(AUDITS)
def test_laws_of_marking(audits):
    """Deadlines never move earlier, sightings never move, one mark a key, the same twice at one moment."""
    now, marks = day(1), ()
    for candidates, later, grace_days, gone_known in audits:
        now += later
        done = _remark(marks, *candidates, now=now, grace_days=grace_days, gone_known=gone_known)
        assert set(done.new) | set(done.kept) == set(done.marks)
        assert not set(done.new) & set(done.kept)
        after = {mark.key: mark for mark in done.marks}
        assert len(after) == len(done.marks)
        assert {each.key for each in done.removed} == {each.key for each in marks} - after.keys()
        assert all(mark.first_seen <= now for mark in done.marks)
        assert all(mark.deadline >= mark.first_seen for mark in done.marks)
        found = {(each.namespace_id, each.worker) for each in candidates if each.namespace_id}
        assert after.keys() == (found if gone_known else found | {mark.key for mark in marks})
        for before in marks:
            if before.key in after:
                assert after[before.key].first_seen == before.first_seen
                assert after[before.key].deadline >= before.deadline
        again = _remark(done.marks, *candidates, now=now, grace_days=grace_days, gone_known=gone_known)
        assert (again.marks, again.new, again.removed) == (done.marks, (), ())
        marks = done.marks


@given(AUDITS, st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_a_wrong_clock_shortens_nothing(tmp_path_factory, audits, jump):
    """Whatever the clock says in the last audit, no deadline is earlier than with the right one before it."""
    ledger, now = Ledger(state_folder(tmp_path_factory.mktemp("state"))), day(1)
    for candidates, later, grace_days, _ in audits:
        now += later
        ledger.mark(candidates, now, grace_days, gone_known=False)
    before = ledger.load()
    candidates, _, grace_days, _ = audits[-1]
    extra = _candidate("made with the wrong clock")
    ledger.mark([*candidates, extra], now + jump, grace_days, gone_known=False)
    after = ledger.load().by_key
    for mark in before.marks:
        assert after[mark.key].first_seen == mark.first_seen
        assert after[mark.key].deadline >= mark.deadline
    whole = now.replace(microsecond=0)
    assert after[extra.namespace_id, None].first_seen >= whole
    assert after[extra.namespace_id, None].deadline >= whole + timedelta(days=grace_days)


def test_it_comes_back_as_it_was_written(ledger):
    """Marks and protections, through the file; nothing is written before there is something to write."""
    assert ledger.load() == LedgerContent()
    done = ledger.mark([_candidate(), _worker("t")], day(1), 30, gone_known=True)
    content = ledger.protect("customer-1", date(2026, 12, 1), " wants to come back ", day(1))
    assert ledger.load() == content
    assert content.marks == done.marks
    assert content.protections == (Protection("customer-1", date(2026, 12, 1), "wants to come back", day(1)),)
    assert content.by_key[SOME, None].namespace == "customer-1"
    assert content.dated == {"customer-1": (date(2026, 12, 1), "wants to come back")}


def test_marking_leaves_protections_and_protecting_leaves_marks(ledger):
    """Each writes its own part."""
    ledger.mark([_candidate()], day(1), 30, gone_known=True)
    ledger.protect("a", date(2026, 12, 1), "because", day(1))
    ledger.mark([], day(2), 30, gone_known=True)
    assert [each.name for each in ledger.load().protections] == ["a"]
    ledger.mark([_candidate()], day(2), 30, gone_known=True)
    ledger.unprotect("a")
    content = ledger.load()
    assert (len(content.marks), content.protections) == (1, ())


def test_a_protection_ends_at_the_start_of_its_day(ledger):
    """In UTC; what is over stays on record and protects nothing."""
    content = ledger.protect("customer-1", date(2026, 11, 24), "an open invoice", day(23))
    assert content.protection_of("customer-1", today=date(2026, 11, 23)).reason == "an open invoice"
    assert content.protection_of("customer-1", today=date(2026, 11, 24)) is None
    assert content.protection_of("customer-10", None, today=date(2026, 11, 23)) is None
    assert ledger.load().protections == content.protections


def test_of_several_names_the_longest_protection_counts(ledger):
    """A Worker may be protected itself, and by its namespace."""
    ledger.protect("production", date(2026, 12, 1), "the namespace", day(1))
    content = ledger.protect("site", date(2026, 12, 24), "the Worker", day(1))
    assert content.protection_of("production", "site", today=date(2026, 11, 2)).name == "site"


def test_protecting_again_replaces(ledger):
    """One for each name; the later word counts, also if it ends earlier."""
    ledger.protect("a", date(2026, 12, 24), "first", day(1))
    content = ledger.protect("a", date(2026, 12, 1), "second", day(2))
    assert content.protections == (Protection("a", date(2026, 12, 1), "second", day(2)),)


@pytest.mark.parametrize(
    ("name", "until", "reason", "key"),
    [
        ("a", date(2026, 11, 23), "because", "until"),
        ("a", date(2025, 12, 24), "because", "until"),
        ("a", date(2026, 12, 24), " ab ", "reason"),
        ("", date(2026, 12, 24), "because", "name"),
        (" a", date(2026, 12, 24), "because", "name"),
    ],
)
def test_what_protects_nothing_is_refused(ledger, name, until, reason, key):
    """A day that is not in the future, no reason, no name; what was there stays."""
    ledger.protect("a", date(2026, 12, 1), "first", day(1))
    with pytest.raises(SettingsError) as caught:
        ledger.protect(name, until, reason, day(23))
    assert caught.value.key == key
    assert [each.reason for each in ledger.load().protections] == ["first"]


def test_what_is_not_protected_can_not_be_unprotected(ledger):
    """A mistyped name is said."""
    ledger.protect("customer-1", date(2026, 12, 1), "because", day(1))
    with pytest.raises(SettingsError, match="customer-11"):
        ledger.unprotect("customer-11")
    assert len(ledger.load().protections) == 1


@pytest.mark.parametrize("damage", ["cut", "edited", "newer", "empty", "no object", "no text", "bad mark"])
def test_a_damaged_ledger_is_refused_and_left_alone(ledger, tmp_path, damage):
    """It is named, with what to do; nothing reads it as empty, and nothing writes over it."""
    ledger.mark([_candidate()], day(1), 30, gone_known=True)
    (path,) = tmp_path.rglob("ledger.json")
    said = json.loads(path.read_text())
    content = {
        "cut": path.read_bytes()[:-30],
        "edited": path.read_bytes().replace(b"2026-11-01", b"2026-10-01"),
        "newer": json.dumps({**said, "schema": "wfp-ops/ledger/2"}).encode(),
        "empty": b"",
        "no object": b"[]",
        "no text": b"\xff",
        "bad mark": json.dumps({**said, "marks": [1]}).encode(),
    }[damage]
    path.write_bytes(content)
    for attempt in (
        ledger.load,
        lambda: ledger.mark([], day(2), 30, gone_known=True),
        lambda: ledger.protect("a", date(2026, 12, 1), "because", day(2)),
        lambda: ledger.unprotect("a"),
    ):
        with pytest.raises(StateError, match="the ledger of") as caught:
            attempt()
        assert caught.value.path == str(path)
        assert "protected again" in caught.value.hint
    assert path.read_bytes() == content


def test_a_mark_of_an_unknown_state_is_none():
    """Only what an audit may call deletable is one."""
    (mark,) = _first()
    assert Mark.from_dict(mark.to_dict()) == mark
    with pytest.raises(ValueError, match="suspect"):
        Mark.from_dict({**mark.to_dict(), "state": "suspect"})


def test_two_runs_at_once(tmp_path):
    """Who can't have the folder in time writes nothing."""
    waiting = Ledger(state_folder(tmp_path, wait_s=0.05))
    with state_folder(tmp_path).held("saving"), pytest.raises(StateBusyError, match="saving"):
        waiting.mark([_candidate()], day(1), 30, gone_known=True)
    assert waiting.load() == LedgerContent()
    assert replace(_first()[0]) == waiting.mark([_candidate()], day(1), 30, gone_known=True).marks[0]
