"""One customer whole, over the real sandbox: record, account, usage, cost and what happened."""

from __future__ import annotations

import base64
import json
import re

import pytest
from support.company import LONG_AGO, NOW, customer, namespace, open_company
from support.sandbox_server import clean_sandbox, running_sandbox

import wfp_ops
from wfp_ops.clock import parse_time
from wfp_ops.errors import SettingsError
from wfp_ops.frames.columns import FINDINGS, NAMESPACES, WORKERS
from wfp_ops.frames.customer import HISTORY
from wfp_ops.frames.usage import USAGE
from wfp_ops.usage.record import usage_record

SOME = {"traffic": {"hourly": 20, "steady": True}}
NONE = {"traffic": {"hourly": 0}}
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def server():
    """One sandbox for the tests of this module."""
    with running_sandbox(now=parse_time(NOW)) as running:
        yield running


@pytest.fixture
def company(server, tmp_path):
    """1 has two namespaces, 2 is called by a hostile name, 50 left, 90 is nobody's."""
    rows = [customer("1", name="One"), customer("2", name=HOSTILE), customer("3", name="Three")]
    rows += [customer("50", "churned", name="Fifty"), customer("1337", name="Elite")]
    spaces = [
        namespace("customer-1", "site", "api", **SOME),
        namespace("legacy-one", "old", **SOME),
        namespace("customer-2", "site", **NONE),
        namespace("customer-50", "site", **NONE),
        namespace("customer-90", "site", **SOME),
    ]
    rows[0]["namespace"] = "legacy-one"
    return open_company(clean_sandbox(server), tmp_path, rows=rows, namespaces=spaces)


def test_one_customer(company):
    """The record, both namespaces, Workers with requests by day, findings, and what it cost."""
    with company.account() as account:
        one = account.customer("1")
        assert isinstance(one, wfp_ops.account.one_customer.OneCustomer)
    assert (one.customer_id, one.name, one.state) == ("1", "One", "matched")
    assert one.record["status"] == "active"
    assert set(one.namespaces["namespace"]) == {"customer-1", "legacy-one"}
    assert set(one.workers["worker"]) == {"site", "api", "old"}
    assert one.findings["kind"].tolist() == ["duplicate"]
    assert set(one.usage["namespace"]) == {"customer-1", "legacy-one"}
    assert usage_record(one.usage)["every"] == "1d"
    assert one.month == "2026-11"
    assert one.cost["total"] > 0
    assert one.notes == ()
    NAMESPACES.check(one.namespaces[NAMESPACES.names])
    for frame, spec in ((one.workers, WORKERS), (one.findings, FINDINGS), (one.usage, USAGE)):
        spec.check(frame)
    HISTORY.check(one.history)
    document = json.loads(one.to_json())
    assert document["schema"] == "wfp-ops/customer/1"
    assert document["cost"]["customer_id"] == "1"
    assert len(document["usage"]) == len(one.usage)


def test_usage_is_read_of_its_namespaces_alone(company):
    """In one question, whatever else the account holds."""
    with company.account() as account:
        audit = account.audit(usage=False)
        before = account.analytics().queries
        one = account.customer("1", audit=audit, cost=False)
        assert account.analytics().queries - before <= 2
        whole = account.usage(last="30d", every="1d", by=("namespace", "worker"))
    own = whole[whole["namespace"].isin(["customer-1", "legacy-one"])]
    assert one.usage["requests"].sum() == own["requests"].sum()
    assert one.cost is None


def test_it_shows_itself(company):
    """In a terminal and in a notebook; no text of the list runs."""
    with company.account() as account:
        shown = account.customer("1")
        hostile = account.customer("2")
    text = repr(shown)
    for words in ("Customer 1 One", "legacy-one", "duplicate", "US dollars in 2026-11", "came (the list)"):
        assert words in text
    page = shown._repr_html_()
    assert "data:image/svg+xml;base64," in page
    assert HOSTILE in repr(hostile)
    page = hostile._repr_html_()
    assert HOSTILE not in page
    assert "&lt;img" in page
    assert "data:image" not in page
    assert "no request seen" in repr(hostile)


def test_times_on_its_chart_are_in_the_readers_zone(company, monkeypatch):
    """Those of the frames stay in UTC."""
    monkeypatch.setenv("WFP_OPS_USAGE__ZONE", "Europe/Berlin")
    with company.account() as account:
        one = account.customer("1", cost=False)
    picture = re.search(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", one._repr_html_())
    assert b"(Europe/Berlin)" in base64.b64decode(picture[1])
    assert str(one.usage["time"].dtype) == "datetime64[us, UTC]"


def test_who_is_in_no_list(company):
    """An orphan's id is somebody's: what there is, and that nobody has it."""
    with company.account() as account:
        one = account.customer("90")
    assert (one.record, one.state, one.name) == ({}, None, None)
    assert set(one.findings["kind"]) == {"orphaned", "live_after_churn"}
    assert "the customer list has no record of this id" in one.notes
    assert "not in the customer list" in repr(one)


def test_a_customer_without_anything(company):
    """Nothing is there, so nothing is asked; that is no error."""
    with company.account() as account:
        one = account.customer("3", cost=False)
    assert (len(one.namespaces), len(one.workers), one.usage) == (0, 0, None)
    assert one.state == "missing"
    assert "Workers (0): none" in repr(one)
    assert "none" in one._repr_html_()


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("13337", "near ones: 1337 (Elite)"),
        ("3137", "near ones: 1337 (Elite)"),
        ("01337", "near ones: 1337 (Elite)"),
        ("eliite", "near ones: 1337 (Elite)"),
        ("lite", "near ones: 1337 (Elite)"),
        ("fift", "near ones: 50 (Fifty)"),
        ("Legacy_One", "near ones: 1 (One)"),
        ("1338", "ids are text as the list has them, such as 007"),
        ("4", "ids are text as the list has them, such as 007"),
        ("nobody", "ids are text as the list has them, such as 007"),
        ("zzzzzzzz", "ids are text as the list has them, such as 007"),
    ],
)
def test_an_id_that_nobody_knows(company, given, near):
    """Near ids, names and namespaces stand in the hint, and none who is merely another."""
    with company.account() as account, pytest.raises(SettingsError) as caught:
        account.customer(given, usage=False)
    assert caught.value.hint == near
    assert str(caught.value).startswith(f"no record, namespace or journal has the id {given!r}")


@pytest.mark.parametrize("wrong", ["", " ", 42, None])
def test_what_is_no_id(company, wrong):
    """A number is no id: nobody knows whether it was 007."""
    with company.account() as account, pytest.raises(SettingsError):
        account.customer(wrong)


def test_a_record_that_was_set_aside(company):
    """The id is known, and why its record can't be used."""
    rows = company.csv.read_text().splitlines()
    company.csv.write_text("\n".join([*rows, rows[3], ""]))
    with company.account() as account:
        one = account.customer("3", usage=False)
    assert any("was set aside" in note for note in one.notes)


def test_without_analytics(company):
    """Usage and cost are unknown, and why; all else is there."""
    company.sandbox.switch(analytics_permitted=False)
    with company.account() as account:
        one = account.customer("1")
        assert (one.usage, one.cost) == (None, None)
        assert [note.partition(":")[0] for note in one.notes] == ["usage is unknown", "cost is unknown"]
        quiet = account.customer("1", usage=False)
        assert (quiet.usage, quiet.cost, quiet.notes) == (None, None, ())
    assert "usage: unknown" in repr(one)
    assert len(one.workers) == 3


def test_what_happened(company):
    """Came, was marked, was protected, left, was deleted: each with who says so, also after it is gone."""
    with company.account() as account:
        account.protect("customer-50", until="2026-11-24", reason="ask legal")
        account.unprotect("customer-50")
        account.protect("customer-1", until="2027-01-31", reason="a lawsuit")
        plan = account.plan_delete(account.audit(), "churned")
        assert account.apply(plan, confirm=plan.confirmation).done == 1
        one = account.customer("50", usage=False)
        other = account.customer("1", usage=False)
    said = one.history["what"].tolist()
    assert said[0] == "came"
    assert "left" in said
    assert any(each.startswith("delete the namespace: done, verified") for each in said)
    assert one.history["at"].is_monotonic_increasing
    assert one.history["source"].iloc[-1].startswith("journal ")
    assert any("protected until 2027-01-31: a lawsuit" in each for each in other.history["what"])
    assert not any("delete" in each for each in other.history["what"])
    company.write_list([customer("1")])
    with company.account() as account:
        gone = account.customer("50", usage=False)
    assert gone.record == {}
    assert any("delete the namespace" in each for each in gone.history["what"])


def test_a_journal_that_can_not_be_used_hides_nothing_else(company):
    """It is named, and the rest is told."""
    with company.account() as account:
        plan = account.plan_delete(account.audit(), "churned")
        journal = account.apply(plan, confirm=plan.confirmation).journal
        journal.write_text(journal.read_text().replace("customer-50", "customer-51"))
        one = account.customer("50", usage=False)
    assert any(journal.name in note for note in one.notes)
    assert "came" in one.history["what"].tolist()


def test_a_rename_is_told(server, tmp_path):
    """By the audits that saw both names; its usage counts under either."""
    before = namespace("Customer_1", "site", namespace_id="1" * 32, modified_on=LONG_AGO, **SOME)
    other = namespace("customer-2", "site", **SOME)
    rows = [customer("1"), customer("2")]
    company = open_company(clean_sandbox(server), tmp_path, rows=rows, namespaces=[before, other])
    past = {"past_names": [{"name": "Customer_1", "until": "2026-11-15T00:00:00Z"}]}
    company.sandbox.load({**before, "name": "customer-1", **past}, other)
    with company.account() as account:
        account.audit(usage=False)
        one = account.customer("1", cost=False)
    assert "renamed from 'Customer_1', seen by an audit" in one.history["what"].tolist()
    assert set(one.usage["namespace"]) == {"Customer_1", "customer-1"}
    for path in (tmp_path / "state").rglob("snapshots/*/manifest.json"):
        path.write_text("{}")
    with company.account() as account:
        again = account.customer("1", cost=False, usage=False)
    assert any("can't be read: it may have seen a rename" in note for note in again.notes)


@pytest.mark.parametrize("select", ["name", "tag"])
def test_worker_tenancy(server, tmp_path, select):
    """Theirs are Workers in a namespace that others are in as well."""

    def worker(number, traffic):
        name = f"customer-{number}" if select == "name" else f"site-{number}"
        return {"name": name, "created_on": LONG_AGO, "tags": [f"customer-{number}"], **traffic}

    production = {**namespace("production"), "workers": [worker(1, SOME), worker(2, SOME)]}
    sandbox = clean_sandbox(server)
    sandbox.load(production)
    company = open_company(sandbox, tmp_path, rows=[customer("1"), customer("2")], namespaces=[production])
    company.settings(more=f'[audit]\ntenancy = "worker"\nnamespaces = ["production"]\nselect = "{select}"\n')
    with company.account() as account:
        one = account.customer("1")
    name = "customer-1" if select == "name" else "site-1"
    assert one.workers["worker"].tolist() == [name]
    assert set(one.usage["worker"]) == {name}
    assert one.namespaces["namespace"].tolist() == ["production"]
