"""Item-level guards at their edges: a date, a number, a name; and what is not known never passes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.change.guards.item_level import (
    bound,
    grace,
    irreversible,
    moved,
    protected,
    state,
    traffic,
    trusted,
    workers,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LONG_AGO = {
    "state": "churned",
    "churned_on": NOW - 40 * DAY,
    "started_on": NOW - 400 * DAY,
    "created_on": NOW - 399 * DAY,
    "first_seen": NOW - 31 * DAY,
    "deadline": None,
    "now": NOW,
    "days": 30,
}


@pytest.mark.parametrize("found", ["churned", "orphaned"])
def test_states_that_may_be_deleted(found):
    """After grace."""
    assert state(found=found, wanted=("churned", "orphaned")).verdict == "pass"


@pytest.mark.parametrize("found", ["ignored", "ambiguous", "suspect", "misnamed", "unrecognised"])
def test_states_that_never_delete(found):
    """Refused; a reason for the guard as a whole may override it."""
    said = state(found=found, wanted=("churned", "orphaned"))
    assert (said.verdict, said.final, said.one_only) == ("refuse", False, False)
    assert found in said.detail


@pytest.mark.parametrize("found", ["matched", None])
def test_a_running_customer_is_named_alone(found):
    """Only an override of that one item counts: for a running customer, and for what nobody knows."""
    said = state(found=found, wanted=("churned", "orphaned"))
    assert (said.verdict, said.one_only) == ("refuse", True)


def test_a_reason_beside_the_state():
    """A customer who may have one already gets none."""
    said = state(found="missing", wanted=("missing",), why="the suspect 'customer-07' may be theirs")
    assert said.verdict == "refuse"
    assert "customer-07" in said.detail
    assert not said.one_only


@pytest.mark.parametrize(
    ("names", "globs", "verdict"),
    [
        (["customer-1"], ["customer-1"], "refuse"),
        (["customer-11"], ["customer-1"], "pass"),
        (["internal-x"], ["internal-*"], "refuse"),
        (["Internal-x"], ["internal-*"], "pass"),
        (["old", "customer-1"], ["customer-1"], "refuse"),
        (["a"], [], "pass"),
    ],
)
def test_the_protect_list(names, globs, verdict):
    """Globs, in case, over every name that it goes by."""
    said = protected(names=names, globs=globs, dated={}, today=NOW.date())
    assert said.verdict == verdict
    assert not said.final


@pytest.mark.parametrize(("until", "verdict"), [(23, "pass"), (24, "refuse"), (22, "pass")])
def test_dated_protections(until, verdict):
    """It ends at the start of its day."""
    dated = {"customer-9": (date(2026, 11, until), "lawsuit")}
    said = protected(names=["customer-9"], globs=(), dated=dated, today=NOW.date())
    assert said.verdict == verdict
    assert ("lawsuit" in said.detail) == (verdict == "refuse")
    assert protected(names=["customer-8"], globs=(), dated=dated, today=NOW.date()).verdict == "pass"


def test_grace_is_over():
    """Long gone, long seen, long there."""
    assert grace(**LONG_AGO).verdict == "pass"


@pytest.mark.parametrize("fact", ["churned_on", "first_seen", "created_on"])
@pytest.mark.parametrize(
    ("back", "verdict"), [(30 * DAY, "pass"), (30 * DAY - timedelta(seconds=1), "refuse")]
)
def test_the_latest_of_three_dates_counts(fact, back, verdict):
    """Each of them by itself holds the item back until its thirty days are over, to the second."""
    facts = {**LONG_AGO, "started_on": None, fact: NOW - back}
    if fact == "created_on":
        facts["started_on"] = None
    said = grace(**facts)
    assert said.verdict == verdict
    assert not said.final


@pytest.mark.parametrize("fact", ["churned_on", "first_seen", "created_on"])
@pytest.mark.parametrize("value", [None, NOW + timedelta(seconds=1)])
def test_a_date_that_is_none(fact, value):
    """Missing or in the future: unknown, never a pass."""
    said = grace(**{**LONG_AGO, fact: value})
    assert said.verdict == "unknown"


def test_now_is_a_date():
    """A date of this very moment is one."""
    assert grace(**{**LONG_AGO, "first_seen": NOW}).verdict == "refuse"


def test_who_left_before_coming():
    """Such a day of leaving is no date; one on the day of coming is."""
    assert grace(**{**LONG_AGO, "started_on": NOW - 39 * DAY}).verdict == "unknown"
    assert grace(**{**LONG_AGO, "started_on": NOW - 40 * DAY}).verdict == "pass"


def test_an_orphan_has_no_day_of_leaving():
    """None is asked for, and one that stands there says nothing."""
    orphan = {**LONG_AGO, "state": "orphaned", "started_on": None}
    assert grace(**{**orphan, "churned_on": None}).verdict == "pass"
    assert grace(**{**orphan, "churned_on": NOW - DAY}).verdict == "pass"


@pytest.mark.parametrize(("deadline", "verdict"), [(NOW, "pass"), (NOW + timedelta(seconds=1), "refuse")])
def test_the_ledgers_deadline_holds(deadline, verdict):
    """It never moves earlier, whatever the settings say by now."""
    assert grace(**{**LONG_AGO, "deadline": deadline, "days": 0}).verdict == verdict


def test_all_that_is_not_known_is_said():
    """So that a person can mend it at once."""
    said = grace(**{**LONG_AGO, "churned_on": None, "created_on": None, "first_seen": None})
    assert said.detail.count(";") == 2


@pytest.mark.parametrize(("requests", "verdict"), [(0, "pass"), (1, "refuse"), (None, "unknown")])
def test_traffic(requests, verdict):
    """One request is traffic; nobody knowing is no absence."""
    said = traffic(requests=requests, days=30, how="by the analytics")
    assert said.verdict == verdict
    assert "by the analytics" in said.detail


@pytest.mark.parametrize(("requests", "words"), [(1, "1 request in"), (2, "2 requests in")])
def test_traffic_in_words(requests, words):
    """As a person says it."""
    assert traffic(requests=requests, days=30, how="").detail.startswith(words)


@pytest.mark.parametrize(
    ("inside", "verdict"), [(20, "pass"), (21, "refuse"), (0, "pass"), (None, "unknown")]
)
def test_workers(inside, verdict):
    """Twenty may go; more are hardly nobody's."""
    assert workers(inside=inside, most=20).verdict == verdict


@pytest.mark.parametrize(("is_trusted", "verdict"), [(True, "refuse"), (False, "pass"), (None, "unknown")])
def test_trusted(is_trusted, verdict):
    """Trusted mode is the platform's own more often than not."""
    assert trusted(is_trusted=is_trusted).verdict == verdict


def test_bound():
    """The Worker and the binding are named."""
    said = bound(binders=[("dispatcher", "CUSTOMERS")], how="looked")
    assert said.verdict == "refuse"
    assert "'dispatcher'" in said.detail
    assert "'CUSTOMERS'" in said.detail
    assert bound(binders=[], how="looked").verdict == "pass"
    assert bound(binders=None, how="may not look").verdict == "unknown"


def test_irreversible():
    """What would be lost is named; of many the first few."""
    said = irreversible(lost=[f"w{n} has assets" for n in range(8)], how="")
    assert said.verdict == "refuse"
    assert "w0 has assets" in said.detail
    assert "and 3 more" in said.detail
    assert irreversible(lost=[], how="looked").verdict == "pass"
    assert irreversible(lost=None, how="not looked").verdict == "unknown"


def test_moved():
    """Every fact is compared; which one differs is said; a null can't be compared."""
    planned = {"namespace_id": "a", "modified_on": "m", "workers": 1, "workers_digest": "d"}
    assert moved(planned=planned, found=dict(planned)).verdict == "pass"
    for fact in planned:
        said = moved(planned=planned, found={**planned, fact: "other"})
        assert (said.verdict, said.final) == ("refuse", True)
        null = moved(planned={**planned, fact: None}, found={**planned, fact: None})
        assert (null.verdict, null.final) == ("refuse", True)
        assert fact in null.detail
        assert (
            moved(planned=planned, found={k: v for k, v in planned.items() if k != fact}).verdict == "refuse"
        )


def test_nobody_is_a_customer_to_compare():
    """A thing without a customer is the same while it has none, and another once it has one."""
    nobody = {"state": "orphaned", "customer_id": None}
    assert moved(planned=nobody, found=nobody).verdict == "pass"
    assert moved(planned=nobody, found={**nobody, "customer_id": "9"}).verdict == "refuse"


@given(
    days=st.integers(0, 60),
    ago=st.integers(0, 90),
    seen=st.integers(0, 90),
    made=st.integers(0, 90),
    later=st.integers(0, 90),
)
def test_waiting_never_hurts(days, ago, seen, made, later):
    """What passes now passes later; what passes has waited out each of its dates."""
    facts = {
        **LONG_AGO,
        "started_on": None,
        "churned_on": NOW - ago * DAY,
        "first_seen": NOW - seen * DAY,
        "created_on": NOW - made * DAY,
        "days": days,
    }
    if grace(**facts).verdict == "pass":
        assert min(ago, seen, made) >= days
        assert grace(**{**facts, "now": NOW + later * DAY}).verdict == "pass"
    else:
        assert min(ago, seen, made) < days
