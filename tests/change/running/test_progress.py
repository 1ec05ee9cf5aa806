"""How far an apply is: counts, rate and state, by its records and nothing else."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_clock import START
from support.journals import facts_of
from support.plans import deletion, plan_of

from wfp_ops.change.journal.record import FIRST_PREV, seal, stamp
from wfp_ops.change.running.progress import GONE, Life, Tally

NAMES = ("customer-7", "customer-8", "customer-9")
LIVES = Life(goes_on=True, pid=77, since=START)
GONE_LIFE = Life(goes_on=False)


def _records(*said):
    """Sealed records of ``(kind, seconds since the start, changed facts)``."""
    made = []
    for n, (kind, seconds, changes) in enumerate(said):
        more = {name: value for name, value in changes.items() if name != "number"}
        facts = facts_of(kind, changes.get("number", 0), **more)
        at = stamp(START + timedelta(seconds=seconds))
        made.append(seal(n, at, kind, facts, made[-1].hash if made else FIRST_PREV))
    return made


def _step(number, seconds, result="done"):
    return [
        ("archived", seconds, {"number": number}),
        ("intent", seconds, {"number": number}),
        ("outcome", seconds, {"number": number, "result": result}),
    ]


@pytest.fixture
def tally():
    """Of a plan of three deletions."""
    return Tally(plan_of(*map(deletion, NAMES)))


def test_while_it_goes_on(tally):
    """Two of three are done, four seconds each: four more are left."""
    tally.add(_records(("begin", 0, {}), *_step(0, 4), *_step(1, 8), ("intent", 9, {"number": 2})))
    progress = tally.progress(LIVES)
    assert (progress.state, progress.total, progress.done, progress.left, progress.over) == (
        "running",
        3,
        2,
        1,
        2,
    )
    assert (progress.current, progress.pid, progress.since) == ("customer-9", 77, START)
    assert (progress.rate, progress.seconds_left) == (0.25, 4.0)
    assert (progress.stopped, progress.ended, progress.paused) == (None, False, False)


def test_before_anything_is_done(tally):
    """No rate is known yet; the first is being archived or looked at."""
    tally.add(_records(("begin", 0, {})))
    progress = tally.progress(LIVES)
    assert (progress.current, progress.rate, progress.seconds_left) == ("customer-7", None, None)


def test_a_pause_is_no_slowness(tally):
    """While it stands still nothing is foretold; afterwards the rate is that from then on."""
    begin = [("begin", 0, {}), *_step(0, 1), ("paused", 2, {})]
    tally.add(_records(*begin))
    progress = tally.progress(LIVES)
    assert (progress.state, progress.paused, progress.current, progress.seconds_left) == (
        "paused",
        True,
        "",
        None,
    )
    later = Tally(plan_of(*map(deletion, NAMES)))
    later.add(_records(*begin, ("continued", 1000, {}), *_step(1, 1002)))
    assert later.progress(LIVES).rate == 0.5


@pytest.mark.parametrize(
    ("said", "asked", "shown"),
    [
        ([], "pause", "pause"),
        ([("paused", 2, {})], "pause", None),
        ([("paused", 2, {})], "resume", "resume"),
        ([("paused", 2, {}), ("continued", 3, {})], "resume", None),
        ([("paused", 2, {})], "cancel", "cancel"),
        ([("cancelled", 2, {})], "cancel", None),
    ],
)
def test_what_is_asked_until_it_shows(tally, said, asked, shown):
    """A wish stands until the journal says that it was heeded, and is nobody's once it has ended."""
    tally.add(_records(("begin", 0, {}), *said))
    assert tally.progress(Life(goes_on=True, asked=asked)).asked == shown
    assert tally.progress(Life(goes_on=False, asked=asked)).asked is None


def _end(left, seconds=9):
    return ("end", seconds, {"done": 3 - left, "left": left, "complete": left == 0})


@pytest.mark.parametrize(
    ("said", "problem", "state", "stopped"),
    [
        ([], None, "interrupted", GONE),
        ([], "the disk is full", "interrupted", "the disk is full"),
        ([("cancelled", 2, {}), _end(3)], None, "interrupted", "cancelled"),
        ([("breaker", 2, {"detail": "no connection"}), _end(3)], None, "interrupted", "no connection"),
        ([_end(3)], "it expired", "interrupted", "it expired"),
        ([("cancelled", 2, {}), _end(3), ("resumed", 5, {})], None, "interrupted", GONE),
        ([*_step(0, 1), *_step(1, 1), *_step(2, 1)], None, "interrupted", GONE),
        ([*_step(0, 1), *_step(1, 1), *_step(2, 1), _end(0)], None, "finished", None),
    ],
)
def test_how_it_ended(tally, *, said, problem, state, stopped):
    """It is finished once its journal says so; else it can be gone on with, and why it stopped is told."""
    tally.add(_records(("begin", 0, {}), *said))
    progress = tally.progress(Life(goes_on=False, problem=problem))
    assert (progress.state, progress.stopped) == (state, stopped)
    assert progress.ended
    assert (progress.current, progress.rate, progress.pid) == ("", None, None)


def test_an_end_that_is_not_over_yet(tally):
    """A run that compares what it restored has written its end, and lives."""
    tally.add(_records(("begin", 0, {}), _end(3)))
    assert tally.progress(LIVES).state == "running"


@given(
    st.lists(st.sampled_from(["done", "failed", "not_done", "unknown"]), max_size=12),
    st.lists(st.integers(0, 40), max_size=5),
)
def test_piece_by_piece_is_as_at_once(results, cuts):
    """However a journal comes in, the numbers add up and are the same."""
    said = [("begin", 0, {})]
    for place, result in enumerate(results):
        said += _step(place % 3, place + 1, result)[1:]
    records = _records(*said)
    once, pieces = (Tally(plan_of(*map(deletion, NAMES))) for _ in range(2))
    once.add(records)
    edges = [0, *sorted(cut for cut in cuts if cut <= len(records)), len(records)]
    for first, last in pairwise(edges):
        pieces.add(records[first:last])
    assert once.progress(LIVES) == pieces.progress(LIVES)
    progress = once.progress(GONE_LIFE)
    assert progress.done + progress.dropped + progress.failed + progress.left == progress.total == 3
