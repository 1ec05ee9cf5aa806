"""The accepted customer list: what is refused, what words can override, and that a refused one changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.kept_audits import day, kept, state_folder

from wfp_ops.errors import RefusedError, SnapshotError, StateError
from wfp_ops.frames.provenance import Completeness
from wfp_ops.memory.baseline import accept, judge, load_baseline
from wfp_ops.memory.snapshots import Snapshots

TEN = [str(number) for number in range(1, 11)]
NAMES = [f"customer-{number}" for number in TEN]
BLANK = {"customer_id": None, "name": "?"}


@pytest.fixture
def folder(tmp_path):
    """A state folder of the test's own."""
    return state_folder(tmp_path)


@pytest.fixture
def save(folder):
    """Saves an audit of ten namespaces against these customers."""

    def make(customers=TEN, names=NAMES, **options):
        return Snapshots(folder).save(kept(names, customers, **options))

    return make


def _problems(candidate, baseline=None, **options):
    return [problem.name for problem in judge(candidate, baseline, **options).problems]


def test_a_first_list_is_accepted(folder, save):
    """What was accepted is on record, with its snapshot, and comes back."""
    assert load_baseline(folder) is None
    saved = save()
    made = accept(folder, saved, now=day(23))
    assert (made.snapshot, made.customers, made.namespaces, made.reason) == (saved.name, 10, 10, None)
    assert made.accepted_at == day(23)
    assert load_baseline(folder) == made


def test_what_was_lost_and_gained():
    """Counted by id; an id that was set aside is not lost."""
    verdict = judge(kept(NAMES, [*TEN[2:], "99"]), kept(NAMES, TEN), seen={"1"})
    assert (verdict.lost, verdict.gained, verdict.lost_share) == (1, 1, 0.1)
    assert verdict.problems == ()
    assert judge(kept(NAMES, TEN), None).lost_share is None


@pytest.mark.parametrize(("kept_ids", "problems"), [(8, []), (7, ["lost_ids"])])
def test_more_than_a_fifth_of_the_ids(kept_ids, problems):
    """Exactly a fifth may be gone."""
    assert _problems(kept(NAMES, TEN[:kept_ids]), kept(NAMES, TEN)) == problems


@pytest.mark.parametrize(("names", "problems"), [(8, []), (7, ["shrunk"])])
def test_an_inventory_that_shrank(names, problems):
    """The same share holds for the inventory beside the list."""
    assert _problems(kept(NAMES[:names], TEN), kept(NAMES, TEN)) == problems


@pytest.mark.parametrize(("used", "problems"), [(99, []), (98, ["set_aside"])])
def test_more_than_one_in_a_hundred_set_aside(used, problems):
    """Exactly one in a hundred may be unusable."""
    assert _problems(kept(NAMES, [*map(str, range(used)), *[BLANK] * (100 - used)])) == problems


def test_a_refused_list_never_becomes_the_baseline(folder, save):
    """The one before stays, also against the next list."""
    first = accept(folder, save(), now=day(1))
    for reason in (None, "", "  x "):
        with pytest.raises(RefusedError, match="7 of the 10 accepted customers are gone") as caught:
            accept(folder, save(TEN[:3]), now=day(2), reason=reason)
        assert len(caught.value.reasons) == 1
        assert "--reason" in str(caught.value.hint)
    assert load_baseline(folder) == first


def test_a_written_reason_overrides(folder, save):
    """It stands on record beside what it overrode; where nothing speaks against the list it is not needed."""
    accept(folder, save(), now=day(1), reason="not needed")
    assert load_baseline(folder).reason is None
    accept(folder, save(TEN[:3]), now=day(2), reason="the free plan ended")
    baseline = load_baseline(folder)
    assert (baseline.reason, baseline.overridden) == ("the free plan ended", ("lost_ids",))
    assert (baseline.customers, baseline.lost) == (3, 7)


def test_no_words_override_an_unproven_inventory_or_an_empty_list(folder, save):
    """Absence of evidence is no evidence of absence, whatever is written."""
    unproven = save(proof=Completeness("unproven", "page 2 is missing"))
    with pytest.raises(RefusedError, match="page 2 is missing"):
        accept(folder, unproven, now=day(1), reason="I know better")
    saved = save()
    empty = replace(saved, customers=saved.customers.iloc[:0])
    with pytest.raises(RefusedError, match="no customer"):
        accept(folder, empty, now=day(1), reason="I know better")
    assert load_baseline(folder) is None


@pytest.mark.parametrize("damage", ["cut", "edited", "older", "no json"])
def test_a_damaged_record_is_refused(folder, save, damage):
    """Nobody knows then what was lost: a reason is needed to accept anew."""
    accept(folder, save(), now=day(1))
    path = folder.path / "baseline.json"
    said = json.loads(path.read_text())
    path.write_text(
        {
            "cut": path.read_text()[:80],
            "edited": json.dumps({**said, "snapshot": "0009-20261101T120000Z"}),
            "older": json.dumps({**said, "schema": "wfp-ops/baseline/0"}),
            "no json": "[]",
        }[damage]
    )
    with pytest.raises(StateError, match="accepted customer list") as caught:
        load_baseline(folder)
    assert caught.value.path == str(path)
    with pytest.raises(RefusedError, match="can't be compared"):
        accept(folder, save(), now=day(2))
    assert accept(folder, save(), now=day(2), reason="record was damaged").overridden == (
        "baseline_unreadable",
    )
    assert load_baseline(folder).customers == 10


def test_a_baseline_whose_snapshot_is_broken(folder, save):
    """The same: it can't be compared with."""
    first = accept(folder, save(), now=day(1))
    (folder.path / "snapshots" / first.snapshot / "customers.parquet").write_bytes(b"")
    with pytest.raises(SnapshotError):
        Snapshots(folder).load(first.snapshot)
    with pytest.raises(RefusedError, match="cut or was changed"):
        accept(folder, save(), now=day(2))
