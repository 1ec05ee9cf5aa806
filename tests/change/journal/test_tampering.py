"""The laws: whatever is done to a journal, the check finds it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.journals import facts_of, whole, write_journal

from wfp_ops.change.journal.head import head_path
from wfp_ops.change.journal.reader import read, verify
from wfp_ops.change.journal.record import to_line
from wfp_ops.errors import JournalError

RECORDS = whole()
LINES = [to_line(record) for record in RECORDS]
CONTENT = b"".join(LINES)
PLACES = st.integers(0, len(LINES) - 1)


def state_of(content, *, known=None):
    """The state of a journal whose content was replaced; reading it agrees."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_journal(Path(folder) / "a.jsonl", RECORDS, known=known)
        path.write_bytes(content)
        state = verify(path).state
        try:
            for _ in read(path, allow_torn=True):
                pass
        except JournalError:
            assert state == "tampered"
        else:
            assert state != "tampered"
        return state


def test_untouched():
    """What the others begin with is complete, so that they can fail."""
    assert state_of(CONTENT) == "complete"


@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_a_changed_byte(place, flip):
    """Any bits of any byte, newlines among them."""
    content = bytearray(CONTENT)
    content[place] ^= flip
    assert state_of(bytes(content)) == "tampered"


def test_every_byte_changed_in_its_lowest_bit():
    """Not by chance: each byte of the last two lines, where the torn line's rule could let one slip."""
    start = len(CONTENT) - len(LINES[-1]) - len(LINES[-2])
    for place in range(start, len(CONTENT)):
        content = bytearray(CONTENT)
        content[place] ^= 1
        assert state_of(bytes(content)) == "tampered", place


@given(st.data())
def test_a_changed_byte_of_the_head(data):
    """The head can't be bent to fit another end."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_journal(Path(folder) / "a.jsonl", RECORDS)
        head = bytearray(head_path(path).read_bytes())
        head[data.draw(st.integers(0, len(head) - 1))] ^= data.draw(st.integers(1, 255))
        head_path(path).write_bytes(bytes(head))
        assert verify(path).state == "tampered"


@given(st.sets(PLACES, min_size=1, max_size=len(LINES)))
def test_removed_lines(gone):
    """Any lines, one or all, in the middle or at the end."""
    content = b"".join(line for place, line in enumerate(LINES) if place not in gone)
    assert state_of(content) == "tampered"


@given(PLACES, PLACES)
def test_swapped_lines(one, other):
    """Any two."""
    assume(one != other)
    lines = list(LINES)
    lines[one], lines[other] = lines[other], lines[one]
    assert state_of(b"".join(lines)) == "tampered"


@given(PLACES, st.integers(0, len(LINES)))
def test_a_duplicated_line(which, where):
    """Any line once more, at any place."""
    lines = list(LINES)
    lines.insert(where, LINES[which])
    assert state_of(b"".join(lines)) == "tampered"


@given(st.integers(0, len(LINES)), st.binary().map(lambda junk: junk.replace(b"\n", b"")))
def test_an_added_line(where, junk):
    """Any line that is no record of this journal."""
    lines = list(LINES)
    lines.insert(where, junk + b"\n")
    assert state_of(b"".join(lines)) == "tampered"


@given(st.integers(0, len(CONTENT) - 1))
def test_a_cut_end_that_the_head_knows(size):
    """At any byte, the ends of records among them."""
    assert state_of(CONTENT[:size]) == "tampered"


@pytest.mark.parametrize("count", range(len(LINES)))
def test_a_cut_at_every_end_of_a_record(count):
    """Each of them, not by chance."""
    assert state_of(b"".join(LINES[:count])) == "tampered"


@given(st.data())
def test_a_crash_within_a_line_is_no_tampering(data):
    """The head does not know of the line yet: unfinished, at any byte of it, or just before it."""
    count = data.draw(st.integers(1, len(LINES) - 1))
    kept = data.draw(st.integers(0, len(LINES[count]) - 1))
    content = b"".join(LINES[:count]) + LINES[count][:kept]
    assert state_of(content, known=count) == "unfinished"


@given(st.integers(1, len(LINES) - 1))
def test_a_crash_between_a_line_and_its_head_is_no_tampering(count):
    """The line is whole, the head one behind."""
    state = state_of(b"".join(LINES[: count + 1]), known=count)
    assert state == ("complete" if count + 1 == len(LINES) else "unfinished")


def test_the_facts_that_matter_are_in_the_chain():
    """So that the laws above speak of every kind of line that an apply writes."""
    assert {record.kind for record in RECORDS} >= {
        "begin",
        "archived",
        "intent",
        "outcome",
        "verified",
        "end",
    }
    assert facts_of("end")["complete"] is True
