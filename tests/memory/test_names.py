"""What namespaces were called, by the snapshots that are kept."""

from __future__ import annotations

import json
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.kept_audits import day, kept, state_folder

from wfp_ops.errors import SnapshotError
from wfp_ops.memory.names import Called, Former, names_since
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


def spoil(folder, name):
    """Cut a snapshot's namespaces."""
    path = folder.path / "snapshots" / name / "namespaces.parquet"
    path.write_bytes(path.read_bytes()[:-1])


def words(former):
    """The names of one namespace."""
    return [each.name for each in former.of("id-9")]


def test_names_by_id(snapshots):
    """The oldest first, each with when it was seen and since when it was so; of the ids asked for alone."""
    save(snapshots, day(10), {"nine": "id-9", "x": "id-x"}, modified=day(2))
    save(snapshots, day(12), {"customer-9": "id-9", "x": "id-x"})
    found = names_since(snapshots, ["id-9", "gone"], day(9))
    assert found.called == {
        "id-9": [Called("nine", day(10), day(2)), Called("customer-9", day(12), None)],
    }
    assert found.unread == {}
    assert found.of("gone") == found.of(None) == ()
    assert names_since(snapshots, [], day(9)) == Former()


def test_the_last_audit_from_before_counts(snapshots):
    """What it saw may have held on; those before it are not read."""
    for number, name in ((2, "first"), (5, "second"), (8, "third"), (12, "fourth")):
        save(snapshots, day(number), {name: "id-9"})
    assert words(names_since(snapshots, ["id-9"], day(9))) == ["third", "fourth"]
    assert words(names_since(snapshots, ["id-9"], day(8))) == ["third", "fourth"]
    earlier = names_since(snapshots, ["id-9"], day(8) - timedelta(seconds=1))
    assert words(earlier) == ["second", "third", "fourth"]


class Remembered:
    """Snapshots without a disk: what each saw, one an hour."""

    def __init__(self, sights):
        self.sights = sights

    def names(self):
        return [str(place) for place in reversed(range(len(self.sights)))]

    def taken_at(self, name):
        return day(1) + timedelta(hours=int(name))

    def namespaces(self, name):
        called, changed = self.sights[int(name)]
        return pd.DataFrame({"namespace_id": ["id-9"], "namespace": [called], "modified_on": [changed]})


@given(
    history=st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=1, max_size=60),
    asked=st.lists(st.sampled_from(["id-9", "id-8"]), min_size=1, max_size=2, unique=True),
)
def test_no_name_is_passed_by(history, asked):
    """However few snapshots are read, each name that any of them saw is found, and when it was seen first."""
    name, changed, sights, truth = "first", pd.Timestamp(day(1)) - timedelta(days=1), [], {}
    for number, new in enumerate(history):
        at = day(1) + timedelta(hours=number)
        if new is not None:
            name, changed = new, pd.Timestamp(at) - timedelta(minutes=5)
        sights.append((name, changed))
        truth.setdefault((name, changed), at)
    found = names_since(Remembered(sights), asked, day(1))
    seen = {}
    for each in found.of("id-9"):
        seen.setdefault((each.name, each.modified_on), each.at)
    assert seen == (truth if "id-9" in asked else {})


def test_where_nothing_was_changed_nothing_is_read(folder, snapshots):
    """Of twelve audits the two at the ends tell that; broken ones between them hide nothing."""
    names = [save(snapshots, day(3) + timedelta(hours=n), {"nine": "id-9"}, day(2)) for n in range(12)]
    for name in names[1:-1]:
        spoil(folder, name)
    found = names_since(snapshots, ["id-9"], day(3))
    assert len(found.of("id-9")) == 2
    assert found.unread == {}


def test_a_broken_snapshot_hides_no_other(folder, snapshots):
    """It is passed by and named, a folder that is none is not; what it may have seen is unknown."""
    save(snapshots, day(10), {"nine": "id-9"}, modified=day(1))
    broken = save(snapshots, day(11), {"ten": "id-9"}, modified=day(11))
    save(snapshots, day(12), {"nine": "id-9"}, modified=day(12))
    spoil(folder, broken)
    (folder.path / "snapshots" / "notes").mkdir()
    found = names_since(snapshots, ["id-9"], day(9))
    assert words(found) == ["nine", "nine"]
    assert found.unread == {day(11): broken}
    assert found.hiding("id-9", day(12)) == broken


@pytest.mark.parametrize(
    ("sightings", "modified", "hides"),
    [
        ([(5, 1)], 5, False),  # changed last when the one before it was made: as it saw it
        ([(5, 1)], 6, True),
        ([(5, 1)], 20, True),
        ([(5, 1)], None, True),
        ([(5, 1), (15, 4)], 14, False),  # between the two nothing was changed
        ([(5, 1), (15, 6)], 14, True),
        ([(5, 1), (15, None)], 14, True),
        ([(10, 1)], 5, False),  # of the same moment as the broken one
        ([(15, 6)], 20, False),  # what was before the first of all is known to nobody, and said elsewhere
        ([], 20, False),
    ],
)
def test_what_a_broken_one_may_hide(sightings, modified, hides):
    """Another name, where something was changed between the audits before and after it."""

    def moment(number):
        return None if number is None else day(number)

    seen = [Called("nine", day(at), moment(changed)) for at, changed in sightings]
    former = Former({"id-9": seen} if seen else {}, {day(10): "broken"})
    assert former.hiding("id-9", moment(modified)) == ("broken" if hides else None)
    assert Former({"id-9": seen}).hiding("id-9", moment(modified)) is None


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
