"""An audit that knows of usage, over the real sandbox: who is idle, and who is called though they left."""

from __future__ import annotations

import pytest
from support.company import (
    LONG_AGO,
    NOW,
    customer,
    namespace,
    open_company,
)
from support.sandbox_server import clean_sandbox, running_sandbox

from wfp_ops.clock import parse_time
from wfp_ops.errors import FrameError

NONE = {"traffic": {"hourly": 0}}
SOME = {"traffic": {"hourly": 20, "steady": True}}


@pytest.fixture(scope="module")
def server():
    """One sandbox for the tests of this module."""
    with running_sandbox(now=parse_time(NOW)) as running:
        yield running


SPACES = (
    namespace("customer-1", "site", **SOME),
    namespace("customer-2", "site", **NONE),
    namespace("customer-3"),
    namespace("customer-50", "site", **SOME),
    namespace("customer-51", "site", traffic={"hourly": 20, "ends_on": "2026-11-15T00:00:00Z"}),
    namespace("customer-90", "site", **SOME),
    namespace("customer-91", "site", **NONE),
)
LIST = (
    *(customer(number) for number in ("1", "2", "3")),
    customer("50", "churned", churned_on="2026-11-01"),
    customer("51", "churned", churned_on="2026-11-16"),
)


@pytest.fixture
def company(server, tmp_path):
    """1 is called, 2 is not, 3 has no Worker; 50 left and is called, 51 was until it left; 90, 91 are nobody's."""
    return open_company(clean_sandbox(server), tmp_path, rows=LIST, namespaces=SPACES)


def found(audit, kind):
    """Names and details of one kind."""
    rows = audit.findings[audit.findings["kind"] == kind]
    return dict(zip(rows["namespace"], rows["detail"], strict=True))


def test_flags(company):
    """In three questions: the account's limits, everybody, and by day who should not be called."""
    with company.account() as account:
        audit = account.audit()
        assert account.analytics().queries == 3
        assert account.audit(save=False).findings.equals(audit.findings)
        assert account.analytics().queries == 5
    assert list(found(audit, "idle")) == ["customer-2", "customer-91"]
    live = found(audit, "live_after_churn")
    assert list(live) == ["customer-50", "customer-90"]
    amount, _, words = live["customer-50"].partition(" ")
    assert words == "requests since 2026-11-02, the last on 2026-11-23; its customer left on 2026-11-01"
    # every hour has twenty: three weeks without the day of leaving, up to ten minutes ago
    hours = 21 * 24 + 11
    assert hours * 20 < int(amount.replace(",", "")) < (hours + 1) * 20
    assert audit.notes == ()
    assert audit.counts["findings"]["live_after_churn"] == 2


def test_without_asking(company):
    """Nothing is asked, nothing found, and nothing said."""
    with company.account() as account:
        audit = account.audit(usage=False)
        assert account.analytics().queries == 0
    assert not {"idle", "live_after_churn"} & set(audit.findings["kind"])
    assert audit.notes == ()


@pytest.mark.parametrize(
    "switch",
    [
        {"analytics_permitted": False},
        {"analytics_enabled": False},
        {"analytics_max_duration": 86400},
    ],
)
def test_an_audit_that_may_not_know(company, switch):
    """It is made all the same, and says that traffic is unknown."""
    company.sandbox.switch(**switch)
    with company.account() as account:
        audit = account.audit()
        (note,) = audit.notes
        assert note.startswith("traffic is unknown, so nothing is said to be idle, or live after churn: ")
        assert not {"idle", "live_after_churn"} & set(audit.findings["kind"])
        assert audit.changes is not None
        assert audit.snapshot is not None


def test_analytics_that_are_down(company):
    """It does not wait for them long, and is made without."""
    company.sandbox.fault("graphql_errors", route="/graphql", message="unable to execute query")
    with company.account(share=0.002) as account:
        before = account.clock.monotonic()
        audit = account.audit()
        assert account.clock.monotonic() - before < 60
    assert "unable to execute query" in audit.notes[0]


def test_everybody_silent_is_not_believed(company):
    """A token that sees nothing makes nobody idle."""
    company.sandbox.load(*({**each, **NONE} for each in SPACES))
    with company.account() as account:
        audit = account.audit()
    assert found(audit, "idle") == {}
    assert audit.notes[0].startswith("nothing is said to be idle: nobody had a request")


def test_by_a_frame_that_is_at_hand(company):
    """The same findings, and no question."""
    with company.account() as account:
        asked = account.audit()
        usage = account.usage(last="31d", every="1d", by="namespace")
        before = account.analytics().queries
        given = account.audit(usage=usage)
        assert account.analytics().queries == before
        assert found(given, "idle") == found(asked, "idle")
        assert list(found(given, "live_after_churn")) == ["customer-50", "customer-90"]
        short = account.audit(usage=account.usage(last="7d", every="1d", by="namespace"))
        assert found(short, "idle") == {}
        with pytest.raises(FrameError):
            account.audit(usage=usage[usage["requests"] > 10_000])


def test_a_rename_is_not_idleness(server, tmp_path):
    """Requests under the name that an audit knows count; where none knows, nobody is said to be idle."""
    lately = "2026-11-21T00:00:00Z"
    old = namespace("Customer_60", "site", namespace_id="6" * 32, modified_on="2025-06-01T00:00:00Z", **SOME)
    company = open_company(
        clean_sandbox(server), tmp_path, rows=[*LIST, customer("60")], namespaces=[*SPACES, old]
    )
    traffic = {"traffic": {"hourly": 20, "ends_on": "2026-11-20T00:00:00Z"}}
    past = {"past_names": [{"name": "Customer_60", "until": lately}], "modified_on": lately, **traffic}
    new = namespace("customer-60", "site", namespace_id="6" * 32, **past)
    other = namespace(
        "customer-61",
        "site",
        namespace_id="7" * 32,
        **{**past, "past_names": [{"name": "x", "until": lately}]},
    )
    company.sandbox.load(*SPACES, new, other)
    company.write_list([*LIST, customer("60"), customer("61")])
    with company.account() as account:
        audit = account.audit()
    assert list(found(audit, "idle")) == ["customer-2", "customer-91"]


@pytest.mark.parametrize("select", ["name", "tag"])
def test_worker_tenancy(server, tmp_path, select):
    """Each Worker by itself, whatever the others in its namespace do."""

    def worker(number, traffic):
        name = f"customer-{number}" if select == "name" else f"site-{number}"
        return {"name": name, "created_on": LONG_AGO, "tags": [f"customer-{number}"], **traffic}

    inside = [worker(1, SOME), worker(2, NONE), worker(50, SOME), worker(51, NONE)]
    spaces = [
        {**namespace("production"), "workers": inside},
        {**namespace("staging"), "workers": [worker(2, SOME)]},
    ]
    sandbox = clean_sandbox(server)
    sandbox.load(*spaces)
    company = open_company(sandbox, tmp_path, rows=LIST, namespaces=spaces)
    company.settings(more=f'[audit]\ntenancy = "worker"\nnamespaces = ["production"]\nselect = "{select}"\n')
    with company.account() as account:
        audit = account.audit()
        given = account.audit(usage=account.usage(last="31d", every="1d", by=("namespace", "worker")))
    for each in (audit, given):
        rows = each.findings[each.findings["kind"].isin(["idle", "live_after_churn"])]
        two, fifty, one = (
            ("customer-2", "customer-50", "customer-51")
            if select == "name"
            else ("site-2", "site-50", "site-51")
        )
        assert list(zip(rows["kind"], rows["worker"], strict=True)) == [
            ("live_after_churn", fifty),
            ("idle", two),
            ("idle", one),
        ]


def test_the_days_are_a_setting(company):
    """What ended eight days ago is idle by a week."""
    company.settings(more="[audit]\nidle_days = 7")
    with company.account() as account:
        audit = account.audit()
    assert list(found(audit, "idle")) == ["customer-2", "customer-51", "customer-91"]
    assert found(audit, "idle")["customer-2"].startswith("no request in 7 days")
