"""What each guard says, word by word: it stands in the plan's digest and in journals, and people decide by it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from wfp_ops.change.guards.item_level import (
    bound,
    grace,
    irreversible,
    like_planned,
    listed_all,
    moved,
    protected,
    shown,
    state,
    traffic,
    trusted,
    workers,
)
from wfp_ops.change.guards.plan_level import count, quarantine, share, unproven
from wfp_ops.change.guards.said import Said, listed, passes, refuses, unknown
from wfp_ops.frames.provenance import Completeness

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PROVEN = Completeness("proven", "412 rows is no page's length")
DATES = {
    "state": "churned",
    "churned_on": NOW - 40 * DAY,
    "started_on": None,
    "created_on": NOW - 50 * DAY,
    "first_seen": NOW - 31 * DAY,
    "deadline": None,
    "now": NOW,
    "days": 30,
}
LIST = {
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
WANTED = ("churned", "orphaned")
TWO = [("site", "A"), ("shop", "B")]
SENTENCES = [
    (lambda: state(found=None, wanted=WANTED), "the audit does not know it"),
    (lambda: state(found="churned", wanted=WANTED), "its state is churned"),
    (
        lambda: state(found="matched", wanted=WANTED),
        "its state is matched; only churned and orphaned may be",
    ),
    (lambda: state(found="matched", wanted=("misnamed",)), "its state is matched; only misnamed may be"),
    (lambda: state(found="missing", wanted=("missing",), why="it may be theirs"), "it may be theirs"),
    (lambda: protected(names=["a"], globs=("b",), dated={}, today=NOW.date()), "nothing protects it"),
    (
        lambda: protected(names=["a", "customer-1"], globs=("b*", "c*"), dated={}, today=NOW.date()),
        "'customer-1' is on the protect list ('c*')",
    ),
    (
        lambda: protected(
            names=["a", "b"], globs=(), dated={"b": (date(2026, 12, 1), "a trial")}, today=NOW.date()
        ),
        "'b' is protected until 2026-12-01: a trial",
    ),
    (lambda: grace(**DATES), "its grace ended on 2026-11-22 12:00 UTC"),
    (lambda: grace(**{**DATES, "days": 40}), "its grace ends on 2026-12-02 12:00 UTC (40 days)"),
    (
        lambda: grace(**{**DATES, "churned_on": None, "created_on": None, "first_seen": None}),
        (
            "not known: the day on which the customer left; when it was created; when it was seen as a candidate "
            "first (wfp-ops mark)"
        ),
    ),
    (lambda: traffic(requests=None, days=30, how="nobody asked"), "nobody asked"),
    (lambda: traffic(requests=2, days=30, how="looked"), "2 requests in the last 30 days (looked)"),
    (lambda: traffic(requests=0, days=30, how="looked"), "no request in the last 30 days (looked)"),
    (lambda: workers(inside=None, most=20), "nobody knows how many Workers are inside"),
    (lambda: workers(inside=3, most=20), "3 Workers inside; at most 20 may be"),
    (lambda: workers(inside=3, most=2), "3 Workers inside; at most 2 may be"),
    (lambda: trusted(is_trusted=None), "Cloudflare does not say whether it is in trusted mode"),
    (lambda: trusted(is_trusted=True), "it is in trusted mode"),
    (lambda: trusted(is_trusted=False), "it is not in trusted mode"),
    (lambda: bound(binders=None, how="may not look"), "may not look"),
    (lambda: bound(binders=[], how="none of 2 binds it"), "none of 2 binds it"),
    (
        lambda: bound(binders=TWO, how=""),
        "bound by Worker 'site' (binding 'A'), Worker 'shop' (binding 'B'): it would break",
    ),
    (lambda: irreversible(lost=None, how="not looked"), "not looked"),
    (lambda: irreversible(lost=["a", "b"], how=""), "a; b"),
    (
        lambda: irreversible(lost=[], how="all of its 2 Workers can be archived"),
        "all of its 2 Workers can be archived",
    ),
    (lambda: moved(planned={"workers": 1}, found={"workers": 1}), "it is what the plan saw"),
    (
        lambda: moved(planned={"workers": None, "etag": None}, found={}),
        "not known, so it can't be compared later: workers, etag",
    ),
    (
        lambda: moved(planned={"workers": 1, "etag": "a"}, found={"workers": 2}),
        "the number of its Workers was 1 and is 2; etag was a and is unknown",
    ),
    (
        lambda: like_planned(planned={"etag": "a"}, found={"etag": "a", "workers": 1, "modified_on": None}),
        "the plan does not say what must be compared: workers, modified_on",
    ),
    (lambda: like_planned(planned={"etag": "a"}, found={"etag": "a"}), "it is what the plan saw"),
    (lambda: like_planned(planned={"etag": "a"}, found={"etag": "b"}), "etag was a and is b"),
    (
        lambda: count(planned=1, recent=None, most=25),
        "the journals can't say how many were deleted in the last 24 hours",
    ),
    (
        lambda: count(planned=1, recent=2, most=25),
        "1 deletions here and 2 in the last 24 hours; at most 25 in any 24 hours",
    ),
    (
        lambda: count(planned=1, recent=None, most=25, doubt="a journal is gone"),
        "the journals can't say how many were deleted in the last 24 hours (a journal is gone)",
    ),
    (
        lambda: count(planned=1, recent=2, most=25, doubt="2 for safety"),
        "1 deletions here and 2 in the last 24 hours; at most 25 in any 24 hours (2 for safety)",
    ),
    (
        lambda: count(planned=1, recent=2, most=2),
        "1 deletions here and 2 in the last 24 hours; at most 2 in any 24 hours",
    ),
    (
        lambda: share(kind="Workers", scope="'a'", planned=1, recent=None, total=9, most=0.1),
        "the journals can't say how many were deleted in the last 24 hours",
    ),
    (
        lambda: share(
            kind="Workers", scope="'a'", planned=1, recent=None, total=9, most=0.1, doubt="a journal is gone"
        ),
        "the journals can't say how many were deleted in the last 24 hours (a journal is gone)",
    ),
    (
        lambda: share(
            kind="Workers", scope="'a'", planned=2, recent=2, total=28, most=0.125, doubt="2 for safety"
        ),
        ("4 of 30 Workers of 'a' would be gone within 24 hours; at most 12.5 % (3) may be (2 for safety)"),
    ),
    (
        lambda: share(kind="Workers", scope="'a'", planned=1, recent=2, total=28, most=0.125),
        "3 of 30 Workers of 'a' would be gone within 24 hours; at most 12.5 % (3) may be",
    ),
    (
        lambda: share(kind="Workers", scope="'a'", planned=2, recent=2, total=28, most=0.125),
        "4 of 30 Workers of 'a' would be gone within 24 hours; at most 12.5 % (3) may be",
    ),
    (lambda: quarantine(**LIST), "100 customers, 0 fewer than accepted; 0 records set aside"),
    (
        lambda: quarantine(**{**LIST, "customers": 0, "age": None, "set_aside": 3, "accepted": False}),
        (
            "the customer list is empty; nobody knows how old the customer list is: it has no date, or one in the "
            "future; 3 of its 100 records can't be used; at most 1 % may be so; no customer list was accepted yet "
            "(wfp-ops audit --accept)"
        ),
    ),
    (
        lambda: quarantine(**{**LIST, "age": timedelta(hours=49, minutes=59), "lost": 90, "lost_share": 0.9}),
        (
            "the customer list is 49 hours old; at most 48 are allowed; 90 accepted customers are not in it any "
            "more (90 %); at most 20 % may be gone"
        ),
    ),
    (
        lambda: quarantine(**{**LIST, "lost_share": None}),
        "it can't be compared with the accepted customer list",
    ),
    (
        lambda: unproven(evidence=Completeness("unproven", "cut"), namespaces=1, accepted=1),
        "the inventory is not proven complete: cut",
    ),
    (
        lambda: unproven(evidence=PROVEN, namespaces=1, accepted=None),
        "proven complete: 412 rows is no page's length; no accepted inventory to compare it with",
    ),
    (
        lambda: unproven(evidence=PROVEN, namespaces=70, accepted=100),
        "the inventory shrank from 100 to 70 namespaces; at most 20 % may be gone",
    ),
    (
        lambda: unproven(evidence=PROVEN, namespaces=90, accepted=100),
        "proven complete: 412 rows is no page's length",
    ),
]


@pytest.mark.parametrize(("says", "words"), SENTENCES, ids=[words[:40] for _, words in SENTENCES])
def test_sentences(says, words):
    """Each as a person reads it."""
    assert says().detail == words


def test_what_a_guard_may_say():
    """Nothing is final, or for one item only, unless that is said."""
    assert passes("a") == Said("pass", "a", final=False, one_only=False)
    assert refuses("a") == Said("refuse", "a", final=False, one_only=False)
    assert refuses("a", final=True) == Said("refuse", "a", final=True, one_only=False)
    assert refuses("a", one_only=True) == Said("refuse", "a", final=False, one_only=True)
    assert unknown("a") == Said("unknown", "a", final=False, one_only=False)
    assert unknown("a", final=True) == Said("unknown", "a", final=True, one_only=False)


def test_a_plan_that_leaves_something_out_to_compare():
    """A fact that it does not name, or has as null, is refused for good; so is one that is otherwise."""
    facts = {"namespace_id": "a", "workers": 1}
    assert like_planned(planned=facts, found=facts).verdict == "pass"
    for planned in ({}, {"namespace_id": "a"}, {**facts, "workers": None}, {"customer_id": None}):
        said = like_planned(planned=planned, found=facts)
        assert (said.verdict, said.final) == ("refuse", True)
    assert like_planned(planned={**facts, "etag": "e"}, found=facts).verdict == "refuse"
    assert like_planned(planned=facts, found={**facts, "workers": None}).verdict == "refuse"


def test_the_first_few():
    """The rest is a number, and only where there is a rest."""
    assert listed(["a", "b", "c"]) == "a, b, c"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert listed(["a", "b"], most=1) == "a and 1 more"
    five = ["a", "b", "c", "d", "e"]
    assert listed_all(five) == five
    assert listed_all([*five, "f"]) == [*five, "and 1 more"]
    assert listed_all(["a", "b"], most=1) == ["a", "and 1 more"]


def test_values_in_a_sentence():
    """Hashes are cut; what is null is unknown."""
    assert shown(None) == "unknown"
    assert shown(3) == "3"
    assert shown("a" * 64) == "aaaaaaaaaaaa..."
    assert shown("a" * 63) == "a" * 63
    assert shown("a" * 65) == "a" * 65


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("namespace_id", "its id"),
        ("modified_on", "its date of change"),
        ("trusted", "its trusted mode"),
        ("workers", "the number of its Workers"),
        ("workers_digest", "what its Workers are (names, code, dates)"),
        ("state", "its state"),
        ("customer_id", "its customer"),
        ("etag", "etag"),
    ],
)
def test_facts_have_names(fact, words):
    """In a person's words, where there are some."""
    assert moved(planned={fact: "a"}, found={fact: "b"}).detail == f"{words} was a and is b"
