"""Snapshots on disk: whole or not at all, and a broken one never hides or breaks the others."""

from __future__ import annotations

import json
import stat
import sys
from datetime import timedelta

import pandas as pd
import pytest
from support.audit_frames import audit_of, worker_inventory
from support.kept_audits import day, kept, state_folder

from wfp_ops.account.memory import kept_of
from wfp_ops.audit.rules import Rules
from wfp_ops.errors import SnapshotError
from wfp_ops.memory.kept import SPECS
from wfp_ops.memory.snapshots import Snapshots

FILES = ["customers", "findings", "manifest", "namespaces", "states", "suspects"]


@pytest.fixture
def folder(tmp_path):
    """A state folder of the test's own."""
    return state_folder(tmp_path / "state")


@pytest.fixture
def snapshots(folder):
    """Its snapshots."""
    return Snapshots(folder)


def _path(folder, name, file):
    return folder.path / "snapshots" / name / f"{file}.{'json' if file == 'manifest' else 'parquet'}"


def _edit_manifest(folder, name, **changes):
    path = _path(folder, name, "manifest")
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_what_is_saved_comes_back(snapshots):
    """Frames with dtypes and facts are the same; the name holds number and moment."""
    made = kept(["customer-07", "customer-1", "x"], ["1", "7", {"customer_id": None, "name": "?"}], at=day(2))
    saved = snapshots.save(made)
    assert saved.name == "0001-20261102T120000Z"
    back = snapshots.load(saved.name)
    assert back.facts == made.facts
    assert set(back.frames) == {"namespaces", "customers", "states", "findings", "suspects"}
    for name, frame in back.frames.items():
        SPECS[name].check(frame)
        pd.testing.assert_frame_equal(frame, made.frames[name].reset_index(drop=True), check_index_type=False)


def test_workers_are_kept_in_worker_tenancy(snapshots):
    """Lists and nulls of lists survive."""
    workers = worker_inventory([("production", "a", ["customer-1", "x"]), ("production", "b", None)])
    audit = audit_of(["production"], ["1"], Rules(tenancy="worker", select="tag"), workers)
    back = snapshots.load(snapshots.save(kept_of(audit, None)).name)
    assert back.workers is not None
    assert back.workers["tags"].tolist() == [["customer-1", "x"], None]


def test_nothing_personal_is_kept(folder, snapshots):
    """Neither a customer's name nor what it pays lies in any file, not even as a frame's metadata."""
    rows = [
        {"customer_id": "1", "name": "Wayne Enterprises"},
        {"customer_id": None, "name": "Stark Industries"},
    ]
    name = snapshots.save(kept(["customer-1"], rows)).name
    content = b"".join(path.read_bytes() for path in (folder.path / "snapshots" / name).iterdir())
    assert b"Wayne" not in content
    assert b"Stark" not in content
    assert "name" not in snapshots.load(name).customers


@pytest.mark.skipif(sys.platform == "win32", reason="modes of this kind are POSIX's")
def test_only_the_owner_may_read(folder, snapshots):
    """Folders are 0700 and files 0600, also in a folder that was unpacked wider."""
    snapshots.save(kept(["x"]))
    folder.path.chmod(0o755)
    snapshots.save(kept(["x"]))
    for path in (folder.path, *folder.path.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_accounts_and_base_urls_are_kept_apart(tmp_path):
    """Another base URL has a folder of its own, and so no snapshots yet."""
    Snapshots(state_folder(tmp_path)).save(kept(["x"]))
    assert Snapshots(state_folder(tmp_path, base_url="https://api.cloudflare.com/client/v4")).names() == []


def test_numbers_go_up_whatever_the_clock_says(snapshots):
    """The order is that of saving: a clock that went back makes no newer audit older."""
    first, second = snapshots.save(kept(["x"], at=day(9))), snapshots.save(kept(["x"], at=day(3)))
    assert snapshots.names() == [second.name, first.name]
    assert snapshots.newest()[0].name == second.name


def test_the_same_audit_is_the_same_bytes(folder, snapshots):
    """Nothing of the moment of saving goes into a file."""
    names = [snapshots.save(kept(["x", "customer-1"])).name for _ in range(2)]
    for file in FILES:
        first, second = (_path(folder, name, file).read_bytes() for name in names)
        assert first == second


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "empty"])
def test_a_damaged_snapshot_is_named_and_the_others_are_usable(folder, snapshots, file, damage):
    """Whichever file is cut, changed or gone: the error names it, the list shows it, the older one is used."""
    good, bad = snapshots.save(kept(["x"])).name, snapshots.save(kept(["x"])).name
    path = _path(folder, bad, file)
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        middle = len(content) // 2
        changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes({"cut": content[:middle], "changed": changed, "empty": b""}[damage])
    # without its own file a part is missing, which the manifest knows; without the manifest nothing is known
    with pytest.raises(SnapshotError) as caught:
        snapshots.load(bad)
    assert caught.value.path == str(path)
    assert [(entry.name, entry.problem is None) for entry in snapshots.entries()] == [
        (bad, False),
        (good, True),
    ]
    newest, problems = snapshots.newest()
    assert newest is not None
    assert newest.name == good
    assert bad in problems[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": "wfp-ops/snapshot/0"}, "older wfp-ops"),
        ({"schema": "wfp-ops/snapshot/2"}, "newer wfp-ops"),
        ({"schema": "wfp-ops/audit/1"}, "no snapshot's"),
        ({"schema": None}, "no snapshot's"),
        ({"taken_at": "2020-01-01T00:00:00Z"}, "changed"),
        ({"files": {}}, "changed"),
    ],
)
def test_another_version_and_an_edited_manifest(folder, snapshots, changes, said):
    """Each is refused in words, and says what to do."""
    name = snapshots.save(kept(["x"])).name
    _edit_manifest(folder, name, **changes)
    with pytest.raises(SnapshotError, match=said) as caught:
        snapshots.load(name)
    assert name in caught.value.path
    assert caught.value.hint


def test_a_folder_that_is_no_snapshot_is_shown(folder, snapshots):
    """A copy somebody made by hand is listed as what can't be used, and never counted or removed."""
    name = snapshots.save(kept(["x"])).name
    (folder.path / "snapshots" / "0007-copy").mkdir()
    assert [(entry.name, entry.problem) for entry in snapshots.entries()] == [
        (name, None),
        ("0007-copy", "its name is no snapshot's"),
    ]
    assert snapshots.prune(keep_days=1, keep_at_least=1, now=day(30), keep=()) == []
    assert snapshots.save(kept(["x"])).name.startswith("0002-")


def test_what_a_killed_run_left_is_removed(folder, snapshots):
    """Half a snapshot is never seen, and goes with the next save."""
    left = folder.path / "snapshots" / ".unfinished-0001-20261101T120000Z"
    left.mkdir(parents=True)
    (left / "namespaces.parquet").write_bytes(b"PAR1")
    assert snapshots.names() == []
    snapshots.save(kept(["x"]))
    assert not left.exists()


def test_finding_one(snapshots):
    """By name, by number, by the name's beginning; what is not there or not clear is refused."""
    names = [snapshots.save(kept(["x"], at=day(number))).name for number in (1, 2)]
    assert snapshots.find(names[0]) == names[0]
    assert snapshots.find("2") == names[1]
    assert snapshots.find("0001-2026") == names[0]
    for word in ("3", "../..", "x"):
        with pytest.raises(SnapshotError, match="no snapshot"):
            snapshots.find(word)
    with pytest.raises(SnapshotError, match="several"):
        snapshots.find("000")


def test_pruning(snapshots):
    """What is too old goes, but for the newest few and what must stay; a broken one goes in its time too."""
    names = [snapshots.save(kept(["x"], at=day(number))).name for number in range(1, 7)]
    now = day(6) + timedelta(days=30)
    gone = snapshots.prune(keep_days=32, keep_at_least=2, now=now, keep=[names[1]])
    assert sorted(gone) == [names[0], names[2]]
    assert snapshots.names() == [names[5], names[4], names[3], names[1]]
    assert snapshots.prune(keep_days=1, keep_at_least=0, now=now, keep=[names[1]])
    assert snapshots.names() == [names[5], names[1]]
