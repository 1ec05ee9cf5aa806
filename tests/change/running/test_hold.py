"""Who runs a journal: one at a time, told apart from a process that merely has the same number."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys

import pytest
from support.journals import chain

from wfp_ops.change.running.hold import held, in_words, is_held, last_run
from wfp_ops.change.running.place import RunPlace
from wfp_ops.change.running.requests import Request, ask
from wfp_ops.errors import JournalError, RefusedError, StateBusyError

HASH = chain("begin")[0].hash


@pytest.fixture
def journal(tmp_path):
    """Where a journal lies, or would."""
    return tmp_path / "acme.jsonl"


def test_it_is_held_while_it_lives(journal, fake_clock):
    """And is not before and after; who it was is told, and what it was called is never told twice."""
    assert (is_held(journal), last_run(journal)) == (False, None)
    with held(journal, fake_clock, journal=HASH) as inbox:
        assert is_held(journal)
        who = last_run(journal)
    assert not is_held(journal)
    assert (who.pid, who.journal, who.run) == (os.getpid(), HASH, inbox.run)
    assert (who.since, who.problem) == ("2026-11-23T12:00:00Z", None)
    with held(journal, fake_clock, journal=HASH) as again:
        assert again.run != inbox.run


def test_only_one_at_a_time(journal, fake_clock, monkeypatch):
    """The second is told that there is a first."""
    monkeypatch.setattr("wfp_ops.change.running.hold._WAIT_S", 0.0)
    with held(journal, fake_clock, journal=HASH), pytest.raises(StateBusyError, match="another run"):  # noqa: SIM117
        with held(journal, fake_clock, journal=HASH):
            pass


def test_a_process_that_is_killed_holds_nothing(journal):
    """However it ended; what it left says who it was, and nobody takes its number for it."""
    code = (
        "import os, sys; from pathlib import Path; from wfp_ops.clock import SystemClock; "
        "from wfp_ops.change.running.hold import held\n"
        "with held(Path(sys.argv[1]), SystemClock(), journal='a' * 64): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(journal)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        assert is_held(journal)
        process.kill()
        process.wait()
    assert not is_held(journal)
    assert last_run(journal).pid == process.pid
    # The number is somebody else's by now: this process's
    place = RunPlace(journal)
    said = json.loads(place.who.read_text(encoding="utf-8"))
    place.who.write_text(json.dumps({**said, "pid": os.getpid()}), encoding="utf-8")
    assert not is_held(journal)


def test_what_ends_it_is_told(journal, fake_clock):
    """By what went wrong, which stays what it was."""
    with pytest.raises(RefusedError), held(journal, fake_clock, journal=HASH):
        raise RefusedError("the plan may not be applied", reasons=["it expired"])
    assert last_run(journal).problem == "the plan may not be applied: it expired"
    assert not is_held(journal)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (JournalError("the disk is full", path="x"), "the disk is full"),
        (KeyboardInterrupt(), "it was cut off by hand"),
        (ValueError("a token, maybe"), "this should not have happened: ValueError"),
    ],
)
def test_errors_in_words(error, words):
    """Of what nobody foresaw only the kind."""
    assert in_words(error) == words


_NOTE = '{"journal": "a", "run": "b", "pid": 1, "host": "c", "by": "d", "since": %s}'


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"pid": 1}', b"\xff", (_NOTE % 5).encode(), (_NOTE % '"soon"').encode()],
)
def test_a_damaged_note_says_nothing(journal, fake_clock, content):
    """Whether it lives is told by the lock alone."""
    with held(journal, fake_clock, journal=HASH):
        RunPlace(journal).who.write_bytes(content)
        assert (is_held(journal), last_run(journal)) == (True, None)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_the_folder_is_its_owners_alone(journal, fake_clock):
    """Also one that was there and was open to others; a link is no folder."""
    place = RunPlace(journal)
    place.folder.mkdir(mode=0o755)
    with held(journal, fake_clock, journal=HASH):
        assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(each.stat().st_mode) for each in place.folder.iterdir()} == {0o600}
    other = RunPlace(journal.with_name("other.jsonl"))
    other.folder.symlink_to(place.folder)
    with pytest.raises(JournalError, match="a link"), held(other.journal, fake_clock, journal=HASH):
        pass


def test_requests_reach_it(journal, fake_clock):
    """Those of this run, by its name."""
    with held(journal, fake_clock, journal=HASH) as inbox:
        asked = Request(journal=HASH, run=inbox.run, wish="pause", by="ada@desk", at="2026-11-23T12:00:00Z")
        ask(RunPlace(journal).requests, asked)
        assert inbox.new() == [asked]
    with held(journal, fake_clock, journal=HASH) as later:
        assert later.new() == []
