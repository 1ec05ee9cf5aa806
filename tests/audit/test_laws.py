"""Laws of the audit: exactly one state each, counts add up, order is irrelevant, nulls match nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from support.audit_frames import audit_of, customer_list, inventory, worker_inventory
from support.audit_reference import Aside, Reference, as_customers, as_thing

from wfp_ops.audit.kinds import CUSTOMER_STATES, THING_STATES
from wfp_ops.audit.rules import Rules
from wfp_ops.customers.set_aside import set_aside
from wfp_ops.naming.convention import Convention


def _usable(rows: list[dict[str, Any]]) -> bool:
    ids = [row["customer_id"] for row in rows if row["customer_id"]]
    return any(count == 1 for count in Counter(each.casefold() for each in ids).values())


# A small alphabet, so that names meet: ids that are equal, near, in another case, with zeros, unnameable
IDS = st.sampled_from(
    ["1", "2", "12", "007", "7", "0", "a1", "A1", "a-1", "a2", "acme", "acne", "b c", "x/y"]
)
PATTERNS = st.sampled_from(["customer-{id}", "{id}", "c-{id}-prod"])
STATUSES = st.sampled_from(["active", "trial", "suspended", "churned", "unknown"])
NAMES = st.one_of(
    st.builds(lambda pattern, each: pattern.replace("{id}", each), PATTERNS, IDS),
    st.builds(
        lambda head, each: head + each, st.sampled_from(["Customer_", "cust-", "customers", "C_"]), IDS
    ),
    st.sampled_from(["staging", "customer-", "customer", "x"]),
)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.one_of(st.none(), IDS),
            "status": STATUSES,
            "namespace": st.one_of(st.none(), NAMES),
        }
    ),
    min_size=1,
    max_size=7,
).filter(_usable)
RULES = st.builds(
    Rules,
    convention=st.builds(Convention, PATTERNS),
    ignore=st.sampled_from([(), ("staging", "x*"), ("customer-1",)]),
    id_case=st.sampled_from(["exact", "fold"]),
    suspects=st.sampled_from([frozenset(), frozenset({"customer-12"})]),
)


def _reference(things: list[Any], customers: pd.DataFrame, rules: Rules) -> Reference:
    usable = customers.astype(object).where(customers.notna(), None).to_dict("records")
    rows = set_aside(customers)
    mappings = rows["namespace"].astype(object).where(rows["namespace"].notna(), None)
    aside = [Aside(tuple(ids), mapping) for ids, mapping in zip(rows["customer_ids"], mappings, strict=True)]
    return Reference(things, as_customers(usable), aside, rules)


@given(names=st.lists(NAMES, max_size=8, unique=True), rows=RECORDS, rules=RULES)
def test_states_are_what_the_table_says(names: list[str], rows: list[dict[str, Any]], rules: Rules) -> None:
    """Vectors and the table read aloud agree on every namespace and every customer."""
    customers = customer_list(rows, id_case=rules.id_case)
    audit = audit_of(inventory(names, rules), customers, rules)
    reference = _reference([as_thing(name) for name in names], customers, rules)
    joined = audit.joined
    for thing in reference.things:
        found = set(joined.loc[joined["namespace"] == thing.name, "namespace_state"])
        assert found == {reference.state(thing)}, thing.name
    for customer in reference.customers:
        found = set(joined.loc[joined["customer_id"] == customer.id, "customer_state"].dropna()) - {
            "unusable"
        }
        expected = reference.customer_state(customer)
        assert found == {expected} - {"unusable"}, customer


@given(
    workers=st.lists(
        st.tuples(
            st.sampled_from(["production", "eu"]), NAMES, st.one_of(st.none(), st.lists(NAMES, max_size=3))
        ),
        max_size=7,
        unique_by=lambda each: each[1],
    ),
    rows=RECORDS,
    rules=RULES,
    select=st.sampled_from(["name", "tag"]),
)
def test_states_of_workers_are_what_the_table_says(
    workers: list[Any], rows: list[dict[str, Any]], rules: Rules, select: Any
) -> None:
    """In worker tenancy the same table holds for Workers, by name and by tag."""
    rules = Rules(
        rules.convention, tenancy="worker", select=select, ignore=rules.ignore, id_case=rules.id_case
    )
    customers = customer_list(rows, id_case=rules.id_case)
    namespaces = inventory(["production", "eu"], rules)
    audit = audit_of(namespaces, customers, rules, worker_inventory(workers))
    things = [as_thing(name, tags or [], by_tag=select == "tag") for _, name, tags in workers]
    reference = _reference(things, customers, rules)
    for thing in things:
        found = set(audit.joined.loc[audit.joined["worker"] == thing.name, "namespace_state"])
        assert found == {reference.state(thing)}, thing.name


@given(names=st.lists(NAMES, max_size=8, unique=True), rows=RECORDS, rules=RULES)
def test_the_join_is_total(names: list[str], rows: list[dict[str, Any]], rules: Rules) -> None:
    """Every namespace and every record stands in the joined table, in one state, and the counts add up."""
    audit = audit_of(inventory(names, rules), customer_list(rows, id_case=rules.id_case), rules)
    assert set(audit.joined["namespace"].dropna()) == set(names)
    by_name = audit.joined.dropna(subset=["namespace"]).groupby("namespace")["namespace_state"].nunique()
    assert (by_name == 1).all()
    assert audit.customers_read == len(rows)
    assert set(audit.customers["customer_id"]) <= set(audit.joined["customer_id"].dropna())
    counted = audit.counts["states"]
    assert sum(counted["namespaces"].values()) == len(names)
    assert sum(counted["customers"].values()) == len(rows)
    assert set(counted["namespaces"]) <= {kind.name for kind in THING_STATES}
    assert set(counted["customers"]) <= {kind.name for kind in CUSTOMER_STATES}


@given(
    names=st.lists(NAMES, max_size=8, unique=True),
    rows=RECORDS,
    rules=RULES,
    random=st.randoms(use_true_random=False),
)
def test_order_is_irrelevant(names: list[str], rows: list[dict[str, Any]], rules: Rules, random: Any) -> None:
    """Shuffled inputs give the same findings, counts and (as a set) the same joined rows."""
    mixed_names, mixed_rows = random.sample(names, len(names)), random.sample(rows, len(rows))
    one = audit_of(inventory(names, rules), customer_list(rows, id_case=rules.id_case), rules)
    two = audit_of(inventory(mixed_names, rules), customer_list(mixed_rows, id_case=rules.id_case), rules)
    assert one.counts == two.counts
    plain = ["kind", "severity", "namespace", "worker", "customer_id", "suggestion"]
    first, second = (each.findings[plain].fillna("").apply(tuple, axis=1).tolist() for each in (one, two))
    assert Counter(first) == Counter(second)
    keys = ["namespace", "customer_id", "namespace_state", "customer_state"]
    left, right = (Counter(each.joined[keys].fillna("").apply(tuple, axis=1)) for each in (one, two))
    assert left == right


@given(names=st.lists(NAMES, max_size=8, unique=True), rows=RECORDS, rules=RULES)
def test_an_id_seen_anywhere_is_never_an_orphans(
    names: list[str], rows: list[dict[str, Any]], rules: Rules
) -> None:
    """No orphan bears an id that stands in any record, and no record's mapping names an orphan."""
    audit = audit_of(inventory(names, rules), customer_list(rows, id_case=rules.id_case), rules)
    orphans = audit.joined[audit.joined["namespace_state"] == "orphaned"]
    assert not set(orphans["customer_id"]) & {row["customer_id"] for row in rows}
    assert not set(orphans["namespace"]) & {row["namespace"] for row in rows}


@given(names=st.lists(NAMES, max_size=8, unique=True), rows=RECORDS, rules=RULES)
def test_no_null_ever_matches_a_null(names: list[str], rows: list[dict[str, Any]], rules: Rules) -> None:
    """A record without id or mapping is joined to nothing, nor is a namespace without an id."""
    audit = audit_of(inventory(names, rules), customer_list(rows, id_case=rules.id_case), rules)
    both = audit.joined.dropna(subset=["namespace_state", "customer_state"])
    assert (both["customer_id"].notna() | both["customer_state"].eq("unusable")).all()
    nameless = [row for row in rows if row["customer_id"] is None and row["namespace"] is None]
    alone = audit.joined[audit.joined["namespace"].isna() & audit.joined["customer_id"].isna()]
    assert len(alone) >= len(nameless)
