"""Every guard is asked, in the table's order, and gets the facts that it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.judging import (
    LONG_AGO,
    NAME,
    NOW,
    created,
    gathered,
    item,
    known,
    list_facts,
    mark,
    one_worker,
    renamed,
    seen,
    with_seen,
    worker,
)
from support.plans import creation, deletion

from wfp_ops.change.gather import Gathered, Losses
from wfp_ops.change.guards.table import NAMES
from wfp_ops.change.judge import (
    NOT_LOOKED,
    Known,
    Limits,
    ListFacts,
    Recent,
    cheap_rows,
    judge_item,
    judge_items,
    judge_plan,
    telling,
)
from wfp_ops.change.overrides import Overrides, overrides_of
from wfp_ops.change.selection import Item
from wfp_ops.change.steps import ACTIONS, GuardRow
from wfp_ops.frames.provenance import Completeness

DAY = timedelta(days=1)
NONE = Overrides()
DELETION = ["state", "protected", "grace", "traffic", "workers", "trusted", "bound", "irreversible"]
ASKED = {
    "delete_namespace": DELETION,
    "delete_worker": DELETION,
    "rename_namespace": ["state", "protected", "traffic", "bound"],
    "create_namespace": ["state"],
    "put_worker": ["state", "protected", "traffic", "bound"],
    "tag_worker": ["state", "protected", "traffic", "bound"],
}
FINE = (item(), one_worker(), renamed(), created(), item(state="orphaned", churned_on=None))


def rows(one, facts=None, overrides=NONE):
    """What each guard says, by name."""
    return {row.guard: row for row in judge_item(one, facts or known(), overrides)}


def refusing(one, facts=None):
    """The guards that hold an item back, with their verdict."""
    return {row.guard: row.verdict for row in rows(one, facts).values() if row.holds_back}


@pytest.mark.parametrize("one", FINE, ids=lambda one: f"{one.action} {one.state}")
def test_what_nothing_speaks_against(one):
    """Every guard that is asked lets it pass, and says about what."""
    said = list(judge_item(one, known(), NONE))
    assert [row.guard for row in said] == ASKED[one.action]
    assert {row.verdict for row in said} == {"pass"}
    assert {(row.namespace, row.worker) for row in said} == {(one.namespace, one.worker)}


CASES = [
    ("state", "refuse", {"state": "matched"}, {}),
    ("state", "refuse", {"state": None}, {}),
    ("state", "refuse", {"state": "misnamed"}, {}),
    ("protected", "refuse", {}, {"limits": Limits(protect=("customer-*",))}),
    ("protected", "refuse", {}, {"protections": {NAME: (date(2026, 11, 24), "lawsuit")}}),
    ("protected", "unknown", {}, {"protections": None}),
    ("grace", "refuse", {"churned_on": NOW - 29 * DAY}, {}),
    ("grace", "refuse", {"created_on": NOW - 29 * DAY}, {}),
    ("grace", "unknown", {"churned_on": None}, {}),
    ("grace", "unknown", {"started_on": LONG_AGO + DAY}, {}),
    ("grace", "unknown", {"created_on": None}, {}),
    ("grace", "unknown", {}, {"marks": {}}),
    ("grace", "unknown", {}, {"marks": None}),
    ("grace", "refuse", {}, {"limits": Limits(grace_days=61)}),
    ("grace", "refuse", {}, {"marks": {mark().key: mark(first_seen=NOW - 29 * DAY)}}),
    ("grace", "refuse", {}, {"marks": {mark().key: mark(deadline=NOW + DAY)}}),
    ("grace", "unknown", {}, {"now": LONG_AGO - DAY}),
    ("grace", "unknown", {}, {"skew": timedelta(minutes=5, seconds=1)}),
    ("grace", "unknown", {}, {"skew": timedelta(minutes=-5, seconds=-1)}),
    ("traffic", "refuse", {}, {"requests": {NAME: (1, "by the analytics")}}),
    ("traffic", "unknown", {}, {"requests": {NAME: (None, "nobody may ask")}}),
    ("traffic", "unknown", {}, {"requests": {}}),
    ("workers", "refuse", {}, {"limits": Limits(max_workers=0)}),
    ("trusted", "refuse", {}, {"gathered": gathered(seen(trusted_workers=True))}),
    ("trusted", "unknown", {}, {"gathered": gathered(seen(trusted_workers=None))}),
    ("bound", "refuse", {}, {"gathered": gathered(binders={NAME: [("dispatcher", "CUSTOMERS")]})}),
    ("bound", "unknown", {}, {"gathered": gathered(binders=None, how="may not look")}),
    ("irreversible", "unknown", {}, {"gathered": gathered(losses={})}),
    (
        "irreversible",
        "refuse",
        {},
        {"gathered": gathered(losses={(NAME, "site"): Losses(("it goes",), ("it goes",))})},
    ),
]


@pytest.mark.parametrize(("guard", "verdict", "changes", "facts"), CASES)
def test_each_guard_by_itself(guard, verdict, changes, facts):
    """One fact is otherwise: that guard alone holds the item back."""
    assert refusing(item(**changes), replace(known(), **facts)) == {guard: verdict}


@pytest.mark.parametrize("state", ["matched", "churned", "orphaned", "unrecognised", None])
def test_states_of_other_actions(state):
    """Only what is misnamed is renamed; only who is missing gets a namespace."""
    assert "state" in refusing(renamed(state=state))
    assert "state" in refusing(created(state=state))


@pytest.mark.parametrize("action", ["put_worker", "tag_worker"])
def test_an_action_without_a_rule(action):
    """Nobody knows for whom it is: it is held back, and nothing overrides that."""
    everything = overrides_of(dict.fromkeys((f"state:{NAME}/site", "state"), "I know better"))
    row = rows(one_worker(action=action), overrides=everything)["state"]
    assert row.verdict == "unknown"
    assert action in row.detail


def test_a_suspects_owner_gets_no_second_one():
    """The detail names the suspect; another customer is not concerned, nor is a deletion."""
    facts = known(doubtful={"9": "customer-09"})
    assert rows(created(), facts)["state"].verdict == "refuse"
    assert "'customer-09'" in rows(created(), facts)["state"].detail
    assert refusing(created(customer_id="8"), facts) == {}
    assert refusing(item(), facts) == {}
    assert refusing(created(customer_id=None), facts) == {}


def test_a_running_customers_is_overridden_alone():
    """A reason for the guard is not enough, nor one for a bare Worker's name; one for it in full is."""
    running = one_worker(state="matched")
    for key, verdict in (
        ("state", "refuse"),
        ("state:site", "refuse"),
        (f"state:{NAME}/site", "overridden"),
    ):
        assert rows(running, overrides=overrides_of({key: "because"}))["state"].verdict == verdict, key


@pytest.mark.parametrize(
    ("one", "protected"),
    [
        (item(), NAME),
        (one_worker(), NAME),
        (one_worker(), "site"),
        (one_worker(), f"{NAME}/site"),
        (renamed(), "customer_9"),
        (renamed(), NAME),
    ],
)
def test_every_name_is_protected(one, protected):
    """A Worker by its own name, its namespace's, or both; a rename by the old name and the new one."""
    assert refusing(one, known(limits=Limits(protect=(protected,)))) == {"protected": "refuse"}
    dated = {protected: (date(2026, 12, 1), "lawsuit")}
    assert refusing(one, known(protections=dated)) == {"protected": "refuse"}
    over = {protected: (date(2026, 11, 23), "lawsuit")}
    assert refusing(one, known(protections=over)) == {}


def test_nobody_else_is_protected_by_it():
    """A namespace is not its Worker."""
    assert refusing(item(), known(limits=Limits(protect=("site",)))) == {}


def test_grace_goes_by_the_id_that_is_there_now():
    """A namespace made again under its old name has another id, and no mark."""
    again = with_seen(seen(namespace_id="another"))
    assert refusing(item(), again) == {"grace": "unknown"}
    other = mark(namespace_id="another")
    assert refusing(item(), replace(again, marks={other.key: other})) == {}
    nameless = replace(with_seen(seen(namespace_id=None)), marks={mark().key: mark(), (None, None): mark()})
    assert refusing(item(), nameless) == {"grace": "unknown"}


def test_grace_before_anybody_looked():
    """The audit's id is what there is."""
    unseen = known(gathered=Gathered())
    assert rows(item(), unseen)["grace"].verdict == "pass"
    assert rows(item(namespace_id="another"), unseen)["grace"].verdict == "unknown"
    assert rows(item(namespace_id=None), unseen)["grace"].verdict == "unknown"


def test_grace_by_a_clock_that_is_a_little_off():
    """Some minutes are no days; by more nobody knows what day it is, and it is said how far."""
    assert refusing(item(), known(skew=timedelta(minutes=5))) == {}
    said = rows(item(), known(skew=timedelta(days=45)))["grace"].detail
    assert said == (
        "this machine's clock is 45 days ahead of Cloudflare's (set it right), so nobody knows when its grace "
        "ends"
    )


def test_what_nobody_can_read_is_said():
    """Which file it is, and what nobody knows for it."""
    assert rows(item(), known(protections=None))["protected"].detail == (
        "the ledger can't be read, so nobody knows what is protected"
    )
    assert rows(item(), known(marks=None))["grace"].detail == (
        "the ledger can't be read, so nobody knows when it was seen first"
    )
    cut = rows(item(), with_seen(seen(complete=False)))
    assert cut["irreversible"].detail == "its Workers are not proven to be all"
    assert rows(one_worker())["workers"].detail == "it is one Worker"
    assert rows(item())["bound"].detail == "none of the account's 2 Workers binds it"
    assert rows(one_worker(action="tag_worker"))["state"].detail == (
        "there is no rule for which states tag_worker is"
    )
    assert rows(created(), known(doubtful={"9": "customer-09"}))["state"].detail == (
        "the suspect 'customer-09' may be this customer's already"
    )


def test_an_orphan_has_no_day_of_leaving():
    """None is asked for."""
    assert refusing(item(state="orphaned", churned_on=NOW - DAY)) == {}


@pytest.mark.parametrize(
    ("there", "marked", "verdict"),
    [
        ("tag of site", "tag of site", "pass"),
        ("tag of site", "another", "unknown"),
        (None, "another", "pass"),
        ("tag of site", None, "pass"),
        (None, None, "pass"),
    ],
)
def test_a_worker_made_again_under_its_name(there, marked, verdict):
    """It has another id than the marked one, so its grace begins anew; an id that is not known says nothing."""
    each = mark(inside="site", worker_tag=marked)
    other = worker("aaa", tag="some other's")
    facts = replace(
        known(),
        gathered=gathered(seen(workers=(other, worker(tag=there), worker("zzz", tag="some other's")))),
        marks={each.key: each},
    )
    assert rows(one_worker(), facts)["grace"].verdict == verdict


def test_a_worker_that_is_not_there_is_not_another_one():
    """Its grace is judged by its mark; that it is gone, moved will say."""
    facts = replace(known(), gathered=gathered(seen(workers=("other",))))
    assert rows(one_worker(), facts)["grace"].verdict == "pass"
    assert rows(one_worker(), known(gathered=Gathered()))["grace"].verdict == "pass"


def test_usage_is_asked_by_name():
    """Of a Worker by namespace/Worker; what is not there was not asked."""
    asked = known(requests={NAME: (0, "by the analytics")})
    assert rows(item(), asked)["traffic"].verdict == "pass"
    assert rows(one_worker(), asked)["traffic"].verdict == "unknown"
    assert rows(one_worker(), asked)["traffic"].detail == "nobody has asked the analytics about it"
    busy = known(requests={NAME: (7, "by the analytics")}, limits=Limits(traffic_days=12))
    assert rows(item(), busy)["traffic"].detail == "7 requests in the last 12 days (by the analytics)"


def test_the_number_of_workers_must_be_whole():
    """A listing that may have been cut counts nothing; at the limit it passes; one Worker is one."""
    assert refusing(item(), with_seen(seen(complete=False))) == {
        "workers": "unknown",
        "irreversible": "unknown",
    }
    many = [f"w{number}" for number in range(21)]
    assert refusing(item(), with_seen(seen(workers=many))) == {"workers": "refuse"}
    assert refusing(item(), with_seen(seen(workers=many[:20]))) == {}
    assert refusing(one_worker(worker="w3"), _marked("w3", seen(workers=many))) == {}


def _marked(name, each):
    one = mark(inside=name)
    usage = {f"{NAME}/{name}": (0, "by the analytics")}
    return replace(with_seen(each), marks={one.key: one}, requests=usage)


def test_who_binds_it():
    """Workers inside go with it and need it no more; one of another namespace, or of the account, would break."""
    inside = {NAME: [(f"{NAME}/site", "SELF")]}
    assert refusing(item(), with_seen(seen(), binders=inside)) == {}
    beside = {NAME: [(f"{NAME}/site", "SELF"), ("customer-90/site", "OTHER")]}
    said = rows(item(), with_seen(seen(), binders=beside))["bound"]
    assert said.verdict == "refuse"
    assert "'customer-90/site' (binding 'OTHER')" in said.detail
    assert "SELF" not in said.detail
    elsewhere = {"customer-8": [("dispatcher", "CUSTOMERS")]}
    assert refusing(item(), with_seen(seen(), binders=elsewhere)) == {}


def test_a_rename_breaks_who_binds_it():
    """A binding names its namespace."""
    facts = known(gathered=gathered(seen("customer_9"), binders={"customer_9": [("dispatcher", "C")]}))
    assert refusing(renamed(), facts) == {"bound": "refuse"}
    assert refusing(renamed(), known(gathered=gathered(seen("customer_9"), binders=None))) == {
        "bound": "unknown"
    }


def test_a_workers_namespace_stays():
    """Whoever binds it does not matter, and nobody need have looked."""
    said = rows(one_worker(), known(gathered=gathered(binders=None)))["bound"]
    assert (said.verdict, said.detail) == ("pass", "its namespace stays")


def test_what_is_lost_is_asked_of_every_worker_inside():
    """Of a namespace all count, of a Worker it alone; one that nobody looked into makes it unknown."""
    two = seen(workers=("site", "shop"))
    lost = {
        (NAME, "site"): Losses(),
        (NAME, "shop"): Losses(("x", "its assets"), ("its assets", "its objects")),
    }
    said = rows(item(), with_seen(two, losses=lost))["irreversible"]
    assert (said.verdict, said.detail) == ("refuse", "its assets; its objects")
    assert refusing(one_worker(), with_seen(two, losses=lost)) == {}
    assert rows(one_worker(), with_seen(two, losses=lost))["irreversible"].detail == (
        "all of its 1 Workers can be archived"
    )
    half = {(NAME, "site"): Losses()}
    unknown = rows(item(), with_seen(two, losses=half))["irreversible"]
    assert (unknown.verdict, unknown.detail) == ("unknown", NOT_LOOKED)


def test_an_empty_namespace_loses_nothing():
    """There is nothing inside."""
    assert refusing(item(), with_seen(seen(workers=()))) == {}


def test_what_nobody_looked_into():
    """Each guard that had to look says so, and refuses by that."""
    said = rows(item(), known(gathered=Gathered()))
    blind = {name: row.verdict for name, row in said.items() if row.detail == NOT_LOOKED}
    assert blind == dict.fromkeys(("workers", "trusted", "bound", "irreversible"), "unknown")
    assert rows(renamed(), known(gathered=Gathered()))["bound"].detail == NOT_LOOKED


def test_all_items_at_once():
    """By name, in their order, each with its own rows."""
    said = judge_items([item(), one_worker(), created(namespace="customer-5")], known(), NONE)
    assert list(said) == [NAME, f"{NAME}/site", "customer-5"]
    assert [[row.guard for row in each] for each in said.values()] == [DELETION, DELETION, ["state"]]
    assert said[NAME] == list(judge_item(item(), known(), NONE))
    overridden = judge_items([item(state="ignored")], known(), overrides_of({"state": "because"}))
    assert overridden[NAME][0].verdict == "overridden"


def test_the_cheap_guards():
    """They need nothing read, and are judged with the overrides like all others."""
    said = cheap_rows(item(state="ignored"), known(gathered=Gathered()), overrides_of({"state": "because"}))
    assert [(row.guard, row.verdict) for row in said] == [
        ("state", "overridden"),
        ("protected", "pass"),
        ("grace", "pass"),
        ("traffic", "pass"),
    ]


def test_the_row_that_says_why():
    """The first that does; one that only had no look where there is no other."""
    blind = GuardRow(guard="workers", verdict="unknown", detail=NOT_LOOKED)
    gone = GuardRow(guard="moved", verdict="refuse", detail="it is not there any more")
    later = GuardRow(guard="moved", verdict="refuse", detail="something else")
    assert telling([blind, gone, later]) is gone
    assert telling([gone, blind]) is gone
    assert telling([blind]) is blind


def plan_rows(steps, actions, facts=None, overrides=NONE):
    """What each plan-level guard says, by name, in order."""
    return {row.guard: row for row in judge_plan(steps, actions, facts or known(), overrides)}


@pytest.mark.parametrize(
    ("actions", "asked"),
    [
        (["delete_namespace"], ["count", "share", "quarantine", "unproven"]),
        (["delete_worker"], ["count", "share", "quarantine", "unproven"]),
        (["rename_namespace"], ["quarantine", "unproven"]),
        (["create_namespace", "rename_namespace"], ["quarantine", "unproven"]),
        (["create_namespace"], []),
        (["put_worker", "tag_worker"], []),
        ([], []),
    ],
)
def test_who_is_asked_about_a_plan(actions, asked):
    """It depends on what was asked for, also where no step is left."""
    said = plan_rows([], actions)
    assert list(said) == asked
    assert {row.verdict for row in said.values()} <= {"pass"}
    assert {row.namespace for row in said.values()} <= {None}


@pytest.mark.parametrize(
    "facts", [known(recent=Recent(doubt="see a.jsonl")), known(recent=None, recent_problem="see a.jsonl")]
)
def test_the_guards_on_numbers_name_the_journal_that_is_in_doubt(facts):
    """Whoever reads the refusal knows which file to look at; for namespaces and for Workers."""
    for steps in ([deletion()], _workers("a")):
        said = plan_rows(steps, ["delete_namespace", "delete_worker"], facts)
        assert all(said[guard].detail.endswith(" (see a.jsonl)") for guard in ("count", "share"))


@pytest.mark.parametrize(
    ("number", "recent", "verdict"),
    [
        (5, Recent(namespaces=20), "pass"),
        (6, Recent(namespaces=20), "refuse"),
        (5, Recent(namespaces=18, workers={"a": 1, "b": 1}), "pass"),
        (5, Recent(namespaces=18, workers={"a": 1, "b": 2}), "refuse"),
        (1, None, "unknown"),
    ],
)
def test_count_adds_up_what_was_deleted(number, recent, verdict):
    """Namespaces and Workers of all namespaces, those of the last 24 hours included."""
    steps = [*(deletion(f"customer-{each}") for each in range(number)), creation()]
    facts = known(namespaces=10_000, recent=recent)
    assert plan_rows(steps, ["delete_namespace"], facts)["count"].verdict == verdict
    lower = replace(facts, limits=Limits(max_deletions=4))
    assert plan_rows(steps, ["delete_namespace"], lower)["count"].verdict != "pass"


@pytest.mark.parametrize(
    ("number", "recent", "share", "verdict"),
    [
        (10, Recent(), 0.1, "pass"),
        (11, Recent(), 0.1, "refuse"),
        (11, Recent(), 0.2, "pass"),
        (5, Recent(namespaces=5), 0.1, "pass"),
        (6, Recent(namespaces=5), 0.1, "refuse"),
        (10, Recent(workers={NAME: 5}), 0.1, "pass"),
        (1, None, 0.1, "unknown"),
    ],
)
def test_share_of_namespaces(number, recent, share, verdict):
    """Of the account's; Workers deleted lately do not count here."""
    steps = [deletion(f"customer-{each}") for each in range(number)]
    facts = known(recent=recent, limits=Limits(max_share=share), namespaces=100)
    said = plan_rows(steps, ["delete_namespace"], facts)["share"]
    assert said.verdict == verdict


def _workers(*places):
    return [
        deletion(namespace, action="delete_worker", worker=f"w{number}")
        for number, namespace in enumerate(places)
    ]


@pytest.mark.parametrize(
    ("steps", "recent", "verdict", "words"),
    [
        (_workers(*["a"] * 3), Recent(), "refuse", "3 of 20 Workers of 'a'"),
        (_workers(*["a"] * 2), Recent(), "pass", "2 of 20 Workers of 'a'"),
        (_workers("a", "a", "b", "b"), Recent(), "refuse", "2 of 10 Workers of 'b'"),
        (_workers("b", "a", "a"), Recent(), "pass", "2 of 20 Workers of 'a'"),
        (_workers("a"), Recent(workers={"a": 1}), "pass", "2 of 21 Workers of 'a'"),
        (_workers("a"), Recent(workers={"a": 2}), "refuse", "3 of 22 Workers of 'a'"),
        (_workers("a"), Recent(workers={"b": 9}, namespaces=9), "pass", "1 of 20 Workers of 'a'"),
        (_workers("nowhere"), Recent(), "refuse", "1 of 0 Workers of 'nowhere'"),
        (_workers("a"), None, "unknown", "the journals can't say"),
        ([deletion(), *_workers("a", "b", "b")], Recent(), "refuse", "2 of 10 Workers of 'b'"),
        ([deletion(), *_workers("a")], Recent(), "pass", "1 of 100 namespaces of the account"),
        ([creation()], Recent(), "pass", "nothing would be gone"),
    ],
)
def test_share_of_workers(steps, recent, verdict, words):
    """Of each namespace by itself; the worst of all scopes counts, and what is not counted is nothing."""
    facts = known(recent=recent, totals={"a": 20, "b": 10})
    said = plan_rows(steps, ["delete_worker"], facts)["share"]
    assert said.verdict == verdict
    assert said.detail.startswith(words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"customers": 0}, "empty"),
        ({"set_aside": 2}, "2 of its 100"),
        ({"read": 50, "set_aside": 1}, "1 of its 50"),
        ({"age": timedelta(hours=49)}, "49 hours"),
        ({"age": None}, "how old"),
        ({"accepted": False}, "accepted yet"),
        ({"lost": 21, "lost_share": 0.21}, "21 accepted customers"),
        ({"lost_share": None}, "can't be compared"),
    ],
)
@pytest.mark.parametrize("action", ["delete_namespace", "rename_namespace"])
def test_quarantine_gets_the_lists_facts(changes, words, action):
    """Each by itself refuses the plan, with no other guard."""
    said = plan_rows([], [action], known(customers=list_facts(**changes)))
    assert {name for name, row in said.items() if row.holds_back} == {"quarantine"}
    assert words in said["quarantine"].detail


def test_quarantine_says_what_it_saw():
    """The numbers, the nameless records, and the age that the settings allow."""
    facts = known(customers=list_facts(set_aside=1, ids_unknown=1, lost=3, lost_share=0.03))
    assert plan_rows([], ["delete_namespace"], facts)["quarantine"].detail == (
        "100 customers, 3 fewer than accepted; 1 records set aside; 1 of those without an id, so look whose "
        "they are"
    )
    strict = known(limits=Limits(max_age_hours=0))
    assert plan_rows([], ["delete_namespace"], strict)["quarantine"].verdict == "refuse"


def test_unproven_gets_the_inventorys_facts():
    """Its proof, its size now, and its size when a list was accepted."""
    cut = known(evidence=Completeness("unproven", "cut"))
    assert plan_rows([], ["delete_namespace"], cut)["unproven"].verdict == "refuse"
    assert plan_rows([], ["delete_namespace"], known(namespaces=80))["unproven"].verdict == "pass"
    assert plan_rows([], ["delete_namespace"], known(namespaces=79))["unproven"].verdict == "refuse"
    more = known(customers=list_facts(accepted_namespaces=126))
    assert plan_rows([], ["delete_namespace"], more)["unproven"].verdict == "refuse"


def test_a_plans_overrides():
    """By name alone; what is final stays."""
    assert plan_rows([creation()], ["delete_worker"])["share"].detail == "nothing would be gone"
    facts = known(evidence=Completeness("unproven", "cut"), recent=None)
    said = plan_rows(
        [], ["delete_namespace"], facts, overrides_of(dict.fromkeys(("count", "unproven"), "why"))
    )
    assert (said["count"].verdict, said["unproven"].verdict) == ("overridden", "refuse")


def test_what_was_deleted_lately_in_all():
    """Namespaces, and Workers of every namespace."""
    assert Recent(namespaces=2, workers={"a": 3, "b": 4}).total == 9
    assert Recent().total == 0


def test_the_limits_by_default():
    """As the documentation says them."""
    assert vars(Limits()) == {
        "protect": (),
        "max_deletions": 25,
        "max_share": 0.10,
        "grace_days": 30,
        "max_age_hours": 48,
        "traffic_days": 30,
        "max_workers": 20,
    }


def test_what_is_not_said_is_not_known():
    """No suspects, no look, no counts, no usage; no accepted list to compare with, and nothing lost."""
    bare = Known(
        now=NOW,
        limits=Limits(),
        evidence=known().evidence,
        namespaces=1,
        customers=list_facts(),
        recent=None,
        marks=None,
        protections=None,
    )
    assert (bare.doubtful, bare.gathered, bare.totals, bare.requests) == ({}, Gathered(), {}, {})
    facts = ListFacts(customers=1, read=1, set_aside=0, ids_unknown=0, age=None, accepted=False)
    assert (facts.lost, facts.lost_share, facts.accepted_namespaces) == (0, None, None)


# --- laws -------------------------------------------------------------------------------------

MOMENTS = st.none() | st.integers(-90, 3).map(lambda days: NOW + days * DAY)
TEXTS = st.none() | st.sampled_from(["9", NAME, "site", "id of customer-9"])
STATES = st.none() | st.sampled_from(["churned", "orphaned", "matched", "missing", "misnamed", "ignored"])


@st.composite
def items(draw):
    """Anything that may be asked for."""
    return Item(
        action=draw(st.sampled_from(ACTIONS)),
        namespace=draw(st.sampled_from([NAME, "customer_9", "nowhere"])),
        worker=draw(st.none() | st.sampled_from(["site", "other"])),
        customer_id=draw(TEXTS),
        state=draw(STATES),
        churned_on=draw(MOMENTS),
        started_on=draw(MOMENTS),
        created_on=draw(MOMENTS),
        namespace_id=draw(TEXTS),
        new_name=draw(TEXTS),
    )


@given(
    one=items(),
    reasons=st.dictionaries(
        st.sampled_from(["state", "grace", "traffic", "bound", f"grace:{NAME}", f"state:{NAME}", "workers"]),
        st.just("because"),
    ),
    look=st.booleans(),
)
def test_one_row_for_each_guard_in_order(one, reasons, look):
    """Exactly one of each guard that is about the action, in the table's order, about that item."""
    facts = known() if look else known(gathered=Gathered())
    said = list(judge_item(one, facts, Overrides(reasons)))
    assert [row.guard for row in said] == ASKED[one.action]
    assert [row.guard for row in said] == [name for name in NAMES if name in ASKED[one.action]]
    assert {(row.namespace, row.worker) for row in said} == {(one.namespace, one.worker)}
    bare = list(judge_item(one, facts, NONE))
    for row, before in zip(said, bare, strict=True):
        assert row.verdict in (before.verdict, "overridden")
        assert before.verdict != "pass" or row == before


@given(
    action=st.sampled_from(["delete_namespace", "delete_worker"]), look=st.booleans(), later=st.integers(0, 9)
)
def test_who_knows_nothing_deletes_nothing(action, look, later):
    """An item without a single fact never passes, whatever else is known; not even with general overrides."""
    one = Item(action=action, namespace=NAME, worker="site" if action == "delete_worker" else None)
    facts = replace(known() if look else known(gathered=Gathered()), now=NOW + later * DAY)
    held = refusing(one, facts)
    assert held["state"] == "refuse"
    assert held["grace"] == "unknown"
    everything = overrides_of(dict.fromkeys(DELETION, "I know better"))
    assert rows(one, facts, everything)["state"].verdict == "refuse"


UNKNOWNS = {
    "state": ({"state": None}, {}),
    "left": ({"churned_on": None}, {}),
    "created": ({"created_on": None}, {}),
    "marks": ({}, {"marks": None}),
    "mark": ({}, {"marks": {}}),
    "protections": ({}, {"protections": None}),
    "requests": ({}, {"requests": {}}),
    "look": ({}, {"gathered": Gathered()}),
    "trust": ({}, {"gathered": gathered(seen(trusted_workers=None))}),
    "id": ({}, {"gathered": gathered(seen(namespace_id=None))}),
    "whole": ({}, {"gathered": gathered(seen(complete=False))}),
    "binders": ({}, {"gathered": gathered(binders=None)}),
    "losses": ({}, {"gathered": gathered(losses={})}),
}


@given(missing=st.sets(st.sampled_from(sorted(UNKNOWNS)), min_size=1))
def test_whatever_is_unknown_holds_it_back(missing):
    """Take any facts away from an item that passes: it does not pass any more."""
    changes, facts = {}, {}
    for name in sorted(missing):
        changes |= UNKNOWNS[name][0]
        facts |= UNKNOWNS[name][1]
    assert refusing(item(**changes), replace(known(), **facts))
