"""What was deleted in the last 24 hours, by the register and the journals; what nobody can read counts whole."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.fake_clock import START
from support.journals import begin_facts, facts_of, write_journal
from support.kept_audits import state_folder

from wfp_ops.change.journal.record import FIRST_PREV, seal, stamp
from wfp_ops.change.judge import Recent
from wfp_ops.change.recent import WINDOW, recent_deletions
from wfp_ops.errors import StateError
from wfp_ops.memory.applied import Applied, AppliedPlans

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
NONE = Recent(namespaces=0, workers={})


@pytest.fixture
def folder(tmp_path):
    """A state folder."""
    return state_folder(tmp_path / "state")


def journal(path, *events, at=START):
    """A journal whose records are all of one moment; events are pairs of a kind and its facts."""
    records = []
    for n, (kind, facts) in enumerate([("begin", begin_facts()), *events]):
        records.append(seal(n, stamp(at), kind, facts, records[-1].hash if records else FIRST_PREV))
    return write_journal(path, records)


def deleted(number=0, result="done", **changes):
    """About to delete, and what came of it."""
    return [
        ("intent", facts_of("intent", number, **changes)),
        ("outcome", facts_of("outcome", number, result=result)),
    ]


def register(folder, path, *, at=START, digest="a" * 64, deletions=None):
    """An apply of this journal."""
    planned = (("delete_namespace", "customer-7", None, "id-0"),) if deletions is None else deletions
    AppliedPlans(folder).record(Applied(digest, at, str(path), planned))


def test_nothing_was_applied(folder):
    """Nothing was deleted."""
    assert recent_deletions(folder, START) == NONE


def test_namespaces_and_workers_are_counted_apart(folder, tmp_path):
    """Workers by namespace; what did not happen is not counted."""
    one = {"action": "delete_worker", "namespace": "production"}
    path = journal(
        tmp_path / "a.jsonl",
        *deleted(0),
        *deleted(1, "not_done"),
        *deleted(2, worker="w1", **one),
        *deleted(3, worker="w2", **one),
        *deleted(4, action="delete_worker", namespace="staging", worker="w1"),
        *deleted(5, "unknown"),
    )
    register(folder, path)
    found = recent_deletions(folder, START + SECOND)
    assert found == Recent(namespaces=2, workers={"production": 2, "staging": 1})
    assert found.total == 5


@pytest.mark.parametrize(
    ("later", "counts"),
    [(timedelta(0), 1), (WINDOW - SECOND, 1), (WINDOW, 0), (WINDOW + SECOND, 0), (-DAY, 1)],
)
def test_the_window(folder, tmp_path, later, counts):
    """24 hours to the second; a clock that was set back makes nothing older."""
    register(folder, journal(tmp_path / "a.jsonl", *deleted()))
    assert recent_deletions(folder, START + later).namespaces == counts


def test_it_is_the_deletion_that_counts_not_the_begin(folder, tmp_path):
    """A plan may be resumed within its life: what it deletes days later is recent then."""
    late = START + 7 * DAY
    register(folder, journal(tmp_path / "a.jsonl", *deleted(), at=late))
    assert recent_deletions(folder, late + SECOND).namespaces == 1


def test_several_applies_add_up(folder, tmp_path):
    """One plan after the other is no way around the limit."""
    for number, digest in enumerate(("a" * 64, "b" * 64)):
        path = journal(tmp_path / f"{number}.jsonl", *deleted(number))
        register(folder, path, digest=digest)
    assert recent_deletions(folder, START).namespaces == 2


def _missing(path):
    path.unlink()


def _tampered(path):
    path.write_bytes(path.read_bytes().replace(b"customer-7", b"customer-1"))


def _no_journal(path):
    path.write_bytes(b"{}\n")


@pytest.mark.parametrize("spoil", [_missing, _tampered, _no_journal])
def test_a_journal_that_nobody_can_read_counts_whole(folder, tmp_path, spoil):
    """Everything that it was to delete counts as deleted just now, however long ago it began."""
    path = journal(tmp_path / "a.jsonl", *deleted())
    planned = (
        ("delete_namespace", "customer-7", None, "id-0"),
        ("delete_namespace", "customer-8", None, "id-1"),
        ("delete_worker", "production", "site", "id-2"),
        ("create_namespace", "customer-9", None, None),
        ("rename_namespace", "customer_9", None, None),
    )
    register(folder, path, deletions=planned)
    spoil(path)
    expected = Recent(namespaces=2, workers={"production": 1})
    assert recent_deletions(folder, START) == expected
    assert recent_deletions(folder, START + 8 * DAY) == expected
    assert recent_deletions(folder, START + 10 * DAY) == NONE


def test_a_torn_last_line_is_passed_over(folder, tmp_path):
    """A killed apply's journal still tells what it did."""
    path = journal(tmp_path / "a.jsonl", *deleted(0), *deleted(1, "not_done"))
    path.write_bytes(path.read_bytes() + b'{"n":')
    register(folder, path, deletions=(("delete_namespace", "customer-7", None, None),) * 5)
    assert recent_deletions(folder, START).namespaces == 1


def test_an_apply_without_deletions_is_not_looked_at(folder, tmp_path):
    """Its journal may be gone."""
    register(folder, tmp_path / "gone.jsonl", deletions=())
    assert recent_deletions(folder, START) == NONE


def test_a_register_that_nobody_can_read(folder, tmp_path):
    """Then nobody knows, and that is an error."""
    register(folder, journal(tmp_path / "a.jsonl", *deleted()))
    (folder.path / "applied" / f"{'a' * 64}.json").write_text("{}")
    with pytest.raises(StateError):
        recent_deletions(folder, START)
