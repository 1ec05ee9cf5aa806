"""The states table of namespaces and customers, row by row, each with the case it exists for."""

from __future__ import annotations

import pytest
from support.audit_frames import (
    audit_of,
    customer_list,
    customer_states,
    inventory,
    kinds,
    states,
    worker_inventory,
)

from wfp_ops.audit.rules import Rules
from wfp_ops.customers.read import read_customers
from wfp_ops.errors import CustomerListError
from wfp_ops.naming.convention import Convention

CHURNED = {"status": "churned", "churned_on": "2026-10-01"}


def test_matched_and_missing():
    """A namespace of an active customer is matched; an active customer without one is missing."""
    audit = audit_of(["customer-1"], ["1", "2"])
    assert states(audit) == {"customer-1": "matched"}
    assert customer_states(audit) == {"1": "matched", "2": "missing"}


@pytest.mark.parametrize("status", ["active", "trial", "suspended", "unknown"])
def test_only_churned_counts_as_gone(status):
    """Whoever has not left is matched, whatever the status."""
    audit = audit_of(["customer-1"], [{"customer_id": "1", "status": status}])
    assert states(audit) == {"customer-1": "matched"}


@pytest.mark.parametrize(
    ("status", "state"),
    [("active", "missing"), ("trial", "missing"), ("suspended", "absent"), ("unknown", "absent")],
)
def test_who_has_none(status, state):
    """Active and trial customers miss their namespace, the others are merely without."""
    assert customer_states(audit_of([], [{"customer_id": "1", "status": status}])) == {"1": state}


def test_churned():
    """A namespace of a customer who left is churned, and the customer is no finding of its own."""
    audit = audit_of(["customer-1"], [{"customer_id": "1", **CHURNED}, "2"])
    assert states(audit) == {"customer-1": "churned"}
    assert customer_states(audit)["1"] == "customer_churned"
    detail = audit.findings.set_index("kind").loc["churned", "detail"]
    assert "left on 2026-10-01" in detail
    assert "1 Worker inside" in detail


def test_ignored_beats_everything_and_still_counts():
    """An ignored namespace is judged no further, but its customer has it."""
    audit = audit_of(["customer-1", "staging"], ["1"], Rules(ignore=("customer-1", "stag*")))
    assert set(states(audit).values()) == {"ignored"}
    assert customer_states(audit) == {"1": "matched"}
    assert audit.findings.empty


def test_an_ignore_glob_is_exact_in_case():
    """Staging is not staging."""
    assert states(audit_of(["Staging"], ["1"], Rules(ignore=("staging",)))) == {"Staging": "unrecognised"}


def test_a_shared_mapping_is_ambiguous():
    """One namespace that two customers are mapped to belongs to nobody for sure."""
    rows = [{"customer_id": each, "namespace": "shared"} for each in ("1", "2")]
    audit = audit_of(["shared"], rows)
    assert states(audit) == {"shared": "ambiguous"}
    assert customer_states(audit) == {"1": "matched", "2": "matched"}
    assert "customers '1', '2'" in audit.findings["detail"].iloc[0]
    assert len(audit.joined) == 2


def test_an_id_that_stands_twice_is_ambiguous_never_an_orphan():
    """A customer who left and came back stands twice: neither record is used, and the namespace is safe."""
    audit = audit_of(["customer-1"], [{"customer_id": "1", **CHURNED}, {"customer_id": "1"}, "2"])
    assert states(audit) == {"customer-1": "ambiguous"}
    assert audit.counts["states"]["customers"] == {"missing": 1, "unusable": 2}


def test_a_mapping_in_a_set_aside_record_is_ambiguous():
    """What a record that can't be used is mapped to is not an orphan either."""
    rows = [{"customer_id": "1", "namespace": "customer-77"}, {"customer_id": "1"}, "2"]
    assert states(audit_of(["customer-77"], rows)) == {"customer-77": "ambiguous"}


def test_any_field_of_a_malformed_row_may_be_a_mapping(tmp_path):
    """A row with a field too many claims whatever bears the name of one of its fields."""
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,status,namespace\n1,active,\n2,active,x,legacy\n", encoding="utf-8")
    audit = audit_of(["customer-2", "legacy", "other"], read_customers(path))
    assert states(audit) == {"customer-2": "ambiguous", "legacy": "ambiguous", "other": "unrecognised"}


def test_a_list_that_was_filtered_is_refused():
    """Customers taken out of the frame would leave orphans behind that are none."""
    customers = customer_list([{"customer_id": "1"}, {"customer_id": "2"}])
    with pytest.raises(CustomerListError, match="1 customers were taken out"):
        audit_of(["customer-1", "customer-2"], customers[customers["customer_id"] == "1"])


def test_a_mapping_beats_the_convention():
    """A namespace that is mapped belongs to whom it is mapped to; whose id it bears is in conflict."""
    audit = audit_of(["customer-9"], [{"customer_id": "1", "namespace": "customer-9"}, "9"])
    assert states(audit) == {"customer-9": "matched"}
    assert customer_states(audit) == {"1": "matched", "9": "conflict"}


def test_a_stale_mapping_never_makes_a_running_customers_namespace_churned():
    """Mapped to a customer who left, while one who is here has the id in its name: ambiguous."""
    rows = [{"customer_id": "1", "namespace": "customer-9", **CHURNED}, "9"]
    assert states(audit_of(["customer-9"], rows)) == {"customer-9": "ambiguous"}


def test_a_mapping_in_vain_is_a_conflict():
    """A mapping to a namespace that does not exist is critical; a churned customer's is not."""
    rows = [
        {"customer_id": "1", "namespace": "gone"},
        {"customer_id": "2", "namespace": "gone-too", **CHURNED},
    ]
    audit = audit_of([], rows)
    assert customer_states(audit) == {"1": "conflict", "2": "customer_churned"}
    assert "'gone', which does not exist" in audit.findings["detail"].iloc[0]


@pytest.mark.parametrize(
    ("name", "other"),
    [("customer-007", "7"), ("customer-AB12", "ab12"), ("customer-a-b-1", "ab1"), ("customer-acne", "acme")],
)
def test_a_near_match_of_a_customer_without_one_is_suspect(name, other):
    """Leading zeros, case, separators or one edit apart from a customer who has none: a person decides."""
    audit = audit_of([name], [other, "x_y"])
    assert states(audit) == {name: "suspect"}
    assert repr(other) in audit.findings.set_index("kind").loc["suspect", "detail"]


def test_digits_one_edit_apart_are_two_customers():
    """Between all-digit ids one edit says nothing: the next number is the next customer."""
    assert states(audit_of(["customer-43"], ["42"])) == {"customer-43": "orphaned"}


def test_a_near_match_of_a_customer_who_has_one_is_no_suspect():
    """The resemblance counts only where the customer lacks a namespace."""
    audit = audit_of(["customer-7", "customer-007"], ["7"])
    assert states(audit) == {"customer-7": "matched", "customer-007": "orphaned"}


def test_a_near_match_counts_whatever_the_customers_status():
    """A customer who left may still own the misspelt namespace."""
    assert states(audit_of(["customer-007"], [{"customer_id": "7", **CHURNED}])) == {
        "customer-007": "suspect"
    }


def test_an_id_of_another_shape_is_suspect():
    """Where all ids are digits, one that is not is no orphan for sure."""
    audit = audit_of(["customer-demo", "customer-3"], ["1", "2"])
    assert states(audit) == {"customer-demo": "suspect", "customer-3": "orphaned"}


def test_an_earlier_suspect_stays_one():
    """What was a suspect before stays one until somebody decides."""
    audit = audit_of(["customer-3"], ["1"], Rules(suspects=frozenset({"customer-3"})))
    assert states(audit) == {"customer-3": "suspect"}


@pytest.mark.parametrize(
    "name", ["Customer_42", "customer42", "CUSTOMER-42", "cust-42", "customers-42", "custmer-42"]
)
def test_misnamed(name):
    """Another case, separator or spelling of the prefix: misnamed, and its customer has it."""
    audit = audit_of([name], ["42"])
    assert states(audit) == {name: "misnamed"}
    assert customer_states(audit) == {"42": "matched"}
    assert audit.joined["customer_id"].tolist() == ["42"]
    assert "'customer-42'" in audit.findings["suggestion"].iloc[0]


def test_a_spelling_that_fits_two_customers_is_unrecognised():
    """Misnamed demands exactly one customer."""
    assert states(audit_of(["Customer_a-b"], ["ab", "a_b"])) == {"Customer_a-b": "unrecognised"}


def test_unrecognised():
    """A name that says nothing about a customer."""
    assert states(audit_of(["internal-tools"], ["1"])) == {"internal-tools": "unrecognised"}


def test_an_id_that_makes_no_name_is_unusable_unless_it_has_a_namespace():
    """A blank can't stand in a name; with a mapping, or a namespace that bears the id, nothing is wrong."""
    mapped = {"customer_id": "c d", "namespace": "cd"}
    audit = audit_of(["cd", "customer-e f"], ["a b", mapped, "e f"])
    assert customer_states(audit) == {"a b": "unusable", "c d": "matched", "e f": "matched"}


def test_case_matters_unless_folded():
    """With id_case exact AB is not ab; folded, it is."""
    exact = audit_of(["customer-AB"], ["ab"])
    folded = audit_of(["customer-AB"], ["ab"], Rules(id_case="fold"))
    assert states(exact) == {"customer-AB": "suspect"}
    assert states(folded) == {"customer-AB": "matched"}


def test_ids_that_fold_together_are_refused_unfolded():
    """A list read exactly can't be audited folded when two of its ids are then the same."""
    customers = customer_list([{"customer_id": "AB"}, {"customer_id": "ab"}])
    with pytest.raises(CustomerListError, match="stands twice"):
        audit_of(inventory(["customer-ab"]), customers, Rules(id_case="fold"))


def test_workers_by_name():
    """In worker tenancy each Worker is judged, and the mapping names a Worker."""
    rules = Rules(tenancy="worker")
    workers = worker_inventory([("production", "customer-1", None), ("production", "legacy", None)])
    rows = ["1", {"customer_id": "2", "namespace": "legacy"}, "3"]
    audit = audit_of(inventory(["production"]), rows, rules, workers)
    assert states(audit) == {"customer-1": "matched", "legacy": "matched"}
    assert customer_states(audit) == {"1": "matched", "2": "matched", "3": "missing"}
    assert audit.counts["workers"] == 2


def test_workers_by_tag():
    """By tag several Workers of one customer are normal, and tags of two customers are ambiguous."""
    rules = Rules(tenancy="worker", select="tag")
    workers = worker_inventory(
        [
            ("production", "api", ["customer-1", "pro"]),
            ("production", "site", ["customer-1"]),
            ("production", "both", ["customer-1", "customer-2"]),
            ("production", "none", None),
        ]
    )
    audit = audit_of(inventory(["production"]), ["1", "2"], rules, workers)
    assert states(audit) == {"api": "matched", "site": "matched", "both": "ambiguous", "none": "unrecognised"}
    assert "duplicate" not in kinds(audit)


def test_another_convention():
    """Text before and after the id."""
    rules = Rules(Convention("t-{id}-prod"))
    audit = audit_of(["t-1-prod", "customer-1"], ["1"], rules)
    assert states(audit) == {"t-1-prod": "matched", "customer-1": "unrecognised"}


@pytest.mark.parametrize(
    "row",
    [
        {"customer_id": "customer-42"},
        {"customer_id": "CUST42"},
        {"customer_id": "42/43"},
        {"customer_id": '="42"'},
        {"customer_id": "42.00"},
        {"customer_id": "\u0664\u0662"},
        {"customer_id": "1", "namespace": "customer-042"},
        {"customer_id": "1", "namespace": "customer-41;customer-42"},
        {"customer_id": "1", "namespace": "https://example.com/customer-42"},
        {"customer_id": None, "namespace": "customer-042"},
    ],
)
def test_an_id_that_the_list_holds_in_another_form_is_suspect(row):
    """A whole name, decimals, two ids in one cell, a mapping with a slip: no orphan comes of any of them."""
    assert states(audit_of(["customer-42"], [row, "zz"])) == {"customer-42": "suspect"}


def test_the_beginning_of_an_id_that_is_too_long_is_suspect():
    """A name cut at 63 characters holds only the beginning of the id."""
    long = "a" * 60
    assert states(audit_of(["customer-" + long[:54]], [long, "q1"])) == {"customer-" + long[:54]: "suspect"}


@pytest.mark.parametrize(
    ("name", "gone", "here"),
    [
        ("customer-7", {"customer_id": "7"}, {"customer_id": "007"}),
        ("customer-a", {"customer_id": "a"}, {"customer_id": "A"}),
        ("Customer_5", {"customer_id": "4", "namespace": "Customer_5"}, {"customer_id": "5"}),
        ("shared", {"customer_id": "4", "namespace": "shared"}, {"customer_id": "5", "namespace": "Shared"}),
    ],
)
def test_a_namespace_of_somebody_who_left_may_be_somebody_elses(name, gone, here):
    """One who is here, has none and is written almost so may be behind it: ambiguous, not churned."""
    audit = audit_of([name], [{**gone, **CHURNED}, here])
    assert states(audit) == {name: "ambiguous"}
    assert "may be" in audit.findings["detail"].iloc[0] or "means it" in audit.findings["detail"].iloc[0]


def test_the_next_number_makes_no_doubt():
    """One edit away is another customer: who left has left."""
    audit = audit_of(["customer-shop-1"], [{"customer_id": "shop-1", **CHURNED}, "shop-2"])
    assert states(audit) == {"customer-shop-1": "churned"}


@pytest.mark.parametrize("tag", ["Customer_1", "customer-1 "])
@pytest.mark.parametrize("exact", ["customer-2", "customer-9"])
def test_a_tag_in_another_spelling_names_a_customer_too(exact, tag):
    """An exact tag does not hide that another one means somebody else."""
    rules = Rules(tenancy="worker", select="tag")
    workers = worker_inventory([("production", "site", [exact, tag])])
    audit = audit_of(inventory(["production"]), ["1", {"customer_id": "2", **CHURNED}], rules, workers)
    assert states(audit) == {"site": "ambiguous"}


@pytest.mark.parametrize(("tag", "state"), [("customer-9", "suspect"), ("customer-2", "ambiguous")])
def test_a_name_that_contradicts_the_tag(tag, state):
    """The tag says an unknown customer or one who left, the name one who is here: nothing to delete."""
    rules = Rules(tenancy="worker", select="tag")
    workers = worker_inventory([("production", "customer-1", [tag])])
    audit = audit_of(inventory(["production"]), ["1", {"customer_id": "2", **CHURNED}], rules, workers)
    assert states(audit) == {"customer-1": state}


def test_ids_that_are_whole_names_are_said_out_loud():
    """When the id column holds names, the audit's notes say what to map."""
    audit = audit_of(["customer-42", "customer-5"], ["customer-42", "customer-5"])
    assert set(states(audit).values()) == {"suspect"}
    assert any("already follow the convention" in note for note in audit.notes)


@pytest.mark.parametrize(
    ("cell", "name"), [("1.23457E+18", "customer-1234567890123456789"), ("1E+05", "customer-100000")]
)
def test_an_id_that_a_spreadsheet_cut_is_suspect(tmp_path, cell, name):
    """Whatever the cut id may have been is no orphan; an id of another length still is one."""
    path = tmp_path / "customers.csv"
    path.write_text(f"customer_id,status\n{cell},active\n5,active\n", encoding="utf-8")
    found = states(audit_of([name, "customer-77"], read_customers(path)))
    assert found[name] in ("suspect", "ambiguous")
    assert found["customer-77"] == "orphaned"


def test_a_list_cut_within_an_id_makes_suspects_of_what_begins_so(tmp_path):
    """The last line holds only the beginning of an id: what begins so may be meant."""
    path = tmp_path / "customers.csv"
    path.write_bytes(b"customer_id,name,status\n5,b,active\n7,b,active\n4")
    assert states(audit_of(["customer-42", "customer-93"], read_customers(path))) == {
        "customer-42": "suspect",
        "customer-93": "orphaned",
    }
