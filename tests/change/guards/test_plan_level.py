"""Plan-level guards at their thresholds: one less passes, one more does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.change.guards.plan_level import count, quarantine, share, unproven
from wfp_ops.frames.provenance import Completeness

PROVEN = Completeness("proven", "412 rows is no page's length")
FINE = {
    "customers": 100,
    "read": 100,
    "set_aside": 0,
    "ids_unknown": 0,
    "age": timedelta(hours=1),
    "max_age_hours": 48,
    "accepted": True,
    "lost": 0,
    "lost_share": 0.0,
}


@pytest.mark.parametrize(
    ("planned", "recent", "most", "verdict"),
    [
        (25, 0, 25, "pass"),
        (26, 0, 25, "refuse"),
        (0, 25, 25, "pass"),
        (1, 24, 25, "pass"),
        (1, 25, 25, "refuse"),
        (1, 0, 0, "refuse"),
        (1, None, 25, "unknown"),
    ],
)
def test_count(planned, recent, most, verdict):
    """What is planned and what was deleted lately add up; unknown is no pass."""
    said = count(planned=planned, recent=recent, most=most)
    assert said.verdict == verdict
    assert not said.final


def test_count_says_the_numbers():
    """A person reads how many of how many."""
    assert (
        "26 deletions here and 3 in the last 24 hours; at most 25"
        in count(planned=26, recent=3, most=25).detail
    )


@pytest.mark.parametrize(
    ("planned", "recent", "total", "most", "verdict"),
    [
        (10, 0, 100, 0.10, "pass"),
        (11, 0, 100, 0.10, "refuse"),
        (1, 0, 9, 0.10, "refuse"),
        (1, 0, 10, 0.10, "pass"),
        (5, 5, 95, 0.10, "pass"),
        (6, 5, 95, 0.10, "refuse"),
        (5, 5, 90, 0.10, "refuse"),
        (1, 0, 1, 1.0, "pass"),
        (1, 0, 100, 0.0, "refuse"),
        (1, None, 100, 0.10, "unknown"),
    ],
)
def test_share(planned, recent, total, most, verdict):
    """A tenth of what there was a day ago, those deleted since included; small accounts are no exemption."""
    said = share(
        kind="namespaces", scope="the account", planned=planned, recent=recent, total=total, most=most
    )
    assert said.verdict == verdict
    assert not said.final


def test_share_says_what_may_go():
    """A person reads how many may go."""
    said = share(kind="Workers", scope="'production'", planned=12, recent=0, total=100, most=0.1)
    assert "12 of 100 Workers of 'production'" in said.detail
    assert "at most 10 % (10)" in said.detail


def test_a_fine_list_passes():
    """Nothing speaks against it."""
    said = quarantine(**FINE)
    assert said.verdict == "pass"
    assert "100 customers" in said.detail


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"customers": 0}, "empty"),
        ({"age": timedelta(hours=48, seconds=1)}, "48 hours old"),
        ({"age": None}, "how old"),
        ({"read": 99, "set_aside": 1}, "1 of its 99"),
        ({"accepted": False, "lost_share": None}, "no customer list was accepted"),
        ({"lost_share": None}, "can't be compared"),
        ({"lost": 21, "lost_share": 0.2000001}, "21 accepted customers"),
    ],
)
def test_what_quarantines_a_list(change, words):
    """Each fault by itself refuses, says which it is, and can be overridden."""
    said = quarantine(**{**FINE, **change})
    assert said.verdict == "refuse"
    assert words in said.detail
    assert not said.final


@pytest.mark.parametrize(
    "change",
    [
        {"age": timedelta(hours=48)},
        {"age": timedelta(0)},
        {"customers": 1},
        {"read": 100, "set_aside": 1},
        {"lost": 20, "lost_share": 0.2},
    ],
)
def test_what_is_just_allowed(change):
    """At the threshold it passes."""
    assert quarantine(**{**FINE, **change}).verdict == "pass"


def test_records_without_an_id_are_told():
    """They are no reason to refuse by themselves, and a person is told to look."""
    said = quarantine(**{**FINE, "set_aside": 1, "ids_unknown": 1})
    assert said.verdict == "pass"
    assert "1 of those without an id" in said.detail
    assert "without an id" not in quarantine(**FINE).detail


def test_all_faults_are_said_at_once():
    """Nobody mends one to be told the next."""
    said = quarantine(**{**FINE, "age": None, "customers": 0, "accepted": False})
    assert said.detail.count(";") == 2


@pytest.mark.parametrize(
    ("namespaces", "accepted", "verdict"),
    [
        (80, 100, "pass"),
        (79, 100, "refuse"),
        (100, 100, "pass"),
        (500, 100, "pass"),
        (1, None, "pass"),
        (0, 0, "pass"),
    ],
)
def test_an_inventory_that_shrank(namespaces, accepted, verdict):
    """More than a fifth gone is refused, and can be overridden."""
    said = unproven(evidence=PROVEN, namespaces=namespaces, accepted=accepted)
    assert (said.verdict, said.final) == (verdict, False)


def test_an_unproven_inventory_is_final():
    """No reason overrides that nobody knows whether it is whole."""
    said = unproven(evidence=Completeness("unproven", "cut"), namespaces=100, accepted=100)
    assert (said.verdict, said.final) == ("refuse", True)
    assert "cut" in said.detail


@given(
    planned=st.integers(0, 50), recent=st.integers(0, 50), most=st.integers(0, 50), more=st.integers(0, 20)
)
def test_more_is_never_better(planned, recent, most, more):
    """Whoever is refused is refused with more, too; whoever passes passes with less."""
    if count(planned=planned, recent=recent, most=most).verdict == "refuse":
        assert count(planned=planned + more, recent=recent, most=most).verdict == "refuse"
        assert count(planned=planned, recent=recent + more, most=most).verdict == "refuse"
    facts = {"kind": "namespaces", "scope": "the account", "total": 100, "most": most / 100}
    if share(planned=planned, recent=recent, **facts).verdict == "pass" and planned >= more:
        assert share(planned=planned - more, recent=recent, **facts).verdict == "pass"
