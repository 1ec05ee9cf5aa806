"""Creating a namespace ends in a namespace that is there, or in an error that says what is known."""

from __future__ import annotations

import pytest
from support.names import ACCOUNT, NS, namespace, namespaces
from support.stub_server import Cut, Hang, Received, Reset, html, ok, refused

from wfp_ops.change.namespaces import create_namespace
from wfp_ops.errors import (
    AmbiguousOutcomeError,
    APIResponseValidationError,
    NamespaceNameError,
    NamespaceNotFoundError,
    NotPurchasedError,
)

ONE = f"{NS}/customer-42"
LOST = [Reset(), Cut(b"x" * 50, 5), refused(500), html(502), ok(None), html(200), ok(namespace("other"))]


class Account:
    """An account on the stub server that creates what it is told to, and answers as a test wants."""

    def __init__(self, server, answer=None, *, creates=True, hidden_for=0, before=3):
        self.answer = answer
        self.creates = creates
        self.hidden_for = hidden_for
        self.there = namespaces(before)
        server.on("GET", NS, lambda _: ok(self.there))
        server.on("POST", NS, self.create)
        server.on("GET", ONE, self.get)

    def create(self, got: Received):
        made = namespace(got.json()["name"], 1)
        if self.creates:
            self.there = [*self.there, made]
        return self.answer or ok(made)

    def get(self, _: Received):
        self.hidden_for -= 1
        found = [one for one in self.there if one["namespace_name"] == "customer-42"]
        return ok(found[0]) if found and self.hidden_for < 0 else refused(404, 100119)


def test_created(stub_server, transport):
    """What a read shows comes back, and it was sent once."""
    Account(stub_server)
    assert create_namespace(transport, ACCOUNT, "customer-42").namespace_id == "id-customer-42-1"
    assert stub_server.count("POST", NS) == 1


@pytest.mark.parametrize("hidden", [1, 3, 6])
def test_a_404_for_some_seconds_is_waited_out(stub_server, transport, fake_clock, hidden):
    """Cloudflare shows it late."""
    Account(stub_server, hidden_for=hidden)
    assert create_namespace(transport, ACCOUNT, "customer-42").name == "customer-42"
    assert fake_clock.monotonic() > 0


def test_waiting_is_bounded(stub_server, transport, fake_clock):
    """One that never shows is an error that tells that it was created, with its id."""
    Account(stub_server, hidden_for=10_000)
    with pytest.raises(NamespaceNotFoundError, match="id-customer-42-1"):
        create_namespace(transport, ACCOUNT, "customer-42")
    assert fake_clock.monotonic() <= 31


@pytest.mark.parametrize("answer", LOST, ids=lambda answer: type(answer).__name__)
def test_a_lost_answer_to_a_create_that_happened(stub_server, transport, answer):
    """A read finds it with an id that was not there before: created, by one request."""
    Account(stub_server, answer, hidden_for=2)
    assert create_namespace(transport, ACCOUNT, "customer-42").namespace_id == "id-customer-42-1"
    assert stub_server.count("POST", NS) == 1


@pytest.mark.parametrize("answer", LOST, ids=lambda answer: type(answer).__name__)
def test_a_lost_answer_to_a_create_that_did_not_happen(stub_server, transport, answer):
    """No read finds it: that is said, and it is not sent again."""
    Account(stub_server, answer, creates=False)
    with pytest.raises(AmbiguousOutcomeError, match="no namespace of that name"):
        create_namespace(transport, ACCOUNT, "customer-42")
    assert stub_server.count("POST", NS) == 1


def test_a_lost_answer_and_somebody_renamed_meanwhile(stub_server, transport):
    """What bears the name now has an id that was there before: not ours."""
    account = Account(stub_server, Reset(), creates=False)

    def get(_: Received):
        return ok({**account.there[0], "namespace_name": "customer-42"})

    stub_server.on("GET", ONE, get)
    with pytest.raises(AmbiguousOutcomeError, match="before"):
        create_namespace(transport, ACCOUNT, "customer-42")


def test_a_hanging_answer_is_settled(stub_server, make_transport):
    """A timeout is a lost answer, too."""
    Account(stub_server, Hang())
    found = create_namespace(make_transport(timeout_s=0.1), ACCOUNT, "customer-42")
    assert found.namespace_id == "id-customer-42-1"


def test_another_id_than_created(stub_server, transport):
    """A read that shows another one than was made is not believed."""
    Account(stub_server)
    stub_server.on("GET", ONE, ok(namespace("customer-42", 99)))
    with pytest.raises(APIResponseValidationError):
        create_namespace(transport, ACCOUNT, "customer-42")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "..", "ü", "x" * 64, "a\nb", '"', "👩‍🚀"])
def test_names_that_are_not_allowed(stub_server, transport, name):
    """Refused here, and nothing is sent."""
    with pytest.raises(NamespaceNameError):
        create_namespace(transport, ACCOUNT, name)
    assert stub_server.received == []


def test_a_name_that_is_taken(stub_server, transport):
    """The listing shows it: nothing is created."""
    Account(stub_server)
    with pytest.raises(NamespaceNameError, match="exists already"):
        create_namespace(transport, ACCOUNT, "customer-1")
    assert stub_server.count("POST", NS) == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [(refused(400, 100120), NamespaceNameError), (refused(403, 10121), NotPurchasedError)],
)
def test_refusals_come_through(stub_server, transport, answer, error):
    """No is no."""
    Account(stub_server, answer, creates=False)
    with pytest.raises(error):
        create_namespace(transport, ACCOUNT, "customer-42")
