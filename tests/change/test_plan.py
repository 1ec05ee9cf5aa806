"""A plan's words, its digest, and that nothing of it can be changed without that being seen."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.plans import creation, deletion, left_out, overriding, plan_of

from wfp_ops.change.plan import Plan
from wfp_ops.change.steps import GuardRow


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([deletion()], "delete 1 namespace in acme-prod"),
        ([deletion(f"customer-{n}") for n in range(7)], "delete 7 namespaces in acme-prod"),
        (
            [deletion(), *(creation(f"customer-{n}") for n in range(100, 112))],
            "create 12 namespaces and delete 1 namespace in acme-prod",
        ),
        (
            [
                deletion(),
                creation(),
                deletion("customer-4", action="rename_namespace", new_name="customer-44"),
            ],
            "create 1 namespace, delete 1 namespace and rename 1 namespace in acme-prod",
        ),
        ([], "do nothing in acme-prod"),
    ],
)
def test_the_words(steps, words):
    """What, how many, where."""
    assert plan_of(*steps).confirmation == words


def test_the_reasons_of_overrides_are_among_the_words():
    """Whoever confirms types why a guard is passed over."""
    plan = plan_of(deletion(), overrides=overriding(traffic="looked by hand", grace="ended in May"))
    assert plan.confirmation == (
        "delete 1 namespace in acme-prod, overriding grace (ended in May), traffic (looked by hand)"
    )


def test_the_digest_is_the_documents():
    """Anyone can compute it: SHA-256 of the document without it, keys sorted, no blanks."""
    document = plan_of(deletion(), creation()).to_dict()
    said = document.pop("digest")
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == said
    assert len(said) == 64


def test_document_and_plan_are_inverses():
    """A plan comes back from its document with the same digest."""
    plan = plan_of(
        deletion(),
        deletion("customer-4", action="rename_namespace", new_name="customer-44"),
        deletion("p", action="tag_worker", worker="site", tags=("a", "b")),
        excluded=(left_out(),),
        overrides=overriding(grace="ended in May"),
    )
    again = Plan.from_dict(json.loads(plan.to_json()))
    assert again.digest == plan.digest
    assert again.to_dict() == plan.to_dict()


@pytest.mark.parametrize(
    "change",
    [
        {"account": "acme-test"},
        {"steps": (deletion("customer-8"),)},
        {"steps": ()},
        {"excluded": (left_out(),)},
        {"overrides": overriding(grace="another reason")},
        {"convention": "tenant-{id}"},
        {"base_url": "https://api.cloudflare.com/client/v4"},
        {"guards": ()},
    ],
)
def test_whatever_changes_changes_the_digest(change):
    """Nothing that a person approved can be exchanged under the digest."""
    plan = plan_of(deletion())
    assert replace(plan, **change).digest != plan.digest


@given(
    name=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40),
    number=st.integers(0, 5),
)
def test_any_text_survives(name, number):
    """Names come from other people: emoji, quotes and control characters make documents like any other."""
    plan = plan_of(*(deletion(f"{name}{n}") for n in range(number)))
    assert Plan.from_dict(json.loads(plan.to_json())).digest == plan.digest


def test_when_it_can_be_applied():
    """Something to do, and no plan-level guard that refuses or does not know."""
    assert plan_of(deletion()).can_be_applied
    assert not plan_of().can_be_applied
    for verdict in ("refuse", "unknown"):
        row = GuardRow(guard="count", verdict=verdict, detail="too many")
        plan = plan_of(deletion(), guards=(row,))
        assert plan.refusals == (row,)
        assert not plan.can_be_applied
    item = GuardRow(guard="grace", verdict="refuse", detail="x", namespace="customer-8")
    assert plan_of(deletion(), guards=(item,)).can_be_applied


def test_without_some_steps():
    """Another plan, with another digest."""
    plan = plan_of(deletion("customer-1"), deletion("customer-2"), deletion("customer-3"))
    fewer = plan.without([0, 2])
    assert [step.namespace for step in fewer.steps] == ["customer-2"]
    assert fewer.digest != plan.digest
