"""A disk that fails, and processes that are killed: real ones, in a process of their own."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from support.journals import begin_facts

from wfp_ops.change.journal.head import head_path
from wfp_ops.change.journal.reader import read, verify
from wfp_ops.change.journal.writer import Journal
from wfp_ops.errors import JournalError

TESTS = Path(__file__).parents[2]
POSIX = pytest.mark.skipif(os.name != "posix", reason="limits, devices and signals of this kind are POSIX's")
KILLS = 5  # for each seed
WRITING = """
    import sys
    from pathlib import Path
    from support.fake_clock import FakeClock
    from support.journals import begin_facts, facts_of
    from wfp_ops.change.journal.reader import verify
    from wfp_ops.change.journal.writer import Journal
    from wfp_ops.errors import JournalError
    path = Path(sys.argv[1])
    def limit(size):
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    def refused(doing):
        try:
            doing()
        except JournalError as error:
            assert error.hint and error.path, error
            return str(error)
        raise SystemExit("it was not refused")
"""


def _child(code, path):
    """Python code in a process of its own, after the imports that writing needs."""
    whole = textwrap.dedent(WRITING) + textwrap.dedent(code)
    return [sys.executable, "-W", "error", "-c", whole, str(path)]


def _run(code, path):
    done = subprocess.run(
        _child(code, path), cwd=TESTS, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@POSIX
@pytest.mark.parametrize("room", [0, 1, 100])
def test_a_disk_that_is_full(tmp_path, fake_clock, room):
    """The error says so; nothing more is written; what was written can be gone on with."""
    path = tmp_path / "a.jsonl"
    said = _run(
        f"""
        journal = Journal.create(path, FakeClock(), **begin_facts())
        journal.append("intent", **facts_of("intent"))
        limit(path.stat().st_size + {room})
        print(refused(lambda: journal.append("outcome", **facts_of("outcome"))))
        print(refused(lambda: journal.append("outcome", **facts_of("outcome"))))
        limit(path.stat().st_size + 100_000)
        print(refused(lambda: journal.append("outcome", **facts_of("outcome"))))
        journal.close()
        """,
        path,
    )
    assert said.count("the disk of the journal is full") == 1
    assert said.count("in doubt") == 2
    verdict = verify(path)
    assert (verdict.state, verdict.records, verdict.torn_bytes) == ("unfinished", 2, room)
    with Journal.reopen(path, fake_clock) as journal:
        assert journal.torn_bytes == room
        journal.append("resumed", by="ann@desk", torn_bytes=room, detail="there is room again")
    assert [record.kind for record in read(path)] == ["begin", "intent", "resumed"]


@POSIX
@pytest.mark.parametrize("room", [0, 10])
def test_a_disk_that_is_full_from_the_start(tmp_path, room):
    """Nothing was done, so nothing stays, and the name is free again."""
    path = tmp_path / "a.jsonl"
    said = _run(
        f"""
        limit({room})
        print(refused(lambda: Journal.create(path, FakeClock(), **begin_facts())))
        print([each.name for each in path.parent.iterdir()])
        limit(100_000)
        Journal.create(path, FakeClock(), **begin_facts()).close()
        """,
        path,
    )
    assert "the disk of the journal is full" in said
    assert "\n[]\n" in said
    assert verify(path).records == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux that is always full")
def test_a_head_that_can_not_be_written(tmp_path, fake_clock):
    """The record is on the disk, but what vouches for it is not: nothing more is written."""
    path = tmp_path / "a.jsonl"
    with Journal.create(path, fake_clock, **begin_facts()) as journal:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, journal._files._head)
        os.close(full)
        for problem in ("disk of the journal is full", "in doubt"):
            with pytest.raises(JournalError, match=problem):
                journal.append("paused", detail="")
    verdict = verify(path)
    assert (verdict.state, verdict.records) == ("unfinished", 2)
    assert "behind by 1 record" in verdict.notes[0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux that has no end")
def test_a_head_without_an_end_is_not_read_to_its_end(tmp_path, fake_clock):
    """Somebody put it there; it is no head."""
    path = tmp_path / "a.jsonl"
    Journal.create(path, fake_clock, **begin_facts()).close()
    head_path(path).unlink()
    head_path(path).symlink_to("/dev/full")
    assert verify(path).state == "tampered"


def test_a_file_where_a_folder_is_expected(tmp_path, fake_clock):
    """At any height above the journal; nothing but JournalError comes out."""
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    for path in (tmp_path / "file" / "a.jsonl", tmp_path / "file" / "b" / "a.jsonl"):
        with pytest.raises(JournalError, match="can't be there") as caught:
            Journal.create(path, fake_clock, **begin_facts())
        assert caught.value.hint


def test_a_folder_where_the_journal_is_expected(tmp_path, fake_clock):
    """It is in the way, and stays."""
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(JournalError, match="already"):
        Journal.create(tmp_path / "a.jsonl", fake_clock, **begin_facts())
    with pytest.raises(JournalError, match="can't be there"):
        Journal.reopen(tmp_path / "a.jsonl", fake_clock)


def test_a_folder_where_the_head_is_expected(tmp_path, fake_clock):
    """Nothing of the journal stays, so that the name is not taken by half of one."""
    path = tmp_path / "a.jsonl"
    head_path(path).mkdir()
    with pytest.raises(JournalError, match="already"):
        Journal.create(path, fake_clock, **begin_facts())
    assert not path.exists()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder that nobody can write to, root neither")
def test_a_folder_that_can_not_be_written(fake_clock):
    """An error in words, with the path."""
    with pytest.raises(JournalError) as caught:
        Journal.create(Path("/proc/self/a.jsonl"), fake_clock, **begin_facts())
    assert caught.value.path == "/proc/self/a.jsonl"
    assert caught.value.hint


@POSIX
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment(tmp_path, fake_clock, seed):
    """Each time: no record that was acknowledged is lost, it is unfinished, and it can be gone on with."""
    path = tmp_path / "a.jsonl"
    chance = random.Random(seed)
    Journal.create(path, fake_clock, **begin_facts()).close()
    for _ in range(KILLS):
        acknowledged = _killed_after(chance.randint(1, 12), path)
        before = path.read_bytes()
        verdict = verify(path)
        assert (verdict.state, verdict.problem) == ("unfinished", None)
        assert verdict.records > acknowledged
        with Journal.reopen(path, fake_clock) as journal:
            assert journal.torn_bytes == verdict.torn_bytes
        assert path.read_bytes() == before[: len(before) - verdict.torn_bytes]
        again = verify(path)
        assert (again.state, again.records) == ("unfinished", verdict.records)
        assert (again.torn_bytes, again.notes) == (0, ())


def _killed_after(count, path):
    """Kill a child that appends, when it has acknowledged so many records; the number of the last that it did.

    The lines are long, so that a kill may come within one.
    """
    code = """
        journal = Journal.reopen(path, FakeClock())
        while True:
            print(journal.append("paused", detail="x" * 200_000).n, flush=True)
    """
    with subprocess.Popen(_child(code, path), cwd=TESTS, stdout=subprocess.PIPE) as child:
        said = b"".join(child.stdout.readline() for _ in range(count))
        child.send_signal(signal.SIGKILL)
        said += child.stdout.read()
        assert child.wait(60) == -signal.SIGKILL
    return int(said[: said.rindex(b"\n")].split(b"\n")[-1])
