"""What was fetched as a frame: names, units, quantiles, completeness, and what travels beside it."""

from __future__ import annotations

import pandas as pd
import pytest
from support.fake_analytics import FakeAnalytics, request
from support.stub_server import as_json

import wfp_ops
from wfp_ops.errors import APIResponseValidationError
from wfp_ops.frames.usage import USAGE
from wfp_ops.frames.usage_bounds import USAGE_BOUNDS
from wfp_ops.usage.fill import with_zeros
from wfp_ops.usage.owners import Owners
from wfp_ops.usage.record import usage_record

AT = "2026-11-20T10:20:00Z"
SAMPLE = [
    request(
        AT,
        "customer-1",
        "web",
        requests=4,
        errors=1,
        subrequests=2,
        cpuTimeUs=6000,
        wallTime=10000,
        interval=2,
    ),
    request("2026-11-20T10:50:00Z", "customer-1", "web", requests=2, cpuTimeUs=10000),
    request(AT, "customer-1", "api", requests=3),
    request(AT, "customer-2", "web", requests=5),
    request(AT, "shared", "router", requests=50),
    request("2026-11-21T10:20:00Z", "customer-2", "web", requests=7),
    request(AT, "", "dispatcher", requests=64, dispatcher=True),
]


@pytest.fixture
def fake():
    """Two days of three namespaces."""
    return FakeAnalytics(SAMPLE)


def test_one_row_for_each_worker_and_hour(world, fake):
    """Our names and units; sums as they came, never multiplied by the sample's interval."""
    frame = world.frame(fake, "7d", "1h")
    USAGE.check(frame)
    assert list(frame.columns) == USAGE.names
    assert list(frame["time"].astype("str").str[:13]) == 4 * ["2026-11-20 10"] + ["2026-11-21 10"]
    assert list(zip(frame["namespace"], frame["worker"], strict=True))[:2] == [
        ("customer-1", "api"),
        ("customer-1", "web"),
    ]
    row = frame.iloc[1]
    assert (row.requests, row.errors, row.subrequests, row.cpu_ms, row.wall_ms) == (6, 1, 2, 16.0, 14.0)
    assert (row.cpu_ms_p50, row.cpu_ms_p99, row.wall_ms_p50) == (5.0, 5.0, 2.5)
    assert row.sample_interval == 1.5
    assert row.customer_id == "1"
    assert frame["complete"].all()
    assert pd.isna(frame["customer_id"].iloc[3])


def test_without_workers(world, fake):
    """Grouped by the server: quantiles are its own."""
    frame = world.frame(fake, "7d", "1d", by=("namespace",))
    assert frame["worker"].isna().all()
    assert list(frame["requests"]) == [9, 5, 50, 7]
    assert frame["cpu_ms_p99"].notna().all()
    assert list(frame["time"].astype("str").str[:10]) == 3 * ["2026-11-20"] + ["2026-11-21"]


def test_the_whole_account(world, fake):
    """Nothing told apart: one row for each bucket."""
    frame = world.frame(fake, "7d", "1d", by=())
    assert list(frame["requests"]) == [64, 7]
    assert frame[["namespace", "worker", "customer_id"]].isna().all(axis=None)


def test_one_bucket_for_all_of_it(world, fake):
    """One row for each Worker, at the beginning of the time; quantiles are the server's own."""
    frame = world.frame(fake, every=None, start="2026-11-15", end="2026-11-22")
    assert len(frame) == 4
    assert set(frame["time"]) == {pd.Timestamp("2026-11-15", tz="UTC")}
    assert frame.set_index(["namespace", "worker"]).loc[("customer-2", "web"), "requests"] == 12
    assert frame["cpu_ms_p50"].notna().all()
    assert frame["complete"].all()


def test_one_bucket_over_several_windows(world, fake):
    """Sums add up, quantiles do not: where no single query spans it they are null."""
    fake.limits["maxDuration"] = 86400
    frame = world.frame(fake, every=None, start="2026-11-15", end="2026-11-22")
    assert len(frame) == 4
    row = frame.set_index(["namespace", "worker"]).loc[("customer-2", "web")]
    assert (row.requests, row.sample_interval, row.complete) == (12, 1, True)
    assert frame[["cpu_ms_p50", "wall_ms_p99"]].isna().all(axis=None)


def test_by_customer(world, fake):
    """Namespaces of one customer add up, what is nobody's is one row, and quantiles are null, never averaged."""
    fake.records = [*SAMPLE, request(AT, "acme", requests=8, interval=4)]
    owners = Owners(mapped={"acme": "1"})
    frame = world.frame(fake, "7d", "1d", by=("customer",), owners=owners)
    USAGE.check(frame)
    assert list(frame["customer_id"].astype(object).where(frame["customer_id"].notna(), None)) == [
        "1",
        "2",
        None,
        "2",
    ]
    assert list(frame["requests"]) == [17, 5, 50, 7]
    assert frame["namespace"].isna().all()
    assert frame["cpu_ms_p50"].isna().all()
    # 4 + 2 recorded rows stand for 9 requests (one in 1.33), 2 for 8
    assert frame["sample_interval"].iloc[0] == pytest.approx(17 / (9 / (4 / 3) + 2))


def test_dispatchers_stand_apart(world, fake):
    """Their rows are asked for alone, and are nobody's; a namespace without a name is null."""
    frame = world.frame(fake, "7d", "1d", dispatchers=True)
    assert list(frame["worker"]) == ["dispatcher"]
    assert list(frame["requests"]) == [64]
    assert frame[["namespace", "customer_id"]].isna().all(axis=None)
    assert usage_record(frame)["dispatchers"]


def test_a_dispatcher_inside_a_namespace_is_nobodys(world):
    """Should its row carry a namespace's name, it is no customer's usage all the same."""
    fake = FakeAnalytics([request(AT, "customer-1", "dispatcher", dispatcher=True)])
    assert world.frame(fake, "7d", "1d").empty
    assert world.frame(fake, "7d", "1d", dispatchers=True)["customer_id"].isna().all()


@pytest.mark.parametrize("by", [("namespace", "worker"), ("namespace",), ("customer",), ()])
@pytest.mark.parametrize("every", ["1h", "1d", None])
def test_no_traffic(world, by, every):
    """An empty frame with its columns and dtypes, and proof that there was nothing."""
    frame = world.frame(FakeAnalytics([]), "7d", every, by=by)
    USAGE.check(frame)
    assert frame.empty
    assert wfp_ops.completeness(frame).proven
    assert usage_record(frame)["ratio"] == 1.0


@pytest.mark.parametrize("every", ["1h", "1d", None])
def test_nothing_from_nobody_is_no_zero(world, every):
    """Analytics in which the whole account is silent prove nothing; no zero is made of it."""
    frame = world.frame(FakeAnalytics([], busy=False), "7d", every, by=("namespace",))
    proof = wfp_ops.completeness(frame)
    assert (frame.empty, proof.proven) == (True, False)
    assert "no Worker of the account had a request, which is not believed" in proof.how
    assert usage_record(frame)["ratio"] is None
    assert with_zeros(frame, ["customer-1"]).empty


def test_bounds(world, fake):
    """Estimates come with the interval that they lie in, null where Cloudflare calls it invalid."""
    frame = world.frame(fake, "7d", "1d", by=("namespace",), bounds=True)
    USAGE_BOUNDS.check(frame)
    assert list(frame["requests_low"]) == pytest.approx([8.1, 4.5, 45, 6.3])
    assert list(frame["requests_high"]) == pytest.approx([9.9, 5.5, 55, 7.7])
    fake.records = [request(AT, "customer-1")]
    assert world.frame(fake, "7d", "1d", bounds=True)["requests_low"].isna().all()


def test_measures_that_an_account_lacks(world, fake):
    """Null columns, and a note."""
    fake.limits["maxNumberOfFields"] = 6
    frame = world.frame(fake, "7d", "1h")
    USAGE.check(frame)
    assert frame["requests"].notna().all()
    assert frame[["wall_ms", "cpu_ms_p50"]].isna().all(axis=None)
    (note,) = usage_record(frame)["notes"]
    assert "wallTime" in note


def test_an_account_that_does_not_tell_how_it_samples(world, fake):
    """The column is null, also where customers are added up; the rest is there."""
    fake.limits["availableFields"] = ["avg_other"]
    for by in (("namespace",), ("customer",)):
        frame = world.frame(fake, "7d", "1d", by=by)
        assert frame["sample_interval"].isna().all()
        assert frame["requests"].sum() == 71
        assert frame["complete"].all()
    assert "sampleInterval" not in fake.documents[-1][0]


# --- complete or not ----------------------------------------------------------------------------


def test_the_newest_minutes_are_incomplete(world):
    """Until ten minutes ago, rounded down to five; and the frame says so of the rest."""
    fake = FakeAnalytics(
        [request(f"2026-11-23T11:{minute}:00Z", "customer-1") for minute in (40, 45, 50, 55)]
    )
    frame = world.frame(fake, "1h", "5m")
    assert list(frame["complete"]) == [True, True, False, False]
    assert usage_record(frame)["watermark"] == "2026-11-23T11:50:00Z"
    assert wfp_ops.completeness(frame).proven


def test_a_clock_that_is_ahead_settles_nothing(world):
    """By an hour: what it takes for settled is not, by Cloudflare's own time."""

    class OnTime(FakeAnalytics):
        def __call__(self, got):
            return super().__call__(got).with_headers(Date="Mon, 23 Nov 2026 11:00:00 GMT")

    fake = OnTime([request(f"2026-11-23T{time}:00Z", "customer-1") for time in ("10:40", "10:55", "11:40")])
    assert list(world.frame(fake, "2h", "5m")["complete"]) == [True, False, False]


def test_rows_that_do_not_add_up_are_incomplete(world, fake):
    """Of the window that lacks some, and of no other; the ratio is said."""
    fake.limits |= {"maxDuration": 86400}
    whole = world.frame(fake, "7d", "1d", by=("namespace",))
    assert whole["complete"].all()
    fake.lost = 2
    frame = world.frame(fake, "7d", "1d", by=("namespace",))
    assert list(frame["requests"]) == [9, 50, 7]
    assert list(frame["complete"]) == [False, False, True]
    record = usage_record(frame)
    assert record["ratio"] == pytest.approx(66 / 71)
    assert [each["ratio"] for each in record["windows"] if each["total"] and not each["whole"]] == [
        pytest.approx(59 / 64)
    ]
    proof = wfp_ops.completeness(frame)
    assert not proof.proven
    assert "92.19%" in proof.how


def test_nothing_settled_is_unproven(world):
    """Numbers that nobody could compare are not vouched for."""
    frame = world.frame(FakeAnalytics([request("2026-11-23T11:55:00Z", "a")]), start="2026-11-23T11:00:00Z")
    assert not frame["complete"].any()
    assert "newer" in wfp_ops.completeness(frame).how
    assert usage_record(frame)["ratio"] is None


def test_a_filtered_frame_is_not_proven(world, fake):
    """The proof is bound to the rows, as every proof is."""
    frame = world.frame(fake, "7d", "1h")
    assert not wfp_ops.completeness(frame[frame["requests"] > 5]).proven


def test_the_record(world, fake):
    """What was asked for, how it was read, and how whole it is; JSON as it stands."""
    import json

    record = usage_record(world.frame(fake, start="2026-11-20", end="2026-11-22"))
    assert (record["start"], record["end"]) == ("2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z")
    assert (record["every"], record["by"], record["queries"]) == ("1h", ["namespace", "worker"], 2)
    assert [(each["requests"], each["total"], each["whole"]) for each in record["windows"]] == [
        (64, 64, True),
        (7, 7, True),
    ]
    assert json.loads(json.dumps(record)) == record
    assert usage_record(pd.DataFrame()) is None


# --- answers that contradict the question -------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        ("2026-11-19T23:00:00Z", "outside"),
        ("2026-11-22T00:00:00Z", "outside"),
        ("soon", "time is none"),
        ("2026-11-20T11:17:00Z", "no bucket of 1h begins"),
    ],
)
def test_a_row_of_another_time(world, fake, hour, said):
    """A server that ignores the filter, or sends no time, is not believed."""
    frame_of = {
        "dimensions": {"datetimeHour": hour, "dispatchNamespaceName": "customer-1", "scriptName": "web"},
        "sum": dict.fromkeys(("requests", "errors", "subrequests", "cpuTimeUs", "wallTime"), 1),
        "avg": {"sampleInterval": 1},
        "quantiles": dict.fromkeys(("cpuTimeP50", "cpuTimeP99", "wallTimeP50", "wallTimeP99"), 1),
    }

    class Liar(FakeAnalytics):
        def __call__(self, got):
            total = [{"sum": {"requests": 1}, "avg": {"sampleInterval": 1}}]
            settings = {"workersInvocationsAdaptive": self.limits}
            account = {"page": [frame_of], "total": total, "control": total, "tags": [], "settings": settings}
            return as_json({"data": {"viewer": {"accounts": [account]}}, "errors": None})

    with pytest.raises(APIResponseValidationError, match=said):
        world.frame(Liar([]), start="2026-11-20", end="2026-11-22")


@pytest.mark.parametrize(("space", "times", "said"), [("customer-1", 2, "twice"), ("", 1, "of no namespace")])
def test_rows_that_the_question_excludes(world, space, times, said):
    """Counted twice, or of an ordinary Worker: no sum is made of them."""

    class Liar(FakeAnalytics):
        def _grouped(self, records, groups):
            rows = super()._grouped(records, groups)
            if not rows or "scriptName" not in groups.get("dimensions", []):
                return rows
            rows[0]["dimensions"]["dispatchNamespaceName"] = space
            return rows * times

    fake = Liar([request("2026-11-20T10:00:00Z", "customer-1")], busy=False)
    with pytest.raises(APIResponseValidationError, match=said):
        world.frame(fake, start="2026-11-20", end="2026-11-22")
