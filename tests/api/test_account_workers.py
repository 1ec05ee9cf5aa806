"""Reads of the account's own Workers: a dispatcher is found, and an answer that hides a binding is an error."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from support.names import ACCOUNT
from support.sandbox_server import running_sandbox
from support.stub_server import html, ok, refused
from support.worker_code import module_form

from wfp_ops.api.reads import Reads
from wfp_ops.errors import (
    APIResponseValidationError,
    BadNameError,
    IncompleteListingError,
    InternalServerError,
    PermissionDeniedError,
    WorkerNotFoundError,
)

SCRIPTS = f"/accounts/{ACCOUNT}/workers/scripts"
SETTINGS = f"{SCRIPTS}/dispatcher/settings"
BINDING = {"type": "dispatch_namespace", "name": "DISPATCHER", "namespace": "customer-9"}
PLAIN = {"type": "plain_text", "name": "A", "text": "x"}


@pytest.fixture(scope="module")
def sandbox():
    """A running sandbox of this module's own."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox_reads(sandbox, make_transport):
    """The reads of the sandbox's account."""
    transport = make_transport(base_url=sandbox.base_url, token=SecretStr(sandbox.token))
    return Reads(transport, sandbox.account_id)


@pytest.mark.parametrize("count", [0, 1, 10, 120])
def test_all_are_listed(sandbox, sandbox_reads, count):
    """Also where the number could be a page's: the listing is proven whole, and holds no user Worker."""
    workers = [{"name": f"w{i:03}", "tags": ["house"]} for i in range(count)]
    namespaces = [{"name": "customer-9", "workers": [{"name": "inside"}]}]
    sandbox.control("POST", "load", {"namespaces": namespaces, "workers": workers})
    listing = sandbox_reads.list_account_workers()
    assert listing.proof.proven
    assert [worker.name for worker in listing] == [worker["name"] for worker in workers]
    assert all(worker.tags == ["house"] and worker.tag and worker.etag for worker in listing)


def test_a_dispatcher_is_found(sandbox, sandbox_reads):
    """By its binding, which is read as Cloudflare sends it; secrets come without their value."""
    sandbox.load("customer-9")
    secret = {"type": "secret_text", "name": "KEY", "text": "s"}
    url = f"{sandbox.account_url}/workers/scripts"
    sandbox.http.put(f"{url}/dispatcher", files=module_form(bindings=[BINDING, PLAIN, secret]))
    sandbox.http.put(f"{url}/site", files=module_form())
    found = {
        w.name: sandbox_reads.get_account_worker_bindings(w.name)
        for w in sandbox_reads.list_account_workers()
    }
    assert found == {"dispatcher": [BINDING, PLAIN, {"name": "KEY", "type": "secret_text"}], "site": []}


def test_one_that_is_not_there(sandbox, sandbox_reads):
    """An error, never a Worker without bindings."""
    sandbox.load()
    with pytest.raises(WorkerNotFoundError):
        sandbox_reads.get_account_worker_bindings("dispatcher")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"tags": []}, "result.bindings"),
        ({}, "result.bindings"),
        ({"bindings": None}, "result.bindings"),
        ({"bindings": {}}, "result.bindings"),
        (None, "result"),
        ([], "result"),
        ({"bindings": [PLAIN, {"name": "B"}]}, "result.bindings[1].type"),
        ({"bindings": [{"type": "dispatch_namespace", "namespace": "a"}]}, "result.bindings[0].name"),
        ({"bindings": ["x"]}, "result.bindings[0]"),
        ({"bindings": [PLAIN, {**BINDING, "namespace": None}]}, "result.bindings[1].namespace"),
        ({"bindings": [{**BINDING, "namespace": ""}]}, "result.bindings[0].namespace"),
        ({"bindings": [{"name": "D", "type": "dispatch_namespace"}]}, "result.bindings[0].namespace"),
    ],
)
def test_settings_that_could_hide_a_binding(stub_server, reads, settings, field):
    """What is missing or null is named, and never taken for no binding."""
    stub_server.on("GET", SETTINGS, ok(settings))
    with pytest.raises(APIResponseValidationError) as caught:
        reads.get_account_worker_bindings("dispatcher")
    assert caught.value.field == field


def test_other_types_of_bindings_are_not_judged(stub_server, reads):
    """Cloudflare adds types often: what they hold comes through, a namespace of another kind too."""
    bindings = [{"name": "X", "type": "brand_new", "namespace": None, "deep": {"a": [1]}}, BINDING]
    stub_server.on("GET", SETTINGS, ok({"bindings": bindings}))
    assert reads.get_account_worker_bindings("dispatcher") == bindings


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (ok(None), APIResponseValidationError),
        (ok({}), APIResponseValidationError),
        (ok([{"tag": "1"}]), APIResponseValidationError),
        (html(), APIResponseValidationError),
        (refused(403, 10000), PermissionDeniedError),
        (refused(500), InternalServerError),
        (ok([{"id": "a"}], result_info={"total_count": 2}), IncompleteListingError),
        (ok([{"id": "a"}, {"id": "a"}]), IncompleteListingError),
    ],
)
def test_a_listing_that_is_none(stub_server, reads, answer, error):
    """No answer that can't be trusted is taken for an account without Workers."""
    stub_server.on("GET", SCRIPTS, answer)
    with pytest.raises(error):
        reads.list_account_workers()


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_names_that_would_address_something_else(stub_server, reads, name):
    """Refused before anything is sent; a slash stays inside the name."""
    with pytest.raises(BadNameError):
        reads.get_account_worker_bindings(name)
    assert stub_server.received == []
    stub_server.on("GET", f"{SCRIPTS}/a%2Fb/settings", refused(404, 10007))
    with pytest.raises(WorkerNotFoundError):
        reads.get_account_worker_bindings("a/b")
