"""Usage over the real sandbox, held against what really happened there."""

from __future__ import annotations

import pandas as pd
import pytest
from support.opened import opening
from support.sandbox_server import running_sandbox

import wfp_ops
from wfp_ops.clock import parse_time
from wfp_ops.errors import (
    AnalyticsError,
    AnalyticsPermissionError,
    AnalyticsQuotaError,
    AnalyticsRangeError,
    CustomerListError,
    SettingsError,
)
from wfp_ops.frames.usage import USAGE
from wfp_ops.usage.fill import with_zeros
from wfp_ops.usage.record import usage_record
from wfp_ops.usage.traffic import traffic

NOW = "2026-11-23T12:00:00Z"
CREATED = "2026-06-01T00:00:00Z"
SETTLED = ("2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z")
FIRST_SETTINGS = {
    "analytics_permitted": True,
    "analytics_enabled": True,
    "analytics_max_duration": 31 * 86400,
    "analytics_not_older_than": 93 * 86400,
    "analytics_max_page_size": 10_000,
    "analytics_max_fields": 50,
    "analytics_missing_fields": [],
    "analytics_rate_limit": None,
    "analytics_sampling": False,
    "analytics_errors_as_200": True,
}


def worker(name, tag, **more):
    return {"name": name, "tag": tag, "created_on": CREATED, **more}


INVENTORY = {
    "mode": "replace",
    "namespaces": [
        {
            "name": "customer-1",
            "created_on": CREATED,
            "traffic": {"hourly": 40},
            "workers": [worker("web", "a" * 32), worker("api", "b" * 32)],
        },
        {
            "name": "legacy-one",
            "created_on": CREATED,
            "traffic": {"hourly": 20},
            "workers": [worker("web", "c" * 32)],
        },
        {
            "name": "customer-2",
            "created_on": CREATED,
            "traffic": {"hourly": 30, "error_share": 0.1},
            "workers": [worker("web", "d" * 32)],
            "past_names": [{"name": "beta", "until": "2026-11-21T06:00:00Z"}],
        },
        {
            "name": "customer-3",
            "created_on": CREATED,
            "traffic": {"hourly": 0},
            "workers": [worker("web", "e" * 32)],
        },
        {
            "name": "production",
            "created_on": CREATED,
            "traffic": {"hourly": 25},
            "workers": [worker("customer-8", "f" * 32, tags=["customer-9"])],
        },
    ],
    "deleted": [
        {
            "namespace": "customer-1",
            "name": "gone",
            "tag": "9" * 32,
            "created_on": CREATED,
            "deleted_on": "2026-11-20T12:00:00Z",
            "traffic": {"hourly": 50},
        }
    ],
}
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["1", "2", "3"],
        "name": ["One", "Two", "Three"],
        "status": ["active"] * 3,
        "namespace": ["legacy-one", None, None],
    }
)


@pytest.fixture(scope="module")
def server():
    """A sandbox with a few namespaces, one of them renamed, and a Worker that was deleted."""
    with running_sandbox(now=parse_time(NOW)) as running:
        running.control("POST", "load", INVENTORY)
        yield running


@pytest.fixture
def connect(server, tmp_path, monkeypatch):
    """Opens the account, with settings of the test's choice; the sandbox's are as they were."""
    server.control("DELETE", "faults")
    server.switch(**FIRST_SETTINGS)
    with opening(server, tmp_path, monkeypatch, now=NOW) as connect:
        yield connect


@pytest.fixture
def account(connect):
    """The account as it is."""
    return connect()


@pytest.fixture
def truth(server):
    """What really happened, by some of namespace, worker, hour, day, dispatcher; customers' Workers only."""

    def look(*by, start=SETTLED[0], end=SETTLED[1]):
        words = ",".join((*by, "dispatcher"))
        rows = pd.DataFrame(server.control("GET", f"truth-usage?start={start}&end={end}&by={words}")["rows"])
        return rows[~rows["dispatcher"].astype(bool)].drop(columns="dispatcher")

    return look


def between(start=SETTLED[0], end=SETTLED[1]):
    return {"start": start, "end": end}


# --- against the truth --------------------------------------------------------------------------


@pytest.mark.parametrize("page", [10_000, 37])
@pytest.mark.parametrize("widest", [31 * 86400, 86400])
def test_every_hour_of_every_worker(server, account, truth, page, widest):
    """Page by page or at once, in one window or several: exactly what happened."""
    server.switch(analytics_max_page_size=page, analytics_max_duration=widest)
    frame = account.usage(every="1h", **between())
    USAGE.check(frame)
    expected = truth("namespace", "worker", "hour")
    expected["time"] = pd.to_datetime(expected["hour"], utc=True)
    both = frame.merge(
        expected, on=["namespace", "worker", "time"], how="outer", suffixes=("", "_really"), indicator=True
    )
    assert (both["_merge"] == "both").all()
    for ours, really, factor in [
        ("requests", "requests_really", 1),
        ("errors", "errors_really", 1),
        ("subrequests", "subrequests_really", 1),
        ("cpu_ms", "cpu_us", 1000),
        ("wall_ms", "wall_us", 1000),
    ]:
        assert (both[ours] * factor).to_numpy(dtype=float) == pytest.approx(
            both[really].to_numpy(dtype=float)
        )
    assert frame["complete"].all()
    assert wfp_ops.completeness(frame).proven
    assert usage_record(frame)["ratio"] == 1


@pytest.mark.parametrize("every", ["5m", "15m", "6h", "1d", None])
def test_every_span(account, truth, every):
    """However it is cut, it is the same in all."""
    frame = account.usage(every=every, by="namespace", **between())
    expected = truth("namespace").set_index("namespace")["requests"]
    found = frame.groupby("namespace")["requests"].sum()
    assert found.to_dict() == expected[expected > 0].to_dict()


def test_quantiles_are_of_the_level_asked_for(account):
    """A namespace's median lies between its Workers', and is no average of the hours'."""
    day = account.usage(every=None, by="namespace", **between()).set_index("namespace")
    assert day["cpu_ms_p50"].notna().all()
    assert (day["cpu_ms_p50"] <= day["cpu_ms_p99"]).all()
    assert account.usage(every="1d", by="customer", **between())["cpu_ms_p50"].isna().all()


def test_a_renamed_namespace_and_a_deleted_worker(account, truth):
    """Both names are there, of the same customer, each with what happened under it; so is what is gone."""
    frame = account.usage(every="1h", customers=CUSTOMERS, **between())
    names = frame.groupby(["namespace", "worker"], dropna=False)["requests"].sum()
    assert names["beta"].sum() > 0
    assert names["customer-2"].sum() > 0
    expected = truth("namespace", "worker").set_index(["namespace", "worker"])["requests"]
    assert names["customer-1", "gone"] == expected["customer-1", "gone"] > 0
    assert usage_record(frame)["renamed"] == [["beta", "customer-2"]]
    owners = dict(zip(frame["namespace"], frame["customer_id"], strict=True))
    assert owners["beta"] == owners["customer-2"] == "2"
    last = frame[frame["namespace"] == "beta"]["time"].max()
    assert last < pd.Timestamp("2026-11-21T06:00:00Z")


def test_by_customer(account, truth):
    """Two namespaces of one customer, by mapping and by convention, add up; what is nobody's is one row."""
    frame = account.usage(every=None, by=("customer",), customers=CUSTOMERS, **between())
    found = {
        None if pd.isna(k) else k: v for k, v in zip(frame["customer_id"], frame["requests"], strict=True)
    }
    really = truth("namespace").set_index("namespace")["requests"]
    assert found == {
        "1": really["customer-1"] + really["legacy-one"],
        "2": really["customer-2"] + really["beta"],
        None: really["production"],
    }
    assert frame["requests"].sum() == really.sum()


def test_zeros_for_who_had_nothing(account):
    """Customers without a request have a row once it is filled."""
    frame = account.usage(every="1d", by="customer", customers=CUSTOMERS, **between())
    filled = with_zeros(frame, also=CUSTOMERS["customer_id"])
    assert list(filled[filled["customer_id"] == "3"]["requests"]) == [0, 0]


@pytest.mark.parametrize(("select", "owner"), [("name", "8"), ("tag", "9")])
def test_worker_tenancy(connect, select, owner):
    """A Worker belongs to the customer of its name, or of its tag; Workers elsewhere to nobody."""
    account = connect(f"[audit]\ntenancy = 'worker'\nnamespaces = ['production']\nselect = '{select}'\n")
    frame = account.usage(every=None, **between())
    known = frame[frame["customer_id"].notna()]
    assert list(zip(known["namespace"], known["worker"], known["customer_id"], strict=True)) == [
        ("production", "customer-8", owner)
    ]
    by_customer = account.usage(every=None, by="customer", **between())
    assert set(by_customer["customer_id"].dropna()) == {owner}


def test_the_settings_own_list(connect, tmp_path):
    """Is read without being named; one that can't be read is an error, not a guess."""
    CUSTOMERS.to_csv(tmp_path / "customers.csv", index=False)
    account = connect("[customers]\nsource = 'customers.csv'\n")
    frame = account.usage(every=None, by="namespace", **between())
    assert dict(zip(frame["namespace"], frame["customer_id"], strict=True))["legacy-one"] == "1"
    (tmp_path / "customers.csv").unlink()
    with pytest.raises(CustomerListError):
        account.usage(every=None, **between())


def test_the_newest_minutes(account):
    """There, and marked."""
    frame = account.usage("2h", "5m", by="namespace")
    settled = frame["time"] + pd.Timedelta(minutes=5) <= pd.Timestamp(usage_record(frame)["watermark"])
    assert list(frame["complete"]) == list(settled)
    assert (~frame["complete"]).any()


def test_sampled_numbers_are_not_multiplied(server, account, truth):
    """What is sampled stands for about as much as happened."""
    server.switch(analytics_sampling=True)
    frame = account.usage(every=None, by="namespace", bounds=True, **between())
    really = truth("namespace")["requests"].sum()
    assert frame["requests"].sum() == pytest.approx(really, rel=0.2)


def test_ten_thousand_namespaces(tmp_path, monkeypatch):
    """An answer exactly as long as its limit is read on, and everything is there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WFP_OPS_STATE_DIR", str(tmp_path))
    each = {"created_on": CREATED, "traffic": {"hourly": 30, "steady": True}}
    with running_sandbox(now=parse_time(NOW)) as running:
        running.load(
            *({"name": f"customer-{n}", **each, "workers": [worker("w", f"{n:032x}")]} for n in range(10_000))
        )
        for variable, value in running.environment().items():
            monkeypatch.setenv(variable, value)
        with wfp_ops.connect(now=NOW) as account:
            frame = account.usage(every=None, by="customer", start="2026-11-20", end="2026-11-21")
    assert usage_record(frame)["queries"] == 2
    assert frame["customer_id"].nunique() == 10_000
    assert set(frame["requests"]) == {720}


# --- bad input, and what an account does not allow ----------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"start": "2027-01-01", "end": "2027-02-01"}, "in the future"),
        ({"start": "2026-11-10", "end": "2026-11-09"}, "before it begins"),
        ({"last": "a month"}, "no span"),
        ({"every": "2h"}, "no buckets"),
        ({"by": ["namespaces"]}, "not told apart"),
        ({"by": ["customer", "worker"]}, "adds up"),
    ],
)
def test_bad_input(account, words, said):
    """Refused before anything is sent."""
    with pytest.raises(SettingsError, match=said) as caught:
        account.usage(**words)
    assert caught.value.hint
    assert account.analytics().queries == 0


def test_older_than_the_reach(server, account):
    """Names how far back this account's analytics go."""
    server.switch(analytics_not_older_than=7 * 86400)
    with pytest.raises(AnalyticsRangeError, match="2026-11-16"):
        account.usage("30d")


@pytest.mark.parametrize("as_200", [True, False])
def test_no_permission(server, account, as_200):
    """Names the permission, whatever the status."""
    server.switch(analytics_permitted=False, analytics_errors_as_200=as_200)
    with pytest.raises(AnalyticsPermissionError) as caught:
        account.usage("1d")
    assert "Account Analytics: Read" in caught.value.hint


@pytest.mark.parametrize("as_200", [True, False])
def test_a_spent_quota(server, account, as_200):
    """Says when to come back."""
    server.switch(analytics_rate_limit=1, analytics_errors_as_200=as_200)
    account.usage("6h")
    with pytest.raises(AnalyticsQuotaError) as caught:
        account.usage("6h")
    assert "come back at" in caught.value.hint


@pytest.mark.parametrize("kind", ["graphql_errors", "graphql_partial"])
def test_errors_under_200(server, account, kind):
    """With half of the rows beside them or none: no frame."""
    server.fault(kind, message="query contains error: what is that?")
    with pytest.raises(AnalyticsError, match="what is that"):
        account.usage("1d")


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "reset"}, {"kind": "cut"}])
def test_passing_failures(server, account, truth, fault):
    """Are tried again."""
    server.fault(**fault, count=1, route="*graphql*")
    frame = account.usage(every=None, by=(), **between())
    assert frame["requests"].sum() == truth()["requests"].sum()


def test_fields_that_an_account_lacks(server, account):
    """Null, with a note."""
    server.switch(analytics_missing_fields=["sum_wallTime", "quantiles_cpuTimeP99"])
    frame = account.usage("1d", "1d")
    assert frame[["wall_ms", "cpu_ms_p99"]].isna().all(axis=None)
    assert frame["cpu_ms_p50"].notna().all()
    assert "wallTime" in usage_record(frame)["notes"][0]


# --- evidence -----------------------------------------------------------------------------------


def test_traffic_as_evidence(account):
    """Seen under an old name, absent where nobody asked, in two requests for all of them."""
    analytics = account.analytics()
    found = traffic(
        analytics,
        {"customer-1": ["customer-1"], "customer-3": ["customer-3"], "customer-2": ["beta"], "nobody": ["x"]},
        days=30,
        now=parse_time(NOW),
    )
    assert found["customer-1"][0] > 0
    assert found["customer-3"][0] == 0
    assert found["nobody"][0] == 0
    assert "beta" in found["customer-2"][1]
    assert analytics.queries == 2


def test_one_client_for_each_account(account):
    """Settings are asked for once; closing the account closes its budget."""
    account.usage("6h")
    account.usage("7d")
    assert account.analytics() is account.analytics()
    assert account.analytics().queries == 2
    account.close()
    with pytest.raises(RuntimeError):
        account.usage("1d")
