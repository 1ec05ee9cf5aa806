"""From a deleted namespace back to what it was: the steps, carried out by hand, and what they leave out."""

import json

import pytest
from support.archives import WASM, put_api

from wfp_ops.api.writes import Module
from wfp_ops.change.archive.compare import compare
from wfp_ops.change.archive.metadata import metadata_in
from wfp_ops.change.archive.read import load
from wfp_ops.change.archive.restore import blobs, restore_steps
from wfp_ops.change.canonical import canonical
from wfp_ops.change.steps import Step
from wfp_ops.errors import ArchiveError


def carry_out(one, steps, content):
    """Each step as it stands in a plan's document, through the writes."""
    for step in (Step.from_dict(json.loads(canonical(each.to_dict()))) for each in steps):
        if step.action == "create_namespace":
            one.writes.create_namespace(step.namespace)
            continue
        assert step.action == "put_worker"
        modules = [
            Module(module["name"], content[module["sha256"]], module["content_type"])
            for module in step.upload["modules"]
        ]
        one.writes.put_worker(step.namespace, step.worker, metadata=metadata_in(step.upload), modules=modules)


def inside(one, name="customer-9"):
    """Its Workers now, or None."""
    return one.reads.list_workers(name) if name in one.sandbox.state() else None


def steps_of(one, archive):
    """The steps that bring it back now."""
    return restore_steps(archive, one.reads.list_namespaces(), inside(one))


def test_there_and_back(filled):
    """Archive, delete, restore: all is equal but the secret, which a person puts again."""
    before = filled.sandbox.state(code=True)["customer-9"]
    archive = load(filled.folder, filled.take("customer-9").name)
    filled.writes.delete_namespace("customer-9")
    assert compare(filled.reads, archive, filled.folder)["verdict"].tolist() == ["missing"] * 3
    steps, excluded = steps_of(filled, archive)
    assert excluded == []
    carry_out(filled, steps, blobs(archive))

    found = compare(filled.reads, archive, filled.folder).set_index("worker")
    assert found["verdict"].tolist() == ["equal"] * 3
    assert found["different"].isna().all()
    assert found.loc["api", "missing"] == "the secrets SIGNING_SECRET"
    assert "put the secrets SIGNING_SECRET again, each by PUT " in found.loc["api", "to_do"]
    assert found.drop("api")[["missing", "to_do"]].isna().all(axis=None)

    after = filled.sandbox.state(code=True)["customer-9"]
    assert after["namespace_id"] != before["namespace_id"]
    for old, new in zip(before["workers"], after["workers"], strict=True):
        renewed = {"tag", "created_on", "modified_on", "deployment_id", "bindings"}
        assert {key: value for key, value in old.items() if key not in renewed} == {
            key: value for key, value in new.items() if key not in renewed
        }
        kept = [binding for binding in old["bindings"] if binding["type"] != "secret_text"]
        assert new["bindings"] == kept

    secret = {"name": "SIGNING_SECRET", "text": "x", "type": "secret_text"}
    filled.writes.put_secret("customer-9", "api", secret)
    again = compare(filled.reads, archive, filled.folder)
    assert again[["missing", "to_do"]].isna().all(axis=None)


def test_the_steps_say_where_they_come_from_and_what_they_lack(filled):
    """Archive and its hash as evidence; that nothing is there as the precondition; secrets by name."""
    filled.writes.update_namespace("customer-9", new_name="customer-9", trusted_workers=True)
    archive = filled.take("customer-9")
    filled.writes.delete_namespace("customer-9")
    creation, api, legacy = steps_of(filled, archive)[0]
    assert (creation.action, creation.namespace, creation.worker) == ("create_namespace", "customer-9", None)
    assert creation.reason == f"restore from archive {archive.name}"
    assert creation.evidence["was"] == archive.namespace.namespace_id
    assert "trusted mode" in creation.evidence["cannot"][0]
    assert (api.action, api.name, legacy.name) == ("put_worker", "customer-9/api", "customer-9/legacy")
    assert "SIGNING_SECRET" in api.evidence["cannot"][0]
    assert api.upload["secrets"] == ["SIGNING_SECRET"]
    assert api.upload["modules"][1] == {
        "name": "lib/sum.wasm",
        "content_type": "application/wasm",
        "sha256": archive.workers[0].modules[1].sha256,
        "bytes": len(WASM),
    }
    assert legacy.upload["metadata"]["body_part"] == "old.js"
    for step in (creation, api, legacy):
        assert step.preconditions == {"absent": True}
        assert step.evidence["archive"] == archive.name
        assert step.evidence["manifest_sha256"] == archive.manifest_sha256


def test_metadata_that_a_plan_can_not_hold_stands_in_it_as_text(filled):
    """A plan's digest knows no 0.1: such facts are text under their own names, and come back exactly."""
    upload = steps_of(filled, filled.take("customer-9", ["api"]))[1][0].step.upload
    assert set(upload["metadata_text"]) == {"observability", "bindings"}
    assert not set(upload["metadata"]) & set(upload["metadata_text"])
    whole = metadata_in(upload)
    assert whole["observability"] == {"enabled": True, "head_sampling_rate": 0.1}
    assert [binding["name"] for binding in whole["bindings"]] == ["PLAN", "SHARE", "CACHE"]


def test_what_is_there_is_never_overwritten(filled):
    """A restore that ended half way is planned again: what is there falls out, with the words why."""
    archive = filled.take("customer-9")
    filled.writes.delete_worker("customer-9", "api")
    steps, excluded = steps_of(filled, archive)
    assert [step.name for step in steps] == ["customer-9/api"]
    assert [each.step.name for each in excluded] == ["customer-9/legacy"]
    assert (excluded[0].guard, excluded[0].guards) == ("moved", ("moved",))
    assert "overwrites nothing" in excluded[0].reason
    carry_out(filled, steps, blobs(archive))
    assert compare(filled.reads, archive, filled.folder)["verdict"].tolist() == ["equal"] * 3


def test_a_namespace_of_which_nobody_looked_what_is_inside(filled):
    """Unknown is never absent."""
    archive = filled.take("customer-9")
    steps, excluded = restore_steps(archive, filled.reads.list_namespaces(), None)
    assert steps == []
    assert [each.guard for each in excluded] == ["moved", "moved"]


def test_one_worker_comes_back_alone(filled):
    """Its namespace is made where it is gone."""
    archive = filled.take("customer-9", ["legacy"])
    filled.writes.delete_namespace("customer-9")
    steps, excluded = steps_of(filled, archive)
    assert [step.name for step in steps] == ["customer-9", "customer-9/legacy"]
    assert excluded == []


def test_what_only_its_source_can_bring_back_is_left_out_and_said(one):
    """Durable Objects of its own, assets, and parts that settings speak of; references are kept."""
    bindings = [
        {"type": "durable_object_namespace", "name": "OWN", "class_name": "Room"},
        {"type": "durable_object_namespace", "name": "OTHER", "class_name": "Room", "script_name": "v"},
        {"type": "assets", "name": "ASSETS"},
        {"type": "wasm_module", "name": "WASM"},
        {"type": "wasm_module", "name": "HELD", "part": "index.js"},
    ]
    worker = {"name": "w", "has_assets": True, "migration_tag": "v1", "bindings": bindings}
    one.sandbox.load({"name": "customer-9", "workers": [worker]})
    archive = one.take("customer-9")
    one.writes.delete_namespace("customer-9")
    steps, _ = steps_of(one, archive)
    assert [binding["name"] for binding in metadata_in(steps[1].upload)["bindings"]] == ["OTHER", "HELD"]
    said = "\n".join(steps[1].evidence["cannot"])
    assert all(f"the binding {name!r}" in said for name in ("OWN", "ASSETS", "WASM"))
    carry_out(one, steps, blobs(archive))
    found = compare(one.reads, archive, one.folder).iloc[1]
    assert found["verdict"] == "equal"
    assert found["missing"] == (
        "its static assets; the bindings ASSETS, OWN, WASM; its Durable Object migrations (at v1)"
    )
    assert found["to_do"] == "deploy it again from its source"


def test_a_worker_of_assets_alone_can_not_be_restored(one):
    """It has no code: nothing would be uploaded, so no step pretends to."""
    digest = "0123456789abcdef" * 2
    one.sandbox.load("customer-9")
    url = f"{one.sandbox.namespaces_url}/customer-9/scripts/w"
    manifest = {"manifest": {"/index.html": {"hash": digest, "size": 2}}}
    session = one.sandbox.http.post(f"{url}/assets-upload-session", json=manifest).json()["result"]
    done = one.sandbox.http.post(
        f"{one.sandbox.account_url}/workers/assets/upload?base64=true",
        files={digest: (digest, "aGk=", "text/html")},
        headers={"authorization": f"Bearer {session['jwt']}"},
    ).json()["result"]
    one.writes.put_worker("customer-9", "w", metadata={"assets": {"jwt": done["jwt"]}}, modules=[])
    archive = one.take("customer-9")
    assert archive.workers[0].entry is None
    one.writes.delete_namespace("customer-9")
    steps, excluded = steps_of(one, archive)
    assert [step.action for step in steps] == ["create_namespace"]
    assert [(each.step.worker, each.guard) for each in excluded] == [("w", "irreversible")]
    found = compare(one.reads, archive, one.folder)
    assert found["to_do"].iloc[1] == "deploy it again from its source"


def test_blobs_are_read_and_checked_when_they_are_asked_for(filled):
    """All of an archive's modules, by their hashes."""
    archive = filled.take("customer-9")
    found = blobs(archive)
    assert set(found) == set(archive.files)
    assert len(found) == 4
    digest = archive.workers[0].modules[1].sha256
    assert found[digest] == WASM
    assert "0" * 64 not in found
    (filled.archives / archive.name / digest).write_bytes(b"")
    with pytest.raises(ArchiveError):
        found[digest]


def test_a_worker_without_a_date_gets_none(one):
    """What was not said before is not said in the upload; what Cloudflare falls back to is alike."""
    one.sandbox.load({"name": "customer-9", "workers": [{"name": "w"}]})
    archive = one.take("customer-9")
    one.writes.delete_namespace("customer-9")
    steps, _ = steps_of(one, archive)
    assert set(steps[1].upload["metadata"]) == {"main_module", "bindings", "usage_model"}
    carry_out(one, steps, blobs(archive))
    assert compare(one.reads, archive, one.folder)["verdict"].tolist() == ["equal", "equal"]


@pytest.mark.parametrize("name", ["a b/ü", "Δ"])
def test_odd_names_come_back(one, name):
    """Of Workers, whatever stands in them."""
    one.sandbox.load("customer-9")
    put_api(one.writes, "customer-9", name)
    archive = one.take("customer-9")
    one.writes.delete_namespace("customer-9")
    carry_out(one, steps_of(one, archive)[0], blobs(archive))
    assert compare(one.reads, archive, one.folder)["verdict"].tolist() == ["equal", "equal"]
