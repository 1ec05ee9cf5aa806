"""What was deleted in the last 24 hours, by the register and the journals; what nobody can read counts whole."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from support.fake_clock import START, FakeClock
from support.journals import begin_facts, facts_of, write_journal, write_raw_head
from support.kept_audits import state_folder

from wfp_ops.change.journal.head import Head, head_path
from wfp_ops.change.journal.reader import begin_of, read
from wfp_ops.change.journal.record import FIRST_PREV, seal, stamp
from wfp_ops.change.journal.writer import Journal
from wfp_ops.change.judge import Recent
from wfp_ops.change.recent import WINDOW, recent_deletions
from wfp_ops.change.running.hold import held
from wfp_ops.change.running.place import RunPlace
from wfp_ops.errors import StateError
from wfp_ops.memory.applied import Applied, AppliedPlans

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
NONE = Recent(namespaces=0, workers={})


@pytest.fixture
def folder(tmp_path):
    """A state folder."""
    return state_folder(tmp_path / "state")


END = ("end", facts_of("end", left=1, complete=False))


def journal(path, *events, at=START, digest="a" * 64, end=END):
    """A journal whose records are all of one moment; events are pairs of a kind and its facts."""
    records = []
    every = [("begin", begin_facts(digest=digest)), *events, *([end] if end else [])]
    for n, (kind, facts) in enumerate(every):
        records.append(seal(n, stamp(at), kind, facts, records[-1].hash if records else FIRST_PREV))
    return write_journal(path, records)


def deleted(number=0, result="done", **changes):
    """About to delete, and what came of it."""
    return [
        ("intent", facts_of("intent", number, **changes)),
        ("outcome", facts_of("outcome", number, result=result)),
    ]


def register(folder, path, *, at=START, digest="a" * 64, deletions=None):
    """An apply of this journal."""
    planned = (("delete_namespace", "customer-7", None, "id-0"),) if deletions is None else deletions
    AppliedPlans(folder).record(Applied(digest, at, str(path), planned))


def test_nothing_was_applied(folder):
    """Nothing was deleted."""
    assert recent_deletions(folder, START) == NONE


def test_namespaces_and_workers_are_counted_apart(folder, tmp_path):
    """Workers by namespace; what did not happen is not counted."""
    one = {"action": "delete_worker", "namespace": "production"}
    path = journal(
        tmp_path / "a.jsonl",
        *deleted(0),
        *deleted(1, "not_done"),
        *deleted(2, worker="w1", **one),
        *deleted(3, worker="w2", **one),
        *deleted(4, action="delete_worker", namespace="staging", worker="w1"),
        *deleted(5, "unknown"),
    )
    register(folder, path)
    found = recent_deletions(folder, START + SECOND)
    assert found == Recent(namespaces=2, workers={"production": 2, "staging": 1})
    assert found.total == 5


@pytest.mark.parametrize(
    ("later", "counts"),
    [(timedelta(0), 1), (WINDOW - SECOND, 1), (WINDOW, 0), (WINDOW + SECOND, 0), (-DAY, 1)],
)
def test_the_window(folder, tmp_path, later, counts):
    """24 hours to the second; a clock that was set back makes nothing older."""
    register(folder, journal(tmp_path / "a.jsonl", *deleted()))
    assert recent_deletions(folder, START + later).namespaces == counts


def test_it_is_the_deletion_that_counts_not_the_begin(folder, tmp_path):
    """A plan may be resumed within its life: what it deletes days later is recent then."""
    late = START + 7 * DAY
    register(folder, journal(tmp_path / "a.jsonl", *deleted(), at=late))
    assert recent_deletions(folder, late + SECOND).namespaces == 1


def test_several_applies_add_up(folder, tmp_path):
    """One plan after the other is no way around the limit."""
    for number, digest in enumerate(("a" * 64, "b" * 64)):
        path = journal(tmp_path / f"{number}.jsonl", *deleted(number), digest=digest)
        register(folder, path, digest=digest)
    assert recent_deletions(folder, START).namespaces == 2


def _missing(path):
    path.unlink()


def _tampered(path):
    path.write_bytes(path.read_bytes().replace(b"customer-7", b"customer-1"))


def _no_journal(path):
    path.write_bytes(b"{}\n")


@pytest.mark.parametrize("spoil", [_missing, _tampered, _no_journal])
def test_a_journal_that_nobody_can_read_counts_whole(folder, tmp_path, spoil):
    """Everything that it was to delete counts as deleted just now, however long ago it began."""
    path = journal(tmp_path / "a.jsonl", *deleted())
    planned = (
        ("delete_namespace", "customer-7", None, "id-0"),
        ("delete_namespace", "customer-8", None, "id-1"),
        ("delete_worker", "production", "site", "id-2"),
        ("create_namespace", "customer-9", None, None),
        ("rename_namespace", "customer_9", None, None),
    )
    register(folder, path, deletions=planned)
    spoil(path)
    for moment in (START, START + 8 * DAY):
        found = recent_deletions(folder, moment)
        assert (found.namespaces, found.workers) == (2, {"production": 1})
        assert found.doubt.startswith("all 3 of an apply are counted, for of its journal ")
        assert found.doubt.endswith(f": wfp-ops journal verify {path}")
    assert recent_deletions(folder, START + 10 * DAY) == NONE


def _cut(path, lines):
    """The journal's first lines, and no more."""
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:lines]))


def _cut_without_head(path):
    _cut(path, 1)
    head_path(path).unlink()


def _cut_with_another_head(path):
    _cut(path, 1)
    write_raw_head(path, Head(0, begin_of(path).hash))


def _without_head(path):
    head_path(path).unlink()


def _head_behind(path):
    write_raw_head(path, Head(0, begin_of(path).hash))


def _torn(path):
    path.write_bytes(path.read_bytes() + b'{"n":')


def _killed(path):
    _cut(path, 3)
    head_path(path).unlink()
    *_, last = read(path)
    write_raw_head(path, Head(last.n, last.hash))


@pytest.mark.parametrize(
    "spoil", [_cut_without_head, _cut_with_another_head, _without_head, _head_behind, _torn, _killed]
)
def test_a_journal_whose_end_nothing_vouches_for_counts_whole(folder, tmp_path, spoil):
    """Lines may have been cut off, so everything counts; to resume it settles what became of it."""
    path = journal(tmp_path / "a.jsonl", *deleted())
    register(folder, path, deletions=(("delete_namespace", "customer-7", None, "id-0"),) * 5)
    assert recent_deletions(folder, START).namespaces == 1
    spoil(path)
    found = recent_deletions(folder, START + 2 * DAY)
    assert found.namespaces == 5
    assert f"wfp-ops journal resume {path} settles that" in found.doubt


def test_a_journal_that_says_that_nothing_is_left_needs_no_head(folder, tmp_path):
    """After that nothing is begun, so nothing can be missing behind it."""
    path = journal(tmp_path / "a.jsonl", *deleted(), end=("end", facts_of("end")))
    register(folder, path, deletions=(("delete_namespace", "customer-7", None, "id-0"),) * 5)
    _without_head(path)
    assert recent_deletions(folder, START) == Recent(namespaces=1)


def test_an_apply_that_goes_on_has_no_end_yet(folder, tmp_path):
    """Its run holds the journal: what it did so far counts, and no more; once it is gone, everything."""
    path = journal(tmp_path / "a.jsonl", *deleted(), end=None)
    register(folder, path, deletions=(("delete_namespace", "customer-7", None, "id-0"),) * 5)
    with held(path, FakeClock(), journal=begin_of(path).hash):
        assert recent_deletions(folder, START) == Recent(namespaces=1)
    assert recent_deletions(folder, START).namespaces == 5


def test_a_killed_apply_that_was_resumed_counts_what_it_did(folder, tmp_path):
    """Its end stands in the journal then, and its head vouches for it."""
    path = journal(tmp_path / "a.jsonl", *deleted(), end=None)
    register(folder, path, deletions=(("delete_namespace", "customer-7", None, "id-0"),) * 5)
    with Journal.reopen(path, FakeClock()) as again:
        again.append("resumed", **facts_of("resumed", end_in_doubt=again.end_in_doubt))
        again.append(*END[:1], **END[1])
    assert recent_deletions(folder, START) == Recent(namespaces=1)


def test_a_resume_without_a_head_brings_no_lines_back(folder, tmp_path):
    """What was missing when it was gone on with is missing still: everything counts until it is too old."""
    path = journal(tmp_path / "a.jsonl", *deleted())
    register(folder, path, deletions=(("delete_namespace", "customer-7", None, "id-0"),) * 5)
    _cut_without_head(path)
    with Journal.reopen(path, FakeClock()) as again:
        again.append("resumed", **facts_of("resumed", end_in_doubt=again.end_in_doubt))
        again.append("end", **facts_of("end", done=0, dropped=5))
    found = recent_deletions(folder, START + 2 * DAY)
    assert (found.namespaces, "its head was missing when it was resumed" in found.doubt) == (5, True)


def test_the_journal_of_another_plan(folder, tmp_path):
    """Nobody knows what the right one says, and the error names it."""
    path = journal(tmp_path / "a.jsonl", digest="b" * 64)
    register(folder, path)
    with pytest.raises(StateError, match="another plan than the register") as caught:
        recent_deletions(folder, START)
    assert caught.value.path == str(path)


def test_many_doubts_are_said_of_two(folder, tmp_path):
    """A plan shows the sentence in one cell."""
    for number in range(4):
        register(folder, tmp_path / f"{number}.jsonl", digest=str(number) * 64)
    found = recent_deletions(folder, START)
    assert found.namespaces == 4
    assert found.doubt.count("all 1 of an apply are counted") == 2
    assert found.doubt.endswith("; and 2 applies more")


# --- journals that the register does not know ---------------------------------------------------------


@pytest.fixture
def journals(folder):
    """The folder for journals."""
    place = folder.path / "journals"
    place.mkdir(parents=True)
    return place


def _refused(folder, moment=START):
    with pytest.raises(StateError, match="the register of applies does not know a journal") as caught:
        recent_deletions(folder, moment)
    assert "bring the folder applied/ back from a backup" in caught.value.hint
    return Path(caught.value.path)


def test_the_register_is_gone_and_the_journals_are_not(folder, journals):
    """Nobody knows then; also not where a journal is damaged, or all but its head is gone."""
    path = journal(journals / "a.jsonl", *deleted())
    register(folder, path)
    assert recent_deletions(folder, START) == Recent(namespaces=1)
    shutil.rmtree(folder.path / "applied")
    assert _refused(folder) == path
    _tampered(path)
    assert _refused(folder) == path
    path.write_bytes(b"")
    assert _refused(folder) == path
    path.unlink()
    assert _refused(folder) == head_path(path)


def test_one_of_the_register_s_files_is_gone(folder, journals):
    """The others count on, and that is not enough."""
    register(folder, journal(journals / "a.jsonl", *deleted()))
    lost = journal(journals / "b.jsonl", *deleted(1), digest="b" * 64)
    assert _refused(folder) == lost


def test_a_journal_that_was_cut_off_before_the_register_knew_of_it(folder, journals):
    """Nothing was done by it, and its head says so; the plan may be applied again at once."""
    path = journal(journals / "a.jsonl", end=None)
    assert recent_deletions(folder, START) == NONE
    head_path(path).write_bytes(b"")
    assert recent_deletions(folder, START) == NONE
    head_path(path).unlink()
    assert recent_deletions(folder, START) == NONE
    line = path.read_bytes()
    for kept in (line[:-10], line[:5], b""):
        path.write_bytes(kept)
        assert recent_deletions(folder, START) == NONE


def test_what_looks_cut_off_before_it_began_and_was_not(folder, journals):
    """A second record, another head, or a run that began: something may have been done."""
    path = journal(journals / "a.jsonl", end=None)
    RunPlace(path).make()
    assert recent_deletions(folder, START) == NONE
    _torn(path)
    assert _refused(folder) == path
    _cut_without_head(path)
    assert _refused(folder) == path
    path.write_bytes(b"")
    assert _refused(folder) == path
    path = journal(path, *deleted())
    _cut(path, 1)
    assert _refused(folder) == path


def test_what_need_not_be_known(folder, journals):
    """Old journals, copies of those that are known, and what is no journal."""
    old = journal(journals / "old.jsonl", *deleted(1), digest="b" * 64)
    assert recent_deletions(folder, START + 10 * DAY) == NONE
    assert _refused(folder, START + 8 * DAY) == old
    old.unlink()
    head_path(old).unlink()
    path = journal(journals / "a.jsonl", *deleted())
    register(folder, path)
    shutil.copy(path, journals / "copy.jsonl")
    (journals / "notes.txt").write_text("mine")
    (journals / "a.jsonl.run").mkdir()
    assert recent_deletions(folder, START) == Recent(namespaces=1)


def test_a_known_journal_that_is_gone_is_no_unknown_one(folder, journals):
    """Its head is left behind: everything that its apply was to delete counts."""
    path = journal(journals / "a.jsonl", *deleted())
    register(folder, path)
    path.unlink()
    assert recent_deletions(folder, START).namespaces == 1


def test_an_apply_without_deletions_is_not_looked_at(folder, tmp_path):
    """Its journal may be gone."""
    register(folder, tmp_path / "gone.jsonl", deletions=())
    assert recent_deletions(folder, START) == NONE


def test_a_register_that_nobody_can_read(folder, tmp_path):
    """Then nobody knows, and that is an error."""
    register(folder, journal(tmp_path / "a.jsonl", *deleted()))
    (folder.path / "applied" / f"{'a' * 64}.json").write_text("{}")
    with pytest.raises(StateError):
        recent_deletions(folder, START)
