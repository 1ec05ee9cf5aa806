"""Ordinary Workers of the account over HTTP: a dispatcher's whole life, and the control routes' view of it."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.sandbox_server import RunningSandbox, running_sandbox
from support.worker_code import MODULE, SERVICE_WORKER, json_form, module_form

from wfp_ops.sandbox.options import SandboxSetupError
from wfp_ops.sandbox.store.database import Database

BINDING = {"type": "dispatch_namespace", "name": "DISPATCHER", "namespace": "customer-9"}
SECRET = {"type": "secret_text", "name": "KEY", "text": "correct-horse-battery"}
DISPATCHER = {
    "name": "dispatcher",
    "created_on": "2024-01-01T00:00:00Z",
    "modified_on": "2024-02-01T00:00:00.5Z",
    "tags": ["house"],
    "bindings": [BINDING],
    "modules": [{"name": "index.js", "content": MODULE}],
    "workers_dev": {"enabled": True, "previews_enabled": False},
}


@pytest.fixture
def scripts(sandbox: RunningSandbox) -> str:
    """The URL of the account's scripts, beside a namespace ``customer-9``."""
    sandbox.load("customer-9")
    return f"{sandbox.account_url}/workers/scripts"


def first(answer: httpx.Response) -> tuple[int, int]:
    """HTTP status and Cloudflare's code."""
    return answer.status_code, answer.json()["errors"][0]["code"]


def result(answer: httpx.Response) -> Any:
    """The result of an answer that must be a success."""
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def account_workers(sandbox: RunningSandbox, *, code: bool = False) -> dict[str, dict[str, Any]]:
    """The account's Workers by name, as the control route shows them."""
    workers = sandbox.control("GET", f"state?code={str(code).lower()}")["workers"]
    return {worker["name"]: worker for worker in workers}


def test_upload_and_list(sandbox: RunningSandbox, scripts: str) -> None:
    """A dispatcher is uploaded and listed by name, without paging; the namespace's own listing is another."""
    for name in ("z", "dispatcher"):
        uploaded = result(sandbox.http.put(f"{scripts}/{name}", files=module_form(bindings=[BINDING])))
    assert uploaded["id"] == "dispatcher"
    assert len(uploaded["deployment_id"]) == 36
    assert uploaded["startup_time_ms"] >= 1
    answer = sandbox.http.get(scripts, params={"page": 2}).json()
    assert "result_info" not in answer
    assert [row["id"] for row in answer["result"]] == ["dispatcher", "z"]
    row = answer["result"][0]
    assert {key: uploaded[key] for key in row} == row
    assert (row["handlers"], row["usage_model"], row["has_modules"]) == (["fetch"], "standard", True)
    assert result(sandbox.http.get(f"{sandbox.namespaces_url}/customer-9/scripts")) == []
    assert sandbox.state()["customer-9"]["script_count"] == 0


def test_names_are_the_accounts_own(sandbox: RunningSandbox, scripts: str) -> None:
    """The same name in a namespace and in the account are two Workers, each with its own code."""
    inside = f"{sandbox.namespaces_url}/customer-9/scripts/w"
    one = result(sandbox.http.put(inside, files=module_form()))
    two = result(sandbox.http.put(f"{scripts}/w", files=module_form(MODULE + "// 2")))
    assert one["tag"] != two["tag"]
    assert result(sandbox.http.delete(inside)) is None
    assert [row["id"] for row in result(sandbox.http.get(scripts))] == ["w"]
    again = result(sandbox.http.put(f"{scripts}/w", files=module_form()))
    assert (again["tag"], again["created_on"]) == (two["tag"], two["created_on"])
    assert len(result(sandbox.http.get(scripts))) == 1


def test_listing_by_tags(sandbox: RunningSandbox, scripts: str) -> None:
    """The same filter as in a namespace, and the same refusal of one that is none."""
    for name, tags in (("a", ["pro", "eu"]), ("b", ["pro"]), ("c", [])):
        sandbox.http.put(f"{scripts}/{name}", files=module_form(tags=tags))
    rows = result(sandbox.http.get(scripts, params={"tags": "pro:yes,eu:no"}))
    assert [row["id"] for row in rows] == ["b"]
    assert first(sandbox.http.get(scripts, params={"tags": "pro"})) == (400, 10021)


def test_a_binding_to_no_namespace_is_refused(sandbox: RunningSandbox, scripts: str) -> None:
    """At upload, in settings and in a version: 400 with 100119, and nothing changes."""
    wrong = module_form(bindings=[{**BINDING, "namespace": "nope"}])
    assert first(sandbox.http.put(f"{scripts}/d", files=wrong)) == (400, 100119)
    assert result(sandbox.http.get(scripts)) == []
    before = result(sandbox.http.put(f"{scripts}/d", files=module_form(bindings=[BINDING])))
    assert first(sandbox.http.post(f"{scripts}/d/versions", files=wrong)) == (400, 100119)
    patch = json_form("settings", {"bindings": [{**BINDING, "namespace": "nope"}]})
    assert first(sandbox.http.patch(f"{scripts}/d/settings", files=patch)) == (400, 100119)
    assert result(sandbox.http.get(f"{scripts}/d/bindings")) == [BINDING]
    assert result(sandbox.http.get(scripts))[0]["modified_on"] == before["modified_on"]


@pytest.mark.parametrize("change", ["delete", "rename"])
def test_a_bound_namespace_may_go(sandbox: RunningSandbox, scripts: str, change: str) -> None:
    """Cloudflare does not hold it; the binding then points to nothing and still says what it was."""
    sandbox.http.put(f"{scripts}/dispatcher", files=module_form(bindings=[BINDING]))
    url = f"{sandbox.namespaces_url}/customer-9"
    if change == "delete":
        result(sandbox.http.delete(url))
    else:
        result(sandbox.http.put(url, json={"name": "customer-10"}))
    assert result(sandbox.http.get(f"{scripts}/dispatcher/bindings")) == [BINDING]
    assert [row["id"] for row in result(sandbox.http.get(scripts))] == ["dispatcher"]


def test_content_comes_raw(sandbox: RunningSandbox, scripts: str) -> None:
    """A read of the Worker itself gives its code, as the content route does; new content keeps the rest."""
    sandbox.http.put(f"{scripts}/w", files=module_form(bindings=[BINDING]))
    raw, content = sandbox.http.get(f"{scripts}/w"), sandbox.http.get(f"{scripts}/w/content")
    assert raw.content == content.content
    assert MODULE.encode() in raw.content
    assert raw.headers["content-type"].startswith("multipart/form-data")
    assert raw.headers["cf-entrypoint"] == "index.js"
    headers = {"content-type": "application/javascript"}
    sandbox.http.put(f"{scripts}/v", content=SERVICE_WORKER.encode(), headers=headers)
    assert sandbox.http.get(f"{scripts}/v").text == SERVICE_WORKER
    files = {"index.js": ("index.js", MODULE + "// 2", "application/javascript+module")}
    named = {"cf-worker-main-module-part": "index.js"}
    result(sandbox.http.put(f"{scripts}/w/content", files=files, headers=named))
    assert b"// 2" in sandbox.http.get(f"{scripts}/w").content
    assert result(sandbox.http.get(f"{scripts}/w/bindings")) == [BINDING]


def test_settings_and_bindings(sandbox: RunningSandbox, scripts: str) -> None:
    """Settings hold the bindings; a patch changes what it names and makes a new version."""
    url = f"{scripts}/dispatcher"
    one = result(sandbox.http.put(url, files=module_form(bindings=[BINDING])))
    assert result(sandbox.http.get(f"{url}/settings"))["bindings"] == [BINDING]
    inherit = {"type": "inherit", "name": "DISPATCHER"}
    plain = {"type": "plain_text", "name": "A", "text": "x"}
    patch = json_form("settings", {"bindings": [inherit, plain], "limits": {"cpu_ms": 50}})
    patched = result(sandbox.http.patch(f"{url}/settings", files=patch))
    assert patched["bindings"] == [BINDING, plain]
    assert patched["compatibility_date"] == "2025-01-01"
    assert result(sandbox.http.get(f"{url}/settings")) == patched
    assert account_workers(sandbox)["dispatcher"]["deployment_id"] != one["deployment_id"]


def test_script_settings(sandbox: RunningSandbox, scripts: str) -> None:
    """Tags, logs and observability belong to no version: a change makes none, and a new upload keeps tags."""
    url = f"{scripts}/w"
    one = result(sandbox.http.put(url, files=module_form()))
    nothing = {"logpush": False, "observability": None, "tags": [], "tail_consumers": None}
    assert result(sandbox.http.get(f"{url}/script-settings")) == nothing
    wanted = {"tags": ["cf:service=w"], "observability": {"enabled": True}, "limits": {"cpu_ms": 1}}
    patched = result(sandbox.http.patch(f"{url}/script-settings", json=wanted))
    assert patched == {**nothing, "tags": ["cf:service=w"], "observability": {"enabled": True}}
    assert result(sandbox.http.patch(f"{url}/script-settings", json={"logpush": True}))["tags"]
    assert result(sandbox.http.get(f"{url}/settings"))["limits"] is None
    assert account_workers(sandbox)["w"]["deployment_id"] == one["deployment_id"]
    assert result(sandbox.http.put(url, files=module_form()))["tags"] == ["cf:service=w"]
    assert result(sandbox.http.put(url, files=module_form(tags=["a"])))["tags"] == ["a"]
    assert first(sandbox.http.patch(f"{url}/script-settings", json={"tags": ["a,b"]})) == (400, 10021)
    assert first(sandbox.http.patch(f"{url}/script-settings", content=b"{")) == (400, 6007)


def test_secrets_go_in_and_never_come_out(sandbox: RunningSandbox, scripts: str) -> None:
    """Names and types are shown, by no route the text; an upload keeps them where asked to."""
    url = f"{scripts}/w"
    sandbox.http.put(url, files=module_form(bindings=[BINDING]))
    shown = [sandbox.http.put(f"{url}/secrets", json=SECRET)]
    kept = {"bindings": [BINDING], "keep_bindings": ["secret_text"]}
    shown.append(sandbox.http.put(url, files=module_form(**kept)))
    shown.append(sandbox.http.post(f"{url}/versions", files=module_form(**kept)))
    reads = ("", "/settings", "/bindings", "/secrets", "/secrets/KEY", "/content", "/script-settings")
    shown += [sandbox.http.get(url + path) for path in reads]
    assert {answer.status_code for answer in shown} == {200}
    texts = [answer.text for answer in shown] + [json.dumps(sandbox.control("GET", "state?code=true"))]
    assert not [text for text in texts if SECRET["text"] in text]
    assert result(sandbox.http.get(f"{url}/secrets")) == [{"name": "KEY", "type": "secret_text"}]


def test_a_version_waits_for_its_deployment(sandbox: RunningSandbox, scripts: str) -> None:
    """What is live stays until a deployment names the version; tags and workers.dev are no version's."""
    url = f"{scripts}/w"
    one = result(sandbox.http.put(url, files=module_form()))
    version = result(
        sandbox.http.post(f"{url}/versions", files=module_form(MODULE + "//2", bindings=[BINDING]))
    )
    assert version["resources"]["bindings"] == [BINDING]
    assert version["resources"]["script"]["etag"] != one["etag"]
    assert version["startup_time_ms"] >= 1
    (live,) = result(sandbox.http.get(f"{url}/deployments"))["deployments"]
    assert live["versions"] == [{"version_id": one["deployment_id"], "percentage": 100}]
    assert b"//2" not in sandbox.http.get(url).content
    sandbox.http.patch(f"{url}/script-settings", json={"tags": ["house"], "logpush": True})
    sandbox.http.post(f"{url}/subdomain", json={"enabled": True})
    wanted = {"strategy": "percentage", "versions": [{"version_id": version["id"], "percentage": 100}]}
    deployed = result(sandbox.http.post(f"{url}/deployments", json=wanted))
    assert deployed["versions"] == wanted["versions"]
    assert deployed["id"] != live["id"]
    assert result(sandbox.http.get(f"{url}/deployments"))["deployments"] == [deployed]
    assert b"//2" in sandbox.http.get(url).content
    assert result(sandbox.http.get(f"{url}/bindings")) == [BINDING]
    settings = result(sandbox.http.get(f"{url}/script-settings"))
    assert (settings["tags"], settings["logpush"]) == (["house"], True)
    assert result(sandbox.http.get(f"{url}/subdomain"))["enabled"] is True
    (row,) = result(sandbox.http.get(scripts))
    assert (row["tag"], row["created_on"]) == (one["tag"], one["created_on"])
    assert row["etag"] == version["resources"]["script"]["etag"]


def test_deployments_that_are_none(sandbox: RunningSandbox, scripts: str) -> None:
    """An unknown version, another Worker's, a share of the traffic, no list: refused, and nothing changes."""
    for name in ("w", "v"):
        sandbox.http.put(f"{scripts}/{name}", files=module_form())
    other = result(sandbox.http.post(f"{scripts}/v/versions", files=module_form(MODULE + "//2")))["id"]
    before = account_workers(sandbox)["w"]
    url = f"{scripts}/w/deployments"
    shares = [
        {"version_id": before["deployment_id"], "percentage": 50},
        {"version_id": other, "percentage": 50},
    ]
    for versions, status in (
        ([{"version_id": other, "percentage": 100}], (404, 100146)),
        ([{"version_id": before["deployment_id"], "percentage": 50}], (400, 10021)),
        (shares, (400, 10021)),
        ([], (400, 10021)),
        ("x", (400, 10021)),
    ):
        wanted = {"strategy": "percentage", "versions": versions}
        assert first(sandbox.http.post(url, json=wanted)) == status
    assert first(sandbox.http.post(url, json={"versions": shares[:1]})) == (400, 10021)
    assert account_workers(sandbox)["w"] == before


def test_workers_dev(sandbox: RunningSandbox, scripts: str) -> None:
    """Off at first; previews follow where nothing is said of them; an upload changes neither."""
    url = f"{scripts}/w"
    result(sandbox.http.put(url, files=module_form()))
    assert result(sandbox.http.get(f"{url}/subdomain")) == {"enabled": False, "previews_enabled": False}
    both = {"enabled": True, "previews_enabled": True}
    assert result(sandbox.http.post(f"{url}/subdomain", json={"enabled": True})) == both
    result(sandbox.http.put(url, files=module_form()))
    assert result(sandbox.http.get(f"{url}/subdomain")) == both
    assert first(sandbox.http.post(f"{url}/subdomain", json={})) == (400, 10021)
    assert first(sandbox.http.post(f"{url}/subdomain", json={"enabled": "yes"})) == (400, 10021)
    assert result(sandbox.http.get(f"{sandbox.account_url}/workers/subdomain"))["subdomain"]


def test_a_service(sandbox: RunningSandbox, scripts: str) -> None:
    """The older form of asking answers with the script inside its one environment."""
    result(sandbox.http.put(f"{scripts}/w", files=module_form(tags=["a"])))
    service = result(sandbox.http.get(f"{sandbox.account_url}/workers/services/w"))
    assert service["id"] == "w"
    assert service["default_environment"]["environment"] == "production"
    assert [service["default_environment"]["script"]] == result(sandbox.http.get(scripts))
    assert [each["environment"] for each in service["environments"]] == ["production"]


def test_assets(sandbox: RunningSandbox, scripts: str) -> None:
    """An upload session of an ordinary Worker gives the token for its metadata."""
    digest = "fedcba9876543210fedcba9876543210"
    manifest = {"manifest": {"/index.html": {"hash": digest, "size": 2}}}
    session = result(sandbox.http.post(f"{scripts}/w/assets-upload-session", json=manifest))
    done = sandbox.http.post(
        f"{sandbox.account_url}/workers/assets/upload?base64=true",
        files={digest: (digest, "aGk=", "text/html")},
        headers={"authorization": f"Bearer {session['jwt']}"},
    )
    metadata = {"assets": {"jwt": done.json()["result"]["jwt"]}}
    assert result(sandbox.http.put(f"{scripts}/w", files=module_form(**metadata)))["has_assets"] is True


def test_deletion(sandbox: RunningSandbox, scripts: str) -> None:
    """It is gone with everything below it, its versions too: a new one of its name starts afresh."""
    url = f"{scripts}/a%20b%2F%C3%BC"
    one = result(sandbox.http.put(url, files=module_form(tags=["a"])))
    assert one["id"] == "a b/ü"
    version = result(sandbox.http.post(f"{url}/versions", files=module_form(MODULE + "//2")))["id"]
    assert result(sandbox.http.delete(f"{url}?force=true")) is None
    below = (
        "",
        "/content",
        "/settings",
        "/script-settings",
        "/bindings",
        "/secrets",
        "/deployments",
        "/subdomain",
    )
    for path in below:
        assert first(sandbox.http.get(url + path)) == (404, 10007)
    assert first(sandbox.http.delete(url)) == (404, 10007)
    assert first(sandbox.http.post(f"{url}/versions", files=module_form())) == (404, 10007)
    assert first(sandbox.http.get(f"{sandbox.account_url}/workers/services/a%20b%2F%C3%BC")) == (404, 10090)
    two = result(sandbox.http.put(url, files=module_form()))
    assert (two["tags"], two["tag"] != one["tag"]) == ([], True)
    wanted = {"strategy": "percentage", "versions": [{"version_id": version, "percentage": 100}]}
    assert first(sandbox.http.post(f"{url}/deployments", json=wanted)) == (404, 100146)


def test_what_holds_for_every_path_holds_here(sandbox: RunningSandbox, scripts: str) -> None:
    """The token is asked for, faults strike, and an account without Workers for Platforms has Workers."""
    with httpx.Client(trust_env=False) as stranger:
        assert first(stranger.get(scripts)) == (400, 9106)
        assert first(stranger.put(f"{scripts}/w", files=module_form())) == (400, 9106)
    sandbox.fault("status", method="GET", route="*/workers/scripts/w/settings", status=503, count=1)
    sandbox.http.put(f"{scripts}/w", files=module_form())
    assert sandbox.http.get(f"{scripts}/w/settings").status_code == 503
    assert sandbox.http.get(f"{scripts}/w/settings").status_code == 200
    sandbox.fault("short_result", route="*/workers/scripts", count=1)
    assert result(sandbox.http.get(scripts)) == []
    sandbox.switch(purchased=False)
    assert len(result(sandbox.http.get(scripts))) == 1


def test_state_loads_again_to_the_same_state(sandbox: RunningSandbox) -> None:
    """What state gives of the account's Workers, load takes; its answer counts them."""
    document = {"namespaces": [{"name": "customer-9", "workers": [{"name": "w"}]}], "workers": [DISPATCHER]}
    counts = {"namespaces": 1, "workers": 1, "account_workers": 1}
    assert sandbox.control("POST", "load", document) == counts
    before = sandbox.control("GET", "state?code=true")
    worker = before["workers"][0]
    assert {key: worker[key] for key in DISPATCHER if key != "modules"} == {
        key: value for key, value in DISPATCHER.items() if key != "modules"
    }
    again = {"namespaces": before["namespaces"], "workers": before["workers"]}
    assert sandbox.control("POST", "load", again) == counts
    after = sandbox.control("GET", "state?code=true")
    assert {**after, "now": ""} == {**before, "now": ""}


def test_what_a_load_leaves(sandbox: RunningSandbox) -> None:
    """Replace leaves no Worker that it does not name, merge replaces those of the same names."""
    namespaces = [{"name": "customer-9"}]
    sandbox.control("POST", "load", {"namespaces": namespaces, "workers": [{"name": "a"}, {"name": "b"}]})
    merge = {"mode": "merge", "namespaces": [], "workers": [{"name": "b", "tags": ["new"]}, {"name": "c"}]}
    assert sandbox.control("POST", "load", merge)["account_workers"] == 2
    assert {name: w["tags"] for name, w in account_workers(sandbox).items()} == {
        "a": [],
        "b": ["new"],
        "c": [],
    }
    sandbox.control("POST", "load", {"mode": "merge", "namespaces": namespaces})
    assert list(account_workers(sandbox)) == ["a", "b", "c"]
    assert sandbox.control("POST", "load", {"namespaces": namespaces})["account_workers"] == 0
    assert account_workers(sandbox) == {}


@pytest.mark.parametrize(
    ("workers", "said"),
    [
        ({}, "document.workers"),
        (["w"], "document.workers[0]"),
        ([{"name": ""}], "document.workers[0]"),
        ([{"name": "w"}, {"name": "w"}], "Worker of the account 'w'"),
        ([{"name": "w", "bindings": [{}]}], "document.workers[0].bindings"),
    ],
)
def test_bad_inventories_are_refused_whole(sandbox: RunningSandbox, workers: object, said: str) -> None:
    """400 with the place in the document, and what was there stays."""
    sandbox.control("POST", "load", {"namespaces": [], "workers": [DISPATCHER]})
    document = {"namespaces": [{"name": "a"}], "workers": workers}
    answer = sandbox.http.post(f"{sandbox.process.control_url}/load", json=document)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert (list(account_workers(sandbox)), sandbox.state()) == (["dispatcher"], {})


def test_a_database_keeps_them(tmp_path: Path) -> None:
    """After a restart Worker, binding, code and waiting version are there."""
    path = tmp_path / "sandbox.db"
    with running_sandbox("empty", db=path) as sandbox:
        scripts = f"{sandbox.account_url}/workers/scripts"
        sandbox.load("customer-9")
        sandbox.http.put(f"{scripts}/dispatcher", files=module_form(bindings=[BINDING]))
        version = result(
            sandbox.http.post(f"{scripts}/dispatcher/versions", files=module_form(MODULE + "//2"))
        )
        before = account_workers(sandbox, code=True)
    with running_sandbox("empty", db=path) as sandbox:
        scripts = f"{sandbox.account_url}/workers/scripts"
        assert account_workers(sandbox, code=True) == before
        assert before["dispatcher"]["bindings"] == [BINDING]
        wanted = {"strategy": "percentage", "versions": [{"version_id": version["id"], "percentage": 100}]}
        result(sandbox.http.post(f"{scripts}/dispatcher/deployments", json=wanted))
        assert b"//2" in sandbox.http.get(f"{scripts}/dispatcher").content


def test_an_older_database_is_refused(tmp_path: Path) -> None:
    """In words that say why, and the file stays as it was."""
    path = tmp_path / "sandbox.db"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(SandboxSetupError, match="another version of the sandbox"):
        Database(path)
    assert path.read_bytes() == before


def test_listing_and_finding_use_an_index() -> None:
    """Neither scans the table, in a namespace or in the account, however many Workers there are."""
    db = Database(None)
    for condition in ("namespace_key IS ? AND name > ?", "namespace_key IS ? AND name = ?"):
        plan = db.connection.execute(
            f"EXPLAIN QUERY PLAN SELECT * FROM workers WHERE {condition} ORDER BY name", (None, "")
        ).fetchall()
        steps = [row["detail"] for row in plan]
        assert len(steps) == 1
        assert "USING INDEX" in steps[0]
    db.close()


def test_acme_has_two_that_bind_namespaces() -> None:
    """The scenario's routers are served with the bindings that the truth tells of."""
    with running_sandbox("acme") as sandbox:
        scripts = f"{sandbox.account_url}/workers/scripts"
        told = sandbox.control("GET", "truth")["truth"]["account_workers"]
        seen = {}
        for row in result(sandbox.http.get(scripts)):
            bindings = result(sandbox.http.get(f"{scripts}/{row['id']}/settings"))["bindings"]
            seen[row["id"]] = [binding["namespace"] for binding in bindings]
    assert seen == {name: worker["binds"] for name, worker in told.items()}
