"""A restore is bound to its archive, and an archive to its journal: who can write a file restores nothing else."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from support.shop import TRAFFIC

from wfp_ops.change.canonical import sha256_of
from wfp_ops.change.plan_file import read_plan

EVIL = b"export default {fetch() {return new Response('evil')}}"
EVIL_SHA = hashlib.sha256(EVIL).hexdigest()


@pytest.fixture
def deleted(command, shop):
    """The account after its deletions."""
    assert command("plan", "delete", *TRAFFIC, "--out", "plan.json").exit_code == 0
    digest = read_plan("plan.json").digest
    applied = command("apply", "plan.json", "--approve", digest)
    assert applied.exit_code == 0, applied.stderr
    return shop


@pytest.fixture
def archive(command, deleted):
    """The folder of the archive of ``customer-50``."""
    rows = json.loads(command("archive", "list", "--format", "json").stdout)
    name = next(row["archive"] for row in rows if row["namespace"] == "customer-50")
    (found,) = deleted.folder.glob(f"state/accounts/*/archives/{name}")
    return found


@pytest.fixture
def back(command, archive):
    """The document of the plan that brings it back."""
    assert command("restore", archive.name, "--out", "back.json").exit_code == 0
    return json.loads(Path("back.json").read_text())


def _sealed(document):
    document.pop("digest", None)
    return {**document, "digest": sha256_of(document)}


def _reseal(archive, edit):
    """Change a manifest as somebody does who knows how it is sealed."""
    path = archive / "manifest.json"
    document = json.loads(path.read_bytes())
    edit(document)
    path.write_bytes(json.dumps(_sealed(document), indent=2, ensure_ascii=False).encode() + b"\n")


def _swap_code(archive):
    def edit(document):
        module = document["workers"][0]["modules"][0]
        (archive / module["sha256"]).unlink()
        module.update(sha256=EVIL_SHA, bytes=len(EVIL))

    (archive / EVIL_SHA).write_bytes(EVIL)
    _reseal(archive, edit)


def _write(document, name="evil.json"):
    """A plan with the digest that fits, and the evil module beside it; the digest comes back."""
    sealed = _sealed(document)
    Path(name).write_text(json.dumps(sealed))
    beside = Path(name).with_suffix(".blobs")
    beside.mkdir(exist_ok=True)
    for file in (EVIL_SHA, *(each.name for each in Path("back.blobs").iterdir())):
        (beside / file).write_bytes(EVIL if file == EVIL_SHA else (Path("back.blobs") / file).read_bytes())
    return sealed["digest"]


def test_an_archive_that_lies_is_found_by_its_journal(command, deleted, archive):
    """Other code under a manifest that was sealed anew: broken, by each command, with both files named."""
    _swap_code(archive)
    (journal,) = deleted.folder.glob("state/accounts/*/journals/*.jsonl")
    verified = command("archive", "verify")
    assert verified.exit_code == 1
    assert "3 archives, 1 broken" in verified.stderr
    rows = json.loads(command("archive", "verify", archive.name, "--format", "json").stdout)
    assert str(journal) in rows[0]["problem"]
    for words in (("--out", "back.json"), ("--check",)):
        result = command("restore", archive.name, *words)
        assert (result.exit_code, result.stdout) == (1, "")
        said = "".join(result.stderr.split())
        assert str(journal) in said
        assert str(archive / "manifest.json") in said
    assert not Path("back.json").exists()


def test_an_archive_under_another_name(command, deleted, archive):
    """A manifest that says to be of another namespace restores none."""
    _reseal(archive, lambda document: document["namespace"].update(name="customer-99"))
    result = command("restore", "customer-99", "--out", "back.json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "was changed after it was made" in result.stderr


def test_an_archive_that_was_changed_after_its_plan(command, deleted, archive, back):
    """The plan was approved of another one: nothing is done."""
    _swap_code(archive)
    result = command("apply", "back.json", "--approve", back["digest"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "was changed after it was made" in result.stderr
    assert "customer-50" not in deleted.names


def test_a_plan_that_lies(command, deleted, back):
    """A Worker in a running customer's namespace, under a restore's name and with a digest that fits."""
    upload = back["steps"][1]
    upload.update(namespace="customer-1", worker="backdoor")
    upload["upload"]["modules"][0].update(sha256=EVIL_SHA, bytes=len(EVIL))
    back.update(steps=[upload], confirmation=f"upload 1 Worker in {back['account']}")
    refused = command("apply", "evil.json", "--approve", _write(back))
    assert (refused.exit_code, refused.stdout) == (4, "")
    assert "the plan is not what its archive gives" in refused.stderr
    assert "no step put_worker (customer-1/backdoor)" in " ".join(refused.stderr.split())
    assert deleted.sandbox.state()["customer-1"]["workers"] == []
    assert len(list(deleted.folder.glob("state/accounts/*/journals/*.jsonl"))) == 1


LIES = {
    "another module": lambda plan: plan["steps"][1]["upload"]["modules"][0].update(
        sha256=EVIL_SHA, bytes=len(EVIL)
    ),
    "another manifest": lambda plan: plan["steps"][1]["evidence"].update(manifest_sha256="0" * 64),
    "a binding": lambda plan: plan["steps"][1]["upload"]["metadata"].update(
        bindings=[{"type": "kv_namespace", "name": "ALL", "namespace_id": "1" * 32}]
    ),
    "what is to be absent": lambda plan: plan["steps"][1].update(preconditions={}),
    "another namespace": lambda plan: plan["steps"][0].update(namespace="customer-77"),
    "turned around": lambda plan: plan["steps"].reverse(),
}


@pytest.mark.parametrize("lie", LIES)
def test_whatever_is_not_the_archives(command, deleted, back, lie):
    """Each part of a step is the archive's, or nothing is done: exit 4."""
    LIES[lie](back)
    refused = command("apply", "evil.json", "--approve", _write(back))
    assert (lie, refused.exit_code, refused.stdout) == (lie, 4, "")
    assert "the plan is not what its archive gives" in refused.stderr
    assert {"customer-50", "customer-77"} & deleted.names == set()


def test_a_plan_that_keeps_something_quiet(command, deleted, back):
    """A Worker of the archive that is neither planned nor left out."""
    del back["steps"][1]
    back["confirmation"] = f"create 1 namespace in {back['account']}"
    refused = command("apply", "evil.json", "--approve", _write(back))
    assert refused.exit_code == 4
    assert "customer-50/shop is in the archive" in " ".join(refused.stderr.split())


@pytest.mark.parametrize("name", ["../../../../../../etc", "20270215T120000Z-aaaaaaaa-bbbbbbbb", ""])
def test_a_restore_of_no_archive(command, deleted, back, name):
    """A path is no archive's name, and without an archive nothing is restored: exit 1."""
    back["restores"] = name
    refused = command("apply", "evil.json", "--approve", _write(back))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"there is no archive {name!r}" in refused.stderr
    assert "customer-50" not in deleted.names


def test_a_true_plan_is_carried_out(command, deleted, archive, back):
    """All of it is what the archive gives; its modules come from there, whatever lies beside the plan."""
    done = command("apply", "back.json", "--approve", back["digest"])
    assert done.exit_code == 0, done.stderr
    assert "no journal vouches" not in done.stderr
    assert "customer-50" in deleted.names


def test_where_no_journal_is_left(command, deleted, archive):
    """It can be restored, and it is said that only the manifest vouches for it."""
    for part in ("journals", "applied"):
        (folder,) = deleted.folder.glob(f"state/accounts/*/{part}")
        shutil.rmtree(folder)
    verified = command("archive", "verify")
    assert verified.exit_code == 0
    assert f"no journal vouches for {archive.name}" in " ".join(verified.stderr.split())
    assert {row["journal"] for row in json.loads(command("archive", "list", "--format", "json").stdout)} == {
        None
    }
    made = command("restore", archive.name, "--out", "back.json")
    assert made.exit_code == 0, made.stderr
    assert f"no journal vouches for {archive.name}" in " ".join(made.stderr.split())
    done = command("apply", "back.json", "--approve", read_plan("back.json").digest)
    assert done.exit_code == 0, done.stderr
    assert "no journal vouches" in " ".join(done.stderr.split())
