"""The state folder where it can't be used: in the way, full, read-only, held by another run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from support.kept_audits import ACCOUNT, BASE_URL, kept, state_folder

from wfp_ops.errors import StateBusyError, StateError
from wfp_ops.memory.snapshots import Snapshots

TESTS = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(os.name != "posix", reason="limits, users and locks of this kind are POSIX's")
SAVING = """
    import os, resource, sys
    from pathlib import Path
    import filelock
    from pyarrow import parquet
    from support.kept_audits import kept, state_folder
    from wfp_ops.errors import StateError
    from wfp_ops.memory.snapshots import Snapshots
    folder = state_folder(Path(sys.argv[1]))
    snapshots = Snapshots(folder)
    audit = kept(["x", "customer-1"])
"""


def _child(code, path):
    """Python code in a process of its own, after the imports that saving needs."""
    whole = textwrap.dedent(SAVING) + textwrap.dedent(code)
    return [sys.executable, "-W", "error", "-c", whole, str(path)]


def _run(code, path):
    done = subprocess.run(
        _child(code, path), cwd=TESTS, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_file_where_a_folder_is_expected(tmp_path):
    """Both for the state folder and within it; nothing but StateError comes out, with the path."""
    in_the_way = tmp_path / "state"
    in_the_way.write_text("not a folder", encoding="utf-8")
    snapshots = Snapshots(state_folder(in_the_way))
    for attempt in (lambda: snapshots.save(kept(["x"])), snapshots.names):
        with pytest.raises(StateError, match="something else stands") as caught:
            attempt()
        assert str(in_the_way) in caught.value.path
        assert caught.value.hint


def test_a_file_where_the_snapshots_are_expected(tmp_path):
    """The same one level below."""
    folder = state_folder(tmp_path)
    folder.path.mkdir(parents=True)
    (folder.path / "snapshots").write_text("no", encoding="utf-8")
    with pytest.raises(StateError, match="something else stands"):
        Snapshots(folder).save(kept(["x"]))


@POSIX
def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    """A file that can't be written whole: a StateError that says so, no half snapshot, the older one stays."""
    said = _run(
        """
        snapshots.save(audit)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
        try:
            snapshots.save(audit)
        except StateError as error:
            print(error)
        print(snapshots.newest()[0].name, sorted(each.name for each in (folder.path / "snapshots").iterdir()))
        """,
        tmp_path,
    )
    assert "is full" in said
    assert "[memory] keep_days" in said
    assert "0001-20261123T120000Z ['0001-20261123T120000Z']" in said


@POSIX
@pytest.mark.parametrize("inside", [True, False])
def test_a_folder_that_may_not_be_written(inside):
    """Without the right to write it is said so; what is there can still be read by who may."""
    # not pytest's own folder: nobody but its user may go through that
    with tempfile.TemporaryDirectory() as name:
        said = _run(
            f"""
            Snapshots(state_folder(Path(sys.argv[1], "elsewhere"))).save(audit)  # loads all it needs
            if {inside}:
                snapshots.save(audit)
            for path in (Path(sys.argv[1]), *Path(sys.argv[1]).rglob("*")):
                path.chmod(0o555 if path.is_dir() else 0o444)
            if os.getuid() == 0:
                os.setuid(65534)  # root may write anywhere
            try:
                snapshots.save(audit)
            except StateError as error:
                print(error)
            print(len(snapshots.names()))
            for path in (Path(sys.argv[1]), *Path(sys.argv[1]).rglob("*")):
                if path.stat().st_uid == os.getuid():
                    path.chmod(0o755)  # so that it can be removed
            """,
            Path(name),
        )
    assert "may not be used" in said
    assert "set state_dir" in said
    assert said.endswith(f"{int(inside)}\n")


@POSIX
def test_two_runs_at_once(tmp_path):
    """Processes that save at the same time each get their own number, and every snapshot is whole."""
    code = "for _ in range(4):\n    print(snapshots.save(audit).name)"
    running = [
        subprocess.Popen(_child(code, tmp_path), cwd=TESTS, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    names = [process.communicate(timeout=60)[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    snapshots = Snapshots(state_folder(tmp_path))
    assert sorted(names[0] + names[1], reverse=True) == snapshots.names()
    assert [entry.problem for entry in snapshots.entries()] == [None] * 8


@POSIX
def test_who_holds_it_is_said(tmp_path):
    """A run that waits in vain says which process holds the folder and what it does; then it is free again."""
    code = """
        with folder.held("saving a snapshot"):
            print("held", flush=True)
            sys.stdin.readline()
    """
    holder = subprocess.Popen(
        _child(code, tmp_path), cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        waiting = Snapshots(state_folder(tmp_path, wait_s=0.1))
        with pytest.raises(StateBusyError, match=f"process {holder.pid} on .*saving a snapshot, since 2026"):
            waiting.save(kept(["x"]))
    finally:
        holder.communicate("\n", timeout=30)
    assert waiting.save(kept(["x"])).name.startswith("0001-")


@POSIX
def test_a_run_that_was_killed_holds_nothing(tmp_path):
    """The lock goes with its process, and its note of who held it misleads nobody."""
    code = """
        with folder.held("saving a snapshot"):
            os.kill(os.getpid(), 9)
    """
    subprocess.run(_child(code, tmp_path), cwd=TESTS, check=False, timeout=60)
    folder = state_folder(tmp_path, wait_s=0.1)
    assert (folder.path / "lock.json").exists()
    Snapshots(folder).save(kept(["x"]))
    assert not (folder.path / "lock.json").exists()


def test_the_folder_says_whose_it_is(tmp_path):
    """Its name holds the account id, and a file in it the base URL: for who moves it."""
    folder = state_folder(tmp_path)
    Snapshots(folder).save(kept(["x"]))
    assert folder.path.name.startswith(f"{ACCOUNT}-")
    about = json.loads((folder.path / "account.json").read_text())
    assert about == {"account_id": ACCOUNT, "base_url": BASE_URL}


def test_one_apply_at_a_time(tmp_path):
    """A second one does not wait: it is told at once who is at work and since when."""
    with state_folder(tmp_path).apply_lock("applying plan 3f2a"):
        with (
            pytest.raises(
                StateBusyError, match=f"another apply .*process {os.getpid()} on .*plan 3f2a, since 2026"
            ),
            state_folder(tmp_path).apply_lock("applying plan 77b1"),
        ):
            pytest.fail("two applies at once")
        assert (
            json.loads((state_folder(tmp_path).path / "apply.json").read_text())["doing"]
            == "applying plan 3f2a"
        )
    with state_folder(tmp_path).apply_lock("applying plan 77b1"):
        pass
    assert not (state_folder(tmp_path).path / "apply.json").exists()


def test_saving_goes_on_while_an_apply_does(tmp_path):
    """Both locks stand side by side, whichever is taken first, and each says its own holder."""
    folder = state_folder(tmp_path, wait_s=0.05)
    with folder.apply_lock("applying"):
        assert Snapshots(folder).save(kept(["x"])).name.startswith("0001-")
        with folder.held("saving"), pytest.raises(StateBusyError, match=r"held by .*\(saving, "):
            Snapshots(state_folder(tmp_path, wait_s=0.05)).save(kept(["x"]))
        assert (folder.path / "apply.json").exists()
    with folder.held("saving"), folder.apply_lock("applying"):
        pass


def test_an_apply_that_fails_lets_go(tmp_path):
    """The error comes through, and the next one may begin."""
    folder = state_folder(tmp_path)
    with pytest.raises(KeyError), folder.apply_lock("applying"):
        raise KeyError
    with folder.apply_lock("applying"):
        pass


@POSIX
def test_an_apply_that_was_killed_holds_nothing(tmp_path):
    """Its lock goes with its process, and the note of who held it misleads nobody."""
    code = """
        with folder.apply_lock("applying"):
            os.kill(os.getpid(), 9)
    """
    subprocess.run(_child(code, tmp_path), cwd=TESTS, check=False, timeout=60)
    folder = state_folder(tmp_path)
    assert (folder.path / "apply.json").exists()
    with folder.apply_lock("applying again"):
        assert json.loads((folder.path / "apply.json").read_text())["doing"] == "applying again"
    assert not (folder.path / "apply.json").exists()


def test_a_file_in_a_part(tmp_path):
    """Written whole, replaced whole, listed without what is unfinished, for its owner alone."""
    folder = state_folder(tmp_path)
    with folder.held("testing"):
        folder.write("a.json", b"1", part="some")
        (folder.path / "some" / ".unfinished-b.json").write_bytes(b"half")
        folder.write("a.json", b"2", part="some")
    assert folder.folders("some") == ["a.json"]
    assert folder.read("some", "a.json") == b"2"
    assert not (folder.path / "some" / ".unfinished-b.json").exists()
    assert (folder.path / "some").stat().st_mode & 0o077 == 0
    assert (folder.path / "some" / "a.json").stat().st_mode & 0o077 == 0


def test_whether_a_name_is_taken(tmp_path):
    """By a file, a folder or a link that leads nowhere; nothing is taken where there is no part."""
    folder = state_folder(tmp_path)
    assert not folder.has("some", "a")
    with folder.held("testing"):
        folder.write_folder("some", "a", {"x": b"1"})
        folder.write("b.json", b"1", part="some")
    (folder.path / "some" / "c").symlink_to("nowhere")
    assert [folder.has("some", name) for name in ("a", "b.json", "c", "d")] == [True, True, True, False]
    (folder.path / "other").write_bytes(b"in the way")
    with pytest.raises(StateError, match="something else stands"):
        folder.has("other", "a")


def test_a_file_where_a_part_is_expected(tmp_path):
    """That is said, with the path."""
    folder = state_folder(tmp_path)
    with folder.held("testing"):
        folder.write("some", b"in the way")
        with pytest.raises(StateError, match="something else stands") as caught:
            folder.write("a.json", b"1", part="some")
    assert caught.value.path == str(folder.path / "some")
