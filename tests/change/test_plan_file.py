"""Plans as files: private, whole, and refused when a byte of them is not what it was."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest
from support.plans import deletion, plan_of

from wfp_ops.change.canonical import sha256_of
from wfp_ops.change.plan_file import blobs_of, read_plan, write_plan
from wfp_ops.errors import PlanError, RefusedError

CODE = b"export default {}\r\n\x00"
SHA = hashlib.sha256(CODE).hexdigest()


def _upload():
    return deletion(
        "customer-9",
        action="put_worker",
        worker="site",
        upload={
            "metadata": {"main_module": "index.js"},
            "modules": [
                {"name": "index.js", "content_type": "text/plain", "sha256": SHA, "bytes": len(CODE)}
            ],
            "secrets": ["KEY"],
        },
    )


def test_written_and_read(tmp_path):
    """The same plan comes back; the file is its owner's alone."""
    plan = plan_of(deletion())
    path = write_plan(plan, tmp_path / "plan.json")
    assert read_plan(path).digest == plan.digest
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["plan.json"]


def test_modules_lie_beside_it(tmp_path):
    """By hash, byte for byte; one that is missing or changed is refused."""
    path = write_plan(plan_of(_upload(), blobs={SHA: CODE}), tmp_path / "plan.json")
    assert read_plan(path).blobs == {SHA: CODE}
    file = blobs_of(path) / SHA
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_bytes(CODE[:-1] + b"\x01")
    with pytest.raises(PlanError, match="changed"):
        read_plan(path)
    file.unlink()
    with pytest.raises(PlanError, match="missing"):
        read_plan(path)


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d["steps"][0].update(namespace="customer-1"),
        lambda d: d["steps"][0]["preconditions"].update(namespace_id="another"),
        lambda d: d["overrides"].update(grace="because I say so"),
        lambda d: d.update(confirmation="delete 2 namespaces in acme-prod"),
        lambda d: d.update(expires_at="2027-11-23T12:00:00Z"),
        lambda d: d.update(account_id="f" * 32),
        lambda d: d.update(digest="0" * 64),
        lambda d: d.update(digest=None),
        lambda d: d.pop("digest"),
        lambda d: d.update(extra=1),
        lambda d: d["guards"].clear(),
    ],
)
def test_an_edited_plan_is_refused(tmp_path, edit):
    """Whatever was changed after it was made: nobody has approved that."""
    path = write_plan(plan_of(deletion()), tmp_path / "plan.json")
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))
    with pytest.raises(RefusedError):
        read_plan(path)


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d.update(confirmation="create 1 namespace in acme-prod"),
        lambda d: d.update(extra="a field that nothing reads"),
    ],
)
def test_a_plan_with_a_digest_of_its_own_lies(tmp_path, edit):
    """Even with a digest that fits, it may not say of itself what its steps don't make."""
    path = write_plan(plan_of(deletion()), tmp_path / "plan.json")
    document = json.loads(path.read_text())
    edit(document)
    document.pop("digest")
    document["digest"] = sha256_of(document)
    path.write_text(json.dumps(document))
    with pytest.raises(RefusedError, match="contradicts"):
        read_plan(path)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b'{"schema": "wfp-ops/plan/2"}', b"\xff", b"{" * 5000]
)
def test_what_is_no_plan(tmp_path, content):
    """Said in words, with the file."""
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(PlanError, match="no plan"):
        read_plan(path)


def test_a_plan_with_steps_of_another_kind(tmp_path):
    """A step that nobody knows makes it no plan, whatever its digest."""
    path = write_plan(plan_of(deletion()), tmp_path / "plan.json")
    document = json.loads(path.read_text())
    document["steps"][0]["action"] = "delete_account"
    document.pop("digest")
    document["digest"] = sha256_of(document)
    path.write_text(json.dumps(document))
    with pytest.raises(PlanError, match="delete_account"):
        read_plan(path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
def test_a_path_is_no_hash(tmp_path, name):
    """A plan can't make anybody read a file of its choice."""
    step = _upload()
    step.upload["modules"][0]["sha256"] = name
    path = write_plan(plan_of(step), tmp_path / "plan.json")
    with pytest.raises(RefusedError, match="no hash"):
        read_plan(path)


def test_files_that_are_not_there(tmp_path):
    """A missing file, a folder, a place that can't be written."""
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(PlanError):
            read_plan(path)
    with pytest.raises(PlanError, match="can't be written"):
        write_plan(plan_of(deletion()), tmp_path / "no" / "folder" / "plan.json")
    if Path("/dev/full").exists():
        with pytest.raises(PlanError):
            write_plan(plan_of(deletion()), "/dev/full/plan.json")
