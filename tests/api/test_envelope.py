"""What is not exactly the declared shape is an error that names the place."""

from __future__ import annotations

import json

import pytest
from support.names import ACCOUNT, NS, namespace, namespaces
from support.stub_server import Answer, as_json, html, ok

from wfp_ops.api.models import Namespace
from wfp_ops.errors import APIResponseValidationError, APIStatusError

BAD_LISTINGS = [
    (ok(None), "result"),
    (ok({}), "result"),
    (ok("text"), "result"),
    (ok([1]), "result[0]"),
    (ok([None]), "result[0]"),
    (ok([namespace("a"), {"namespace_id": "i"}]), "result[1].namespace_name"),
    (ok([namespace("a"), {"namespace_name": None}]), "result[1].namespace_name"),
    (ok([namespace("a"), {"namespace_name": ""}]), "result[1].namespace_name"),
    (ok([*namespaces(3), namespace("x", script_count="many")]), "result[3].script_count"),
    (ok([namespace("a", trusted_workers="yes")]), "result[0].trusted_workers"),
    (ok([namespace("a", created_on=5)]), "result[0].created_on"),
    (ok([namespace("a")], result_info={"count": "1"}), "result_info.count"),
    (as_json({"success": True, "errors": []}), "result"),
    (as_json({"success": "true", "result": []}), "success"),
    (as_json({"success": 1, "result": []}), "success"),
    (as_json({"success": None, "result": []}), "success"),
    (as_json({"success": False, "errors": [], "result": []}), "success"),
    (as_json({"result": []}), "success"),
    (as_json([]), None),
    (as_json("ok"), None),
    (html(200), None),
    (Answer(b"not json at all"), None),
    (Answer(b'{"success":true,"result":[]} trailing'), None),
    (Answer(b'{"success":true,"result":[{"namespace_name":"a\xff"}]}'), None),
    (Answer(b'{"success":true,"result":' + b"[" * 100_000), None),
]


@pytest.mark.parametrize(("answer", "field"), BAD_LISTINGS)
def test_bad_listing(stub_server, reads, answer, field):
    """No listing comes out of an answer that is not one; the error says where and what to do."""
    stub_server.on("GET", NS, answer)
    with pytest.raises(APIResponseValidationError) as caught:
        reads.list_namespaces()
    error = caught.value
    assert error.field == field
    assert error.status_code == 200
    assert error.endpoint == f"GET {NS}"
    assert error.hint


@pytest.mark.parametrize("body", [b"", b"  \n", json.dumps({"success": True, "result": []}).encode()[:-5]])
def test_empty_or_cut_json_is_tried_again_then_an_error(stub_server, reads, body):
    """A body that ends in the middle may be a blip; one that stays is an error, never an empty list."""
    stub_server.on("GET", NS, Answer(body), ok(namespaces(3)))
    assert len(reads.list_namespaces()) == 3
    stub_server.on("GET", NS, Answer(body))
    with pytest.raises(APIResponseValidationError):
        reads.list_namespaces()


def test_no_content_where_a_result_is_due(stub_server, reads):
    """204 is no listing."""
    stub_server.on("GET", NS, Answer(b"", 204))
    with pytest.raises(APIResponseValidationError):
        reads.list_namespaces()


@pytest.mark.parametrize("answer", [Answer(b"", 204), Answer(b"", 200), ok(None), ok({}), ok({"id": "x"})])
def test_delete_needs_no_result(stub_server, writes, answer):
    """Where no result is due, an empty body, null or an object all mean that it worked."""
    stub_server.on("DELETE", f"{NS}/a", answer)
    assert writes.delete_namespace("a") is None


@pytest.mark.parametrize("answer", [html(200), as_json({"result": None}), as_json({"success": False})])
def test_delete_is_not_believed_without_success(stub_server, writes, answer):
    """A page, or an envelope without success, is no deletion."""
    stub_server.on("DELETE", f"{NS}/a", answer)
    with pytest.raises((APIResponseValidationError, APIStatusError)):
        writes.delete_namespace("a")


def test_unknown_keys_are_kept_in_single_reads(stub_server, reads):
    """What the schema does not know today is there tomorrow, and missing optional fields are None."""
    stub_server.on("GET", f"{NS}/a", ok({"namespace_name": "a", "new": {"deep": 1}}))
    found = reads.get_namespace("a")
    assert found.extra["new"] == {"deep": 1}
    assert found.script_count is None


def test_unknown_keys_of_an_inner_object_are_kept(stub_server, reads):
    """The script inside a Worker's answer keeps its own."""
    result = {"script": {"id": "w", "placement": {"mode": "smart"}}, "dispatch_namespace": "p", "outer": 1}
    stub_server.on("GET", f"{NS}/p/scripts/w", ok(result))
    found = reads.get_worker("p", "w")
    assert found.script.extra == {"placement": {"mode": "smart"}}
    assert found.extra == {"outer": 1}


@pytest.mark.parametrize("messages", [["plain"], [{"code": 1, "message": "an object"}], None, "odd"])
def test_messages_in_any_form(stub_server, reads, messages):
    """Messages may be objects or text; they never break a read."""
    stub_server.on("GET", f"{NS}/a", ok(namespace("a"), messages=messages))
    assert reads.get_namespace("a").name == "a"


@pytest.mark.parametrize(
    "name", ['"quoted"', "<b>bold</b>", "a/b", "café ☕", "👩‍🚀", "x" * 300, "a b", "%2F", "{id}"]
)
def test_names_of_every_kind(stub_server, reads, name):
    """Any name that Cloudflare may hold is read as it is, listed and alone, and shown escaped."""
    from urllib.parse import quote

    stub_server.on("GET", NS, ok([namespace(name)]))
    stub_server.on("GET", f"{NS}/{quote(name, safe='')}", ok(namespace(name)))
    assert reads.list_namespaces().items[0].name == name
    found = reads.get_namespace(name)
    assert found == Namespace(namespace_name=name, namespace_id=f"id-{name}-0", script_count=1)
    assert "<b>bold" not in found._repr_html_()


def test_fifty_megabytes(stub_server, reads):
    """A very large answer is read whole."""
    many = [namespace(f"customer-{index}", note="x" * 900) for index in range(50_001)]
    stub_server.on("GET", NS, ok(many))
    assert len(reads.list_namespaces()) == 50_001


def test_account_id_with_a_slash_stays_one_segment(stub_server, transport):
    """An account id can't address another path."""
    from wfp_ops.api.reads import Reads

    stub_server.on("GET", f"/accounts/..%2F{ACCOUNT}/workers/dispatch/namespaces", ok(namespaces(1)))
    assert len(Reads(transport, f"../{ACCOUNT}").list_namespaces()) == 1


def test_a_worker_shows_its_fields_under_their_paths(stub_server, reads):
    """In a notebook each field stands under the path that reads it, unknown ones too."""
    script = {"id": "w", "etag": "e1", "placement": "<smart>"}
    stub_server.on("GET", f"{NS}/p/scripts/w", ok({"script": script, "dispatch_namespace": "p"}))
    page = reads.get_worker("p", "w")._repr_html_()
    assert "script.etag" in page
    assert "script.extra[&#x27;placement&#x27;]" in page
    assert "&lt;smart&gt;" in page


@pytest.mark.parametrize("text", ["a\\ud800", "\\ud800", "a\\udc00b", "\\ud83d\\u0041"])
def test_half_a_character_is_no_cut_answer(stub_server, reads, text):
    """Text that is no valid Unicode stays so: it is said, with its place, and not read again."""
    body = b'{"success":true,"result":[{"namespace_name":"ok"},{"namespace_name":"' + text.encode() + b'"}]}'
    stub_server.on("GET", NS, Answer(body, 200, {"Content-Type": "application/json"}))
    with pytest.raises(APIResponseValidationError) as caught:
        reads.list_namespaces()
    assert "no valid Unicode" in caught.value.message
    assert caught.value.field == "result[1].namespace_name"
    assert len(stub_server.received) == 1


@pytest.mark.parametrize("count", [-5, 10**30, 2**63])
def test_a_count_that_is_none_names_its_field(stub_server, reads, count):
    """No namespace has fewer than no Workers, or more than a frame can hold."""
    stub_server.on("GET", NS, ok([*namespaces(3), namespace("x", script_count=count)]))
    with pytest.raises(APIResponseValidationError) as caught:
        reads.list_namespaces()
    assert caught.value.field == "result[3].script_count"
    assert caught.value.endpoint == f"GET {NS}"
