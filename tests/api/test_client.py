"""The plain client reads and writes as the official Python SDK does."""

from __future__ import annotations

import inspect
import io
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP

import pytest
from support.names import ACCOUNT, NS, TOKEN, namespace, namespaces
from support.stub_server import Answer, Received, ok, refused

from wfp_ops.api.client import Cloudflare
from wfp_ops.errors import BadNameError, IncompleteListingError, NamespaceNameError, SettingsError

SC = f"{NS}/production/scripts/worker"
WHERE = {"account_id": ACCOUNT, "dispatch_namespace": "production"}


@pytest.fixture
def client(stub_server):
    """A plain client on the stub server."""
    with Cloudflare(api_token=TOKEN, base_url=stub_server.base_url) as client:
        yield client


@pytest.fixture
def spaces(client):
    """Its namespaces resource."""
    return client.workers_for_platforms.dispatch.namespaces


def parts_of(got: Received) -> dict[str, tuple[str | None, str, bytes]]:
    """A multipart body as part name → filename, content type, bytes."""
    head = f"Content-Type: {got.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + got.body)
    return {
        part.get_param("name", header="content-disposition"): (
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    }


def test_namespaces(stub_server, spaces):
    """The four methods of the documentation."""
    stub_server.on(
        "POST", NS, ok(namespace("customer-42", created_on="2026-01-12T08:30:00.123456Z", fresh=1))
    )
    stub_server.on("GET", NS, ok(namespaces(3)))
    stub_server.on("GET", f"{NS}/customer-42", ok(namespace("customer-42")))
    stub_server.on("DELETE", f"{NS}/customer-42", Answer(b"", 204))
    made = spaces.create(account_id=ACCOUNT, name="customer-42")
    assert made.created_on == datetime(2026, 1, 12, 8, 30, 0, 123456, UTC)
    assert made.fresh == 1
    assert made.modified_by is None
    assert made.to_dict()["namespace_name"] == "customer-42"
    assert stub_server.received[0].json() == {"name": "customer-42"}
    page = spaces.list(account_id=ACCOUNT)
    assert [item.namespace_name for item in page] == [item.namespace_name for item in page.result]
    assert len(page) == 3
    assert spaces.get("customer-42", account_id=ACCOUNT).namespace_id == "id-customer-42-0"
    assert spaces.delete("customer-42", account_id=ACCOUNT) is None


def test_errors_come_through(stub_server, spaces):
    """A taken name and a short listing are errors here as well."""
    stub_server.on("POST", NS, refused(400, 100120))
    with pytest.raises(NamespaceNameError):
        spaces.create(account_id=ACCOUNT, name="x")
    stub_server.on("GET", NS, ok([], result_info={"total_count": 4}))
    with pytest.raises(IncompleteListingError):
        spaces.list(account_id=ACCOUNT)


@pytest.mark.parametrize(
    "files",
    [
        [("index.mjs", b"export default {}", "application/javascript+module"), ("data.wasm", b"\0asm")],
        [
            ("index.mjs", io.StringIO("export default {}")),
            ("data.wasm", io.BytesIO(b"\0asm"), "application/wasm"),
        ],
    ],
)
def test_upload(stub_server, spaces, files):
    """Metadata as JSON, then one part for each module, named as the module in part and file."""
    stub_server.on("PUT", SC, ok({"id": "worker", "startup_time_ms": 3, "deployment_id": "d"}))
    made = spaces.scripts.update(
        "worker", **WHERE, metadata={"main_module": "index.mjs"}, files=files, bindings_inherit="strict"
    )
    assert made.deployment_id == "d"
    (got,) = stub_server.received
    assert got.query == {"bindings_inherit": "strict"}
    assert parts_of(got) == {
        "metadata": (None, "application/json", b'{"main_module":"index.mjs"}'),
        "index.mjs": ("index.mjs", "application/javascript+module", b"export default {}"),
        "data.wasm": ("data.wasm", "application/wasm", b"\0asm"),
    }


def test_a_file_from_disk(stub_server, spaces, tmp_path):
    """A path is read and named by its last part; an open file likewise."""
    (tmp_path / "main.js").write_text("x")
    stub_server.on("PUT", f"{SC}/content", ok({"id": "worker"}))
    with (tmp_path / "main.js").open("rb") as opened:
        for file in (tmp_path / "main.js", opened):
            spaces.scripts.content.update(
                "worker",
                **WHERE,
                metadata={"main_module": "main.js"},
                files=[file],
                cf_worker_main_module_part="main.js",
            )
    for got in stub_server.received:
        assert parts_of(got)["main.js"][2] == b"x"
        assert got.headers["cf-worker-main-module-part"] == "main.js"


def test_a_module_name_smuggles_no_header(stub_server, spaces):
    """Quotes and line breaks in a module's name stay inside its name."""
    stub_server.on("PUT", SC, ok({"id": "worker"}))
    evil = 'a"; filename="b\r\nX-Evil: 1\r\n\r\nbody'
    spaces.scripts.update("worker", **WHERE, metadata={}, files=[(evil, b"x")])
    assert b"\r\nX-Evil" not in stub_server.received[0].body


@pytest.mark.parametrize("files", [[b"nameless"], [io.BytesIO(b"nameless")]])
def test_a_module_needs_a_name(spaces, files):
    """Bytes alone can't be a module."""
    with pytest.raises(ValueError, match="name"):
        spaces.scripts.update("worker", **WHERE, metadata={}, files=files)


@pytest.mark.parametrize("files", [[("metadata", b"x")], [("a.js", b"1"), ("a.js", b"2")]])
def test_two_parts_of_one_name(spaces, files):
    """They would overwrite each other unseen."""
    with pytest.raises(SettingsError):
        spaces.scripts.update("worker", **WHERE, metadata={}, files=files)


def test_scripts(stub_server, spaces):
    """List, get, delete."""
    stub_server.on(
        "GET", f"{NS}/production/scripts", ok([{"id": "worker", "tags": ["pro"]}], result_info={"cursor": ""})
    )
    stub_server.on("GET", SC, ok({"script": {"id": "worker"}, "dispatch_namespace": "production"}))
    stub_server.on("DELETE", SC, Answer())
    scripts = spaces.scripts
    assert [item.id for item in scripts.list(**WHERE, tags="pro:yes")] == ["worker"]
    assert scripts.get("worker", **WHERE).script.id == "worker"
    assert scripts.delete("worker", **WHERE, force=True) is None
    assert stub_server.received[-1].query == {"force": "true"}
    scripts.delete("worker", **WHERE)
    assert stub_server.received[-1].query == {}


def test_content(stub_server, spaces, tmp_path):
    """The code as it lies there, not an envelope."""
    body = b"export default {}"
    stub_server.on("GET", f"{SC}/content", Answer(body, 200, {"Content-Type": "application/javascript"}))
    content = spaces.scripts.content.get("worker", **WHERE)
    assert content.read() == body == content.text().encode()
    assert content.content_type == "application/javascript"
    content.write_to_file(tmp_path / "x.js")
    assert (tmp_path / "x.js").read_bytes() == body


def test_settings_and_bindings(stub_server, spaces):
    """Settings are patched as multipart with one JSON part."""
    stub_server.on("GET", f"{SC}/settings", ok({"tags": ["a"], "bindings": [{"name": "A", "type": "json"}]}))
    stub_server.on("PATCH", f"{SC}/settings", ok({"tags": ["b"]}))
    stub_server.on("GET", f"{SC}/bindings", ok([{"name": "A", "type": "json"}]))
    assert spaces.scripts.settings.get("worker", **WHERE).bindings[0].type == "json"
    assert spaces.scripts.settings.edit("worker", **WHERE, settings={"tags": ["b"]}).tags == ["b"]
    assert parts_of(stub_server.received[-1]) == {"settings": (None, "application/json", b'{"tags":["b"]}')}
    assert spaces.scripts.bindings.get("worker", **WHERE).result[0].name == "A"


def test_secrets(stub_server, spaces):
    """Put, list, get, bulk, delete."""
    kept = {"name": "S", "type": "secret_text"}
    stub_server.on("PUT", f"{SC}/secrets", ok(kept))
    stub_server.on("GET", f"{SC}/secrets", ok([kept]))
    stub_server.on("GET", f"{SC}/secrets/S", ok(kept))
    stub_server.on("PATCH", f"{SC}/secrets-bulk", ok({"S": kept}))
    stub_server.on("DELETE", f"{SC}/secrets/S", ok(None))
    secrets = spaces.scripts.secrets
    assert secrets.update("worker", **WHERE, name="S", text="value", type="secret_text").name == "S"
    assert stub_server.received[-1].json() == {"name": "S", "type": "secret_text", "text": "value"}
    assert [item.name for item in secrets.list("worker", **WHERE)] == ["S"]
    assert secrets.get("S", script_name="worker", **WHERE, url_encoded=True).type == "secret_text"
    assert stub_server.received[-1].query == {"url_encoded": "true"}
    assert (
        secrets.bulk_update("worker", **WHERE, secrets={"S": {**kept, "text": "x"}, "T": None})["S"].name
        == "S"
    )
    assert stub_server.received[-1].json()["secrets"]["T"] is None
    assert secrets.delete("S", script_name="worker", **WHERE) is None


@pytest.mark.parametrize("body", [["a", "b"], [], None])
def test_tags(stub_server, spaces, body):
    """A bare array replaces all."""
    stub_server.on("PUT", f"{SC}/tags", ok(body))
    stub_server.on("GET", f"{SC}/tags", ok(body))
    stub_server.on("DELETE", f"{SC}/tags/a%20b", ok(None))
    tags = spaces.scripts.tags
    assert tags.update("worker", **WHERE, body=body).result == (body or [])
    assert stub_server.received[-1].json() == (body or [])
    assert list(tags.list("worker", **WHERE)) == (body or [])
    assert tags.delete("a b", script_name="worker", **WHERE) is None


@pytest.mark.parametrize("variable", ["CLOUDFLARE_BASE_URL", "CLOUDFLARE_API_BASE_URL"])
def test_everything_from_the_environment(stub_server, monkeypatch, variable):
    """Token, base URL and account come from the variables that the SDK and wrangler read."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", ACCOUNT)
    monkeypatch.setenv("CLOUDFLARE_API_BASE_URL", "https://unused.example")
    monkeypatch.setenv(variable, stub_server.base_url)
    stub_server.on("GET", NS, ok(namespaces(1)))
    with Cloudflare() as client:
        assert len(client.workers_for_platforms.dispatch.namespaces.list()) == 1


def test_nothing_in_the_environment(monkeypatch):
    """No token, no account: said in words, with what to set."""
    with pytest.raises(SettingsError, match="CLOUDFLARE_API_TOKEN"):
        Cloudflare()
    with Cloudflare(api_token=TOKEN) as client, pytest.raises(SettingsError, match="CLOUDFLARE_ACCOUNT_ID"):
        client.workers_for_platforms.dispatch.namespaces.list()


SDK_METHODS = [
    ("", ["create", "list", "get", "delete"]),
    ("scripts", ["update", "get", "delete"]),
    ("scripts.content", ["get", "update"]),
    ("scripts.settings", ["get", "edit"]),
    ("scripts.bindings", ["get"]),
    ("scripts.secrets", ["list", "get", "update", "delete", "bulk_update"]),
    ("scripts.tags", ["list", "update", "delete"]),
]


@pytest.mark.parametrize(("below", "methods"), SDK_METHODS)
def test_the_official_sdk_has_these_very_arguments(client, below, methods):
    """Each method takes the SDK's arguments, in the SDK's order where they are positional."""
    import cloudflare

    def reach(root):
        found = root.workers_for_platforms.dispatch.namespaces
        for name in filter(None, below.split(".")):
            found = getattr(found, name)
        return found

    transport_only = {"extra_headers", "extra_query", "extra_body", "timeout"}
    theirs, ours = reach(cloudflare.Cloudflare(api_token=TOKEN)), reach(client)
    for method in methods:
        asked = inspect.signature(getattr(theirs, method)).parameters
        given = inspect.signature(getattr(ours, method)).parameters
        free = any(p.kind is p.VAR_KEYWORD for p in given.values())
        assert free or set(asked) - transport_only <= set(given), method
        positional = [[n for n, p in s.items() if p.kind is p.POSITIONAL_OR_KEYWORD] for s in (asked, given)]
        assert positional[0] == positional[1], method


@pytest.mark.parametrize("name", ["", ".", "..", "\ud800"])
def test_a_name_that_no_request_can_carry(stub_server, name):
    """Our own error, and the ValueError that the official SDK raises; nothing is sent."""
    with (
        Cloudflare(api_token="token", base_url=stub_server.base_url, account_id=ACCOUNT) as client,
        pytest.raises(ValueError, match=r"can't be|no valid text") as caught,
    ):
        client.workers_for_platforms.dispatch.namespaces.get(name)
    assert isinstance(caught.value, BadNameError)
    assert isinstance(caught.value, SettingsError)
    assert stub_server.received == []
