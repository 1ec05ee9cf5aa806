"""Archives made from a real sandbox: what is in them, and what never is."""

import os
import stat
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.archives import PLAN, SECRET, WASM, put_api, put_legacy
from support.worker_code import MODULE

from wfp_ops.api.reads import Reads
from wfp_ops.api.writes import Module
from wfp_ops.change.archive.one_worker import _binding
from wfp_ops.change.archive.read import load, verify
from wfp_ops.change.archive.take import take
from wfp_ops.errors import APIConnectionError, APIError, ArchiveError, StateError, WorkerNotFoundError

TESTS = Path(__file__).parents[2]
POSIX = pytest.mark.skipif(os.name != "posix", reason="modes and limits of this kind are POSIX's")


def test_an_archive_holds_the_namespace_as_the_api_said(filled):
    """Its facts, the plan, the moment; its name is made of moment, plan and id."""
    said = filled.reads.get_namespace("customer-9")
    archive = filled.take("customer-9")
    assert archive.name == f"20261123T120000Z-{PLAN[:8]}-{said.namespace_id[:8]}"
    assert archive.namespace.name == "customer-9"
    assert archive.namespace.namespace_id == said.namespace_id
    assert archive.namespace.created_on == said.created_on
    assert archive.namespace.script_count == 2
    assert archive.whole
    assert (archive.account_id, archive.plan) == (filled.sandbox.account_id, PLAN)
    assert archive.taken_at == filled.clock.now()
    assert [worker.name for worker in archive.workers] == ["api", "legacy"]


def test_a_worker_is_held_with_code_settings_and_names_of_secrets(filled):
    """Modules byte for byte, numbers as they were said, the value of no secret."""
    script = filled.reads.get_worker("customer-9", "api").script
    api = filled.take("customer-9").workers[0]
    assert (api.tag, api.etag, api.modified_on) == (script.tag, script.etag, script.modified_on)
    assert (api.syntax, api.entry) == ("module", "index.js")
    assert [(module.name, module.content_type, module.size) for module in api.modules] == [
        ("index.js", "application/javascript+module", len(MODULE)),
        ("lib/sum.wasm", "application/wasm", len(WASM)),
        ("empty.txt", "text/plain", 0),
    ]
    assert api.settings == filled.reads.get_settings("customer-9", "api")
    assert api.settings["observability"]["head_sampling_rate"] == 0.1
    assert api.script["placement_mode"] == "smart"
    assert api.secrets == ("SIGNING_SECRET",)
    assert api.handlers == ("fetch",)
    assert api.has_assets is False


def test_a_service_worker_is_held_as_one(filled):
    """Its one script under the name that Cloudflare gives."""
    archive = filled.take("customer-9", ["legacy"])
    legacy = archive.workers[0]
    assert (legacy.syntax, legacy.entry) == ("service-worker", "old.js")
    assert not archive.whole
    assert b"addEventListener" in archive.module_bytes(legacy.modules[0])


def test_modules_lie_beside_the_manifest_by_their_hash(filled):
    """One file for each distinct content, however many Workers share it."""
    put_legacy(filled.writes, "customer-9", "again")
    archive = filled.take("customer-9")
    lies = {each.name for each in (filled.archives / archive.name).iterdir()}
    assert lies == {"manifest.json", *archive.files}
    assert len(archive.files) == 4
    assert archive.module_bytes(archive.workers[1].modules[1]) == WASM


def test_what_is_lost_is_said(filled):
    """By Worker, and of the whole; trusted mode is the namespace's own."""
    filled.writes.update_namespace("customer-9", new_name="customer-9", trusted_workers=True)
    archive = filled.take("customer-9")
    assert "trusted mode" in archive.cannot[0]
    assert any("SIGNING_SECRET" in sentence for sentence in archive.cannot)
    assert archive.irreversible == ()
    assert set(archive.workers[0].cannot) < set(archive.cannot)


def test_assets_and_durable_objects_are_lost_for_good(one):
    """What can't be archived is said, and stands in both lists."""
    room = {"type": "durable_object_namespace", "name": "ROOMS", "class_name": "Room"}
    worker = {"name": "w", "has_assets": True, "migration_tag": "v1", "bindings": [room]}
    one.sandbox.load({"name": "customer-9", "workers": [worker]})
    archive = one.take("customer-9")
    assert len(archive.irreversible) == 3
    assert set(archive.irreversible) <= set(archive.cannot)


def test_no_value_of_a_secret_and_no_token_is_in_any_file(filled):
    """Nor anything else that opens a door."""
    archive = filled.take("customer-9")
    content = b"".join(each.read_bytes() for each in (filled.archives / archive.name).iterdir())
    assert b"SIGNING_SECRET" in content
    assert SECRET.encode() not in content
    assert filled.sandbox.token.encode() not in content
    assert SECRET not in repr(archive)


def test_a_value_that_the_api_should_not_have_sent_is_not_kept():
    """Whatever stands in a secret's binding beside its name and kind."""
    said = {"type": "secret_text", "name": "KEY", "text": SECRET, "key_base64": SECRET}
    assert _binding("w", said) == {"type": "secret_text", "name": "KEY"}


@POSIX
def test_an_archive_is_for_its_owner_alone(filled):
    """Folder 0700, files 0600."""
    folder = filled.archives / filled.take("customer-9").name
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}


def test_a_name_that_is_taken_gets_a_number(filled):
    """Several at one moment for one plan: each is kept."""
    archives = [filled.take("customer-9", [name]) for name in ("api", "legacy", "api")]
    assert [archive.name.removeprefix(archives[0].name) for archive in archives] == ["", "-2", "-3"]
    assert [load(filled.folder, archive.name).workers[0].name for archive in archives] == [
        "api",
        "legacy",
        "api",
    ]


def test_an_id_of_another_shape_can_not_lead_elsewhere(one):
    """What no file name should hold is replaced in the archive's."""
    one.sandbox.load({"name": "customer-9", "namespace_id": "../../x y"})
    archive = one.take("customer-9")
    assert archive.name == f"20261123T120000Z-{PLAN[:8]}-______x_"
    assert verify(one.folder, archive.name).namespace.namespace_id == "../../x y"


def test_an_empty_namespace_is_archived(one):
    """Its facts alone."""
    one.sandbox.load("customer-9")
    archive = one.take("customer-9")
    assert archive.workers == ()
    assert [each.name for each in (one.archives / archive.name).iterdir()] == ["manifest.json"]


def test_workers_that_are_not_proven_to_be_all_are_not_archived(filled):
    """Fewer than Cloudflare counts, or a listing that may go on."""
    namespace = filled.reads.get_namespace("customer-9")
    filled.writes.delete_worker("customer-9", "legacy")
    with pytest.raises(ArchiveError, match="1 came, and Cloudflare counts 2"):
        take(filled.reads, filled.folder, namespace, None, plan_digest=PLAN, now=filled.clock.now())
    assert filled.left() == []


def test_a_namespace_without_an_id_is_not_archived(filled):
    """What can't be told apart can't be restored."""
    namespace = filled.reads.get_namespace("customer-9")
    namespace.namespace_id = None
    with pytest.raises(ArchiveError, match="has no id"):
        take(filled.reads, filled.folder, namespace, None, plan_digest=PLAN, now=filled.clock.now())
    assert filled.left() == []


@pytest.mark.parametrize("after", ["/content", "/settings", "/secrets"])
def test_a_deploy_in_the_middle_is_found(filled, after):
    """Whenever it happens: the code, or the settings alone."""
    deployed = []

    def deploy(reply):
        if reply.path.endswith(f"api{after}") and not deployed:
            deployed.append(reply.path)
            filled.writes.put_worker(
                "customer-9",
                "api",
                metadata={"main_module": "index.js"},
                modules=[Module("index.js", b"export default {};", "application/javascript+module")],
            )

    watched = Reads(filled.transport.watched(deploy), filled.reads.account_id)
    with pytest.raises(ArchiveError, match="'api' changed while it was archived"):
        filled.take("customer-9", reads=watched)
    assert deployed
    assert filled.left() == []


def test_a_change_of_settings_in_the_middle_is_found(filled):
    """The code stays the same, the date does not."""
    changed = []

    def change(reply):
        if reply.path.endswith("api/settings") and not changed:
            changed.append(reply.path)
            filled.writes.put_tags("customer-9", "api", ["other"])

    watched = Reads(filled.transport.watched(change), filled.reads.account_id)
    with pytest.raises(ArchiveError, match="another modified_on"):
        filled.take("customer-9", reads=watched)
    assert changed


def test_content_that_is_cut_makes_no_archive(filled):
    """Nothing is left of what was read before it."""
    filled.sandbox.fault("cut", method="GET", route="*/content")
    with pytest.raises(APIConnectionError):
        filled.take("customer-9")
    assert filled.left() == []


@pytest.mark.parametrize(
    ("route", "kind"),
    [
        ("*/settings", "empty_result"),
        ("*/settings", "null_result"),
        ("*/secrets", "wrong_result"),
        ("*/scripts/api", "null_result"),
        ("*/scripts", "short_result"),
        ("*/content", "html"),
    ],
)
def test_an_answer_that_lacks_something_makes_no_archive(filled, route, kind):
    """An empty answer is never taken for an empty thing."""
    filled.sandbox.fault(kind, method="GET", route=route)
    with pytest.raises((APIError, ArchiveError)):
        filled.take("customer-9")
    assert filled.left() == []


def test_a_worker_that_is_not_there(filled):
    """Somebody was faster: no archive."""
    with pytest.raises(WorkerNotFoundError):
        filled.take("customer-9", ["nobody"])
    assert filled.left() == []


CHILD = """
    import resource, sys
    from pathlib import Path
    from pydantic import SecretStr
    from support.archives import PLAN
    from support.fake_clock import FakeClock
    from wfp_ops.api.reads import Reads
    from wfp_ops.api.transport import Transport
    from wfp_ops.change.archive.take import take
    from wfp_ops.errors import StateError
    from wfp_ops.memory.folder import StateFolder
    path, base_url, token, account_id = sys.argv[1:]
    clock = FakeClock()
    folder = StateFolder(Path(path), account_id=account_id, base_url=base_url, clock=clock)
    with Transport(base_url=base_url, token=SecretStr(token), clock=clock) as transport:
        reads = Reads(transport, account_id)
        namespace = reads.get_namespace("customer-9")
        take(reads, folder, namespace, ["legacy"], plan_digest=PLAN, now=clock.now())
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
        try:
            take(reads, folder, namespace, None, plan_digest=PLAN, now=clock.now())
        except StateError as error:
            print(type(error).__name__, error.message)
"""


@POSIX
@pytest.mark.parametrize("size", [50_000, 20 * 1024 * 1024])
def test_a_full_disk_leaves_nothing_behind(filled, size):
    """Of a large module neither the archive nor what waited for it; the archive before stays whole."""
    filled.sandbox.load({"name": "customer-9"})
    put_legacy(filled.writes, "customer-9")
    big = Module("big.bin", os.urandom(10_000) * (size // 10_000), "application/octet-stream")
    code = Module("index.js", MODULE.encode(), "application/javascript+module")
    filled.writes.put_worker("customer-9", "w", metadata={"main_module": "index.js"}, modules=[code, big])
    sandbox = filled.sandbox
    state_dir = filled.folder.path.parents[1]
    done = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-c", textwrap.dedent(CHILD), str(state_dir)),
            *(sandbox.base_url, sandbox.token, sandbox.account_id),
        ],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("StateError")
    assert "disk" in done.stdout
    left = filled.left()
    assert len(left) == 1
    assert verify(filled.folder, left[0]).workers[0].name == "legacy"


def test_what_is_not_on_the_disk_as_it_was_written_is_no_archive(filled):
    """A file that is another one when it is read back: an error, and nothing stays."""

    class Lossy(type(filled.folder)):
        """A folder on a disk that loses a byte."""

        def write_folder(self, part, name, files):
            super().write_folder(part, name, files)
            if part == "archives":
                file = max(
                    each for each in (self.path / part / name).iterdir() if each.name != "manifest.json"
                )
                file.write_bytes(file.read_bytes()[:-1])

    old = filled.folder
    filled.folder = Lossy(
        old.path.parents[1],
        account_id=old.account_id,
        base_url=filled.sandbox.base_url,
        clock=filled.clock,
    )
    with pytest.raises(StateError, match="not what lies on the disk"):
        filled.take("customer-9", ["legacy"])
    assert filled.left() == []


def test_several_archives_at_once(filled):
    """Threads that archive at the same time wait for each other only to write."""
    for number in range(4):
        filled.sandbox.load(f"customer-1{number}", mode="merge")
        put_api(filled.writes, f"customer-1{number}")
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(filled.take, [f"customer-1{number}" for number in range(4)]))
    assert len({archive.name for archive in made}) == 4
    assert all(verify(filled.folder, archive.name).workers for archive in made)
