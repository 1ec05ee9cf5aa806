"""Workers in a namespace over HTTP: upload, read, list, delete."""

import json
from email import message_from_bytes
from typing import Any

import httpx
import pytest
from support.sandbox_server import RunningSandbox
from support.worker_code import MODULE, SERVICE_WORKER, json_form, module_form


@pytest.fixture
def scripts(sandbox: RunningSandbox) -> str:
    """The URL of the scripts of a fresh namespace ``production``."""
    sandbox.load({"name": "production", "created_on": "2024-01-01T00:00:00Z"})
    return f"{sandbox.namespaces_url}/production/scripts"


def first(answer: httpx.Response) -> tuple[int, int]:
    """HTTP status and Cloudflare's code."""
    return answer.status_code, answer.json()["errors"][0]["code"]


def result(answer: httpx.Response) -> Any:
    """The result of an answer that must be a success."""
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def test_upload_and_get(sandbox: RunningSandbox, scripts: str) -> None:
    """The answer to an upload carries start-up time and deployment; a get shows the script."""
    uploaded = result(sandbox.http.put(f"{scripts}/w", files=module_form(tags=["customer-1"])))
    assert uploaded["id"] == "w"
    assert uploaded["startup_time_ms"] >= 1
    assert len(uploaded["deployment_id"]) == 36
    assert uploaded["handlers"] == ["fetch"]
    assert uploaded["tags"] == ["customer-1"]
    detail = result(sandbox.http.get(f"{scripts}/w"))
    assert detail["dispatch_namespace"] == "production"
    assert detail["modified_on"] == uploaded["modified_on"]
    assert "startup_time_ms" not in detail["script"]
    assert {key: uploaded[key] for key in detail["script"]} == detail["script"]


def test_an_upload_counts_and_dates_its_namespace(sandbox: RunningSandbox, scripts: str) -> None:
    """script_count and modified_on of the namespace follow; the date only while its switch is on."""
    before = sandbox.state()["production"]
    sandbox.http.put(f"{scripts}/w", files=module_form())
    after = sandbox.state()["production"]
    assert (before["script_count"], after["script_count"]) == (0, 1)
    assert after["modified_on"] > before["modified_on"]
    sandbox.switch(upload_touches_namespace=False)
    sandbox.http.put(f"{scripts}/v", files=module_form())
    assert sandbox.state()["production"]["modified_on"] == after["modified_on"]


def test_a_second_upload_is_a_new_version_of_the_same_worker(sandbox: RunningSandbox, scripts: str) -> None:
    """Tag and creation stay; etag changes with the code alone; date and deployment always."""
    one = result(sandbox.http.put(f"{scripts}/w", files=module_form()))
    two = result(sandbox.http.put(f"{scripts}/w", files=module_form()))
    three = result(sandbox.http.put(f"{scripts}/w", files=module_form(MODULE.replace("hello", "bye"))))
    for fact in ("tag", "created_on"):
        assert one[fact] == two[fact] == three[fact]
    assert one["etag"] == two["etag"] != three["etag"]
    assert one["modified_on"] < two["modified_on"] < three["modified_on"]
    assert len({one["deployment_id"], two["deployment_id"], three["deployment_id"]}) == 3


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"main_module": "other.js"}, 10021),
        ({"main_module": None}, 10021),
        ({"tags": [f"t{i}" for i in range(9)]}, 10021),
        ({"tags": ["a,b"]}, 10021),
        ({"tags": ["a&b"]}, 10021),
        ({"tags": "a"}, 10021),
        ({"compatibility_date": "tomorrow"}, 10021),
        ({"compatibility_date": "2025-02-30"}, 10021),
        ({"compatibility_date": "2999-01-01"}, 10021),
        ({"bindings": {}}, 10021),
        ({"bindings": [{"type": "plain_text", "text": "x"}]}, 10021),
        ({"bindings": [{"type": "plain_text", "name": "A"}]}, 10021),
        ({"bindings": [{"type": "json", "name": "A", "json": 1}, {"type": "ai", "name": "A"}]}, 10021),
        ({"bindings": [{"type": "dispatch_namespace", "name": "D", "namespace": "nope"}]}, 100119),
        ({"usage_model": "free"}, 10021),
        ({"logpush": "yes"}, 10021),
        ({"keep_bindings": "secret_text"}, 10021),
        ({"assets": {"jwt": "x.y.z"}}, 10021),
    ],
)
def test_metadata_is_validated(
    sandbox: RunningSandbox, scripts: str, metadata: dict[str, Any], code: int
) -> None:
    """Wrong metadata is refused with 400, and nothing is uploaded."""
    assert first(sandbox.http.put(f"{scripts}/w", files=module_form(**metadata))) == (400, code)
    assert sandbox.state()["production"]["script_count"] == 0


def test_forms_that_are_none(sandbox: RunningSandbox, scripts: str) -> None:
    """A wrong content type, no metadata, metadata that is no object, a form without an end."""
    put = sandbox.http.put
    assert first(put(f"{scripts}/w", json={"main_module": "index.js"})) == (400, 10001)
    assert first(put(f"{scripts}/w", files={"index.js": ("index.js", MODULE)})) == (400, 10021)
    assert first(put(f"{scripts}/w", files={"metadata": (None, "[1]")})) == (400, 10021)
    assert first(put(f"{scripts}/w", files={"metadata": (None, "{")})) == (400, 10021)
    headers = {"content-type": "multipart/form-data"}
    assert first(put(f"{scripts}/w", content=b"x", headers=headers)) == (400, 10001)


def test_code_without_handlers_is_refused(sandbox: RunningSandbox, scripts: str) -> None:
    """A module that exports nothing, and a script that listens to nothing."""
    assert first(sandbox.http.put(f"{scripts}/w", files=module_form("const x = 1;"))) == (400, 10068)
    headers = {"content-type": "application/javascript"}
    assert first(sandbox.http.put(f"{scripts}/w", content=b"1;", headers=headers)) == (400, 10068)


def test_unknown_namespace_and_worker(sandbox: RunningSandbox, scripts: str) -> None:
    """404 with 100119 and 10007; by the switch a missing Worker is a null instead."""
    nowhere = f"{sandbox.namespaces_url}/nope/scripts"
    assert first(sandbox.http.put(f"{nowhere}/w", files=module_form())) == (404, 100119)
    assert first(sandbox.http.get(nowhere)) == (404, 100119)
    for path in ("w", "w/content", "w/settings", "w/bindings", "w/secrets", "w/tags"):
        assert first(sandbox.http.get(f"{scripts}/{path}")) == (404, 10007)
    assert first(sandbox.http.delete(f"{scripts}/w")) == (404, 10007)
    sandbox.switch(missing_worker="null")
    assert result(sandbox.http.get(f"{scripts}/w"))["script"] is None
    assert first(sandbox.http.get(f"{nowhere}/w")) == (404, 100119)


def test_bindings_are_inherited_kept_or_dropped(sandbox: RunningSandbox, scripts: str) -> None:
    """A new version drops what it does not name, keeps types it asks to keep, and inherits by name."""
    secret = {"type": "secret_text", "name": "KEY", "text": "s3cret"}
    plain = {"type": "plain_text", "name": "TENANT", "text": "42"}
    url = f"{scripts}/w"
    sandbox.http.put(url, files=module_form(bindings=[secret, plain]))
    inherit = [{"type": "inherit", "name": "OWNER", "old_name": "TENANT"}]
    sandbox.http.put(url, files=module_form(bindings=inherit, keep_bindings=["secret_text"]))
    assert result(sandbox.http.get(f"{url}/bindings")) == [
        {"type": "plain_text", "name": "OWNER", "text": "42"},
        {"name": "KEY", "type": "secret_text"},
    ]
    sandbox.http.put(url, files=module_form())
    assert result(sandbox.http.get(f"{url}/bindings")) == []


def test_an_inherited_binding_needs_a_counterpart_when_strict(sandbox: RunningSandbox, scripts: str) -> None:
    """Strict refuses with 10057; otherwise the binding is dropped without a word."""
    form = module_form(bindings=[{"type": "inherit", "name": "GONE"}])
    strict = sandbox.http.put(f"{scripts}/w", params={"bindings_inherit": "strict"}, files=form)
    assert first(strict) == (400, 10057)
    assert sandbox.http.put(f"{scripts}/w", files=form).status_code == 200
    assert result(sandbox.http.get(f"{scripts}/w/bindings")) == []


def test_secret_values_never_come_out(sandbox: RunningSandbox, scripts: str) -> None:
    """No route shows the text of a secret, the control routes neither."""
    text = "correct-horse-battery"
    url = f"{scripts}/w"
    put = sandbox.http.put(
        url, files=module_form(bindings=[{"type": "secret_text", "name": "A", "text": text}])
    )
    shown = [put.text]
    shown.append(
        sandbox.http.put(f"{url}/secrets", json={"name": "B", "type": "secret_text", "text": text}).text
    )
    reads = ("", "/settings", "/bindings", "/secrets", "/secrets/A", "/content")
    shown += [sandbox.http.get(url + path).text for path in reads]
    shown.append(json.dumps(sandbox.state(code=True)))
    assert not [answer for answer in shown if text in answer]


def test_content_comes_back_as_uploaded(sandbox: RunningSandbox, scripts: str) -> None:
    """ES modules as a form with the entry in a header, a single script bare."""
    form = module_form()
    form["data.bin"] = ("data.bin", b"\x00\xff", "application/octet-stream")
    sandbox.http.put(f"{scripts}/w", files=form)
    answer = sandbox.http.get(f"{scripts}/w/content")
    assert answer.headers["cf-entrypoint"] == "index.js"
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts = {part.get_filename(): part for part in message_from_bytes(head + answer.content).get_payload()}
    assert parts["index.js"].get_payload(decode=True).decode() == MODULE
    assert parts["data.bin"].get_payload(decode=True) == b"\x00\xff"
    headers = {"content-type": "application/javascript"}
    sandbox.http.put(f"{scripts}/v", content=SERVICE_WORKER.encode(), headers=headers)
    bare = sandbox.http.get(f"{scripts}/v/content")
    assert (bare.text, bare.headers["content-type"]) == (SERVICE_WORKER, "application/javascript")


def test_new_content_keeps_everything_else(sandbox: RunningSandbox, scripts: str) -> None:
    """The content route changes the code; tags and secrets stay. The entry may stand in a header."""
    secret = {"type": "secret_text", "name": "KEY", "text": "s"}
    one = result(sandbox.http.put(f"{scripts}/w", files=module_form(tags=["a"], bindings=[secret])))
    files = {"index.js": ("index.js", MODULE + "// 2", "application/javascript+module")}
    two = result(
        sandbox.http.put(
            f"{scripts}/w/content", files=files, headers={"cf-worker-main-module-part": "index.js"}
        )
    )
    assert two["tags"] == ["a"]
    assert two["etag"] != one["etag"]
    assert [s["name"] for s in result(sandbox.http.get(f"{scripts}/w/secrets"))] == ["KEY"]


def test_settings_patch_changes_what_it_names(sandbox: RunningSandbox, scripts: str) -> None:
    """A form with one JSON part; other settings stay, code too; a wrong content type is refused."""
    url = f"{scripts}/w"
    one = result(sandbox.http.put(url, files=module_form(tags=["a"], compatibility_flags=["nodejs_compat"])))
    wanted = {
        "logpush": True,
        "limits": {"cpu_ms": 50},
        "bindings": [{"type": "plain_text", "name": "A", "text": "x"}],
    }
    patched = result(sandbox.http.patch(f"{url}/settings", files=json_form("settings", wanted)))
    assert patched["logpush"] is True
    assert patched["limits"] == {"cpu_ms": 50}
    assert patched["tags"] == ["a"]
    assert patched["compatibility_flags"] == ["nodejs_compat"]
    assert result(sandbox.http.get(f"{url}/settings")) == patched
    two = result(sandbox.http.get(url))["script"]
    assert two["etag"] == one["etag"]
    assert two["modified_on"] > one["modified_on"]
    assert first(sandbox.http.patch(f"{url}/settings", json=wanted)) == (400, 10001)
    missing = {"bindings": [{"type": "inherit", "name": "NOPE"}]}
    assert first(sandbox.http.patch(f"{url}/settings", files=json_form("settings", missing))) == (400, 10057)


def test_secrets(sandbox: RunningSandbox, scripts: str) -> None:
    """Set, list, get, delete; a bulk patch merges and deletes by null."""
    url = f"{scripts}/w/secrets"
    sandbox.http.put(
        f"{scripts}/w", files=module_form(bindings=[{"type": "plain_text", "name": "P", "text": "x"}])
    )
    assert result(sandbox.http.get(url)) == []
    secret = {"name": "A", "type": "secret_text", "text": "1"}
    assert result(sandbox.http.put(url, json=secret)) == {"name": "A", "type": "secret_text"}
    assert result(sandbox.http.get(f"{url}/A")) == {"name": "A", "type": "secret_text"}
    bulk = {"secrets": {"A": None, "B/c": {"name": "B/c", "type": "secret_text", "text": "2"}}}
    assert result(sandbox.http.patch(f"{url}-bulk", json=bulk)) == {
        "B/c": {"name": "B/c", "type": "secret_text"}
    }
    assert first(sandbox.http.get(f"{url}/A")) == (404, 10056)
    assert first(sandbox.http.delete(f"{url}/A")) == (404, 10056)
    assert result(sandbox.http.delete(f"{url}/B%2Fc?url_encoded=true")) is None
    assert result(sandbox.http.get(url)) == []
    assert first(sandbox.http.put(url, json={**secret, "name": "P"})) == (400, 10053)
    assert first(sandbox.http.put(url, json={"name": "A", "type": "secret_text"})) == (400, 10021)
    assert first(sandbox.http.patch(f"{url}-bulk", json={"secrets": []})) == (400, 10021)


def test_tags(sandbox: RunningSandbox, scripts: str) -> None:
    """Replace all, add one, take one away; never more than eight."""
    url = f"{scripts}/w/tags"
    sandbox.http.put(f"{scripts}/w", files=module_form())
    assert result(sandbox.http.get(url)) == []
    assert result(sandbox.http.put(url, json=["a", "b", "a"])) == ["a", "b"]
    assert result(sandbox.http.put(f"{url}/c%20d")) == ["a", "b", "c d"]
    assert result(sandbox.http.delete(f"{url}/a")) is None
    assert result(sandbox.http.get(url)) == ["b", "c d"]
    assert first(sandbox.http.put(url, json=[str(i) for i in range(9)])) == (400, 10021)
    sandbox.http.put(url, json=[str(i) for i in range(8)])
    assert first(sandbox.http.put(f"{url}/one-more")) == (400, 10021)
    assert first(sandbox.http.put(url, json={"tags": []})) == (400, 10021)


TAGGED = {
    "name": "production",
    "workers": [
        {"name": "a", "tags": ["pro", "eu"]},
        {"name": "b", "tags": ["pro"]},
        {"name": "c", "tags": ["eu", "x:y"]},
        {"name": "d"},
    ],
}


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ("pro:yes", ["a", "b"]),
        ("pro:no", ["c", "d"]),
        ("pro:yes,eu:no", ["b"]),
        ("pro:no,eu:no", ["d"]),
        ("x:y:yes", ["c"]),
        ("none:yes", []),
    ],
)
def test_listing_by_tags(sandbox: RunningSandbox, tags: str, names: list[str]) -> None:
    """Every wanted tag and no unwanted one."""
    sandbox.load(TAGGED)
    rows = result(sandbox.http.get(f"{sandbox.namespaces_url}/production/scripts", params={"tags": tags}))
    assert [row["id"] for row in rows] == names


@pytest.mark.parametrize("tags", ["pro", "pro:maybe", ":yes", "pro:yes,", ","])
def test_a_malformed_tag_filter_is_refused(sandbox: RunningSandbox, tags: str) -> None:
    """In a listing and, above all, in a deletion."""
    sandbox.load(TAGGED)
    url = f"{sandbox.namespaces_url}/production/scripts"
    assert first(sandbox.http.get(url, params={"tags": tags})) == (400, 10021)
    assert first(sandbox.http.delete(url, params={"tags": tags})) == (400, 10021)
    assert sandbox.state()["production"]["script_count"] == 4


def test_bulk_deletion_by_tags(sandbox: RunningSandbox) -> None:
    """The chosen ones go; without a filter nothing does."""
    sandbox.load(TAGGED)
    url = f"{sandbox.namespaces_url}/production/scripts"
    assert first(sandbox.http.delete(url)) == (400, 10021)
    assert result(sandbox.http.delete(url, params={"tags": "pro:yes,eu:no"})) is None
    assert [worker["name"] for worker in sandbox.state()["production"]["workers"]] == ["a", "c", "d"]


def test_listing_pages_by_cursor(sandbox: RunningSandbox) -> None:
    """Pages by cursor bring every Worker once; the last cursor is empty; limit stops at 1000."""
    workers = [{"name": f"w{i:04}"} for i in range(2500)]
    sandbox.load({"name": "production", "workers": workers})
    url = f"{sandbox.namespaces_url}/production/scripts"
    names: list[str] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        answer = sandbox.http.get(url, params={"limit": 5000, "cursor": cursor}).json()
        names += [row["id"] for row in answer["result"]]
        info = answer["result_info"]
        assert info["count"] == len(answer["result"])
        cursor, pages = info["cursor"], pages + 1
    assert pages == 3
    assert names == [worker["name"] for worker in workers]
    assert len(result(sandbox.http.get(url))) == 100
    assert first(sandbox.http.get(url, params={"cursor": "%%%"})) == (400, 10021)
    assert first(sandbox.http.get(url, params={"limit": "0"})) == (400, 10021)


def test_deletion(sandbox: RunningSandbox, scripts: str) -> None:
    """With and without force; the Worker and its count are gone."""
    for name, query in (("a b/ü", ""), ("v", "?force=true")):
        quoted = "a%20b%2F%C3%BC" if name == "a b/ü" else name
        assert result(sandbox.http.put(f"{scripts}/{quoted}", files=module_form()))["id"] == name
        assert result(sandbox.http.delete(f"{scripts}/{quoted}{query}")) is None
        assert first(sandbox.http.get(f"{scripts}/{quoted}")) == (404, 10007)
    assert sandbox.state()["production"]["script_count"] == 0


def test_assets(sandbox: RunningSandbox, scripts: str) -> None:
    """A session, an upload under its own token, and the last token in the metadata."""
    digest = "0123456789abcdef0123456789abcdef"
    manifest = {"manifest": {"/index.html": {"hash": digest, "size": 2}}}
    session = result(sandbox.http.post(f"{scripts}/w/assets-upload-session", json=manifest))
    assert session["buckets"] == [[digest]]
    upload = f"{sandbox.account_url}/workers/assets/upload?base64=true"
    form = {digest: (digest, "aGk=", "text/html")}
    assert first(sandbox.http.post(upload, files=form)) == (401, 10000)
    bearer = {"authorization": f"Bearer {session['jwt']}"}
    done = sandbox.http.post(upload, files=form, headers=bearer)
    assert done.status_code == 201
    metadata = {"main_module": None, "assets": {"jwt": session["jwt"], "config": {}}}
    assert first(sandbox.http.put(f"{scripts}/w", files=module_form(**metadata))) == (400, 10021)
    metadata = {"assets": {"jwt": done.json()["result"]["jwt"]}}
    assert result(sandbox.http.put(f"{scripts}/w", files=module_form(**metadata)))["has_assets"] is True
    kept = result(sandbox.http.put(f"{scripts}/w", files=module_form(keep_assets=True)))
    assert kept["has_assets"] is True
    again = result(sandbox.http.post(f"{scripts}/w/assets-upload-session", json=manifest))
    assert again["buckets"] == []
    sandbox.load("production")
    anew = result(sandbox.http.post(f"{scripts}/w/assets-upload-session", json=manifest))
    assert anew["buckets"] == [[digest]], "another inventory has none of the old one's files"


def test_ordinary_workers_are_not_there(sandbox: RunningSandbox) -> None:
    """What wrangler asks of the account itself on its way to a namespace."""
    base = f"{sandbox.account_url}/workers/scripts"
    assert result(sandbox.http.get(base)) == []
    assert first(sandbox.http.get(f"{base}/w/secrets")) == (404, 10007)
    assert first(sandbox.http.get(f"{base}/w/settings")) == (404, 10007)
    assert first(sandbox.http.patch(f"{base}/w/script-settings", json={"tags": []})) == (404, 10007)
    assert first(sandbox.http.get(f"{sandbox.account_url}/workers/services/w")) == (404, 10090)
