"""Suspects stay suspects until somebody decides: through better lists, renames and listings that were cut."""

from __future__ import annotations

import pytest
from support.audit_frames import audit_of, states, worker_inventory
from support.kept_audits import day, kept

from wfp_ops.account.memory import Recalled, kept_of
from wfp_ops.audit.rules import Accepted, Rules
from wfp_ops.frames.provenance import Completeness

UNPROVEN = Completeness("unproven", "page 2 is missing")
SUSPECT = {"customer-07": "a", "customer-1": "b"}
LIST = ["1", "7"]  # customer 7 has nothing, and 07 is almost that


def _next(before, namespaces, customers, **options):
    """The audit after one, with what is remembered in its rules."""
    rules = options.pop("rules", Rules())
    plain = kept(namespaces, customers, rules=rules)
    suspects = Recalled(before).suspects(rules, plain.namespaces, None, day(23))
    remembering = Rules(accepted=rules.accepted, ignore=rules.ignore, suspects=suspects)
    return kept(namespaces, customers, before=before, rules=remembering, **options)


def _state(audit, name):
    return audit.states.drop_duplicates("namespace").set_index("namespace")["namespace_state"][name]


@pytest.fixture
def first():
    """An audit that found a suspect."""
    made = kept(SUSPECT, LIST, at=day(1))
    assert _state(made, "customer-07") == "suspect"
    return made


def test_the_near_customer_getting_its_own_is_no_decision(first):
    """Without a reason of its own any more it stays a suspect, since the day it was found."""
    later = _next(first, {**SUSPECT, "customer-7": "c"}, LIST)
    assert _state(later, "customer-07") == "suspect"
    assert _state(kept({**SUSPECT, "customer-7": "c"}, LIST), "customer-07") == "orphaned"
    assert later.suspects[["namespace", "namespace_id"]].to_numpy().tolist() == [["customer-07", "a"]]
    assert later.suspects["since"][0] == day(1)
    again = _next(later, {**SUSPECT, "customer-7": "c"}, LIST)
    assert _state(again, "customer-07") == "suspect"


def test_it_is_followed_by_its_id(first):
    """Renamed, it is still the suspect; what gets its old name is not."""
    later = _next(
        first, {"customer-0007": "a", "customer-07": "z", "customer-7": "c", "customer-1": "b"}, LIST
    )
    assert _state(later, "customer-0007") == "suspect"
    assert _state(later, "customer-07") == "orphaned"


@pytest.mark.parametrize(
    ("customers", "ignore", "state"),
    [
        (["1", "7", "07"], (), "matched"),
        ([*LIST, {"customer_id": "07", "status": "churned"}], (), "churned"),
        ([*LIST, {"customer_id": "8", "namespace": "customer-07"}], (), "matched"),
        (LIST, ("customer-07",), "ignored"),
    ],
)
def test_what_decides(first, customers, ignore, state):
    """Claimed or ignored it is decided, and no suspect any more when that ends."""
    everything = {**SUSPECT, "customer-7": "c"}
    decided = _next(first, everything, customers, rules=Rules(ignore=ignore))
    assert _state(decided, "customer-07") == state
    assert decided.suspects.empty
    assert _state(_next(decided, everything, LIST), "customer-07") == "orphaned"


def test_accepting_the_finding_decides_until_that_is_over(first):
    """Accepted, it is what it looks like; on the day of ``until`` it is a suspect again."""
    everything = {**SUSPECT, "customer-7": "c"}
    accept = Rules(accepted=(Accepted("suspect", "customer-07", "asked sales", day(25).date()),))
    accepted = _next(first, everything, LIST, rules=accept)
    assert _state(accepted, "customer-07") == "orphaned"
    over = Rules(accepted=(Accepted("suspect", "customer-07", "asked sales", day(23).date()),))
    assert _state(_next(accepted, everything, LIST, rules=over), "customer-07") == "suspect"


def test_an_ambiguous_day_is_no_decision(first):
    """A slip in the list makes it ambiguous for a day; then it is a suspect again."""
    everything = {**SUSPECT, "customer-7": "c"}
    slip = [*LIST, {"customer_id": "07"}, {"customer_id": "07"}]
    ambiguous = _next(first, everything, slip)
    assert _state(ambiguous, "customer-07") == "ambiguous"
    assert _state(_next(ambiguous, everything, LIST), "customer-07") == "suspect"


def test_gone_counts_only_where_the_listing_was_proven(first):
    """Missing from a listing that may be cut it is remembered; missing from a whole one it is gone."""
    cut = _next(first, {"customer-1": "b"}, LIST, proof=UNPROVEN)
    assert cut.suspects["namespace_id"].tolist() == ["a"]
    back = _next(cut, {**SUSPECT, "customer-7": "c"}, LIST)
    assert _state(back, "customer-07") == "suspect"
    gone = _next(first, {"customer-1": "b"}, LIST)
    assert gone.suspects.empty


def test_without_ids_the_name_is_followed():
    """Where a listing has no ids a suspect is known by its name."""
    first = kept({"customer-07": None, "customer-1": None}, LIST)
    later = _next(first, {"customer-07": None, "customer-7": None, "customer-1": None}, LIST)
    assert _state(later, "customer-07") == "suspect"


def test_workers_are_suspects_too():
    """In worker tenancy a Worker is remembered; an audit of namespaces in between decides nothing on it."""
    rules = Rules(tenancy="worker")
    workers = [("production", "customer-07", None), ("production", "customer-1", None)]
    audit = audit_of(["production"], LIST, rules, worker_inventory(workers))
    first = kept_of(audit, None)
    assert states(audit)["customer-07"] == "suspect"
    between = kept({"production": "id-0"}, LIST, before=first)
    assert between.suspects["worker"].tolist() == ["customer-07"]
    names = Recalled(between).suspects(rules, audit.namespaces, audit.workers, day(23))
    assert names == {"customer-07"}
