"""Cloudflare's wrangler and TypeScript SDK, unchanged, on the sandbox."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest
from filelock import FileLock
from support.required import lacking
from support.sandbox_server import RunningSandbox

WRANGLER = "4.86.0"
TYPESCRIPT_SDK = "7.1.0"
TIMEOUT_S = 300

pytestmark = pytest.mark.node

Run = Callable[..., subprocess.CompletedProcess[str]]

WORKER = """export default {
  async fetch(request, env) {
    return new Response(`tenant ${env.TENANT}`);
  },
};
"""

CONFIG = """name = "worker-1"
main = "index.js"
compatibility_date = "2025-01-01"

[vars]
TENANT = "42"

[env.staging]
name = "worker-1-staging"

[env.staging.vars]
TENANT = "43"
"""

DISPATCHER = """name = "dispatcher"
main = "index.js"
compatibility_date = "2025-01-01"

[[dispatch_namespaces]]
binding = "DISPATCHER"
namespace = "customer-9"
"""

SDK_SCRIPT = """import Cloudflare from 'cloudflare';

const account_id = process.env.CLOUDFLARE_ACCOUNT_ID;
const client = new Cloudflare({ maxRetries: 0 });
const { namespaces } = client.workersForPlatforms.dispatch;
const out = {};
out.created = (await namespaces.create({ account_id, name: 'customer-42' })).namespace_name;
out.listed = [];
for await (const ns of namespaces.list({ account_id })) out.listed.push(ns.namespace_name);
out.got = (await namespaces.get('customer-42', { account_id })).script_count;
const where = { account_id, dispatch_namespace: 'production' };
out.script = (await namespaces.scripts.get('w', where)).script.id;
out.tags = [];
for await (const tag of namespaces.scripts.tags.update('w', { ...where, body: ['a', 'b'] })) out.tags.push(tag);
await namespaces.scripts.secrets.update('w', { ...where, name: 'KEY', text: 's', type: 'secret_text' });
out.secrets = [];
for await (const secret of namespaces.scripts.secrets.list('w', where)) out.secrets.push(secret.name);
out.settings = (await namespaces.scripts.settings.get('w', where)).tags;
await namespaces.scripts.delete('w', where);
await namespaces.delete('customer-42', { account_id });
try {
  await namespaces.get('customer-42', { account_id });
} catch (error) {
  out.error = [error.constructor.name, error.status, error.errors[0].code];
}
console.log(JSON.stringify(out));
"""


@pytest.fixture(scope="session")
def node_folder() -> Path:
    """A folder with wrangler and the SDK installed, kept between runs."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        lacking("Node.js and npm are not installed")
    folder = Path(platformdirs.user_cache_dir("wfp-ops-tests")) / f"node-{WRANGLER}-{TYPESCRIPT_SDK}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if not (folder / ".complete").exists():
            command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--no-save"]
            packages = [f"wrangler@{WRANGLER}", f"cloudflare@{TYPESCRIPT_SDK}"]
            done = subprocess.run(
                [*command, *packages], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
            if done.returncode != 0:
                lacking(f"npm could not install {' and '.join(packages)}: {done.stderr[-500:]}")
            (folder / ".complete").touch()
    return folder


@pytest.fixture
def environment(sandbox: RunningSandbox, tmp_path: Path) -> dict[str, str]:
    """Base URL, token and account, a home of its own, and no proxy."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    return {
        **kept,
        **sandbox.environment(),
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "WRANGLER_LOG_PATH": str(tmp_path / "logs"),
        "WRANGLER_SEND_METRICS": "false",
        "WRANGLER_HIDE_BANNER": "true",
        "NO_COLOR": "1",
        "CI": "true",
    }


@pytest.fixture
def wrangler(node_folder: Path, environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs wrangler in a folder with a small Worker."""
    folder = tmp_path / "worker"
    folder.mkdir()
    (folder / "index.js").write_text(WORKER)
    (folder / "wrangler.toml").write_text(CONFIG)
    script = node_folder / "node_modules" / "wrangler" / "bin" / "wrangler.js"

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["node", str(script), *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def test_wrangler_dispatch_namespaces(wrangler: Run, sandbox: RunningSandbox) -> None:
    """Create, list, get, rename, delete."""
    created = wrangler("dispatch-namespace", "create", "customer-1").stdout
    namespace_id = sandbox.state()["customer-1"]["namespace_id"]
    assert f'Created dispatch namespace "customer-1" with ID "{namespace_id}"' in created
    assert namespace_id in wrangler("dispatch-namespace", "list").stdout
    assert namespace_id in wrangler("dispatch-namespace", "get", "customer-1").stdout
    wrangler("dispatch-namespace", "rename", "customer-1", "customer-2")
    assert sandbox.state()["customer-2"]["namespace_id"] == namespace_id
    refused = wrangler("dispatch-namespace", "create", "customer-2", code=1)
    assert "100120" in refused.stdout + refused.stderr
    wrangler("dispatch-namespace", "delete", "customer-2")
    assert sandbox.state() == {}


def test_wrangler_deploys_into_a_namespace(wrangler: Run, sandbox: RunningSandbox) -> None:
    """With variables, for an environment and without, and to a namespace that is not there."""
    sandbox.load("production")
    done = wrangler("deploy", "--env=", "--dispatch-namespace", "production").stdout
    wrangler("deploy", "--env", "staging", "--dispatch-namespace", "production")
    workers = {w["name"]: w for w in sandbox.state(code=True)["production"]["workers"]}
    assert set(workers) == {"worker-1", "worker-1-staging"}
    assert f"Current Version ID: {workers['worker-1']['deployment_id']}" in done
    for name, tenant in (("worker-1", "42"), ("worker-1-staging", "43")):
        assert {"type": "plain_text", "name": "TENANT", "text": tenant} in workers[name]["bindings"]
        assert "tenant ${env.TENANT}" in workers[name]["modules"][0]["content"]
        assert workers[name]["last_deployed_from"] == "wrangler"
    refused = wrangler("deploy", "--env=", "--dispatch-namespace", "nope", code=1)
    assert "100119" in refused.stdout + refused.stderr


def test_wrangler_deploys_a_dispatcher(wrangler: Run, sandbox: RunningSandbox, tmp_path: Path) -> None:
    """An ordinary Worker that binds a namespace, and its next version; not while the namespace is missing."""
    (tmp_path / "worker" / "wrangler.toml").write_text(DISPATCHER)
    refused = wrangler("deploy", code=1)
    assert "100119" in refused.stdout + refused.stderr
    sandbox.load("customer-9")
    url = f"{sandbox.account_url}/workers/scripts"
    binding = {"type": "dispatch_namespace", "name": "DISPATCHER", "namespace": "customer-9"}
    for source in (WORKER, WORKER.replace("tenant", "of")):
        (tmp_path / "worker" / "index.js").write_text(source)
        done = wrangler("deploy").stdout
        (worker,) = sandbox.control("GET", "state?code=true")["workers"]
        assert (worker["name"], worker["last_deployed_from"]) == ("dispatcher", "wrangler")
        assert f"Current Version ID: {worker['deployment_id']}" in done
        assert ("tenant ${" in worker["modules"][0]["content"]) == (source == WORKER)
        assert sandbox.http.get(f"{url}/dispatcher/settings").json()["result"]["bindings"] == [binding]
    assert worker["workers_dev"]["enabled"] is True
    assert [row["id"] for row in sandbox.http.get(url).json()["result"]] == ["dispatcher"]


def test_wrangler_deploys_assets(wrangler: Run, sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Files go through an upload session; a second deploy needs none again."""
    sandbox.load("production")
    public = tmp_path / "public"
    public.mkdir()
    (public / "hello.txt").write_text("hello from the assets test")
    deploy = ("deploy", "--env=", "--dispatch-namespace", "production", "--assets", str(public))
    assert "Uploaded 1 of 1 asset" in wrangler(*deploy).stdout
    assert "No updated asset files to upload" in wrangler(*deploy).stdout
    (worker,) = sandbox.state()["production"]["workers"]
    assert worker["has_assets"] is True


def test_wrangler_finds_the_account_by_itself(
    wrangler: Run, environment: dict[str, str], sandbox: RunningSandbox
) -> None:
    """Without an account id, and in whoami."""
    del environment["CLOUDFLARE_ACCOUNT_ID"]
    assert sandbox.account_id in wrangler("whoami").stdout
    wrangler("dispatch-namespace", "create", "customer-1")
    assert set(sandbox.state()) == {"customer-1"}


def test_wrangler_gets_over_a_busy_server(wrangler: Run, sandbox: RunningSandbox) -> None:
    """Its uploads are tried again after a 503."""
    sandbox.load("production")
    sandbox.fault("status", method="PUT", status=503, count=1)
    wrangler("deploy", "--env=", "--dispatch-namespace", "production")
    assert sandbox.state()["production"]["script_count"] == 1


def test_the_typescript_sdk(
    node_folder: Path, environment: dict[str, str], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """Namespaces and scripts, to the SDK's own error after a deletion."""
    sandbox.load({"name": "production", "workers": [{"name": "w"}]})
    (tmp_path / "node_modules").symlink_to(node_folder / "node_modules", target_is_directory=True)
    script = tmp_path / "sdk.mjs"
    script.write_text(SDK_SCRIPT)
    done = subprocess.run(
        ["node", str(script)], env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "created": "customer-42",
        "listed": ["production", "customer-42"],
        "got": 0,
        "script": "w",
        "tags": ["a", "b"],
        "secrets": ["KEY"],
        "settings": ["a", "b"],
        "error": ["NotFoundError", 404, 100119],
    }
    assert sandbox.state()["production"]["workers"] == []
