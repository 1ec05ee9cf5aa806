"""Where each step stands, folded from the records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.journals import chain, facts_of, whole

from wfp_ops.change.journal.progress import StepState, fold

STEPS = 3


def about(kind, number=0, **changes):
    """A pair for ``chain``."""
    return kind, facts_of(kind, number, **changes)


@st.composite
def histories(draw):
    """Records of any kinds in any order, about any of the steps."""
    result = st.sampled_from(["done", "not_done", "failed", "unknown"])
    each = st.one_of(
        st.builds(lambda n, a: about("intent", n, attempt=a), st.integers(0, 2), st.integers(1, 3)),
        st.builds(
            lambda n, r, i: about("outcome", n, result=r, namespace_id=i),
            st.integers(0, 2),
            result,
            st.sampled_from([None, "x", "y"]),
        ),
        st.builds(
            about,
            st.sampled_from(["archived", "verified", "dropped", "paused", "resumed"]),
            st.integers(0, 2),
        ),
    )
    return chain("begin", *draw(st.lists(each, max_size=12)))


def test_nothing_yet():
    """Every step of a plan just begun is pending."""
    assert fold(chain("begin"), STEPS) == [StepState()] * STEPS
    assert StepState() == StepState("pending", 0, None, "", verified=False, archive=None)


def test_an_apply_that_went_through():
    """Every step is done, verified, and has its archive."""
    states = fold(whole(), STEPS)
    assert {each.status for each in states} == {"done"}
    assert all(each.verified for each in states)
    assert [each.archive for each in states] == [f"customer-{n}-20261123" for n in (7, 8, 9)]
    assert [each.namespace_id for each in states] == ["id-0", "id-1", "id-2"]
    assert [each.attempt for each in states] == [1, 1, 1]


@pytest.mark.parametrize(
    ("result", "status"),
    [("done", "done"), ("not_done", "pending"), ("failed", "failed"), ("unknown", "in_flight")],
)
def test_what_an_outcome_makes_of_a_step(result, status):
    """An unknown one must be settled; what was not done can be tried again."""
    records = chain("begin", "intent", about("outcome", result=result, detail="so it was"))
    first, *rest = fold(records, STEPS)
    assert (first.status, first.detail, first.verified) == (status, "so it was", False)
    assert rest == [StepState()] * 2


def test_an_intent_without_an_outcome_is_in_flight():
    """Its change may have happened."""
    state = fold(chain("begin", about("intent", attempt=2)), STEPS)[0]
    assert (state.status, state.attempt, state.namespace_id) == ("in_flight", 2, "id-0")


def test_a_new_attempt_is_not_verified_by_the_one_before():
    """What was read after the first says nothing of the second."""
    records = chain("begin", "intent", "outcome", "verified", about("intent", attempt=2))
    state = fold(records, STEPS)[0]
    assert (state.status, state.attempt, state.verified, state.detail) == ("in_flight", 2, False, "")


def test_a_step_that_dropped_out():
    """With what was said; an archive that was made stays known."""
    state = fold(chain("begin", "archived", "dropped"), STEPS)[0]
    assert (state.status, state.detail) == ("dropped", "it has another id now")
    assert state.archive == "customer-7-20261123"


def test_an_id_that_only_the_outcome_knows():
    """A namespace that was created has its id from the answer; a later null does not take it away."""
    intent = about("intent", action="create_namespace", namespace_id=None)
    records = chain(
        "begin", intent, about("outcome", namespace_id="new"), about("outcome", namespace_id=None)
    )
    assert fold(records, STEPS)[0].namespace_id == "new"


@given(histories(), st.data())
def test_folding_piece_by_piece(records, data):
    """A beginning and then the rest come to what the whole comes to, and the first fold stays as it was."""
    cut = data.draw(st.integers(0, len(records)))
    first = fold(records[:cut], STEPS)
    kept = fold(records[:cut], STEPS)
    assert fold(records[cut:], STEPS, onto=first) == fold(records, STEPS)
    assert first == kept


@given(histories())
def test_records_about_other_steps_do_not_count(records):
    """Each step's state follows from its own records alone."""
    for number in range(STEPS):
        own = [record for record in records if record.facts.get("step") == number]
        assert fold(own, STEPS)[number] == fold(records, STEPS)[number]


def test_a_step_that_the_plan_has_not():
    """It is refused, not left out; so are states of another plan."""
    with pytest.raises(ValueError, match="speaks of step 3, and the plan has 3"):
        fold(chain("begin", about("intent", 3)), STEPS)
    with pytest.raises(ValueError, match="2 states"):
        fold([], STEPS, onto=[StepState()] * 2)
