"""What the guards judge by is read as it is; what can't be told stays unknown, and half an answer is an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.archives import bench
from support.names import ACCOUNT, NS, namespace
from support.sandbox_server import clean_sandbox, running_sandbox
from support.stub_server import Reset, html, ok, refused
from support.worker_code import module_form

from wfp_ops.change.gather import Gathered, bound_by, gather, see
from wfp_ops.errors import APIError, NamespaceNotFoundError

SCRIPTS = f"/accounts/{ACCOUNT}/workers/scripts"
BINDING = {"type": "dispatch_namespace", "name": "CUSTOMERS", "namespace": "customer-9"}


@pytest.fixture(scope="module")
def sandbox():
    """A running sandbox of this module's own."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def one(sandbox, tmp_path):
    """Its account: two namespaces with Workers, one without."""
    with bench(clean_sandbox(sandbox), tmp_path) as made:
        sandbox.load(
            {"name": "customer-9", "workers": [{"name": "site", "has_assets": False}, {"name": "shop"}]},
            {"name": "customer-8", "workers": [{"name": "site", "has_assets": True}]},
            "empty",
        )
        yield made


def _dispatcher(one, name, *bindings):
    url = f"{one.sandbox.account_url}/workers/scripts/{name}"
    assert one.sandbox.http.put(url, files=module_form(bindings=list(bindings))).status_code == 200


def _inside(one, namespace, name, *bindings):
    url = f"{one.sandbox.namespaces_url}/{namespace}/scripts/{name}"
    assert one.sandbox.http.put(url, files=module_form(bindings=list(bindings))).status_code == 200


def test_only_what_was_asked_for(one):
    """Those that are there; one that is not is left out, and was looked for all the same."""
    steps = []
    found = gather(one.reads, ["customer-9", "empty", "nowhere"], progress=lambda *done: steps.append(done))
    assert sorted(found.seen) == ["customer-9", "empty"]
    assert found.looked == {"customer-9", "empty", "nowhere"}
    assert [worker.name for worker in found.seen["customer-9"].workers] == ["shop", "site"]
    assert found.seen["customer-9"].complete
    assert found.seen["customer-9"] == see(one.reads, "customer-9")
    assert (found.losses, found.binders, found.how) == ({}, None, "nobody has looked")
    assert steps == [(1, 2), (2, 2)]


def test_nobody_has_looked_yet():
    """Nothing is known then."""
    assert Gathered() == Gathered(
        seen={}, losses={}, binders=None, how="nobody has looked", looked=frozenset()
    )


def test_what_is_lost_is_asked_where_it_matters(one):
    """By namespace and Worker; what has assets is lost for good."""
    found = gather(
        one.reads, ["customer-9", "customer-8", "empty"], contents=["customer-8", "empty", "nowhere"]
    )
    assert list(found.losses) == [("customer-8", "site")]
    lost = found.losses["customer-8", "site"]
    assert "static assets" in lost.irreversible[0]
    assert set(lost.irreversible) <= set(lost.cannot)
    fine = gather(one.reads, ["customer-9"], contents=["customer-9"]).losses
    assert {key: each.irreversible for key, each in fine.items()} == {
        ("customer-9", "shop"): (),
        ("customer-9", "site"): (),
    }


def test_a_secret_can_be_put_again(one):
    """It does not come back by itself, and is not lost for good."""
    _inside(one, "empty", "w", {"type": "secret_text", "name": "KEY", "text": "s"})
    lost = gather(one.reads, ["empty"], contents=["empty"]).losses["empty", "w"]
    assert "'KEY'" in lost.cannot[0]
    assert lost.irreversible == ()


def test_who_binds_what(one):
    """The account's own Workers, and those inside of what was looked into."""
    _dispatcher(one, "dispatcher", BINDING, {"type": "plain_text", "name": "A", "text": "x"})
    _dispatcher(one, "second", {**BINDING, "name": "ALSO"}, {**BINDING, "namespace": "customer-8"})
    _dispatcher(one, "third")
    _inside(one, "customer-8", "inner", BINDING)
    found = gather(one.reads, ["customer-9", "customer-8"], contents=["customer-8"], bindings=True)
    assert {name: sorted(binders) for name, binders in found.binders.items()} == {
        "customer-9": [("customer-8/inner", "CUSTOMERS"), ("dispatcher", "CUSTOMERS"), ("second", "ALSO")],
        "customer-8": [("second", "CUSTOMERS")],
    }
    assert found.how.startswith(
        "none of the account's 3 ordinary Workers binds it, nor one inside a namespace"
    )
    assert found.how.endswith("Workers inside other dispatch namespaces were not looked at")


def test_nobody_binds_anything(one):
    """That is known, and another thing than not known."""
    found = gather(one.reads, ["customer-9"], bindings=True)
    assert found.binders == {}
    assert found.how.startswith("none of the account's 0 ordinary Workers binds it")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refused(403, 10000), "can't be looked at"),
        (html(403), "can't be looked at"),
        (refused(404, 7003), "can't be looked at"),
        (ok(None), "can't be looked at"),
    ],
)
def test_an_account_that_may_not_be_looked_at(stub_server, reads, answer, words):
    """A token for namespaces alone leaves it unknown, which the guard refuses by."""
    stub_server.on("GET", NS, ok([namespace("customer-9", script_count=0)]))
    stub_server.on("GET", f"{NS}/customer-9/scripts", ok([], result_info={"cursor": ""}))
    stub_server.on("GET", SCRIPTS, answer)
    found = gather(reads, ["customer-9"], bindings=True)
    assert found.binders is None
    assert words in found.how


def test_a_binding_that_hides_its_target(stub_server, reads):
    """One Worker whose settings say nothing whole makes all unknown."""
    stub_server.on("GET", NS, ok([]))
    stub_server.on("GET", SCRIPTS, ok([{"id": "dispatcher"}]))
    stub_server.on(
        "GET",
        f"{SCRIPTS}/dispatcher/settings",
        ok({"bindings": [{"type": "dispatch_namespace", "name": "A"}]}),
    )
    assert gather(reads, ["customer-9"], bindings=True).binders is None


def test_a_listing_that_may_have_been_cut(stub_server, reads):
    """Its number is a page's, and page 2 was refused: nobody knows who else binds it."""
    stub_server.on("GET", NS, ok([]))
    rows = [{"id": f"w{number}"} for number in range(100)]
    stub_server.on("GET", SCRIPTS, ok(rows), refused(400))
    found = gather(reads, [], bindings=True)
    assert found.binders is None
    assert found.how.startswith("the account's Workers are not proven to be all: 100 rows could be a page")


@pytest.mark.parametrize("answer", [Reset(), refused(429, 10000, retry_after="1")])
def test_no_connection_is_no_knowledge(stub_server, reads, answer):
    """What may be told a minute later is not written down as unknown."""
    stub_server.on("GET", NS, ok([]))
    stub_server.on("GET", SCRIPTS, answer)
    with pytest.raises(APIError):
        gather(reads, ["customer-9"], bindings=True)


@pytest.mark.parametrize("kind", ["null_result", "wrong_result", "not_json", "success_false", "html"])
@pytest.mark.parametrize("route", ["*/namespaces", "*/scripts", "*/settings"])
def test_half_an_answer_is_an_error(one, kind, route):
    """No plan is made of half a look."""
    one.sandbox.fault(kind, method="GET", route=route)
    with pytest.raises(APIError):
        gather(one.reads, ["customer-9"], contents=["customer-9"])


def test_a_namespace_that_goes_between_two_reads(one):
    """It is left out: the guards find that it is not there."""
    one.sandbox.fault("status", method="GET", route="*/customer-9/scripts", status=404, code=100119)
    found = gather(one.reads, ["customer-9", "empty"], contents=["customer-9"])
    assert list(found.seen) == ["empty"]
    assert "customer-9" in found.looked
    with pytest.raises(NamespaceNotFoundError):
        see(one.reads, "customer-9")


def test_assets_that_the_listing_does_not_tell(stub_server, reads):
    """The Worker itself is asked; where it says nothing either, they count as lost."""
    site = f"{NS}/customer-9/scripts/site"
    stub_server.on("GET", NS, ok([namespace("customer-9")]))
    stub_server.on("GET", f"{NS}/customer-9/scripts", ok([{"id": "site"}], result_info={"cursor": ""}))
    stub_server.on("GET", f"{site}/settings", ok({"bindings": []}))
    for said, count in ((False, 0), (True, 1), (None, 1)):
        stub_server.on("GET", site, ok({"script": {"id": "site", "has_assets": said}}))
        lost = gather(reads, ["customer-9"], contents=["customer-9"]).losses["customer-9", "site"]
        assert len(lost.irreversible) == count


@pytest.mark.parametrize("bindings", [None, "text", {"a": 1}, ["text", None, 3]])
def test_settings_that_are_none(stub_server, reads, bindings):
    """What is no list of bindings stops no plan; that nothing is said counts as lost."""
    site = f"{NS}/customer-9/scripts/site"
    stub_server.on("GET", NS, ok([namespace("customer-9")]))
    rows = [{"id": "site", "has_assets": False}]
    stub_server.on("GET", f"{NS}/customer-9/scripts", ok(rows, result_info={"cursor": ""}))
    stub_server.on("GET", f"{site}/settings", ok({"bindings": bindings}))
    lost = gather(reads, ["customer-9"], contents=["customer-9"]).losses["customer-9", "site"]
    assert bool(lost.irreversible) is not isinstance(bindings, list)


def test_the_bindings_to_namespaces():
    """Those that name one, with their own name; all others say nothing."""
    odd = {"type": "dispatch_namespace", "namespace": "customer-8"}
    others = [
        {"type": "service", "name": "A", "namespace": "customer-7"},
        {"type": "dispatch_namespace", "name": "B", "namespace": ""},
        {"type": "dispatch_namespace", "name": "C"},
        {},
    ]
    assert bound_by([BINDING, odd, *others]) == [("customer-9", "CUSTOMERS"), ("customer-8", "?")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["dispatch_namespace", "a", ""]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "name", "namespace"]), inner),
    max_leaves=8,
)


@given(said=JSON)
def test_whatever_cloudflare_says_of_bindings(said):
    """It never fails, and names only what is said to be bound."""
    for target, name in bound_by(said):
        assert target
        assert name
