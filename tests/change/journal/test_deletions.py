"""What was deleted, or may have been."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.fake_clock import START
from support.journals import facts_of, whole

from wfp_ops.change.journal.deletions import Deletion, deletions
from wfp_ops.change.journal.record import FIRST_PREV, seal, stamp


def history(*kinds_and_facts):
    """Records a minute apart, the first at START."""
    records = []
    for n, (kind, facts) in enumerate([("begin", facts_of("begin")), *kinds_and_facts]):
        prev = records[-1].hash if records else FIRST_PREV
        records.append(seal(n, stamp(START + timedelta(minutes=n)), kind, facts, prev))
    return records


def intent(number=0, **changes):
    """About to delete."""
    return "intent", facts_of("intent", number, **changes)


def outcome(result, number=0, **changes):
    """What came of it."""
    return "outcome", facts_of("outcome", number, result=result, **changes)


def test_each_deletion_of_an_apply():
    """With what was deleted, and when."""
    found = deletions(whole())
    assert [each.namespace for each in found] == ["customer-7", "customer-8", "customer-9"]
    assert found[0] == Deletion(START, "delete_namespace", "customer-7", None, "id-0")


@pytest.mark.parametrize(
    ("outcomes", "counts"),
    [
        ([], True),
        (["done"], True),
        (["unknown"], True),
        (["not_done"], False),
        (["failed"], False),
        (["unknown", "not_done"], False),
        (["unknown", "done"], True),
        (["not_done", "unknown"], True),
    ],
)
def test_what_may_have_happened_counts(outcomes, counts):
    """No outcome, or an unknown one, is no evidence that nothing happened."""
    found = deletions(history(intent(), *map(outcome, outcomes)))
    assert bool(found) is counts


def test_it_is_dated_to_its_last_intent():
    """The later date counts longer against the limit."""
    records = history(intent(), outcome("not_done"), intent(attempt=2), outcome("done", attempt=2))
    assert [each.at for each in deletions(records)] == [START + timedelta(minutes=3)]


def test_a_later_attempt_does_not_settle_an_earlier_one():
    """The first may have deleted it; that the second found nothing to delete does not undo that."""
    records = history(intent(), intent(attempt=2), outcome("not_done", attempt=2))
    assert len(deletions(records)) == 1
    settled = [*records, *history(outcome("not_done", attempt=1))[1:]]
    assert deletions(settled) == []


@pytest.mark.parametrize("action", ["create_namespace", "rename_namespace", "put_worker", "tag_worker"])
def test_other_changes_are_no_deletions(action):
    """Whatever came of them."""
    assert deletions(history(intent(action=action), outcome("done"))) == []


def test_a_worker_and_an_order_of_their_own():
    """Workers count too; the order is that of the intents, whatever the steps' numbers."""
    records = history(
        intent(2), intent(0, action="delete_worker", worker="app"), outcome("done", 0), outcome("done", 2)
    )
    found = deletions(records)
    assert [(each.namespace, each.worker) for each in found] == [("customer-9", None), ("customer-7", "app")]


def test_an_id_that_only_the_outcome_knows():
    """It is taken from there."""
    records = history(intent(namespace_id=None), outcome("done", namespace_id="read"))
    assert deletions(records)[0].namespace_id == "read"


def test_a_step_that_dropped_out_was_not_deleted():
    """Unless it was about to be."""
    dropped = ("dropped", facts_of("dropped"))
    assert deletions(history(dropped)) == []
    assert len(deletions(history(intent(), dropped))) == 1
