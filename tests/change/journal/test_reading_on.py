"""Reading a journal while it is written: again and again, each record once, each change to it seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.journals import chain, facts_of, whole, write_journal

from wfp_ops.change.journal.reader import Reading, ends_complete
from wfp_ops.change.journal.record import to_line
from wfp_ops.errors import JournalError

RECORDS = whole()


@given(st.lists(st.integers(1, sum(len(to_line(each)) for each in RECORDS)), max_size=6))
def test_what_was_added_comes_once(tmp_path_factory, cuts):
    """However many bytes were there at each look, torn lines among them."""
    content = b"".join(map(to_line, RECORDS))
    path = tmp_path_factory.mktemp("journal") / "acme.jsonl"
    reading, found = Reading(path), []
    for length in [*sorted(cuts), len(content)]:
        path.write_bytes(content[:length])
        found += list(reading)
        assert reading.problem is None
    assert found == RECORDS
    assert (reading.torn_bytes, reading.verification().state) == (0, "complete")


def test_nothing_new(tmp_path):
    """A second look at the same brings nothing, and the verdict stays."""
    reading = Reading(write_journal(tmp_path / "acme.jsonl", RECORDS))
    assert list(reading) == RECORDS
    assert list(reading) == []
    assert reading.verification().state == "complete"


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_what_was_read_is_gone(tmp_path, kept):
    """A journal that was cut meanwhile is tampered with, with and without its head; it stays so."""
    path = write_journal(tmp_path / "acme.jsonl", RECORDS, known=0)
    reading = Reading(path)
    assert list(reading) == RECORDS
    path.write_bytes(b"".join(map(to_line, RECORDS[:kept])))
    assert list(reading) == []
    assert "cut off" in reading.problem
    path.write_bytes(b"".join(map(to_line, RECORDS)))
    assert list(reading) == []
    assert reading.verification().state == "tampered"


def test_what_is_added_must_follow(tmp_path):
    """Lines of another journal are seen."""
    path = write_journal(tmp_path / "acme.jsonl", RECORDS[:4], known=0)
    reading = Reading(path)
    assert len(list(reading)) == 4
    other = chain("begin", ("intent", facts_of("intent")), "paused", "continued", "paused")
    path.write_bytes(path.read_bytes() + to_line(other[4]))
    assert list(reading) == []
    assert "does not follow" in reading.problem


@pytest.mark.parametrize(
    ("records", "complete"),
    [
        (RECORDS, True),
        (RECORDS[:-1], False),
        ([], False),
        (chain("begin", ("end", facts_of("end", left=2, complete=False))), False),
        (chain("begin", ("end", facts_of("end")), ("resumed", facts_of("resumed"))), False),
    ],
)
def test_a_quick_look_at_the_end(tmp_path, records, complete):
    """By the last line alone."""
    path = write_journal(tmp_path / "acme.jsonl", records)
    assert ends_complete(path) is complete


def test_a_quick_look_at_what_is_none(tmp_path):
    """Another file ends with no such line; one that is not there is an error."""
    path = tmp_path / "acme.jsonl"
    path.write_bytes(b"\xff" * 10_000)
    assert not ends_complete(path)
    with pytest.raises(JournalError):
        ends_complete(tmp_path / "none.jsonl")
