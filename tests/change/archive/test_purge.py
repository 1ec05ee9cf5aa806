"""Archives removed for good: by age, by namespace, and what is kept as evidence."""

from datetime import timedelta

import pytest
from support.archives import in_turn

from wfp_ops.change.archive.purge import purge, purged
from wfp_ops.change.archive.read import names
from wfp_ops.errors import ArchiveError, SettingsError, StateError


@pytest.fixture
def four(one):
    """Archives of four days: of a, b, a and c; a day has passed since the last."""
    return [archive.name for archive in in_turn(one, "a", "b", "a", "c")]


def gone(one, **which):
    """What ``purge`` removes."""
    return purge(one.folder, **{"older_than": None, "namespace": None, "now": one.clock.now(), **which})


def test_by_age(one, four):
    """Those that are older, and not the one that is exactly as old."""
    assert gone(one, older_than=timedelta(days=2)) == four[:2]
    assert names(one.folder) == four[2:]
    assert gone(one, older_than=timedelta(days=2)) == []


def test_by_namespace(one, four):
    """All of it, by its name or its id; the others stay."""
    assert gone(one, namespace="a") == [four[0], four[2]]
    assert names(one.folder) == [four[1], four[3]]
    assert gone(one, namespace=one.sandbox.state()["b"]["namespace_id"]) == [four[1]]
    assert names(one.folder) == [four[3]]


def test_by_both(one, four):
    """Both must hold."""
    assert gone(one, namespace="a", older_than=timedelta(days=2)) == [four[0]]


def test_by_worker(filled):
    """What holds this Worker and no other."""
    filled.take("customer-9")
    legacy = filled.take("customer-9", ["legacy"])
    filled.take("customer-9", ["api"])
    assert gone(filled, worker="legacy", namespace="customer-9") == [legacy.name]
    assert len(names(filled.folder)) == 2


def test_nothing_given_is_not_everything(one, four):
    """It is refused."""
    with pytest.raises(SettingsError, match="which archives"):
        gone(one)
    assert names(one.folder) == four


def test_a_dry_run_removes_nothing(one, four):
    """It says what would go, and writes nothing down."""
    assert gone(one, namespace="a", dry_run=True) == [four[0], four[2]]
    assert names(one.folder) == four
    assert purged(one.folder) == []


def test_what_went_is_on_record_without_its_content(one, four):
    """Name, namespace, moment and reason, also of earlier purges."""
    gone(one, namespace="a")
    one.clock.advance(86_400)
    gone(one, older_than=timedelta(days=1))
    assert [(row["name"], row["namespace"]) for row in purged(one.folder)] == [
        (four[0], "a"),
        (four[2], "a"),
        (four[1], "b"),
        (four[3], "c"),
    ]
    first, *_, last = purged(one.folder)
    assert set(first) == {"name", "namespace", "purged_at", "reason"}
    assert first["reason"] == "of the namespace 'a'"
    assert last["reason"] == "older than 1 day, 0:00:00"
    assert first["purged_at"] < last["purged_at"]
    assert one.left() == ["purged.json"]


def test_a_broken_archive_is_erased_too(one, four):
    """Its content is as much somebody's as that of a whole one."""
    manifest = one.archives / four[0] / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"\n", b" "))
    assert gone(one, namespace="a") == [four[0], four[2]]


def test_an_archive_of_which_nobody_knows_whose_it_is(one, four):
    """Nothing is removed by namespace before somebody has looked at it; by age it goes like any other."""
    (one.archives / four[1] / "manifest.json").write_bytes(b"{")
    with pytest.raises(ArchiveError, match="can't be told whose") as caught:
        gone(one, namespace="a")
    assert four[1] in caught.value.path
    assert names(one.folder) == four
    assert gone(one, older_than=timedelta(days=2)) == four[:2]
    assert [row["namespace"] for row in purged(one.folder)] == ["a", None]


def test_a_record_that_was_changed_stops_it(one, four):
    """What stands in it would be lost with the next line."""
    gone(one, namespace="c")
    record = one.archives / "purged.json"
    record.write_bytes(record.read_bytes().replace(b'"c"', b'"d"'))
    with pytest.raises(StateError, match="record of purged archives"):
        gone(one, namespace="a")
    assert names(one.folder) == four[:3]
