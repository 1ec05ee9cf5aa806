"""The schema is a true subset of Cloudflare's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from graphql import build_schema, validate_schema
from support.graphql_facts import VARIABLE, blocks, facts, real_schema

from wfp_ops.sandbox.analytics.schema import load_schema, schema_text

# Made from the real schema, and compared with it wherever that is at hand (``write_facts`` makes it anew).
KEPT = Path(__file__).with_name("schema_facts.json")
REAL = real_schema()
ROW = "AccountWorkersInvocationsAdaptive"
# Of these Cloudflare has much more; of all others everything is here.
PARTLY = {"Query", "viewer", "account", "AccountSettings"}


def trimmed(known, ours):
    """Of the types that are here only in part, the fields that are here."""
    return {
        name: {field: known[name].get(field) for field in ours[name]} if name in PARTLY else known[name]
        for name in ours
    }


def facts_of_the_real(path):
    ours = facts(schema_text())
    return trimmed(facts(blocks(path.read_text(encoding="utf-8"), set(ours))), ours)


def write_facts():
    """Make the committed facts from the real schema."""
    KEPT.write_text(json.dumps(facts_of_the_real(REAL), indent=1) + "\n", encoding="utf-8")


@pytest.mark.skipif(REAL is None, reason=f"Cloudflare's schema is not at hand: name it by {VARIABLE}")
def test_each_field_is_as_in_the_real_schema():
    """Types, arguments and nullability are Cloudflare's, and no filter, field or order of a row is missing."""
    assert facts(schema_text()) == facts_of_the_real(REAL)


@pytest.mark.skipif(REAL is None, reason=f"Cloudflare's schema is not at hand: name it by {VARIABLE}")
def test_the_committed_facts_are_the_real_schemas():
    """What the next test compares with was not made by hand."""
    assert json.loads(KEPT.read_text(encoding="utf-8")) == facts_of_the_real(REAL)


def test_each_field_is_as_in_the_facts():
    """The same, where the real schema is not at hand."""
    assert facts(schema_text()) == json.loads(KEPT.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("requests: uint64!", "requests: uint64"),
        ("level: float64!", "level: float64"),
        ("  status_neq: string\n", ""),
    ],
)
def test_a_difference_is_seen(old, new):
    """A nullable field, a nullable argument or a missing filter would fail the tests above."""
    text = schema_text()
    assert old in text
    assert facts(text.replace(old, new)) != facts(text)


def test_as_many_fields_as_the_reference_says():
    """16 dimensions, 9 sums, 35 quantiles, 148 orders, and every operator of each dimension."""
    known = facts(schema_text())
    sizes = {
        part: len(known[ROW + part]) for part in ("Dimensions", "Sum", "Quantiles", "Min", "Max", "OrderBy")
    }
    assert sizes == {"Dimensions": 16, "Sum": 9, "Quantiles": 35, "Min": 5, "Max": 5, "OrderBy": 148}
    filters = known[ROW + "Filter_InputObject"]
    for name, field in known[ROW + "Dimensions"].items():
        suffixes = ["", "_neq", "_gt", "_geq", "_lt", "_leq", "_in", "_notin"]
        suffixes += ["_like", "_notlike"] if field["type"] == "string!" else []
        assert {name + suffix for suffix in suffixes} <= set(filters)


def test_it_is_a_schema():
    """graphql-core finds nothing wrong with it."""
    assert validate_schema(build_schema(schema_text())) == []
    assert load_schema() is load_schema()
