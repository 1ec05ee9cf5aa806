"""A plan's file that somebody made by hand: whatever stands at whichever key gets an answer in words."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.plans import ACCOUNT, BASE_URL, NOW, creation, deletion, left_out, overriding, plan_of

from wfp_ops.change.canonical import sha256_of
from wfp_ops.change.permission import check_plan
from wfp_ops.change.plan import CustomerList
from wfp_ops.change.plan_file import read_plan
from wfp_ops.errors import PlanError, RefusedError

UPLOAD = {
    "metadata": {"main_module": "index.js", "bindings": [{"type": "plain_text", "name": "A", "text": "b"}]},
    "metadata_text": {"observability": '{"head_sampling_rate": 0.1}'},
    "modules": [],
    "secrets": ["KEY"],
}
READING = {
    "columns": {"customer_id": "CRM Id"},
    "status": {"Paused": "churned"},
    "duplicates": "refuse",
    "id_case": "exact",
    "sheet": None,
}
WHOLE = plan_of(
    deletion(),
    creation(),
    deletion("customer-4", action="rename_namespace", new_name="customer-44"),
    deletion("p", action="tag_worker", worker="site", tags=("a", "b")),
    excluded=(left_out(),),
    overrides=overriding(grace="ended in May"),
    customers=CustomerList(
        source="c.csv", sha256="1" * 64, customers=2, set_aside=1, path="/x/c.csv", reading=READING
    ),
).to_dict()
RESTORE = plan_of(
    creation(),
    deletion("customer-5", action="put_worker", worker="site", upload=UPLOAD),
    restores="20261123T120000Z-aaaaaaaa-bbbbbbbb",
    customers=CustomerList(source=None, sha256=None, customers=0, set_aside=0),
).to_dict()
MODULE = {"name": "index.js", "content_type": "text/plain", "sha256": "0" * 64, "bytes": 3}
BAD = [
    None,
    5,
    -1,
    10**30,
    "",
    "x\x1b[2J",
    [],
    {},
    [1],
    {"a": 1},
    True,
    "9" * 5000,
    [None],
    {"namespace": None},
]


def _places(value, path=()):
    """The path of everything in a document; of lists the first two."""
    items = (
        value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    )
    for key, inside in items:
        yield (*path, key)
        yield from _places(inside, (*path, key))


PLACES = [(base, path) for base in (WHOLE, RESTORE) for path in _places(base) if path != ("digest",)]


def _changed(base, path, value):
    document = copy.deepcopy(base)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document


def _answered(document, file):
    """Read, show and check it as the commands do; the error comes back, None where there is none."""
    document = {key: value for key, value in document.items() if key != "digest"}
    file.write_text(json.dumps({**document, "digest": sha256_of(document)}))
    try:
        plan = read_plan(file)
        assert repr(plan)
        assert plan.to_markdown()
        assert plan._repr_html_()
        check_plan(plan, account=plan.account, account_id=ACCOUNT, base_url=BASE_URL, now=NOW)
    except (PlanError, RefusedError) as error:
        return error
    return None


@pytest.mark.parametrize("value", BAD, ids=lambda value: repr(value)[:20])
def test_whatever_stands_wherever(tmp_path, value):
    """Each key of a plan and of a restore, with this value: an answer in words, and never a surprise."""
    for base, path in PLACES:
        error = _answered(_changed(base, path, value), tmp_path / "plan.json")
        assert error is None or error.hint, path


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text("abworkers"), inside, max_size=3),
    max_leaves=8,
)


@given(place=st.sampled_from(PLACES), value=JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_anywhere(tmp_path, place, value):
    """Likewise for values that nobody thought of."""
    _answered(_changed(*place, value), tmp_path / "plan.json")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("account_id",), None, "account_id: expected str, got null"),
        (("restores",), 5, "restores: expected str | null, got int"),
        (("customers", "reading"), {"stauts": {}}, "customers.reading: object contains unknown field stauts"),
        (("customers", "reading", "status"), {"Paused": 1}, "customers.reading.status[...]: expected str"),
        (("customers", "customers"), -1, "customers.customers: expected int >= 0"),
        (("forecast", "seconds"), "soon", "forecast.seconds: expected int, got str"),
        (("inventory", "namespaces"), None, "inventory.namespaces: expected int, got null"),
        (("steps", 0, "action"), "delete_account", "steps[0].action: invalid enum value 'delete_account'"),
        (("steps", 0, "worker"), "site", "steps[0]: a step delete_namespace names a Worker"),
        (("steps", 3, "worker"), None, "steps[3]: a step tag_worker names no Worker"),
        (
            ("steps", 2),
            deletion("a", action="rename_namespace").to_dict(),
            "does not say what it is to become",
        ),
        (("steps", 0, "preconditions", "namespace_id"), [], "steps[0].preconditions[...]: expected"),
        (("steps", 0, "evidence", "workers"), [5], "steps[0].evidence.workers[0]: expected object"),
        (("guards", 0, "verdict"), "fine", "guards[0].verdict: invalid enum value 'fine'"),
        (("overrides",), {"moved": "because"}, "overrides: no reason overrides 'moved'"),
        (("overrides",), {"grace": ""}, "overrides: the override 'grace' needs a reason"),
        (("created_at",), "today", "created_at: 'today' is no moment"),
    ],
)
def test_the_error_names_the_key(tmp_path, path, value, words):
    """Which key it is, and what is wrong with it; the hint says what to do."""
    error = _answered(_changed(WHOLE, path, value), tmp_path / "plan.json")
    assert isinstance(error, PlanError)
    assert error.message.startswith("this is no plan: ")
    assert words in error.message
    assert "wfp-ops plan" in error.hint


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"modules": None}, "upload.modules: expected array, got null"),
        ({"modules": [{}]}, "upload.modules[0]: object missing required field name"),
        ({"modules": [{**MODULE, "bytes": None}]}, "upload.modules[0].bytes: expected int"),
        ({"secrets": "KEY"}, "upload.secrets: expected array, got str"),
        ({"more": 1}, "upload: object contains unknown field more"),
    ],
)
def test_the_key_of_an_upload(tmp_path, change, words):
    """Modules and names of secrets likewise."""
    error = _answered(_changed(RESTORE, ("steps", 1, "upload"), {**UPLOAD, **change}), tmp_path / "plan.json")
    assert isinstance(error, PlanError)
    assert f"steps[1].{words}" in error.message


def test_a_document_too_deep(tmp_path):
    """What can't be walked through is no plan."""
    deep = "[" * 700 + "]" * 700
    text = json.dumps({"schema": "wfp-ops/plan/1", "deep": "HERE"}).replace('"HERE"', deep)
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises((PlanError, RefusedError)):
        read_plan(tmp_path / "plan.json")
