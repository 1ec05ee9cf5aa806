"""What somebody asks for becomes exactly the items that they mean: each once, none beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.audit_frames import audit_of, inventory, worker_inventory

from wfp_ops.audit.rules import Rules
from wfp_ops.change.selection import (
    Filters,
    Item,
    choose_customers,
    choose_things,
    customers_of,
    named_anew,
    things_of,
)
from wfp_ops.errors import SettingsError

DELETE = "delete_namespace"
GONE = ("churned", "orphaned")
ALL = Filters()
CUSTOMERS = [
    {"customer_id": "1"},
    {"customer_id": "2", "status": "churned", "churned_on": "2026-08-01"},
    {"customer_id": "3", "status": "churned"},
    {"customer_id": "4", "status": "active"},
    {"customer_id": "5", "status": "trial"},
    {"customer_id": "6", "status": "suspended"},
    {"customer_id": "12"},
]
NAMESPACES = ["customer-1", "customer-2", "customer-3", "customer-77", "customer-88", "customer_12", "shared"]


@pytest.fixture(scope="module")
def audit():
    """Two churned, two orphaned, one misnamed, one running; two customers without anything."""
    return audit_of(NAMESPACES, CUSTOMERS)


def names(chosen):
    """The names of what was picked, and of what is beyond the number."""
    return tuple([item.name for item in part] for part in chosen)


def things(audit, chosen=None, *, default=GONE, action=DELETE, **filters):
    """What is picked of the things."""
    return names(choose_things(audit, chosen, action, default=default, filters=Filters(**filters)))


def customers(audit, chosen=None, *, convention=None, **filters):
    """What is picked of the customers."""
    known = convention or {str(n): f"customer-{n}" for n in range(20)}
    return names(choose_customers(audit, chosen, convention_name=known, filters=Filters(**filters)))


def test_an_item_holds_what_the_audit_saw(audit):
    """Dates as dates, what is not known as None; the id is Cloudflare's."""
    found = things_of(audit, DELETE)
    assert list(found) == NAMESPACES
    assert found["customer-2"] == Item(
        action=DELETE,
        namespace="customer-2",
        customer_id="2",
        state="churned",
        customer_status="churned",
        churned_on=datetime(2026, 8, 1, tzinfo=UTC),
        created_on=datetime(2026, 1, 1, tzinfo=UTC),
        namespace_id="id-1",
    )
    assert found["customer-77"].customer_id == "77"
    assert (found["customer-77"].customer_status, found["customer-77"].churned_on) == (None, None)
    assert found["shared"].customer_id is None


def test_names_of_items():
    """A Worker's stands behind its namespace's."""
    assert Item(action=DELETE, namespace="a").name == "a"
    assert Item(action="delete_worker", namespace="a", worker="w").name == "a/w"


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (None, ["customer-2", "customer-3", "customer-77", "customer-88"]),
        ("churned", ["customer-2", "customer-3"]),
        ("matched", ["customer-1"]),
        ("ambiguous", []),
        (["orphaned", "matched"], ["customer-1", "customer-77", "customer-88"]),
        ("customer-88", ["customer-88"]),
        (["customer-88", "shared", "customer-88"], ["customer-88", "shared"]),
        ((name for name in ("customer-1",)), ["customer-1"]),
        ([], []),
        (pd.DataFrame({"namespace": ["customer-3"]}), ["customer-3"]),
        (pd.DataFrame({"namespace": []}), []),
    ],
)
def test_what_is_chosen(audit, chosen, expected):
    """States, names, frames; nothing chosen means the states of the action, an empty list means nothing."""
    assert things(audit, chosen) == (expected, [])


def test_rows_of_the_joined_table(audit):
    """As somebody picks them in a notebook."""
    joined = audit.joined
    assert things(audit, joined[joined["namespace_state"] == "churned"])[0] == ["customer-2", "customer-3"]
    assert customers(audit, joined[joined["customer_state"] == "missing"])[0] == ["customer-4", "customer-5"]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ("custmer-1", "neither a state nor the name"),
        (["churned", "customer-1"], "the audit knows no 'churned'"),
        (["a", "b", "c"], r"the audit knows no 'a' \(and 2 more\)"),
        (["customer-1", "b"], r"the audit knows no 'b'(?! \(and)"),
        ([None], "None is no name"),
        ([1], "1 is no name"),
        (pd.DataFrame({"name": ["customer-1"]}), "neither a column"),
        (pd.DataFrame({"namespace": ["customer-1", None]}), "row 1 of the frame has no namespace"),
        (pd.DataFrame({"namespace": ["nowhere"]}), "the audit knows no 'nowhere'"),
        (pd.DataFrame({"namespace": ["churned"]}), "the audit knows no 'churned'"),
        (pd.DataFrame({"customer_id": [None]}), "row 0 of the frame has no customer_id"),
    ],
)
def test_what_means_nothing(audit, chosen, words):
    """A slip of the pen is an error, never an empty plan or a wider one."""
    with pytest.raises(SettingsError, match=words):
        things(audit, chosen)


def test_a_frames_empty_namespaces_are_told_by_their_customers(audit):
    """Rows of customers without one; a row with neither is refused."""
    frame = pd.DataFrame({"namespace": ["customer-1", None], "customer_id": ["1", "4"]})
    assert customers(audit, frame)[0] == ["customer-1", "customer-4"]
    frame.loc[1, "customer_id"] = None
    with pytest.raises(SettingsError, match="row 1"):
        customers(audit, frame)


def test_a_namespace_that_is_called_like_a_state():
    """As a word nobody can tell what is meant; a frame and a glob mean the name, and never the state."""
    audit = audit_of(["orphaned", "customer-7", "customer-8"], ["1"])
    for word in ("orphaned", ["orphaned"], ["churned", "orphaned"]):
        with pytest.raises(SettingsError, match="'orphaned' is a state, and the name"):
            things(audit, word)
    assert things(audit, pd.DataFrame({"namespace": ["orphaned"]}))[0] == ["orphaned"]
    assert things(audit, only=("orphaned",))[0] == ["orphaned"]
    assert things(audit, ["orphaned", "customer-7"])[0] == ["customer-7", "orphaned"]
    assert things(audit)[0] == ["customer-7", "customer-8"]


def test_a_customer_who_is_called_like_a_state():
    """Likewise."""
    audit = audit_of(["customer-1"], ["1", "missing", "5"])
    known = {"missing": "customer-missing", "5": "customer-5"}
    with pytest.raises(SettingsError, match="'missing' is a state"):
        customers(audit, "missing", convention=known)
    frame = pd.DataFrame({"customer_id": ["missing"]})
    assert customers(audit, frame, convention=known)[0] == ["customer-missing"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (None, ["customer-4", "customer-5"]),
        ("missing", ["customer-4", "customer-5"]),
        ("absent", ["customer-6"]),
        ("4", ["customer-4"]),
        ("customer-4", ["customer-4"]),
        (["4", "customer-4", "5"], ["customer-4", "customer-5"]),
        (["customer-6", "1"], ["customer-1", "customer-6"]),
    ],
)
def test_which_customers_are_meant(audit, chosen, expected):
    """By state, id or the name that they would have; one that is named twice gets one namespace."""
    assert customers(audit, chosen) == (expected, [])


def test_a_customer_as_an_item(audit):
    """With what the list says of them; without a name for the namespace the id stands in."""
    found = {item.customer_id: item for item in customers_of(audit, {"4": "shop-four"})}
    assert found["4"] == Item(
        action="create_namespace",
        namespace="shop-four",
        customer_id="4",
        state="missing",
        customer_status="active",
    )
    assert found["5"].namespace == "5"
    assert sorted(found) == sorted(row["customer_id"] for row in CUSTOMERS)


@pytest.mark.parametrize(
    ("filters", "picked", "beyond"),
    [
        ({"only": ("customer-7*",)}, ["customer-77"], []),
        ({"only": ("customer-77", "customer-2")}, ["customer-2", "customer-77"], []),
        ({"only": ("customer-1",)}, ["customer-1"], []),
        (
            {"only": ("*",), "without": ("*-1", "s*", "*_*", "*8")},
            ["customer-2", "customer-3", "customer-77"],
            [],
        ),
        ({"without": ("customer-?",)}, ["customer-77", "customer-88"], []),
        ({"without": ("Customer-*",)}, ["customer-2", "customer-3", "customer-77", "customer-88"], []),
        ({"without": ("nothing",)}, ["customer-2", "customer-3", "customer-77", "customer-88"], []),
        ({"most": 1}, ["customer-2"], ["customer-3", "customer-77", "customer-88"]),
        ({"most": 0}, [], ["customer-2", "customer-3", "customer-77", "customer-88"]),
        ({"most": 4}, ["customer-2", "customer-3", "customer-77", "customer-88"], []),
        ({"without": ("*-2",), "most": 2}, ["customer-3", "customer-77"], ["customer-88"]),
    ],
)
def test_filters(audit, filters, picked, beyond):
    """Names that are given without a state mean any state; case counts; the number comes last."""
    assert things(audit, **filters) == (picked, beyond)


def test_a_state_and_names(audit):
    """Then both must fit."""
    assert things(audit, "orphaned", only=("customer-*",)) == (["customer-77", "customer-88"], [])
    with pytest.raises(SettingsError, match="'customer-2' names nothing"):
        things(audit, "orphaned", only=("customer-77", "customer-2"))


def test_a_customer_is_filtered_by_id_too(audit):
    """A namespace that is there is not."""
    assert customers(audit, only=("4",))[0] == ["customer-4"]
    assert customers(audit, without=("4",))[0] == ["customer-5"]
    with pytest.raises(SettingsError):
        things(audit, only=("77",))


def test_less_than_nothing(audit):
    """Is a slip."""
    with pytest.raises(SettingsError, match="at most -1"):
        things(audit, most=-1)


def test_what_a_rename_makes_of_it():
    """The convention's name; as it was for nobody's, or an id that makes no name."""
    one = Item(action="rename_namespace", namespace="customer_9", customer_id="9")
    assert named_anew(one, "customer-{id}").new_name == "customer-9"
    assert named_anew(one, "shop-{id}-live").new_name == "shop-9-live"
    for customer in (None, "a b", ""):
        odd = Item(action="rename_namespace", namespace="x", customer_id=customer)
        assert named_anew(odd, "customer-{id}") is odd


@pytest.fixture(scope="module")
def by_worker():
    """An account where Workers belong to customers."""
    rules = Rules(tenancy="worker")
    workers = [
        ("production", "customer-1", None),
        ("production", "customer-2", None),
        ("staging", "customer-2", None),
        ("staging", "customer-99", None),
    ]
    frame = inventory(["production", "staging", "empty"], rules)
    return audit_of(frame, [{"customer_id": "1"}, CUSTOMERS[1]], rules, worker_inventory(workers))


def test_workers_are_meant_by_their_place(by_worker):
    """A Worker's name may stand in several namespaces; a glob over it means all of them."""
    assert things(by_worker, action="delete_worker")[0] == [
        "production/customer-2",
        "staging/customer-2",
        "staging/customer-99",
    ]
    assert things(by_worker, "staging/customer-2", action="delete_worker")[0] == ["staging/customer-2"]
    frame = pd.DataFrame({"namespace": ["staging"], "worker": ["customer-99"]})
    assert things(by_worker, frame, action="delete_worker")[0] == ["staging/customer-99"]
    assert things(by_worker, action="delete_worker", only=("customer-2",))[0] == [
        "production/customer-2",
        "staging/customer-2",
    ]
    assert things(by_worker, action="delete_worker", without=("staging",))[0] == ["production/customer-2"]
    with pytest.raises(SettingsError):
        things(by_worker, "customer-2", action="delete_worker")


def test_a_frame_with_half_its_workers(by_worker):
    """A row without a Worker means the namespace, which is none of the Workers."""
    frame = pd.DataFrame({"namespace": ["staging", "staging"], "worker": ["customer-99", None]})
    with pytest.raises(SettingsError, match="knows no 'staging'"):
        things(by_worker, frame, action="delete_worker")


def test_a_namespace_of_workers(by_worker):
    """With a running customer's Worker inside it is matched; the others have no state."""
    found = things_of(by_worker, DELETE)
    assert {name: item.state for name, item in found.items()} == {
        "production": "matched",
        "staging": None,
        "empty": None,
    }
    assert found["staging"].namespace_id == "id-1"
    assert found["staging"].created_on == datetime(2026, 1, 1, tzinfo=UTC)
    assert found["staging"].customer_id is None
    assert things(by_worker, "empty") == (["empty"], [])
    assert things(by_worker) == ([], [])


GLOBS = st.sampled_from(["*", "customer-*", "customer-7?", "shared", "*8", "nothing", "customer-2"])
STATES = st.none() | st.sampled_from(
    ["churned", "orphaned", "matched", "misnamed", "unrecognised", "ambiguous"]
)


@given(
    chosen=STATES | st.lists(st.sampled_from(NAMESPACES)),
    without=st.lists(GLOBS, max_size=2),
    only=st.lists(GLOBS, max_size=2),
    most=st.none() | st.integers(0, 9),
)
def test_a_selection_is_a_partition(audit, chosen, without, only, most):
    """What is picked, what is beyond and what was filtered out are together what was asked for, each once."""
    every = chosen is None and only
    asked = sorted(NAMESPACES) if every else things(audit, chosen)[0]
    fitting = {glob: {name for name in asked if fnmatchcase(name, glob)} for glob in (*only, *without)}
    if not all(fitting[glob] for glob in only):
        with pytest.raises(SettingsError, match="names nothing"):
            things(audit, chosen, only=tuple(only), without=tuple(without), most=most)
        return
    picked, beyond = things(audit, chosen, only=tuple(only), without=tuple(without), most=most)
    left_in = set().union(*(fitting[glob] for glob in only)) if only else set(asked)
    left_out = (set(asked) - left_in).union(*(fitting[glob] for glob in without))
    assert sorted([*picked, *beyond, *left_out]) == asked
    assert picked + beyond == sorted({*picked, *beyond})
    assert len(picked) == len(picked + beyond) if most is None else len(picked) <= most
    assert beyond == [] or len(picked) == most
    if isinstance(chosen, list):
        assert set(asked) == set(chosen)
