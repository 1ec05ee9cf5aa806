"""An account that collects its usage, over the real sandbox, held against what really happened there."""

from __future__ import annotations

import pandas as pd
import pytest
from support.opened import opening
from support.sandbox_server import running_sandbox

import wfp_ops
from wfp_ops.clock import parse_time
from wfp_ops.errors import AnalyticsRangeError, CustomerListError, HistoryError, SettingsError
from wfp_ops.frames.history import HISTORY_USAGE
from wfp_ops.frames.usage import USAGE
from wfp_ops.usage.record import usage_record

NOW = "2026-11-23T12:00:00Z"
CREATED = "2026-06-01T00:00:00Z"
REACH = 56 * 86400
OCTOBER = {"start": "2026-10-01", "end": "2026-11-01"}


def worker(name, tag, **more):
    return {"name": name, "tag": tag, "created_on": CREATED, **more}


INVENTORY = {
    "mode": "replace",
    "namespaces": [
        {
            "name": "customer-1",
            "created_on": CREATED,
            "traffic": {"hourly": 20},
            "workers": [worker("web", "a" * 32)],
        },
        {
            "name": "customer-2",
            "created_on": CREATED,
            "traffic": {"hourly": 10},
            "workers": [worker("web", "d" * 32)],
            "past_names": [{"name": "beta", "until": "2026-10-21T06:00:00Z"}],
        },
        {
            "name": "customer-3",
            "created_on": CREATED,
            "traffic": {"hourly": 0},
            "workers": [worker("web", "e" * 32)],
        },
    ],
    "deleted": [
        {
            "namespace": "customer-1",
            "name": "gone",
            "tag": "9" * 32,
            "created_on": CREATED,
            "deleted_on": "2026-10-20T12:00:00Z",
            "traffic": {"hourly": 15},
        }
    ],
}
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["1", "2", "3"],
        "name": ["One", "Two", "Three"],
        "status": ["active"] * 3,
        "namespace": [None] * 3,
        "mrr": [10.0, 20.0, 30.0],
    }
)


@pytest.fixture(scope="module")
def server():
    """A sandbox with a few namespaces, whose analytics reach back eight weeks."""
    with running_sandbox(now=parse_time(NOW)) as running:
        running.control("POST", "load", INVENTORY)
        yield running


@pytest.fixture
def connect(server, tmp_path, monkeypatch):
    """Opens the account, with settings of the test's choice."""
    server.switch(analytics_not_older_than=REACH, analytics_rate_limit=None, analytics_sampling=False)
    with opening(server, tmp_path, monkeypatch, now=NOW) as connect:
        yield connect


@pytest.fixture
def collected(server, connect):
    """The account, with everything collected, and analytics that by now reach back a week alone."""
    account = connect()
    account.collect_usage(customers=CUSTOMERS)
    server.switch(analytics_not_older_than=7 * 86400)
    account.close()
    return connect()


@pytest.fixture
def truth(server):
    """What really happened."""

    def look(*by, start=OCTOBER["start"], end=OCTOBER["end"]):
        words = ",".join((*by, "dispatcher"))
        route = f"truth-usage?start={start}T00:00:00Z&end={end}T00:00:00Z&by={words}"
        rows = pd.DataFrame(server.control("GET", route)["rows"])
        return rows[~rows["dispatcher"].astype(bool)].drop(columns="dispatcher")

    return look


def test_a_month_beyond_the_reach(collected, truth):
    """Is what happened, by the Worker and hour, though analytics know nothing of it any more."""
    with pytest.raises(AnalyticsRangeError):
        collected.usage(every="1h", history=False, **OCTOBER)
    frame = collected.usage(every="1h", customers=CUSTOMERS, **OCTOBER)
    USAGE.check(frame)
    assert wfp_ops.completeness(frame).proven
    really = truth("namespace", "worker").set_index(["namespace", "worker"])["requests"]
    found = frame.groupby(["namespace", "worker"])["requests"].sum()
    assert found.to_dict() == really[really > 0].to_dict()
    assert found["customer-1", "gone"] > 0
    assert usage_record(frame)["renamed"] == [["beta", "customer-2"]]
    assert dict(zip(frame["namespace"], frame["customer_id"], strict=True))["beta"] == "2"


def test_what_a_month_costs(collected, truth):
    """The cost of a month that is kept can be told, and its requests are those that happened."""
    frame = collected.cost("2026-10", CUSTOMERS)
    costs = frame.set_index("customer_id")["requests"]
    really = truth("namespace").set_index("namespace")["requests"]
    assert costs["1"] == really["customer-1"]
    assert costs["2"] == really["customer-2"] + really["beta"]


def test_half_kept_half_live(server, collected, truth):
    """A window over the reach's edge is whole: old days are kept ones, new ones are live."""
    frame = collected.usage(every="1d", by="namespace", start="2026-11-01", end=NOW)
    record = usage_record(frame)
    assert [each["source"] for each in record["sources"]] == ["history", "analytics"]
    assert record["sources"][1]["start"] == "2026-11-23T00:00:00Z"
    rows = truth("namespace", start="2026-11-01", end="2026-11-23").set_index("namespace")["requests"]
    before = frame[frame["time"] < pd.Timestamp("2026-11-23T00:00:00Z")]
    assert before.groupby("namespace")["requests"].sum().to_dict() == rows[rows > 0].to_dict()


def test_the_history_from_a_notebook(collected, truth):
    """By customer, in a month, as it was told at the time or by a list of today."""
    history = collected.usage_history()
    really = truth("namespace").set_index("namespace")["requests"]
    for customers in (None, CUSTOMERS):
        frame = history.by_customer(month="2026-10", customers=customers)
        HISTORY_USAGE.check(frame)
        found = dict(zip(frame["customer_id"], frame["requests"], strict=True))
        assert found == {"1": really["customer-1"], "2": really["customer-2"] + really["beta"]}
    assert wfp_ops.completeness(frame).proven
    assert len(history.by_month()["month"].unique()) == 3
    assert len(history.days()) == 57


def test_somewhere_else(connect, tmp_path, server):
    """``into`` and ``[usage] history``; each account has a folder of its own in it."""
    account = connect("[usage]\nhistory = 'kept'\n")
    account.collect_usage("1d")
    folders = list((tmp_path / "kept").iterdir())
    assert [folder.name.startswith(server.account_id) for folder in folders] == [True]
    assert account.usage_history().url == str(folders[0])
    account.collect_usage("2d", into=tmp_path / "more")
    assert len(account.usage_history(tmp_path / "more").days()) == 3
    assert len(account.usage_history().days()) == 2
    frame = account.usage("2d", history=tmp_path / "more")
    assert "history" in {each["source"] for each in usage_record(frame)["sources"]}
    by_url = account.usage_history((tmp_path / "more").as_uri())
    assert by_url.url == str(next((tmp_path / "more").iterdir()))


def test_what_the_history_can_not_tell(connect):
    """Minutes and bounds come from analytics alone."""
    account = connect()
    account.collect_usage("2d")
    for words in ({"every": "5m"}, {"every": "15m"}, {"bounds": True, "every": "1h"}):
        frame = account.usage("1d", **words)
        assert {each["source"] for each in usage_record(frame)["sources"]} == {"analytics"}


def test_an_account_that_never_collected(connect, tmp_path):
    """Asks analytics alone, and makes no folder."""
    account = connect()
    account.usage("1d")
    assert not list(tmp_path.rglob("history"))
    assert account.usage_history().days().empty
    with pytest.raises(HistoryError, match="empty"):
        account.usage_history().by_customer()


def test_a_customer_list_that_can_not_be_read(connect):
    """Is an error, and nothing is collected: whose it is would be kept wrong."""
    account = connect()
    with pytest.raises(CustomerListError):
        account.collect_usage("1d", customers="nowhere.csv")
    assert account.usage_history().days().empty
    with pytest.raises(SettingsError):
        account.collect_usage("1d", into="")
