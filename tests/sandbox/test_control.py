"""The control routes: load, state, settings, clock, truth, and who may call them."""

import httpx
import pytest
from support.sandbox_server import RunningSandbox

from wfp_ops.sandbox.control_input import InputError
from wfp_ops.sandbox.switches import Switches

WORKER = {
    "name": "w",
    "tags": ["a"],
    "created_on": "2024-01-01T00:00:00Z",
    "modified_on": "2024-02-01T00:00:00.5Z",
    "etag": "abc",
    "usage_model": "bundled",
    "compatibility_date": "2024-01-01",
    "handlers": ["fetch", "queue"],
    "modules": [
        {"name": "index.js", "content": "export default {};"},
        {"name": "x.bin", "content_base64": "AP8=", "content_type": "application/octet-stream"},
    ],
    "bindings": [{"type": "plain_text", "name": "A", "text": "x"}],
}
NAMESPACE = {
    "namespace_id": "6f0f6b1e-2f5d-4a55-9c0e-1d2b3c4d5e6f",
    "namespace_name": "production",
    "created_on": "2024-01-01T00:00:00.123Z",
    "modified_on": "2024-01-02T00:00:00Z",
    "created_by": "1" * 32,
    "modified_by": "2" * 32,
    "trusted_workers": True,
    "workers": [WORKER],
}


def test_a_loaded_inventory_is_served_as_given(sandbox: RunningSandbox) -> None:
    """Ids, dates (to the last digit), tags and etags are those of the document."""
    sandbox.load(NAMESPACE)
    (namespace,) = sandbox.http.get(sandbox.namespaces_url).json()["result"]
    assert namespace == {**{k: v for k, v in NAMESPACE.items() if k != "workers"}, "script_count": 1}
    url = f"{sandbox.namespaces_url}/production/scripts"
    (worker,) = sandbox.http.get(url).json()["result"]
    for fact in (
        "tags",
        "created_on",
        "modified_on",
        "etag",
        "usage_model",
        "compatibility_date",
        "handlers",
    ):
        assert worker[fact] == WORKER[fact]


def test_state_loads_again_to_the_same_state(sandbox: RunningSandbox) -> None:
    """What state gives, load takes: the round trip changes nothing."""
    sandbox.load(NAMESPACE, "empty")
    before = sandbox.state(code=True)
    sandbox.load(*before.values())
    assert sandbox.state(code=True) == before


def test_what_a_document_leaves_out_is_made_up_alike(sandbox: RunningSandbox) -> None:
    """The same sparse document gives the same ids each time."""
    sandbox.load({"name": "a", "workers": [{"name": "w"}]})
    one = sandbox.state(code=True)["a"]
    sandbox.load({"name": "a", "workers": [{"name": "w"}]})
    two = sandbox.state(code=True)["a"]
    assert one["namespace_id"] == two["namespace_id"]
    assert one["workers"][0]["tag"] == two["workers"][0]["tag"]
    assert "export default" in one["workers"][0]["modules"][0]["content"]


def test_merging_leaves_the_others(sandbox: RunningSandbox) -> None:
    """Merge replaces namespaces of the same name and keeps the rest."""
    sandbox.load("a", {"name": "b", "workers": [{"name": "w"}]})
    sandbox.load("b", "c", mode="merge")
    assert {name: ns["script_count"] for name, ns in sandbox.state().items()} == {"a": 0, "b": 0, "c": 0}


@pytest.mark.parametrize(
    "document",
    [
        [],
        "x",
        {},
        {"namespaces": {}},
        {"namespaces": "ab"},
        {"namespaces": ["a"]},
        {"namespaces": [{}]},
        {"namespaces": [{"name": ""}]},
        {"namespaces": [{"name": 7}]},
        {"namespaces": [{"name": "a"}, {"name": "a"}]},
        {"namespaces": [{"name": "a", "namespace_id": "1"}, {"name": "b", "namespace_id": "1"}]},
        {"namespaces": [{"name": "a", "created_on": "yesterday"}]},
        {"namespaces": [{"name": "a", "workers": {}}]},
        {"namespaces": [{"name": "a", "workers": [{"name": "w"}, {"name": "w"}]}]},
        {"namespaces": [{"name": "a", "workers": [{"name": "w", "tags": "x"}]}]},
        {"namespaces": [{"name": "a", "workers": [{"name": "w", "bindings": [{}]}]}]},
        {"namespaces": [{"name": "a", "workers": [{"name": "w", "bindings": 5}]}]},
        {"namespaces": [{"name": "a", "workers": [{"name": "w", "modules": 5}]}]},
        {
            "namespaces": [
                {"name": "a", "workers": [{"name": "w", "modules": [{"name": "m", "content_base64": "?"}]}]}
            ]
        },
        {"mode": "add", "namespaces": []},
    ],
)
def test_bad_inventories_are_refused_whole(sandbox: RunningSandbox, document: object) -> None:
    """400 with words, and what was there stays."""
    sandbox.load("kept")
    answer = sandbox.http.post(f"{sandbox.process.control_url}/load", json=document)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert set(sandbox.state()) == {"kept"}


def test_merging_an_id_of_another_namespace_is_refused(sandbox: RunningSandbox) -> None:
    """Ids stay unique, and the refused load changes nothing."""
    sandbox.load({"name": "a", "namespace_id": "1"})
    document = {"mode": "merge", "namespaces": [{"name": "b", "namespace_id": "1"}]}
    assert sandbox.http.post(f"{sandbox.process.control_url}/load", json=document).status_code == 400
    assert set(sandbox.state()) == {"a"}


def test_settings_are_shown_and_changed(sandbox: RunningSandbox) -> None:
    """What is not named stays; a bad one changes nothing."""
    assert sandbox.control("GET", "settings")["listing"] == "plain"
    assert sandbox.control("POST", "settings", {"listing": "paged"})["page_size"] == 100
    url = f"{sandbox.process.control_url}/settings"
    assert sandbox.http.post(url, json={"page_size": 5, "listing": "odd"}).status_code == 400
    assert sandbox.http.post(url, json=["listing"]).status_code == 400
    assert sandbox.http.post(url, content=b"{").status_code == 400
    assert sandbox.control("GET", "settings")["page_size"] == 100


@pytest.mark.parametrize(
    "wanted",
    [
        {"nonsense": 1},
        {"page_size": 0},
        {"page_size": True},
        {"page_size": 1.5},
        {"rate_limit": 0},
        {"rate_limit": "5"},
        {"rate_window_s": 0},
        {"consistency_delay_s": -1},
        {"consistency_status": 500},
        {"purchased": 1},
        {"token_kind": "admin"},
        {"missing_worker": None},
    ],
)
def test_senseless_settings_are_refused(wanted: dict[str, object]) -> None:
    """The words name the setting."""
    with pytest.raises(InputError, match=next(iter(wanted))):
        Switches().changed(wanted)


def test_the_clock_can_be_set_and_runs_on(sandbox: RunningSandbox) -> None:
    """What is created afterwards carries the new time."""
    sandbox.control("POST", "clock", {"now": "2031-05-01T00:00:00Z"})
    created = sandbox.http.post(sandbox.namespaces_url, json={"name": "a"}).json()["result"]
    assert created["created_on"].startswith("2031-05-01T00:0")
    url = f"{sandbox.process.control_url}/clock"
    for document in ({}, {"now": "soon"}, {"now": 5}, []):
        assert sandbox.http.post(url, json=document).status_code == 400


def test_truth_names_the_scenario(sandbox: RunningSandbox) -> None:
    """The empty scenario has an empty truth."""
    truth = sandbox.control("GET", "truth")
    assert (truth["name"], truth["truth"], truth["customers"]) == ("empty", {}, [])


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "localhost:1@evil.example"},
    ],
)
def test_web_pages_are_kept_out(sandbox: RunningSandbox, headers: dict[str, str]) -> None:
    """A foreign Origin, or a Host that is not this machine, is refused before anything is read."""
    answer = sandbox.http.post(
        f"{sandbox.process.control_url}/load", json={"namespaces": [{"name": "x"}]}, headers=headers
    )
    assert answer.status_code == 403
    assert sandbox.state() == {}


def test_the_control_routes_need_no_token(sandbox: RunningSandbox) -> None:
    """They are open on loopback; unknown ones are 404."""
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"{sandbox.process.control_url}/state").status_code == 200
        assert client.get(f"{sandbox.process.control_url}/nothing").status_code == 404
        assert client.get(f"{sandbox.process.control_url}/load").status_code == 405
