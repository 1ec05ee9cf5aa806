"""The register of applies: a plan is good once, and what is broken is never passed over."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import timedelta

import pytest
from support.kept_audits import day, state_folder

from wfp_ops.errors import RefusedError, StateBusyError, StateError
from wfp_ops.memory.applied import Applied, AppliedPlans

DIGEST = "a" * 64
OTHER = "b" * 64
APPLIED = Applied(
    digest=DIGEST,
    at=day(10),
    journal="/var/lib/wfp-ops/journal.jsonl",
    deletions=(
        ("delete_namespace", "customer-9", None, "an id"),
        ("delete_worker", "production", "site", None),
    ),
)


@pytest.fixture
def folder(tmp_path):
    """A state folder of the test's own."""
    return state_folder(tmp_path, wait_s=0.05)


@pytest.fixture
def plans(folder):
    """Its register."""
    return AppliedPlans(folder)


def test_nothing_was_applied_yet(plans, folder):
    """Asking makes no file."""
    assert plans.find(DIGEST) is None
    assert plans.all() == []
    assert plans.since(day(1)) == []
    assert not folder.path.exists()


def test_it_comes_back_as_it_was_written(plans, folder):
    """In a file of its own, for its owner alone."""
    plans.record(APPLIED)
    assert plans.find(DIGEST) == APPLIED
    assert plans.find(OTHER) is None
    path = folder.path / "applied" / f"{DIGEST}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_plan_is_good_once(plans):
    """The second time it is refused, with when and where the first was; that one stays."""
    plans.record(APPLIED)
    with pytest.raises(RefusedError, match="applied already") as caught:
        plans.record(replace(APPLIED, at=day(11), deletions=()))
    assert "2026-11-10T12:00:00Z" in caught.value.reasons[0]
    assert APPLIED.journal in caught.value.reasons[0]
    assert plans.all() == [APPLIED]


def test_all_and_since(plans):
    """The oldest first; who began at that very moment is among them, to the second."""
    later = replace(APPLIED, digest=OTHER, at=day(12))
    plans.record(later)
    plans.record(APPLIED)
    assert plans.all() == [APPLIED, later]
    assert plans.since(day(12)) == [later]
    assert plans.since(day(12) + timedelta(microseconds=5)) == [later]
    assert plans.since(day(12) + timedelta(seconds=1)) == []


@pytest.mark.parametrize("digest", ["", "a" * 63, "A" * 64, "../" + "a" * 61, "a" * 64 + "\n", "g" * 64])
def test_a_digest_that_is_none_refuses(plans, folder, digest):
    """Nobody can say whether such a plan was applied, and no path is made of it."""
    for attempt in (lambda: plans.find(digest), lambda: plans.record(replace(APPLIED, digest=digest))):
        with pytest.raises(RefusedError, match="can't be checked"):
            attempt()
    assert not (folder.path / "applied").exists()


def test_a_journal_needs_a_whole_path(plans):
    """Another run, in another folder, must find it."""
    with pytest.raises(ValueError, match="absolute"):
        plans.record(replace(APPLIED, journal="journal.jsonl"))
    assert plans.all() == []


@pytest.mark.parametrize("damage", ["cut", "edited", "empty", "of another plan", "a stranger"])
def test_what_is_broken_is_named_and_never_passed_over(plans, folder, damage):
    """All that ask for the applies fail; so does who would apply that plan once more."""
    plans.record(APPLIED)
    part = folder.path / "applied"
    path = part / f"{DIGEST}.json"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:40])
    elif damage == "edited":
        path.write_bytes(path.read_bytes().replace(b"delete_worker", b"create_worker"))
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "of another plan":
        path = path.rename(part / f"{OTHER}.json")
    else:
        path = part / "notes.txt"
        path.write_text("no apply", encoding="utf-8")
    for attempt in (plans.all, lambda: plans.since(day(30))):
        with pytest.raises(StateError) as caught:
            attempt()
        assert caught.value.path == str(path)
        assert caught.value.hint
    if damage in ("cut", "edited", "empty"):
        for attempt in (lambda: plans.find(DIGEST), lambda: plans.record(APPLIED)):
            with pytest.raises(StateError, match="applied plan"):
                attempt()


def test_what_a_killed_run_left_is_no_apply(plans, folder):
    """It had not begun to change anything; the next record takes it away."""
    plans.record(APPLIED)
    left = folder.path / "applied" / f".unfinished-{OTHER}.json"
    left.write_bytes(b'{"schema":')
    assert plans.all() == [APPLIED]
    assert plans.find(OTHER) is None
    plans.record(replace(APPLIED, digest="c" * 64))
    assert not left.exists()


def test_it_can_be_recorded_while_an_apply_holds_its_lock(plans, folder):
    """That lock is for the whole apply, this one for the moment of writing."""
    with folder.apply_lock("applying a plan"):
        plans.record(APPLIED)
    with folder.held("saving"), pytest.raises(StateBusyError):
        plans.record(replace(APPLIED, digest=OTHER))
    assert plans.all() == [APPLIED]
