"""A month's cost over the real sandbox, held against what really happened there."""

import pandas as pd
import pytest
from support.opened import opening
from support.sandbox_server import running_sandbox

import wfp_ops
from wfp_ops.clock import parse_time
from wfp_ops.errors import AnalyticsPermissionError, AnalyticsRangeError, CustomerListError, SettingsError
from wfp_ops.frames.usage import COST
from wfp_ops.usage.cost.record import cost_record, to_document

NOW = "2026-11-23T12:00:00Z"
CREATED = "2026-06-01T00:00:00Z"


def worker(name, tag, **more):
    return {"name": name, "tag": tag * 32, "created_on": CREATED, **more}


def namespace(name, *workers, hourly=40, **more):
    return {"name": name, "created_on": CREATED, "workers": workers, "traffic": {"hourly": hourly}, **more}


INVENTORY = {
    "mode": "replace",
    "namespaces": [
        namespace("customer-1", worker("web", "a"), worker("api", "b")),
        namespace("legacy-one", worker("web", "c"), hourly=20),
        namespace(
            "customer-2",
            worker("web", "d"),
            past_names=[{"name": "beta", "until": "2026-10-21T06:00:00Z"}],
        ),
        namespace("customer-3", worker("web", "e"), hourly=0),
        namespace("customer-99", worker("web", "1"), worker("api", "2"), hourly=15),
        namespace("production", worker("customer-8", "f", tags=["customer-9"]), hourly=25),
    ],
    "deleted": [
        {
            "namespace": "customer-1",
            "name": "gone",
            "tag": "9" * 32,
            "created_on": CREATED,
            "deleted_on": "2026-10-20T12:00:00Z",
            "traffic": {"hourly": 50},
        }
    ],
}
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["1", "2", "3", "4"],
        "name": ["One", "Two", "Three", "Four"],
        "status": ["active", "active", "suspended", "churned"],
        "namespace": ["legacy-one", None, None, None],
        "mrr": ["100", "", "30", "20"],
    }
)
FREE = """
[[prices]]
from = "2026-01"
base = "100.00"
requests_included = 0
requests_per_million = "1000"
cpu_ms_included = 0
cpu_ms_per_million = "500"
scripts_included = 0
script = "0.10"
"""


@pytest.fixture(scope="module")
def server():
    """A sandbox with a few namespaces, one of them renamed, and a Worker that was deleted."""
    with running_sandbox(now=parse_time(NOW)) as running:
        running.control("POST", "load", INVENTORY)
        yield running


@pytest.fixture
def connect(server, tmp_path, monkeypatch):
    """Opens the account, with settings of the test's choice."""
    server.control("DELETE", "faults")
    server.switch(analytics_permitted=True, analytics_not_older_than=93 * 86400)
    (tmp_path / "mine.toml").write_text(FREE, encoding="utf-8")
    with opening(server, tmp_path, monkeypatch, now=NOW) as connect:
        yield connect


@pytest.fixture
def truth(server):
    """What really happened in a month, by namespace: of customers' Workers, or of the dispatchers."""

    def look(month, *, dispatchers=False):
        start = pd.Timestamp(f"{month}-01", tz="UTC")
        end = min(start + pd.offsets.MonthBegin(1), pd.Timestamp(NOW))
        form = "%Y-%m-%dT%H:%M:%SZ"
        query = f"truth-usage?start={start.strftime(form)}&end={end.strftime(form)}&by=namespace,dispatcher"
        rows = pd.DataFrame(server.control("GET", query)["rows"])
        return rows[rows["dispatcher"].astype(bool) == dispatchers]

    return look


def test_a_month_against_the_truth(connect, truth):
    """A customer of two namespaces, a renamed one, a Worker that is gone: all of it is somebody's or nobody's."""
    frame = connect().cost("2026-10", CUSTOMERS, prices="mine.toml")
    COST.check(frame)
    was = truth("2026-10").groupby("namespace")["requests"].sum()
    rows = frame.set_index("name")
    assert list(frame["name"])[-2:] == ["unallocated", "dispatcher"]
    assert set(frame["customer_id"].dropna()) == {"1", "2", "3"}
    assert rows.loc["One", "requests"] == was["legacy-one"] + was["customer-1"]
    assert rows.loc["Two", "requests"] == was["customer-2"] + was["beta"]
    assert rows.loc["Three", "requests"] == 0
    rest = ["customer-99", "production"]
    assert rows.loc["unallocated", "requests"] == was[rest].sum()
    everything = was.sum() + rows.loc["dispatcher", "requests"]
    assert frame["requests"].sum() == everything
    assert round(frame["requests_fee"].sum(), 2) == round(everything / 1000, 2)
    assert rows["scripts"].to_dict() == {"One": 3, "Two": 1, "Three": 1, "unallocated": 3, "dispatcher": 0}
    assert round(frame["scripts_fee"].sum(), 2) == 0.8
    assert rows.loc["One", "margin"] == pytest.approx(100 - rows.loc["One", "total"])
    assert pd.isna(rows.loc["Two", "margin"])
    assert str(round(frame["total"].sum(), 2)) == str(float(cost_record(frame)["total"]))


def test_two_namespaces_of_one_customer(connect, truth):
    """Without a mapping the convention tells, and both the dispatchers' CPU time and theirs are billed."""
    frame = connect().cost("2026-10", prices="mine.toml")
    was, passed = truth("2026-10"), truth("2026-10", dispatchers=True)
    rows = frame.set_index("customer_id")
    assert set(frame["customer_id"].dropna()) == {"1", "2", "3", "99"}
    assert rows.loc["1", "requests"] == was.loc[was["namespace"] == "customer-1", "requests"].sum()
    cpu_ms = (was["cpu_us"].sum() + passed["cpu_us"].sum()) / 1000
    assert frame["cpu_ms"].sum() == pytest.approx(cpu_ms, rel=1e-6)


def test_the_month_that_is_under_way(connect):
    """So far: it says up to when, and that it is not complete."""
    frame = connect().cost(customers=CUSTOMERS)
    record = cost_record(frame)
    assert (record["month"], record["complete"], record["through"]) == ("2026-11", False, NOW)
    assert frame.attrs["month"] == "2026-11"
    assert "not over" in record["notes"][0]
    assert not frame["complete"].any()
    assert not wfp_ops.completeness(frame).proven
    assert connect().cost("2026-10", CUSTOMERS).attrs["wfp_ops"]["complete"] is True


def test_the_document(connect):
    """It names its schema, prices and rule, and holds every row."""
    frame = connect().cost("2026-10", CUSTOMERS)
    document = to_document(frame)
    assert document["schema"] == "wfp-ops/cost/1"
    assert (document["month"], document["share"], document["total"]) == ("2026-10", "proportional", 25.0)
    assert document["prices"]["base"] == 25.0
    assert "digest" not in document
    assert wfp_ops.completeness(frame).proven
    assert [row["name"] for row in document["rows"]] == frame["name"].tolist()
    with pytest.raises(KeyError):
        to_document(CUSTOMERS)


def test_settings(connect, tmp_path):
    """A price table is meant from the settings' own folder; what is given with the call beats it."""
    settings = "[cost]\nprices = 'mine.toml'\nshare = 'even'\n"
    record = cost_record(connect(settings).cost("2026-10", CUSTOMERS))
    assert (record["prices"]["base"], record["share"]) == (100.0, "even")
    assert record["prices"]["source"].endswith("mine.toml")
    (tmp_path / "other.toml").write_text(FREE.replace('"100.00"', '"7"'), encoding="utf-8")
    other = connect(settings).cost("2026-10", CUSTOMERS, prices=tmp_path / "other.toml", share="proportional")
    assert cost_record(other)["prices"]["base"] == 7.0


def test_snapshots_tell_how_many_workers_there_were(connect, server):
    """An audit in the month, and one before it, are what its Workers are counted by."""
    connect(now="2026-10-11T00:00:00Z").audit(CUSTOMERS)
    server.control(
        "POST",
        "load",
        {
            "mode": "merge",
            "namespaces": [
                namespace("customer-2", worker("web", "d"), *(worker(f"w{n}", f"{n}") for n in range(3, 9)))
            ],
        },
    )
    try:
        connect(now="2026-10-21T00:00:00Z").audit(CUSTOMERS)
        frame = connect().cost("2026-10", CUSTOMERS)
    finally:
        server.control("POST", "load", INVENTORY)
    assert frame.set_index("name").loc["Two", "scripts"] == pytest.approx((20 * 1 + 11 * 7) / 31, abs=1e-3)
    assert "looked at 2 times" in cost_record(frame)["notes"][0]


def test_worker_tenancy(connect):
    """Workers belong to customers, by name or by tag; everything else is nobody's."""
    settings = "[audit]\ntenancy = 'worker'\nnamespaces = ['production']\nselect = '{}'\n"
    for select, customer in (("name", "8"), ("tag", "9")):
        frame = connect(settings.format(select)).cost("2026-10")
        rows = frame.set_index("customer_id")
        assert set(frame["customer_id"].dropna()) == {customer}
        assert rows.loc[customer, "scripts"] == 1
        assert rows.loc[customer, "requests"] > 0
        assert frame.set_index("name").loc["unallocated", "scripts"] == 7


def test_a_month_that_has_just_ended(connect):
    """Its last minutes are not settled: it is not complete, and says when it will be, once."""
    record = cost_record(connect(now="2026-11-01T00:05:00Z").cost("2026-10", CUSTOMERS))
    assert (record["complete"], record["through"]) == (False, "2026-11-01T00:00:00Z")
    assert [note for note in record["notes"] if "settled" in note] == record["notes"][:1]
    frame = connect(now="2026-11-01T00:00:00Z").cost(customers=CUSTOMERS)
    assert (frame.attrs["month"], round(frame["total"].sum(), 2)) == ("2026-11", 25.0)


def test_a_namespace_is_counted_under_its_present_name(connect, server):
    """An audit that saw it under another name tells whose Workers they are all the same."""
    before = [each | {"name": each["name"].replace("customer-2", "beta")} for each in INVENTORY["namespaces"]]
    server.control("POST", "load", {"mode": "replace", "namespaces": before})
    ids = {name: each["namespace_id"] for name, each in server.state().items()}
    connect(now="2026-10-11T00:00:00Z").audit(CUSTOMERS)
    after = [
        each | {"namespace_id": ids[each["name"].replace("customer-2", "beta")]}
        for each in INVENTORY["namespaces"]
    ]
    server.control("POST", "load", {**INVENTORY, "namespaces": after})
    try:
        frame = connect().cost("2026-10", CUSTOMERS)
    finally:
        server.control("POST", "load", INVENTORY)
    assert "2026-10 was looked at once" in cost_record(frame)["notes"][0]
    assert frame.set_index("name").loc["Two", "scripts"] == 1


def test_audits_that_do_not_tell_whose_workers_are(connect):
    """One of the other tenancy knows no Workers by name: it is passed by, and the account itself is read."""
    connect(now="2026-10-11T00:00:00Z").audit(CUSTOMERS)
    settings = "[audit]\ntenancy = 'worker'\nnamespaces = ['production']\n"
    frame = connect(settings).cost("2026-10")
    assert "no audit of 2026-10 is kept" in cost_record(frame)["notes"][0]
    assert frame.set_index("customer_id").loc["8", "scripts"] == 1
    assert frame["scripts"].sum() == 8


def test_of_several_audits_of_a_day_the_last_one_counts(connect, tmp_path):
    """A damaged one is passed by, and named."""
    for hour in ("06", "12", "18"):
        connect(now=f"2026-10-11T{hour}:00:00Z").audit(CUSTOMERS)
    assert "looked at once" in cost_record(connect().cost("2026-10", CUSTOMERS))["notes"][0]
    for path in (tmp_path / "state").rglob("*T180000Z/namespaces.parquet"):
        path.write_bytes(b"")
    notes = cost_record(connect().cost("2026-10", CUSTOMERS))["notes"]
    assert "2026-10-11 12:00" in notes[0]
    assert [note for note in notes if "20261011T180000Z can't be read, and does not count" in note]


def test_no_worker_at_all_is_doubted(connect, server):
    """An empty listing beside requests is no zero: the month is not complete, and says so."""
    account = connect()
    server.fault("empty_result", method="GET", route="*/dispatch/namespaces")
    record = cost_record(account.cost("2026-10", CUSTOMERS))
    assert record["complete"] is False
    assert "none is listed" in record["notes"][0]


def test_analytics_that_answer_nothing_are_doubted(connect, server):
    """No request of anybody is no month without usage: it is not complete, and says so."""
    account = connect()
    server.fault("empty_result", route="*/graphql")
    frame = account.cost("2026-10", CUSTOMERS)
    assert not frame["complete"].any()
    record = cost_record(frame)
    assert record["complete"] is False
    assert "no Worker of the account had a request, which is not believed" in record["notes"][0]


def test_one_window_that_is_lost_is_doubted(connect, server):
    """Of a month that takes several questions each must show somebody."""
    server.switch(analytics_max_duration=7 * 86400)
    try:
        account = connect()
        account.analytics().limits()
        server.fault("empty_result", route="*/graphql", skip=1, count=1)
        record = cost_record(account.cost("2026-10", CUSTOMERS))
    finally:
        server.switch(analytics_max_duration=31 * 86400)
    assert record["complete"] is False
    assert "between 2026-10-08T00:00:00Z and 2026-10-15T00:00:00Z no Worker" in record["notes"][0]


def test_what_analytics_do_not_say_is_doubted(connect, server):
    """CPU time that the account's analytics lack is no zero: the month is not complete, and says so."""
    server.switch(analytics_missing_fields=["sum_cpuTimeUs"])
    try:
        frame = connect().cost("2026-10", CUSTOMERS)
    finally:
        server.switch(analytics_missing_fields=[])
    assert not frame["complete"].any()
    assert "do not say all requests and CPU time" in cost_record(frame)["notes"][0]


def test_dispatchers_that_nobody_collected(connect, monkeypatch):
    """Customers' usage is enough for a table; that the dispatchers' part is unknown is said."""
    account = connect()
    usage = account.usage

    def customers_only(*words, dispatchers=False, **more):
        if dispatchers:
            raise AnalyticsRangeError("too long ago")
        return usage(*words, **more)

    monkeypatch.setattr(account, "usage", customers_only)
    frame = account.cost("2026-10", CUSTOMERS)
    record = cost_record(frame)
    assert record["complete"] is False
    assert record["notes"][0].startswith("what the dispatchers used in 2026-10 is not known")
    assert frame.set_index("name").loc["dispatcher", "total"] == 0


def test_months_in_other_words(connect):
    """A pandas period is as good as its text."""
    assert connect().cost(pd.Period("2026-10"), CUSTOMERS).attrs["month"] == "2026-10"


def test_months_that_can_not_be(connect):
    """One in the future, one beyond the reach of analytics, one that is none, one without prices."""
    account = connect()
    with pytest.raises(SettingsError, match="2026-12 has not begun"):
        account.cost("2026-12", CUSTOMERS)
    with pytest.raises(AnalyticsRangeError, match="usage of 2026-05 is out of reach"):
        account.cost("2026-05", CUSTOMERS)
    with pytest.raises(SettingsError, match="no month"):
        account.cost("October", CUSTOMERS)
    with pytest.raises(SettingsError, match="no prices for 2025-12"):
        account.cost("2025-12", CUSTOMERS, prices="mine.toml")
    with pytest.raises(SettingsError, match="no way to share"):
        account.cost("2026-10", CUSTOMERS, share="fair")


def test_what_can_not_be_read(connect, server):
    """No permission for analytics; a revenue that is text is set aside as a warning and leaves no margin."""
    account = connect()
    wrong = CUSTOMERS.assign(mrr=["a lot", "", "30", ""])
    frame = account.cost("2026-10", wrong)
    assert any("'a lot'" in note for note in cost_record(frame)["notes"])
    rows = frame.set_index("name")
    assert pd.isna(rows.loc["One", "margin"])
    assert rows.loc["Three", "margin"] == pytest.approx(30 - rows.loc["Three", "total"])
    with pytest.raises(CustomerListError):
        account.cost("2026-10", pd.DataFrame({"colour": ["red"]}))
    server.switch(analytics_permitted=False)
    with pytest.raises(AnalyticsPermissionError):
        connect().cost("2026-10", CUSTOMERS)
