"""What is asked of a running apply: nothing is lost, and nothing is heeded that was meant for somebody else."""

from __future__ import annotations

import json
import stat

import pytest
from support.fake_clock import FakeClock

from wfp_ops.change.control import CancelledError, Control
from wfp_ops.change.running.heeding import Heeding
from wfp_ops.change.running.requests import WISHES, Inbox, Request, ask, in_force

JOURNAL, RUN = "a" * 64, "b" * 32


def _request(wish, journal=JOURNAL, run=RUN):
    return Request(journal=journal, run=run, wish=wish, by="ada@desk", at="2026-11-23T12:00:00Z")


@pytest.fixture
def path(tmp_path):
    """Where requests lie."""
    return tmp_path / "requests.jsonl"


@pytest.fixture
def inbox(path):
    """Those of one run."""
    return Inbox(path, journal=JOURNAL, run=RUN)


def test_each_comes_once_and_in_order(path, inbox):
    """Whenever they are asked; the file is its owner's alone."""
    assert inbox.new() == []
    for wish in ("pause", "resume"):
        ask(path, _request(wish))
    assert [each.wish for each in inbox.new()] == ["pause", "resume"]
    assert inbox.new() == []
    ask(path, _request("cancel"))
    assert [each.wish for each in inbox.new()] == ["cancel"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_those_of_others_are_passed_by(path, inbox):
    """Of an earlier run of the journal, and of another journal."""
    ask(path, _request("cancel", run="c" * 32))
    ask(path, _request("cancel", journal="d" * 64))
    assert inbox.new() == []
    ask(path, _request("pause"))
    assert [each.wish for each in inbox.new()] == ["pause"]


@pytest.mark.parametrize(
    "line",
    [
        b"cancel",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"wish": "cancel"}',
        b"[" * 5000,
        json.dumps({**vars(_request("cancel")), "plan": "another"}).encode(),
        json.dumps({**vars(_request("cancel")), "wish": "delete"}).encode(),
        json.dumps({**vars(_request("cancel")), "wish": ["cancel"]}).encode(),
        b"x" * 200_000,
    ],
)
def test_what_is_no_request_asks_for_nothing(path, inbox, line):
    """Whoever wrote it; what comes after it is heeded."""
    path.write_bytes(line + b"\n")
    ask(path, _request("pause"))
    found = [each.wish for _ in range(5) for each in inbox.new()]
    assert found == ["pause"]


def test_a_line_that_is_being_written_is_waited_for(path, inbox):
    """Half a request is none."""
    ask(path, _request("pause"))
    line = path.read_bytes()
    path.write_bytes(line[:20])
    assert inbox.new() == []
    path.write_bytes(line)
    assert [each.wish for each in inbox.new()] == ["pause"]


def test_a_file_that_can_not_be_read_asks_for_nothing(path, inbox):
    """An apply goes on by its plan."""
    path.mkdir()
    assert inbox.new() == []


@pytest.mark.parametrize(
    ("wishes", "stands"),
    [
        ((), None),
        (("pause",), "pause"),
        (("pause", "resume"), "resume"),
        (("pause", "cancel", "resume"), "cancel"),
    ],
)
def test_what_they_come_to(wishes, stands):
    """A cancel stands, of the others the last."""
    assert in_force(map(_request, wishes)) == stands
    assert set(wishes) <= set(WISHES)


def test_a_control_heeds_both_hands(path, inbox, fake_clock):
    """The last word counts, wherever it was said; a cancel is not taken back."""
    own = Control()
    control = Heeding(own, inbox)
    assert (control.paused, control.cancelled) == (False, False)
    ask(path, _request("pause"))
    assert control.paused
    own.resume()
    assert not control.paused
    control.pause()
    ask(path, _request("resume"))
    assert not control.paused
    ask(path, _request("cancel"))
    ask(path, _request("pause"))
    assert (control.cancelled, control.paused) == (True, False)
    with pytest.raises(CancelledError):
        control.checkpoint(fake_clock)


class _AskingClock(FakeClock):
    """While it is slept by, somebody asks."""

    def __init__(self, deed):
        super().__init__()
        self._deed = deed

    def sleep(self, seconds):
        super().sleep(seconds)
        self._deed()


def test_a_request_ends_a_pause(path, inbox):
    """It is looked for while the apply waits."""
    ask(path, _request("pause"))
    clock = _AskingClock(lambda: ask(path, _request("resume")))
    Heeding(Control(), inbox).checkpoint(clock)
    assert len(clock.sleeps) == 1
