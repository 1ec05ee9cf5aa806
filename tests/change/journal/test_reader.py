"""Reading a journal: its state, what its head vouches for, and the stream of its records."""

from __future__ import annotations

import tracemalloc

import pytest
from support.journals import begin_facts, chain, facts_of, whole, write_journal, write_raw_head

from wfp_ops.change.journal.head import Head, head_path, read_head
from wfp_ops.change.journal.reader import begin_of, read, verify
from wfp_ops.change.journal.record import seal, to_line
from wfp_ops.errors import JournalError

NOT_YET = ("end", facts_of("end", done=1, left=2, complete=False))


def test_a_journal_that_went_through(tmp_path):
    """Complete, with the hash of its last record, and nothing to add."""
    records = whole()
    verdict = verify(write_journal(tmp_path / "a.jsonl", records))
    assert (verdict.state, verdict.records, verdict.problem) == ("complete", len(records), None)
    assert (verdict.last_hash, verdict.torn_bytes, verdict.line) == (records[-1].hash, 0, None)
    assert verdict.notes == ()
    assert verdict.path == tmp_path / "a.jsonl"


@pytest.mark.parametrize(
    "kinds", [["begin"], ["begin", "intent"], ["begin", NOT_YET], ["begin", NOT_YET, "resumed", "intent"]]
)
def test_a_journal_that_did_not_come_to_its_end(tmp_path, kinds):
    """Without an end, or with one that left something: it can be resumed."""
    verdict = verify(write_journal(tmp_path / "a.jsonl", chain(*kinds)))
    assert (verdict.state, verdict.problem, verdict.notes) == ("unfinished", None, ())


def test_a_journal_resumed_to_its_end(tmp_path):
    """What counts is the last record."""
    records = chain("begin", NOT_YET, "resumed", "intent", "outcome", "end")
    assert verify(write_journal(tmp_path / "a.jsonl", records)).state == "complete"


def test_nothing_but_resumed_follows_an_end(tmp_path):
    """Even with a chain that holds."""
    verdict = verify(write_journal(tmp_path / "a.jsonl", chain("begin", "end", "intent")))
    assert (verdict.state, verdict.line, verdict.records) == ("tampered", 3, 2)
    assert "only 'resumed' may follow" in verdict.problem


def test_the_end_cut_off(tmp_path):
    """The chain holds, and the head knows of more."""
    records = whole()
    path = write_journal(tmp_path / "a.jsonl", records)
    path.write_bytes(b"".join(map(to_line, records[:5])))
    verdict = verify(path)
    assert (verdict.state, verdict.records, verdict.line) == ("tampered", 5, None)
    assert f"it has 5 whole records, and its head knows of {len(records)}" in verdict.problem


def test_a_missing_head_vouches_for_nothing(tmp_path):
    """Unless the last record says that all was done; either way it is said."""
    cut = verify(write_journal(tmp_path / "a.jsonl", whole()[:5], known=0))
    assert cut.state == "unfinished"
    assert cut.notes == ("its head is missing, so nothing vouches that no lines were cut off at its end",)
    ended = verify(write_journal(tmp_path / "b.jsonl", whole(), known=0))
    assert ended.state == "complete"
    assert ended.notes == ("its head is missing; its last record says that nothing was left to do",)


def test_a_head_that_is_behind(tmp_path):
    """A kill between a record and its head leaves one: nothing is wrong, and it is said."""
    path = write_journal(tmp_path / "a.jsonl", whole()[:5], known=3)
    verdict = verify(path)
    assert (verdict.state, verdict.records) == ("unfinished", 5)
    assert "behind by 2 records" in verdict.notes[0]
    assert verify(write_journal(tmp_path / "b.jsonl", whole(), known=3)).notes == ()


def test_a_journal_written_anew(tmp_path):
    """With a chain of its own that holds from end to end: the head knows another record."""
    path = write_journal(tmp_path / "a.jsonl", whole())
    forged = whole(by="bob@desk")
    path.write_bytes(b"".join(map(to_line, forged)))
    verdict = verify(path)
    assert (verdict.state, verdict.line) == ("tampered", len(forged))
    assert "the head" in verdict.problem


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"\0" * 90,
        b'{"n":              5,"hash":"short"}\n',
        b'{"n":5,"hash":"%s"}\n' % (b"a" * 64),
        b'{"n":%d,"hash":"%s"}\n' % (10**30, b"a" * 64),
    ],
)
def test_a_head_that_is_none(tmp_path, content):
    """It was on the disk at its full width from the start, so nothing but a change makes it such."""
    path = write_journal(tmp_path / "a.jsonl", whole())
    head_path(path).write_bytes(content)
    verdict = verify(path)
    assert verdict.state == "tampered"
    assert "head" in verdict.problem


def test_a_head_in_another_spelling_is_none(tmp_path):
    """Even with the right number and hash: we did not write it."""
    path = write_journal(tmp_path / "a.jsonl", whole())
    head_path(path).write_text(f'{{"n":{len(whole()) - 1},"hash":"{whole()[-1].hash}"}}\n', encoding="ascii")
    assert "head was changed" in verify(path).problem


def test_an_empty_head_counts_as_missing(tmp_path):
    """A run killed as it began leaves one."""
    path = write_journal(tmp_path / "a.jsonl", chain("begin"), known=0)
    head_path(path).touch()
    assert read_head(path) is None
    assert verify(path).state == "unfinished"


@pytest.mark.parametrize("zeros", [b"", b"\0" * 512])
@pytest.mark.parametrize("kept", [1, 5, 6, 60, -1])
def test_a_torn_last_line(tmp_path, kept, zeros):
    """Cut at any place, also with the zeros that a power cut may leave."""
    records = whole()[:5]
    path = write_journal(tmp_path / "a.jsonl", records, known=4)
    tail = to_line(records[4])[:kept] + zeros
    path.write_bytes(b"".join(map(to_line, records[:4])) + tail)
    verdict = verify(path)
    assert (verdict.state, verdict.records, verdict.torn_bytes) == ("unfinished", 4, len(tail))
    assert "torn" in verdict.notes[0]


def test_a_torn_line_after_the_end(tmp_path):
    """A run that was killed as it resumed: unfinished, whatever the end said."""
    path = write_journal(tmp_path / "a.jsonl", whole())
    with path.open("ab") as file:
        file.write(b'{"n":%d,"at' % len(whole()))
    assert verify(path).state == "unfinished"


@pytest.mark.parametrize("tail", [b"hello", b'{"n":4,"at":"2026', b'{"n":51,"at":"', b"{ "])
def test_a_tail_that_is_the_beginning_of_no_record(tmp_path, tail):
    """It was not a journal that was writing there."""
    records = whole()[:5]
    path = write_journal(tmp_path / "a.jsonl", records)
    path.write_bytes(path.read_bytes() + tail)
    verdict = verify(path)
    assert (verdict.state, verdict.line) == ("tampered", 6)


def test_a_last_line_that_the_head_knows_is_never_torn(tmp_path):
    """It was whole once: somebody cut it."""
    path = write_journal(tmp_path / "a.jsonl", whole())
    path.write_bytes(path.read_bytes()[:-1])
    assert verify(path).state == "tampered"


def test_a_run_that_died_as_it_began(tmp_path):
    """An empty file, or a torn first line: nothing was done, and it is said."""
    path = tmp_path / "a.jsonl"
    for content in (b"", to_line(chain("begin")[0])[:-20]):
        path.write_bytes(content)
        verdict = verify(path)
        assert (verdict.state, verdict.records, verdict.last_hash) == ("unfinished", 0, None)
        assert "changed nothing" in verdict.notes[-1]
        with pytest.raises(JournalError, match="holds no record"):
            begin_of(path)
        assert list(read(path, allow_torn=True)) == []


def test_an_emptied_journal_is_not_one_that_never_began(tmp_path):
    """Its head knows better."""
    path = write_journal(tmp_path / "a.jsonl", whole())
    path.write_bytes(b"")
    assert verify(path).state == "tampered"


def test_a_first_record_that_is_no_begin(tmp_path):
    """A journal without its plan can't be followed."""
    verdict = verify(write_journal(tmp_path / "a.jsonl", chain("paused", "continued")))
    assert (verdict.state, verdict.line, verdict.records) == ("tampered", 1, 0)


def test_another_file_is_no_journal(tmp_path):
    """It is called tampered, not taken for an empty one."""
    path = tmp_path / "a.csv"
    path.write_text("customer_id,name\n7,Ann\n", encoding="utf-8")
    assert verify(path).state == "tampered"
    with pytest.raises(JournalError) as caught:
        begin_of(path)
    assert caught.value.line == 1


@pytest.mark.parametrize("use", [verify, begin_of, lambda path: list(read(path))])
def test_a_file_that_is_not_there_or_no_file(tmp_path, use):
    """An error with the path and what to do, for every way of reading."""
    with pytest.raises(JournalError, match="no such journal") as caught:
        use(tmp_path / "a.jsonl")
    assert caught.value.path == str(tmp_path / "a.jsonl")
    assert caught.value.hint
    with pytest.raises(JournalError, match="can't be there"):
        use(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="can't be there"):
        use(tmp_path / "file" / "a.jsonl")


def test_the_records_come_in_order(tmp_path):
    """Each as it was sealed."""
    records = whole()
    path = write_journal(tmp_path / "a.jsonl", records)
    assert list(read(path)) == records
    assert begin_of(path) == records[0]


def test_reading_stops_at_the_first_problem(tmp_path):
    """What stands before it comes; then an error with the line and what to do."""
    records = whole()
    path = write_journal(tmp_path / "a.jsonl", records)
    path.write_bytes(path.read_bytes().replace(b'"id-1"', b'"id-9"', 1))
    stream = read(path)
    assert [next(stream) for _ in range(5)] == records[:5]
    with pytest.raises(JournalError, match="was changed") as caught:
        next(stream)
    assert (caught.value.line, caught.value.path) == (6, str(path))
    assert caught.value.hint


def test_reading_finds_an_end_that_was_cut_off(tmp_path):
    """A stream that just ended would look like all that was done."""
    records = whole()
    path = write_journal(tmp_path / "a.jsonl", records)
    path.write_bytes(b"".join(map(to_line, records[:5])))
    with pytest.raises(JournalError, match="cut off"):
        list(read(path))


def test_a_torn_line_is_passed_by_only_if_asked(tmp_path):
    """Otherwise it is an error with its line, and the way out."""
    records = whole()[:5]
    path = write_journal(tmp_path / "a.jsonl", records)
    path.write_bytes(path.read_bytes() + b'{"n":5,')
    assert list(read(path, allow_torn=True)) == records
    with pytest.raises(JournalError, match=r"torn \(7 bytes\)") as caught:
        list(read(path))
    assert caught.value.line == 6


def test_the_begin_is_read_alone(tmp_path):
    """A list of journals is quick to make: what follows is not looked at."""
    path = write_journal(tmp_path / "a.jsonl", whole())
    path.write_bytes(path.read_bytes().replace(b"answered", b"guessed!"))
    assert begin_of(path).facts == begin_facts()
    assert verify(path).state == "tampered"


def test_memory_stays_flat(tmp_path):
    """A long journal takes no more than a short one."""

    def peak(steps):
        path = tmp_path / f"{steps}.jsonl"
        last = chain("begin")[0]
        with path.open("wb") as file:
            file.write(to_line(last))
            for n in range(steps):
                last = seal(n + 1, last.at, "verified", facts_of("verified", n), last.hash)
                file.write(to_line(last))
        write_raw_head(path, Head(steps, last.hash))
        tracemalloc.start()
        verdict = verify(path)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (verdict.state, verdict.records) == ("unfinished", steps + 1)
        return most, path.stat().st_size

    peak(10)
    short, _ = peak(100)
    long, size = peak(5_000)
    assert size > 1_000_000
    assert long < short + 50_000
