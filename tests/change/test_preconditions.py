"""Right before a change the thing is read once more: what moved drops out, what is gone is a surprise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.archives import bench
from support.names import NS, namespace
from support.sandbox_server import clean_sandbox, running_sandbox
from support.stub_server import html, ok, refused

from wfp_ops.change.gather import see
from wfp_ops.change.preconditions import check
from wfp_ops.change.steps import Step
from wfp_ops.errors import APIError

ACTIONS = ["delete_namespace", "rename_namespace", "delete_worker", "tag_worker"]


@pytest.fixture(scope="module")
def sandbox():
    """A running sandbox of this module's own."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def one(sandbox, tmp_path):
    """Its account: one namespace with two Workers."""
    with bench(clean_sandbox(sandbox), tmp_path) as made:
        sandbox.load({"name": "customer-9", "workers": [{"name": "site"}, {"name": "shop"}]}, "other")
        yield made


def planned(one, action="delete_namespace", **more):
    """A step as it is planned now."""
    seen = see(one.reads, "customer-9")
    inside = action.endswith("_worker")
    facts = seen.worker_preconditions("site") if inside else seen.preconditions(action)
    new = {"new_name": "customer-90"} if action == "rename_namespace" else {}
    step = Step(action=action, namespace="customer-9", worker="site" if inside else None, reason="r", **new)
    return replace(step, preconditions=facts, **more)


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_moved(one, action):
    """It may be done."""
    assert check(planned(one, action), one.reads) is None


@pytest.mark.parametrize("action", ACTIONS)
def test_each_fact_is_compared(one, action):
    """Another value, a null, or a fact that the plan leaves out: it drops out, and is no surprise."""
    step = planned(one, action)
    for fact in step.preconditions:
        others = {name: value for name, value in step.preconditions.items() if name != fact}
        for wrong in ({**others, fact: "other"}, {**others, fact: None}, others):
            moved = check(replace(step, preconditions=wrong), one.reads)
            assert moved is not None
            assert moved.detail
            assert not moved.surprise
    assert check(replace(step, preconditions={}), one.reads) is not None
    assert check(replace(step, preconditions={"customer_id": None}), one.reads) is not None


def _put(one, worker, text="export default {}"):
    url = f"{one.sandbox.namespaces_url}/customer-9/scripts/{worker}"
    form = {
        "metadata": (None, '{"main_module": "index.js"}', "application/json"),
        "index.js": ("index.js", text, "application/javascript+module"),
    }
    assert one.sandbox.http.put(url, files=form).status_code == 200


@pytest.mark.parametrize("worker", ["site", "new"])
def test_somebody_deployed_meanwhile(one, worker):
    """Also where the number of Workers is the same: the code is not."""
    one.sandbox.switch(upload_touches_namespace=False)
    step = planned(one)
    _put(one, worker)
    moved = check(step, one.reads)
    assert "what its Workers are" in moved.detail
    assert not moved.surprise


def test_another_workers_deploy_is_nothing_to_this_one(one):
    """A Worker is compared by itself."""
    step = planned(one, "delete_worker")
    _put(one, "shop")
    assert check(step, one.reads) is None
    _put(one, "site")
    assert check(step, one.reads) is not None


@pytest.mark.parametrize("action", ACTIONS)
def test_it_is_gone(one, action):
    """Nobody here deleted it: everything stops."""
    step = planned(one, action)
    one.sandbox.load("other")
    moved = check(step, one.reads)
    assert moved.surprise
    assert moved.detail == "the namespace 'customer-9' is gone, and nobody here deleted it"


def test_the_worker_is_gone(one):
    """Likewise."""
    step = planned(one, "delete_worker")
    one.writes.delete_worker("customer-9", "site")
    moved = check(step, one.reads)
    assert moved.surprise
    assert moved.detail == "the Worker 'customer-9/site' is gone, and nobody here deleted it"


def test_it_was_made_again_under_its_name(one):
    """With another id: it drops out, whatever else is the same."""
    step = planned(one)
    found = one.sandbox.state()["customer-9"]
    one.sandbox.load({**found, "namespace_id": "00000000-0000-4000-8000-000000000000"}, "other")
    moved = check(step, one.reads)
    assert moved.detail.startswith("its id was ")
    assert not moved.surprise


def test_the_new_name_is_taken(one):
    """A rename looks there as well."""
    step = planned(one, "rename_namespace", new_name="other")
    moved = check(step, one.reads)
    assert moved.detail.startswith("a namespace 'other' is there already (id ")
    assert not moved.surprise


def test_a_creation_needs_a_free_name(one):
    """Then it may be done."""
    step = Step(action="create_namespace", namespace="customer-5", reason="r")
    assert check(step, one.reads) is None
    moved = check(replace(step, namespace="other"), one.reads)
    assert moved.detail.startswith("a namespace 'other' is there already (id ")
    assert not moved.surprise


@pytest.mark.parametrize(
    ("namespace", "worker", "absent", "words"),
    [
        ("customer-9", "new", True, None),
        ("customer-9", "site", True, "a Worker 'customer-9/site' is there already"),
        ("nowhere", "new", True, "the namespace 'nowhere' is not there"),
        ("customer-9", "new", None, "the plan says nothing that could be compared"),
        ("customer-9", "new", False, "the plan says nothing that could be compared"),
        ("customer-9", "new", "true", "the plan says nothing that could be compared"),
    ],
)
def test_an_upload_overwrites_nothing(one, namespace, worker, absent, words):
    """The Worker must not be there, and the plan must say so."""
    step = Step(
        action="put_worker",
        namespace=namespace,
        worker=worker,
        reason="r",
        preconditions={} if absent is None else {"absent": absent},
    )
    moved = check(step, one.reads)
    assert (moved and moved.detail) == words
    assert moved is None or not moved.surprise


def test_a_404_of_somebody_else(stub_server, reads):
    """It does not say that there is no such Worker."""
    stub_server.on("GET", f"{NS}/customer-9/scripts/new", refused(404, 7003))
    step = Step(
        action="put_worker", namespace="customer-9", worker="new", reason="r", preconditions={"absent": True}
    )
    assert "can't be told" in check(step, reads).detail


@pytest.mark.parametrize(
    "answer", [refused(403, 10000), refused(404, 7003), html(403), ok(None), refused(500)]
)
@pytest.mark.parametrize(
    "step",
    [
        Step(action="create_namespace", namespace="customer-9", reason="r"),
        Step(
            action="delete_namespace", namespace="customer-9", reason="r", preconditions={"namespace_id": "a"}
        ),
    ],
    ids=lambda step: step.action,
)
def test_nobody_can_tell(stub_server, reads, step, answer):
    """An answer that says nothing is an error, never a yes."""
    stub_server.on("GET", f"{NS}/customer-9", answer)
    with pytest.raises(APIError):
        check(step, reads)


def test_half_a_listing_counts_nothing(stub_server, reads):
    """It is shorter than Cloudflare's own count: its number and digest are unknown."""
    whole = namespace("customer-9", script_count=2, modified_on="m")
    stub_server.on("GET", f"{NS}/customer-9", ok(whole))
    rows = [{"id": "site", "etag": "e", "modified_on": "m"}, {"id": "shop", "etag": "e", "modified_on": "m"}]
    stub_server.on("GET", f"{NS}/customer-9/scripts", ok(rows, result_info={"cursor": ""}))
    step = Step(action="delete_namespace", namespace="customer-9", reason="r")
    step = replace(step, preconditions=see(reads, "customer-9").preconditions("delete_namespace"))
    assert check(step, reads) is None
    stub_server.on("GET", f"{NS}/customer-9/scripts", ok(rows[:1], result_info={"cursor": ""}))
    assert "the number of its Workers was 2 and is unknown" in check(step, reads).detail
