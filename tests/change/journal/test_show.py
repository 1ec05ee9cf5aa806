"""A journal as rows of a table."""

from __future__ import annotations

from support.fake_clock import START
from support.journals import begin_facts, chain, facts_of, step, whole

from wfp_ops.change.journal.record import KINDS, stamp
from wfp_ops.change.journal.show import as_rows


def what(kind, **changes):
    """The words for one record."""
    return as_rows(chain((kind, facts_of(kind, **changes))))[0]["what"]


def test_the_rows_of_an_apply():
    """One for each record; a step's row says which thing it is about, also where the record does not."""
    rows = as_rows(whole(steps=1))
    assert [row["what"] for row in rows] == [
        "began: delete 3 namespaces in acme-prod (approved by words, run by ann@desk)",
        "archived as customer-7-20261123; can't be brought back: the value of the secret KEY",
        "about to be made",
        "done (answered): 200",
        "verified: it is gone",
        "ended: 1 done, 0 dropped, 0 failed, 0 left; complete",
    ]
    about = {
        "at": stamp(START),
        "step": 0,
        "action": "delete_namespace",
        "namespace": "customer-7",
        "worker": None,
    }
    assert all({**row, **about} == row for row in rows[1:-1])
    whole_apply = {"step": None, "action": None, "namespace": None, "worker": None}
    assert all({**row, **whole_apply} == row for row in (rows[0], rows[-1]))


def test_a_step_that_only_the_plan_describes():
    """A dropped step has no intent: its names come from the plan."""
    begin = begin_facts(step("production", action="delete_worker", worker="customer-7"))
    row = as_rows(chain(("begin", begin), "dropped"))[1]
    assert (row["action"], row["namespace"], row["worker"]) == ("delete_worker", "production", "customer-7")
    assert row["what"] == "dropped by moved: it has another id now"


def test_words_for_what_differs():
    """Second attempts, doubtful outcomes, torn lines, ends that left something."""
    assert what("intent", attempt=2) == "about to be made (attempt 2)"
    assert what("outcome", result="unknown", detail="") == "not known whether it was done (answered)"
    assert what("outcome", result="not_done", how="settled by a read") == "not done (settled by a read): 200"
    assert what("archived", cannot=[]) == "archived as customer-7-20261123"
    assert what("resumed", torn_bytes=9) == (
        "resumed by ann@desk, a torn line of 9 bytes was cut off: after a kill"
    )
    assert what("end", left=2, complete=False).endswith("2 left; it can be resumed")
    assert what("breaker") == "stopped by the breaker: breaker by hand"


def test_every_kind_has_words():
    """Plain ASCII, and never empty."""
    for kind in KINDS:
        assert what(kind).isascii()
        assert what(kind)


def test_a_step_that_the_plan_has_not():
    """A table is made all the same: it is for looking."""
    row = as_rows(chain(("begin", begin_facts()), ("verified", facts_of("verified", 7))))[1]
    assert (row["step"], row["namespace"]) == (7, None)
