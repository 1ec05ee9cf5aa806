"""Dispatch namespaces over HTTP."""

from urllib.parse import quote

import httpx
import pytest
from support.sandbox_server import RunningSandbox

NAME_63 = "n" * 63


def refusal(answer: httpx.Response) -> tuple[int, int]:
    """HTTP status and Cloudflare's code of a refusal, whose envelope is checked."""
    document = answer.json()
    assert document["success"] is False
    assert document["result"] is None
    assert document["messages"] == []
    return answer.status_code, document["errors"][0]["code"]


def test_create_get_list_delete(sandbox: RunningSandbox) -> None:
    """A namespace lives from its creation to its deletion, with every documented field."""
    created = sandbox.http.post(sandbox.namespaces_url, json={"name": "customer-1"})
    namespace = created.json()["result"]
    assert created.status_code == 200
    assert namespace == {
        "namespace_id": namespace["namespace_id"],
        "namespace_name": "customer-1",
        "script_count": 0,
        "trusted_workers": False,
        "created_on": namespace["created_on"],
        "created_by": namespace["created_by"],
        "modified_on": namespace["created_on"],
        "modified_by": namespace["created_by"],
    }
    assert len(namespace["namespace_id"]) == 36
    assert len(namespace["created_by"]) == 32
    assert sandbox.http.get(f"{sandbox.namespaces_url}/customer-1").json()["result"] == namespace
    listing = sandbox.http.get(sandbox.namespaces_url).json()
    assert listing == {"success": True, "errors": [], "messages": [], "result": [namespace]}
    assert sandbox.http.delete(f"{sandbox.namespaces_url}/customer-1").json()["result"] is None
    assert refusal(sandbox.http.get(f"{sandbox.namespaces_url}/customer-1")) == (404, 100119)
    assert sandbox.http.get(sandbox.namespaces_url).json()["result"] == []


@pytest.mark.parametrize("name", [None, "", " ", "a b", "a/b", "ä", "x" * 64, 'a"b', "<b>", 7, ["a"], "a\n"])
def test_bad_names_are_refused(sandbox: RunningSandbox, name: object) -> None:
    """A name outside letters, digits, dash and underscore, or longer than 63, is not created."""
    assert refusal(sandbox.http.post(sandbox.namespaces_url, json={"name": name})) == (400, 100120)
    assert sandbox.state() == {}


@pytest.mark.parametrize("name", ["a", "A_b-9", NAME_63])
def test_good_names_are_taken(sandbox: RunningSandbox, name: str) -> None:
    """Letters, digits, dashes and underscores, up to 63 of them."""
    assert sandbox.http.post(sandbox.namespaces_url, json={"name": name}).status_code == 200


def test_a_taken_name_is_refused_with_the_same_code(sandbox: RunningSandbox) -> None:
    """Taken and not allowed share one code; names are compared exactly."""
    sandbox.load("customer-1")
    assert refusal(sandbox.http.post(sandbox.namespaces_url, json={"name": "customer-1"})) == (400, 100120)
    assert sandbox.http.post(sandbox.namespaces_url, json={"name": "Customer-1"}).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff"])
def test_a_body_that_is_no_object_is_refused(sandbox: RunningSandbox, body: bytes) -> None:
    """Creating needs a JSON object."""
    assert refusal(sandbox.http.post(sandbox.namespaces_url, content=body)) == (400, 6007)


@pytest.mark.parametrize(
    "name", ['a"b', "<script>", "a/b", "a%2Fb", "..", "🎉 ünï", "x" * 300, "?", "#", "a\tb"]
)
def test_any_loaded_name_can_be_reached(sandbox: RunningSandbox, name: str) -> None:
    """Names that are there already may hold anything; they are percent-decoded from the path."""
    sandbox.load(name)
    # A raw path: httpx would otherwise resolve the dots of "..".
    quoted = quote(name, safe="").replace(".", "%2E")
    url = httpx.URL(sandbox.namespaces_url + "/").join("")
    url = url.copy_with(raw_path=url.raw_path + quoted.encode())
    answer = sandbox.http.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["namespace_name"] == name


def test_rename_keeps_id_and_workers(sandbox: RunningSandbox) -> None:
    """A rename by PUT changes name and date; everything else stays."""
    sandbox.load({"name": "old", "created_on": "2024-01-01T00:00:00Z", "workers": [{"name": "w"}]})
    before = sandbox.state()["old"]
    after = sandbox.http.put(f"{sandbox.namespaces_url}/old", json={"name": "new"}).json()["result"]
    assert after["namespace_name"] == "new"
    assert (after["namespace_id"], after["created_on"]) == (before["namespace_id"], "2024-01-01T00:00:00Z")
    assert after["modified_on"] > before["modified_on"]
    assert after["script_count"] == 1
    assert refusal(sandbox.http.get(f"{sandbox.namespaces_url}/old")) == (404, 100119)


def test_put_is_the_whole_object(sandbox: RunningSandbox) -> None:
    """Trust is set by PUT, and lost by a PUT that does not name it."""
    sandbox.load("a")
    url = f"{sandbox.namespaces_url}/a"
    assert sandbox.http.put(url, json={"name": "a", "trusted_workers": True}).json()["result"][
        "trusted_workers"
    ]
    assert not sandbox.http.put(url, json={"name": "a"}).json()["result"]["trusted_workers"]


def test_put_refuses_what_post_refuses(sandbox: RunningSandbox) -> None:
    """A rename to a taken or bad name, of a missing namespace, or without a name changes nothing."""
    sandbox.load("a", "b")
    url = f"{sandbox.namespaces_url}/a"
    assert refusal(sandbox.http.put(url, json={"name": "b"})) == (400, 100120)
    assert refusal(sandbox.http.put(url, json={"name": "b c"})) == (400, 100120)
    assert refusal(sandbox.http.put(url, json={})) == (400, 100120)
    assert refusal(sandbox.http.put(f"{sandbox.namespaces_url}/c", json={"name": "d"})) == (404, 100119)
    assert refusal(sandbox.http.put(url, json={"name": "a", "trusted_workers": "yes"})) == (400, 10021)
    assert set(sandbox.state()) == {"a", "b"}


def test_an_oddly_named_namespace_can_be_trusted_under_its_name(sandbox: RunningSandbox) -> None:
    """The rule for names holds for new names, not for keeping one."""
    sandbox.load("odd name")
    answer = sandbox.http.put(
        f"{sandbox.namespaces_url}/odd%20name", json={"name": "odd name", "trusted_workers": True}
    )
    assert answer.json()["result"]["trusted_workers"] is True


def test_deletion_takes_the_workers_along(sandbox: RunningSandbox) -> None:
    """A namespace created again under the same name is another one, and empty."""
    sandbox.load({"name": "a", "workers": [{"name": "w"}]})
    before = sandbox.state()["a"]["namespace_id"]
    sandbox.http.delete(f"{sandbox.namespaces_url}/a")
    again = sandbox.http.post(sandbox.namespaces_url, json={"name": "a"}).json()["result"]
    assert again["namespace_id"] != before
    assert again["script_count"] == 0


def test_deleting_what_is_not_there_is_refused(sandbox: RunningSandbox) -> None:
    """404 with Cloudflare's code."""
    assert refusal(sandbox.http.delete(f"{sandbox.namespaces_url}/a")) == (404, 100119)


def test_the_plain_listing_ignores_paging(sandbox: RunningSandbox) -> None:
    """As documented: everything at once, no result_info, whatever page is asked for."""
    sandbox.load(*(f"n{i}" for i in range(250)))
    for query in ({}, {"page": "2"}, {"page": "2", "per_page": "10"}):
        listing = sandbox.http.get(sandbox.namespaces_url, params=query).json()
        assert len(listing["result"]) == 250
        assert "result_info" not in listing


def test_the_paged_listing_tells_of_its_pages(sandbox: RunningSandbox) -> None:
    """With the switch on, pages with result_info; the page behind the last is empty."""
    sandbox.load(*(f"n{i}" for i in range(250)))
    sandbox.switch(listing="paged", page_size=100)
    pages = [sandbox.http.get(sandbox.namespaces_url, params={"page": p}).json() for p in (1, 2, 3, 4)]
    assert [len(page["result"]) for page in pages] == [100, 100, 50, 0]
    assert pages[2]["result_info"] == {
        "page": 3,
        "per_page": 100,
        "count": 50,
        "total_count": 250,
        "total_pages": 3,
    }
    assert len({row["namespace_id"] for page in pages for row in page["result"]}) == 250
    assert refusal(sandbox.http.get(sandbox.namespaces_url, params={"page": "x"})) == (400, 10021)


def test_the_silent_listing_pages_without_a_word(sandbox: RunningSandbox) -> None:
    """With the switch on, 100 of 250 come and nothing says so."""
    sandbox.load(*(f"n{i}" for i in range(250)))
    sandbox.switch(listing="paged_silent")
    listing = sandbox.http.get(sandbox.namespaces_url).json()
    assert len(listing["result"]) == 100
    assert "result_info" not in listing


@pytest.mark.parametrize(("status", "code"), [(404, 100119), (403, 10000)])
def test_a_new_namespace_is_not_seen_at_once(sandbox: RunningSandbox, status: int, code: int) -> None:
    """With a delay of consistency, reads don't see a new namespace; writes do, and the name is taken."""
    sandbox.switch(consistency_delay_s=3600, consistency_status=status)
    sandbox.http.post(sandbox.namespaces_url, json={"name": "a"})
    assert refusal(sandbox.http.get(f"{sandbox.namespaces_url}/a")) == (status, code)
    assert sandbox.http.get(sandbox.namespaces_url).json()["result"] == []
    assert refusal(sandbox.http.post(sandbox.namespaces_url, json={"name": "a"})) == (400, 100120)
    assert sandbox.http.delete(f"{sandbox.namespaces_url}/a").status_code == 200


def test_an_account_without_workers_for_platforms(sandbox: RunningSandbox) -> None:
    """Every route of namespaces answers 403 with 10121."""
    sandbox.switch(purchased=False)
    assert refusal(sandbox.http.get(sandbox.namespaces_url)) == (403, 10121)
    assert refusal(sandbox.http.post(sandbox.namespaces_url, json={"name": "a"})) == (403, 10121)
    assert refusal(sandbox.http.get(f"{sandbox.namespaces_url}/a")) == (403, 10121)


def test_unknown_routes_and_methods(sandbox: RunningSandbox) -> None:
    """A path that leads nowhere is 404 with 7003, a method that a path has not is 405."""
    assert refusal(sandbox.http.get(f"{sandbox.namespaces_url}/")) == (404, 7003)
    assert refusal(sandbox.http.get(f"{sandbox.account_url}/workers/nothing")) == (404, 7003)
    assert refusal(sandbox.http.get(f"{sandbox.base_url}/nothing")) == (404, 7003)
    assert refusal(sandbox.http.patch(f"{sandbox.namespaces_url}/a")) == (405, 10405)


def test_a_big_listing_is_whole_and_follows_changes(sandbox: RunningSandbox) -> None:
    """20,000 namespaces come in one answer, and the kept listing is renewed by a write."""
    sandbox.load(*(f"customer-{i}" for i in range(20_000)))
    assert len(sandbox.http.get(sandbox.namespaces_url).json()["result"]) == 20_000
    sandbox.http.delete(f"{sandbox.namespaces_url}/customer-7")
    names = {row["namespace_name"] for row in sandbox.http.get(sandbox.namespaces_url).json()["result"]}
    assert len(names) == 19_999
    assert "customer-7" not in names
