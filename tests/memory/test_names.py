"""What namespaces were called, by the snapshots that are kept."""

from __future__ import annotations

import json
from datetime import timedelta

import pandas as pd
import pytest
from support.kept_audits import day, kept, state_folder

from wfp_ops.errors import SnapshotError
from wfp_ops.memory.names import MOST_READ, Called, names_since
from wfp_ops.memory.snapshots import Snapshots


@pytest.fixture
def folder(tmp_path):
    """A state folder of the test's own."""
    return state_folder(tmp_path / "state")


@pytest.fixture
def snapshots(folder):
    """Its snapshots."""
    return Snapshots(folder)


def save(snapshots, at, names, modified=None):
    """An audit of namespaces (name → id) at a moment, all changed last at another."""
    made = kept(names, at=at)
    made.namespaces["modified_on"] = pd.Series([modified] * len(names), dtype="datetime64[us, UTC]")
    return snapshots.save(made).name


def test_names_by_id(snapshots):
    """The oldest first, each with when it was seen and since when it was so; of the ids asked for alone."""
    save(snapshots, day(10), {"nine": "id-9", "x": "id-x"}, modified=day(2))
    save(snapshots, day(12), {"customer-9": "id-9", "x": "id-x"})
    found = names_since(snapshots, ["id-9", "gone"], day(9))
    assert found == {
        "id-9": [Called("nine", day(10), day(2)), Called("customer-9", day(12), None)],
    }
    assert names_since(snapshots, [], day(9)) == {}


def test_the_last_audit_from_before_counts(snapshots):
    """What it saw may have held on; those before it are not read."""
    for number, name in ((2, "first"), (5, "second"), (8, "third"), (12, "fourth")):
        save(snapshots, day(number), {name: "id-9"})
    assert [each.name for each in names_since(snapshots, ["id-9"], day(9))["id-9"]] == ["third", "fourth"]
    assert [each.name for each in names_since(snapshots, ["id-9"], day(8))["id-9"]] == ["third", "fourth"]
    earlier = names_since(snapshots, ["id-9"], day(8) - timedelta(seconds=1))["id-9"]
    assert [each.name for each in earlier] == ["second", "third", "fourth"]


def test_of_very_many_some_are_read(snapshots, monkeypatch):
    """Evenly, the oldest and the newest among them."""
    monkeypatch.setattr("wfp_ops.memory.names.MOST_READ", 3)
    for number in range(1, 8):
        save(snapshots, day(number), {f"name-{number}": "id-9"})
    found = [each.name for each in names_since(snapshots, ["id-9"], day(1))["id-9"]]
    assert found == ["name-1", "name-4", "name-7"]
    assert MOST_READ > 30


def test_a_broken_snapshot_hides_no_other(folder, snapshots):
    """It is passed by, as is a folder that is none."""
    save(snapshots, day(10), {"nine": "id-9"})
    broken = save(snapshots, day(11), {"ten": "id-9"})
    path = folder.path / "snapshots" / broken / "namespaces.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    (folder.path / "snapshots" / "notes").mkdir()
    assert [each.name for each in names_since(snapshots, ["id-9"], day(9))["id-9"]] == ["nine"]


def test_namespaces_alone(folder, snapshots):
    """The same frame as of the whole snapshot, and as careful about it."""
    name = save(snapshots, day(10), {"nine": "id-9"})
    pd.testing.assert_frame_equal(snapshots.namespaces(name), snapshots.load(name).namespaces)
    with pytest.raises(SnapshotError):
        snapshots.namespaces("0009-20261110T120000Z")
    path = folder.path / "snapshots" / name / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "how": "edited"}))
    with pytest.raises(SnapshotError, match="changed"):
        snapshots.namespaces(name)
