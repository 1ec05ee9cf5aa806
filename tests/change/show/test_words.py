"""Spans, counts and subjects in words; evidence of somebody else's file is not trusted to be what it should."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.shown_plans import creation, deletion

from wfp_ops.change.show.words import counted, inside, losses, lost, moment, planned, span, subject
from wfp_ops.change.steps import ACTIONS, Step


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "1 s"),
        (0.2, "1 s"),
        (12, "12 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (3_600_000, "1,000 h"),
    ],
)
def test_spans(seconds, said):
    """Seconds become what a person would say."""
    assert span(seconds) == said


@given(st.floats(0, 10**7))
def test_a_span_never_names_sixty(seconds):
    """What is sixty of one unit is one of the next."""
    assert "60" not in span(seconds).replace(",", "").split(" ")


def test_counts_and_moments():
    """One is singular, everything else plural, thousands have their comma; a moment is in UTC."""
    assert [counted(number, "step") for number in (0, 1, 2, 1000)] == [
        "0 steps",
        "1 step",
        "2 steps",
        "1,000 steps",
    ]
    assert moment(datetime(2026, 11, 3, 4, 5, tzinfo=UTC)) == "3 Nov 2026, 04:05 UTC"
    assert planned("rename_namespace", 1) == "rename 1 namespace"
    assert planned("tag_worker", 2) == "tag 2 Workers"
    assert all(planned(action, 1) for action in ACTIONS)


def test_subjects():
    """A namespace, a Worker in one, and both names of a rename."""
    assert subject(creation("customer-7")) == "customer-7"
    assert subject(deletion("a", worker="b", action="delete_worker")) == "a/b"
    assert subject(Step(action="rename_namespace", namespace="a", new_name="b", reason="r")) == "a -> b"


def test_workers_inside_are_counted_for_namespaces_alone():
    """Of a Worker there is nothing to count, and what is no list is not counted."""
    assert inside(deletion("customer-7", workers=3)) == 3
    assert inside(deletion("customer-7", worker="w", action="delete_worker")) is None
    assert inside(creation("customer-7")) is None
    assert inside(deletion("customer-7", evidence={"workers": 7})) is None


def test_what_is_lost():
    """Of a deletion what can't return, of a restore what does not come back with it; names go along."""
    gone = deletion("customer-7", cannot=("a", "b"))
    back = Step(
        action="put_worker", namespace="n", worker="w", reason="r", evidence={"cannot": ["c"], "x": 1}
    )
    assert lost(gone) == ("a", "b")
    assert losses([gone, back]) == [("customer-7", "a"), ("customer-7", "b"), ("n/w", "c")]
    assert lost(deletion("customer-7", evidence={"cannot_return": {"no": "list"}})) == ()
