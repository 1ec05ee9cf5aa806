"""Writing a journal: begun, gone on with, reopened; nothing written over, nothing out of turn."""

from __future__ import annotations

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.journals import begin_facts, chain, facts_of, whole, write_journal

from wfp_ops.change.journal.head import Head, head_path, read_head
from wfp_ops.change.journal.reader import begin_of, read, verify
from wfp_ops.change.journal.record import to_line
from wfp_ops.change.journal.writer import Journal
from wfp_ops.errors import JournalError

POSIX = pytest.mark.skipif(os.name != "posix", reason="permission bits of this kind are POSIX's")


@pytest.fixture
def path(tmp_path):
    """Where the journal is to be; its folders are not there yet."""
    return tmp_path / "accounts" / "acme" / "a.jsonl"


@pytest.fixture
def journal(path, fake_clock):
    """A journal just begun."""
    with Journal.create(path, fake_clock, **begin_facts()) as created:
        yield created


def test_a_journal_just_begun(journal, path):
    """Its begin is in the file, and the head knows it."""
    begin = begin_of(path)
    assert begin.facts == begin_facts()
    assert begin.at == "2026-11-23T12:00:00.000000Z"
    assert read_head(path) == Head(0, begin.hash)
    assert (journal.path, journal.torn_bytes, journal.notes) == (path, 0, ())
    assert journal.last_hash == begin.hash


def test_the_schema_need_not_be_given(path, fake_clock):
    """It is the journal's own business."""
    facts = begin_facts()
    del facts["schema"]
    Journal.create(path, fake_clock, **facts).close()
    assert begin_of(path).facts == begin_facts()


@POSIX
def test_nobody_else_may_read_it(journal, path, tmp_path):
    """Files 0600, folders that were made 0700, whatever the umask."""
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, head_path(path))] == [0o600, 0o600]
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path.parent.parent)] == [0o700, 0o700]


def test_each_record_is_in_the_file_when_append_comes_back(journal, path, fake_clock):
    """With the time of the clock, linked to the one before, and the head after it."""
    fake_clock.advance(1.5)
    intent = journal.append("intent", **facts_of("intent"))
    assert list(read(path))[1:] == [intent]
    assert (intent.n, intent.at, intent.prev) == (1, "2026-11-23T12:00:01.500000Z", begin_of(path).hash)
    assert read_head(path) == Head(1, intent.hash)
    assert journal.last_hash == intent.hash


def test_a_whole_apply(journal, path):
    """What the writer writes, the reader finds complete."""
    for record in whole()[1:]:
        journal.append(record.kind, **record.facts)
    journal.close()
    verdict = verify(path)
    assert (verdict.state, verdict.records, verdict.notes) == ("complete", len(whole()), ())


def test_a_journal_is_never_written_over(journal, path, fake_clock):
    """The one that is there stays as it is."""
    before = path.read_bytes()
    with pytest.raises(JournalError, match="there is a journal or another file already") as caught:
        Journal.create(path, fake_clock, **begin_facts())
    assert caught.value.path == str(path)
    assert caught.value.hint
    assert path.read_bytes() == before
    assert verify(path).state == "unfinished"


def test_a_head_without_its_journal_is_not_written_over(journal, path, fake_clock):
    """Somebody removed the journal: that is not to be covered up by a new one."""
    journal.close()
    path.unlink()
    with pytest.raises(JournalError, match="the head of a journal that is gone") as caught:
        Journal.create(path, fake_clock, **begin_facts())
    assert caught.value.path == str(head_path(path))
    assert not path.exists()


def test_a_begin_that_lacks_a_fact_makes_no_file(path, fake_clock):
    """Nor a folder."""
    with pytest.raises(ValueError, match="lacks digest"):
        Journal.create(path, fake_clock, **{k: v for k, v in begin_facts().items() if k != "digest"})
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("undone", {"detail": ""}),
        ("intent", {"step": 0}),
        ("paused", {"detail": 0.5}),
        ("paused", {"detail": "", "hash": "x"}),
        ("begin", begin_facts()),
    ],
)
def test_a_wrong_record_is_refused_and_the_journal_goes_on(journal, path, kind, facts):
    """Nothing of it is written, so nothing is in doubt."""
    with pytest.raises(ValueError):
        journal.append(kind, **facts)
    journal.append("paused", detail="lunch")
    assert [record.kind for record in read(path)] == ["begin", "paused"]


def test_nothing_but_resumed_follows_an_end(journal, path):
    """So that the reader never finds what the writer should not have written."""
    journal.append("end", **facts_of("end", complete=False))
    with pytest.raises(JournalError, match="only 'resumed' may follow, not 'intent'"):
        journal.append("intent", **facts_of("intent"))
    journal.append("resumed", **facts_of("resumed"))
    journal.append("intent", **facts_of("intent"))
    assert verify(path).state == "unfinished"


def test_a_closed_journal_takes_nothing(journal, path):
    """Closing twice is no error."""
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.append("paused", detail="")
    assert verify(path).records == 1


def test_threads_share_it(journal, path):
    """Every record finds its place in the chain, each once."""
    start = threading.Barrier(8)

    def write(number):
        start.wait()
        for turn in range(20):
            journal.append("paused", detail=f"{number}-{turn}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    written = [record.facts.get("detail") for record in read(path)][1:]
    assert sorted(written) == sorted(f"{number}-{turn}" for number in range(8) for turn in range(20))
    assert verify(path).notes == ()


@pytest.mark.parametrize("harm", ["longer", "shorter", "removed"])
def test_somebody_else_touched_the_file(journal, path, harm):
    """Then nothing more is written: what would follow could not be trusted."""
    if harm == "removed":
        path.unlink()
    else:
        content = path.read_bytes()
        path.write_bytes(content + b"x" if harm == "longer" else content[:-1])
    with pytest.raises(JournalError, match="somebody else changed or removed"):
        journal.append("paused", detail="")
    with pytest.raises(JournalError, match="in doubt"):
        journal.append("paused", detail="")


def test_going_on(journal, path, fake_clock):
    """The chain goes on where it ended; the file before stays byte for byte."""
    journal.append("intent", **facts_of("intent"))
    journal.close()
    before = path.read_bytes()
    fake_clock.advance(60)
    with Journal.reopen(path, fake_clock) as again:
        assert (again.torn_bytes, again.notes, again.end_in_doubt) == (0, (), False)
        again.append("resumed", **facts_of("resumed"))
    assert path.read_bytes().startswith(before)
    assert [record.kind for record in read(path)] == ["begin", "intent", "resumed"]
    assert verify(path).notes == ()


@pytest.mark.parametrize("kept", [1, 70, -1])
def test_a_torn_line_is_cut_off(tmp_path, fake_clock, kept):
    """It alone; how much it was is remembered, and the head is brought up to date."""
    records = whole()[:5]
    path = write_journal(tmp_path / "a.jsonl", records, known=3)
    good = path.read_bytes()
    torn = to_line(whole()[5])[:kept]
    path.write_bytes(good + torn)
    with Journal.reopen(path, fake_clock) as journal:
        assert journal.torn_bytes == len(torn)
        assert path.read_bytes() == good
        assert read_head(path) == Head(4, records[4].hash)
        journal.append("resumed", by="ann@desk", torn_bytes=journal.torn_bytes, detail="")
    assert verify(path).state == "unfinished"


def test_a_tampered_journal_is_not_gone_on_with(tmp_path, fake_clock):
    """Nor is it changed; the error says where."""
    path = write_journal(tmp_path / "a.jsonl", whole())
    harmed = path.read_bytes().replace(b"answered", b"guessed!", 1)
    path.write_bytes(harmed)
    with pytest.raises(JournalError, match="was changed") as caught:
        Journal.reopen(path, fake_clock)
    assert caught.value.line == 4
    assert path.read_bytes() == harmed


def test_a_cut_journal_is_not_gone_on_with(tmp_path, fake_clock):
    """Its torn last line was whole once, as the head knows."""
    path = write_journal(tmp_path / "a.jsonl", whole())
    cut = path.read_bytes()[:-10]
    path.write_bytes(cut)
    with pytest.raises(JournalError, match="cut off"):
        Journal.reopen(path, fake_clock)
    assert path.read_bytes() == cut


def test_a_run_that_died_as_it_began_is_not_gone_on_with(tmp_path, fake_clock):
    """There is no plan in it; the hint says what to do."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(to_line(chain("begin")[0])[:100])
    with pytest.raises(JournalError, match="holds no record") as caught:
        Journal.reopen(path, fake_clock)
    assert "apply the plan again" in caught.value.hint


def test_a_journal_that_is_not_there(tmp_path, fake_clock):
    """It is not made by reopening it."""
    with pytest.raises(JournalError, match="no such journal"):
        Journal.reopen(tmp_path / "a.jsonl", fake_clock)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_head_is_told_and_made_anew(tmp_path, fake_clock):
    """Whoever goes on can say so in the record of it."""
    path = write_journal(tmp_path / "a.jsonl", whole()[:5], known=0)
    with Journal.reopen(path, fake_clock) as journal:
        assert "nothing vouches" in journal.notes[0]
        assert journal.end_in_doubt
    assert read_head(path) == Head(4, whole()[4].hash)


def test_a_path_of_one_part(tmp_path, fake_clock, monkeypatch):
    """A name alone means this folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.jsonl"
    Journal.create(path.relative_to(tmp_path), fake_clock, **begin_facts()).close()
    assert verify(path).records == 1
