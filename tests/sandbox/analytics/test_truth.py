"""What the endpoint answers is what happened, whatever is asked: windows, groups, filters, orders, pages."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.usage_world import SINCE, UsageWorld, namespace

SUMS = "sum { requests errors subrequests cpuTimeUs wallTime responseBodySize clientDisconnects }"
MEASURES = {
    "requests": "requests",
    "errors": "errors",
    "subrequests": "subrequests",
    "cpuTimeUs": "cpu_us",
    "wallTime": "wall_us",
    "responseBodySize": "response_bytes",
}
# Which fact of the truth each dimension shows.
FACTS = {
    "dispatchNamespaceName": "namespace",
    "scriptName": "worker",
    "scriptTag": "tag",
    "isDispatcher": "dispatcher",
    "status": "status",
    "datetimeHour": "hour",
    "date": "day",
}
NAMESPACES = (
    namespace("customer-1", "site", "api", traffic={"hourly": 30}),
    namespace("customer-2", "site", traffic={"hourly": 2.5}),
    namespace("customer-3", "site", traffic={"hourly": 2500}),
    namespace("customer-4", "site", traffic={"hourly": 0}),
    namespace(
        "customer-5", "api", "feed", traffic={"hourly": 9, "ends_on": "2026-11-12T00:00:00Z", "fades_days": 3}
    ),
    namespace("customer-6", "site", created_on="2026-11-14T10:20:30Z", traffic={"hourly": 8}),
    namespace(
        "customer-7b",
        "site",
        traffic={"hourly": 12, "steady": True, "error_share": 0.25},
        past_names=[
            {"name": "customer-7", "until": "2026-11-05T00:00:00Z"},
            {"name": "Customer_7", "until": "2026-11-16T13:37:21Z"},
        ],
    ),
)
DISPATCHER = {
    "name": "dispatcher",
    "created_on": SINCE,
    "bindings": [
        {"type": "dispatch_namespace", "name": "A", "namespace": "customer-1"},
        {"type": "dispatch_namespace", "name": "B", "namespace": "customer-3"},
    ],
}
DELETED = [
    {
        "namespace": "customer-8",
        "name": "site",
        "created_on": SINCE,
        "deleted_on": "2026-11-17T07:45:10Z",
        "traffic": {"hourly": 40},
    }
]


@pytest.fixture(scope="module")
def world():
    """An account with everything that happens to names and Workers; nothing is sampled."""
    made = UsageWorld(*NAMESPACES, workers=[DISPATCHER], deleted=DELETED)
    made.switches = made.switches.changed({"analytics_sampling": False})
    return made


def compared(world, dimensions, start, end, *, where=None, keep=lambda _facts: True):
    """Rows of the endpoint and of the truth, both by the facts of their dimensions."""
    shown = [FACTS[name] for name in dimensions]
    fields = f"dimensions {{ {' '.join(dimensions)} }} {SUMS}" if dimensions else SUMS
    rows = world.rows(fields, {"datetime_geq": start, "datetime_lt": end, **(where or {})})
    found = {
        tuple(row[name] for name in dimensions): {theirs: row[ours] for ours, theirs in MEASURES.items()}
        for row in rows
    }
    assert len(found) == len(rows)
    true = {}
    for row in world.truth(start, end, *dict.fromkeys([*shown, *FACTS.values()])):
        if keep(row):
            sums = true.setdefault(tuple(row[name] for name in shown), dict.fromkeys(MEASURES.values(), 0))
            for name in sums:
                sums[name] += row[name]
    return found, true


@pytest.mark.parametrize(
    "dimensions",
    [
        [],
        ["dispatchNamespaceName"],
        ["dispatchNamespaceName", "datetimeHour"],
        ["dispatchNamespaceName", "scriptName", "scriptTag", "date"],
        ["status"],
        ["isDispatcher", "status", "date"],
        ["datetimeHour", "status", "scriptTag"],
    ],
)
def test_every_grouping_adds_up_to_the_truth(world, dimensions):
    """Whole days, three weeks of them: each row's sums are exact, and no row is missing or too many."""
    found, true = compared(world, dimensions, "2026-11-01T00:00:00Z", "2026-11-22T00:00:00Z")
    assert found == true
    assert sum(row["requests"] for row in found.values()) > 1_000_000


@pytest.mark.parametrize(
    ("where", "keep"),
    [
        ({"dispatchNamespaceName": "customer-1"}, lambda r: r["namespace"] == "customer-1"),
        ({"dispatchNamespaceName_neq": ""}, lambda r: r["namespace"] != ""),
        ({"dispatchNamespaceName_in": ["customer-2", "x"]}, lambda r: r["namespace"] == "customer-2"),
        ({"dispatchNamespaceName_notin": ["customer-2"]}, lambda r: r["namespace"] != "customer-2"),
        ({"dispatchNamespaceName_like": "customer%"}, lambda r: r["namespace"].startswith("customer")),
        ({"dispatchNamespaceName_notlike": "%-1"}, lambda r: not r["namespace"].endswith("-1")),
        ({"dispatchNamespaceName_gt": "customer-3"}, lambda r: r["namespace"] > "customer-3"),
        (
            {"scriptName_leq": "feed", "isDispatcher": 0},
            lambda r: r["worker"] <= "feed" and not r["dispatcher"],
        ),
        ({"isDispatcher_neq": 0}, lambda r: r["dispatcher"]),
        ({"isDispatcher_in": "AQ=="}, lambda r: r["dispatcher"]),
        ({"status_in": ["success", "internalError"]}, lambda r: r["status"] in ("success", "internalError")),
        ({"datetimeHour_neq": "2026-11-10T05:00:00Z"}, lambda r: r["hour"] != "2026-11-10T05:00:00Z"),
        ({"date_in": ["2026-11-10", "2026-11-12"]}, lambda r: r["day"] in ("2026-11-10", "2026-11-12")),
        (
            {
                "OR": [
                    {"status": "success"},
                    {"dispatchNamespaceName": "customer-1", "date_geq": "2026-11-12"},
                ]
            },
            lambda r: (
                r["status"] == "success" or (r["namespace"] == "customer-1" and r["day"] >= "2026-11-12")
            ),
        ),
        (
            {
                "AND": [{"status_neq": "success"}, {"OR": [{"scriptName": "api"}, {"scriptName": "feed"}]}],
                "dispatchNamespaceName_neq": "customer-1",
            },
            lambda r: (
                r["status"] != "success" and r["worker"] in ("api", "feed") and r["namespace"] != "customer-1"
            ),
        ),
    ],
)
def test_every_filter_keeps_what_it_says(world, where, keep):
    """Equal, ranges, lists, wildcards, and any nesting of AND and OR, over names, times and statuses."""
    found, true = compared(
        world,
        ["dispatchNamespaceName", "date"],
        "2026-11-08T00:00:00Z",
        "2026-11-15T00:00:00Z",
        where=where,
        keep=keep,
    )
    assert found == true
    assert found


@given(
    start=st.integers(0, 20 * 86_400),
    length=st.integers(1, 4 * 86_400),
    dimensions=st.sets(st.sampled_from([*FACTS])),
)
def test_any_window_to_the_second(world, start, length, dimensions):
    """Windows that begin and end anywhere within hours, over renames, launches and deletions."""
    begin = (
        f"2026-11-{1 + start // 86_400:02}T{start % 86_400 // 3600:02}:{start // 60 % 60:02}:{start % 60:02}Z"
    )
    stop = start + min(length, 21 * 86_400 - start)
    end = f"2026-11-{1 + stop // 86_400:02}T{stop % 86_400 // 3600:02}:{stop // 60 % 60:02}:{stop % 60:02}Z"
    found, true = compared(world, sorted(dimensions), begin, end)
    assert found == true


@given(st.sampled_from([60, 300, 900]), st.integers(0, 23), st.booleans(), st.booleans())
def test_finer_buckets_add_up_to_the_hours(world, step, hour, by_colo, by_status):
    """Minutes, data centres and statuses lose nothing of the hour that they are parts of."""
    name = {60: "datetimeMinute", 300: "datetimeFiveMinutes", 900: "datetimeFifteenMinutes"}[step]
    where = {"datetimeHour": f"2026-11-16T{hour:02}:00:00Z"}
    split = " ".join([name, *(["coloCode"] if by_colo else []), *(["status"] if by_status else [])])
    fine = world.rows(f"dimensions {{ dispatchNamespaceName {split} }} {SUMS}", where)
    whole = world.rows(f"dimensions {{ dispatchNamespaceName }} {SUMS}", where)
    for row in whole:
        parts = [part for part in fine if part["dispatchNamespaceName"] == row["dispatchNamespaceName"]]
        for measure in MEASURES:
            assert sum(part[measure] for part in parts) == row[measure]
    assert {part[name][-3:] for part in fine} == {"00Z"}
    assert {int(part[name][14:16]) * 60 % step for part in fine} == {0}


def test_single_seconds(world):
    """The finest grouping there is; its requests are those of the minute."""
    where = {"datetimeMinute": "2026-11-16T10:30:00Z", "dispatchNamespaceName": "customer-3"}
    rows = world.rows("dimensions { datetime } sum { requests }", where, order=["datetime_ASC"])
    assert all(row["datetime"].startswith("2026-11-16T10:30:") for row in rows)
    assert [row["datetime"] for row in rows] == sorted({row["datetime"] for row in rows})
    (whole,) = world.rows("sum { requests }", where)
    assert sum(row["requests"] for row in rows) == whole["requests"] > 20


def test_a_rename_leaves_history_under_the_old_name(world):
    """Three names one after the other, to the second; the tag of the Worker stays."""
    (tag,) = [life.worker_id for life in world.profiles.lives if life.names[-1][0] == "customer-7b"]
    where = {"date_geq": "2026-11-01", "date_lt": "2026-11-22", "scriptTag": tag}
    fields = "dimensions { dispatchNamespaceName scriptName datetimeMinute } sum { requests }"
    spans = {}
    for row in world.rows(fields, where, order=["datetimeMinute_ASC"]):
        spans.setdefault(row["dispatchNamespaceName"], []).append(row["datetimeMinute"])
    assert [*spans] == ["customer-7", "Customer_7", "customer-7b"]
    first, second, third = spans.values()
    assert "2026-11-04T23:30:00Z" < first[-1] < "2026-11-05T00:00:00Z" <= second[0] < "2026-11-05T00:30:00Z"
    assert "2026-11-16T13:15:00Z" < second[-1] <= "2026-11-16T13:37:00Z" <= third[0] < "2026-11-16T14:00:00Z"


def test_a_deleted_worker_keeps_its_history(world):
    """Requests until the second of the deletion, none afterwards."""
    where = {"date_geq": "2026-11-16", "date_leq": "2026-11-18", "dispatchNamespaceName": "customer-8"}
    rows = world.rows("dimensions { datetimeMinute } sum { requests }", where, order=["datetimeMinute_DESC"])
    assert "2026-11-17T07:30:00Z" < rows[0]["datetimeMinute"] <= "2026-11-17T07:45:00Z"


def test_a_dispatcher_has_what_its_namespaces_have(world):
    """Each request that it hands on is counted twice: once for it, under no namespace, and once there."""
    where = {"date_geq": "2026-11-10", "date_lt": "2026-11-12"}
    fields = "dimensions { datetimeHour } sum { requests }"
    own = world.rows(fields, {**where, "isDispatcher": 1, "dispatchNamespaceName": ""})
    bound = world.rows(fields, {**where, "dispatchNamespaceName_in": ["customer-1", "customer-3"]})
    assert {r["datetimeHour"]: r["requests"] for r in own} == {
        r["datetimeHour"]: r["requests"] for r in bound
    }
    assert len(own) == 48


@pytest.mark.parametrize("size", [1, 7, 100, 999])
def test_pages_by_the_last_key_are_the_whole(world, size):
    """Filters on the last sort key give every row once, in order."""
    fields = "dimensions { datetimeHour dispatchNamespaceName scriptName } sum { requests }"
    bounds = {"datetimeHour_geq": "2026-11-14T00:00:00Z", "datetimeHour_lt": "2026-11-14T09:00:00Z"}
    order = ["datetimeHour_ASC", "dispatchNamespaceName_ASC", "scriptName_ASC"]
    names = [name.removesuffix("_ASC") for name in order]
    whole = world.rows(fields, bounds, order=order)
    assert [tuple(r[n] for n in names) for r in whole] == sorted({tuple(r[n] for n in names) for r in whole})
    pages, where = [], bounds
    for _ in itertools.count():
        page = world.rows(fields, where, order=order, limit=size)
        pages += page
        if len(page) < size:
            break
        first, second, third = (page[-1][name] for name in names)
        after = [
            {"datetimeHour_gt": first},
            {"datetimeHour": first, "dispatchNamespaceName_gt": second},
            {"datetimeHour": first, "dispatchNamespaceName": second, "scriptName_gt": third},
        ]
        where = {**bounds, "OR": after}
    assert pages == whole


@pytest.mark.parametrize(
    ("order", "key"),
    [
        (["sum_requests_DESC"], lambda r: (-r["requests"], r["dispatchNamespaceName"])),
        (["sum_errors_ASC", "sum_requests_DESC"], lambda r: (r["errors"], -r["requests"])),
        (["dispatchNamespaceName_DESC"], lambda r: [-ord(c) for c in r["dispatchNamespaceName"]]),
        (["quantiles_cpuTimeP99_DESC"], lambda r: -r["cpuTimeP99"]),
        (["max_wallTime_ASC"], lambda r: r["wallTime"]),
        (["avg_sampleInterval_ASC", "dispatchNamespaceName_ASC"], lambda r: r["dispatchNamespaceName"]),
    ],
)
def test_orders(world, order, key):
    """By sums, quantiles, extremes and names, upwards and downwards; a limit gives the first of the whole."""
    fields = (
        "dimensions { dispatchNamespaceName } sum { requests errors } quantiles { cpuTimeP99 } max { wallTime }"
        " avg { sampleInterval }"
    )
    where = {"date_geq": "2026-11-12", "date_lt": "2026-11-19", "dispatchNamespaceName_neq": ""}
    rows = world.rows(fields, where, order=order)
    assert [key(row) for row in rows] == sorted(key(row) for row in rows)
    assert world.rows(fields, where, order=order, limit=3) == rows[:3]
    assert len(rows) > 5


def test_without_an_order_rows_come_as_they_like(world):
    """Not sorted by anything, but the same each time; a limit cuts, and nothing says so."""
    fields = "dimensions { datetimeHour dispatchNamespaceName } sum { requests }"
    where = {"date_geq": "2026-11-13", "date_lt": "2026-11-15"}
    rows = world.rows(fields, where)
    assert rows == world.rows(fields, where)
    for name in ("datetimeHour", "dispatchNamespaceName", "requests"):
        values = [row[name] for row in rows]
        assert values not in (sorted(values), sorted(values, reverse=True))
    assert world.rows(fields, where, limit=20) == rows[:20]


def test_hidden_orders_order_nothing(world):
    """The three values of orderBy that no row shows are taken."""
    fields, where = "dimensions { dispatchNamespaceName } sum { requests }", {"date": "2026-11-13"}
    rows = world.rows(fields, where, order=["stableId_DESC", "constantScriptId_ASC", "actorNamespaceId_ASC"])
    assert rows == world.rows(fields, where, order=["dispatchNamespaceName_ASC"])


def test_a_window_of_the_future_is_empty(world):
    """Nothing has happened there yet."""
    assert world.rows(SUMS, {"datetime_geq": "2026-11-24T00:00:00Z"}) == []
    assert (
        world.rows(SUMS, {"datetime_geq": "2026-11-24T00:00:00Z", "datetime_lt": "2026-11-23T00:00:00Z"})
        == []
    )
